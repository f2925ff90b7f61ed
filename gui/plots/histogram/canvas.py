"""The drawing surface of a histogram: durations along a logarithmic axis, counts from zero, stacked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from core.charts.log_axis import duration_label, log_ticks, spread_labels
from core.charts.specs import Histogram, Layer, Marker, Unit
from core.charts.value_axis import Scale, labelled_ticks, settled_scale
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.messages import paint_instead
from gui.plots.time_series.canvas import BOTTOM, LEFT, RIGHT_WITHOUT_AXIS, TOP, Plane, small_font
from gui.plots.time_series.items import crisp_line
from gui.plots.time_series.markers import Markers
from resources.design import Palette

_INTERVAL: Final = 30.0
"""The least distance between two grid lines, in pixels."""

_GAP_FROM: Final = 4.0
_LABEL_GAP: Final = 14.0
_LABEL_WIDTH: Final = 44.0
_STEPS: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_TURNS: Final = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
_ENDS: Final = {Qt.Key.Key_Home: False, Qt.Key.Key_End: True}
_OPENS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class HistogramCanvas(QWidget):
    """Draws the classes of a histogram and says what mouse and keys do above them.

    Attributes:
        palette_: the theme's colours.
        index: the class that is marked, or None.
        patterns: whether bars have their inks' patterns.

    Signals:
        hovered(object): the mouse stands at this place (QPointF), or, with None, has left.
        clicked(QPointF): there was a click.
        stepped(int), turned(int), jumped(bool): the keyboard asks for another class, another layer, an end.
        activated(): Enter or Space.
        dismissed(): Escape, or the focus has gone elsewhere.
    """

    accessible_role = QAccessible.Role.Chart

    hovered = Signal(object)
    clicked = Signal(QPointF)
    stepped = Signal(int)
    turned = Signal(int)
    jumped = Signal(bool)
    activated = Signal()
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.palette_: Palette | None = None
        self.index: int | None = None
        self.patterns = False
        self._chart: Histogram | None = None
        self._layers: tuple[Layer, ...] = ()
        self._tops: tuple[np.ndarray, ...] = ()
        self._scale: Scale | None = None
        self._markers = Markers()

    def show_layers(self, chart: Histogram, hidden: frozenset[str], *, fresh: bool = False) -> None:
        """Draw a chart without its ``hidden`` layers; ``fresh``: the axis may forget how high it was."""
        self._chart = chart
        self._layers = tuple(layer for layer in chart.layers if layer.name not in hidden)
        counts = np.array([layer.counts for layer in self._layers], dtype=np.float64)
        self._tops = tuple(np.cumsum(np.maximum(counts, 0), axis=0)) if self._layers else ()
        marked = chart.markers or next((layer.markers for layer in self._layers if layer.markers), ())
        self._markers.markers = tuple(Marker(math.log10(at), words) for at, words in marked if at > 0)
        self._markers.font = self.font()
        if fresh:
            self._scale = None
        self.update()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self.palette_ = self._markers.palette = palette
        self.update()

    @property
    def marked(self) -> tuple[str, ...]:
        """What the vertical lines say."""
        return tuple(marker.label for marker in self._markers.markers)

    @property
    def drawn(self) -> bool:
        """Whether there are classes to draw."""
        return self._chart is not None and self._chart.empty is None and len(self._chart.edges) > 1

    @property
    def plane(self) -> Plane:
        """The plot's area in pixels, and its durations by their logarithms to the base 10."""
        area = QRectF(
            LEFT,
            TOP,
            max(10.0, self.width() - LEFT - RIGHT_WITHOUT_AXIS),
            max(10.0, self.height() - TOP - BOTTOM),
        )
        if self._chart is None or not self.drawn:
            return Plane(area, 0.0, 1.0)
        return Plane(area, math.log10(self._chart.edges[0]), math.log10(self._chart.edges[-1]))

    def class_at(self, x: float) -> int | None:
        """The class at a place, or None beside them."""
        plane = self.plane
        if self._chart is None or not self.drawn or not plane.area.left() <= x <= plane.area.right():
            return None
        edges = np.log10(np.array(self._chart.edges))
        return int(np.clip(np.searchsorted(edges, plane.time(x), "right") - 1, 0, len(edges) - 2))

    def column(self, index: int) -> QRectF:
        """A class' column, as high as the plot."""
        assert self._chart is not None
        plane = self.plane
        left, right = (plane.x(math.log10(edge)) for edge in self._chart.edges[index : index + 2])
        return QRectF(left, plane.area.top(), max(right - left, 1.0), plane.area.height())

    def layer_at(self, index: int, y: float) -> str | None:
        """The name of the layer that is drawn at this height in a class."""
        floor = 0.0
        for layer, tops in zip(self._layers, self._tops, strict=True):
            high, low = self._y(float(tops[index])), self._y(floor)
            if floor < tops[index] and high - max(0.0, 8.0 - (low - high)) <= y <= low:
                return layer.name
            floor = float(tops[index])
        return None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(420, 220)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size that is still of use."""
        return QSize(160, 96)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the content."""
        del event
        if self.palette_ is None or self._chart is None:
            return
        painter = QPainter(self)
        if self.drawn:
            self._scale = self._fitting_scale()
            for paint in (self._paint_grid, self._paint_bars, self._paint_labels, self._paint_mark):
                paint(painter, self.palette_)
            self._markers.paint(painter, self.plane)
        else:
            paint_instead(painter, self, self._chart.empty, self.palette_)
        self._paint_focus(painter, self.palette_)
        painter.end()

    def _fitting_scale(self) -> Scale:
        most = int(min(5, max(2, self.plane.area.height() // _INTERVAL)))
        peak = float(self._tops[-1].max()) if self._tops else 0.0
        return settled_scale(peak, Unit.COUNT, range(min(3, most), most + 1), self._scale)

    def _y(self, value: float) -> float:
        area = self.plane.area
        return area.bottom() - (self._scale.share(value) if self._scale is not None else 0.0) * area.height()

    def _paint_grid(self, painter: QPainter, palette: Palette) -> None:
        assert self._scale is not None
        area = self.plane.area
        painter.setFont(small_font(self.font()))
        painter.setPen(QColor(palette.muted))
        for value, label in labelled_ticks(self._scale, Unit.COUNT):
            y = round(self._y(value))
            painter.fillRect(QRectF(area.left(), min(y, area.bottom() - 1), area.width(), 1), QColor(palette.grid))
            painter.drawText(QRectF(0, y - 8, area.left() - 6, 16), _RIGHT, label)

    def _paint_bars(self, painter: QPainter, palette: Palette) -> None:
        """Draw the stacked bars on whole device pixels; what is there is seen."""
        assert self._chart is not None
        assert self._scale is not None
        ratio, plane = self.devicePixelRatioF(), self.plane
        edges = [round(plane.x(math.log10(edge)) * ratio) / ratio for edge in self._chart.edges]
        pixel = 1 / ratio
        floors = [round(plane.area.bottom() * ratio) / ratio] * (len(edges) - 1)
        below = np.zeros(len(floors))
        for layer, tops in zip(self._layers, self._tops, strict=True):
            hatch = pattern_brush(layer.ink, palette.surface, ratio) if self.patterns else None
            for place, (left, right) in enumerate(pairwise(edges)):
                if tops[place] > below[place]:
                    top = min(round(self._y(float(tops[place])) * ratio) / ratio, floors[place] - pixel)
                    gap = 1.0 if right - left >= _GAP_FROM else 0.0
                    box = QRectF(left, top, max(right - left - gap, pixel), floors[place] - top)
                    painter.fillRect(box, QColor(palette.ink(layer.ink)))
                    if hatch is not None:
                        painter.fillRect(box, hatch)
                    floors[place] = top
            below = tops

    def _paint_labels(self, painter: QPainter, palette: Palette) -> None:
        painter.setFont(small_font(self.font()))
        area = self.plane.area
        for x, width, words in self._labels(QFontMetricsF(painter.font())):
            painter.fillRect(QRectF(round(x), area.bottom(), 1, 3), QColor(palette.border))
            painter.setPen(QColor(palette.muted))
            box = QRectF(x - width / 2 - 2, area.bottom() + 3, width + 4, BOTTOM - 3)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)

    def _labels(self, metrics: QFontMetricsF) -> Iterator[tuple[float, float, str]]:
        assert self._chart is not None
        plane, edges = self.plane, self._chart.edges
        most = max(2, int(plane.area.width() // (_LABEL_WIDTH + _LABEL_GAP)))
        placed = []
        for value in log_ticks(edges[0], edges[-1], most) or (edges[0], edges[-1]):
            words = duration_label(value)
            x, width = plane.x(math.log10(value)), metrics.horizontalAdvance(words)
            if width / 2 <= x <= self.width() - width / 2:
                placed.append((x, width, words))
        return spread_labels(tuple(placed), _LABEL_GAP)

    def _paint_mark(self, painter: QPainter, palette: Palette) -> None:
        if self.index is None or self._chart is None or self.index >= len(self._chart.edges) - 1:
            return
        tint = QColor(palette.text)
        tint.setAlphaF(0.07)
        column = self.column(self.index)
        painter.fillRect(column, tint)
        painter.setPen(QPen(QColor(palette.muted), 1))
        painter.drawLine(crisp_line(column.center().x() - 0.5, column.top(), column.bottom()))

    def _paint_focus(self, painter: QPainter, palette: Palette) -> None:
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(palette.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say where the mouse is."""
        self.hovered.emit(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say that there was a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit(event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Say that the mouse has left."""
        self.hovered.emit(None)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the focus ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus ring and the keyboard's class away."""
        super().focusOutEvent(event)
        self.dismissed.emit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Say what the keyboard asks for; leave other keys to Qt."""
        key = Qt.Key(event.key())
        signals: tuple[tuple[bool, Callable[[], None]], ...] = (
            (key in _STEPS, lambda: self.stepped.emit(_STEPS[key])),
            (key in _TURNS, lambda: self.turned.emit(_TURNS[key])),
            (key in _ENDS, lambda: self.jumped.emit(_ENDS[key])),
            (key in _OPENS, self.activated.emit),
            (key == Qt.Key.Key_Escape, self.dismissed.emit),
        )
        emit = next((emit for wanted, emit in signals if wanted), None) if self.drawn else None
        if emit is not None:
            emit()
        else:
            super().keyPressEvent(event)


_RIGHT: Final = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
