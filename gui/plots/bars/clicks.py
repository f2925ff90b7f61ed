"""Clicks told from double clicks, where the two mean different things."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication


class SingleClicks(QObject):
    """Waits for what a click becomes.

    Signals:
        single(object): this was clicked, and not twice.
    """

    single = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._clicked: object = None
        self._ends = QTimer(self, singleShot=True)
        self._ends.timeout.connect(lambda: self.single.emit(self._clicked))

    def begin(self, clicked: object) -> None:
        """There was a click on this."""
        self._clicked = clicked
        self._ends.start(QApplication.doubleClickInterval())

    def end(self) -> None:
        """It was the first half of a double click."""
        self._ends.stop()
