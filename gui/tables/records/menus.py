"""The menus of a table: of a cell and its row, of a column's head, and of all columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QWidget

from core.export.clipboard import Style
from core.filters import Term
from gui.tables.records import row_menu
from gui.tables.records.clipboard import Copying
from gui.tables.records.column_layout import ColumnLayout
from gui.tables.records.model import RecordModel
from gui.tables.records.row_menu import add
from gui.tables.records.selection import Picked
from gui.tables.records.view import RecordView

_STYLES: Final = {Style.TEXT: "Text", Style.CSV: "CSV", Style.JSON: "JSON"}

_ENOUGH: Final = 200
"""Rows around what is seen that a column is fitted to."""


@dataclass(frozen=True, slots=True)
class DataActions:
    """What the menus can ask of the table."""

    choose: Callable[[Term], object]
    sort: Callable[[int, bool], object]
    show_details: Callable[[], object]
    export: Callable[[], object]


class TableMenus:
    """Makes and opens them.

    Attributes:
        opened: the menu that was opened last, or None.
    """

    def __init__(
        self, view: RecordView, model: RecordModel, columns: ColumnLayout, picked: Picked, copying: Copying,
        zone: ZoneInfo, data_actions: DataActions,
    ) -> None:  # fmt: skip
        self._view, self._model, self._columns = view, model, columns
        self._picked, self._copying, self._zone, self._data_actions = picked, copying, zone, data_actions
        self.opened: QMenu | None = None

    def set_zone(self, zone: ZoneInfo) -> None:
        """Offer terms about times in another zone."""
        self._zone = zone

    def open_for_row(self, place: QPoint) -> None:
        """Open the menu of the current cell."""
        index = self._view.currentIndex()
        if not index.isValid():
            return
        row, number = self._model.rows[index.row()], index.column()
        column, menu = self._model.columns[number], row_menu.fresh_menu(self._view)
        value, direct = row.record.values[number], self._model.wording.direct
        row_menu.add_terms(menu, column, value, self._zone, self._data_actions.choose, direct=direct)
        copying = self._copying
        add(menu, f"Copy {_in_a_sentence(column.title)}", lambda: copying.copy_cell(row.record, column))
        add(menu, "Copy row", lambda: copying.copy([row.record], Style.TEXT))
        add(menu, "Copy id", lambda: copying.copy_id(row.record))
        menu.addMenu(self._forms(menu))
        menu.addSeparator()
        add(menu, "Show details", self._data_actions.show_details, "Enter")
        add(menu, "Export table…", self._data_actions.export)
        menu.addSeparator()
        menu.addMenu(self._column(menu, number))
        menu.addMenu(self._all_columns(menu))
        self._open(menu, place)

    def open_for_head(self, number: int, place: QPoint) -> None:
        """Open the menu of a column's head; -1 is where no column is."""
        menu = row_menu.fresh_menu(self._view)
        if number >= 0:
            self._fill_column(menu, number)
            menu.addSeparator()
        row_menu.fill_columns_menu(menu, self._model.columns, self._columns)
        self._open(menu, place)

    def open_for_columns(self, button: QWidget) -> None:
        """Open the menu of all columns below a button: each can be shown, moved, sized and sorted by."""
        menu = row_menu.fresh_menu(self._view)
        row_menu.fill_columns_menu(menu, self._model.columns, self._columns)
        menu.addSeparator()
        for column in self._columns.visible:
            menu.addMenu(self._column(menu, self._model.columns.index(column)))
        self._open(menu, button.mapToGlobal(QPoint(0, button.height())))

    def _open(self, menu: QMenu, place: QPoint) -> None:
        self.opened = menu
        menu.destroyed.connect(self._forget)
        menu.popup(place)

    def _forget(self) -> None:
        self.opened = None

    def _forms(self, parent: QMenu) -> QMenu:
        records = self._picked.in_order()
        menu = QMenu("Copy selected as" if len(records) < 2 else f"Copy {len(records)} rows as", parent)
        for style, words in _STYLES.items():
            add(menu, words, lambda style=style: self._copying.copy(records, style))  # type: ignore[misc]
        return menu

    def _column(self, parent: QMenu, number: int) -> QMenu:
        menu = QMenu(row_menu.escaped(f"Column “{self._model.columns[number].title}”"), parent)
        self._fill_column(menu, number)
        return menu

    def _all_columns(self, parent: QMenu) -> QMenu:
        menu = QMenu("Columns", parent)
        row_menu.fill_columns_menu(menu, self._model.columns, self._columns)
        return menu

    def _fill_column(self, menu: QMenu, number: int) -> None:
        row_menu.fill_column_menu(menu, number, self._model.columns, self._columns, self._data_actions.sort, self.fit)

    def fit(self, number: int) -> None:
        """Make a column as wide as what is in the rows around the view."""
        top = max(self._view.top_row, 0)
        rows = self._model.rows[max(top - _ENOUGH, 0) : top + _ENOUGH]
        self._columns.fit_to_contents(number, [self._model.text(row, number) for row in rows])


def _in_a_sentence(title: str) -> str:
    """A title with a small letter at its start, unless it is written in capitals of its own (LoRAs)."""
    return title.lower() if title[1:].islower() else title
