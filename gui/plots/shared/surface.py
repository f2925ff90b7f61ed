"""A plot's surface that paints itself, and the keys that move over every plot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from core.charts.specs import Heatmap, Histogram
from gui.plots.shared.drawing import paint_instead
from resources.design import Palette

OPENS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)

_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_CLIMBS: Final = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
_ENDS: Final = {Qt.Key.Key_Home: False, Qt.Key.Key_End: True}

C = TypeVar("C", Histogram, Heatmap)


@dataclass(frozen=True, slots=True)
class KeyActions:
    """What the keys do over a plot.

    Attributes:
        step: Left (-1) or Right (1).
        climb: Up (1) or Down (-1).
        jump: Home (False) or End (True).
        open: Enter or Space.
        dismiss: Escape.
    """

    step: Callable[[int], object]
    climb: Callable[[int], object]
    jump: Callable[[bool], object]
    open: Callable[[], object]
    dismiss: Callable[[], object]

    def take(self, key: Qt.Key) -> bool:
        """Do what a key stands for; return whether it stands for anything."""
        if key in _STEPS:
            self.step(_STEPS[key])
        elif key in _CLIMBS:
            self.climb(_CLIMBS[key])
        elif key in _ENDS:
            self.jump(_ENDS[key])
        elif key in OPENS:
            self.open()
        elif key == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            return False
        return True


class Surface(QWidget, Generic[C]):
    """Draws a chart, or words in its place, and says what mouse and keys do above it; a subclass paints.

    Attributes:
        keys: what the keys do, where :meth:`takes` lets them.

    Signals:
        hovered(object): the mouse stands at this place (QPointF), or, with None, has left.
        clicked(QPointF): there was a click.
    """

    accessible_role = QAccessible.Role.Chart
    keeps_cursor_at_menus: ClassVar = False
    """Whether what is pointed at stays while a menu has the focus."""

    hovered = Signal(object)
    clicked = Signal(QPointF)

    keys: KeyActions

    def __init__(self) -> None:
        super().__init__()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._chart: C | None = None
        self._palette: Palette | None = None

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    @property
    def drawn(self) -> bool:
        """Whether there is something to draw."""
        return self._chart is not None and self._chart.empty is None

    def takes(self, key: Qt.Key) -> bool:
        """Return whether a key is the surface's affair at the moment."""
        del key
        return self.drawn

    def paint(self, painter: QPainter, chart: C, palette: Palette) -> None:
        """Draw the chart."""
        raise NotImplementedError

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use."""
        return QSize(160, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        del event
        if self._palette is None or self._chart is None:
            return
        painter = QPainter(self)
        if self.drawn:
            self.paint(painter, self._chart, self._palette)
        else:
            paint_instead(painter, self, self._chart.empty, self._palette)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say where the mouse is."""
        self.hovered.emit(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Say that there was a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Say that the mouse has left."""
        self.hovered.emit(None)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take what the keyboard points at away."""
        super().focusOutEvent(event)
        if not (self.keeps_cursor_at_menus and event.reason() is Qt.FocusReason.PopupFocusReason):
            self.keys.dismiss()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Do what the keyboard asks for; leave other keys to Qt."""
        key = Qt.Key(event.key())
        if not (self.takes(key) and self.keys.take(key)):
            super().keyPressEvent(event)
