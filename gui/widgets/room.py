"""How much room there is: no window is larger than its screen's work area; what has no place then is scrolled to."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_FRAME: Final = QSize(16, 44)
"""What a title bar and borders take, about: the system tells only once a window is there."""


def room_of(window: QWidget) -> QSize:
    """Return how large a window may be for its frame, too, to lie within the screen's work area."""
    return window.screen().availableGeometry().size() - _FRAME


def resize_within(window: QWidget, width: int, height: int) -> None:
    """Give a window this size, or as much of it as its screen has room for."""
    window.resize(QSize(width, height).boundedTo(room_of(window)))


def in_reach(content: QWidget, least: QSize) -> QScrollArea:
    """Return an area that fills a window with ``content``, and scrolls over it where it gets less than ``least``."""
    content.setMinimumSize(least)
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
