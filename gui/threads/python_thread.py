"""A thread in which objects of ours live."""

from __future__ import annotations

import logging
import os
from typing import Final

from PySide6.QtCore import QObject, QThread

log = logging.getLogger(__name__)

LONGEST_END_MS: Final = 1_000
"""Milliseconds that a window waits for a thread of its own when it closes: a hung disk or server may keep it busy."""

_LEFT: Final[list[tuple[QThread, QObject]]] = []


class PythonThread(QThread):
    """Runs from Python: what belongs to a Python thread, peewee's connection say, lives as long as this one.

    With Qt's own ``run`` each slot would be a Python thread of its own.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)

    def run(self) -> None:
        """Handle events until the thread is to quit."""
        self.exec()

    def await_end(self, worker: QObject) -> None:
        """Wait for the end of a thread that was asked to quit; one that hangs is left alone, with its worker."""
        if not self.wait(LONGEST_END_MS):
            _LEFT.append((self, worker))
            log.warning("%s does not end: what it waits for does not answer", self.objectName())


def end_process_if_left(code: int) -> None:
    """End the process at once if a thread still hangs: it would take the process with it in a worse way."""
    if any(thread.isRunning() for thread, _ in _LEFT):
        logging.shutdown()
        os._exit(code)
