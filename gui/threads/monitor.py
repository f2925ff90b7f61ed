"""The polling thread: it alone touches the database, and hands frozen snapshots to the window."""

from __future__ import annotations

import logging
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from core.errors import BotpulseError
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.storage.location import Location
from core.time_ranges import RangeChoice, TimeRange

log = logging.getLogger(__name__)

INTERVAL_MS: Final = 100
"""Milliseconds between two looks; a look without news costs microseconds."""


class Monitor(QObject):
    """Watches one database at a time from a thread of its own.

    The next snapshot is only made once the last one has been drawn: a window that is slow gets fewer, never a
    queue of old ones.

    Signals:
        snapshot_taken(Snapshot): there is something new to show.
        fault_found(BotpulseError): the database can't be shown at all; it is looked at until it can.
    """

    snapshot_taken = Signal(object)
    fault_found = Signal(object)

    _watch_asked = Signal(object, object, object)
    _choice_asked = Signal(object, object)
    _presenter_asked = Signal(object, object)
    _filter_asked = Signal(object)
    _closeup_asked = Signal(object)
    _calendar_asked = Signal(object, int)
    _interval_asked = Signal(int)
    _pause_asked = Signal(bool)
    _reload_asked = Signal()
    _leave_asked = Signal()
    _drawn = Signal()
    _end_asked = Signal()

    def __init__(
        self,
        zone: ZoneInfo,
        interval_ms: int = INTERVAL_MS,
        parent: QObject | None = None,
        *,
        first_weekday: int = 0,
    ) -> None:
        super().__init__(parent)
        self._thread = _Thread()
        self._thread.setObjectName("botpulse-monitor")
        self._worker = _Worker(zone, interval_ms, first_weekday)
        self._worker.moveToThread(self._thread)
        self._connect()
        self._thread.start()

    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Watch this database from now on, and no other."""
        self._watch_asked.emit(location, choice, span)

    def leave(self) -> None:
        """Watch nothing any more."""
        self._leave_asked.emit()

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        self._choice_asked.emit(choice, span)

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None = None) -> None:
        """Show what another page is about; ``wanted`` are the keys of the charts that are looked at, None: all."""
        self._presenter_asked.emit(presenter, wanted)

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._filter_asked.emit(chosen)

    def look_closer(self, view: TimeRange | None) -> None:
        """Read finer buckets for the part of the range that is seen; None: all of it is seen again."""
        self._closeup_asked.emit(view)

    def set_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Cut hours and days in another zone, and weeks at another day (0 is Monday), from now on."""
        self._calendar_asked.emit(zone, first_weekday)

    def set_interval(self, milliseconds: int) -> None:
        """Look so often from now on."""
        self._interval_asked.emit(milliseconds)

    def pause(self, paused: bool) -> None:
        """Stop looking, or go on."""
        self._pause_asked.emit(paused)

    def reload(self) -> None:
        """Read everything afresh."""
        self._reload_asked.emit()

    def stop(self) -> None:
        """Close the database and end the thread. It may be called twice."""
        if self._thread.isRunning():
            self._end_asked.emit()
            self._thread.quit()
            self._thread.wait()

    def _connect(self) -> None:
        worker = self._worker
        self._watch_asked.connect(worker.watch)
        self._choice_asked.connect(worker.choose)
        self._presenter_asked.connect(worker.show)
        self._filter_asked.connect(worker.filter_by)
        self._closeup_asked.connect(worker.look_closer)
        self._calendar_asked.connect(worker.set_calendar)
        self._interval_asked.connect(worker.set_interval)
        self._pause_asked.connect(worker.pause)
        self._reload_asked.connect(worker.reload)
        self._leave_asked.connect(worker.end)
        self._drawn.connect(worker.note_drawn)
        self._end_asked.connect(worker.end, Qt.ConnectionType.BlockingQueuedConnection)
        worker.snapshot_taken.connect(self._pass_on)
        worker.fault_found.connect(self.fault_found)

    @Slot(object)
    def _pass_on(self, snapshot: Snapshot) -> None:
        self.snapshot_taken.emit(snapshot)
        self._drawn.emit()


class _Thread(QThread):
    """Runs its event loop from Python: what belongs to a Python thread, peewee's connection say, then lives as long.

    With Qt's own ``run`` each slot would be a Python thread of its own.
    """

    def run(self) -> None:
        self.exec()


class _Worker(QObject):
    """Lives in the thread. It only emits; it never touches a widget."""

    snapshot_taken = Signal(object)
    fault_found = Signal(object)

    def __init__(self, zone: ZoneInfo, interval_ms: int, first_weekday: int) -> None:
        super().__init__()
        self._zone = zone
        self._first_weekday = first_weekday
        self._interval_ms = interval_ms
        self._view: LiveView | None = None
        self._presenter = OVERVIEW
        self._wanted: frozenset[str] | None = None
        self._chosen = EVERYTHING
        self._fault: BotpulseError | None = None
        self._paused = False
        self._drawing = False
        self._deferred = False
        self._pending = False
        """Whether the host asked for something that has not been shown yet: that is done even while paused."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @Slot(object, object, object)
    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None) -> None:
        self._close()
        self._view = LiveView(
            location, self._zone, choice, span, presenter=self._presenter, first_weekday=self._first_weekday
        )
        self._view.show(self._presenter, self._wanted)
        self._view.filter_by(self._chosen)
        self._look_soon()

    @Slot(object, object)
    def choose(self, choice: RangeChoice, span: TimeRange | None) -> None:
        if self._view is not None:
            self._view.choose(choice, span)
            self._look_soon()

    @Slot(object, object)
    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None) -> None:
        self._presenter, self._wanted = presenter, wanted
        if self._view is not None:
            self._view.show(presenter, wanted)
            self._look_soon()

    @Slot(object)
    def filter_by(self, chosen: Filter) -> None:
        self._chosen = chosen
        if self._view is not None:
            self._view.filter_by(chosen)
            self._look_soon()

    @Slot(object)
    def look_closer(self, view: TimeRange | None) -> None:
        if self._view is not None:
            self._view.look_closer(view)
            self._look_soon()

    @Slot(object, int)
    def set_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        self._zone, self._first_weekday = zone, first_weekday
        if self._view is not None:
            self._view.follow_calendar(zone, first_weekday)
            self._look_soon()

    @Slot(int)
    def set_interval(self, milliseconds: int) -> None:
        self._interval_ms = milliseconds
        self._pace()

    @Slot(bool)
    def pause(self, paused: bool) -> None:
        self._paused = paused
        self._pace()

    @Slot()
    def reload(self) -> None:
        if self._view is not None:
            self._view.reload()
            self._look_soon()

    @Slot()
    def note_drawn(self) -> None:
        self._drawing = False
        if self._deferred:
            self._look()

    @Slot()
    def end(self) -> None:
        self._timer.stop()
        self._close()

    def _close(self) -> None:
        if self._view is not None:
            self._view.close()
            self._view = None

    def _look_soon(self) -> None:
        """Answer the host; what stands in the way is said again, for it may concern something else now."""
        self._pending, self._fault = True, None
        self._timer.start(0)

    def _look(self) -> None:
        self._deferred = self._drawing
        if self._drawing:
            self._timer.stop()
        if self._view is None or self._drawing:
            return
        snapshot = self._view.advance()
        fault = self._view.fault
        if snapshot is not None:
            self._drawing, self._pending = True, self._view.loading
            self.snapshot_taken.emit(snapshot)
        elif fault is not None and type(fault) is not type(self._fault) and not self._view.has_data:
            self.fault_found.emit(fault)
        self._fault = fault
        self._pace()

    def _pace(self) -> None:
        """Look at once again while history comes in; else at the interval, and while paused only what is pending."""
        if self._view is None:
            self._timer.stop()
        elif self._view.loading:
            self._timer.start(0)
        elif self._paused and not self._pending:
            self._timer.stop()
        else:
            self._timer.start(self._interval_ms)
