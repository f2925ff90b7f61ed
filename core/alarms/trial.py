"""What alarms would have said in the past: each is tried on the host's own rows before it is armed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.alarms.anomaly import AlarmKind, Anomaly
from core.alarms.detection import Detection
from core.alarms.episodes import Alarm, Episodes
from core.alarms.observations import (
    Observation,
    ObservedCommand,
    ObservedFailure,
    ObservedGeneration,
    days,
    moment_of,
)
from core.statistics.lives import LifeEvent
from core.storage.location import Location
from core.storage.reader import reading
from core.tasks import Progress, Task
from core.text.translation import gettext as _
from core.time_ranges import DAY, TimeRange

TRIED: Final = 30.0
"""Days of the past on which alarms are tried."""

LEARNED: Final = 30.0
"""Days before those, of which is learned what is usual."""


LEARNING: Final[Mapping[AlarmKind, float]] = {
    AlarmKind.SILENCE: 5.0,
    AlarmKind.FAILURES: 2.0,
    AlarmKind.NEW_ERROR: 7.0,
    AlarmKind.SLOW: 1.0,
    AlarmKind.QUEUE: 1.0,
    AlarmKind.RESTARTS: 0.0,
}
"""Days of rows before a kind can speak at all."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was out of the ordinary in the days that were tried.

    Attributes:
        span: those days.
        anomalies: in order; those that score little, too: a lower threshold would have spoken of them.
        known: the kinds of which the rows told enough to speak of them within those days; of others nothing is known.
    """

    span: TimeRange
    anomalies: tuple[Anomaly, ...]
    known: frozenset[AlarmKind]

    def alarms(self, thresholds: Mapping[AlarmKind, float | None]) -> tuple[Alarm, ...]:
        """The alarms that would have been given with these thresholds, in order; costs no reading."""
        return alarms_of(self.anomalies, thresholds, self.span)


def alarms_of(
    anomalies: Iterable[Anomaly], thresholds: Mapping[AlarmKind, float | None], span: TimeRange
) -> tuple[Alarm, ...]:
    """The alarms that begin in a span; each as it stood at its end, or at the end of the anomalies."""
    episodes, found = Episodes(thresholds), []
    for anomaly in anomalies:
        found += list(episodes.calm(anomaly.moment))
        episodes.add(anomaly)
    found += list(episodes.calm(span.end))
    found += list(episodes.open.values())
    return tuple(sorted((each for each in found if span.start <= each.given < span.end), key=lambda each: each.given))


def try_on_past(address: str | Path | Location, now: float, zone: ZoneInfo) -> Task[Trial]:
    """Read the last weeks of a database in short chunks, and watch them go by: a task for a process of its own.

    Raises:
        BotpulseError: the database can't be read.
    """
    detection, first = Detection(zone), dict[AlarmKind, float]()
    kept: list[Anomaly] = []
    span = TimeRange(now - TRIED * DAY, now)
    with reading(address) as reader:
        for share, day in days(reader, TimeRange(span.start - LEARNED * DAY, now)):
            for observation in day:
                kept += detection.observe(observation)
                for kind in _told_by(observation):
                    first.setdefault(kind, moment_of(observation))
            yield Progress(share, _("Trying alarms on the last weeks"))
    known = frozenset(kind for kind, since in first.items() if since + LEARNING[kind] * DAY < span.end)
    return Trial(span, thinned(kept), known)


def _told_by(observation: Observation) -> Iterator[AlarmKind]:
    """The kinds of which such a row tells something."""
    match observation:
        case ObservedCommand():
            yield from (AlarmKind.SILENCE, AlarmKind.FAILURES)
        case ObservedFailure():
            yield AlarmKind.NEW_ERROR
        case ObservedGeneration():
            yield from [AlarmKind.SLOW] if observation.seconds > 0.0 else []
            yield from [AlarmKind.QUEUE] if observation.waited is not None else []
        case LifeEvent():
            yield AlarmKind.RESTARTS


def thinned(anomalies: Sequence[Anomaly]) -> tuple[Anomaly, ...]:
    """Without those that say nothing that the one before of the same cause, less than a minute ago, did not say."""
    last: dict[tuple[AlarmKind, str], Anomaly] = {}
    kept = []
    for each in anomalies:
        before = last.get((each.kind, each.cause))
        if before is None or each.moment - before.moment >= 60.0 or each.score > before.score or not each.score:
            last[each.kind, each.cause] = each
            kept.append(each)
    return tuple(kept)
