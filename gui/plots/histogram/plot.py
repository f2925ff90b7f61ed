"""The plot of a histogram: heading, legend, classes along a logarithmic axis, crosshair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtWidgets import QWidget

from core.charts.data_table import data_table
from core.charts.specs import DataTable, Histogram, Mark, Opens
from core.filters import Field, Term
from core.text.formatting import one_line
from gui.plots.histogram.canvas import HistogramCanvas
from gui.plots.shared.base import LegendPlot, numbers_of
from gui.plots.shared.context_menu import ChartMenu, MenuEntry, show_rows_entry
from gui.plots.shared.hatching import Patterns
from gui.plots.shared.legend import Sample, only, order_tabs
from gui.plots.shared.messages import describe
from gui.plots.shared.tooltip import Readout
from gui.plots.shared.tooltip_text import Reading, read_class
from gui.plots.time_series.hit_testing import common
from resources import design
from resources.design import Palette, Theme


class HistogramPlot(LegendPlot):
    """Draws a :class:`core.charts.specs.Histogram`.

    Left, Right, Home and End move the crosshair from class to class, Up and Down from layer to layer, Escape hides
    it. A click or Enter asks for the rows behind what is pointed at.

    Attributes:
        canvas: the drawing surface: it takes the focus, the mouse and the keys.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        palette = design.palette(Theme.LIGHT)
        self._chart: Histogram | None = None
        self._mouse: QPointF | None = None
        self._layer: str | None = None
        self.canvas = HistogramCanvas()
        self._readout = Readout(self.canvas)
        self._menu = ChartMenu(
            self.canvas, self._table, own=self._entries, anchor=self._anchor, summary=lambda: self.summary
        )
        self._patterns = Patterns(self._show_patterns, self)
        self._lay_out(self.canvas)
        self._connect()
        self.set_palette(palette)

    def _connect(self) -> None:
        canvas = self.canvas
        canvas.hovered.connect(self._hover)
        canvas.clicked.connect(self._click)
        canvas.stepped.connect(self._step)
        canvas.turned.connect(self._turn)
        canvas.jumped.connect(lambda to_last: self._go_to(len(self._edges) - 2 if to_last else 0))
        canvas.activated.connect(self.show_rows)
        canvas.dismissed.connect(self._dismiss)
        self._header.series_toggled.connect(self._toggle)
        self._header.only_requested.connect(self._show_only)
        self._pass_on()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        for part in (self._header, self.canvas, self._readout):
            part.set_palette(palette)

    def set_patterns(self, on: bool | None) -> None:
        """Tell bars apart by patterns, too; None: where the system asks for high contrast."""
        self._patterns.choose(on)

    @property
    def chart(self) -> Histogram | None:
        """What is drawn; None before the first."""
        return self._chart

    def show_chart(self, chart: Histogram) -> None:
        """Draw a chart. A crosshair stays with its durations, hidden layers stay hidden."""
        before, self._chart = self._chart, chart
        index = self.canvas.index
        chips = self._header.chips
        samples = tuple(Sample(layer.name, layer.ink, Mark.BAR, (), layer.opens) for layer in chart.layers)
        several = len(samples) > 1 and chart.empty is None
        self._header.show_heading(chart.title, chart.subtitle, samples if several else (), self._hidden)
        if self._header.chips != chips:
            order_tabs(self.canvas, self._header.stops)
        self.canvas.setAccessibleName(one_line(chart.title))
        self.canvas.show_layers(chart, self._hidden, fresh=before is None or before.title != chart.title)
        self._point_at(None if index is None or before is None else self._follow(before, index))

    def show_rows(self) -> None:
        """Ask for the rows of the layer, or of all layers, in the current class; only where there are some."""
        self._open(self._opens())

    def data_table(self) -> DataTable:
        """The chart's numbers.

        Raises:
            LookupError: no chart was shown yet.
        """
        return numbers_of(self._chart)

    @property
    def reading(self) -> Reading | None:
        """What the crosshair reads at the moment, or None where it is hidden."""
        return None if self.canvas.index is None else self._readout.reading

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(420, 250)

    @property
    def _edges(self) -> tuple[float, ...]:
        return self._chart.edges if self._chart is not None else ()

    def _follow(self, before: Histogram, index: int) -> int | None:
        """The class that has now what the class ``index`` had before."""
        if self._mouse is not None:
            return self.canvas.class_at(self._mouse.x())
        middle = (before.edges[index] * before.edges[index + 1]) ** 0.5
        found = [place for place, (low, high) in enumerate(pairwise(self._edges)) if low <= middle < high]
        return found[0] if found else None

    def _toggle(self, name: str, shown: bool) -> None:
        self._hide(self._hidden - {name} if shown else self._hidden | {name})

    def _show_only(self, name: str) -> None:
        self._hide(only(name, [chip.series_name for chip in self._header.chips], self._hidden))

    def _hide(self, hidden: frozenset[str]) -> None:
        before, self._hidden = self._hidden, hidden
        self._header.mark_hidden(hidden)
        if self._chart is not None:
            self.canvas.show_layers(self._chart, hidden, fresh=True)
        self._point_at(self.canvas.index)
        for name in sorted(before ^ hidden):
            self.series_toggled.emit(name, name in before)

    def _hover(self, place: QPointF | None) -> None:
        self._mouse, self._layer = place, None
        self._point_at(None if place is None else self.canvas.class_at(place.x()))

    def _click(self, place: QPointF) -> None:
        self._hover(place)
        self.show_rows()

    def _step(self, by: int) -> None:
        at = self.canvas.index
        self._go_to(at + by if at is not None else len(self._edges) - 2 if by < 0 else 0)

    def _turn(self, by: int) -> None:
        names: list[str | None] = [None, *(n for n in self._names() if n not in self._hidden)]
        at = names.index(self._layer) if self._layer in names else 0
        self._layer, self._mouse = names[(at + by) % len(names)], None
        self._point_at(self.canvas.index if self.canvas.index is not None else 0)

    def _names(self) -> Iterator[str]:
        return (layer.name for layer in (self._chart.layers if self._chart is not None else ()))

    def _go_to(self, index: int) -> None:
        self._mouse = None
        self._point_at(min(max(index, 0), len(self._edges) - 2))

    def _dismiss(self) -> None:
        self._mouse = self._layer = None
        self._point_at(None)

    def _chosen(self) -> str | None:
        """The layer that is pointed at, or None: no particular one."""
        index = self.canvas.index
        if index is None or self._mouse is None:
            return self._layer if self._layer not in self._hidden else None
        return self.canvas.layer_at(index, self._mouse.y())

    def _opens(self) -> Opens | None:
        chart, index = self._chart, self.canvas.index
        if chart is None or index is None:
            return None
        chosen = self._chosen()
        shown = (layer for layer in chart.layers if layer.name not in self._hidden)
        opens = common(layer.opens for layer in shown if chosen in (None, layer.name))
        if opens is None:
            return None
        ends = Term(Field.SLOWER, chart.edges[index]), Term(Field.FASTER, chart.edges[index + 1])
        return Opens(opens.table, opens.chosen.plus(*ends))

    def _table(self) -> DataTable | None:
        return data_table(self._chart) if self._chart is not None and self.canvas.drawn else None

    def _entries(self, at: QPoint | None) -> Iterator[MenuEntry]:
        if at is not None:
            self._hover(QPointF(at))
        opens = self._opens()  # of now: while the menu is open, neither mouse nor keys point at anything
        yield show_rows_entry(lambda: self._open(opens), self._chosen() or "", enabled=opens is not None)

    def _anchor(self) -> QPoint | None:
        index = self.canvas.index
        return None if index is None else self.canvas.column(index).center().toPoint()

    def _point_at(self, index: int | None) -> None:
        if not self.canvas.drawn:
            index = None
        self.canvas.index = index
        if self._chart is None or index is None:
            self._readout.hide()
        else:
            reading = read_class(self._chart, index, self._hidden, self._chosen())
            self._readout.show_reading(reading, self.canvas.column(index), self.canvas.plane.area)
        self.canvas.update()
        self._show_hand()
        describe((self, self.canvas), self.summary, self.reading)

    def _show_hand(self) -> None:
        if self._mouse is not None and self._opens() is not None:
            self.canvas.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.canvas.unsetCursor()

    def _show_patterns(self, on: bool) -> None:
        self._readout.patterns = self.canvas.patterns = on
        self._header.set_patterns(on)
        self.canvas.update()
