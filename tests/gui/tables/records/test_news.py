"""What a table says of rows that came in while it is in another order, and of how many there are."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from core.manager import AnalyticsManager
from core.time_ranges import TimeRange
from gui.tables.records.table import TablePanel
from tests.core import deployed
from tests.gui.record_tables import follow
from tests.gui.table_windows import (
    alter,
    cell,
    column,
    ids,
    last_id,
    open_table,
    settle,
)


def test_rows_that_came_in_another_order_are_read_on_request(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.sort_by(column(table, "duration"))
    settle(qtbot, table)
    alter(
        many,
        "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success)"
        " VALUES ('slow', '1', 1790000000, 999, 1)",
    )
    follow(qtbot, table, many)
    pill = table.frame.top_line.pill
    assert pill.isVisible()
    assert cell(table, 0, "command") != "slow"
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert cell(table, 0, "command") == "slow"
    assert not pill.isVisible()


def test_rows_that_the_range_or_the_filter_leaves_out_are_no_news_in_another_order(
    table: TablePanel, many: Path, qtbot: QtBot
) -> None:
    pill, now = table.frame.top_line.pill, time.time()
    table.sort_by(column(table, "duration"))
    table.set_scope(TimeRange(now - 7_200, now - 3_600), EVERYTHING)
    settle(qtbot, table)
    deployed.Bot(many).track_command("comfy")
    follow(qtbot, table, many)
    assert not pill.isVisible()
    table.set_scope(TimeRange(now - 7_200, float("inf")), Filter.of(command="video"))
    table.frame.filter_box.set_text("user:77")
    settle(qtbot, table)
    for name, user, is_news in (("video", "1", False), ("comfy", "77", False), ("video", "77", True)):
        deployed.Bot(many).track_command(name, user)
        follow(qtbot, table, many)
        assert pill.isVisible() is is_news
    found = len(ids(table))
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert len(ids(table)) == found + 1 and not pill.isVisible()
    follow(qtbot, table, many)
    assert not pill.isVisible()


def test_a_reset_is_seen_in_another_order_too(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.sort_by(column(table, "duration"))
    settle(qtbot, table)
    deployed.Bot(many).reset()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: table.frame.is_empty and not ids(table))
    assert not table.frame.top_line.pill.isVisible()


def test_a_lock_in_the_way_of_news_passes(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.sort_by(column(table, "duration"))
    settle(qtbot, table)
    deployed.Bot(many).track_command("comfy")
    known = last_id(many)
    with closing(sqlite3.connect(many, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        table.follow(known)
        settle(qtbot, table)
        assert not table.frame.top_line.pill.isVisible() and table.browser.fault is None
        holder.execute("ROLLBACK")
    follow(qtbot, table, many)
    assert table.frame.top_line.pill.isVisible()


def test_in_every_order_the_rows_that_match_are_counted_among_those_of_the_range(
    table: TablePanel, qtbot: QtBot
) -> None:
    table.set_scope(TimeRange(time.time() - 12_005, float("inf")), EVERYTHING)
    table.frame.filter_box.set_text("failed command:comfy")
    settle(qtbot, table)
    by_time = table.frame.state.text
    assert by_time.startswith(("60 rows match, of 1,2", "60 rows match, of 1,199"))
    for name in ("duration", "user"):
        table.sort_by(column(table, name))
        settle(qtbot, table)
        assert table.frame.state.text == by_time
    table.frame.filter_box.set_text("")
    settle(qtbot, table)
    assert table.frame.state.text in ("1,199 rows", "1,200 rows", "1,201 rows")


def test_days_that_match_are_counted_among_all(qtbot: QtBot, qapp: QApplication, many: Path) -> None:
    for day in ("2026-01-01", "2026-01-02", "2026-02-01"):
        deployed.Bot(many).daily(day)
    table = open_table(qtbot, qapp, "days", many)
    table.frame.filter_box.set_text("2026-01")
    settle(qtbot, table)
    assert table.frame.state.text == "2 rows match, of 3"
    table.frame.filter_box.set_text("2026-01-02")
    settle(qtbot, table)
    assert table.frame.state.text == "1 row matches, of 3"
    table.frame.filter_box.set_text("")
    settle(qtbot, table)
    assert table.frame.state.text == "3 rows"


def test_rows_that_were_deleted_are_no_longer_counted(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "ours.db"
    with AnalyticsManager(path) as manager:  # open all along: so the table keeps its connection, too
        for number in range(6_000):
            manager.track_command("comfy", number)
        assert manager.flush(20)
        table = open_table(qtbot, qapp, "commands", path)
        table.set_scope(TimeRange(time.time() - 3_600, float("inf")), EVERYTHING)
        settle(qtbot, table)
        assert table.frame.state.text == "6,000 rows"
        alter(path, "DELETE FROM command_usage WHERE id BETWEEN 5990 AND 5999")
        manager.track_command("late", 1)
        assert manager.flush(20)
        table.follow(last_id(path))
        qtbot.waitUntil(lambda: table.frame.state.text == "5,991 rows")
