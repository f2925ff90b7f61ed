"""Where the parts of a table stand: filter box above, rows with position bar and state line, details at the right."""

from __future__ import annotations

from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from core.tables.definitions import RecordTable
from gui.style.severity import Severity
from gui.tables.details.pane import DetailsPane
from gui.tables.filter.box import FilterBox
from gui.tables.records.scrollbar import PositionBar
from gui.tables.records.status_line import EmptyState, StateLine
from gui.tables.records.toolbar import TopLine
from gui.tables.records.view import RecordView
from gui.widgets.text import ElidedLabel, set_severity
from resources.design import Palette

_DETAILS_WIDTH: Final = 340


class TableFrame(QWidget):
    """Arranges the parts, and shows one of rows and emptiness.

    Attributes:
        filter_box, top_line, view, bar, state, empty, details: the parts.
        splitter: divides rows and details.
        note: why the order that was asked for is not to be had; hidden while there is nothing to say.
    """

    def __init__(self, table: RecordTable, zone: ZoneInfo, view: RecordView, parent: QWidget) -> None:
        super().__init__(parent)
        self.view = view
        self.filter_box = FilterBox(zone, table)
        self.top_line = TopLine(self.filter_box.row, self)
        self.note = ElidedLabel()
        self.bar = PositionBar()
        self.state, self.empty = StateLine(), EmptyState()
        self.details = DetailsPane(table.columns)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._book = QStackedWidget()
        set_severity(self.note, Severity.WARN)
        self.note.setContentsMargins(8, 4, 8, 4)
        self.note.hide()
        self._arrange()
        self._order_focus()

    def _arrange(self) -> None:
        rows = QWidget()
        beside = QHBoxLayout(rows)
        beside.addWidget(self.view, 1)
        beside.addWidget(self.bar)
        self._book.addWidget(rows)
        self._book.addWidget(self.empty)
        left = QWidget()
        column = QVBoxLayout(left)
        column.addWidget(self.note)
        column.addWidget(self._book, 1)
        column.addWidget(self.state)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.details)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self.splitter.setSizes([3 * _DETAILS_WIDTH, _DETAILS_WIDTH])
        whole = QVBoxLayout(self)
        for layout in (beside, column, whole):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        whole.setSpacing(6)
        whole.addWidget(self.filter_box)
        whole.addWidget(self.splitter, 1)
        self.details.hide()

    def _order_focus(self) -> None:
        chain = (self.filter_box.edit, *self.filter_box.buttons, self.top_line.pill, self.top_line.columns)
        chain = (*chain, self.top_line.details, self.view, self.bar, self.empty.button, self.state.stop, self.details)
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    @property
    def is_empty(self) -> bool:
        """Whether words stand in the place of rows."""
        return self._book.currentWidget() is self.empty

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        for part in (self.filter_box, self.top_line, self.view, self.bar, self.state, self.details):
            part.set_palette(palette)

    def show_rows(self) -> None:
        """Show the rows."""
        self._book.setCurrentIndex(0)

    def show_empty(self, words: str, way_out: str = "") -> None:
        """Say why there are no rows; the keys stay where they were, if they can."""
        self.empty.say(words, way_out)
        self._book.setCurrentWidget(self.empty)

    def say_note(self, words: str) -> None:
        """Say something below the header; nothing takes it away."""
        self.note.set_text(words)
        self.note.setVisible(bool(words))
        self.view.setAccessibleDescription(words)
