"""The plot of a chart over time: heading, legend, axes, bars and lines, crosshair."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QSize
from PySide6.QtWidgets import QWidget

from core.charts.specs import Chart, Opens
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui.plots.shared.context_menu import MenuEntry, logarithmic_entry, show_rows_entry
from gui.plots.shared.hatching import Patterns
from gui.plots.shared.legend import Sample, samples_of
from gui.plots.shared.tooltip_text import read_bucket
from gui.plots.time_series.axes import can_be_logarithmic
from gui.plots.time_series.base import TimePlot
from gui.plots.time_series.hit_testing import Drawn, Picker, opens_at
from gui.threads.notes import note_news

_FEWEST_BUCKETS = 3


class TimeSeriesPlot(TimePlot[Chart]):
    """Draws a :class:`core.charts.specs.Chart` and lets the host explore it by mouse and keyboard.

    Wheel and ``+``/``-`` zoom the time, dragging pans, a double click, ``0`` or Backspace go back to the whole
    range; Left, Right, Home and End move the crosshair from bucket to bucket, Up and Down from series to series,
    Escape hides it. A click or Enter asks for the rows behind what is pointed at.

    Attributes:
        patterns: whether bars are told apart by patterns, too.
    """

    size_hint = QSize(560, 250)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mouse_x: float | None = None
        self._picker = Picker(self.canvas)
        self.patterns = Patterns(self._show_patterns, self)
        self._finish(self.canvas)

    def show_rows(self) -> None:
        """Ask for the rows behind the series, or all series, of the current bucket; only where there are some."""
        self._open(self._opens())

    def entries(self, at: QPoint | None) -> Iterator[MenuEntry]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        if at is not None:
            self._picker.point(QPointF(at))
            self._hover(float(at.x()))
        opens = self._opens()  # of now: while the menu is open, neither mouse nor keys point at anything
        yield show_rows_entry(lambda: self._open(opens), self._chosen() or "", enabled=opens is not None)
        if self._chart is not None and any(can_be_logarithmic(self._chart, right=side) for side in (False, True)):
            yield logarithmic_entry(lambda: self.set_logarithmic(not self.logarithmic), checked=self.logarithmic)
        index, chart = self._crosshair.index, self._chart
        if chart is not None and index is not None:
            middle = (chart.edges[index] + chart.edges[index + 1]) / 2
            moment = self.canvas.plane.time(at.x()) if at is not None else middle
            yield MenuEntry(_("Note here…"), lambda: note_news().requested.emit(moment))
        yield from self.zoom_entries()

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        column = self._crosshair.column(self._crosshair.index, self.canvas.plane)
        return None if column.isEmpty() else column.center().toPoint()

    @property
    def _points(self) -> bool:
        return self._crosshair.index is not None

    def _samples(self, chart: Chart) -> tuple[Sample, ...]:
        return () if chart.empty is not None else samples_of(chart.series)

    def _show(self, chart: Chart, before: Chart | None) -> None:
        self._markers.markers = chart.markers
        if chart.empty is not None or len(chart.edges) < 2 or not chart.series:
            self._show_nothing(chart.empty)
            return
        current = self._current_time()
        self._show_whole(chart.edges, float(np.diff(chart.edges).min()) * _FEWEST_BUCKETS)
        self._draw_layers(chart, fresh=before is None or _is_other(before, chart))
        self._follow(current)

    def _redraw(self) -> None:
        if self._chart is not None:
            self._draw_layers(self._chart, fresh=True)
        self._point_again()

    def _point_again(self) -> None:
        self._point_at(self._crosshair.index if self._layers is not None else None)

    def _climb(self, by: int) -> None:
        self._turn(-by)

    def _turn(self, by: int) -> None:
        drawn = self._drawn
        if drawn is None:
            return
        if self._crosshair.index is None:
            self._jump(to_last=True)
        self._picker.turn(drawn, by)
        self._point_at(self._crosshair.index)

    def _click(self, place: QPointF) -> None:
        self._picker.point(place)
        self._hover(place.x())
        self.show_rows()

    @property
    def _drawn(self) -> Drawn | None:
        if self._chart is None or self._layers is None:
            return None
        return Drawn(self._chart, self._layers, self._hidden)

    def _chosen(self) -> str | None:
        """The name of the series that is pointed at in the current bucket."""
        drawn, index = self._drawn, self._crosshair.index
        return None if drawn is None or index is None else self._picker.name(drawn, index)

    def _opens(self) -> Opens | None:
        drawn, index = self._drawn, self._crosshair.index
        return None if drawn is None or index is None else opens_at(drawn, index, self._picker.name(drawn, index))

    def _show_patterns(self, on: bool) -> None:
        self._readout.patterns = on
        self._header.set_patterns(on)
        self.canvas.set_patterns(on)

    def _hover(self, x: float | None) -> None:
        self._mouse_x = x
        plane = self.canvas.plane
        inside = x is not None and plane.area.left() <= x <= plane.area.right()
        self._point_at(self._bucket_at(plane.time(x)) if x is not None and inside else None)

    def _step(self, by: int) -> None:
        buckets = self._visible()
        at = self._crosshair.index
        self._go_to(at + by if at is not None else buckets.stop - 1 if by < 0 else buckets.start)

    def _jump(self, to_last: bool) -> None:
        buckets = self._visible()
        self._go_to(buckets.stop - 1 if to_last else buckets.start)

    def _dismiss(self) -> None:
        self._mouse_x = None
        self._picker.forget()
        self._point_at(None)

    def _visible(self) -> slice:
        view = self._navigator.view
        return self._layers.visible(view.start, view.end) if self._layers is not None else slice(0, 0)

    def _go_to(self, index: int) -> None:
        if self._chart is not None:
            self._mouse_x = None
            self._picker.keep_name()
            index = min(max(index, 0), len(self._chart.edges) - 2)
            self._navigator.reveal(TimeRange(self._chart.edges[index], self._chart.edges[index + 1]))
            self._point_at(index)
            self._navigator.pointed.emit((self._chart.edges[index] + self._chart.edges[index + 1]) / 2)

    def _bucket_at(self, time: float) -> int | None:
        if self._layers is None:
            return None
        index = int(np.searchsorted(self._layers.edges, time, "right")) - 1
        return index if 0 <= index < len(self._layers.edges) - 1 else None

    def _current_time(self) -> float | None:
        index = self._crosshair.index
        return float(self._layers.edges[index]) if self._layers is not None and index is not None else None

    def _follow(self, time: float | None) -> None:
        """After a refresh: the crosshair stays under the mouse, or with the keyboard's bucket."""
        if self._mouse_x is not None:
            self._hover(self._mouse_x)
        else:
            self._point_at(None if time is None else self._bucket_at(time))

    def _point_at(self, index: int | None) -> None:
        self._crosshair.move_to(index)
        plane = self.canvas.plane
        column = self._crosshair.column(index, plane)
        if self._chart is None or index is None or column.isEmpty():
            self._readout.hide()
        else:
            reading = read_bucket(self._chart, index, self._hidden, self._chosen())
            self._readout.show_reading(reading, column, plane.area)
        self._show_hand(self._mouse_x is not None and self._opens() is not None)
        self._describe()


def _is_other(before: Chart, after: Chart) -> bool:
    """Whether ``after`` is not merely a later state of ``before``: axes then start afresh."""
    if len(before.edges) < 2 or before.empty is not None or before.title != after.title:
        return True
    return len(before.edges) != len(after.edges) or before.subtitle != after.subtitle
