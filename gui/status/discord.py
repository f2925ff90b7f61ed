"""Alarms in a Discord channel: what the window's alarms say is told there, too, where the host wants that."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from core.alarms.episodes import Alarm
from core.errors import BotpulseError
from core.storage.location import Location
from gui.settings import TELL_DISCORD, Settings
from gui.status.alarms import AlarmKeeper
from gui.threads.jobs import Job, reading_task

log = logging.getLogger(__name__)

_EVERY_MS: Final = 5_000
"""A quiet hour may be over, or what an alarm was put off for."""

_AGAIN: Final = 300.0
"""Seconds until what could not be delivered is tried again."""

_Standing: TypeAlias = tuple[Location, tuple[Alarm, ...], tuple[Alarm, ...]]


class DiscordTeller(QObject):
    """Has what begins and what ends told once, in a process that a closing window does not wait for.

    Attributes:
        fault: why the last message was not delivered; None where it was.

    Signals:
        failed(BotpulseError): messages are not delivered any more, for this reason; said once until one is.
    """

    failed = Signal(object)

    def __init__(
        self,
        keeper: AlarmKeeper,
        memory: Settings,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self.fault: BotpulseError | None = None
        self._keeper, self._memory, self._clock = keeper, memory, clock
        self._told: _Standing | None = None
        self._asked: _Standing | None = None
        self._not_before = 0.0
        self._job = Job(self)
        self._job.finished.connect(self._note_told)
        self._job.failed.connect(self._note_fault)
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        keeper.changed.connect(self.look)

    def look(self) -> None:
        """Have told what is to be told now."""
        standing = self._standing()
        if standing is None or standing == self._told or self._job.running or self._clock() < self._not_before:
            return
        from core.alarms.telling import tell_discord

        self._asked = standing
        location, begun, ended = standing
        every, zone = tuple(each.alarm for each in self._keeper.open), self._keeper.zone
        self._job.start(reading_task(tell_discord, location, zone, begun, ended, self._clock(), every))

    def end(self) -> None:
        """The window closes. It may be called twice."""
        self._timer.stop()
        self._job.stop()

    def _standing(self) -> _Standing | None:
        """What goes on and may be told at this hour, and what is over; None where nothing is to be told at all."""
        keeper, now = self._keeper, self._clock()
        if keeper.seen is None or not keeper.seen.learned or keeper.location is None:
            return None
        if not self._memory.switch(TELL_DISCORD):
            return None
        loud = () if keeper.is_quiet() else keeper.open
        begun = tuple(each.alarm for each in loud if not each.acknowledged and each.snoozed <= now)
        return keeper.location, begun, tuple(each.alarm for each in keeper.over)

    def _note_told(self) -> None:
        self._told, self.fault, self._not_before = self._asked, None, 0.0
        self.look()

    def _note_fault(self, fault: BotpulseError) -> None:
        log.warning("Alarms could not be told in Discord: %s", fault)
        first, self.fault, self._not_before = self.fault is None, fault, self._clock() + _AGAIN
        if first:
            self.failed.emit(fault)
