"""What plots over time have in common: wheel and keys zoom, dragging pans, a crosshair moves."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from core.charts.geometry import Layers, layers_of
from core.charts.specs import Chart
from core.coverage import Coverage
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui.plots.shared.base import C, Plot
from gui.plots.shared.context_menu import MenuEntry
from gui.plots.shared.markers import Markers
from gui.plots.shared.surface import KeyActions
from gui.plots.time_series.canvas import Canvas
from gui.plots.time_series.crosshair import Crosshair
from gui.plots.time_series.navigator import Navigator
from gui.plots.time_series.unread import Unread


class TimePlot(Plot[C]):
    """A plot over time.

    Attributes:
        canvas: the drawing surface: it takes the focus, the mouse and the keys.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        canvas = Canvas()
        super().__init__(canvas, parent)
        self.canvas = canvas
        self._navigator = Navigator(canvas)
        self._crosshair, self._markers, self._unread = Crosshair(canvas), Markers(), Unread()
        for overlay in (self._unread.paint, self._markers.paint, self._crosshair.paint):
            canvas.add_overlay(overlay)
        self._lay_out()
        self._connect(self._navigator)

    def _show_coverage(self, coverage: Coverage) -> None:
        super()._show_coverage(coverage)
        self._unread.coverage = coverage
        self.canvas.redraw()

    def _connect(self, navigator: Navigator) -> None:
        dismiss = navigator.dismissed.emit
        navigator.keys = KeyActions(self._step, self._climb, self._jump, self.show_rows, dismiss)
        navigator.selected.connect(self.range_selected)
        navigator.view_changed.connect(self._show_view)
        navigator.hovered.connect(self._hover)
        navigator.dismissed.connect(self._dismiss)
        navigator.selecting.connect(self._select)
        navigator.clicked.connect(self._click)

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing, and so numbers: else words stand in its place."""
        return self._layers is not None

    @property
    def zoom(self) -> Navigator:
        """The part of the time that is shown."""
        return self._navigator

    @property
    def logarithmic(self) -> bool:
        """Whether axes of durations have a logarithmic scale."""
        return self.canvas.scales.logarithmic

    def set_logarithmic(self, on: bool) -> None:
        """Draw axes of durations on a logarithmic scale, or not; counts and stacked bars never are."""
        self.canvas.scales.logarithmic = on
        self._redraw()

    def zoom_entries(self) -> Iterator[MenuEntry]:
        """The menu's entries about the zoom, while there is one."""
        if self._navigator.zoomed:
            view = self._navigator.view
            yield MenuEntry(_("Use as range"), lambda: self.range_selected.emit(view.start, view.end), "Ctrl+R")
            yield MenuEntry(_("Show the whole range"), self._navigator.reset, "0")

    def show_rows(self) -> None:
        """Ask for the rows behind what is pointed at; only where there are some."""
        raise NotImplementedError

    def resemble(self, other: Plot[C]) -> None:
        """Be a picture of another plot of the same kind, in which nothing can be scrolled or unfolded."""
        if isinstance(other, TimePlot):
            self.canvas.scales.logarithmic = other.logarithmic
        super().resemble(other)

    @property
    def _layers(self) -> Layers | None:
        """What is drawn, in arrays; None while words stand in its place."""
        return self._crosshair.layers

    def _draw_layers(self, chart: Chart, *, fresh: bool) -> None:
        self._crosshair.layers = layers_of(chart, self._hidden)
        self.canvas.show_layers(chart, self._crosshair.layers, self._navigator.view, fresh)

    def _show_whole(self, edges: tuple[float, ...], shortest: float) -> None:
        """Cover the time of these buckets; a view that the host chose stays, and is at least so many seconds wide."""
        self._navigator.enabled = True
        self._navigator.set_whole(TimeRange(edges[0], edges[-1]), shortest)

    def _show_nothing(self, words: str | None) -> None:
        self._navigator.enabled = False
        self._crosshair.layers = None
        self.canvas.show_nothing(words)
        self._point_again()

    def _show_view(self) -> None:
        self.canvas.show_view(self._navigator.view)
        self._point_again()

    def _select(self, span: TimeRange | None) -> None:
        self._crosshair.select(span)
        if span is not None:
            self._dismiss()

    def _point_again(self) -> None:
        """Read what is pointed at anew, as far as it is still there."""
        raise NotImplementedError

    def _hover(self, x: float | None) -> None:
        """The mouse stands at x, here or in the plot that leads this one, or has left."""
        raise NotImplementedError

    def _step(self, by: int) -> None:
        """Point at the next bucket, or the one before."""
        raise NotImplementedError

    def _climb(self, by: int) -> None:
        """Point at what lies higher (1) or lower (-1)."""
        raise NotImplementedError

    def _jump(self, to_last: bool) -> None:
        """Point at the last or the first bucket that is seen."""
        raise NotImplementedError

    def _dismiss(self) -> None:
        """Point at nothing."""
        raise NotImplementedError

    def _click(self, place: QPointF) -> None:
        """Open what is at a place."""
        raise NotImplementedError
