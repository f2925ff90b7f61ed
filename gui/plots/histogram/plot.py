"""The plot of a histogram: heading, legend, classes along a logarithmic axis, crosshair."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QPoint, QPointF, QSize
from PySide6.QtWidgets import QWidget

from core.charts.specs import Histogram, Mark, Opens
from core.filters import Field, Term
from gui.plots.histogram.canvas import HistogramCanvas
from gui.plots.shared.base import Plot
from gui.plots.shared.context_menu import MenuEntry, show_rows_entry
from gui.plots.shared.hatching import Patterns
from gui.plots.shared.legend import Sample
from gui.plots.shared.surface import KeyActions
from gui.plots.shared.tooltip_text import read_class
from gui.plots.time_series.hit_testing import common


class HistogramPlot(Plot[Histogram]):
    """Draws a :class:`core.charts.specs.Histogram`.

    Left, Right, Home and End move the crosshair from class to class, Up and Down from layer to layer, Escape hides
    it. A click or Enter asks for the rows behind what is pointed at.

    Attributes:
        canvas: the drawing surface: it takes the focus, the mouse and the keys.
        patterns: whether bars are told apart by patterns, too.
    """

    size_hint = QSize(420, 250)

    def __init__(self, parent: QWidget | None = None) -> None:
        canvas = HistogramCanvas()
        super().__init__(canvas, parent)
        self._mouse: QPointF | None = None
        self._layer: str | None = None
        self.canvas = canvas
        self.patterns = Patterns(self._show_patterns, self)
        self._lay_out()
        canvas.hovered.connect(self._hover)
        canvas.clicked.connect(self._click)
        canvas.keys = KeyActions(
            self._step, lambda by: self._turn(-by), self._jump, lambda: self._open(self._opens()), self._dismiss
        )
        self._finish(canvas)

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing, and so numbers: else words stand in its place."""
        return self.canvas.drawn

    def entries(self, at: QPoint | None) -> Iterator[MenuEntry]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        if at is not None:
            self._hover(QPointF(at))
        opens = self._opens()  # of now: while the menu is open, neither mouse nor keys point at anything
        yield show_rows_entry(lambda: self._open(opens), self._chosen() or "", enabled=opens is not None)

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        index = self.canvas.index
        return None if index is None else self.canvas.column(index).center().toPoint()

    @property
    def _points(self) -> bool:
        return self.canvas.index is not None

    def _samples(self, chart: Histogram) -> tuple[Sample, ...]:
        samples = tuple(Sample(layer.name, layer.ink, Mark.BAR, (), layer.opens) for layer in chart.layers)
        if chart.before is not None:
            samples = (*samples, Sample(chart.before.name, chart.before.ink, Mark.TICK))
        return samples if len(samples) > 1 and chart.empty is None else ()

    def _show(self, chart: Histogram, before: Histogram | None) -> None:
        index = self.canvas.index
        self.canvas.show_layers(chart, self._hidden, fresh=before is None or before.title != chart.title)
        self._point_at(None if index is None or before is None else self._follow(before, index))

    def _redraw(self) -> None:
        if self._chart is not None:
            self.canvas.show_layers(self._chart, self._hidden, fresh=True)
        self._point_at(self.canvas.index)

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

    def _hover(self, place: QPointF | None) -> None:
        self._mouse, self._layer = place, None
        self._point_at(None if place is None else self.canvas.class_at(place.x()))

    def _click(self, place: QPointF) -> None:
        self._hover(place)
        self._open(self._opens())

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

    def _jump(self, to_last: bool) -> None:
        self._go_to(len(self._edges) - 2 if to_last else 0)

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
        self._show_hand(self._mouse is not None and self._opens() is not None)
        self._describe()

    def _show_patterns(self, on: bool) -> None:
        self._readout.patterns = self.canvas.patterns = on
        self._header.set_patterns(on)
        self.canvas.update()
