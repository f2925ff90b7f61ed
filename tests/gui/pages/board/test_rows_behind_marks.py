"""Buckets, bars and numbers open the rows that they count."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.tables.definitions import Order
from gui.window.main_window import MainWindow
from tests.gui.boards import (
    chips,
    click,
    click_bar,
    click_bucket,
    figure_place,
    figures,
    fullest,
    open_on,
    over_time,
    rows_in,
    settle,
)
from tests.gui.table_windows import column


def test_a_click_on_a_bucket_opens_its_rows(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chart = snapshot.content.charts["over_time"]
    name = chart.series[0].name
    bucket = fullest(chart, name)
    value = click_bucket(qtbot, over_time(board), chart, bucket, name)
    qtbot.waitUntil(lambda: board.table.frame.filter_box.text != "")
    settle(qtbot, board.table)
    text = board.table.frame.filter_box.text
    assert text.startswith(f"command:{name} succeeded after:") and " before:" in text
    assert rows_in(board.table) == value > 0
    assert QApplication.focusWidget() is board.table.first_focus
    assert chips(window) == [], "the page itself is not filtered"


def test_a_bucket_opens_by_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chart = snapshot.content.charts["over_time"]
    plot = over_time(board)
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Home)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Right)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Return)
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text.startswith("after:")
    total = sum(series.values[1] for series in chart.series)
    assert len(board.table.model.rows) == total


def test_a_bar_opens_its_rows_by_shift_and_double_click(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    bar = snapshot.content.charts["by_command"].bars[2]
    click_bar(qtbot, board.plots["by_command"], 2, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, board.table)
    assert (board.table.frame.filter_box.text, rows_in(board.table)) == (f"command:{bar.name}", bar.value)
    assert chips(window) == []


def test_a_number_opens_its_rows_by_mouse_and_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    click(qtbot, figure_place(board, "Failed"))
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text == "failed"
    assert f"{rows_in(board.table):,}" == figures(board)["Failed"].split()[0]
    figure_place(board, "Commands").setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text == ""
    assert rows_in(board.table) == int(figures(board)["Commands"].split()[0].replace(",", ""))


def test_rows_behind_a_number_come_newest_first_whatever_was_sorted_by(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    assert board.table is not None
    board.table.sort_by(column(board.table, "duration"))
    settle(qtbot, board.table)
    click(qtbot, figure_place(board, "Failed"))
    settle(qtbot, board.table)
    times = [row.record.values[0] for row in board.table.model.rows]
    assert board.table.query().order == Order()
    assert len(times) > 1
    assert times == sorted(times, reverse=True)
