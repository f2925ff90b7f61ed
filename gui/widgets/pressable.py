"""A frame that can be pressed where there are rows behind what it shows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from core.charts.specs import Opens
from gui.style.accessibility import StandingWords


class Pressable(QFrame):
    """A click, Enter or Space opens its rows, if it has any, or leads to some other place.

    Signals:
        opened(str, Filter): these rows of the table with this key are wanted.
        followed(str): the place of this name is wanted.
    """

    speaks_as_one = True

    opened = Signal(str, object)
    followed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.opens: Opens | None = None
        self.place = ""
        self._spoken = StandingWords(self)

    @property
    def accessible_role(self) -> QAccessible.Role:
        """What a screen reader takes it for."""
        presses = self.opens is not None or bool(self.place)
        return QAccessible.Role.Button if presses else QAccessible.Role.StaticText

    def speak(self, name: str, description: str = "") -> None:
        """Be called and described so by a screen reader."""
        self._spoken.say(name, description)

    def set_opens(self, opens: Opens | None, place: str = "") -> None:
        """Have these rows behind it, or a place that it leads to; with neither it can't be reached or pressed."""
        self.opens, self.place = opens, place
        presses = opens is not None or bool(place)
        self.setProperty("presses", presses)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if presses else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if presses else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the rows."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the rows by Enter or Space."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)

    def _open(self) -> None:
        if self.opens is not None:
            self.opened.emit(self.opens.table, self.opens.chosen)
        elif self.place:
            self.followed.emit(self.place)
