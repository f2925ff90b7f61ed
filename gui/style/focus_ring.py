"""The ring around what takes the keys: one for the whole program, whatever has the focus."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QFocusFrame, QLineEdit, QPlainTextEdit, QWidget
from shiboken6 import isValid

from gui.style.theme import ink

WIDTH: Final = 2
"""Pixels of the ring's line."""

_RADIUS: Final = 5.0
_MASKED: Final = 8
"""So much of each edge may be painted on: nothing of what lies inside is ever painted again for the ring."""

_TYPED_INTO: Final = (QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox)
_FILLED: Final = ("primary", "danger")


class FocusRing(QFocusFrame):
    """Lies over one widget and draws the ring along its edge. To screen readers it is not there.

    It is always seen around what is typed into, and around anything else while the host goes about by keyboard.

    Signals:
        key_pressed(): a key was pressed in the widget.
    """

    key_pressed = Signal()

    def __init__(self, focused: QWidget, *, by_keys: bool) -> None:
        super().__init__(focused)
        self._focused = focused
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cover(focused.rect())
        self.setVisible(by_keys or isinstance(focused, _TYPED_INTO))
        self.raise_()
        focused.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the widget, and be seen once a key is pressed in it."""
        kind = event.type()
        if kind is QEvent.Type.Resize:
            self._cover(self._focused.rect())
        elif kind is QEvent.Type.KeyPress:
            self.key_pressed.emit()
            self.show()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring in the accent; on a ground of the accent's kind a second one inside it is what is seen."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, ink("accent"), WIDTH / 2)
        if _is_filled(self._focused):
            self._draw(painter, ink("on_accent"), WIDTH * 1.5)
        painter.end()

    def _draw(self, painter: QPainter, colour: QColor, inset: float) -> None:
        painter.setPen(QPen(colour, WIDTH))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)

    def _cover(self, area: QRect) -> None:
        self.setGeometry(area)
        edge = _MASKED
        self.setMask(QRegion(area).subtracted(QRegion(area.adjusted(edge, edge, -edge, -edge))))


class _Follower(QObject):
    """Moves the ring with the focus, and knows whether the host goes about by keyboard.

    A key begins that, a click ends it. Qt's own mark of it, a window's attribute, is
    lost whenever the focus is moved by a program.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._ring: FocusRing | None = None
        self._by_keys = False
        app.focusChanged.connect(self._follow)
        self._follow(None, app.focusWidget())

    def _follow(self, _before: QWidget | None, focused: QWidget | None) -> None:
        ring, self._ring = self._ring, None
        if ring is not None and isValid(ring):  # Qt deletes it together with what it lay over
            ring.hide()
            ring.deleteLater()
        if focused is not None and not focused.isWindow():
            self._by_keys = self._goes_by_keys(focused)
            self._ring = FocusRing(focused, by_keys=self._by_keys)
            self._ring.key_pressed.connect(self._note_key)

    def _goes_by_keys(self, focused: QWidget) -> bool:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return False
        return self._by_keys or focused.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)

    def _note_key(self) -> None:
        self._by_keys = True


def show_focus() -> None:
    """Let whatever takes the keys be seen to do so; once a program is enough."""
    app = QApplication.instance()
    if isinstance(app, QApplication) and app.findChild(_Follower) is None:
        _Follower(app)


def _is_filled(widget: QWidget) -> bool:
    """Whether the style sheet fills it with a strong colour."""
    checked = bool(widget.property("segment")) and bool(widget.property("checked"))
    return checked or any(widget.property(name) for name in _FILLED)
