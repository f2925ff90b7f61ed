"""The ring around the point of a scatter that is read, and the line through it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from gui.plots.scatter.hit_testing import PointScale, Spot
from gui.plots.shared.drawing import Plane, crisp_line
from gui.plots.time_series.canvas import Canvas
from resources.design import Palette

_HALF = 8.0
"""Pixels to either side of a point that its ring may touch."""


class SpotMark:
    """Paints the current point in front of a canvas.

    Attributes:
        spot: the current point, or None.
    """

    def __init__(self, canvas: Canvas, scale: Callable[[], PointScale]) -> None:
        self._canvas, self._scale = canvas, scale
        self.spot: Spot | None = None

    def move_to(self, spot: Spot | None) -> None:
        """Go to a point, or away; only the two columns concerned are painted anew."""
        for each in (self.spot, spot):
            self._canvas.redraw(self.around(each))
        self.spot = spot

    def around(self, spot: Spot | None) -> QRectF:
        """The column of pixels that is painted of a point; empty where the point is not seen."""
        area = self._canvas.plane.area
        if spot is None:
            return QRectF()
        x, _ = self._scale().place(spot)
        seen = area.left() - 1 <= x <= area.right() + 1
        return QRectF(x - _HALF, area.top() - _HALF, 2 * _HALF, area.height() + 2 * _HALF) if seen else QRectF()

    def paint(self, painter: QPainter, plane: Plane, palette: Palette) -> None:
        """An overlay (see :meth:`gui.plots.time_series.canvas.Canvas.add_overlay`)."""
        if self.spot is None or self.around(self.spot).isEmpty():
            return
        x, y = self._scale().place(self.spot)
        painter.setPen(QPen(QColor(palette.muted), 1))
        painter.drawLine(crisp_line(x - 0.5, plane.area.top(), plane.area.bottom()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for ink, width in ((palette.surface, 4.0), (palette.text, 1.6)):
            painter.setPen(QPen(QColor(ink), width))
            painter.setBrush(QColor(palette.ink(self.spot.points.cloud.ink)))
            painter.drawEllipse(QPointF(x, y), 4.5, 4.5)
