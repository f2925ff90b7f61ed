"""Long work beside the window: a task of ``core``, driven in a thread of its own and stopped at any time."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from core.errors import BotpulseError
from core.tasks import Progress, Task
from core.worker.live.elsewhere import elsewhere, standing_elsewhere
from gui.threads.python_thread import PythonThread

log = logging.getLogger(__name__)

REPORT_SECONDS: Final = 0.05
"""Progress is reported at most this often; what comes in between is left out."""

Make: TypeAlias = Callable[[], Task[Any]]
P = ParamSpec("P")
R = TypeVar("R")
Fault = TypeVar("Fault", bound=BaseException)


_apart: Final = threading.Event()


@contextmanager
def reads_apart() -> Iterator[None]:
    """Let tasks that only read run in processes of their own meanwhile (:func:`reading_task`)."""
    _apart.set()
    try:
        yield
    finally:
        _apart.clear()


def reading_task(function: Callable[P, Task[R]], /, *args: P.args, **named: P.kwargs) -> Callable[[], Task[R]]:
    """What makes a task of ``core`` that only reads the database: for a job, here or in a process of its own."""
    if _apart.is_set():
        return partial(elsewhere, function, *args, **named)
    return partial(function, *args, **named)


def standing_task(function: Callable[P, Task[R]], /, *args: P.args, **named: P.kwargs) -> Callable[[], Task[R]]:
    """The same of a task that goes on until it is stopped, and lets all else go first."""
    if _apart.is_set():
        return partial(standing_elsewhere, function, *args, **named)
    return partial(function, *args, **named)


class Job(QObject):
    """Runs one task at a time in a thread of its own, and may be used again once that has ended.

    Exactly one of the endings is told, then :attr:`ended`. A bug in the task (any exception that is no
    :class:`BotpulseError`) reaches ``sys.excepthook`` in the thread that the job lives in, and only ``ended`` is told.
    A job that is deleted, or an application that quits, stops the task and lets it clean up.

    Signals:
        progressed(Progress): how far it is, at most every :data:`REPORT_SECONDS`.
        finished(object): it is done; the task's result.
        failed(BotpulseError): something outside stood in the way.
        cancelled(): it was stopped, and has cleaned up.
        ended(): it runs no more, however it ended.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread: _TaskThread | None = None
        self._stopping = False

    @property
    def running(self) -> bool:
        """Whether it has begun, and its ending has not been told yet."""
        return self._thread is not None

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to stop, and has not yet."""
        return self._stopping  # a thread that has ended does not know any more that it was asked

    def start(self, make: Make) -> None:
        """Make the task in the thread and drive it there.

        Raises:
            RuntimeError: the last task still runs.
        """
        if self._thread is not None:
            raise RuntimeError("a job runs one task at a time")
        self._stopping = False
        self._thread = thread = _TaskThread(make)
        thread.progressed.connect(self._pass_on)
        thread.done.connect(self._end)
        self.destroyed.connect(thread.requestInterruption)
        _RUNNING.difference_update([each for each in _RUNNING if each.isFinished()])
        _RUNNING.add(thread)
        thread.start()

    def cancel(self) -> None:
        """Ask the task to stop; :attr:`cancelled` follows, unless its result came first."""
        if self._thread is not None:
            self._stopping = True
            self._thread.requestInterruption()

    def wait(self) -> None:
        """Wait until the task has ended and its thread is gone; the signals follow when the event loop goes on."""
        if self._thread is not None:
            self._thread.wait()

    def stop(self) -> None:
        """Cancel and wait: for a window that is closing. It may be called twice."""
        self.cancel()
        self.wait()

    @Slot(object)
    def _pass_on(self, progress: Progress) -> None:
        if not self.cancelling:
            self.progressed.emit(progress)

    @Slot(object)
    def _end(self, outcome: _Outcome) -> None:
        self.wait()
        self._thread, self._stopping = None, False
        outcome(self)
        self.ended.emit()


_Outcome: TypeAlias = Callable[[Job], None]
"""Tells a job's listeners how it ended."""


class _TaskThread(PythonThread):
    """Drives a task from its beginning to its end.

    It is in :data:`_RUNNING` while it runs: a thread whose last reference goes would take the process with it.
    """

    progressed = Signal(object)
    done = Signal(object)

    def __init__(self, make: Make) -> None:
        super().__init__("botpulse-job")
        self._make = make
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self._stop)

    def run(self) -> None:
        """Drive the task, and say how it ended."""
        self.done.emit(self._outcome())

    def _outcome(self) -> _Outcome:
        try:
            return self._drive()
        except BotpulseError as fault:
            log.info("A job failed.", exc_info=True)
            return _failed(_detached(fault))
        except BaseException as bug:
            return _crashed(_detached(bug))

    def _drive(self) -> _Outcome:
        task = self._make()
        del self._make  # what it refers to may be large, and this object stays until the next job begins
        reported = float("-inf")
        while not self.isInterruptionRequested():
            try:
                progress = next(task)
            except StopIteration as end:
                return _finished(end.value)
            if monotonic() - reported >= REPORT_SECONDS:
                reported = monotonic()
                self.progressed.emit(progress)
        task.close()
        return _cancelled

    @Slot()
    def _stop(self) -> None:
        self.requestInterruption()
        self.wait()


_RUNNING: Final[set[_TaskThread]] = set()
"""The threads that run, and the last ones that did: a thread can't be deleted within a slot of its own."""


def _finished(result: object) -> _Outcome:
    return lambda job: job.finished.emit(result)


def _failed(fault: BotpulseError) -> _Outcome:
    return lambda job: job.failed.emit(fault)


def _cancelled(job: Job) -> None:
    job.cancelled.emit()


def _crashed(bug: BaseException) -> _Outcome:
    return lambda job: sys.excepthook(type(bug), bug, bug.__traceback__)


def _detached(error: Fault) -> Fault:
    """Free what the frames of its traceback still hold: a connection must not be closed in another thread."""
    link: BaseException | None = error
    while link is not None:
        traceback.clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__
    return error
