"""Something that takes turns, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from core.worker.live.messages import AFTER_BUG
from gui.threads.python_thread import PythonThread


class Turns(Protocol):
    """What is driven. It belongs to the thread from then on."""

    @property
    def pause(self) -> float | None:
        """Seconds until the next turn is due; None: there is nothing to do."""

    def turn(self) -> None:
        """Do what is due."""


class Driven(QObject):
    """Lets something take its turns in a thread of its own, until :meth:`stop`."""

    _asked = Signal(object)

    def __init__(self, name: str, part: Turns) -> None:
        super().__init__()
        self._thread = PythonThread(name)
        self._driver = driver = _Driver(part)
        driver.moveToThread(self._thread)
        self._asked.connect(driver.do)
        self._thread.start()

    def do(self, act: Callable[[], object]) -> None:
        """Have something done in the thread, in the order in which it was asked for."""
        self._asked.emit(act)

    def stop(self, last: Callable[[], object]) -> None:
        """Do a last thing, and end the thread; not for long where the store hangs. It may be called twice."""
        if self._thread.isRunning():
            self.do(last)
            self.do(self._driver.finish)
            self._thread.await_end(self._driver)


class _Driver(QObject):
    """Lives in the thread. It never touches a widget."""

    def __init__(self, part: Turns) -> None:
        super().__init__()
        self._part = part
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._turn)

    @Slot(object)
    def do(self, act: Callable[[], object]) -> None:
        act()
        self._pace()

    def finish(self) -> None:
        self._timer.stop()
        self.thread().quit()

    def _turn(self) -> None:
        self._timer.start(_milliseconds(AFTER_BUG))  # whatever happens now
        self._part.turn()
        self._pace()

    def _pace(self) -> None:
        pause = self._part.pause
        if pause is None:
            self._timer.stop()
        else:
            self._timer.start(_milliseconds(pause))


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
