"""The table of a page: filter box, rows, position bar, state line and details, wired together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.export.clipboard import Style
from core.filters import Field, Filter
from core.storage.location import Location
from core.storage.values import Kind
from core.tables.definitions import TABLES, TIME_ORDER, Column, Order, TableQuery, TableRecord
from core.tables.filter_language.by_name import NameAsked, NameFound
from core.tables.reading.messages import (
    FaultResult,
    MomentRequest,
    MomentResult,
    NamesRequest,
    NamesResult,
    RecordsRequest,
    RecordsResult,
    Result,
)
from core.text.names import NAMES
from core.time_ranges import TimeRange
from core.worker.live.process import LiveProcess
from gui.status.masking import Masking
from gui.tables.filter.box import FilterBox
from gui.tables.records.clipboard import Copying
from gui.tables.records.column_layout import ColumnLayout
from gui.tables.records.known_values import KnownValues
from gui.tables.records.layout import TableFrame
from gui.tables.records.menus import DataActions, TableMenus
from gui.tables.records.model import RecordModel
from gui.tables.records.pager import Browser
from gui.tables.records.preferences import TableMemory
from gui.tables.records.selection import Picked
from gui.tables.records.source import RowSource
from gui.tables.records.status import TableState, bubble_words
from gui.tables.records.view import RecordView
from gui.tables.shared.cell_text import NUMERIC, Wording
from gui.threads.names import name_news
from gui.widgets.parts import column

_NAMES: Final = -3
"""The number of requests for names."""

_DETAILS: Final = -2
"""The number of the request for the record in the details pane: those for rows count upwards from 1."""

_BY_TIME: Final = Order()
_GREATEST_FIRST: Final = NUMERIC | {Kind.TIME, Kind.DATE, Kind.ID}


class SortOrder:
    """The order of the rows, as the host chooses it by the columns' heads.

    The order before is kept: one that turns out not to be had gives way to it.

    Attributes:
        now: what the rows are ordered by.
        before: what they were ordered by until then.
    """

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._columns = columns
        self.now = self.before = _BY_TIME

    def set(self, order: Order) -> bool:
        """Take another order; False where it is the one that holds."""
        if order == self.now:
            return False
        self.before, self.now = self.now, order
        return True

    def of_column(self, place: int, descending: bool) -> Order:
        """Return the order by a column; the first column is that of time, in every table."""
        return Order(TIME_ORDER if place == 0 else self._columns[place].key, descending)

    def after_click(self, place: int) -> Order:
        """Return what a click on a column's head means: another turns the order round, a third goes back to time."""
        greatest_first = self._columns[place].kind in _GREATEST_FIRST
        first = self.of_column(place, greatest_first)
        if self.now.column != first.column:
            return first
        return self.of_column(place, not greatest_first) if self.now.descending is greatest_first else _BY_TIME


class RecordDetails(QObject):
    """Keeps the details pane at the current record: what is in memory of it at once, all of it soon after."""

    def __init__(self, table_key: str, source: RowSource, picked: Picked, frame: TableFrame) -> None:
        super().__init__(frame)
        self._key, self._source, self._picked, self._frame = table_key, source, picked, frame
        self._pane, self._button = frame.details, frame.top_line.details
        self._button.toggled.connect(self._toggle)
        self._pane.close_requested.connect(self._leave)
        picked.current_changed.connect(self._show)
        source.answered.connect(self._take)

    def open(self) -> None:
        """Show the pane."""
        self._button.setChecked(True)

    def _toggle(self, shown: bool) -> None:
        self._pane.setVisible(shown)
        self._show(self._picked.current)

    def _leave(self) -> None:
        self._button.setChecked(False)
        self._frame.view.setFocus()

    def _show(self, record: TableRecord | None) -> None:
        if not self._button.isChecked():
            return
        if record is None:
            self._pane.show_nothing()
            return
        self._pane.show_record(record)
        self._source.ask(RecordsRequest(_DETAILS, self._key, (record.id,)))

    def _take(self, result: Result) -> None:
        current = self._picked.current
        if not isinstance(result, RecordsResult) or result.number != _DETAILS or current is None:
            return
        if result.ids != (current.id,):
            return
        if result.records:
            self._pane.show_record(result.records[0])
        else:
            self._pane.show_gone()


class NameSearch(QObject):
    """Has the names looked for that are typed into a filter box."""

    def __init__(self, source: RowSource, box: FilterBox) -> None:
        super().__init__(box)
        self._source, self._box = source, box
        box.asks_names = True
        box.name_asked.connect(self._ask)
        source.answered.connect(self._take)

    def _ask(self, asked: NameAsked) -> None:
        self._source.ask(NamesRequest(_NAMES, str(asked.field), asked.beginning))

    def _take(self, result: Result) -> None:
        if isinstance(result, NamesResult):
            asked = NameAsked(Field(result.kind), result.beginning)
            self._box.take_names(asked, NameFound(result.found, result.recorded))
        elif isinstance(result, FaultResult) and result.number == _NAMES:
            self._box.go_without_names()


class TablePanel(QWidget):
    """Shows the rows of one table that the range, the page's filter and the filter box leave in.

    Attributes:
        source: reads the rows.
        model: those in memory.
        view: shows them.
        columns: how they are laid out.
        picked: which rows are selected.
        browser: which rows are to be in memory.
        menus: what can be done with them.
        memory: what is remembered of the columns.
        frame: where the parts stand, with filter box, position bar, state line and details.

    Signals:
        term_chosen(Term): the page is to be filtered by this, too.
        export_requested(): the table is to be exported.
        naming_requested(NameKey): a user, a server or a channel is to be named.
        forgetting_requested(str): everything of the user with this id is to be removed.
    """

    term_chosen = Signal(object)
    export_requested = Signal()
    naming_requested = Signal(object)
    forgetting_requested = Signal(str)

    def __init__(
        self, table_key: str, zone: ZoneInfo, parent: QWidget | None = None, *, process: LiveProcess | None = None
    ) -> None:
        super().__init__(parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # its columns are times, ids and English words
        self._table = TABLES[table_key]
        self._scope = TableQuery(table_key, zone=zone)  # what the page shows, without the filter box
        self._order = SortOrder(self._table.columns)
        self._masking: Masking | None = None
        self.source = RowSource(self, process)
        self.model = RecordModel(self._table.columns, self)
        self.view = RecordView(self.model)
        self.columns = ColumnLayout(self._table.columns, self._table.default, self.view.head)
        self.picked = Picked(self.view, self.model)
        self.browser = Browser(self.source, self.view, self.model, self.picked)
        self.frame = TableFrame(self._table, zone, self.view, self)
        self._state = TableState(self._table, zone, self.frame, self.browser)
        self.menus = self._make_menus()
        KnownValues(self.model, self.frame.filter_box)
        self.memory = TableMemory(table_key, self.columns, self.frame)
        column(self.frame, on=self)
        self.view.setAccessibleName(self._table.title)
        self._connect_view()
        self._connect_parts()
        self._show_order()
        self._say_anew()
        self._state.say()

    def _make_menus(self) -> TableMenus:
        copying = Copying(self.source, self.key, self.model, self.columns)
        details = RecordDetails(self.key, self.source, self.picked, self.frame)
        self.view.copy_asked.connect(lambda: copying.copy(self.picked.in_order(), Style.TEXT))
        acts = DataActions(
            self.term_chosen.emit, self._sort, details.open, self.export_requested.emit, self.naming_requested.emit,
            self.forgetting_requested.emit,
        )  # fmt: skip
        return TableMenus(self.view, self.model, self.columns, self.picked, copying, self._zone, acts)

    @property
    def key(self) -> str:
        """The table's, in ``core.tables.definitions``."""
        return self._table.key

    @property
    def first_focus(self) -> QWidget:
        """What takes the keys first: the line of the filter box."""
        return self.frame.filter_box.edit

    @property
    def _zone(self) -> ZoneInfo:
        assert self._scope.zone is not None
        return self._scope.zone

    def set_location(self, location: Location | None) -> None:
        """Show the rows of another database, or of none."""
        self.browser.show(None)
        self.source.open(location)
        self._show()

    def set_scope(self, span: TimeRange | None, page_filter: Filter) -> None:
        """Show what the page shows: a range (its end may be infinite; None is all), and the page's own filter."""
        scope = replace(self._scope, span=span, filters=(page_filter,) if page_filter else ())
        if scope != self._scope:
            self._scope = scope
            self.picked.clear()
            self._show()

    def follow(self, last_ids: Mapping[str, int]) -> None:
        """A look at the database is over; ``last_ids`` are the highest ids by the tables' names. Cheap."""
        if self.isVisible():
            self.browser.follow(last_ids.get(str(self._table.model._meta.table_name)))

    def set_masking(self, masking: Masking) -> None:
        """Hide prompts while this says so."""
        self._masking = masking
        masking.changed.connect(self._say_anew)
        self._say_anew()

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone; the rows stay, but for days, which begin elsewhere then."""
        if zone is self._scope.zone:
            return
        self._scope = replace(self._scope, zone=zone)
        self.frame.filter_box.set_zone(zone)
        self.menus.set_zone(zone)
        self._say_anew()
        self._state.set_zone(zone)
        self._show()

    def show_matches(self, text: str) -> None:
        """Show the rows that this text of the filter box leaves in, the newest first, whatever was sorted by before."""
        self._set_order(_BY_TIME)
        self.frame.filter_box.set_text(text)

    def show_newest(self) -> None:
        """Order by time, and go to the newest row."""
        self._set_order(_BY_TIME)
        self.browser.go_to_top()

    def query(self) -> TableQuery:
        """What is shown: table, range, filters, order."""
        typed = self.frame.filter_box.filter
        filters = (*self._scope.filters, typed) if typed else self._scope.filters
        return replace(self._scope, filters=filters, order=self._order.now)

    def close(self) -> bool:
        """Remember what is to be remembered, and end the thread."""
        self.memory.keep_now()
        self.source.close()
        return super().close()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at once at what came in while it was hidden."""
        super().showEvent(event)
        self.source.wake()
        self._clock.start()
        self._say_anew()
        self.browser.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the connection soon."""
        super().hideEvent(event)
        self._clock.stop()
        self.browser.doze()
        self.source.rest()

    def sort_by(self, place: int) -> None:
        """Order by a column; once more turns the order round, and a third time goes back to time."""
        self._set_order(self._order.after_click(place))

    def _connect_view(self) -> None:
        view, browser = self.view, self.browser
        view.top_asked.connect(browser.go_to_top)
        view.end_asked.connect(browser.go_to_end)
        view.details_asked.connect(self.frame.top_line.details.toggle)
        view.menu_asked.connect(self.menus.open_for_row)
        view.resized.connect(lambda: self.columns.fit(view.viewport().width()))
        view.head.sort_asked.connect(self.sort_by)
        view.head.menu_asked.connect(self.menus.open_for_head)
        browser.changed.connect(self._state.say)
        browser.unsortable.connect(self._keep_order)

    def _connect_parts(self) -> None:
        frame = self.frame
        frame.filter_box.filter_changed.connect(self._filter)
        NameSearch(self.source, frame.filter_box)
        frame.details.naming_requested.connect(self.naming_requested)
        frame.top_line.pill.clicked.connect(self.browser.go_to_top)
        frame.top_line.columns.clicked.connect(lambda: self.menus.open_for_columns(frame.top_line.columns))
        frame.bar.jump_asked.connect(self.browser.jump)
        frame.bar.place_asked.connect(lambda share: self.source.ask(MomentRequest(self.query(), share)))
        frame.state.stop_requested.connect(self.browser.stop)
        frame.empty.button.clicked.connect(self._take_way_out)
        self.source.answered.connect(self._name_place)
        self._clock = QTimer(self, interval=30_000)
        self._clock.timeout.connect(self._say_anew)
        name_news().changed.connect(self._name_anew)

    def _show(self) -> None:
        self.frame.say_note("")
        query = self.query()
        self._state.filtered, self._state.ranged = bool(query.filters), query.span is not None
        self.browser.show(None if self.source.location is None else query)

    def _filter(self) -> None:
        self.picked.clear()
        self._show()

    def _sort(self, place: int, descending: bool) -> None:
        self._set_order(self._order.of_column(place, descending))

    def _set_order(self, order: Order) -> None:
        if self._order.set(order):
            self._show_order()
            self._show()

    def _keep_order(self, reason: str) -> None:
        """Say why the order is not to be had, and go back to the one before."""
        self._set_order(self._order.before)
        self.frame.say_note(reason)

    def _show_order(self) -> None:
        order = self._order.now
        self.view.head.set_order(self._table.columns.index(self._table.column(order.column)), order.descending)

    def _say_anew(self) -> None:
        """Another day has begun, names are others, or prompts are hidden, or shown, from now on."""
        masked = self._masking is not None and self._masking.masked
        today = datetime.now(self._zone).date()
        wording = Wording(self._zone, today, masked, direct=self.key == "commands", names=NAMES.version)
        self.model.set_wording(wording)
        self.frame.details.set_wording(wording)

    def _name_anew(self) -> None:
        """Names are others; a table that is not seen says so once it is."""
        if self.isVisible():
            self._say_anew()

    def _name_place(self, result: Result) -> None:
        if isinstance(result, MomentResult):
            self.frame.bar.name_place(result.share, bubble_words(result.moment, self._zone))

    def _take_way_out(self) -> None:
        if self.browser.stopped:
            self.browser.resume()
        else:
            self.frame.filter_box.set_text("")
            self.first_focus.setFocus()
