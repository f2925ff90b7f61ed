"""A page's charts: where they stand, and what the host asks of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from core.charts.named import named
from core.charts.noted import noted
from core.charts.specs import AnyChart
from core.text.names import NAMES
from core.time_ranges import TimeRange
from gui.pages.page import Page
from gui.plots.shared.base import AnyPlot
from gui.plots.time_series.base import TimePlot
from gui.plots.time_series.linked_axes import LinkedTimeAxes
from gui.style.theme import palette_shown
from gui.threads.names import name_news
from gui.threads.notes import note_news
from gui.widgets.card import Card
from gui.widgets.parts import WidgetStack

MARGIN: Final = 16


@dataclass(frozen=True, slots=True)
class Panel:
    """A chart's place: its key in the content, what draws it, and where in the section's grid it stands."""

    key: str
    plot: Callable[[], AnyPlot]
    row: int = 0
    column: int = 0
    rows: int = 1
    columns: int = 1
    own_time: bool = False
    """Whether it shows another time than the range: it is then not linked with the others."""


@dataclass(frozen=True, slots=True)
class Section:
    """Charts that are seen together."""

    title: str
    panels: tuple[Panel, ...]
    stretches: tuple[int, ...] = ()
    """Relative widths of the grid's columns; equal where none are given."""
    heights: tuple[int, ...] = ()
    """Relative heights of its rows, likewise."""


def keys_of(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """The keys of all charts of some sections."""
    return tuple(panel.key for section in sections for panel in section.panels)


class ChartSections(WidgetStack):
    """Charts in cards, section by section; those of one section are seen at a time.

    Attributes:
        plots: what draws the charts, by their keys.
        beneath: the card of a chart that is seen beneath every section that has charts, wherever the page puts it.
    """

    def __init__(self, sections: tuple[Section, ...], page: Page, beneath: Panel | None = None) -> None:
        super().__init__()
        self._sections = sections
        self._beneath = beneath
        self._drawn: dict[str, AnyChart] = {}
        self._given: dict[str, AnyChart] = {}
        for news in (name_news(), note_news()):
            news.changed.connect(self._name_anew)
        self.plots: dict[str, AnyPlot] = {}
        self._grids = tuple(map(self._grid, sections))
        self.beneath = self._card(beneath) if beneath is not None else None
        linked = (self.plots[panel.key] for section in sections for panel in section.panels if not panel.own_time)
        timed = [plot for plot in linked if isinstance(plot, TimePlot)]
        self._linked = LinkedTimeAxes(timed, self)
        self._linked.view_changed.connect(page.view_changed)
        self._linked.zoomed_out.connect(page.zoomed_out)
        for plot in self.plots.values():
            _wire(page, plot)

    @property
    def wanted(self) -> frozenset[str]:
        """The keys of the charts that are seen: the chosen section's, and the one beneath it."""
        panels = self._sections[self.currentIndex()].panels
        beneath = (self._beneath,) if self._beneath is not None and panels else ()
        return frozenset(panel.key for panel in (*panels, *beneath))

    def showing(self, charts: Mapping[str, AnyChart]) -> Iterator[None]:
        """Draw these, one with each step; only what differs is drawn anew.

        Of what can't be told yet the picture before stays.
        """
        for key, chart in charts.items():
            if key not in self.plots:
                continue
            self.plots[key].note_coverage(chart.coverage)
            kept = chart.coverage.pending and key in self._drawn
            if not kept and self._given.get(key) != chart:
                self._given[key] = chart
                self._draw(key, chart)
                yield

    def _draw(self, key: str, chart: AnyChart) -> None:
        """Draw a chart with names and notes, where it is another than the one that is drawn."""
        shown = noted(named(chart, NAMES), note_news().notes, note_news().alarms)
        if self._drawn.get(key) != shown:
            self._drawn[key] = shown
            self.plots[key].show_chart(shown)

    def _name_anew(self) -> None:
        for key, chart in self._given.items():
            self._draw(key, chart)

    def forget(self) -> None:
        """Draw all of it anew the next time."""
        self._drawn.clear()
        self._given.clear()

    def reset_view(self) -> None:
        """Forget the host's zoom in every plot."""
        self._linked.reset()

    @property
    def view(self) -> TimeRange | None:
        """The part of the range that the host zoomed in on; None is all of it."""
        return self._linked.view

    def show_view(self, view: TimeRange | None) -> None:
        """Zoom in on a part of the range."""
        self._linked.show(view)

    def place(self, card: Card, row: int, column: int, section: int = 0) -> None:
        """Put something else beside a section's charts, or into one that has none."""
        _place(card, self._grids[section], row, column)

    def _grid(self, section: Section) -> QGridLayout:
        sheet = QWidget()
        grid = QGridLayout(sheet)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(MARGIN)
        for panel in section.panels:
            _place(self._card(panel), grid, panel.row, panel.column, panel.rows, panel.columns)
        columns = max((panel.column + panel.columns for panel in section.panels), default=0)
        for column, width in enumerate(section.stretches or (1,) * columns):
            grid.setColumnStretch(column, width)
        for row, height in enumerate(section.heights):
            grid.setRowStretch(row, height)
        self.addWidget(sheet)
        return grid

    def _card(self, panel: Panel) -> Card:
        plot = self.plots[panel.key] = panel.plot()
        plot.set_palette(palette_shown())
        return Card("", (plot, 1))


class ChartPage(Page):
    """A page with charts in sections, and maybe one beneath them."""

    def __init__(self, sections: tuple[Section, ...], parent: QWidget | None, beneath: Panel | None = None) -> None:
        super().__init__(parent)
        self._charts = ChartSections(sections, self, beneath)

    @property
    def wanted(self) -> frozenset[str]:
        """The keys of the charts that are seen."""
        return self._charts.wanted

    @property
    def charts(self) -> tuple[AnyPlot, ...]:
        """Its plots; those of other sections are not seen at the moment."""
        return tuple(self._charts.plots.values())

    def reset_view(self) -> None:
        """Forget the host's zoom in every plot."""
        self._charts.reset_view()

    @property
    def view(self) -> TimeRange | None:
        """The part of the range that the host zoomed in on."""
        return self._charts.view

    def show_view(self, view: TimeRange | None) -> None:
        """Zoom in on a part of the range."""
        self._charts.show_view(view)


def _place(card: Card, grid: QGridLayout, row: int, column: int, rows: int = 1, columns: int = 1) -> None:
    card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
    grid.addWidget(card, row, column, rows, columns)


def _wire(page: Page, plot: AnyPlot) -> None:
    """Pass on what the host asks of a plot: its rows, a filter, another range, a picture, a file, its numbers."""
    plot.rows_requested.connect(page.rows_requested)
    plot.filter_requested.connect(page.filter_requested)
    plot.range_selected.connect(page.range_selected)
    plot.naming_requested.connect(page.naming_requested)
    plot.forgetting_requested.connect(page.forgetting_requested)
    plot.menu.export_requested.connect(lambda: page.export_requested.emit(plot))
    plot.menu.copy_picture_requested.connect(lambda: page.copy_requested.emit(plot))
    plot.menu.copy_data_requested.connect(lambda: _copy_data(plot))


def _copy_data(plot: AnyPlot) -> None:
    from gui.plots.export.export import copy_data  # what draws pictures and files comes with it

    copy_data(plot)
