"""When the host last looked at a database; after some absence, what is new in it is counted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from core.errors import BotpulseError
from core.feed.snapshot import Condition, Snapshot
from core.storage.location import Location
from gui import settings
from gui.settings import Settings
from gui.threads.jobs import Job, reading_task

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0
"""A window that was seen for so long was looked at."""

ABSENCE_SECONDS: Final = 600.0
"""Of a shorter absence nothing is told."""

MOST_KEPT: Final = 20
"""Databases whose last look is remembered."""

_TICK_MS: Final = 1_000
_KEEP_SECONDS: Final = 60.0
"""So often it is written down while somebody looks: a machine may be switched off."""


class LookKeeper(QObject):
    """Follows one window: it is looked at while it is visible and one of the program's windows is active.

    Signals:
        told(SinceThen): this is new since the last look.
    """

    told = Signal(object)

    def __init__(
        self, window: QWidget, memory: Settings, zone: Callable[[], ZoneInfo], *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(window)
        self._window, self._memory, self._zone, self._clock = window, memory, zone, clock
        self._location: Location | None = None
        self._looks_since: float | None = None
        self._last: float | None = None
        self._kept = 0.0
        self._shown = False
        self._job = Job(self)
        self._job.finished.connect(self.told)
        self._job.failed.connect(_go_without)
        self._ticking = QTimer(self, interval=_TICK_MS)
        self._ticking.timeout.connect(self.tick)
        self._ticking.start()

    def begin(self, location: Location | None) -> None:
        """Another database is opened, or none."""
        self._leave()
        self._job.cancel()
        self._location, self._shown = location, False
        self._last = last_look(self._memory, location) if location is not None else None

    def note(self, snapshot: Snapshot) -> None:
        """The database is shown; once its range is, there is time to count."""
        self._shown = self._shown or snapshot.condition is not Condition.LOADING

    def tick(self) -> None:
        """Let time pass."""
        if self._location is None or not self._shown or not self._is_seen():
            self._leave()
            return
        now = self._clock()
        if self._looks_since is None:
            self._looks_since = now
            self._ask(now)
        if now - self._looks_since >= LOOK_SECONDS:
            self._last = now
            if not 0 <= now - self._kept < _KEEP_SECONDS:
                self._keep()

    def end(self) -> None:
        """The window closes. It may be called twice."""
        self._ticking.stop()
        self._leave()
        self._job.stop()

    def _is_seen(self) -> bool:
        window = self._window
        return window.isVisible() and not window.isMinimized() and QApplication.activeWindow() is not None

    def _leave(self) -> None:
        if self._looks_since is not None:
            self._looks_since = None
            self._keep()

    def _keep(self) -> None:
        if self._location is not None and self._last is not None:
            self._kept = self._clock()
            keep_look(self._memory, self._location, self._last)

    def _ask(self, now: float) -> None:
        last, location = self._last, self._location
        if last is None or location is None or now - last < ABSENCE_SECONDS or self._job.running:
            return
        from core.statistics.news import news_since  # what counts comes with it: few starts need it at once

        self._job.start(reading_task(news_since, location, last, now, self._zone()))


def last_look(memory: Settings, location: Location) -> float | None:
    """When a database was last looked at, in epoch seconds; None where that is not known."""
    for entry in memory.texts(settings.LOOKED):
        moment, _blank, address = entry.partition(" ")
        if address == str(location) and moment.isascii() and moment.isdecimal():
            return float(moment)
    return None


def keep_look(memory: Settings, location: Location, moment: float) -> None:
    """Remember when a database was looked at, before those that were looked at longer ago."""
    address = str(location)
    others = (entry for entry in memory.texts(settings.LOOKED) if entry.partition(" ")[2] != address)
    memory.remember(settings.LOOKED, (f"{int(moment)} {address}", *others)[:MOST_KEPT])


def _go_without(fault: BotpulseError) -> None:
    """The monitor says what stands in the way; here only nothing is said."""
    log.info("What is new could not be counted: %s", fault)
