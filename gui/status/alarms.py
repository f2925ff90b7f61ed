"""The alarms of the database that is open: watched for beside the window, answered by the host, told once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal

from core.alarms.anomaly import AlarmKind
from core.alarms.answers import AnswerBook
from core.alarms.episodes import Alarm, AlarmsSeen
from core.alarms.quiet_hours import quiet_hours_of
from core.alarms.verdict import Cause, Verdict
from core.errors import BotpulseError
from core.feed.snapshot import Snapshot
from core.storage.location import Location
from core.time_ranges import DAY
from gui.settings import ALARMS_OFF, QUIET_HOURS, THRESHOLDS, Setting, Settings
from gui.threads.jobs import Job, standing_task

log = logging.getLogger(__name__)

ANSWERS: Final = Setting("alarm_answers", (), "the alarms that were told, acknowledged or put off, a line each")

LEAST_THRESHOLD: Final = 0.5
MOST_THRESHOLD: Final = 4.0
"""Scores between which an alarm may be made to speak; 1 where the host has not chosen."""

_BEGIN_MS: Final = 60_000
"""After the first page is whole: the window's own loading, and what it learns of the bot's habits, go first."""

_AGAIN_MS: Final = 60_000
_SOON_MS: Final = 100
_APPLY_MS: Final = 500
"""What is chosen may be a slider that moves."""

BY_VERDICT: Final = frozenset({AlarmKind.SILENCE, AlarmKind.CANNOT_WRITE})
"""What the tray tells by itself, from the verdict on the bot's silence."""


@dataclass(frozen=True, slots=True)
class KnownAlarm:
    """An alarm, and what was done about it.

    Attributes:
        acknowledged: whether the host knows of it.
        snoozed: until when nothing is said of it, in epoch seconds; 0 where that is not so.
    """

    alarm: Alarm
    acknowledged: bool = False
    snoozed: float = 0.0


class AlarmKeeper(QObject):
    """Has one database watched, in a process of its own that lets all else go first.

    Attributes:
        memory: what the host has chosen, and how alarms were answered.
        seen: how things stand; None before anything is known.

    Signals:
        changed(): there are other alarms, or another answer to one.
        spoken(tuple[Alarm, ...]): these are to be told now.
    """

    changed = Signal()
    spoken = Signal(object)

    def __init__(
        self, memory: Settings, parent: QObject | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self.seen: AlarmsSeen | None = None
        self.memory, self._clock = memory, clock
        self._book = AnswerBook(memory.texts(ANSWERS))
        self._location: Location | None = None
        self._zone = ZoneInfo("UTC")
        self._job = Job(self)
        self._job.progressed.connect(self._take_in)
        self._job.failed.connect(self._try_later)
        self._due = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._start)

    @property
    def location(self) -> Location | None:
        """The database that is open."""
        return self._location

    @property
    def zone(self) -> ZoneInfo:
        """Whose hours are told."""
        return self._zone

    @property
    def open(self) -> tuple[KnownAlarm, ...]:
        """Those that go on, the newest first."""
        known = reversed(self.seen.open) if self.seen is not None else ()
        return tuple(map(self._answered, known))

    @property
    def over(self) -> tuple[KnownAlarm, ...]:
        """Those that ended within the last day, the newest first."""
        since = self._clock() - DAY
        past = reversed(self.seen.past) if self.seen is not None else ()
        return tuple(self._answered(each) for each in past if each.ended is not None and each.ended >= since)

    @property
    def count(self) -> int:
        """How many go on that the host has not acknowledged."""
        return sum(not each.acknowledged for each in self.open)

    def begin(self, location: Location | None, zone: ZoneInfo) -> None:
        """Another database is opened, or none, or its hours are of another zone."""
        self._job.cancel()
        self._timer.stop()
        self._due = False
        self._location, self._zone = location, zone
        self._book.turn_to(location)
        self.seen = None
        self.changed.emit()

    def note(self, snapshot: Snapshot) -> None:
        """Begin a while after the first page is whole."""
        if not self._due and self._location is not None and snapshot.complete and snapshot.fault is None:
            self._due = True
            self._timer.start(_BEGIN_MS)

    def apply(self) -> None:
        """Watch for what the preferences say from now on."""
        if self._due:
            self.begin(self._location, self._zone)
            self._due = True
            self._timer.start(_APPLY_MS)

    def acknowledge(self, alarm: Alarm) -> None:
        """The host knows of it."""
        self._book.acknowledge(alarm, self._clock())
        self._keep()

    def snooze(self, alarm: Alarm, until: float) -> None:
        """Say nothing of it until then, in epoch seconds."""
        self._book.snooze(alarm, self._clock(), until)
        self._keep()

    def hushed(self, verdict: Verdict) -> bool:
        """Whether nothing is to be said of a verdict now: quiet hours, or the host has answered its alarm."""
        if self.is_quiet():
            return True
        kind = AlarmKind.CANNOT_WRITE if verdict.cause is Cause.HELD_UP else AlarmKind.SILENCE
        if kind.value in self.memory.texts(ALARMS_OFF):
            return True
        if self.seen is None or not self.seen.learned:
            return verdict.alarming and self._book.stands(kind, verdict.cause, self._clock())
        answers = [self._book.answer(each.alarm) for each in self.open if each.alarm.kind is kind]
        return verdict.alarming and any(each is not None and each.quiet(self._clock()) for each in answers)

    def tick(self) -> None:
        """Tell what is to be told now: a quiet hour, or what it was put off for, may be over."""
        if self.seen is None or self.is_quiet():
            return
        now = self._clock()
        due = [
            each for each in self.seen.open if each.kind not in BY_VERDICT and self._book.to_tell(each, now)
        ]  # fmt: skip
        for each in due:
            self._book.tell(each, now)
        if due:
            self._keep()
            self.spoken.emit(tuple(due))

    def end(self) -> None:
        """The window closes. It may be called twice."""
        self._timer.stop()
        self._job.stop()

    def _start(self) -> None:
        from core.alarms.standing import keep_watching  # it knows the store, which the first picture does not need

        if self._location is None:
            return
        if self._job.running:  # one that was stopped has not ended yet
            self._timer.start(_SOON_MS)
            return
        off = {AlarmKind(each): None for each in self.memory.texts(ALARMS_OFF) if each in set(AlarmKind)}
        chosen = {**chosen_thresholds(self.memory), **off}
        self._job.start(standing_task(keep_watching, self._location, self._zone, chosen))

    def _try_later(self, fault: BotpulseError) -> None:
        log.info("Alarms are not watched for at the moment: %s", fault)
        if self._due:
            self._timer.start(_AGAIN_MS)

    def _take_in(self, seen: AlarmsSeen) -> None:
        if seen is not self.seen and isinstance(seen, AlarmsSeen):  # its process says nothing yet: plain progress
            self.seen = seen
            self.changed.emit()
            self.tick()

    def _answered(self, alarm: Alarm) -> KnownAlarm:
        found = self._book.answer(alarm)
        return KnownAlarm(alarm) if found is None else KnownAlarm(alarm, found.acknowledged, found.snoozed)

    def is_quiet(self) -> bool:
        """Whether nothing is told at this hour."""
        hours = quiet_hours_of(self.memory.text(QUIET_HOURS))
        return hours is not None and hours.holds(self._clock(), self._zone)

    def _keep(self) -> None:
        self.memory.remember(ANSWERS, self._book.lines)
        self.changed.emit()


def chosen_thresholds(memory: Settings) -> dict[AlarmKind, float]:
    """How far from the usual each kind speaks that the host has chosen it for; what can't be read is left out."""
    chosen: dict[AlarmKind, float] = {}
    for line in memory.texts(THRESHOLDS):
        kind, _sign, number = line.partition("=")
        with suppress(ValueError):
            if LEAST_THRESHOLD <= float(number) <= MOST_THRESHOLD:
                chosen[AlarmKind(kind)] = float(number)
    return chosen


def choose_threshold(memory: Settings, kind: AlarmKind, threshold: float) -> None:
    """Have a kind speak at this score from now on."""
    chosen = {**chosen_thresholds(memory), kind: threshold}
    memory.remember(THRESHOLDS, tuple(f"{each.value}={value:g}" for each, value in chosen.items() if value != 1.0))
