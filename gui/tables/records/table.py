"""The table of a page: filter box, rows, position bar, state line and details, wired together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.export.clipboard import Style
from core.filters import EVERYTHING, Filter
from core.storage.location import Location
from core.tables.definitions import TABLES, TIME_ORDER, Column, Kind, Order, Record, TableQuery
from core.tables.filter_language.completion import Known
from core.time_ranges import TimeRange
from gui.status.masking import Masking
from gui.tables.filter.known_values import Values
from gui.tables.records.cell_text import NUMERIC, Wording
from gui.tables.records.clipboard import Copying
from gui.tables.records.column_layout import ColumnLayout
from gui.tables.records.layout import TableFrame
from gui.tables.records.menus import DataActions, TableMenus
from gui.tables.records.messages import Answer, Name, Named, Records, Whole
from gui.tables.records.messages_text import bubble_words
from gui.tables.records.model import RecordModel
from gui.tables.records.pager import Browser
from gui.tables.records.preferences import Memory, TableMemory
from gui.tables.records.selection import Picked
from gui.tables.records.status import TableState
from gui.tables.records.thread import RowSource
from gui.tables.records.view import RecordView
from resources.design import Palette

REST_MS: Final = 5_000
"""So long after it was hidden a table lets go of its connection."""

_DETAILS: Final = -2
"""The number of the wish for the record in the details pane: fetches count upwards from 1."""

_BY_TIME: Final = Order()
_GREATEST_FIRST: Final = NUMERIC | {Kind.TIME, Kind.DATE, Kind.ID}


class RecordTable(QWidget):
    """Shows the rows of one table that the range, the page's filter and the filter box leave in.

    Attributes:
        key: the table's, in ``core.tables.definitions``.
        first_focus: what takes the keys first: the line of the filter box.
        view, model, browser, picked, columns, menus: the rows and what is known of them.
        frame: where the parts stand, with filter box, position bar, state line and details.

    Signals:
        filter_changed(Filter): the filter box holds another filter.
        term_chosen(Term): the page is to be filtered by this, too.
        export_requested(): the table is to be exported.
    """

    filter_changed = Signal(object)
    term_chosen = Signal(object)
    export_requested = Signal()

    def __init__(self, table_key: str, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.key = table_key
        self._table, self._zone = TABLES[table_key], zone
        self._span: TimeRange | None = None
        self._page_filter: Filter = EVERYTHING
        self._order = self._good_order = _BY_TIME
        self._masking: Masking | None = None
        self._has_location = False
        self.source = RowSource(self)
        self.model = RecordModel(self._table.columns, self)
        self.view = RecordView(self.model)
        self.columns = ColumnLayout(self._table.columns, self._table.default, self.view.head)
        self.picked = Picked(self.view, self.model)
        self.browser = Browser(self.source, self.view, self.model, self.picked)
        self.frame = TableFrame(self._table, zone, self.view, self)
        self.first_focus: QWidget = self.frame.filter_box.edit
        self._make_helpers()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.frame)
        self.view.setAccessibleName(self._table.title)
        self._connect_view()
        self._connect_parts()
        self._show_order()
        self._say_anew()
        self._state.say()

    def _make_helpers(self) -> None:
        table, columns = self._table, self.columns
        self._state = TableState(table, self._zone, self.frame, self.browser)
        self._copying = Copying(self.source, table.key, self.model, columns)
        data_actions = DataActions(self.term_chosen.emit, self._sort, self._show_details, self.export_requested.emit)
        self.menus = TableMenus(self.view, self.model, columns, self.picked, self._copying, self._zone, data_actions)
        self._values = Values(table.columns)
        self._memory = TableMemory(table.key, columns, self.frame)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._clock = QTimer(self, interval=30_000)

    @property
    def filter_text(self) -> str:
        """What is typed into the filter box."""
        return self.frame.filter_box.text

    def set_filter_text(self, text: str) -> None:
        """Put a text into the filter box, and show what it leaves in."""
        self.frame.filter_box.set_text(text)

    def set_known(self, known: Known) -> None:
        """Offer these values in the filter box, before those of the rows that were seen."""
        self._values.set_outside(known)
        self.frame.filter_box.set_known(self._values.known())

    def set_location(self, location: Location | None) -> None:
        """Show the rows of another database, or of none."""
        self._has_location = location is not None
        self.browser.show(None)
        self.source.open(location)
        self._show()

    def set_scope(self, span: TimeRange | None, page_filter: Filter) -> None:
        """Show what the page shows: a range (its end may be infinite; None is all), and the page's own filter."""
        if (span, page_filter) != (self._span, self._page_filter):
            self._span, self._page_filter = span, page_filter
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

    def set_memory(self, memory: Memory | None) -> None:
        """Put back the columns that were remembered, and remember them from now on."""
        self._memory.use(memory)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone; the rows stay, but for days, which begin elsewhere then."""
        if zone is self._zone:
            return
        self._zone = zone
        self.frame.filter_box.set_zone(zone)
        self.menus.set_zone(zone)
        self._say_anew()
        self._state.set_zone(zone)
        self._show()

    def set_row_height(self, pixels: int) -> None:
        """Be roomy (29) or dense (24)."""
        self.view.set_row_height(pixels)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self.frame.set_palette(palette)

    def show_newest(self) -> None:
        """Order by time, and go to the newest row."""
        self._set_order(_BY_TIME)
        self.browser.go_to_top()

    def query(self) -> TableQuery:
        """What is shown: table, range, filters, order."""
        filters = tuple(each for each in (self._page_filter, self.frame.filter_box.filter) if each)
        return TableQuery(self.key, self._span, filters, self._order, self._zone)

    def visible_columns(self) -> tuple[Column, ...]:
        """The columns that are shown, from left to right."""
        return self.columns.visible

    def close(self) -> bool:
        """Remember what is to be remembered, and end the thread."""
        self._memory.keep_now()
        self._rest.stop()
        self.source.close()
        return super().close()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Look at once at what came in while it was hidden."""
        super().showEvent(event)
        self._rest.stop()
        self._clock.start()
        self._say_anew()
        self.browser.catch_up()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let go of the connection soon."""
        super().hideEvent(event)
        self._clock.stop()
        self.browser.doze()
        self._rest.start()

    def sort_by(self, place: int) -> None:
        """Order by a column; once more turns the order round, and a third time goes back to time."""
        greatest_first = self._table.columns[place].kind in _GREATEST_FIRST
        if self._order.column != self._order_of(place):
            self._sort(place, greatest_first)
        elif self._order.descending is greatest_first:
            self._sort(place, not greatest_first)
        else:
            self._set_order(_BY_TIME)

    def _connect_view(self) -> None:
        view, browser = self.view, self.browser
        view.top_asked.connect(browser.go_to_top)
        view.end_asked.connect(browser.go_to_end)
        view.details_asked.connect(self.frame.top_line.details.toggle)
        view.menu_asked.connect(self.menus.open_for_row)
        view.copy_asked.connect(lambda: self._copying.copy(self.picked.in_order(), Style.TEXT))
        view.resized.connect(lambda: self.columns.fit(view.viewport().width()))
        view.head.sort_asked.connect(self.sort_by)
        view.head.menu_asked.connect(self.menus.open_for_head)
        self.picked.current_changed.connect(self._show_record)
        self.model.rowsInserted.connect(self._note_values)
        browser.changed.connect(self._state.say)
        browser.unsortable.connect(self._keep_order)

    def _connect_parts(self) -> None:
        frame = self.frame
        frame.filter_box.filter_changed.connect(self._filter)
        frame.top_line.pill.clicked.connect(self.browser.go_to_top)
        frame.top_line.columns.clicked.connect(lambda: self.menus.open_for_columns(frame.top_line.columns))
        frame.top_line.details.toggled.connect(self._toggle_details)
        frame.bar.jump_asked.connect(self.browser.jump)
        frame.bar.place_asked.connect(lambda share: self.source.ask(Name(self.query(), share)))
        frame.state.stop_requested.connect(self.browser.stop)
        frame.empty.button.clicked.connect(self._take_way_out)
        frame.details.close_requested.connect(self._leave_details)
        self.source.answered.connect(self._take)
        self._rest.timeout.connect(self.source.rest)
        self._clock.timeout.connect(self._say_anew)

    def _show(self) -> None:
        self.frame.say_note("")
        query = self.query()
        self._state.filtered, self._state.ranged = bool(query.filters), query.span is not None
        self.browser.show(query if self._has_location else None)

    def _filter(self, chosen: Filter) -> None:
        self.picked.clear()
        self._show()
        self.filter_changed.emit(chosen)

    def _sort(self, place: int, descending: bool) -> None:
        self._set_order(Order(self._order_of(place), descending))

    def _order_of(self, place: int) -> str:
        """The first column is that of time, in every table."""
        return TIME_ORDER if place == 0 else self._table.columns[place].key

    def _set_order(self, order: Order) -> None:
        if order != self._order:
            self._good_order, self._order = self._order, order
            self._show_order()
            self._show()

    def _keep_order(self, reason: str) -> None:
        """Say why the order is not to be had, and go back to the one before."""
        self._set_order(self._good_order)
        self.frame.say_note(reason)

    def _show_order(self) -> None:
        place = self._table.columns.index(self._table.column(self._order.column))
        self.view.head.set_order(place, self._order.descending)

    def _say_anew(self) -> None:
        """Another day has begun, or prompts are hidden, or shown, from now on."""
        masked = self._masking is not None and self._masking.masked
        wording = Wording(self._zone, datetime.now(self._zone).date(), masked, direct=self.key == "commands")
        self.model.set_wording(wording)
        self.frame.details.set_wording(wording)

    def _note_values(self, _parent: object, first: int, last: int) -> None:
        self._values.note(row.record for row in self.model.rows[first : last + 1])
        self.frame.filter_box.set_known(self._values.known())

    def _toggle_details(self, shown: bool) -> None:
        self.frame.details.setVisible(shown)
        self._show_record(self.picked.current)

    def _show_details(self) -> None:
        self.frame.top_line.details.setChecked(True)

    def _leave_details(self) -> None:
        self.frame.top_line.details.setChecked(False)
        self.view.setFocus()

    def _show_record(self, record: Record | None) -> None:
        """Show what is in memory of a record at once; all of it follows."""
        details = self.frame.details
        if not self.frame.top_line.details.isChecked():
            return
        if record is None:
            details.show_nothing()
            return
        details.show_record(record)
        self.source.ask(Whole(_DETAILS, self.key, (record.id,)))

    def _take(self, answer: Answer) -> None:
        if isinstance(answer, Named):
            self.frame.bar.name_place(answer.share, bubble_words(answer.moment, self._zone))
        elif isinstance(answer, Records) and answer.number == _DETAILS and self.picked.current is not None:
            found = {record.id: record for record in answer.records}
            if answer.ids != (self.picked.current.id,):
                return
            if self.picked.current.id in found:
                self.frame.details.show_record(found[self.picked.current.id])
            else:
                self.frame.details.show_gone()

    def _take_way_out(self) -> None:
        if self.browser.stopped:
            self.browser.resume()
        else:
            self.frame.filter_box.set_text("")
            self.first_focus.setFocus()
