"""A click on a mark filters the page; how long the filter lasts, and how it goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from gui.pages.board import Board
from gui.window.main_window import MainWindow
from tests.gui.boards import (
    act,
    bar_names,
    chips,
    click,
    click_bar,
    entry,
    figure_place,
    figures,
    open_on,
    over_time,
    rows_in,
    settle,
)
from tests.gui.windows import press, tab, watch


def filtered_by_bar(qtbot: QtBot, window: MainWindow, path: Path, row: int = 1) -> tuple[Board, str]:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = board.plots["by_command"]
    name = bar_names(plot)[row]
    act(qtbot, window, lambda: click_bar(qtbot, plot, row), chosen=Filter.of(command=name))
    return board, name


def test_a_click_on_a_bar_filters_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    plot = board.plots["by_command"]
    name, count = bar_names(plot)[1], snapshot.content.charts["by_command"].bars[1].value
    everything = figures(board)
    after = act(qtbot, window, lambda: click_bar(qtbot, plot, 1), chosen=Filter.of(command=name))
    assert chips(window) == [f"command {name}"]
    assert figures(board)["Commands"] == f"{count:,.0f} in 24 h"
    assert figures(board)["Distinct commands"] == "1"
    assert bar_names(plot) == [name]
    assert sum(sum(series.values) for series in after.content.charts["over_time"].series) == count
    assert rows_in(board.table) == count
    act(qtbot, window, lambda: click(qtbot, window.live.strip.chips[0]), chosen=EVERYTHING)
    assert (chips(window), figures(board)) == ([], everything)


def test_a_bar_filters_and_a_chip_goes_by_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    view = board.plots["by_command"].view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    act(qtbot, window, lambda: QTest.keyClick(view, Qt.Key.Key_Return))
    assert len(chips(window)) == 1
    for _ in range(60):
        if tab(window) is window.live.strip.chips[0]:
            break
    act(qtbot, window, lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete), chosen=EVERYTHING)
    assert chips(window) == []
    assert QApplication.focusWidget() is not None and QApplication.focusWidget().isVisible()


@pytest.mark.slow
def test_the_filter_is_cleared_from_strip_and_menu(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, name = filtered_by_bar(qtbot, window, path)
    act(qtbot, window, lambda: click(qtbot, window.live.strip.clear), chosen=EVERYTHING)
    act(qtbot, window, lambda: click_bar(qtbot, board.plots["by_command"], 1), chosen=Filter.of(command=name))
    act(qtbot, window, lambda: press(window, "Ctrl+Shift+F"), chosen=EVERYTHING)
    assert chips(window) == []


def test_a_legend_filters_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chip = next(each for each in over_time(board).legend if each.series_name == "failed")
    series = {each.name: each.values for each in snapshot.content.charts["over_time"].series}
    failures = sum(series["failed"])
    act(qtbot, window, entry(chip.menu(), "Filter the page by this").trigger, chosen=Filter.of(outcome="failed"))
    assert chips(window) == ["failed"]
    assert figures(board)["Commands"] == f"{failures:,.0f} in 24 h"
    assert figures(board)["Failed"] == f"{failures:,.0f} 100.0 %"
    assert rows_in(board.table) == failures


@pytest.mark.slow
def test_the_filter_survives_turning_to_other_pages_and_ends_with_the_database(
    qtbot: QtBot, window: MainWindow, path: Path, database: Path
) -> None:
    _, name = filtered_by_bar(qtbot, window, path)
    for key in ("users", "commands"):
        snapshot = act(qtbot, window, lambda key=key: click(qtbot, window.live.rail.button(key)), page=key)
        assert snapshot.chosen == Filter.of(command=name)
        assert chips(window) == [f"command {name}"]
    watch(qtbot, window, database)
    board = window.live.pages["commands"]
    assert isinstance(board, Board)
    assert (chips(window), figures(board)["Commands"]) == ([], "300 in 24 h")
    settle(qtbot, board.table)
    assert rows_in(board.table) == 300


def test_the_filter_box_belongs_to_the_database_too(
    qtbot: QtBot, window: MainWindow, path: Path, database: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    click(qtbot, figure_place(board, "Failed"))
    assert board.table.frame.filter_box.text == "failed"
    watch(qtbot, window, database)
    settle(qtbot, board.table)
    assert (board.table.frame.filter_box.text, rows_in(board.table)) == ("", 300)
