"""Up to 100,000 points: in arrays, found by place, and drawn as dots or, where they are dense, as a picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from core.charts.geometry import Numbers
from core.charts.specs import Cloud
from core.charts.value_axis import LEAST
from gui.plots.time_series.items import PlotItem
from resources.design import Palette

FEW: Final = 2_500
"""So many visible points are drawn one by one; more are painted into a picture."""

_DOT: Final = 5.0
"""Diameter of a dot that stands alone, in pixels."""

_SMALL_DOT: Final = 3.6
_OPACITY: Final = 0.7
_CROWD: Final = 400
"""More points than this are drawn smaller and fainter, so that they add up."""

_FAINTEST: Final = 0.32
"""Opacity of a single point among many."""

_CROWDED: Final = 0.7
"""How fast a place becomes strong as it fills, relative to how full places usually are."""

_SHARPNESS: Final = 3.0
"""So many widths of its bell curve make the diameter of a spot."""

_PRINT_RATIO: Final = 2.0
"""Pixels a pixel, where the picture goes into a file that has none."""

_VECTOR: Final = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf)


@dataclass(frozen=True, slots=True)
class Points:
    """A cloud in arrays, ascending in time; what is no duration above zero is left out."""

    cloud: Cloud
    times: Numbers
    seconds: Numbers
    counts: Numbers

    def within(self, start: float, end: float) -> slice:
        """The points of ``[start, end]``."""
        return slice(int(np.searchsorted(self.times, start, "left")), int(np.searchsorted(self.times, end, "right")))


def points_of(cloud: Cloud) -> Points:
    """Arrays of a cloud."""
    times, took, counts = (np.array(part, np.float64) for part in (cloud.times, cloud.seconds, cloud.counts))
    known = np.isfinite(times) & np.isfinite(took) & (took > 0)
    if not known.all():
        times, took, counts = times[known], took[known], counts[known]
    if (times[1:] < times[:-1]).any():
        order = np.argsort(times, kind="stable")
        times, took, counts = times[order], took[order], counts[order]
    return Points(cloud, times, took, counts)


class PointsItem(PlotItem):
    """The clouds of a scatter, the first at the back."""

    def __init__(self, view_box: Any) -> None:
        super().__init__(view_box)
        self._points: Sequence[Points] = ()
        self._logarithmic = False
        self._pictures: list[tuple[QRectF, QImage]] = []
        self._dots: list[tuple[QPen, QPolygonF]] = []

    def set_points(self, points: Sequence[Points], *, logarithmic: bool) -> None:
        """Draw these; ``logarithmic``: the view box' values are logarithms."""
        self._points, self._logarithmic = points, logarithmic
        self.changed()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Draw in pixels; a file of lines and curves gets a finer picture than the screen."""
        if self.palette is None:
            return
        transform = painter.worldTransform()
        painter.save()
        painter.resetTransform()
        ratio = _ratio(painter)
        if self._built_for != (transform, ratio):
            self._built_for = (transform, ratio)
            self._build(transform, ratio, self.palette)
        self._draw(painter)
        painter.restore()

    def _build(self, transform: QTransform, ratio: float, palette: Palette) -> None:
        self._pictures, self._dots = [], []
        area = transform.mapRect(self.boundingRect())
        shown = [self._placed(points, transform, area) for points in self._points]
        many = sum(len(x) for x, _, _ in shown)
        for (x, y, counts), points in zip(shown, self._points, strict=True):
            color = QColor(palette.ink(points.cloud.ink))
            if many <= FEW:
                self._dots.append((_dot_pen(color, many), QPolygonF(list(map(QPointF, x.tolist(), y.tolist())))))
            elif len(x):
                local = ((x - area.left()) * ratio, (y - area.top()) * ratio, counts)
                size = (max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio)))
                self._pictures.append((area, _picture(*local, size, ratio, color)))

    def _placed(self, points: Points, transform: QTransform, area: QRectF) -> tuple[Numbers, Numbers, Numbers]:
        box = self._view_box.viewRect()
        margin = _DOT / max(area.width(), 1.0) * box.width()
        seen = points.within(box.left() - margin, box.right() + margin)
        values = points.seconds[seen]
        if self._logarithmic:
            values = np.log10(np.maximum(values, LEAST))
        x = points.times[seen] * transform.m11() + transform.dx()
        return x, values * transform.m22() + transform.dy(), points.counts[seen]

    def _draw(self, painter: QPainter) -> None:
        for area, picture in self._pictures:
            painter.drawImage(area, picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, dots in self._dots:
            painter.setPen(pen)
            painter.drawPoints(dots)


def _ratio(painter: QPainter) -> float:
    """Device pixels to a pixel, also where a picture is drawn larger than it is seen."""
    if painter.paintEngine().type() in _VECTOR:
        return _PRINT_RATIO
    return max(1.0, painter.deviceTransform().m11())


def _dot_pen(color: QColor, many: int) -> QPen:
    color.setAlphaF(_OPACITY if many <= _CROWD else _OPACITY * 0.7)
    width = _DOT if many <= _CROWD else _SMALL_DOT
    return QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)


def _picture(x: Numbers, y: Numbers, counts: Numbers, size: tuple[int, int], ratio: float, color: QColor) -> QImage:
    """Points (in device pixels) as a picture in which places are the stronger the more points lie on them."""
    strength = _opacity(_smeared(_density(x, y, counts, size), _SMALL_DOT * ratio))
    pixels = _inks(color)[(strength * 255).astype(np.uint8)]
    height, width = pixels.shape
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # the copy owns its pixels


def _density(x: Numbers, y: Numbers, counts: Numbers, size: tuple[int, int]) -> NDArray[np.float32]:
    width, height = size
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    place = (row * width + column)[inside]
    found = np.bincount(place, weights=counts[inside], minlength=width * height)
    return found.reshape(height, width).astype(np.float32)


def _smeared(density: NDArray[np.float32], diameter: float) -> NDArray[np.float32]:
    """Every point as a small spot, strong in its middle; the product of two bells is round."""
    half = max(1, round(diameter / 2))
    width = max(0.5, diameter / _SHARPNESS)
    profile = [math.exp(-((place / width) ** 2) / 2) for place in range(-half, half + 1)]
    for axis in (0, 1):
        density = _spread(density, profile, axis)
    return density


def _spread(values: NDArray[np.float32], profile: list[float], axis: int) -> NDArray[np.float32]:
    out, weighted = np.zeros_like(values), np.empty_like(values)
    length = values.shape[axis]
    for place, weight in enumerate(profile):
        shift = place - len(profile) // 2
        to, source = slice(max(0, shift), length + min(0, shift)), slice(max(0, -shift), length - max(0, shift))
        np.multiply(values, np.float32(weight), out=weighted)
        if axis == 0:
            out[to] += weighted[source]
        else:
            out[:, to] += weighted[:, source]
    return out


def _opacity(density: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 to 1. However many there are, the dense places are told from the very dense ones; a single point is seen."""
    there = int(np.count_nonzero(density))
    usual = max(1.0, float(density.sum()) / there) if there else 1.0
    crowd = np.multiply(density, np.float32(-_CROWDED / usual))
    np.exp(crowd, out=crowd)
    np.subtract(1, crowd, out=crowd)
    np.minimum(density, 1, out=density)
    np.multiply(density, np.float32(_FAINTEST), out=density)
    return np.maximum(crowd, density, out=crowd)


def _inks(color: QColor) -> NDArray[np.uint32]:
    """The colour at 256 opacities, as premultiplied ARGB."""
    alpha = np.arange(256, dtype=np.uint32)
    red, green, blue = (alpha * np.uint32(part) // 255 for part in (color.red(), color.green(), color.blue()))
    inks = (alpha << 24) | (red << 16) | (green << 8) | blue
    return inks.astype(np.uint32)
