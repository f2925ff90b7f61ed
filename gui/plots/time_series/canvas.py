"""The drawing surface of a time series: three axes around two view boxes that share their time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAccessible, QColor, QFocusEvent, QFont, QFontMetricsF, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.charts.geometry import Layers
from core.charts.log_axis import LogScale, log_scale
from core.charts.specs import Chart, Mark, Unit
from core.charts.time_axis import Tick, beneath_bars, time_ticks
from core.charts.value_axis import Scale, labelled_ticks, settled_scale
from core.time_ranges import TimeRange
from gui.plots.time_series.items import BarsItem, GridItem, LinesItem, PlotItem
from resources.design import Palette

LEFT, RIGHT, RIGHT_WITHOUT_AXIS, TOP, BOTTOM = 46.0, 48.0, 18.0, 20.0, 22.0
"""Margins around the plot area, in pixels; fixed, so that plots above each other line up."""

_INTERVAL_HEIGHT: Final = 30.0
"""The least distance between two grid lines."""

_NOW: Final = "now"

ALTERNATES: Final = QFont.Tag("calt")
"""The font's feature of other shapes for a letter beside certain others: switched off where texts are to be read by
programs, which know a glyph by its code and these by none."""

PAINT_MS: Final = 16
"""Milliseconds from the news in a plot to its paint."""


@dataclass(frozen=True, slots=True)
class Plane:
    """The plot area in pixels and the time that it shows."""

    area: QRectF
    start: float
    end: float

    def x(self, time: float) -> float:
        """Where a moment lies."""
        return self.area.left() + (time - self.start) / (self.end - self.start) * self.area.width()

    def time(self, x: float) -> float:
        """Which moment lies there."""
        return self.start + (x - self.area.left()) / max(1.0, self.area.width()) * (self.end - self.start)


Item = TypeVar("Item", bound=PlotItem)
_Labels = tuple[tuple[float, str], ...]
Overlay = Callable[[QPainter, Plane], None]
Reach = Callable[[TimeRange], tuple[float, float] | None]


def can_be_logarithmic(chart: Chart, *, right: bool) -> bool:
    """Whether an axis of a chart measures durations, and no stacked bars stand on it."""
    if right:
        return chart.right is Unit.SECONDS
    return chart.left is Unit.SECONDS and not any(series.mark is Mark.BAR for series in chart.series)


def small_font(font: QFont, pixels: int = 11) -> QFont:
    """The same font, smaller, with figures of equal width; a font that is to have no alternates gets none."""
    small = QFont(font)
    small.setPixelSize(pixels)
    if not font.isFeatureSet(ALTERNATES):
        small.setFeature(QFont.Tag("tnum"), 1)
    return small


def _widen(axis: Any, side: str) -> None:
    """Give an axis the room that it always has."""
    if side == "bottom":
        axis.setHeight(BOTTOM)
    else:
        axis.setWidth(LEFT if side == "left" else RIGHT)


class Canvas(pg.GraphicsView):  # type: ignore[misc]
    """Draws the layers of a chart for the time range it is told to show, and overlays in front of them.

    It knows nothing of mice and keys: :class:`.Navigator` does. It alone says when it is to be
    painted: the items of the scene would ask for it again, one by one.

    Attributes:
        logarithmic: whether axes of durations have a logarithmic scale, from the next ``show_layers`` on; counts and
            stacked bars never have one.
        reach: tells for a view which further values the left axis is to hold, least and greatest; None: the layers'
            only.
    """

    accessible_role = QAccessible.Role.Chart

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(self.ViewportUpdateMode.NoViewportUpdate)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self._left_box, self._right_box = (self._add_view_box() for _ in range(2))
        self._right_box.setXLink(self._left_box)
        self._axes = {side: self._add_axis(side) for side in ("left", "right", "bottom")}
        self._grid, self._bars = GridItem(self._left_box), BarsItem(self._left_box)
        self._lines = (LinesItem(self._left_box, right=False), LinesItem(self._right_box, right=True))
        self._items: tuple[PlotItem, ...] = (self._grid, self._bars, *self._lines)
        for item, box in zip(self._items, (self._left_box,) * 3 + (self._right_box,), strict=True):
            box.addItem(item, ignoreBounds=True)
        self._small = small_font(self.font())
        self._overlays: list[Overlay] = []
        self._chart: Chart | None = None
        self._layers: Layers | None = None
        self._palette: Palette | None = None
        self._view = TimeRange(0.0, 1.0)
        self._layout: object = None
        self._painting = self._make_timer()
        self._labels_changed = False
        self._labelled: dict[str, tuple[tuple[float, float], _Labels]] = {}
        self._scales: tuple[Scale | LogScale | None, Scale | LogScale | None] = (None, None)
        self.logarithmic = False
        self.reach: Reach | None = None

    def add_item(self, make: Callable[[Any], Item]) -> Item:
        """Make an item for the left axis' view box and draw it between the bars and the lines."""
        item = make(self._left_box)
        self._items = (*self._items, item)
        self._left_box.addItem(item, ignoreBounds=True)
        for lines in self._lines:
            lines.setZValue(1)
        return item

    def add_overlay(self, overlay: Overlay) -> None:
        """Let something paint in front of the plot."""
        self._overlays.append(overlay)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        for axis in self._axes.values():
            axis.setTextPen(pg.mkPen(palette.muted))
        for item in self._items:
            item.palette = palette
            item.changed()
        self.viewport().update()

    def show_layers(self, chart: Chart, layers: Layers, view: TimeRange, fresh: bool) -> None:
        """Draw ``layers`` of ``chart`` for the time ``view``; ``fresh``: the axes may forget how high they were."""
        self._chart, self._layers, self._view = chart, layers, view
        if fresh:
            self._scales = (None, None)
        self._bars.set_layers(layers)
        for lines, right in zip(self._lines, (False, True), strict=True):
            lines.set_layers(layers, logarithmic=self._is_logarithmic(right))
        self._arrange()

    def show_view(self, view: TimeRange) -> None:
        """Show another part of the time, without delay."""
        self._view = view
        self._fit()
        self._redraw_plot()

    def clear(self) -> None:
        """Draw nothing but overlays."""
        self._chart = self._layers = None
        self._arrange()

    @property
    def plane(self) -> Plane:
        """The plot area and its time, as drawn now."""
        right = RIGHT if self._has_right else RIGHT_WITHOUT_AXIS
        area = QRectF(LEFT, TOP, max(10.0, self.width() - LEFT - right), max(10.0, self.height() - TOP - BOTTOM))
        return Plane(area, self._view.start, self._view.end)

    def value_y(self, value: float, right: bool) -> float:
        """Where a value of the left or right axis lies, in pixels."""
        scale, area = self._scales[right], self.plane.area
        return area.bottom() - (scale.share(value) if scale is not None else 0.0) * area.height()

    @property
    def left_bounds(self) -> tuple[float, float]:
        """The ends of the left axis; logarithms where it is logarithmic."""
        scale = self._scales[0]
        return scale.bounds if scale is not None else (0.0, 1.0)

    def set_patterns(self, on: bool) -> None:
        """Draw bars of different inks with different patterns, too."""
        self._bars.set_patterns(on)
        self._redraw_plot()

    def redraw(self, area: QRectF | None = None) -> None:
        """Paint the overlays anew, in ``area`` or everywhere."""
        self.viewport().update(area.toAlignedRect() if area is not None else QRect(self.viewport().rect()))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(480, 220)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least size that is still of use."""
        return QSize(160, 96)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802
        """Lay the parts out anew."""
        super().resizeEvent(event)
        if hasattr(self, "_scales"):
            self._arrange()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the focus ring."""
        super().focusInEvent(event)
        self.redraw()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self.redraw()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:  # noqa: N802
        """Draw the overlays, and the focus ring for those who use the keyboard."""
        if self._palette is None:
            return
        plane = self.plane
        for overlay in self._overlays:
            painter.save()
            overlay(painter, plane)
            painter.restore()
        if self.hasFocus() and self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self._palette.accent), 1))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _make_timer(self) -> QTimer:
        """What is new in a plot is painted a little after all else: in between, mouse and keys are heard."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(PAINT_MS)
        timer.timeout.connect(self._redraw_plot)
        return timer

    def _add_view_box(self) -> Any:
        box = pg.ViewBox(border=None, enableMenu=False, enableMouse=False)
        box.disableAutoRange()
        self.scene().addItem(box)
        return box

    def _add_axis(self, side: str) -> Any:
        axis = pg.AxisItem(side, maxTickLength=0)
        axis.setPen(None)
        axis.setStyle(tickAlpha=0, hideOverlappingLabels=60, tickTextOffset=6, autoExpandTextSpace=False)
        _widen(axis, side)
        self.scene().addItem(axis)
        return axis

    def _arrange(self) -> None:
        """Give the parts their places, if the places are other ones than before; then their content."""
        layout = (self.size(), self.font(), self._layers is not None, self._has_right)
        if layout != self._layout:
            self._layout = layout
            self._place(self.plane.area, drawn=self._layers is not None)
            self.viewport().update()
        self._fit()

    def _place(self, area: QRectF, drawn: bool) -> None:
        self._small = small_font(self.font())
        for box in (self._left_box, self._right_box):
            box.setGeometry(area)
            box.setVisible(drawn)
        for side, axis in self._axes.items():
            axis.setVisible(drawn and (side != "right" or self._has_right))
            axis.setStyle(tickFont=self._small)
            _widen(axis, side)  # an axis that is styled while it is hidden shrinks to nothing, and stays so
        self._axes["left"].setGeometry(QRectF(0, area.top(), area.left(), area.height()))
        self._axes["right"].setGeometry(QRectF(area.right(), area.top(), RIGHT, area.height()))
        self._axes["bottom"].setGeometry(QRectF(area.left(), area.bottom(), area.width(), BOTTOM))

    @property
    def _has_right(self) -> bool:
        return self._chart is not None and self._chart.right is not None

    def _fit(self) -> None:
        """Give boxes and axes the range they show: time as told, values as far as the visible ones reach."""
        if self._chart is None or self._layers is None:
            self.viewport().update()
            return
        self._choose_scales(self._chart, self._layers)
        self._left_box.setXRange(self._view.start, self._view.end, padding=0)
        for box, scale in zip((self._left_box, self._right_box), self._scales, strict=True):
            if scale is not None:
                box.setYRange(*scale.bounds, padding=0)
        for item in self._items:
            item.view_moved()
        self._label_axes(self._chart)
        self._painting.start()

    def _redraw_plot(self) -> None:
        area = self.plane.area.adjusted(0, -TOP, RIGHT_WITHOUT_AXIS, 0)
        self.redraw(None if self._labels_changed else area)
        self._labels_changed = False

    def _choose_scales(self, chart: Chart, layers: Layers) -> None:
        left = self._scale(chart.left, layers, right=False, counts=range(min(3, self._most), self._most + 1))
        many = left.count if isinstance(left, Scale) else self._most
        self._scales = (
            left,
            self._scale(chart.right or Unit.COUNT, layers, right=True, counts=range(many, many + 1)),
        )

    @property
    def _most(self) -> int:
        """So many intervals fit on an axis."""
        return int(min(5, max(2, self.plane.area.height() // _INTERVAL_HEIGHT)))

    @property
    def _most_log(self) -> int:
        """So many ticks fit on a logarithmic axis, whose steps are not of one height."""
        return max(2, int(self.plane.area.height() // _INTERVAL_HEIGHT))

    def _scale(self, unit: Unit, layers: Layers, *, right: bool, counts: range) -> Scale | LogScale:
        buckets, before = self._seen(layers), self._scales[right]
        peak, least = layers.peak(buckets, right=right), layers.least(buckets, right=right)
        further = self.reach(self._view) if self.reach is not None and not right else None
        if further is not None:
            peak, least = max(peak, further[1]), min(least, further[0]) if peak > 0 else further[0]
        if self._is_logarithmic(right):
            return log_scale(least, peak, before if isinstance(before, LogScale) else None)
        return settled_scale(peak, unit, counts, before if isinstance(before, Scale) else None)

    def _seen(self, layers: Layers) -> slice:
        """The buckets of which more than a pixel is seen: a wide one at the edge must not flatten the finer ones."""
        pixel = (self._view.end - self._view.start) / self.plane.area.width()
        return layers.visible(self._view.start + pixel, self._view.end - pixel)

    def _is_logarithmic(self, right: bool) -> bool:
        if not self.logarithmic or self._chart is None or self._layers is None:
            return False
        return can_be_logarithmic(self._chart, right=right)

    def _label_axes(self, chart: Chart) -> None:
        units = (chart.left, chart.right or Unit.COUNT)
        for side, scale, unit in zip(("left", "right"), self._scales, units, strict=True):
            if scale is not None:
                labels = labelled_ticks(scale, unit) if isinstance(scale, Scale) else scale.labelled(self._most_log)
                self._label_axis(side, scale.bounds, labels)
        left = self._scales[0]
        if left is not None:
            ticks = left.ticks if isinstance(left, Scale) else tuple(at for at, _ in left.labelled(self._most_log))
            self._grid.set_ticks(ticks)
        labels = tuple((tick.time, tick.label) for tick in self._time_ticks(chart))
        self._label_axis("bottom", (self._view.start, self._view.end), labels)

    def _label_axis(self, side: str, span: tuple[float, float], labels: _Labels) -> None:
        """An axis draws itself anew whenever it is told anything: tell it only what is new."""
        if self._labelled.get(side) != (span, labels):
            self._labelled[side] = (span, labels)
            self._axes[side].setRange(*span)
            self._axes[side].setTicks([labels])
            self._labels_changed = True

    def _time_ticks(self, chart: Chart) -> Iterator[Tick]:
        """The ticks whose labels fit on the canvas, with "now" at the end of a range that is still filling."""
        plane = self.plane
        metrics = QFontMetricsF(self._small)
        second = plane.area.width() / (plane.end - plane.start)
        now = min(chart.complete_until, chart.edges[-1])
        live = chart.edges[-2] <= now < chart.edges[-1] <= plane.end
        ticks = time_ticks(plane.start, plane.end, chart.zone, metrics.horizontalAdvance("0") / second)
        for tick in beneath_bars(ticks, chart.edges):
            half = metrics.horizontalAdvance(tick.label) / 2
            fits = half <= plane.x(tick.time) <= self.width() - half
            if fits and not (live and (now - tick.time) * second < half + metrics.horizontalAdvance(_NOW)):
                yield tick
        if live:
            yield Tick(plane.time(round(plane.x(now))), _NOW)  # by whole pixels, so that it seldom moves
