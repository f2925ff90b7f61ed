"""The monitor: it has one database watched, by a process or a thread, and hands frozen snapshots to the window."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from core.filters import Filter
from core.presenters.presenter import PagePresenter
from core.presenters.readings import ViewRequest
from core.storage.location import Location
from core.tables import extensions
from core.time_ranges import RangeChoice, TimeRange
from core.worker.live import watcher as watchers
from core.worker.live.messages import INTERVAL_MS, Hidden, Message, NotStarted, Replaced, Shown, Watched
from core.worker.live.process import LiveProcess
from core.worker.live.watcher import Watcher
from gui.threads.python_thread import PythonThread

log = logging.getLogger(__name__)


class Monitor(QObject):
    """Has one database at a time watched: by a process, or where none is given or can be had, by a thread.

    What is wanted is one frozen value, told as a whole whenever it is another. The next snapshot only comes once the
    last one has been drawn.

    Signals:
        snapshot_taken(Snapshot): there is something new to show.
        fault_found(BotpulseError): the database can't be shown at all; it is looked at until it can.
        reader_replaced(str): the process ended before it should have, and another one goes on; the reason.
    """

    snapshot_taken = Signal(object)
    fault_found = Signal(object)
    reader_replaced = Signal(str)

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
        self._reader: _ProcessReader | _ThreadReader
        self._reader = _ThreadReader() if process is None else _ProcessReader(process)
        self._reader.came.connect(self._take)

    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Watch this database from now on, and no other."""
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
        self._reader = _ThreadReader()
        self._reader.came.connect(self._take)
        self._want()


class _ProcessReader(QObject):
    """Lets the process look; what it says comes through the event loop of the thread that this lives in."""

    came = Signal(object)

    _heard = Signal(object)

    def __init__(self, process: LiveProcess) -> None:
        super().__init__()
        self._process = process
        self._heard.connect(self.came, Qt.ConnectionType.QueuedConnection)
        process.listen(self._heard.emit)

    def tell(self, watched: Watched) -> None:
        self._process.tell(watched)

    def stop(self) -> None:
        self._process.stop()


class _ThreadReader(QObject):
    """Looks from a thread of its own."""

    came = Signal(object)

    _told = Signal(object)
    _end_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._thread = PythonThread("botpulse-monitor")
        self._worker = worker = _Worker()
        worker.moveToThread(self._thread)
        self._told.connect(worker.take)
        self._end_asked.connect(worker.finish)
        worker.came.connect(self.came)
        self._thread.start()

    def tell(self, watched: Watched) -> None:
        self._told.emit(watched)

    def stop(self) -> None:
        """Not for long where the store hangs."""
        if self._thread.isRunning():
            self._end_asked.emit()
            self._thread.await_end(self._worker)


class _Worker(QObject):
    """Lives in the thread. It only emits; it never touches a widget."""

    came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._watcher = Watcher(overlaps=False)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._turn)

    @Slot(object)
    def take(self, watched: Watched) -> None:
        self._watcher.take(watched)
        self._pace()

    @Slot()
    def finish(self) -> None:
        self._timer.stop()
        self._watcher.close()
        self.thread().quit()

    def _turn(self) -> None:
        self._timer.start(_milliseconds(watchers.AFTER_BUG))  # whatever happens now
        message = self._watcher.turn()
        if message is not None:
            self.came.emit(message)
        self._pace()

    def _pace(self) -> None:
        pause = self._watcher.pause
        if pause is None:
            self._timer.stop()
        else:
            self._timer.start(_milliseconds(pause))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


__all__: Final = ["INTERVAL_MS", "Monitor"]
