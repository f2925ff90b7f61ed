"""Watches the window from inside its process: what has been painted, and how late the UI thread comes to its events."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from core.feed.snapshot import Snapshot
from gui.app import main, startup
from gui.window.main_window import MainWindow
from tests.benchmarks.window_probe import TICK_MS, Ticks

if TYPE_CHECKING:
    import psutil

_LONGEST_WAIT = 120.0
_A_TURN_MS = 1
"""What falls due then comes after what is posted by now, paints too; a timer of 0 ms is posted before those."""

READER = "core.worker.live.child"
"""What the command line of the process that reads the database says."""


@contextmanager
def beginning_with(task: Callable[[Probe], None]) -> Iterator[None]:
    """The application that is run meanwhile does ``task`` as its event loop begins, and then ends."""
    make = startup.preferred_application

    def made(*wanted: Any) -> QApplication:
        application = make(*wanted)
        QTimer.singleShot(0, lambda: begin(application))
        return application

    def begin(application: QApplication) -> None:
        window = next(widget for widget in application.topLevelWidgets() if isinstance(widget, MainWindow))
        try:
            task(Probe(window))
            window.close()
        except BaseException:
            traceback.print_exc()
            window.close()
            application.exit(1)

    vars(main)["preferred_application"] = made  # the name that ``app.main`` looks up
    try:
        yield
    finally:
        vars(main)["preferred_application"] = make


@dataclass
class Holdups:
    """How long the UI thread was held up at most in each refresh's time, in seconds; unlike ticks it takes no memory.

    Attributes:
        wall: the longest gap between two ticks; cpu: the most CPU time of the UI thread between two.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        from core.live_view import REFRESH_SECONDS  # the window itself does not load it

        self._window = REFRESH_SECONDS
        self._began = self._before = time.perf_counter()
        self._used = time.thread_time()

    def note(self) -> None:
        """A tick."""
        now, used = time.perf_counter(), time.thread_time()
        windows = int((self._before - self._began) / self._window) + 1
        for longest, gap in ((self.wall, now - self._before), (self.cpu, used - self._used)):
            longest.extend([0.0] * (windows - len(longest)))
            longest[-1] = max(longest[-1], gap)
        self._before, self._used = now, used


class Probe(QObject):
    """Notes each snapshot once it is on the window's surface.

    A snapshot counts as painted one turn of the event loop after its plots have asked for their paint, in a turn after
    that in which the last of them was handed its chart: that is the last thing to come.
    """

    painted = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.window = window
        self.painted_times = 0
        window.snapshot_shown.connect(self._note)

    def _note(self, snapshot: Snapshot) -> None:
        QTimer.singleShot(_A_TURN_MS, lambda: self._wait_a_turn(snapshot))

    def _wait_a_turn(self, snapshot: Snapshot) -> None:
        QTimer.singleShot(_A_TURN_MS, lambda: self._announce(snapshot))

    def _announce(self, snapshot: Snapshot) -> None:
        self.painted_times += 1
        self.painted.emit(snapshot)

    def until(self, holds: Callable[[Snapshot], bool]) -> None:
        """Run until a snapshot of which this holds is painted."""
        loop, given_up = QEventLoop(), QTimer(singleShot=True)
        given_up.timeout.connect(lambda: loop.exit(1))
        given_up.start(int(_LONGEST_WAIT * 1000))

        def look(snapshot: Snapshot) -> None:
            if holds(snapshot):
                loop.quit()

        self.painted.connect(look)
        failed = loop.exec()
        self.painted.disconnect(look)
        if failed:
            raise TimeoutError("the window did not come to show what it should")

    def rest(self, seconds: float) -> None:
        """Run for so long."""
        loop = QEventLoop()
        QTimer.singleShot(round(seconds * 1000), loop.quit)
        loop.exec()

    @contextmanager
    def ticking(self) -> Iterator[Ticks]:
        """A timer of :data:`TICK_MS` in the UI thread, and when it came."""
        ticks = Ticks()
        with self._timer(ticks.note):
            ticks.note()
            yield ticks

    @contextmanager
    def holdups(self) -> Iterator[Holdups]:
        """How long the UI thread is held up meanwhile."""
        holdups = Holdups()
        with self._timer(holdups.note):
            yield holdups

    @contextmanager
    def _timer(self, note: Callable[[], None]) -> Iterator[None]:
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(note)
        timer.start(TICK_MS)
        yield
        timer.stop()
        timer.deleteLater()

    def byte_size(self) -> int:
        """The resident memory of the window, and of the process that reads for it."""
        return sum(int(each.memory_info().rss) for each in processes())

    def processor_time(self) -> float:
        """The CPU time of both, in seconds."""
        return sum(each.cpu_times().user + each.cpu_times().system for each in processes())


def processes() -> list[psutil.Process]:
    """The window's process, and the one that reads the database for it."""
    import psutil  # the window has not loaded it when it starts

    def reads(child: psutil.Process) -> bool:
        try:
            return READER in child.cmdline()
        except psutil.Error:
            return False  # one for a single task, which has just ended

    own = psutil.Process()
    return [own, *filter(reads, own.children())]
