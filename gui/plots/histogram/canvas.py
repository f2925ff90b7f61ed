"""The drawing surface of a histogram: durations along a logarithmic axis, counts from zero, stacked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from core.charts.specs import Histogram, Layer, Marker, Unit
from core.charts.value_axis import Scale, duration_label, labelled_ticks, log_ticks, settled_scale, spread_labels
from gui.plots.shared.drawing import BOTTOM, Plane, paint_crosshair, plot_area, small_font
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.markers import Markers
from gui.plots.shared.surface import Surface
from resources.design import Palette

_INTERVAL: Final = 30.0
"""The least distance between two grid lines, in pixels."""

_GAP_FROM: Final = 4.0
_LABEL_GAP: Final = 14.0
_LABEL_WIDTH: Final = 44.0


class HistogramCanvas(Surface[Histogram]):
    """Draws the classes of a histogram.

    Attributes:
        index: the class that is marked, or None.
        patterns: whether bars have their inks' patterns.
    """

    def __init__(self) -> None:
        super().__init__()
        self.index: int | None = None
        self.patterns = False
        self._layers: tuple[Layer, ...] = ()
        self._tops: tuple[np.ndarray, ...] = ()
        self._before: Layer | None = None
        self._scale: Scale | None = None
        self._markers = Markers()

    def show_layers(self, chart: Histogram, hidden: frozenset[str], *, fresh: bool = False) -> None:
        """Draw a chart without its ``hidden`` layers; ``fresh``: the axis may forget how high it was."""
        self._chart = chart
        self._layers = tuple(layer for layer in chart.layers if layer.name not in hidden)
        self._before = chart.before if chart.before is not None and chart.before.name not in hidden else None
        counts = np.array([layer.counts for layer in self._layers], dtype=np.float64)
        self._tops = tuple(np.cumsum(np.maximum(counts, 0), axis=0)) if self._layers else ()
        marked = chart.markers or next((layer.markers for layer in self._layers if layer.markers), ())
        self._markers.markers = tuple(Marker(math.log10(at), words) for at, words in marked if at > 0)
        if fresh:
            self._scale = None
        self.update()

    @property
    def marked(self) -> tuple[str, ...]:
        """What the vertical lines say."""
        return tuple(marker.label for marker in self._markers.markers)

    @property
    def drawn(self) -> bool:
        """Whether there are classes to draw."""
        return super().drawn and self._chart is not None and len(self._chart.edges) > 1

    @property
    def plane(self) -> Plane:
        """The plot's area in pixels, and its durations by their logarithms to the base 10."""
        area = plot_area(self)
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

    def paint(self, painter: QPainter, chart: Histogram, palette: Palette) -> None:
        """Draw the chart."""
        self._scale = self._fitting_scale()
        self._paint_grid(painter, palette)
        self._paint_bars(painter, chart, palette)
        self._paint_before(painter, chart, palette)
        self._paint_labels(painter, chart, palette)
        if self.index is not None and self.index < len(chart.edges) - 1:
            paint_crosshair(painter, self.column(self.index), palette)
        self._markers.paint(painter, self.plane, palette)

    def _fitting_scale(self) -> Scale:
        most = int(min(5, max(2, self.plane.area.height() // _INTERVAL)))
        peak = float(self._tops[-1].max()) if self._tops else 0.0
        peak = max(peak, *self._before.counts) if self._before is not None and self._before.counts else peak
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

    def _paint_bars(self, painter: QPainter, chart: Histogram, palette: Palette) -> None:
        """Draw the stacked bars on whole device pixels; what is there is seen."""
        ratio, plane = self.devicePixelRatioF(), self.plane
        edges = [round(plane.x(math.log10(edge)) * ratio) / ratio for edge in chart.edges]
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

    def _paint_before(self, painter: QPainter, chart: Histogram, palette: Palette) -> None:
        """Draw how high each class was at the time that the range is compared with."""
        for place, count in enumerate(self._before.counts if self._before is not None else ()):
            if not count and not any(layer.counts[place] for layer in self._layers):
                continue
            left, right = (round(self.plane.x(math.log10(edge))) for edge in chart.edges[place : place + 2])
            painter.fillRect(QRectF(left, round(self._y(float(count))) - 1, right - left, 1.5), QColor(palette.text))

    def _paint_labels(self, painter: QPainter, chart: Histogram, palette: Palette) -> None:
        painter.setFont(small_font(self.font()))
        area = self.plane.area
        for x, width, words in self._labels(chart, QFontMetricsF(painter.font())):
            painter.fillRect(QRectF(round(x), area.bottom(), 1, 3), QColor(palette.border))
            painter.setPen(QColor(palette.muted))
            box = QRectF(x - width / 2 - 2, area.bottom() + 3, width + 4, BOTTOM - 3)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, words)

    def _labels(self, chart: Histogram, metrics: QFontMetricsF) -> Iterator[tuple[float, float, str]]:
        plane, edges = self.plane, chart.edges
        most = max(2, int(plane.area.width() // (_LABEL_WIDTH + _LABEL_GAP)))
        placed = []
        for value in log_ticks(edges[0], edges[-1], most) or (edges[0], edges[-1]):
            words = duration_label(value)
            x, width = plane.x(math.log10(value)), metrics.horizontalAdvance(words)
            if width / 2 <= x <= self.width() - width / 2:
                placed.append((x, width, words))
        return spread_labels(tuple(placed), _LABEL_GAP)


_RIGHT: Final = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
