"""What a host did about alarms: acknowledged, put off for a while; and which of them were told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from core.alarms.anomaly import AlarmKind
from core.alarms.episodes import Alarm
from core.storage.location import Location, address_digest

MOST_ANSWERS: Final = 200
"""So many are kept, of all databases; the oldest go first."""

_LONGEST_CAUSE: Final = 300


@dataclass(frozen=True, slots=True)
class AlarmAnswer:
    """What was done about one cause of one database.

    Attributes:
        database: a digest of its address; kind, cause: the alarm's.
        at: when, in epoch seconds: it is about what had begun by then.
        told: whether it was told.
        acknowledged: whether the host knows of it.
        snoozed: until when nothing is to be said of it, in epoch seconds; 0 where that is not so.
    """

    database: str
    kind: AlarmKind
    cause: str
    at: float
    told: bool = False
    acknowledged: bool = False
    snoozed: float = 0.0

    def quiet(self, now: float) -> bool:
        """Whether nothing is to be said of it now."""
        return self.acknowledged or now < self.snoozed


class AnswerBook:
    """The answers of one database, among those of others.

    Args:
        lines: answers as :attr:`lines` gave them; what can't be read is left out.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._database = ""
        self._answers = {(each.database, each.kind, each.cause): each for each in map(_read, lines) if each is not None}

    @property
    def lines(self) -> tuple[str, ...]:
        """All answers as text, a line each, the oldest first."""
        newest = sorted(self._answers.values(), key=lambda each: each.at)[-MOST_ANSWERS:]
        return tuple(map(_written, newest))

    def turn_to(self, location: Location | None) -> None:
        """From now on it is about this database."""
        self._database = "" if location is None else address_digest(location)

    def answer(self, alarm: Alarm) -> AlarmAnswer | None:
        """What was done about this alarm; not what was about an earlier one of the same cause."""
        found = self._answers.get(self._key(alarm))
        return found if found is not None and alarm.anomaly.since <= found.at else None

    def acknowledged(self, alarm: Alarm) -> bool:
        """Whether the host knows of it."""
        found = self.answer(alarm)
        return found is not None and found.acknowledged

    def stands(self, kind: AlarmKind, cause: str, now: float) -> bool:
        """Whether nothing is to be said of a cause, as long as it is not known since when it goes on."""
        found = self._answers.get((self._database, kind, cause[:_LONGEST_CAUSE]))
        return found is not None and found.quiet(now)

    def to_tell(self, alarm: Alarm, now: float) -> bool:
        """Whether it is to be told now: it was not yet, and the host has not answered it."""
        found = self.answer(alarm)
        return found is None or not (found.told or found.quiet(now))

    def tell(self, alarm: Alarm, now: float) -> None:
        """It is told now."""
        self._put(alarm, now, told=True)

    def acknowledge(self, alarm: Alarm, now: float) -> None:
        """The host knows of it: it is told no more, as long as it goes on."""
        self._put(alarm, now, acknowledged=True)

    def snooze(self, alarm: Alarm, now: float, until: float) -> None:
        """Say nothing of it until then; it is told once more where it still goes on."""
        self._put(alarm, now, told=False, snoozed=until)

    def _key(self, alarm: Alarm) -> tuple[str, AlarmKind, str]:
        return self._database, alarm.kind, alarm.anomaly.cause[:_LONGEST_CAUSE]

    def _put(self, alarm: Alarm, now: float, **changed: bool | float) -> None:
        known = self.answer(alarm) or AlarmAnswer(*self._key(alarm), now)
        self._answers[self._key(alarm)] = replace(known, at=now, **changed)  # type: ignore[arg-type]


def _written(answer: AlarmAnswer) -> str:
    fields = answer.database, answer.kind.value, answer.cause, answer.at, answer.told, answer.acknowledged
    return json.dumps([*fields, answer.snoozed], ensure_ascii=False)


def _read(line: str) -> AlarmAnswer | None:
    try:
        database, kind, cause, at, told, acknowledged, snoozed = json.loads(line)
        return AlarmAnswer(
            str(database), AlarmKind(kind), str(cause)[:_LONGEST_CAUSE], float(at), told is True, acknowledged is True,
            float(snoozed),
        )  # fmt: skip
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None
