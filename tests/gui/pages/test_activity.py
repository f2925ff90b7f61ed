"""The Activity page: what user_activity records as it comes, by action, and a search in its details."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import Filter
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import (
    act,
    bar_names,
    chips,
    click,
    click_bar,
    click_bucket,
    entry,
    figure_place,
    figures,
    fullest,
    newest_value,
    open_on,
    rows_in,
    settle,
)
from tests.gui.table_windows import column
from tests.gui.windows import do_beside, texts

INSERT = "INSERT INTO user_activity (user_id, guild_id, action_type, timestamp, details) VALUES (?, ?, ?, ?, ?)"

WRITE_ACTIVITY = f"""
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute({INSERT!r}, ("1", "77", "guild_join", time.time(), "a new server"))
connection.commit()
"""


def recorded(path: Path) -> Path:
    """Three starts of the bot and forty buttons, some of them with details."""
    deployed.create(path)
    now = time.time()
    rows = [("0", None, "bot_start", now - 5_000 - n, None) for n in range(3)]
    rows += [("1", "77", "upscale", now - 60 * n - 5, f"image {n}" if n % 4 == 0 else None) for n in range(40)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(INSERT, sorted(rows, key=lambda row: row[3]))
    return path


def test_activity_is_counted_by_action_over_time_and_in_bars(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, snapshot = open_on(qtbot, window, recorded(tmp_path / "a.db"), "activity")
    assert figures(board) == {"Events": "43 in 24 h", "Bot starts": "3"}
    chart = snapshot.content.charts["over_time"]
    assert {series.name: sum(series.values) for series in chart.series} == {"upscale": 40, "bot_start": 3}
    assert bar_names(board.plots["by_action"]) == ["upscale", "bot_start"]
    assert [column.title for column in board.table.columns.visible] == [
        "Time", "Action", "User", "Server", "Details",
    ]  # fmt: skip
    assert len(chart.markers) == 3, "starts of the bot are marked"


def test_the_stream_is_live(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.db")
    board, _ = open_on(qtbot, window, path, "activity")
    do_beside(qtbot, WRITE_ACTIVITY, path)
    qtbot.waitUntil(lambda: figures(board)["Events"] == "44 in 24 h")
    qtbot.waitUntil(lambda: newest_value(board.table, "action") == "guild_join")
    qtbot.waitUntil(lambda: "guild_join" in bar_names(board.plots["by_action"]))


def test_details_are_searched_by_plain_words(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, recorded(tmp_path / "a.db"), "activity")
    board.table.first_focus.setFocus()
    QTest.keyClicks(QApplication.focusWidget(), '"image 3"')
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "match" in board.table.frame.state.text and not board.table.browser.requests.loading)
    details = column(board.table, "details")
    found = {row.record.values[details] for row in board.table.model.rows}
    assert found == {"image 32", "image 36"}


def test_an_action_filters_the_page_by_bar_and_by_legend(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, recorded(tmp_path / "a.db"), "activity")
    starts = Filter.of(action="bot_start")
    act(qtbot, window, lambda: click_bar(qtbot, board.plots["by_action"], 1), chosen=starts)
    assert chips(window) == ["action bot_start"]
    assert (figures(board)["Events"], rows_in(board.table)) == ("3 in 24 h", 3)
    act(qtbot, window, lambda: click(qtbot, window.live.strip.chips[0]))
    chip = next(each for each in board.plots["over_time"].legend if each.series_name == "upscale")
    chosen = Filter.of(action="upscale")
    act(qtbot, window, entry(chip.menu(), "Filter the page by this").trigger, chosen=chosen)
    assert (chips(window), rows_in(board.table)) == (["action upscale"], 40)


def test_buckets_and_numbers_open_their_rows(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, snapshot = open_on(qtbot, window, recorded(tmp_path / "a.db"), "activity")
    chart = snapshot.content.charts["over_time"]
    value = click_bucket(qtbot, board.plots["over_time"], chart, fullest(chart, "upscale"), "upscale")
    qtbot.waitUntil(lambda: board.table.frame.filter_box.text != "")
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text.startswith("action:upscale after:")
    assert rows_in(board.table) == value > 1
    click(qtbot, figure_place(board, "Bot starts"))
    settle(qtbot, board.table)
    assert (board.table.frame.filter_box.text, rows_in(board.table)) == ("action:bot_start", 3)


def test_a_bot_that_records_no_activity_is_told_how(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, snapshot = open_on(qtbot, window, database, "activity")
    expected = (
        "This bot has never recorded any activity. With track_user_activity(…) it would: "
        "starts, servers joined and left, whatever its author finds worth knowing."
    )
    assert [chart.empty for chart in snapshot.content.charts.values()] == [expected, "No activity."]
    assert "No activity." in texts(board)
    assert figures(board) == {"Events": "0 in 24 h", "Bot starts": "— not recorded"}


def test_a_filter_for_what_activity_does_not_have_is_explained(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    open_on(qtbot, window, recorded(tmp_path / "a.db"), "activity")
    chosen = Filter.of(command="comfy")
    snapshot = act(qtbot, window, lambda: window.filter_by(chosen), chosen=chosen)
    assert snapshot.content.charts["over_time"].empty == (
        "Events are recorded without a command's name, so none match the filter."
    )
