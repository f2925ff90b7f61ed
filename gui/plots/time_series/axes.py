"""The axes around a plot over time: how high they reach, where they stand and what their labels say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QFontMetricsF

from core.charts.geometry import Layers
from core.charts.specs import Chart, Mark, Unit
from core.charts.time_axis import Tick, naming_bars, time_ticks
from core.charts.value_axis import LogScale, Scale, labelled_ticks, log_scale, settled_scale
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui.plots.shared.drawing import BOTTOM, LEFT, RIGHT, Plane, small_font

_INTERVAL_HEIGHT: Final = 30.0
"""The least distance between two grid lines."""

_NOW: Final = _("now")
_MOST_WIDTHS: Final = 500
_BESIDE_NOW: Final = 10.0
"""Pixels between that and the label beside it."""

Reach: TypeAlias = Callable[[TimeRange], tuple[float, float] | None]
_AnyScale: TypeAlias = Scale | LogScale
_Labels: TypeAlias = tuple[tuple[float, str], ...]


def can_be_logarithmic(chart: Chart, *, right: bool) -> bool:
    """Whether an axis of a chart measures durations, and no stacked bars stand on it."""
    if right:
        return chart.right is Unit.SECONDS
    return chart.left is Unit.SECONDS and not any(series.mark is Mark.BAR for series in chart.series)


class ValueScales:
    """How far the left and the right axis reach: as far as what is seen, without a jump at each refresh.

    Attributes:
        logarithmic: whether axes of durations have a logarithmic scale; counts and stacked bars never have one.
        reach: tells for a view which further values the left axis is to hold, least and greatest; None: the layers'
            only.
        both: the scales, left and right; None before the first chart.
    """

    def __init__(self) -> None:
        self.logarithmic = False
        self.reach: Reach | None = None
        self.both: tuple[_AnyScale | None, _AnyScale | None] = (None, None)

    def is_logarithmic(self, chart: Chart, *, right: bool) -> bool:
        """Whether one of a chart's axes has a logarithmic scale."""
        return self.logarithmic and can_be_logarithmic(chart, right=right)

    def choose(self, chart: Chart, layers: Layers, plane: Plane) -> None:
        """Take the scales that fit what is seen of a chart."""
        most = int(min(5, max(2, plane.area.height() // _INTERVAL_HEIGHT)))
        left = self._scale(chart, layers, plane, right=False, counts=range(min(3, most), most + 1))
        many = left.count if isinstance(left, Scale) else most
        self.both = left, self._scale(chart, layers, plane, right=True, counts=range(many, many + 1))

    def _scale(self, chart: Chart, layers: Layers, plane: Plane, *, right: bool, counts: range) -> _AnyScale:
        buckets, before = _seen(layers, plane), self.both[right]
        peak, least = layers.peak(buckets, right=right), layers.least(buckets, right=right)
        further = self.reach(TimeRange(plane.start, plane.end)) if self.reach is not None and not right else None
        if further is not None:
            peak, least = max(peak, further[1]), min(least, further[0]) if peak > 0 else further[0]
        if self.is_logarithmic(chart, right=right):
            return log_scale(least, peak, before if isinstance(before, LogScale) else None)
        unit = (chart.right or Unit.COUNT) if right else chart.left
        return settled_scale(peak, unit, counts, before if isinstance(before, Scale) else None)


def _seen(layers: Layers, plane: Plane) -> slice:
    """The buckets of which more than a pixel is seen: a wide one at the edge must not flatten the finer ones."""
    pixel = (plane.end - plane.start) / plane.area.width()
    return layers.visible(plane.start + pixel, plane.end - pixel)


class Axes:
    """The left, right and bottom axis of a scene.

    Attributes:
        items: pyqtgraph's axes by their sides.
        changed: whether a label is another one since that was last looked at.
    """

    def __init__(self, scene: Any, font: QFont) -> None:
        self.items = {side: _axis(scene, side) for side in ("left", "right", "bottom")}
        self.changed = False
        self._font = small_font(font)
        self._labelled: dict[str, tuple[tuple[float, float], _Labels]] = {}
        self._widths: dict[str, float] = {}

    def set_colour(self, colour: str) -> None:
        """Write labels in another colour (hex)."""
        for axis in self.items.values():
            axis.setTextPen(pg.mkPen(colour))

    def place(self, area: QRectF, sides: tuple[str, ...], font: QFont) -> None:
        """Stand around a plot area; only these ``sides`` are seen."""
        self._font = small_font(font)
        self._widths.clear()
        for side, axis in self.items.items():
            axis.setVisible(side in sides)
            axis.setStyle(tickFont=self._font)
            _widen(axis, side)  # an axis that is styled while it is hidden shrinks to nothing, and stays so
        self.items["left"].setGeometry(QRectF(0, area.top(), area.left(), area.height()))
        self.items["right"].setGeometry(QRectF(area.right(), area.top(), RIGHT, area.height()))
        self.items["bottom"].setGeometry(QRectF(area.left(), area.bottom(), area.width(), BOTTOM))

    def label(self, chart: Chart, scales: ValueScales, plane: Plane, width: int) -> tuple[float, ...]:
        """Label the axes of a canvas of ``width`` pixels; return the left one's values, at which a grid belongs."""
        labels: list[_Labels] = [(), ()]
        for place, (side, scale) in enumerate(zip(("left", "right"), scales.both, strict=True)):
            if scale is not None:
                labels[place] = _labels(scale, (chart.right or Unit.COUNT) if place else chart.left, plane)
                self._label(side, scale.bounds, labels[place])
        ticks = tuple((tick.time, tick.label) for tick in self._time_ticks(chart, plane, width))
        self._label("bottom", (plane.start, plane.end), ticks)
        return tuple(value for value, _n in labels[0])

    def _label(self, side: str, span: tuple[float, float], labels: _Labels) -> None:
        """An axis draws itself anew whenever it is told anything: tell it only what is new."""
        if self._labelled.get(side) != (span, labels):
            self._labelled[side] = (span, labels)
            self.items[side].setRange(*span)
            self.items[side].setTicks([labels])
            self.changed = True

    def _time_ticks(self, chart: Chart, plane: Plane, width: int) -> Iterator[Tick]:
        """The ticks whose labels fit on the canvas, with "now" in a range that is still filling.

        Where it is too close to a label it takes its place; but the name of the bar that is still filling stays.
        """
        wide = self._width
        second = plane.area.width() / (plane.end - plane.start)
        character = wide("0") / second
        now = min(chart.complete_until, chart.edges[-1]) if chart.now is None else chart.now
        live = chart.edges[-2] <= now < chart.edges[-1] <= plane.end
        shown = [
            tick
            for tick in naming_bars(chart, time_ticks(plane.start, plane.end, chart.zone, character), character)
            if (half := wide(tick.label) / 2) <= plane.x(tick.time) <= width - half
        ]
        close = [
            tick
            for tick in shown
            if live and abs(now - tick.time) * second < (wide(tick.label) + wide(_NOW)) / 2 + _BESIDE_NOW
        ]
        names_bar = any(tick.time == (chart.edges[-2] + chart.edges[-1]) / 2 for tick in close)
        yield from (tick for tick in shown if names_bar or tick not in close)
        if live and not names_bar:
            yield Tick(plane.time(round(plane.x(now))), _NOW)  # by whole pixels, so that it seldom moves

    def _width(self, label: str) -> float:
        """A label's width in pixels, measured once: a refresh seldom brings another label."""
        if label not in self._widths:
            if len(self._widths) >= _MOST_WIDTHS:
                self._widths.clear()
            self._widths[label] = QFontMetricsF(self._font).horizontalAdvance(label)
        return self._widths[label]


def _labels(scale: _AnyScale, unit: Unit, plane: Plane) -> _Labels:
    """A scale's labels; the steps of a logarithmic one are not of one height, and it may have more."""
    if isinstance(scale, Scale):
        return labelled_ticks(scale, unit)
    return tuple(scale.labelled(max(2, int(plane.area.height() // _INTERVAL_HEIGHT))))


def _axis(scene: Any, side: str) -> Any:
    axis = pg.AxisItem(side, maxTickLength=0)
    axis.setPen(None)
    axis.setStyle(tickAlpha=0, hideOverlappingLabels=60, tickTextOffset=6, autoExpandTextSpace=False)
    _widen(axis, side)
    scene.addItem(axis)
    return axis


def _widen(axis: Any, side: str) -> None:
    """Give an axis the room that it always has."""
    if side == "bottom":
        axis.setHeight(BOTTOM)
    else:
        axis.setWidth(LEFT if side == "left" else RIGHT)
