"""Failures: more of them than usual at this hour, and errors that were not seen for thirty days."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.observations import ObservedCommand, ObservedFailure
from core.alarms.usual import HourlyUsual
from core.time_ranges import DAY, HOUR

FEWEST: Final = 5
"""Fewer failures are no burst, whatever is usual."""

WINDOWS: Final = (120.0, 600.0, HOUR)
"""Seconds in which failures are counted: a busy bot's burst shows in the shortest, a small bot's in the longest."""

NEW_AFTER: Final = 30 * DAY
"""An error that was not seen for so long is a new one."""

NEW_ENOUGH: Final = 3
"""So often a new error comes before anybody is called: once is everyday."""

_BY_ONE_USER: Final = 5
"""So many failures of one user count at most: who tries again and again is no burst."""

_SPREAD: Final = 1.5
"""Failures come in clusters: their number varies by so much more than chance alone would have it."""

_SIGMAS: Final = 4.5
_UNKNOWN_LIMIT: Final = 10.0
_UNKNOWN_SHARE: Final = 0.5
_ENOUGH_DAYS: Final = 2.0
_NOTEWORTHY: Final = 0.3
_MOSTLY: Final = 0.6
_KNOWN_DAYS: Final = 7.0
_MOST_ERRORS: Final = 20_000


def limit(usual: float) -> float:
    """How many failures are too many to be chance where ``usual`` are to be expected.

    ``usual`` + 3 + 4.5 standard deviations, at least :data:`FEWEST`.
    """
    return max(float(FEWEST), usual + 3.0 + _SIGMAS * math.sqrt(_SPREAD * usual))


@dataclass(frozen=True, slots=True)
class _Failure:
    moment: float
    user: str
    reason: ObservedFailure | None


class FailureBurst:
    """Counts failures against the usual of the hour, and against the usual share of the commands that ran."""

    def __init__(self) -> None:
        self._usual = HourlyUsual()
        self._failures: list[_Failure] = []
        self._commands: list[float] = []
        self._hour = 0
        self._of_hour = [0, 0]
        self._reasons_are_recorded = False

    def observe(self, observation: ObservedCommand | ObservedFailure) -> Iterator[Anomaly]:
        """Take in what happened, in order; gives what is out of the ordinary about it."""
        self._turn_to(observation.moment)
        if isinstance(observation, ObservedFailure):
            self._reasons_are_recorded = True
            yield from self._failed(_Failure(observation.moment, observation.user, observation))
            return
        self._commands.append(observation.moment)
        self._of_hour[0] += 1
        if observation.failed and not self._reasons_are_recorded:  # each has its reason beside it, where they are
            yield from self._failed(_Failure(observation.moment, observation.user, None))

    def _turn_to(self, moment: float) -> None:
        hour = int(moment // HOUR)
        if hour <= self._hour:
            return
        if any(self._of_hour):
            commands, failures = self._of_hour
            # What was a burst is not usual afterwards.
            self._usual.learn(self._hour, commands, min(failures, limit(self._usual.rate(self._hour) * HOUR)))
        self._hour, self._of_hour = hour, [0, 0]
        begin = moment - WINDOWS[-1]
        del self._commands[: bisect_left(self._commands, begin)]
        del self._failures[: bisect_left(self._failures, begin, key=attrgetter("moment"))]

    def _failed(self, failure: _Failure) -> Iterator[Anomaly]:
        self._failures.append(failure)
        self._of_hour[1] += 1
        score, window, usual = max(self._compared(failure.moment, window) for window in WINDOWS)
        if score >= _NOTEWORTHY:
            yield self._anomaly(failure.moment, score, window, usual)

    def _compared(self, moment: float, window: float) -> tuple[float, float, float]:
        """How far the failures of a window (seconds) are out of the ordinary; the window, and how many were usual."""
        recent = self._within(moment, window)
        if len(recent) < 2:
            return 0.0, window, 0.0
        users = Counter(each.user for each in recent)
        count = sum(min(number, _BY_ONE_USER) if user else number for user, number in users.items())
        commands = len(self._commands) - bisect_left(self._commands, moment - window)
        if self._usual.days < _ENOUGH_DAYS:
            bound = _UNKNOWN_LIMIT if count >= _UNKNOWN_SHARE * commands else math.inf
            return count / bound, window, 0.0
        usual = max(self._usual.rate(self._hour) * window, self._usual.share * commands)
        return count / limit(usual), window, usual

    def _within(self, moment: float, window: float) -> list[_Failure]:
        return self._failures[bisect_left(self._failures, moment - window, key=attrgetter("moment")) :]

    def _anomaly(self, moment: float, score: float, window: float, usual: float) -> Anomaly:
        recent = self._within(moment, window)
        reasons = Counter(each.reason.fingerprint for each in recent if each.reason is not None)
        most, times = reasons.most_common(1)[0] if reasons else ("", 0)
        reason = next((each.reason for each in recent if each.reason and each.reason.fingerprint == most), None)
        known = reason if reason is not None and times >= _MOSTLY * len(recent) else None
        return Anomaly(
            AlarmKind.FAILURES, "", moment, recent[0].moment, score, len(recent), usual, window, len(recent),
            known.error_type if known else "", known.message if known else "", known.fingerprint if known else "",
        )  # fmt: skip


@dataclass(slots=True)
class _NewError:
    first: float
    times: int = 0


class NewErrors:
    """Knows when each error was last seen, and says which has not been for thirty days."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self._new: dict[str, _NewError] = {}
        self._since: float | None = None

    def observe(self, failure: ObservedFailure) -> Iterator[Anomaly]:
        """Take in a failure, in order; gives how sure it is that the error is new and no single mishap."""
        moment, fingerprint = failure.moment, failure.fingerprint
        if not fingerprint:
            return
        self._since = moment if self._since is None else self._since
        before = self._last.pop(fingerprint, None)
        self._last[fingerprint] = moment
        if len(self._last) > _MOST_ERRORS:
            del self._last[next(iter(self._last))]
        new = self._new.get(fingerprint)
        if new is not None and moment - new.first > DAY:
            del self._new[fingerprint]
            new = None
        if new is None and (before is None or moment - before > NEW_AFTER):
            new = self._new[fingerprint] = _NewError(moment)
        if new is None or moment - self._since < _KNOWN_DAYS * DAY:
            return
        new.times += 1
        yield Anomaly(
            AlarmKind.NEW_ERROR, fingerprint, moment, new.first, new.times / NEW_ENOUGH, new.times, 0.0,
            moment - new.first, new.times, failure.error_type, failure.message, fingerprint,
        )  # fmt: skip
