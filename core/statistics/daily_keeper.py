"""Daily statistics: when they are due, and who writes them."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from zoneinfo import ZoneInfo

from core.errors import BotpulseError, WorkerGone
from core.statistics import daily_stats
from core.storage.location import Location
from core.time_ranges import HOUR, local_days

log = logging.getLogger(__name__)


class DailySummaries:
    """Writes the summaries of days, in this process or in another that was offered for it.

    Attributes:
        offers: what runs a function elsewhere; the last one is asked.
        summing_up: held meanwhile: a reset in between would leave the summary of what it deleted.
    """

    def __init__(
        self, location: Location, zone: ZoneInfo, reading: Callable[[], AbstractContextManager[object]]
    ) -> None:
        """``reading`` opens the store, with all that was tracked before in it."""
        self.offers: list[Callable[..., object]] = []
        self.summing_up = threading.Lock()
        self._location, self._zone, self._reading = location, zone, reading

    def complete(self) -> None:
        """Write today's, and those of earlier days that are missing or were never completed.

        What goes wrong is logged: the next call makes up for it.
        """
        try:
            with self.summing_up:
                self._complete()
        except BotpulseError as fault:
            log.warning("daily statistics have to wait: %s", fault)

    def _complete(self) -> None:
        offers = tuple(self.offers)  # another thread may take them back meanwhile
        with self._reading():
            pass  # what is pending is written, and the file is made where there is none
        if offers:
            self._complete_elsewhere(offers[-1])
        else:
            daily_stats.complete(self._location, self._zone, time.time())

    def _complete_elsewhere(self, run: Callable[..., object]) -> None:
        try:
            run(daily_stats.complete, self._location, self._zone, time.time())
        except WorkerGone as gone:
            if run in self.offers:
                raise
            log.info("daily statistics wait for the next time: who summed them up has just been closed (%s)", gone)


class DailyKeeper:
    """Starts the daily statistics when they are due, one at a time, without keeping a command waiting."""

    def __init__(self, generate: Callable[[], None], zone: ZoneInfo) -> None:
        self._generate = generate
        self._zone = zone
        self._due = 0.0
        self._day = ""
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def remind(self) -> None:
        """Start if it is time: an hour after the last, on a new day, or when the clock was set back."""
        now = time.time()
        if self._due - HOUR <= now < self._due or self._due == math.inf or not self._starting.acquire(blocking=False):
            return
        try:
            if self._due == math.inf or (self._thread is not None and self._thread.is_alive()):
                return  # what is due stays due: the next event starts it
            self._due = min(now + HOUR, local_days(1, now, self._zone).edges[-1])
            self._thread = threading.Thread(target=self._generate, name="botpulse-daily", daemon=True)
            self._thread.start()
        finally:
            self._starting.release()

    def close(self) -> None:
        """Wait for the one that is running."""
        with self._starting:
            self._due = math.inf
        if self._thread is not None:
            self._thread.join()
