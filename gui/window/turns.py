"""Work in turns: a part in each turn of the event loop, so that mouse, keys and painting come in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Final, TypeAlias

from PySide6.QtCore import QObject, QTimer

TURN_SECONDS: Final = 0.001
"""A turn ends with the part after which it has taken so long; what the parts changed is painted before the next."""

Work: TypeAlias = Callable[[], Iterator[None]]
"""Begins some work; each step of the iterator is a part of it."""


class WorkInTurns(QObject):
    """Does one work at a time. What is given meanwhile waits for its end; of several that wait, the newest is done.

    So whatever is begun is whole in the end, however quickly the next comes.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts: Iterator[None] | None = None
        self._waiting: Work | None = None
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._turn)

    def do(self, work: Work) -> None:
        """Begin in the next turn, or, where something is under way, after it."""
        if self._parts is not None:
            self._waiting = work
            return
        self._parts = work()
        self._timer.start()

    def abandon(self) -> None:
        """Leave what is under way as it is, and forget what waits."""
        self._timer.stop()
        self._parts = self._waiting = None

    def _turn(self) -> None:
        """Do some parts. The timer begins anew behind them: what fell due meanwhile comes before the next turn."""
        end = perf_counter() + TURN_SECONDS
        try:
            while self._goes_on() and perf_counter() < end:
                pass
        finally:
            if self._parts is not None:
                self._timer.start()

    def _goes_on(self) -> bool:
        """Do a part; return whether there may be another. After a fault there is none: the next work begins afresh."""
        parts, goes_on = self._parts, False
        try:
            goes_on = parts is not None and next(parts, _END) is not _END
        finally:
            if not goes_on and parts is self._parts:
                self._begin_next()
        return goes_on and parts is self._parts

    def _begin_next(self) -> None:
        """Let what waits begin, in a turn of its own."""
        waiting, self._waiting = self._waiting, None
        self._parts = waiting() if waiting is not None else None


_END: Final = object()
