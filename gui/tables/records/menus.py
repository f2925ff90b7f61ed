"""The menus of a table: of a cell and its row, of a column's head, and of all columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.export.clipboard import Style
from core.filters import DIRECT_MESSAGES, FAILED, SUCCEEDED, Field, Term
from core.models import USER_ID
from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column
from core.tables.filter_language.wording import chip
from core.text.formatting import within
from core.text.names import NAMES, NameKey
from core.text.translation import gettext as _
from gui.tables.records.clipboard import Copying
from gui.tables.records.column_layout import STEP, ColumnLayout
from gui.tables.records.model import RecordModel
from gui.tables.records.selection import Picked
from gui.tables.records.view import RecordView
from gui.widgets.parts import keys_shown

_MOST_TERMS = 12


def terms_of(column: Column, value: Any, *, direct: bool) -> Iterator[Term]:
    """The terms that choose rows with this value; ``direct``: no server means direct messages."""
    field = column.filter_by
    if column.kind is Kind.TIME and value is not None:
        yield from (Term(Field.AFTER, float(value)), Term(Field.BEFORE, float(value)))
    if field is None or (value is None and not (field is Field.GUILD and direct)):
        return
    if value is None:
        yield Term(field, DIRECT_MESSAGES)
    elif field is Field.OUTCOME:
        yield Term(field, SUCCEEDED if value else FAILED)
    elif isinstance(value, tuple | list):
        yield from (Term(field, str(name)) for name in value[:_MOST_TERMS])
    else:
        yield Term(field, f"{value:g}" if isinstance(value, float) else str(value))


def escaped(words: str) -> str:
    """Words for a menu, where an ampersand would mark a letter."""
    return words.replace("&", "&&")


def add(menu: QMenu, words: str, act: Callable[[], object], shortcut: str = "", *, enabled: bool = True) -> QAction:
    """Add an entry; ``shortcut`` only says which key does the same."""
    action = menu.addAction(escaped(words) + (f"\t{keys_shown(shortcut)}" if shortcut else ""))
    action.triggered.connect(lambda _checked=False: act())
    action.setEnabled(enabled)
    return action


def add_terms(
    menu: QMenu, column: Column, value: Any, zone: ZoneInfo, choose: Callable[[Term], object], *, direct: bool
) -> None:
    """Add "Filter by …" and "Exclude …" for a cell's value; a limit, "Only rows after …", has no opposite."""
    terms = list(terms_of(column, value, direct=direct))
    for term in terms:
        is_limit = isinstance(term.value, float)
        words = (_("Only rows {term}") if is_limit else _("Filter by {term}")).format(term=chip(term, zone))
        add(menu, words, lambda term=term: choose(term))  # type: ignore[misc]
        if not is_limit:
            excluded = Term(term.field, term.value, excluded=True)
            add(menu, _("Exclude {chip}").format(chip=chip(term, zone)), lambda term=excluded: choose(term))  # type: ignore[misc]
    if terms:
        menu.addSeparator()


def fill_column_menu(
    menu: QMenu, place: int, columns: tuple[Column, ...], layout: ColumnLayout,
    sort: Callable[[int, bool], object], fit: Callable[[int], object],
) -> None:  # fmt: skip
    """Add what can be done with one column."""
    column = columns[place]
    add(menu, _("Sort, greatest or latest first"), lambda: sort(place, True))
    add(menu, _("Sort, least or earliest first"), lambda: sort(place, False))
    menu.addSeparator()
    add(menu, _("Move to the left"), lambda: layout.move(place, -1))
    add(menu, _("Move to the right"), lambda: layout.move(place, 1))
    add(menu, _("Wider"), lambda: layout.widen(place, STEP))
    add(menu, _("Narrower"), lambda: layout.widen(place, -STEP))
    add(menu, _("As wide as its contents"), lambda: fit(place))
    hide = add(menu, _("Hide {title}").format(title=column.title), lambda: layout.show(place, False))
    hide.setEnabled(len(layout.visible) > 1)


def fill_columns_menu(menu: QMenu, columns: tuple[Column, ...], layout: ColumnLayout) -> None:
    """Add a tick for each column, and a way back to how it was."""
    for place, column in enumerate(columns):
        action = menu.addAction(escaped(column.title))
        action.setCheckable(True)
        action.setChecked(layout.is_shown(place))
        action.setEnabled(not layout.is_shown(place) or len(layout.visible) > 1)
        action.toggled.connect(lambda shown, place=place: layout.show(place, shown))
    menu.addSeparator()
    add(menu, _("Reset columns"), layout.reset)


def fresh_menu(parent: QWidget) -> QMenu:
    """A menu that goes once it is closed."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


_STYLES: Final = {Style.TEXT: _("Text"), Style.CSV: "CSV", Style.JSON: "JSON"}

_ENOUGH: Final = 200
"""Rows around what is seen that a column is fitted to."""


@dataclass(frozen=True, slots=True)
class DataActions:
    """What the menus can ask of the table."""

    choose: Callable[[Term], object]
    sort: Callable[[int, bool], object]
    show_details: Callable[[], object]
    export: Callable[[], object]
    name: Callable[[NameKey], object]
    forget: Callable[[str], object]


class TableMenus:
    """Makes and opens them.

    Attributes:
        opened: the menu that was opened last, or None.
        additions: what puts further entries into the menu of a row, after "Show details".
    """

    def __init__(
        self, view: RecordView, model: RecordModel, columns: ColumnLayout, picked: Picked, copying: Copying,
        zone: ZoneInfo, data_actions: DataActions,
    ) -> None:  # fmt: skip
        self._view, self._model, self._columns = view, model, columns
        self._picked, self._copying, self._zone, self._data_actions = picked, copying, zone, data_actions
        self.opened: QMenu | None = None
        self.additions: list[Callable[[QMenu], None]] = []

    def set_zone(self, zone: ZoneInfo) -> None:
        """Offer terms about times in another zone."""
        self._zone = zone

    def open_for_row(self, place: QPoint) -> None:
        """Open the menu of the current cell."""
        index = self._view.currentIndex()
        if not index.isValid():
            return
        row, number = self._model.rows[index.row()], index.column()
        column, menu = self._model.columns[number], fresh_menu(self._view)
        value, direct = row.record.values[number], self._model.wording.direct
        add_terms(menu, column, value, self._zone, self._data_actions.choose, direct=direct)
        if column.kind in ID_KINDS and value is not None and not NAMES.masked:
            key = str(column.kind), str(value)
            add(menu, _("Name this…"), lambda: self._data_actions.name(key))
            if column.kind is Kind.USER and USER_ID.fullmatch(key[1]):
                add(menu, _("Forget this user…"), lambda: self._data_actions.forget(key[1]))
            menu.addSeparator()
        copying = self._copying
        add(
            menu,
            _("Copy {in_a_sentence}").format(in_a_sentence=_in_a_sentence(column.title)),
            lambda: copying.copy_cell(row.record, column),
        )
        add(menu, _("Copy row"), lambda: copying.copy([row.record], Style.TEXT))
        add(menu, _("Copy id"), lambda: copying.copy_id(row.record))
        menu.addMenu(self._forms(menu))
        menu.addSeparator()
        add(menu, _("Show details"), self._data_actions.show_details, "Enter")
        for put_into in self.additions:
            put_into(menu)
        add(menu, _("Export table…"), self._data_actions.export)
        menu.addSeparator()
        menu.addMenu(self._column(menu, number))
        menu.addMenu(self._all_columns(menu))
        self._open(menu, place)

    def open_for_head(self, number: int, place: QPoint) -> None:
        """Open the menu of a column's head; -1 is where no column is."""
        menu = fresh_menu(self._view)
        if number >= 0:
            self._fill_column(menu, number)
            menu.addSeparator()
        fill_columns_menu(menu, self._model.columns, self._columns)
        self._open(menu, place)

    def open_for_columns(self, button: QWidget) -> None:
        """Open the menu of all columns below a button: each can be shown, moved, sized and sorted by."""
        menu = fresh_menu(self._view)
        fill_columns_menu(menu, self._model.columns, self._columns)
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
        menu = QMenu(
            _("Copy selected as") if len(records) < 2 else _("Copy {count} rows as").format(count=len(records)),
            parent,
        )
        for style, words in _STYLES.items():
            add(menu, words, lambda style=style: self._copying.copy(records, style))  # type: ignore[misc]
        return menu

    def _column(self, parent: QMenu, number: int) -> QMenu:
        menu = QMenu(escaped(_("Column “{title}”").format(title=self._model.columns[number].title)), parent)
        self._fill_column(menu, number)
        return menu

    def _all_columns(self, parent: QMenu) -> QMenu:
        menu = QMenu(_("Columns"), parent)
        fill_columns_menu(menu, self._model.columns, self._columns)
        return menu

    def _fill_column(self, menu: QMenu, number: int) -> None:
        fill_column_menu(menu, number, self._model.columns, self._columns, self._data_actions.sort, self.fit)

    def fit(self, number: int) -> None:
        """Make a column as wide as what is in the rows around the view."""
        top = max(self._view.top_row, 0)
        rows = self._model.rows[max(top - _ENOUGH, 0) : top + _ENOUGH]
        self._columns.fit_to_contents(
            number, [self._model.whole_id(row, number) or self._model.text(row, number) for row in rows]
        )


def _in_a_sentence(title: str) -> str:
    """A title with a small letter at its start, unless it is written in capitals of its own (LoRAs)."""
    return within(title) if title[1:].islower() else title
