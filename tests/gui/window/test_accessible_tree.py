"""Every page and dialog as a screen reader meets it: what takes the keys has a name and a role, once, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from core.time_ranges import TimeRange
from gui.dialogs.about import AboutDialog
from gui.dialogs.custom_range import CustomRangeDialog
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.pages.board import Board
from gui.pages.registry import PAGES
from gui.plots.shared.data_table_window import DataTableDialog
from gui.settings import Settings
from gui.style.accessibility import SWITCH
from gui.widgets.page_rail import PageTab
from gui.window import actions
from gui.window.main_window import MainWindow
from tests.gui.accessible import Thing, spoken, things
from tests.gui.boards import history, settle
from tests.gui.windows import BERLIN, press, shown_after
from tests.parameters import slow_after

__all__ = ["spoken"]

Role = QAccessible.Role
KEYS = [page.entry.key for page in PAGES]
MEANINGLESS = (Role.NoRole, Role.Client, Role.Border, Role.Pane, Role.LayeredPane)
IN_DATA_MENU = (actions.RESET, actions.RESTORE, actions.UNDO_RESET, actions.OPTIMISE, actions.CHECK)


def turned_to(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> QWidget:
    """A page with all that it shows."""
    window.live.show_page(key)
    shown_after(qtbot, window, lambda: window.watch(path), page=key, complete=True)
    page = window.live.pages[key]
    if isinstance(page, Board) and page.table is not None:
        settle(qtbot, page.table)
    return page


def shortcomings(found: list[Thing]) -> list[str]:
    """What takes the keys and has no name or no role, or cannot be told from another."""
    keys = [thing for thing in found if thing.focusable]
    poor = [f"no name: {thing}" for thing in keys if not thing.name.strip()]
    poor += [f"no role: {thing}" for thing in keys if thing.role in MEANINGLESS]
    poor += [f"markup: {thing}" for thing in found if "<" in thing.name + thing.description]
    buttons = Counter((thing.role, thing.name, thing.path) for thing in keys)
    return poor + [f"twice: {key[0].name} {key[1]!r}" for key, times in buttons.items() if times > 1]


def numbered_columns(root: QWidget) -> list[str]:
    """The views whose columns have numbers for names."""
    views = [view for view in root.findChildren(QAbstractItemView) if view.isVisible()]
    return [type(view).__name__ for view in views if not _named(view.model())]


def _named(model: QAbstractItemModel | None) -> bool:
    if model is None or isinstance(model, QAbstractListModel):
        return True
    columns = range(model.columnCount(QModelIndex()))
    titles = [model.headerData(place, Qt.Orientation.Horizontal) for place in columns]
    return not any(str(title).isdecimal() for title in titles)


@pytest.mark.parametrize("key", slow_after(3, KEYS))
def test_what_takes_the_keys_on_a_page_is_named_once(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    turned_to(qtbot, window, history(tmp_path), key)
    found = things(window)
    assert shortcomings(found) == []
    assert numbered_columns(window) == []
    assert sum(thing.focusable for thing in found) > 15


@pytest.mark.parametrize("key", slow_after(2, KEYS))
def test_one_of_several_is_a_radio_button_and_pages_are_tabs(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    turned_to(qtbot, window, history(tmp_path), key)
    found = things(window)
    tabs = [thing for thing in found if thing.role is Role.PageTab]
    assert [thing.name for thing in tabs if thing.chosen] == [next(p.entry.title for p in PAGES if p.entry.key == key)]
    assert len(tabs) == len(PAGES) and all(isinstance(thing.widget, PageTab) for thing in tabs)
    ranges = [thing for thing in found if thing.role is Role.RadioButton and "Time range" in "".join(thing.path)]
    assert [thing.name for thing in ranges if thing.chosen] == ["The last 24 h"]
    boxes = {type(thing.widget).__name__ for thing in found if thing.role is Role.CheckBox}
    assert boxes <= {"Chip", "QToolButton"}  # series of a legend, and the pane of details: each by itself on or off


@pytest.mark.parametrize("key", slow_after(1, [page.entry.key for page in PAGES if page.table not in (None, "days")]))
def test_a_page_is_read_from_its_figures_to_its_charts_to_its_table(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    board = turned_to(qtbot, window, history(tmp_path), key)
    assert isinstance(board, Board) and board.table is not None
    read = [thing.widget for thing in things(window) if thing.widget is not None]
    chart = next(plot for plot in board.charts if plot.isVisible())
    places = [read.index(part) for part in (board.figures, board.sections, chart, board.table) if part in read]
    assert places == sorted(places) and len(places) >= 3


def test_a_tile_is_read_once(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    turned_to(qtbot, window, history(tmp_path), "overview")
    found = things(window)
    (tile,) = (thing for thing in found if thing.name.startswith("Commands: "))
    assert "compared" in tile.name and "compared" not in tile.description
    assert [thing.name for thing in found if thing.path[-1:] == (f"Button {tile.name!r}",)] == []


def test_a_charts_buckets_are_named(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    turned_to(qtbot, window, history(tmp_path), "overview")
    names = [thing.name for thing in things(window) if thing.role is Role.Chart]
    assert "Commands, per 30 min" in [name.replace("\N{NO-BREAK SPACE}", " ") for name in names]


@pytest.mark.parametrize("spec", IN_DATA_MENU, ids=lambda spec: spec.key)
def test_what_takes_the_keys_in_a_dialog_of_the_data_menu_is_named_once(
    spec: actions.ActionSpec, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    turned_to(qtbot, window, history(tmp_path), "overview")
    window.actions_[spec].trigger()
    dialog = window.errands.data.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog and not dialog.looking.busy and not dialog.working)
    assert shortcomings(things(dialog)) == []
    assert numbered_columns(dialog) == []
    dialog.reject()


@pytest.mark.parametrize("spec", [actions.EXPORT_CHART, actions.EXPORT_TABLE], ids=lambda spec: spec.key)
def test_what_takes_the_keys_in_an_export_is_named_once(
    spec: actions.ActionSpec, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    turned_to(qtbot, window, history(tmp_path), "commands")
    window.actions_[spec].trigger()
    dialog = window.errands.exports.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    if spec is actions.EXPORT_TABLE:
        qtbot.waitUntil(lambda: not dialog.looking.busy)
    found = things(dialog)
    assert shortcomings(found) == []
    dialog.reject()


DIALOGS: dict[str, Callable[[MainWindow, Settings], QDialog]] = {
    "preferences": lambda window, memory: PreferencesDialog(memory, window),
    "about": lambda window, memory: AboutDialog(window),
    "shortcuts": lambda window, memory: ShortcutsDialog(window.menuBar(), window),
    "custom range": lambda window, memory: CustomRangeDialog(TimeRange(1.7e9, 1.7e9 + 86_400), BERLIN, window),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_what_takes_the_keys_in_a_dialog_is_named_once(
    name: str, qtbot: QtBot, window: MainWindow, memory: Settings
) -> None:
    dialog = DIALOGS[name](window, memory)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert shortcomings(things(dialog)) == []
    assert numbered_columns(dialog) == []


def test_a_preference_that_is_on_or_off_is_a_switch(qtbot: QtBot, window: MainWindow, memory: Settings) -> None:
    dialog = PreferencesDialog(memory, window)
    dialog.show()
    qtbot.waitExposed(dialog)
    switches = {thing.name: thing.chosen for thing in things(dialog) if thing.role is SWITCH}
    assert switches["Notify me of trouble"] is True
    assert switches["Start with prompts masked"] is False
    chosen = [thing.name for thing in things(dialog) if thing.role is Role.RadioButton and thing.chosen]
    assert "Theme: System" in chosen


def test_the_table_of_a_charts_numbers_is_named(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = turned_to(qtbot, window, history(tmp_path), "overview")
    page.setFocus()
    plot = window.live.current.charts[0]
    plot.setFocus()
    press(window, "T")
    dialog = plot.findChild(DataTableDialog) or window.findChild(DataTableDialog)
    assert dialog is not None
    qtbot.waitExposed(dialog)
    assert shortcomings(things(dialog)) == []
    assert numbered_columns(dialog) == []


def test_the_welcome_page_is_named(qtbot: QtBot, window: MainWindow) -> None:
    assert shortcomings(things(window)) == []
