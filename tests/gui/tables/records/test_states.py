"""What a table shows of a file that others alter, lock, filter and sort."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Field, Filter, Term
from core.storage.location import locate
from core.tasks import Progress
from core.time_ranges import TimeRange
from gui.tables.records.table import TablePanel
from tests.core import deployed
from tests.gui.record_tables import ROWS, Key, follow, resets
from tests.gui.table_windows import (
    alter,
    cell,
    click_head,
    column,
    ids,
    last_id,
    open_table,
    press,
    seen,
    settle,
)


def test_rows_that_vanish_are_taken_away(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    begun = resets(table)
    alter(many, f"DELETE FROM command_usage WHERE id IN ({ROWS - 1}, {ROWS - 4})")
    deployed.Bot(many).track_command()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: ROWS - 1 not in ids(table))
    assert seen(table)[:4] == [ROWS + 1, ROWS, ROWS - 2, ROWS - 3]
    assert ROWS - 4 not in ids(table)
    assert not begun


def test_a_reset_is_seen_and_what_comes_after_it(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    press(table, Key.Key_PageDown)
    deployed.Bot(many).reset()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: not ids(table) and table.frame.is_empty)
    assert "yet" in table.frame.empty.text
    deployed.Bot(many).track_command("redux")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: len(ids(table)) == 1)
    assert cell(table, 0, "command") == "redux"


def test_rows_of_before_a_reset_go_though_newer_ones_came_at_once(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    bot = deployed.Bot(many)
    bot.reset()
    bot.track_command("redux")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: len(ids(table)) == 1)
    assert cell(table, 0, "command") == "redux"


def test_rows_slide_into_a_table_that_was_emptied(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    deployed.Bot(many).reset()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: not ids(table))
    for number in (1, 2):
        deployed.Bot(many).track_command("redux")
        follow(qtbot, table, many)
        qtbot.waitUntil(lambda number=number: len(ids(table)) == number)
    assert not table.frame.top_line.pill.isVisible()


def test_the_range_and_the_page_filter_leave_rows_out(table: TablePanel, qtbot: QtBot) -> None:
    now = time.time()
    table.set_scope(TimeRange(now - 1_005, float("inf")), Filter.of(command="comfy"))
    settle(qtbot, table)
    assert 20 <= len(ids(table)) <= 30
    assert {cell(table, row, "command") for row in range(len(ids(table)))} == {"comfy"}
    assert table.query().span == TimeRange(now - 1_005, float("inf"))
    assert table.query().filters == (Filter.of(command="comfy"),)
    table.frame.filter_box.set_text("failed")
    settle(qtbot, table)
    assert {cell(table, row, "outcome") for row in range(len(ids(table)))} == {"failed"}
    assert table.query().filters == (Filter.of(command="comfy"), Filter.of(outcome="failed"))


def test_each_emptiness_has_its_words(table: TablePanel, qtbot: QtBot, tmp_path: Path) -> None:
    table.frame.filter_box.set_text("command:nosuch")
    settle(qtbot, table)
    assert "filter" in table.frame.empty.text
    qtbot.mouseClick(table.frame.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert table.frame.filter_box.text == ""
    assert not table.frame.is_empty
    table.set_scope(TimeRange(1_500_000_000, 1_500_000_100), EVERYTHING)
    settle(qtbot, table)
    assert "in this range" in table.frame.empty.text
    table.set_scope(None, EVERYTHING)
    table.set_location(locate(deployed.create(tmp_path / "empty.db")))
    settle(qtbot, table)
    assert "yet" in table.frame.empty.text
    table.set_location(None)
    assert "No database" in table.frame.empty.text


def test_a_click_on_a_title_sorts_and_the_third_goes_back_to_time(table: TablePanel, qtbot: QtBot, many: Path) -> None:
    alter(many, "UPDATE command_usage SET execution_time = id % 97")
    expected = [float(n) for n in sorted((n % 97 for n in range(1, ROWS + 1)), reverse=True)]
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    assert table.view.head.order == (column(table, "duration"), True)
    place = column(table, "duration")
    assert [row.record.values[place] for row in table.model.rows[:60]] == expected[:60]
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    assert [row.record.values[place] for row in table.model.rows[:60]] == expected[::-1][:60]
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    assert table.view.head.order == (column(table, "time"), True)
    assert seen(table)[0] == ROWS


def test_a_sorted_table_is_paged_to_its_end(table: TablePanel, qtbot: QtBot) -> None:
    click_head(qtbot, table, "user")
    settle(qtbot, table)
    press(table, Key.Key_End)
    settle(qtbot, table)
    press(table, Key.Key_PageUp)
    settle(qtbot, table)
    place = column(table, "user")
    users = [row.record.values[place] for row in table.model.rows]
    assert users == sorted(users)
    assert users[-1] == max(str(n % 300) for n in range(ROWS))


def test_a_locked_file_is_said_and_read_again(qtbot: QtBot, qapp: QApplication, many: Path, table: TablePanel) -> None:
    holder = sqlite3.connect(many, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    table.frame.filter_box.set_text("failed")
    qtbot.waitUntil(lambda: "locked" in table.frame.state.text, timeout=10_000)
    holder.execute("ROLLBACK")
    holder.close()
    qtbot.waitUntil(lambda: bool(ids(table)) and table.browser.fault is None, timeout=10_000)
    settle(qtbot, table)
    assert {cell(table, row, "outcome") for row in range(len(ids(table)))} == {"failed"}


def test_a_file_that_comes_later_is_read_then(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> None:
    path = tmp_path / "later.db"
    table = open_table(qtbot, qapp, "commands", None)
    table.set_location(locate(path))
    qtbot.waitUntil(lambda: table.browser.fault is not None)
    deployed.fill(deployed.create(path), commands=3)
    qtbot.waitUntil(lambda: len(ids(table)) == 3, timeout=10_000)


def test_hidden_it_lets_go_of_the_file_and_shown_it_catches_up(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.hide()
    deployed.Bot(many).track_command()
    table.follow(last_id(many))
    assert seen(table)[0] == ROWS
    table.show()
    qtbot.waitUntil(lambda: seen(table)[0] == ROWS + 1)


def test_the_values_of_rows_are_offered_in_the_filter_box(table: TablePanel, qtbot: QtBot) -> None:
    table.frame.filter_box.set_text("command:re")
    table.frame.filter_box.offer()
    assert "redux" in [choice.text for choice in table.frame.filter_box.choices.offered.choices]
    table.frame.filter_box.choices.close_list()


def test_the_filter_is_told(table: TablePanel, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.frame.filter_box.filter_changed) as caught:
        table.frame.filter_box.set_text("failed")
    assert caught.args == [Filter((Term(Field.OUTCOME, "failed"),))]


def test_closing_ends_the_thread_and_may_be_done_twice(table: TablePanel) -> None:
    table.close()
    table.close()


CHAOS = """
import random, sqlite3, sys, time
path, chance = sys.argv[1], random.Random(7)
insert = (
    "INSERT INTO command_usage (command_name, user_id, guild_id, channel_id, timestamp, execution_time, success)"
    " VALUES ('comfy', ?, '77', '5', ?, 1.5, 1)"
)
for number in range(60):
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(insert, [(str(number), time.time())] * chance.randrange(1, 30))
        if number % 7 == 3:
            connection.execute("DELETE FROM command_usage WHERE id % 5 = ?", (number % 5,))
        if number in (25, 45):
            connection.execute("DELETE FROM command_usage")
    connection.close()
    time.sleep(0.05)
"""


@pytest.mark.slow
def test_a_foreign_process_writes_deletes_and_resets_while_the_host_moves_about(
    table: TablePanel, many: Path, qtbot: QtBot
) -> None:
    bar = table.frame.bar
    keys = (Key.Key_PageDown, Key.Key_End, Key.Key_PageUp, Key.Key_Down, Key.Key_Home)
    with subprocess.Popen([sys.executable, "-c", CHAOS, str(many)]) as process:
        for number in range(10_000):
            press(table, keys[number % 5])
            if number % 4 == 0:
                bar.jump_asked.emit(number % 10 / 10)
            table.follow(last_id(many))
            qtbot.wait(5)
            shown = ids(table)
            assert shown == sorted(set(shown), reverse=True)
            if process.poll() is not None:
                break
    assert process.returncode == 0
    press(table, Key.Key_Home)
    left = sorted(_ids_stored(many), reverse=True)

    def caught_up() -> bool:
        table.follow(last_id(many))
        return not table.browser.requests.loading and ids(table)[:30] == left[:30]

    qtbot.waitUntil(caught_up, timeout=10_000)


def _ids_stored(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT id FROM command_usage")]


def test_a_small_table_is_moved_by_the_keys_of_its_position_bar(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    path = deployed.create(tmp_path / "small.db")
    deployed.fill(path, commands=40)
    table = open_table(qtbot, qapp, "commands", path)
    table.frame.bar.setFocus()
    for _ in range(3):
        QTest.keyClick(table.frame.bar, Key.Key_PageDown)
    bar = table.view.verticalScrollBar()
    assert bar.value() == pytest.approx(0.3 * bar.maximum(), abs=2)
    QTest.keyClick(table.frame.bar, Key.Key_End)
    assert seen(table)[-1] == 1


def test_filters_on_what_images_do_not_record_are_not_blamed_on_the_data(
    qtbot: QtBot, qapp: QApplication, many: Path
) -> None:
    table = open_table(qtbot, qapp, "images", many)
    box = table.frame.filter_box
    QTest.keyClicks(box.edit, "failed ")
    qtbot.waitUntil(lambda: table.frame.is_empty)
    assert box.problems == "“failed”: images can't be filtered by outcome, so it finds nothing"
    table.frame.filter_box.set_text("")
    settle(qtbot, table)
    table.set_scope(None, Filter.of(outcome="failed"))  # the page's own filter is for others too
    settle(qtbot, table)
    assert (table.frame.empty.text, box.problems) == ("The filter matches no images.", "")


def test_an_emptiness_is_said_in_whole_sentences(qtbot: QtBot, qapp: QApplication, many: Path) -> None:
    table = open_table(qtbot, qapp, "activity", many)
    assert table.frame.empty.text == "There is no activity in this database yet."
    table.set_scope(TimeRange(time.time() - 60, float("inf")), EVERYTHING)
    settle(qtbot, table)
    assert table.frame.empty.text == "No activity in this range."
    table.frame.filter_box.set_text("fox")
    settle(qtbot, table)
    assert table.frame.empty.text == "The filter matches no activity in this range."


def test_a_file_without_reasons_of_failures_does_not_say_that_nothing_failed(
    qtbot: QtBot, qapp: QApplication, many: Path
) -> None:
    table = open_table(qtbot, qapp, "failures", many)
    table.set_scope(TimeRange(time.time() - 60, float("inf")), Filter.of(user="1"))
    settle(qtbot, table)
    assert table.frame.empty.text.startswith("Reasons of failures are not recorded in this database.")
    assert "on the page Commands" in table.frame.empty.text


def test_a_search_can_be_stopped_and_gone_on_with(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.frame.filter_box.set_text("nosuchword")
    table.browser.stop()
    assert table.browser.stopped
    assert "stopped" in table.frame.empty.text
    qtbot.mouseClick(table.frame.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert table.frame.empty.text == "The filter matches no commands."


def test_the_first_rows_of_an_order_are_there_before_all_are_sorted(
    table: TablePanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 1_000)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", 1_000)
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    assert seen(table)[0] == ROWS
    counted(qtbot, table, f"{ROWS:,} rows")
    table.browser.go_to_end()
    settle(qtbot, table)
    assert ids(table)[-1] == 1, "the last of those that are alike"


def test_rows_stay_while_a_jump_waits_for_the_sorting_and_where_it_is_stopped(
    table: TablePanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 1_000)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", 1_000)
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    before = ids(table)
    table.browser.jump(0.5)
    table.browser.requests.sorting = Progress(0.25, "3,000 rows")  # what comes first
    table.browser.changed.emit()
    assert table.frame.state.text == "Sorting: 3,000 rows"
    assert ids(table) == before
    table.browser.stop()
    assert ids(table) == before
    assert table.query().order.column == "duration"
    table.browser.jump(0.5)
    settle(qtbot, table)
    assert seen(table)[0] == ROWS // 2


def counted(qtbot: QtBot, table: TablePanel, words: str) -> None:
    qtbot.waitUntil(lambda: table.frame.state.text == words, timeout=10_000)


def test_all_that_match_are_counted_though_not_all_are_read(table: TablePanel, qtbot: QtBot, many: Path) -> None:
    counted(qtbot, table, f"{ROWS:,} rows")
    table.frame.filter_box.set_text("failed")
    settle(qtbot, table)
    counted(qtbot, table, f"{len(ids(table))} shown · {ROWS // 10} match")
    deployed.Bot(many).track_command(success=False)
    deployed.Bot(many).track_command(success=True)
    follow(qtbot, table, many)
    counted(qtbot, table, f"{len(ids(table))} shown · {ROWS // 10 + 1} match")
    alter(many, "DELETE FROM command_usage WHERE success = 0 AND id < 1000")
    alter(many, f"DELETE FROM command_usage WHERE id = {ids(table)[1]}")
    table.browser.catch_up()
    left = ROWS // 10 + 1 - 100 - 1
    qtbot.waitUntil(lambda: f"· {left} match" in table.frame.state.text, timeout=10_000)


def test_rows_of_a_range_are_counted_in_another_order_too(table: TablePanel, qtbot: QtBot) -> None:
    now = time.time()
    table.set_scope(TimeRange(now - 2_000, float("inf")), EVERYTHING)
    settle(qtbot, table)
    qtbot.waitUntil(lambda: table.browser.matches is not None and table.browser.matches.whole)
    by_time = table.frame.state.text
    assert "About" not in by_time
    click_head(qtbot, table, "duration")
    settle(qtbot, table)
    assert table.frame.state.text == by_time
