"""The plot of durations over time, a point each, with percentiles as lines and bands."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from core.charts.specs import Chart, Scatter, Unit
from core.text.formatting import seconds
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
from gui.plots.scatter.points import Points, PointsItem, points_of
from gui.plots.shared.context_menu import MenuEntry, logarithmic_entry, show_rows_entry
from gui.plots.shared.legend import Sample, samples_of
from gui.plots.shared.tooltip_text import read_bucket
from gui.plots.time_series.base import TimePlot

_SHORTEST: Final = 30.0
"""Seconds: points are told apart in a view as short as this, however wide the buckets are."""

_ROOM: Final = 1.04
"""So much further than the outermost points the axis reaches: a dot is a few pixels high."""


class ScatterPlot(TimePlot[Scatter]):
    """Draws a :class:`core.charts.specs.Scatter` and lets the host explore it by mouse and keyboard.

    Wheel and ``+``/``-`` zoom the time, dragging pans, a double click, ``0`` or Backspace go back to the whole range.
    Left, Right, Home and End move from bucket to bucket, Up and Down among the points of one; Enter or a click opens
    the rows behind a point, ``L`` changes between a logarithmic and a linear scale. Its series are clouds and lines.
    """

    size_hint = QSize(560, 280)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: Chart | None = None
        self._clouds: tuple[Points, ...] = ()
        self._mouse: QPointF | None = None
        self._dots = self.canvas.add_item(PointsItem)
        self.canvas.scales.logarithmic, self.canvas.scales.reach = True, self._reach
        self._mark = SpotMark(self.canvas, lambda: self._scale)
        self.canvas.add_overlay(self._mark.paint)
        self.canvas.viewport().installEventFilter(self)
        self._finish(self.canvas)

    def show_rows(self) -> None:
        """Ask for the rows behind the point that is read."""
        if self._spot is not None and self._chart is not None:
            self._open(self._spot.opens(self._chart.precision))

    def entries(self, at: QPoint | None) -> tuple[MenuEntry, ...]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        if at is not None and self._layers is not None:
            self._point_at(nearest(self._seen, at.x(), at.y(), self._scale))
        spot = self._spot
        what = f"{spot.points.cloud.name}, {seconds(spot.seconds)}" if spot is not None else ""
        there = spot is not None and spot.points.cloud.opens is not None
        switch = logarithmic_entry(lambda: self.set_logarithmic(not self.logarithmic), checked=self.logarithmic)
        return show_rows_entry(self.show_rows, what, enabled=there), switch, *self.zoom_entries()

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        return QPointF(*self._scale.place(self._spot)).toPoint() if self._spot is not None else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Note how high the mouse stands before the navigator says where."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._mouse = event.position()
        return False

    @property
    def _points(self) -> bool:
        return self._spot is not None or self._crosshair.index is not None

    @property
    def _spot(self) -> Spot | None:
        """The point that is read."""
        return self._mark.spot

    @property
    def _seen(self) -> tuple[Points, ...]:
        return tuple(points for points in self._clouds if points.cloud.name not in self._hidden)

    def _samples(self, chart: Scatter) -> tuple[Sample, ...]:
        """The legend: clouds, then lines."""
        clouds = (Sample(cloud.name, cloud.ink, opens=cloud.opens) for cloud in chart.clouds)
        return () if chart.empty is not None else (*clouds, *samples_of(chart.lines))

    def _show(self, chart: Scatter, before: Scatter | None) -> None:
        self._lines = _lines_of(chart)
        self._markers.markers = chart.markers
        self._clouds = tuple(map(points_of, chart.clouds)) if chart.empty is None and len(chart.edges) > 1 else ()
        if not any(len(points.times) for points in self._clouds):
            self._clouds = ()
            self._dots.set_points((), logarithmic=self.logarithmic)
            self._show_nothing(chart.empty)
            return
        spot = self._spot
        self._show_whole(chart.edges, min(_SHORTEST, float(np.diff(chart.edges).min())))
        self._draw(fresh=before is None or _is_other(before, chart))
        if self._mouse is not None:
            self._hover(self._mouse.x())
        else:
            self._point_at(None if spot is None else same(self._seen, spot))

    def _draw(self, *, fresh: bool) -> None:
        if self._lines is not None and self._clouds:
            self._dots.set_points(self._seen, logarithmic=self.logarithmic)
            self._draw_layers(self._lines, fresh=fresh)

    def _redraw(self) -> None:
        self._draw(fresh=True)
        self._point_again()

    def _point_again(self) -> None:
        shown = self._layers is not None and self._spot is not None and self._spot.points.cloud.name not in self._hidden
        self._point_at(self._spot if shown else None)

    def _reach(self, view: TimeRange) -> tuple[float, float] | None:
        """The shortest and the longest duration among the points that are seen, with room for whole dots."""
        parts = [points.seconds[points.within(view.start, view.end)] for points in self._seen]
        known = [part for part in parts if part.size]
        if not known:
            return None
        return min(float(part.min()) for part in known) / _ROOM, max(float(part.max()) for part in known) * _ROOM

    @property
    def _scale(self) -> PointScale:
        plane, area = self.canvas.plane, self.canvas.plane.area
        second = area.width() / (plane.end - plane.start)
        low, high = self.canvas.left_bounds
        return PointScale(area.left(), plane.start, second, area.top(), area.height(), low, high, self.logarithmic)

    def _hover(self, x: float | None) -> None:
        """The mouse stands at x; where another plot leads, there is no height, and only the percentiles are read."""
        area = self.canvas.plane.area
        if x is None or not area.left() <= x <= area.right() or self._layers is None:
            self._mouse = None
            self._point_at(None)
            return
        own = self._mouse is not None and abs(self._mouse.x() - x) < 1 and self.canvas.viewport().underMouse()
        self._mouse = self._mouse if own else None
        spot = nearest(self._seen, x, self._mouse.y(), self._scale) if self._mouse is not None else None
        bucket = bucket_of(self._layers.edges, self.canvas.plane.time(x)) if spot is None else None
        self._point_at(spot, bucket)

    def _step(self, by: int) -> None:
        if self._layers is None:
            return
        if self._spot is None:
            self._jump(by < 0)
        else:
            self._go_to(beyond(self._seen, self._layers.edges, self._spot, by))

    def _climb(self, by: int) -> None:
        if self._layers is not None and self._spot is not None:
            self._go_to(higher(self._seen, self._layers.edges, self._spot, by))
        elif self._layers is not None:
            self._jump(True)

    def _jump(self, to_last: bool) -> None:
        if self._layers is not None:
            self._go_to(outermost(self._seen, self._layers.edges, self._navigator.view, last=to_last))

    def _go_to(self, spot: Spot | None) -> None:
        if spot is not None:
            self._mouse = None
            self._navigator.reveal(TimeRange(spot.time, spot.time))
            self._point_at(spot)
            self._navigator.pointed.emit(spot.time)

    def _dismiss(self) -> None:
        self._mouse = None
        self._point_at(None)

    def _click(self, at: QPointF) -> None:
        if self._layers is not None:
            self._point_at(nearest(self._seen, at.x(), at.y(), self._scale))
            self.show_rows()

    def _point_at(self, spot: Spot | None, bucket: int | None = None) -> None:
        """Read a point, or, with none, what a bucket's percentiles are, or nothing."""
        self._mark.move_to(spot)
        self._crosshair.move_to(bucket)
        plane = self.canvas.plane
        column = self._mark.around(spot) if spot is not None else self._crosshair.column(bucket, plane)
        if self._chart is None or self._lines is None or column.isEmpty():
            self._readout.hide()
        elif spot is not None:
            close = beside(self._seen, spot, self._scale)
            self._readout.show_reading(
                read_spot(spot, close, self._chart, self._lines, self._hidden), column, plane.area
            )
        elif bucket is not None:
            self._readout.show_reading(read_bucket(self._lines, bucket, self._hidden), column, plane.area)
        self._describe()


def _lines_of(chart: Scatter) -> Chart:
    """The percentiles as a chart of their own, which the canvas knows how to draw."""
    return Chart(
        chart.title,
        chart.subtitle,
        chart.edges,
        chart.zone,
        chart.lines,
        left=Unit.SECONDS,
        markers=chart.markers,
        complete_until=chart.complete_until,
        now=chart.now,
    )


def _is_other(before: Scatter, after: Scatter) -> bool:
    """Whether ``after`` is not merely a later state of ``before``: axes then start afresh."""
    return before.title != after.title or before.subtitle != after.subtitle or len(before.edges) != len(after.edges)
