"""The monitor: it has one database watched, by a process or a thread, and hands frozen snapshots to the window."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, Signal, Slot

from core.filters import Filter
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.statistics.comparison import OtherTime
from core.storage.location import Location
from core.tables import extensions
from core.tables.reading.messages import Named
from core.time_ranges import RangeChoice, TimeRange
from core.worker.live.messages import INTERVAL_MS, Hidden, Message, NotStarted, Replaced, Shown, Watched
from core.worker.live.process import LiveProcess
from gui.threads.driven import Driven
from gui.threads.names import name_news

log = logging.getLogger(__name__)

Hear: TypeAlias = Callable[[Any], None]


class Monitor(QObject):
    """Has one database at a time watched: by a process, or where none is given or can be had, by a thread.

    What is wanted is one frozen value, told as a whole whenever it is another. The next snapshot only comes once the
    last one has been drawn.

    Attributes:
        process: the one that was given.

    Signals:
        snapshot_taken(Snapshot): there is something new to show.
        fault_found(BotpulseError): the database can't be shown at all; it is looked at until it can.
        reader_replaced(str): the process ended before it should have, and another one goes on; the reason.
    """

    snapshot_taken = Signal(object)
    fault_found = Signal(object)
    reader_replaced = Signal(str)

    _heard = Signal(object)

    def __init__(
        self,
        zone: ZoneInfo,
        interval_ms: int = INTERVAL_MS,
        parent: QObject | None = None,
        *,
        first_weekday: int = 0,
        process: LiveProcess | None = None,
    ) -> None:
        super().__init__(parent)
        self._watched = Watched(ViewRequest(zone, first_weekday), interval_ms=interval_ms)
        self._heard.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self.process = process
        hear = self._heard.emit
        self._reader = _ThreadReader(hear) if process is None else _ProcessReader(process, hear)

    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Watch this database from now on, and no other."""
        name_news().forget()
        request = replace(self._watched.request, choice=choice, span=span, view=None)
        opened, metrics = self._watched.opened + 1, extensions.metrics()
        self._want(location=location, opened=opened, request=request, metrics=metrics)

    def leave(self) -> None:
        """Watch nothing any more."""
        self._want(location=None)

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        watching = self._watched.location is not None
        self._ask(asked=self._watched.asked + watching, choice=choice, span=span, view=None)

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None = None) -> None:
        """Show what another page is about; ``wanted`` are the keys of the charts that are looked at, None: all."""
        request = self._watched.request
        view = request.view if presenter is request.presenter else None
        self._ask(presenter=presenter, wanted=wanted, view=view)

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._ask(chosen=chosen)

    def compare(self, comparison: OtherTime) -> None:
        """Read another time beside the range, or none."""
        self._ask(comparison=comparison)

    def look_closer(self, view: TimeRange | None) -> None:
        """Read finer buckets for the part of the range that is seen; None: all of it is seen again."""
        self._ask(view=view)

    def set_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Cut hours and days in another zone, and weeks at another day (0 is Monday), from now on."""
        self._ask(zone=zone, first_weekday=first_weekday, view=None)

    def set_interval(self, milliseconds: int) -> None:
        """Look so often from now on."""
        self._want(interval_ms=milliseconds)

    def pause(self, paused: bool) -> None:
        """Stop looking, or go on."""
        self._want(paused=paused)

    def reload(self) -> None:
        """Read everything afresh."""
        self._want(reloads=self._watched.reloads + 1)

    def stop(self) -> None:
        """Close the database and end the process or the thread, within two seconds whatever it does.

        It may be called twice.
        """
        self._reader.stop()

    def _ask(self, asked: int | None = None, **other: object) -> None:
        """Have something else seen of the database."""
        request = replace(self._watched.request, **other)  # type: ignore[arg-type]
        self._want(request=request, asked=self._watched.asked if asked is None else asked)

    def _want(self, **other: object) -> None:
        self._watched = replace(self._watched, **other)  # type: ignore[arg-type]
        if self._watched.opened:
            self._reader.tell(self._watched)

    @Slot(object)
    def _take(self, message: Message) -> None:
        if isinstance(message, Shown):
            if message.opened == self._watched.opened:
                self.snapshot_taken.emit(message.snapshot)
            self._want(drawn=message.number)
        elif isinstance(message, Named):
            name_news().learn(message.names)
        elif isinstance(message, Hidden):
            if message.opened == self._watched.opened:
                self.fault_found.emit(message.fault)
        elif isinstance(message, Replaced):
            self.reader_replaced.emit(message.reason)
        elif isinstance(message, NotStarted):
            self._do_without(message.reason)

    def _do_without(self, reason: str) -> None:
        log.warning("no process reads the database (%s): a thread does, and the window is slower beside it", reason)
        self._reader.stop()
        self._reader = _ThreadReader(self._heard.emit)
        self._want()


class _ProcessReader:
    """Lets the process look."""

    def __init__(self, process: LiveProcess, hear: Hear) -> None:
        self._process = process
        process.listen(hear)

    def tell(self, watched: Watched) -> None:
        self._process.tell(watched)

    def stop(self) -> None:
        self._process.stop()


class _ThreadReader:
    """Looks from a thread of its own."""

    def __init__(self, hear: Hear) -> None:
        from core.worker.live.watcher import Watcher  # all that reads and counts comes with it: few need it here

        self._watcher = Watcher(hear, overlaps=False)
        self._driven = Driven("botpulse-monitor", self._watcher)

    def tell(self, watched: Watched) -> None:
        self._driven.do(partial(self._watcher.take, watched))

    def stop(self) -> None:
        self._driven.stop(self._watcher.close)
