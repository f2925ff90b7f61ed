"""What can be done with a cell, its row and its column, as menus for mouse and keyboard alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from core.filters import DIRECT_MESSAGES, FAILED, SUCCEEDED, Field, Term
from core.tables.definitions import Column, Kind
from core.tables.filter_language.wording import chip
from gui.tables.records.column_layout import STEP, ColumnLayout

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
    action = menu.addAction(escaped(words) + (f"\t{shortcut}" if shortcut else ""))
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
        words = f"{'Only rows' if is_limit else 'Filter by'} {chip(term, zone)}"
        add(menu, words, lambda term=term: choose(term))  # type: ignore[misc]
        if not is_limit:
            excluded = Term(term.field, term.value, excluded=True)
            add(menu, f"Exclude {chip(term, zone)}", lambda term=excluded: choose(term))  # type: ignore[misc]
    if terms:
        menu.addSeparator()


def fill_column_menu(
    menu: QMenu, place: int, columns: tuple[Column, ...], layout: ColumnLayout,
    sort: Callable[[int, bool], object], fit: Callable[[int], object],
) -> None:  # fmt: skip
    """Add what can be done with one column."""
    column = columns[place]
    add(menu, "Sort, greatest or latest first", lambda: sort(place, True))
    add(menu, "Sort, least or earliest first", lambda: sort(place, False))
    menu.addSeparator()
    add(menu, "Move to the left", lambda: layout.move(place, -1))
    add(menu, "Move to the right", lambda: layout.move(place, 1))
    add(menu, "Wider", lambda: layout.widen(place, STEP))
    add(menu, "Narrower", lambda: layout.widen(place, -STEP))
    add(menu, "As wide as its contents", lambda: fit(place))
    hide = add(menu, f"Hide {column.title}", lambda: layout.show(place, False))
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
    add(menu, "Reset columns", layout.reset)


def fresh_menu(parent: QWidget) -> QMenu:
    """A menu that goes once it is closed."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu
