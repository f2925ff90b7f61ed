"""The bucket under the mouse or the keyboard's cursor, and the span that is being selected."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from core.charts.geometry import Layers
from core.time_ranges import TimeRange
from gui.plots.shared.drawing import Plane, crisp_line, paint_crosshair
from gui.plots.time_series.canvas import Canvas
from resources.design import Palette

_BESIDE = 8.0
"""Pixels around a bucket's column that its crosshair may touch: the dots."""


class Crosshair:
    """Paints the current bucket in front of a canvas.

    Attributes:
        index: the current bucket, or None.
        selection: the span that is being dragged out, or None.
        layers: what is drawn, or None.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.index: int | None = None
        self.selection: TimeRange | None = None
        self.layers: Layers | None = None

    def move_to(self, index: int | None) -> None:
        """Go to a bucket, or away; only the two columns concerned are painted anew."""
        for changed in {self.index, index} - {None}:
            self._canvas.redraw(self.column(changed, self._canvas.plane).adjusted(-_BESIDE, 0, _BESIDE, 0))
        self.index = index

    def select(self, span: TimeRange | None) -> None:
        """Show a selection, or none."""
        self.selection = span
        self._canvas.redraw()

    def column(self, index: int | None, plane: Plane) -> QRectF:
        """A bucket's column in pixels, as far as it is visible."""
        if self.layers is None or index is None or index >= len(self.layers.edges) - 1:
            return QRectF()
        left, right = (plane.x(float(edge)) for edge in self.layers.edges[index : index + 2])
        area = plane.area
        return QRectF(left, area.top(), max(1.0, right - left), area.height()).intersected(area)

    def paint(self, painter: QPainter, plane: Plane, palette: Palette) -> None:
        """An overlay (see :meth:`gui.plots.time_series.canvas.Canvas.add_overlay`)."""
        if self.selection is not None:
            self._paint_selection(painter, plane, palette, self.selection)
        column = self.column(self.index, plane)
        if not column.isEmpty():
            paint_crosshair(painter, column, palette)
            self._paint_dots(painter, plane, palette)

    def _paint_dots(self, painter: QPainter, plane: Plane, palette: Palette) -> None:
        if self.layers is None or self.index is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.surface), 1.5))
        middle = plane.x(float(self.layers.edges[self.index : self.index + 2].mean()))
        for line in self.layers.lines:
            value = float(line.values[self.index])
            if math.isfinite(value) and plane.area.left() <= middle <= plane.area.right():
                painter.setBrush(QColor(palette.ink(line.ink)))
                y = self._canvas.value_y(value, line.right)
                painter.drawEllipse(QRectF(middle - 4, y - 4, 8, 8))

    @staticmethod
    def _paint_selection(painter: QPainter, plane: Plane, palette: Palette, span: TimeRange) -> None:
        area = plane.area
        box = QRectF(plane.x(span.start), area.top(), plane.x(span.end) - plane.x(span.start), area.height())
        tint = QColor(palette.accent)
        tint.setAlphaF(0.18)
        painter.fillRect(box.intersected(area), tint)
        painter.setPen(QPen(QColor(palette.accent), 1, Qt.PenStyle.SolidLine))
        for x in (box.left(), box.right()):
            painter.drawLine(crisp_line(x, area.top(), area.bottom()))
