"""A part that scrolls up and down, sees through to what lies behind it, and shows when the keys are its own."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ScrollBox(QScrollArea):
    """Holds one widget of its own width; ``name`` is what a screen reader calls it."""

    accessible_role = QAccessible.Role.Grouping

    def __init__(self, widget: QWidget, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidget(widget)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        for part in (self.viewport(), widget):
            part.setAutoFillBackground(False)
