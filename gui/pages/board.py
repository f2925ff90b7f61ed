"""The pages beside the Overview: figures, sections of charts, and the table of the rows that they count."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.presenters.images import TABLE as IMAGES
from core.presenters.presenter import Content
from core.storage.location import Location
from core.tables.filter_language.wording import in_words
from core.time_ranges import CHOICES, TimeRange
from gui import settings
from gui.pages.charts import MARGIN, ChartPage, Panel, Section, keys_of
from gui.pages.page import Tools
from gui.style.appearance import Density
from gui.tables.pictures.row import RowPicture
from gui.tables.pictures.shelf import PictureShelf
from gui.tables.records.table import TablePanel
from gui.widgets.card import Card
from gui.widgets.figure_row import FigureRow
from gui.widgets.joined_buttons import Segments
from gui.widgets.parts import column, read_in_order, row

_SHARES: Final = (11, 10)
"""How charts and table share the page's height until the host moves the handle."""

_ROWS: Final = 12
"""So many rows are to be seen even in a low window, as long as the charts keep what they need at least."""

_CLOCK: Final = CHOICES["24h"]
"""A range that was typed ("last 6 h") goes on with the clock as this one does."""

_AROUND_ROWS: Final = 120
"""Pixels of a table's card that are not its rows: filter box, heads, state line."""

_OWN_CHARTS: Final = 6
"""Tenths of the height that the charts keep where the table comes and goes: two stand above each other there."""

_ABOVE_LIST: Final = 4
"""Tenths of the height that charts have above one that stands beneath all of them."""

_LEAST_CHARTS: Final = 220
"""Pixels that figures and charts need at least."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a board is made of.

    Attributes:
        sections: of its charts; table: the key of its table (in ``TABLES``), if it has one.
        own_rows: the key of a table that is only there while the content is about one thing (its ``extra``).
        beneath: a chart that is seen beneath every section.
        apart: the title of a last section in which the table stands by itself, rather than beneath all of them.
        pictures: whether the table's rows may have pictures, which stand above it.
    """

    sections: tuple[Section, ...]
    table: str | None = None
    own_rows: str | None = None
    beneath: Panel | None = None
    apart: str = ""
    pictures: bool = False

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """The sections, and that of the table, where it has one."""
        return (*self.sections, Section(self.apart, ())) if self.apart else self.sections

    @property
    def charts(self) -> tuple[str, ...]:
        """The keys of all charts."""
        return (*keys_of(self.sections), *((self.beneath.key,) if self.beneath is not None else ()))


class Board(ChartPage):
    """A page that is declared: its layout says which chart stands where.

    Attributes:
        plots: the plots by their charts' keys.
        table: the rows, or None.
        sections: the switch between sections; hidden where there is one.
        shelf: the latest pictures, or None.
    """

    def __init__(self, layout: Layout, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(layout.all_sections, parent, layout.beneath)
        self._layout, self._tools = layout, tools
        self._scope: tuple[object, ...] = ()
        self._location: Location | None = None
        self._is_split = False
        self.figures = FigureRow()
        self.sections = Segments(tuple(section.title for section in layout.all_sections))
        self.plots = self._charts.plots
        key = layout.table or layout.own_rows
        self._rows = TablePanel(key, tools.zone, process=tools.process) if key is not None else None
        self.table = self._rows
        self.shelf = self._shelf()
        self._arrange()
        self._connect()
        if layout.own_rows is not None or layout.apart:
            self._show_rows(False)
        self.first_focus = self.table.first_focus if self.table is not None else next(iter(self.plots.values()))

    def begin(self, location: Location | None) -> None:
        """Read the table of another database."""
        self._charts.forget()
        self.figures.forget()
        self._scope = ()
        if self._rows is not None:
            self._rows.frame.filter_box.set_text("")
            self._location = location
            self._rows.set_location(location if self.table is not None else None)
        if self.shelf is not None:
            self.shelf.begin(location)

    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """Show the content's charts and figures; only what differs is drawn anew."""
        content: Content = snapshot.content
        self.figures.show_figures(content.figures, content.coverage)
        yield
        yield from self._charts.showing(content.charts)
        if self._layout.own_rows is not None:
            self._show_rows(content.extra is not None)
        if self.table is not None:
            self._follow(self.table, snapshot)

    def open_rows(self, chosen: Filter) -> None:
        """Let the table's filter box say which rows are wanted."""
        if self._layout.apart:
            self.sections.set_current(len(self._layout.sections))
        if self.table is not None:
            self.table.show_matches(in_words(chosen, self._tools.zone))
            self.table.first_focus.setFocus()

    def open_newest(self) -> None:
        """Let the table show all its rows in the order of time."""
        if self.table is not None:
            self.open_rows(EVERYTHING)
            self.table.show_newest()

    def set_row_height(self, pixels: int) -> None:
        """Make the rows this high; they may need another part of the height then."""
        super().set_row_height(pixels)
        self.share_height()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say the table's times in another zone."""
        self._tools = replace(self._tools, zone=zone)
        self._scope = ()
        if self._rows is not None:
            self._rows.set_zone(zone)
        if self.shelf is not None:
            self.shelf.strip.set_zone(zone)

    def end(self) -> None:
        """Let the table's thread end."""
        if self._rows is not None:
            self._rows.close()
        if self.shelf is not None:
            self.shelf.latest.close()

    def _shelf(self) -> PictureShelf | None:
        if self._rows is None or self._rows.key != IMAGES or self._tools.pictures is None:
            return None
        RowPicture(self._rows, self._tools.pictures)
        if not self._layout.pictures:
            return None
        tools = self._tools
        shelf = PictureShelf(self._rows, self._tools.pictures, tools.zone, tools.process, tools.memory)
        shelf.height_changed.connect(self.share_height)
        return shelf

    def buttons(self) -> tuple[QWidget, ...]:
        """What stands beside the figures; most pages have nothing there. Called once, while the page is made."""
        return ()

    def _arrange(self) -> None:
        top = QWidget()
        top.setMinimumHeight(_LEAST_CHARTS)
        head = row((self.figures, 1), *self.buttons(), self.sections, gap=MARGIN)
        column(head, (self._charts, 1), on=top, gap=MARGIN // 2)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(MARGIN)
        self._split.addWidget(top)
        if self._charts.beneath is not None:
            self._split.addWidget(self._charts.beneath)
        if self.table is not None:
            self._card = Card("", *(() if self.shelf is None else (self.shelf,)), (self.table, 1))
            if self._layout.apart:
                self._charts.place(self._card, 0, 0, section=-1)
            else:
                self._split.addWidget(self._card)
        self._split.splitterMoved.connect(self._keep_split)
        read_in_order(self._split)
        column(self._split, on=self, margins=(MARGIN, MARGIN, MARGIN, MARGIN))

    def _show_rows(self, shown: bool) -> None:
        """Show the table that is there at times only, or not."""
        if shown is (self.table is not None):
            return
        self.table = self._rows if shown else None
        self._card.setVisible(shown)
        if self._rows is not None:
            self._rows.set_location(self._location if shown else None)
        self._scope = ()
        self.share_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the height anew, unless the host has done so."""
        super().resizeEvent(event)
        self.share_height()

    def share_height(self) -> None:
        """Give the table its share of the height, and at least what some rows need, if the charts can spare that."""
        room = self.height() - 3 * MARGIN
        if self._charts.beneath is not None and not self._is_split:
            charts = max(room * _ABOVE_LIST // 10, _LEAST_CHARTS)
            self._split.setSizes([charts, max(room - charts, 1)])
        if self.table is None or self._is_split or self._layout.apart:
            return
        around = _AROUND_ROWS + (0 if self.shelf is None or self.shelf.isHidden() else self.shelf.sizeHint().height())
        wanted = max(room * _SHARES[1] // sum(_SHARES), around + _ROWS * self.table.view.row_height)
        least = room * _OWN_CHARTS // 10 if self._layout.own_rows is not None else _LEAST_CHARTS
        rows = max(min(wanted, room - least), 1)
        self._split.setSizes([room - rows, rows])

    def _keep_split(self) -> None:
        self._is_split = True

    def _connect(self) -> None:
        self.sections.chosen.connect(self._turn)
        self.figures.rows_requested.connect(self.rows_requested)
        if self.table is not None:
            self.table.naming_requested.connect(self.naming_requested)
            self.table.forgetting_requested.connect(self.forgetting_requested)
            self.table.term_chosen.connect(lambda term: self.filter_requested.emit(Filter((term,))))
            self.table.frame.filter_box.filter_changed.connect(lambda _filter: self.rows_filtered.emit())
            self.table.export_requested.connect(lambda: self.export_requested.emit(self.table))
            self.table.set_masking(self._tools.masking)
            self.table.memory.use(self._tools.memory)
            self.table.view.set_row_height(Density(self._tools.memory.text(settings.DENSITY)).row_height)

    def _turn(self, section: int) -> None:
        self._charts.setCurrentIndex(section)
        if self._layout.apart:
            self._show_rows(section == len(self._layout.sections))
        if self._charts.beneath is not None:
            self._charts.beneath.setVisible(section < len(self._layout.sections))
        self.wanted_changed.emit()

    def _follow(self, table: TablePanel, snapshot: Snapshot) -> None:
        """The table's rows are those of the range; one that moves with the clock has no end."""
        span = _span(snapshot)
        follows_clock = span is not None and math.isinf(span.end) and not CHOICES.get(snapshot.choice, _CLOCK).calendar
        scope = (snapshot.choice, snapshot.chosen, None if follows_clock else span)
        if scope != self._scope:
            self._scope = scope
            table.set_scope(span, snapshot.chosen)
            if self.shelf is not None:
                self.shelf.latest.set_scope(span, snapshot.chosen, self._tools.zone)
        table.follow(snapshot.last_ids)
        if self.shelf is not None:
            self.shelf.latest.follow(snapshot.last_ids)


def _span(snapshot: Snapshot) -> TimeRange | None:
    whole = snapshot.buckets.range
    if snapshot.choice == "all":
        return None
    return whole if CHOICES.get(snapshot.choice, _CLOCK).ended else TimeRange(whole.start, math.inf)
