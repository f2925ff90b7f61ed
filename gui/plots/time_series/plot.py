"""The plot of a chart over time: heading, legend, axes, bars and lines, crosshair."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from core.charts.data_table import data_table
from core.charts.geometry import Layers, layers_of
from core.charts.specs import Chart, DataTable, Opens
from core.text.formatting import one_line
from core.time_ranges import TimeRange
from gui.plots.shared.base import TimePlot, numbers_of
from gui.plots.shared.context_menu import ChartMenu, MenuEntry, logarithmic_entry, show_rows_entry
from gui.plots.shared.hatching import Patterns
from gui.plots.shared.legend import only, order_tabs
from gui.plots.shared.messages import describe, paint_instead
from gui.plots.shared.tooltip import Readout
from gui.plots.shared.tooltip_text import Reading, read_bucket
from gui.plots.time_series.canvas import Plane, can_be_logarithmic
from gui.plots.time_series.crosshair import Crosshair
from gui.plots.time_series.hit_testing import Drawn, Picker, opens_at
from gui.plots.time_series.markers import Markers
from resources import design
from resources.design import Palette, Theme

_FEWEST_BUCKETS = 3


class TimeSeriesPlot(TimePlot):
    """Draws a :class:`core.charts.specs.Chart` and lets the host explore it by mouse and keyboard.

    Wheel and ``+``/``-`` zoom the time, dragging pans, a double click, ``0`` or Backspace go back to the whole
    range; Left, Right, Home and End move the crosshair from bucket to bucket, Up and Down from series to series,
    Escape hides it. A click or Enter asks for the rows behind what is pointed at.

    Signals:
        zoomed_out(): more than the whole range is wanted.
    """

    zoomed_out = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = palette = design.palette(Theme.LIGHT)
        self._chart: Chart | None = None
        self._layers: Layers | None = None
        self._mouse_x: float | None = None
        self._picker = Picker(self._canvas)
        self._crosshair, self._markers = Crosshair(self._canvas), Markers()
        self._readout = Readout(self._canvas.viewport())
        self._patterns = Patterns(self._show_patterns, self)
        self._menu = ChartMenu(
            self._canvas, self._table, own=self._entries, anchor=self._anchor, summary=lambda: self.summary
        )
        self._connect()
        self.set_palette(palette)

    def _connect(self) -> None:
        for overlay in (self._paint_empty, self._markers.paint, self._crosshair.paint):
            self._canvas.add_overlay(overlay)
        navigator = self._navigator
        navigator.view_changed.connect(self._show_view)
        navigator.hovered.connect(self._hover)
        navigator.stepped.connect(self._step)
        navigator.jumped.connect(self._jump)
        navigator.dismissed.connect(self._dismiss)
        navigator.selecting.connect(self._select)
        navigator.clicked.connect(self._click)
        navigator.activated.connect(self.show_rows)
        navigator.zoomed_out.connect(self.zoomed_out)
        navigator.climbed.connect(lambda up: self._turn(-up))
        self._header.series_toggled.connect(self._toggle)
        self._header.only_requested.connect(self._show_only)
        self._pass_on()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self._markers.palette = self._crosshair.palette = palette
        for part in (self._header, self._canvas, self._readout):
            part.set_palette(palette)

    @property
    def chart(self) -> Chart | None:
        """What is drawn; None before the first."""
        return self._chart

    def show_chart(self, chart: Chart) -> None:
        """Draw a chart. A view, a crosshair and hidden series that the host chose stay as they are."""
        before, self._chart = self._chart, chart
        chips = self._header.chips
        self._header.show_chart(chart, self._hidden)
        if self._header.chips != chips:
            order_tabs(self._canvas, self._header.stops)
        self._markers.markers, self._markers.font = chart.markers, self.font()
        self._canvas.setAccessibleName(one_line(chart.title))
        if chart.empty is not None or len(chart.edges) < 2 or not chart.series:
            self._show_nothing()
            return
        current = self._current_time()
        whole = TimeRange(chart.edges[0], chart.edges[-1])
        self._navigator.enabled = True
        self._navigator.set_whole(whole, float(np.diff(chart.edges).min()) * _FEWEST_BUCKETS)
        self._draw(fresh=before is None or _is_other(before, chart))
        self._follow(current)

    def show_rows(self) -> None:
        """Ask for the rows behind the series, or all series, of the current bucket; only where there are some."""
        self._open(self._opens())

    def data_table(self) -> DataTable:
        """The chart's numbers.

        Raises:
            LookupError: no chart was shown yet.
        """
        return numbers_of(self._chart)

    def set_logarithmic(self, on: bool) -> None:
        """Draw axes of durations on a logarithmic scale, or not; counts and stacked bars never are."""
        self._canvas.logarithmic = on
        self._draw(fresh=True)
        self._point_at(self._crosshair.index)

    def set_patterns(self, on: bool | None) -> None:
        """Tell bars apart by patterns, too; None: where the system asks for high contrast."""
        self._patterns.choose(on)

    @property
    def reading(self) -> Reading | None:
        """What the crosshair reads at the moment, or None where it is hidden."""
        return None if self._crosshair.index is None else self._readout.reading

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(560, 250)

    def _draw(self, fresh: bool = False) -> None:
        if self._chart is not None:
            self._layers = self._crosshair.layers = layers_of(self._chart, self._hidden)
            self._canvas.show_layers(self._chart, self._layers, self._navigator.view, fresh)

    def _show_nothing(self) -> None:
        self._navigator.enabled = False
        self._layers = self._crosshair.layers = None
        self._canvas.clear()
        self._point_at(None)

    def _show_view(self) -> None:
        self._canvas.show_view(self._navigator.view)
        self._point_at(self._crosshair.index)
        self.view_changed.emit()

    def _toggle(self, name: str, shown: bool) -> None:
        self._hidden = self._hidden - {name} if shown else self._hidden | {name}
        self._header.mark_hidden(self._hidden)
        self._draw(fresh=True)
        self._point_at(self._crosshair.index)
        self.series_toggled.emit(name, shown)

    def _show_only(self, name: str) -> None:
        before = self._hidden
        self._hidden = only(name, [chip.series_name for chip in self._header.chips], before)
        self._header.mark_hidden(self._hidden)
        self._draw(fresh=True)
        self._point_at(self._crosshair.index)
        for changed in sorted(before ^ self._hidden):
            self.series_toggled.emit(changed, changed in before)

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

    def _table(self) -> DataTable | None:
        return None if self._chart is None or self._layers is None else data_table(self._chart)

    def _entries(self, at: QPoint | None) -> Iterator[MenuEntry]:
        if at is not None:
            self._picker.point(QPointF(at))
            self._hover(float(at.x()))
        opens = self._opens()  # of now: while the menu is open, neither mouse nor keys point at anything
        yield show_rows_entry(lambda: self._open(opens), self._chosen() or "", enabled=opens is not None)
        if self._chart is not None and any(can_be_logarithmic(self._chart, right=side) for side in (False, True)):
            yield logarithmic_entry(lambda: self.set_logarithmic(not self.logarithmic), checked=self.logarithmic)

    def _anchor(self) -> QPoint | None:
        column = self._crosshair.column(self._crosshair.index, self._canvas.plane)
        return None if column.isEmpty() else column.center().toPoint()

    def _show_patterns(self, on: bool) -> None:
        self._readout.patterns = on
        self._header.set_patterns(on)
        self._canvas.set_patterns(on)

    def _hover(self, x: float | None) -> None:
        self._mouse_x = x
        plane = self._canvas.plane
        inside = x is not None and plane.area.left() <= x <= plane.area.right()
        self._point_at(self._bucket_at(plane.time(x)) if x is not None and inside else None)

    def _select(self, span: TimeRange | None) -> None:
        self._crosshair.select(span)
        if span is not None:
            self._dismiss()

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
            self._navigator.point((self._chart.edges[index] + self._chart.edges[index + 1]) / 2)

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
        plane = self._canvas.plane
        column = self._crosshair.column(index, plane)
        if self._chart is None or index is None or column.isEmpty():
            self._readout.hide()
        else:
            reading = read_bucket(self._chart, index, self._hidden, self._chosen())
            self._readout.show_reading(reading, column, plane.area)
        self._show_hand()
        self._describe()

    def _show_hand(self) -> None:
        """The mouse's pointer says where a click opens something."""
        if self._mouse_x is not None and self._opens() is not None:
            self._canvas.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self._canvas.viewport().unsetCursor()

    def _describe(self) -> None:
        """Tell screen readers the chart's summary and the current bucket."""
        describe((self, self._canvas), self.summary, self.reading)

    def _paint_empty(self, painter: QPainter, plane: Plane) -> None:
        if self._chart is None or self._layers is not None:
            return
        paint_instead(painter, self._canvas.viewport(), self._chart.empty, self._palette)


def _is_other(before: Chart, after: Chart) -> bool:
    """Whether ``after`` is not merely a later state of ``before``: axes then start afresh."""
    if len(before.edges) < 2 or before.empty is not None or before.title != after.title:
        return True
    return len(before.edges) != len(after.edges) or before.subtitle != after.subtitle
