"""The table of a page: filter box, rows, position bar, state line and details, wired together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from core.filter_language import Known
from core.filters import EVERYTHING, Filter
from core.location import Location
from core.periods import TimeRange
from core.tables import TABLES, Column, Order, Record, TableQuery
from gui.masking import Masking
from gui.tables import row_menu, words
from gui.tables.browser import Browser
from gui.tables.cells import Wording
from gui.tables.column_layout import ColumnLayout
from gui.tables.copying import Copying
from gui.tables.frame import TableFrame
from gui.tables.known import Values
from gui.tables.picked import Picked
from gui.tables.record_model import RecordModel
from gui.tables.record_view import RecordView
from gui.tables.row_source import RowSource
from gui.tables.table_memory import Memory, NoMemory, TableMemory
from gui.tables.wishes import Answer, Name, Named, Records, Share, Whole
from resources import Palette

REST_SECONDS: Final = 5
"""So long after it was hidden a table lets go of its connection."""

_TIME: Final = Order()


class RecordTable(QWidget):
    """Shows the rows of one table that the range, the page's filter and the filter box leave in.

    Attributes:
        key: the table's, in ``core.tables``.
        first_focus: what takes the keys first: the filter box.
        view, model, browser, details, filter_box, bar, state: the parts, for tests and for the window's menus.

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
        self._order, self._good_order = _TIME, _TIME
        self._masking: Masking | None = None
        self._has_location = False
        self._record_number = 0
        self.source = RowSource(self)
        self.model = RecordModel(self._table.columns, self)
        self.view = RecordView(self.model)
        self.columns = ColumnLayout(self._table.columns, self._table.default, self.view.head)
        self.picked = Picked(self.view, self.model)
        self.browser = Browser(self.source, self.view, self.model, self.picked)
        self.frame = TableFrame(self._table, zone, self.view, self)
        self.filter_box, self.bar, self.details = self.frame.filter_box, self.frame.bar, self.frame.details
        self.state, self.empty = self.frame.state, self.frame.empty
        self.first_focus: QWidget = self.filter_box.edit
        self._copying = Copying(self.source, self._table, self)
        self._values = Values(self._table.columns)
        self._memory = TableMemory(table_key, self.columns, self.frame)
        self._rest = QTimer(self, singleShot=True, interval=REST_SECONDS * 1000)
        self._clock = QTimer(self, interval=30_000)
        self._connect()
        self._say_anew()
        self.view.head.set_order(self._place_of(_TIME.column), _TIME.descending)

    @property
    def filter_text(self) -> str:
        """What is typed into the filter box."""
        return self.filter_box.text

    def set_filter_text(self, text: str) -> None:
        """Put a text into the filter box, and show what it leaves in."""
        self.filter_box.set_text(text)

    def set_known(self, known: Known) -> None:
        """Offer these values in the filter box, beside those of the rows that were seen."""
        self._values.set_outside(known)
        self.filter_box.set_known(self._values.known())

    def set_location(self, location: Location | None) -> None:
        """Show the rows of another database, or of none."""
        self._has_location = location is not None
        self.picked.forget()
        self.source.open(location)
        self._show()

    def set_scope(self, span: TimeRange | None, page_filter: Filter) -> None:
        """Show what the page shows: a range (its end may be infinite; None is all), and the page's own filter."""
        if (span, page_filter) != (self._span, self._page_filter):
            self._span, self._page_filter = span, page_filter
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

    def set_row_height(self, pixels: int) -> None:
        """Be roomy (29) or dense (24)."""
        self.view.set_row_height(pixels)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self.frame.set_palette(palette)

    def query(self) -> TableQuery:
        """What is shown: table, range, filters, order."""
        filters = tuple(each for each in (self._page_filter, self.filter_box.filter) if each)
        return TableQuery(self.key, self._span, filters, self._order)

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
        self.browser.follow(None)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let go of the connection soon."""
        super().hideEvent(event)
        self._clock.stop()
        self._rest.start()

    def sort_by(self, place: int) -> None:
        """Order by a column; once more turns the order round, and a third time goes back to time."""
        column = self._table.columns[place]
        first_descending = column.kind not in _WORDY
        if self._order.column != column.key:
            self._sort(place, first_descending)
        elif self._order.descending is first_descending:
            self._sort(place, not first_descending)
        else:
            self._sort(self._place_of(_TIME.column), _TIME.descending)
