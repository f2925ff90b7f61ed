"""How much room there is: no window is larger than its screen's work area; what has no place then is scrolled to."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

_FRAME: Final = QSize(16, 44)
"""What a title bar and borders take, about: the system tells only once a window is there."""


_SETTLED_MS: Final = 100


def room_of(window: QWidget) -> QSize:
    """Return how large a window may be for its frame, too, to lie within the screen's work area."""
    return window.screen().availableGeometry().size() - _FRAME


def resize_within(window: QWidget, width: int, height: int) -> None:
    """Give a window this size, or as much of it as its screen has room for."""
    window.resize(QSize(width, height).boundedTo(room_of(window)))


class _Area(QScrollArea):
    """Asks a moment later how much room its content needs now, and once for many changes.

    Each word that changes in a window asks for it, and to find out takes some milliseconds: the heights of all that is
    in it, at its width.
    """

    def __init__(self) -> None:
        super().__init__()
        self._later = QTimer(self, interval=_SETTLED_MS, singleShot=True)
        self._later.timeout.connect(self._make_room)

    def viewportEvent(self, event: QEvent) -> bool:
        """Wait for more of the kind."""
        if event.type() is not QEvent.Type.LayoutRequest:
            return super().viewportEvent(event)
        if not self._later.isActive():
            self._later.start()
        return True

    def _make_room(self) -> None:
        super().viewportEvent(QEvent(QEvent.Type.LayoutRequest))


def in_reach(content: QWidget, least: QSize) -> QScrollArea:
    """Return an area that fills a window with ``content``, and scrolls over it where it gets less than ``least``."""
    content.setMinimumSize(least)
    area = _Area()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
