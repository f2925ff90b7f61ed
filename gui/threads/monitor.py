"""The polling thread: it alone touches the database, and hands frozen snapshots to the window."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.errors import BotpulseError, UnexpectedFault
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.storage.location import Location
from core.time_ranges import RangeChoice, TimeRange
from gui.threads.python_thread import PythonThread

AFTER_BUG_MS: Final = 2_000
"""Milliseconds to the next look after one that ended in a way that nobody expected."""

INTERVAL_MS: Final = 100
"""Milliseconds between two looks; a look without news costs microseconds."""


class DrawThrottle:
    """Lets a snapshot be drawn before the next one is made.

    While a snapshot is on its way to the screen, a look at the database is not made but deferred.
    However many are wanted meanwhile, one deferred look stands for all of them.
    It is made as soon as the window says that it has drawn, and then shows the newest there is.
    So a window that is slow gets fewer snapshots, never a queue of old ones.
    """

    def __init__(self) -> None:
        self.drawing = False
        self._deferred = False

    def may_look(self) -> bool:
        """Return whether a look may be made now; else it is deferred."""
        self._deferred = self.drawing
        return not self.drawing

    def note_drawn(self) -> bool:
        """Take note that the window has drawn; return whether a look was deferred until now."""
        self.drawing = False
        return self._deferred


class Monitor(QObject):
    """Watches one database at a time from a thread of its own.

    The next snapshot is only made once the last one has been drawn (:class:`DrawThrottle`).

    Signals:
        snapshot_taken(Snapshot): there is something new to show.
        fault_found(BotpulseError): the database can't be shown at all; it is looked at until it can.
    """

    snapshot_taken = Signal(object)
    fault_found = Signal(object)

    _call_asked = Signal(object)
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
        self._thread = PythonThread("botpulse-monitor")
        self._worker = worker = _Worker(zone, interval_ms, first_weekday)
        worker.moveToThread(self._thread)
        self._call_asked.connect(worker.call)
        self._end_asked.connect(worker.finish)
        worker.snapshot_taken.connect(self._pass_on)
        worker.fault_found.connect(self.fault_found)
        self._thread.start()

    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Watch this database from now on, and no other."""
        self._call(self._worker.watch, location, choice, span)

    def leave(self) -> None:
        """Watch nothing any more."""
        self._call(self._worker.end)

    def choose(self, choice: RangeChoice, span: TimeRange | None = None) -> None:
        """Show another range; ``span`` is that of a custom one."""
        self._tell(lambda view: view.choose(choice, span))

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None = None) -> None:
        """Show what another page is about; ``wanted`` are the keys of the charts that are looked at, None: all."""
        self._call(self._worker.show, presenter, wanted)

    def filter_by(self, chosen: Filter) -> None:
        """Show only some rows."""
        self._call(self._worker.filter_by, chosen)

    def look_closer(self, view: TimeRange | None) -> None:
        """Read finer buckets for the part of the range that is seen; None: all of it is seen again."""
        self._tell(lambda live_view: live_view.look_closer(view))

    def set_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        """Cut hours and days in another zone, and weeks at another day (0 is Monday), from now on."""
        self._call(self._worker.set_calendar, zone, first_weekday)

    def set_interval(self, milliseconds: int) -> None:
        """Look so often from now on."""
        self._call(self._worker.set_interval, milliseconds)

    def pause(self, paused: bool) -> None:
        """Stop looking, or go on."""
        self._call(self._worker.pause, paused)

    def reload(self) -> None:
        """Read everything afresh."""
        self._tell(LiveView.reload)

    def stop(self) -> None:
        """Close the database and end the thread; not for long where the store hangs. It may be called twice."""
        if self._thread.isRunning():
            self._end_asked.emit()
            self._thread.await_end(self._worker)

    def _call(self, act: Callable[..., None], *values: object) -> None:
        """Have something done in the thread, in the order in which it was asked for."""
        self._call_asked.emit(partial(act, *values))

    def _tell(self, act: Callable[[LiveView], None]) -> None:
        """Have something done with what is watched by then, if anything is."""
        self._call(self._worker.tell, act)

    @Slot(object)
    def _pass_on(self, snapshot: Snapshot) -> None:
        self.snapshot_taken.emit(snapshot)
        self._call(self._worker.note_drawn)


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
        self._throttle = DrawThrottle()
        self._pending = False
        """Whether the host asked for something that has not been shown yet: that is done even while paused."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)

    @Slot(object)
    def call(self, act: Callable[[], None]) -> None:
        act()

    def watch(self, location: Location, choice: RangeChoice, span: TimeRange | None) -> None:
        self._close()
        self._view = LiveView(
            location, self._zone, choice, span, presenter=self._presenter, first_weekday=self._first_weekday
        )
        self._view.show(self._presenter, self._wanted)
        self._view.filter_by(self._chosen)
        self._look_soon()

    def show(self, presenter: PagePresenter, wanted: frozenset[str] | None) -> None:
        self._presenter, self._wanted = presenter, wanted
        self.tell(lambda view: view.show(presenter, wanted))

    def filter_by(self, chosen: Filter) -> None:
        self._chosen = chosen
        self.tell(lambda view: view.filter_by(chosen))

    def set_calendar(self, zone: ZoneInfo, first_weekday: int) -> None:
        self._zone, self._first_weekday = zone, first_weekday
        self.tell(lambda view: view.follow_calendar(zone, first_weekday))

    def set_interval(self, milliseconds: int) -> None:
        self._interval_ms = milliseconds
        self._pace()

    def pause(self, paused: bool) -> None:
        self._paused = paused
        self._pace()

    def note_drawn(self) -> None:
        if self._throttle.note_drawn():
            self._look()

    def tell(self, act: Callable[[LiveView], None]) -> None:
        if self._view is not None:
            act(self._view)
            self._look_soon()

    @Slot()
    def end(self) -> None:
        self._timer.stop()
        self._close()

    @Slot()
    def finish(self) -> None:
        self.end()
        self.thread().quit()

    def _close(self) -> None:
        if self._view is not None:
            self._view.close()
            self._view = None

    def _look_soon(self) -> None:
        """Answer the host; what stands in the way is said again, for it may concern something else now."""
        self._pending, self._fault = True, None
        self._timer.start(0)

    def _look(self) -> None:
        if not self._throttle.may_look():
            self._timer.stop()
            return
        if self._view is None:
            return
        self._timer.start(AFTER_BUG_MS)  # whatever happens now
        snapshot = self._view.advance()
        fault = self._view.fault
        if snapshot is not None:
            self._throttle.drawing, self._pending = True, self._view.loading
            self.snapshot_taken.emit(snapshot)
        elif fault is not None and type(fault) is not type(self._fault) and _hides(fault, self._view):
            self.fault_found.emit(fault)
        self._fault = fault
        self._pace()

    def _pace(self) -> None:
        """Look at once again while history comes in; else at the interval, and while paused only what is pending."""
        if self._view is None:
            self._timer.stop()
        elif isinstance(self._fault, UnexpectedFault):
            self._timer.start(max(AFTER_BUG_MS, self._interval_ms))
        elif self._view.loading:
            self._timer.start(0)
        elif self._paused and not self._pending:
            self._timer.stop()
        else:
            self._timer.start(self._interval_ms)


def _hides(fault: BotpulseError, view: LiveView) -> bool:
    """Whether a fault stands in the place of what is shown; others are said beside it."""
    return not view.has_data or isinstance(fault, UnexpectedFault)
