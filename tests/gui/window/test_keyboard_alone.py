"""The window by keyboard alone: Tab leads through every page in reading order, to things that say what they are."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.pages.board import Board
from gui.pages.registry import PAGES
from gui.window.main_window import MainWindow
from tests.core.failure_files import failed, store
from tests.gui.boards import history, settle
from tests.gui.windows import shown_after
from tests.parameters import slow_after

MEANINGLESS = (QAccessible.Role.NoRole, QAccessible.Role.Client, QAccessible.Role.Border, QAccessible.Role.Pane)
KEYS = [page.entry.key for page in PAGES]


def spoken(widget: QWidget, text: QAccessible.Text) -> str:
    """What a screen reader says of a widget."""
    return QAccessible.queryAccessibleInterface(widget).text(text)


def round_trip(window: MainWindow) -> list[QWidget]:
    """Everything that Tab leads to, from the rail on, until it begins anew."""
    window.live.rail.button(window.live.page).setFocus()
    met: list[QWidget] = []
    while (focused := QApplication.focusWidget()) not in met:
        assert focused is not None
        met.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert len(met) < 200
    return met


def shown(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> QWidget:
    """A page with all that it shows."""
    window.live.show_page(key)
    shown_after(qtbot, window, lambda: window.watch(path), page=key, complete=True)
    page = window.live.pages[key]
    if isinstance(page, Board) and page.table is not None:
        settle(qtbot, page.table)
    return page


@pytest.mark.parametrize("key", slow_after(2, KEYS))
def test_tab_leads_to_what_is_seen_and_says_in_plain_words_what_it_is(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    page = shown(qtbot, window, history(tmp_path), key)
    met = round_trip(window)
    assert any(page.isAncestorOf(widget) for widget in met)
    assert [type(widget).__name__ for widget in met if not widget.isVisible()] == []
    assert [type(widget).__name__ for widget in met if not spoken(widget, QAccessible.Text.Name)] == []
    roles = [QAccessible.queryAccessibleInterface(widget).role() for widget in met]
    assert [type(w).__name__ for w, role in zip(met, roles, strict=True) if role in MEANINGLESS] == []
    descriptions = [spoken(widget, QAccessible.Text.Description) for widget in met]
    assert [text for text in descriptions if "<" in text] == []


@pytest.mark.parametrize("key", slow_after(2, KEYS))
def test_tab_reaches_the_page_that_is_shown_and_not_another_in_the_rail(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    shown(qtbot, window, history(tmp_path), key)
    in_rail = [widget for widget in round_trip(window) if window.live.rail.isAncestorOf(widget)]
    assert in_rail == [window.live.rail.button(key)]


@pytest.mark.parametrize("key", slow_after(1, [page.entry.key for page in PAGES if page.table not in (None, "days")]))
def test_tab_goes_from_the_figures_to_the_charts_and_then_to_the_table(
    key: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = history(tmp_path)
    if key == "failures":
        store(path, [failed(time.time() - 60 * number) for number in range(1, 30)])
    board = shown(qtbot, window, path, key)
    assert isinstance(board, Board) and board.table is not None
    parts = (board.figures, board.sections, *board.charts, board.table)
    order = [part for widget in round_trip(window) for part in parts if part.isAncestorOf(widget) or part is widget]
    ranks = {board.figures: 0, board.sections: 1, board.table: 3}
    kinds = [ranks.get(part, 2) for part in order]
    assert kinds == sorted(kinds)
    assert {2, 3} <= set(kinds)


def test_the_chosen_section_is_reached_whoever_chose_it(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board = shown(qtbot, window, history(tmp_path), "images")
    assert isinstance(board, Board)
    shown_after(qtbot, window, lambda: board.sections.set_current(2), complete=True)
    reached = [widget for widget in round_trip(window) if board.sections.isAncestorOf(widget)]
    assert reached == [board.sections.buttons[2]]
    assert isinstance(reached[0], QAbstractButton) and reached[0].isChecked()
