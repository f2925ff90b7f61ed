"""The graphics items of a plot: grid, stacked bars, lines. Each is made once and given data later.

They live in data coordinates inside a view box, but paint in pixels: edges fall on whole device pixels, so that
bars and grid stay crisp at every zoom and scale. What they computed for one view is kept until view or data change.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from core.charts.geometry import STILL_FILLING, Dash, Layers, LineLayer, Numbers, blended, is_joined, runs
from core.charts.specs import Ink
from core.charts.value_axis import LEAST
from gui.plots.shared.hatching import pattern_brush
from resources.design import Palette

_BAND_OPACITY = 0.17
_SOLID_WIDTH, _DASHED_WIDTH, _TICK_WIDTH = 2.0, 1.25, 1.5
_SHORTEST = 1e-6
"""Pixels: a stroke that short is none."""

_GAP_FROM = 4.0
"""Buckets at least this wide (pixels) have a pixel between their bars."""


class PlotItem(QGraphicsItem):
    """What the three items share: they fill their view box and keep their geometry while nothing changes."""

    def __init__(self, view_box: Any) -> None:
        super().__init__()
        self._view_box = view_box
        self._built_for: tuple[QTransform, float] | None = None
        self.palette: Palette | None = None

    def boundingRect(self) -> QRectF:
        """Return the view box' range, in data coordinates."""
        return QRectF(self._view_box.viewRect())

    def view_moved(self) -> None:
        """The view box shows another range now."""
        self.prepareGeometryChange()

    def changed(self) -> None:
        """The data or colours are other ones now."""
        self._built_for = None
        self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw in pixels, with what was built for this view."""
        if self.palette is None:
            return
        ratio = painter.device().devicePixelRatioF()
        transform = painter.worldTransform()
        if self._built_for != (transform, ratio):
            self._built_for = (transform, ratio)
            self._build(transform, ratio, self.palette)
        painter.save()
        painter.resetTransform()
        self._draw(painter)
        painter.restore()

    def _build(self, transform: QTransform, ratio: float, palette: Palette) -> None:
        """Compute the geometry in pixels; ``ratio`` device pixels make one."""
        raise NotImplementedError

    def _draw(self, painter: QPainter) -> None:
        """Draw what ``_build`` made, in pixels."""
        raise NotImplementedError


class GridItem(PlotItem):
    """Thin horizontal lines at the left axis' ticks."""

    def __init__(self, view_box: Any) -> None:
        super().__init__(view_box)
        self._ticks: tuple[float, ...] = ()
        self._lines: list[QRectF] = []

    def set_ticks(self, ticks: tuple[float, ...]) -> None:
        """Draw lines at these values."""
        if ticks != self._ticks:
            self._ticks = ticks
            self.changed()

    def _build(self, transform: QTransform, ratio: float, palette: Palette) -> None:
        area = transform.mapRect(self.boundingRect())
        levels = (round((value * transform.m22() + transform.dy()) * ratio) / ratio for value in self._ticks)
        self._lines = [QRectF(area.left(), min(y, area.bottom() - 1), area.width(), 1) for y in levels]

    def _draw(self, painter: QPainter) -> None:
        if self.palette is not None:
            for line in self._lines:
                painter.fillRect(line, QColor(self.palette.grid))


class BarsItem(PlotItem):
    """All bars of a chart, stacked, each as wide as its bucket."""

    def __init__(self, view_box: Any) -> None:
        super().__init__(view_box)
        self._layers: Layers | None = None
        self._fills: list[tuple[QColor, list[QRectF], QBrush | None]] = []
        self._patterns = False

    def set_layers(self, layers: Layers) -> None:
        """Draw these bars."""
        self._layers = layers
        self.changed()

    def set_patterns(self, on: bool) -> None:
        """Give each ink a pattern of its own, or none."""
        self._patterns = on
        self.changed()

    def _build(self, transform: QTransform, ratio: float, palette: Palette) -> None:
        self._fills = []
        if self._layers is None or not self._layers.bars:
            return
        edges = np.rint((self._layers.edges * transform.m11() + transform.dx()) * ratio)
        gap = np.where(np.diff(edges) >= _GAP_FROM * ratio, max(1.0, np.floor(ratio)), 0.0)
        left, width = edges[:-1] / ratio, np.maximum(np.diff(edges) - gap, 1.0) / ratio
        zero, floor = round(transform.dy() * ratio), np.zeros(len(width))
        for bar in self._layers.bars:
            ceiling = bar.ceiling(floor, -transform.m22() * ratio)
            bars = np.stack((left, (zero - ceiling) / ratio, width, (ceiling - floor) / ratio))
            self._add(bar.ink, bars, self._layers, palette, ratio)
            floor = ceiling

    def _add(self, ink: Ink, bars: Numbers, layers: Layers, palette: Palette, ratio: float) -> None:
        """Add one series; ``bars`` has the four rows left, top, width, height, in pixels."""
        whole, partial = bars[:, : layers.partial_from], bars[:, layers.partial_from :]
        for part, strength in ((whole, 1.0), (partial, STILL_FILLING)):
            if rects := list(map(QRectF, *part[:, part[3] > 0].tolist())):
                color = blended(palette.ink(ink), palette.surface, layers.bar_strength * strength)
                hatch = pattern_brush(ink, palette.surface, ratio) if self._patterns else None
                self._fills.append((QColor(color), rects, hatch))

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rects, hatch in self._fills:
            painter.setBrush(color)
            painter.drawRects(rects)
            if hatch is not None:
                painter.setBrush(hatch)
                painter.drawRects(rects)


class LinesItem(PlotItem):
    """The lines of one axis, with the bands beneath them; the points stand in the middle of their buckets."""

    def __init__(self, view_box: Any, right: bool) -> None:
        super().__init__(view_box)
        self._right = right
        self._layers: Layers | None = None
        self._logarithmic = False
        self._bands: list[tuple[QColor, QPolygonF]] = []
        self._strokes: list[tuple[QPen, list[QLineF], list[QPointF]]] = []

    def set_layers(self, layers: Layers, *, logarithmic: bool = False) -> None:
        """Draw these lines; ``logarithmic``: the view box' values are logarithms."""
        self._layers = layers
        self._logarithmic = logarithmic
        self.changed()

    def _build(self, transform: QTransform, ratio: float, palette: Palette) -> None:
        self._bands, self._strokes = [], []
        if self._layers is None:
            return
        edges = self._layers.edges * transform.m11() + transform.dx()
        x = (edges[:-1] + edges[1:]) / 2
        for band in self._layers.bands:
            if band.right == self._right:
                lower, upper = self._placed(band.lower), self._placed(band.upper)
                self._bands += _band_polygons(lower, upper, x, transform, _tinted(palette, band.ink))
        for line in self._layers.lines:
            if line.right == self._right and line.tick:
                ticks = _ticks(self._placed(line.values), edges, transform, ratio)
                self._strokes.append((QPen(QColor(palette.text), _TICK_WIDTH), ticks, []))
            elif line.right == self._right:
                strokes = _strokes(self._placed(line.values), line.dash, x, transform)
                self._strokes.append((_line_pen(line, palette), *strokes))

    def _placed(self, values: Numbers) -> Numbers:
        """Values as the view box has them."""
        return np.log10(np.maximum(values, LEAST)) if self._logarithmic else values

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, polygon in self._bands:
            painter.setBrush(color)
            painter.drawPolygon(polygon)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, segments, dots in self._strokes:
            painter.setPen(pen)
            painter.drawLines(segments)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            for dot in dots:
                painter.drawEllipse(dot, 2.5, 2.5)


def _tinted(palette: Palette, ink: Ink) -> QColor:
    color = QColor(palette.ink(ink))
    color.setAlphaF(_BAND_OPACITY)
    return color


def _line_pen(line: LineLayer, palette: Palette) -> QPen:
    cap = Qt.PenCapStyle.FlatCap if line.dash else Qt.PenCapStyle.RoundCap
    width = _DASHED_WIDTH if line.dashed else _SOLID_WIDTH
    return QPen(QColor(palette.ink(line.ink)), width, Qt.PenStyle.SolidLine, cap)


def _ticks(values: Numbers, edges: Numbers, transform: QTransform, ratio: float) -> list[QLineF]:
    """A level stroke for each bucket, on a whole device pixel."""
    known = np.isfinite(values)
    y = np.rint((values[known] * transform.m22() + transform.dy()) * ratio) / ratio
    return list(map(QLineF, edges[:-1][known].tolist(), y.tolist(), edges[1:][known].tolist(), y.tolist()))


def _strokes(values: Numbers, dash: Dash, x: Numbers, transform: QTransform) -> tuple[list[QLineF], list[QPointF]]:
    """The line's segments, and the points that have too few neighbours to make one.

    Segments rather than a path: the raster engine draws them ten times as fast, and round caps join them as well.
    """
    segments: list[QLineF] = []
    dots: list[QPointF] = []
    for segment in _segments(values, np.isfinite(values), x, transform):
        if not is_joined(0, len(segment)):
            dots += segment
            continue
        segments += dashes(segment, dash) if dash else map(QLineF, segment[:-1], segment[1:])
    return segments, dots


def dashes(points: list[QPointF], dash: Dash = (4.0, 3.0)) -> Iterator[QLineF]:
    """A polyline cut into dashes whose rhythm runs on around its corners (strokes and gaps in turn, in pixels)."""
    part, left = 0, dash[0]
    for start, end in pairwise(points):
        segment = QLineF(start, end)
        length, at = segment.length(), 0.0
        while at < length:
            step = min(left, length - at)
            if part % 2 == 0:
                yield QLineF(segment.pointAt(at / length), segment.pointAt((at + step) / length))
            at, left = at + step, left - step
            if left <= _SHORTEST:
                part = (part + 1) % len(dash)
                left = dash[part]


def _band_polygons(
    below: Numbers, above: Numbers, x: Numbers, transform: QTransform, color: QColor
) -> Iterator[tuple[QColor, QPolygonF]]:
    known = np.isfinite(below) & np.isfinite(above)
    lower, upper = (_segments(values, known, x, transform) for values in (below, above))
    for low, high in zip(lower, upper, strict=True):
        if not is_joined(0, len(low)):
            continue
        yield color, QPolygonF([*low, *reversed(high)])


def _segments(values: Numbers, known: Any, x: Numbers, transform: QTransform) -> Iterator[list[QPointF]]:
    y = values * transform.m22() + transform.dy()
    for first, last in runs(known):
        yield list(map(QPointF, x[first:last].tolist(), y[first:last].tolist()))
