"""The Servers page as a host meets it: the list, one server's own view and the way back, names, keys."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from gui.pages.board import Board
from gui.plots.bars.plot import BarChartPlot
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.core.server_files import ANNA, BEN, DAY, FOX, OWL, ran, store
from tests.gui.boards import (
    act,
    bar_figures,
    bar_names,
    chips,
    click_bar,
    figures,
    open_on,
    rows_in,
    says,
    settle,
    shown_chart,
    turn_to,
)
from tests.gui.windows import plain, press, words

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """FOX with six commands today, OWL with two, direct messages with one; the bot came to OWL half a day ago."""
    now = time.time()
    commands = [*ran(ANNA, FOX, now - 400 * DAY, 10), *ran(ANNA, FOX, now - 60, 5, failed=2), *ran(BEN, FOX, now - 70)]
    commands += [*ran(BEN, OWL, now - 50, 2), *ran(BEN, None, now - 40)]
    made = [(ANNA, FOX, "50", now - 30), (ANNA, None, None, now - 20)]
    path = store(tmp_path / "a.db", commands, made, [(OWL, "guild_join", now - DAY / 2)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO names VALUES ('guild', ?, 'Fox Den', NULL, 1)", (FOX,))
    return path


def servers(board: Board) -> BarChartPlot:
    plot = board.plots["servers"]
    assert isinstance(plot, BarChartPlot)
    return plot


def test_every_server_stands_in_the_list_with_its_numbers(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    assert bar_names(servers(board)) == ["Fox Den", OWL, "direct messages", "not recorded"]
    told = bar_figures(servers(board))
    assert told["Fox Den"][:2] == [FOX, "6"] and told["not recorded"][5] == "1"
    assert (figures(board)["Active servers"], words(figures(board)["Direct messages"])) == (
        "2 1 of them new",
        "11.1 % 1 command",
    )


def test_a_heading_sorts_the_list(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    servers(board).sort_by(5)  # users
    assert bar_names(servers(board))[0] == "Fox Den"
    servers(board).sort_by(5)
    assert bar_names(servers(board))[-2:] == ["Fox Den", "not recorded"]


def test_a_click_opens_a_servers_own_view_and_back_leads_out_of_it(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    chosen = Filter.of(guild=FOX)
    act(qtbot, window, lambda: click_bar(qtbot, servers(board), 0), chosen=chosen)
    assert chips(window) == ["server Fox Den"]
    shown = figures(board)
    assert (shown["Server"], shown["Commands"], shown["Images"], shown["Users"]) == ("Fox Den", "6 in 24 h", "1", "2")
    assert bar_names(servers(board)) == [ANNA, BEN]
    turn_to(qtbot, window, board, "Activity")
    assert bar_names(board.plots["dormant"]) == ["not recorded", "50"]  # type: ignore[arg-type]
    act(qtbot, window, lambda: press(window, "Alt+Left"), chosen=EVERYTHING)
    assert "Server" not in figures(board) and chips(window) == []


def test_by_keys_alone_a_server_is_chosen_and_its_rows_are_shown(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    view = servers(board).view
    assert QApplication.focusWidget() is view, "the page has no table: its first list has the keys"
    QTest.keyClick(view, Qt.Key.Key_Down)
    act(qtbot, window, lambda: QTest.keyClick(view, Qt.Key.Key_Return, SHIFT), page="commands")
    table = window.live.pages["commands"].table
    assert table is not None
    settle(qtbot, table)
    assert rows_in(table) == 2
    act(qtbot, window, lambda: press(window, "Alt+5"), page="servers")
    act(qtbot, window, lambda: QTest.keyClick(view, Qt.Key.Key_Return), chosen=Filter.of(guild=OWL))
    assert figures(board)["Joined"] != "—"


def test_names_of_servers_are_masked(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    press(window, "Ctrl+Shift+N")
    qtbot.waitUntil(lambda: "Fox Den" not in bar_names(servers(board)))
    assert not says(board, "Fox Den")
    press(window, "Ctrl+Shift+N")
    qtbot.waitUntil(lambda: "Fox Den" in bar_names(servers(board)))


def test_the_menu_of_a_server_filters_names_and_opens_rows(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "servers")
    plot = servers(board)
    plot.menu.open_menu(plot.view.visualRect(plot.view.model().index(0, 0)).center())
    menu = plot.menu.menu
    assert menu is not None
    entries = {plain(each.text()).partition("\t")[0]: each for each in menu.actions()}
    assert {"Show rows of Fox Den", "Filter the page by Fox Den", "Name this…", "Sort by users"} <= entries.keys()
    entries["Copy id"].trigger()
    assert QGuiApplication.clipboard().text() == FOX
    menu.close()


def test_a_deployed_file_says_what_is_not_recorded(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "deployed.db")
    deployed.fill(path, commands=40, images=10, start=time.time() - 4_000, step=60.0)
    board, _ = open_on(qtbot, window, path, "servers")
    assert "not recorded" in bar_names(servers(board))
    turn_to(qtbot, window, board, "Images and failures")
    assert shown_chart(window, "images").empty.startswith("These images are recorded without their server.")
