"""Questions to the database that a dialog asks while the host is still choosing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from core.errors import BotpulseError
from gui.threads.jobs import Job, Make

Take: TypeAlias = Callable[[Any], object]


class Looking(QObject):
    """Answers the latest question; one that was asked before it is given up.

    Signals:
        failed(BotpulseError): the latest question has no answer.
    """

    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._job = Job(self)
        self._take: Take | None = None
        self._next: tuple[Make, Take] | None = None
        self._job.finished.connect(self._answer)
        self._job.failed.connect(self._fail)
        self._job.ended.connect(self._go_on)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._job.running or self._next is not None

    def ask(self, make: Make, take: Take) -> None:
        """Run a task beside the window, and hand its result to ``take``."""
        self._next = make, take
        self._take = None
        if self._job.running:
            self._job.cancel()
        else:
            self._go_on()

    def stop(self) -> None:
        """Want no answer any more, and wait until nothing runs."""
        self._next = self._take = None
        self._job.stop()

    def _go_on(self) -> None:
        if self._next is not None and not self._job.running:
            (make, self._take), self._next = self._next, None
            self._job.start(make)

    def _answer(self, result: object) -> None:
        take, self._take = self._take, None
        if take is not None:
            take(result)

    def _fail(self, fault: BotpulseError) -> None:
        if self._take is not None:
            self._take = None
            self.failed.emit(fault)
