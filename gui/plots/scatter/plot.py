"""The plot of durations over time, a point each, with percentiles as lines and bands."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from core.charts.data_table import data_table
from core.charts.geometry import Layers, layers_of
from core.charts.specs import Chart, DataTable, Scatter
from core.text.formatting import one_line, seconds
from core.time_ranges import TimeRange
from gui.plots.scatter.highlight import SpotMark
from gui.plots.scatter.hit_testing import (
    PointScale,
    Spot,
    beside,
    beyond,
    bucket_of,
    higher,
    nearest,
    outermost,
    read_spot,
    same,
)
from gui.plots.scatter.lines import is_other, lines_of, paint_words, samples_of_scatter
from gui.plots.scatter.points import Points, PointsItem, points_of
from gui.plots.shared.base import TimePlot
from gui.plots.shared.context_menu import ChartMenu, MenuEntry, logarithmic_entry, show_rows_entry
from gui.plots.shared.legend import only, order_tabs
from gui.plots.shared.messages import describe
from gui.plots.shared.tooltip import Readout
from gui.plots.shared.tooltip_text import Reading, read_bucket
from gui.plots.time_series.canvas import Plane
from gui.plots.time_series.crosshair import Crosshair
from gui.plots.time_series.markers import Markers
from resources import design
from resources.design import Palette, Theme

_NOTHING_TO_SHOW: Final = "Nothing to show"
_SHORTEST: Final = 30.0
"""Seconds: points are told apart in a view as short as this, however wide the buckets are."""

_ROOM: Final = 1.04
"""So much further than the outermost points the axis reaches: a dot is a few pixels high."""


class ScatterPlot(TimePlot):
    """Draws a :class:`core.charts.specs.Scatter` and lets the host explore it by mouse and keyboard.

    Wheel and ``+``/``-`` zoom the time, dragging pans, a double click, ``0`` or Backspace go back to the whole range.
    Left, Right, Home and End move from bucket to bucket, Up and Down among the points of one; Enter or a click opens
    the rows behind a point, ``L`` changes between a logarithmic and a linear scale. Its series are clouds and lines.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette = design.palette(Theme.LIGHT)
        self._chart: Scatter | None = None
        self._lines: Chart | None = None
        self._layers: Layers | None = None
        self._clouds: tuple[Points, ...] = ()
        self._mouse: QPointF | None = None
        self._points = self._canvas.add_item(PointsItem)
        self._canvas.logarithmic, self._canvas.reach = True, self._reach
        self._crosshair, self._markers = Crosshair(self._canvas), Markers()
        self._mark = SpotMark(self._canvas, lambda: self._scale)
        self._readout = Readout(self._canvas.viewport())
        self._menu = ChartMenu(
            self._canvas,
            self.data_table,
            own=self._entries,
            anchor=self._anchor,
            summary=lambda: self.summary,
            filled=lambda: self._layers is not None,
        )
        self._connect()
        self.set_palette(palette)

    def _connect(self) -> None:
        for overlay in (self._paint_empty, self._markers.paint, self._crosshair.paint, self._mark.paint):
            self._canvas.add_overlay(overlay)
        navigator, header = self._navigator, self._header
        navigator.view_changed.connect(self._show_view)
        navigator.hovered.connect(self._hover)
        navigator.stepped.connect(self._step)
        navigator.climbed.connect(self._climb)
        navigator.jumped.connect(self._jump)
        navigator.dismissed.connect(self._dismiss)
        navigator.selecting.connect(self._select)
        navigator.clicked.connect(self._click)
        navigator.activated.connect(self._open_spot)
        header.series_toggled.connect(self._toggle)
        header.only_requested.connect(self._show_only)
        self._pass_on()
        self._canvas.installEventFilter(self)
        self._canvas.viewport().installEventFilter(self)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._markers.palette = self._crosshair.palette = self._mark.palette = palette
        for part in (self._header, self._canvas, self._readout):
            part.set_palette(palette)

    def show_chart(self, chart: Scatter) -> None:
        """Draw a chart. A view, a point and hidden series that the host chose stay as they are."""
        before, self._chart = self._chart, chart
        chips = self._header.chips
        self._lines = lines_of(chart)
        samples = () if chart.empty is not None else samples_of_scatter(chart)
        self._header.show_heading(chart.title, chart.subtitle, samples, self._hidden)
        if self._header.chips != chips:
            order_tabs(self._canvas, self._header.stops)
        self._markers.markers, self._markers.font = chart.markers, self.font()
        self._canvas.setAccessibleName(one_line(chart.title))
        self._clouds = tuple(map(points_of, chart.clouds)) if chart.empty is None and len(chart.edges) > 1 else ()
        if not any(len(points.times) for points in self._clouds):
            self._show_nothing()
            return
        spot = self._spot
        self._navigator.enabled = True
        shortest = min(_SHORTEST, float(np.diff(chart.edges).min()))
        self._navigator.set_whole(TimeRange(chart.edges[0], chart.edges[-1]), shortest)
        self._draw(fresh=before is None or is_other(before, chart))
        if self._mouse is not None:
            self._hover(self._mouse.x())
        else:
            self._point_at(None if spot is None else same(self._shown, spot))

    def set_logarithmic(self, on: bool) -> None:
        """Change between a logarithmic and a linear scale of durations."""
        self._canvas.logarithmic = on
        self._draw(fresh=True)
        self._point_at(self._spot)

    def data_table(self) -> DataTable | None:
        """The points as a table, or None while there are none."""
        return data_table(self._chart) if self._chart is not None and self._layers is not None else None

    @property
    def chart(self) -> Scatter | None:
        """What is drawn."""
        return self._chart

    @property
    def reading(self) -> Reading | None:
        """What is read at the moment, or None where nothing is pointed at."""
        pointed = self._spot is not None or self._crosshair.index is not None
        return self._readout.reading if pointed else None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(560, 280)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Note how high the mouse stands, and take the key of the scale."""
        if event.type() == QEvent.Type.MouseMove and watched is self._canvas.viewport():
            self._mouse = event.position()  # type: ignore[attr-defined]
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self._canvas:
            return self._take_key(event)
        return False

    def _take_key(self, event: QKeyEvent) -> bool:
        mine = event.key() == Qt.Key.Key_L and not event.modifiers() and self._layers is not None
        if mine:
            self.set_logarithmic(not self.logarithmic)
        return mine

    @property
    def _spot(self) -> Spot | None:
        """The point that is read."""
        return self._mark.spot

    @property
    def _shown(self) -> tuple[Points, ...]:
        return tuple(points for points in self._clouds if points.cloud.name not in self._hidden)

    def _draw(self, fresh: bool = False) -> None:
        if self._lines is None or not self._clouds:
            return
        self._layers = self._crosshair.layers = layers_of(self._lines, self._hidden)
        self._points.set_points(self._shown, logarithmic=self._canvas.logarithmic)
        self._canvas.show_layers(self._lines, self._layers, self._navigator.view, fresh)

    def _reach(self, view: TimeRange) -> tuple[float, float] | None:
        """The shortest and the longest duration among the points that are seen, with room for whole dots."""
        parts = [points.seconds[points.within(view.start, view.end)] for points in self._shown]
        known = [part for part in parts if part.size]
        if not known:
            return None
        return min(float(part.min()) for part in known) / _ROOM, max(float(part.max()) for part in known) * _ROOM

    def _show_nothing(self) -> None:
        self._navigator.enabled = False
        self._layers = self._crosshair.layers = None
        self._clouds = ()
        self._points.set_points((), logarithmic=self._canvas.logarithmic)
        self._canvas.clear()
        self._point_at(None)

    def _show_view(self) -> None:
        self._canvas.show_view(self._navigator.view)
        self._point_at(self._spot)
        self.view_changed.emit()

    def _toggle(self, name: str, shown: bool) -> None:
        self._hide(self._hidden - {name} if shown else self._hidden | {name})
        self.series_toggled.emit(name, shown)

    def _show_only(self, name: str) -> None:
        self._hide(only(name, [chip.series_name for chip in self._header.chips], self._hidden))

    def _hide(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self._header.mark_hidden(hidden)
        self._draw(fresh=True)
        spot = self._spot
        self._point_at(spot if spot is not None and spot.points.cloud.name not in hidden else None)

    @property
    def _scale(self) -> PointScale:
        plane, area = self._canvas.plane, self._canvas.plane.area
        second = area.width() / (plane.end - plane.start)
        low, high = self._canvas.left_bounds
        return PointScale(
            area.left(), plane.start, second, area.top(), area.height(), low, high, self._canvas.logarithmic
        )

    def _hover(self, x: float | None) -> None:
        """The mouse stands at x; where another plot leads, there is no height, and only the percentiles are read."""
        area = self._canvas.plane.area
        if x is None or not area.left() <= x <= area.right() or self._layers is None:
            self._mouse = None
            self._point_at(None)
            return
        own = self._mouse is not None and abs(self._mouse.x() - x) < 1 and self._canvas.viewport().underMouse()
        self._mouse = self._mouse if own else None
        spot = nearest(self._shown, x, self._mouse.y(), self._scale) if self._mouse is not None else None
        bucket = bucket_of(self._layers.edges, self._canvas.plane.time(x)) if spot is None else None
        self._point_at(spot, bucket)

    def _select(self, span: TimeRange | None) -> None:
        self._crosshair.select(span)
        if span is not None:
            self._dismiss()

    def _step(self, by: int) -> None:
        if self._layers is None:
            return
        if self._spot is None:
            self._jump(by < 0)
        else:
            self._go_to(beyond(self._shown, self._layers.edges, self._spot, by))

    def _climb(self, by: int) -> None:
        if self._layers is not None and self._spot is not None:
            self._go_to(higher(self._shown, self._layers.edges, self._spot, by))
        elif self._layers is not None:
            self._jump(True)

    def _jump(self, to_last: bool) -> None:
        if self._layers is not None:
            self._go_to(outermost(self._shown, self._layers.edges, self._navigator.view, last=to_last))

    def _go_to(self, spot: Spot | None) -> None:
        if spot is not None:
            self._mouse = None
            self._navigator.reveal(TimeRange(spot.time, spot.time))
            self._point_at(spot)
            self._navigator.point(spot.time)

    def _dismiss(self) -> None:
        self._mouse = None
        self._point_at(None)

    def _click(self, at: QPointF) -> None:
        if self._layers is not None:
            self._point_at(nearest(self._shown, at.x(), at.y(), self._scale))
            self._open_spot()

    def _open_spot(self) -> None:
        if self._spot is not None and self._chart is not None:
            self._open(self._spot.opens(self._chart.precision))

    def _entries(self, at: QPoint | None) -> tuple[MenuEntry, ...]:
        if at is not None and self._layers is not None:
            self._point_at(nearest(self._shown, at.x(), at.y(), self._scale))
        spot = self._spot
        what = f"{spot.points.cloud.name}, {seconds(spot.seconds)}" if spot is not None else ""
        there = spot is not None and spot.points.cloud.opens is not None
        switch = logarithmic_entry(lambda: self.set_logarithmic(not self.logarithmic), checked=self.logarithmic)
        return show_rows_entry(self._open_spot, what, enabled=there), switch

    def _anchor(self) -> QPoint | None:
        return QPointF(*self._scale.place(self._spot)).toPoint() if self._spot is not None else None

    def _point_at(self, spot: Spot | None, bucket: int | None = None) -> None:
        """Read a point, or, with none, what a bucket's percentiles are, or nothing."""
        self._mark.move_to(spot)
        self._crosshair.move_to(bucket)
        plane = self._canvas.plane
        column = self._mark.around(spot) if spot is not None else self._crosshair.column(bucket, plane)
        if self._chart is None or self._lines is None or column.isEmpty():
            self._readout.hide()
        elif spot is not None:
            close = beside(self._shown, spot, self._scale)
            self._readout.show_reading(
                read_spot(spot, close, self._chart, self._lines, self._hidden), column, plane.area
            )
        elif bucket is not None:
            self._readout.show_reading(read_bucket(self._lines, bucket, self._hidden), column, plane.area)
        self._describe()

    def _describe(self) -> None:
        """Tell screen readers the chart's summary and what is pointed at."""
        describe((self, self._canvas), self.summary, self.reading)

    def _paint_empty(self, painter: QPainter, plane: Plane) -> None:
        if self._chart is not None and self._layers is None:
            words = one_line(self._chart.empty or _NOTHING_TO_SHOW, 300)
            paint_words(painter, QRectF(self._canvas.viewport().rect()), words, self.font(), self._palette)
