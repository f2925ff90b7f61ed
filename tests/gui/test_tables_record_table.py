"""A table on a real file: paging, jumping, live rows, selection, faults, by mouse and by keys."""

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
from core.location import locate
from core.periods import TimeRange
from gui.tables.record_model import CAPACITY
from gui.tables.record_table import RecordTable
from tests.core import deployed
from tests.gui.table_windows import (
    alter,
    cell,
    click_cell,
    click_head,
    collecting_between,
    column,
    ids,
    last_id,
    open_table,
    place_of_top,
    press,
    seen,
    selected,
    settle,
)

ROWS = 4_000
Key = Qt.Key


collecting = pytest.fixture(autouse=True)(collecting_between)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of the deployed bot: 6000 commands ten seconds apart, every tenth failed, and 50 images."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=ROWS, images=50, step=10)
    return path


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication, many: Path) -> RecordTable:
    return open_table(qtbot, qapp, "commands", many)


def resets(table: RecordTable) -> list[bool]:
    kept: list[bool] = []
    table.model.modelReset.connect(lambda: kept.append(True))
    return kept


def follow(qtbot: QtBot, table: RecordTable, path: Path) -> None:
    table.follow(last_id(path))
    settle(qtbot, table)


def test_the_newest_rows_come_first(table: RecordTable) -> None:
    assert seen(table)[:3] == [ROWS, ROWS - 1, ROWS - 2]
    assert cell(table, 0, "command") == "stats"
    assert f"{ROWS:,}" in table.frame.state.text
    assert not table.frame.bar.value()


def test_page_down_leads_to_the_last_row_in_constant_memory(table: RecordTable, qtbot: QtBot) -> None:
    begun = resets(table)
    press(table, Key.Key_Down)
    path, most = [], 0
    for _ in range(ROWS):
        press(table, Key.Key_PageDown)
        settle(qtbot, table)
        path += [row for row in seen(table) if not path or row < path[-1]]
        most = max(most, len(ids(table)))
        if path[-1] == 1:
            break
    assert path == list(range(path[0], 0, -1))
    assert most <= CAPACITY
    assert not begun
    assert table.frame.bar.value() > 0.99 * table.frame.bar.maximum()


def test_and_page_up_leads_back(table: RecordTable, qtbot: QtBot) -> None:
    press(table, Key.Key_End)
    settle(qtbot, table)
    assert seen(table)[-1] == 1
    assert table.view.currentIndex().row() == len(ids(table)) - 1
    for _ in range(ROWS):
        press(table, Key.Key_PageUp)
        settle(qtbot, table)
        assert len(ids(table)) <= CAPACITY
        assert ids(table) == list(range(ids(table)[0], ids(table)[-1] - 1, -1))
        if seen(table)[0] == ROWS:
            break
    assert seen(table)[0] == ROWS


def test_home_and_end(table: RecordTable, qtbot: QtBot) -> None:
    press(table, Key.Key_End)
    settle(qtbot, table)
    assert ids(table)[-1] == 1
    assert table.view.rowViewportPosition(len(ids(table)) - 1) < table.view.viewport().height()
    press(table, Key.Key_Home)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS, 0)


def test_the_wheel_runs_through_pages_and_nothing_jumps(table: RecordTable, qtbot: QtBot) -> None:
    bar = table.view.verticalScrollBar()
    at = (table.view.row_height * ROWS) // 40
    tops = []
    for _ in range(120):
        bar.setValue(min(bar.value() + at // 12, bar.maximum()))
        before = place_of_top(table)
        settle(qtbot, table)
        assert place_of_top(table) == before
        tops.append(before[0])
    assert tops == sorted(tops, reverse=True)


def test_the_position_bar_jumps_anywhere_and_names_the_time(table: RecordTable, qtbot: QtBot) -> None:
    bar = table.frame.bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rect().center())
    settle(qtbot, table)
    assert seen(table)[0] == pytest.approx(ROWS / 2, abs=ROWS / 50)
    assert bar.value() == pytest.approx(bar.maximum() / 2, rel=0.03)
    qtbot.waitUntil(lambda: ids(table)[0] > seen(table)[0])  # rows above were read ahead
    qtbot.mouseMove(bar, bar.rect().center())
    qtbot.waitUntil(lambda: bar.bubble is not None and bar.bubble.isVisible())
    assert bar.bubble is not None
    moment = time.localtime(time.time() - ROWS / 2 * 10)
    assert str(moment.tm_year) in bar.bubble.words.text()


def test_a_drag_ends_where_it_ends(table: RecordTable, qtbot: QtBot) -> None:
    bar = table.frame.bar
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.rect().topLeft())
    for height in range(10, bar.height() - 20, 15):
        qtbot.mouseMove(bar, bar.rect().topLeft() + type(bar.rect().topLeft())(4, height))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=type(bar.rect().topLeft())(4, height))
    settle(qtbot, table)
    share = bar.value() / bar.maximum()
    assert seen(table)[0] == pytest.approx(ROWS * (1 - share), abs=ROWS / 20)


def test_the_last_screen_is_full_after_a_jump_to_its_end(table: RecordTable, qtbot: QtBot) -> None:
    bar = table.frame.bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rect().bottomLeft())
    qtbot.waitUntil(lambda: len(seen(table)) >= table.view.rows_seen - 1 and not table.browser.loading)
    assert seen(table)[-1] == 1


def test_new_rows_slide_in_at_the_top(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    begun = resets(table)
    deployed.Bot(many).track_command("redux", user="42")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: seen(table)[0] == ROWS + 1)
    assert place_of_top(table) == (ROWS + 1, 0)
    assert cell(table, 0, "command") == "redux"
    assert not table.frame.top_line.pill.isVisible()
    assert not begun


def test_new_rows_are_counted_while_the_view_is_elsewhere(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    table.view.verticalScrollBar().setValue(57 * table.view.row_height + 11)
    settle(qtbot, table)
    place = place_of_top(table)
    for number in range(1, 4):
        deployed.Bot(many).track_command()
        follow(qtbot, table, many)
        qtbot.waitUntil(lambda number=number: table.browser.unseen == number)
        assert place_of_top(table) == place
    pill = table.frame.top_line.pill
    assert pill.isVisible()
    assert pill.text() == "3 new"
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS + 3, 0)
    assert not pill.isVisible()


def test_far_from_the_top_new_rows_are_only_counted_and_home_leads_to_them(
    table: RecordTable, many: Path, qtbot: QtBot
) -> None:
    press(table, Key.Key_End)
    settle(qtbot, table)
    deployed.fill(many, commands=500)
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: table.browser.unseen == 500)
    assert max(ids(table)) < ROWS
    press(table, Key.Key_Home)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS + 500, 0)
    assert table.browser.unseen == 0


def test_a_selection_holds_the_view_and_escape_lets_go(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 2, "command", Qt.MouseButton.LeftButton)
    assert selected(table) == [ROWS - 2]
    deployed.Bot(many).track_command()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: table.browser.unseen == 1)
    assert place_of_top(table)[0] == ROWS
    assert selected(table) == [ROWS - 2]
    press(table, Key.Key_Escape)
    press(table, Key.Key_Home)
    assert selected(table) == []
    assert place_of_top(table) == (ROWS + 1, 0)


def test_a_selected_row_that_leaves_memory_is_selected_when_it_comes_back(table: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 2, "command", Qt.MouseButton.LeftButton)
    bar = table.view.verticalScrollBar()
    while ROWS - 2 in ids(table):
        bar.setValue(bar.maximum())
        settle(qtbot, table)
    assert selected(table) == []
    assert [record.id for record in table.picked.in_order()] == [ROWS - 2]
    while ROWS - 2 not in ids(table):
        bar.setValue(0)
        settle(qtbot, table)
    assert selected(table) == [ROWS - 2]


def test_a_new_selection_ends_that_of_rows_out_of_memory(table: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 2, "command", Qt.MouseButton.LeftButton)
    table.frame.bar.setFocus()
    table.frame.bar.triggerAction(table.frame.bar.SliderAction.SliderToMaximum)
    settle(qtbot, table)
    click_cell(qtbot, table, table.view.top_row + 3, "command", Qt.MouseButton.LeftButton)
    assert [record.id for record in table.picked.in_order()] == selected(table)
    assert len(selected(table)) == 1


def test_rows_that_vanish_are_taken_away(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    begun = resets(table)
    alter(many, f"DELETE FROM command_usage WHERE id IN ({ROWS - 1}, {ROWS - 4})")
    deployed.Bot(many).track_command()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: ROWS - 1 not in ids(table))
    assert seen(table)[:4] == [ROWS + 1, ROWS, ROWS - 2, ROWS - 3]
    assert ROWS - 4 not in ids(table)
    assert not begun


def test_a_reset_is_seen_and_what_comes_after_it(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    press(table, Key.Key_PageDown)
    deployed.Bot(many).reset()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: not ids(table) and table.frame.is_empty)
    assert "yet" in table.frame.empty.text
    deployed.Bot(many).track_command("redux")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: len(ids(table)) == 1)
    assert cell(table, 0, "command") == "redux"


def test_rows_of_before_a_reset_go_though_newer_ones_came_at_once(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    bot = deployed.Bot(many)
    bot.reset()
    bot.track_command("redux")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: len(ids(table)) == 1)
    assert cell(table, 0, "command") == "redux"


def test_the_range_and_the_page_filter_leave_rows_out(table: RecordTable, qtbot: QtBot) -> None:
    now = time.time()
    table.set_scope(TimeRange(now - 1_005, float("inf")), Filter.of(command="comfy"))
    settle(qtbot, table)
    assert 20 <= len(ids(table)) <= 30
    assert {cell(table, row, "command") for row in range(len(ids(table)))} == {"comfy"}
    assert table.query().span == TimeRange(now - 1_005, float("inf"))
    assert table.query().filters == (Filter.of(command="comfy"),)
    table.set_filter_text("failed")
    settle(qtbot, table)
    assert {cell(table, row, "outcome") for row in range(len(ids(table)))} == {"failed"}
    assert table.query().filters == (Filter.of(command="comfy"), Filter.of(outcome="failed"))


def test_each_emptiness_has_its_words(table: RecordTable, qtbot: QtBot, tmp_path: Path) -> None:
    table.set_filter_text("command:nosuch")
    settle(qtbot, table)
    assert "filter" in table.frame.empty.text
    qtbot.mouseClick(table.frame.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert table.filter_text == ""
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


def test_a_click_on_a_title_sorts_and_the_third_goes_back_to_time(table: RecordTable, qtbot: QtBot, many: Path) -> None:
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


def test_a_sorted_table_is_paged_to_its_end(table: RecordTable, qtbot: QtBot) -> None:
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


def test_a_locked_file_is_said_and_read_again(qtbot: QtBot, qapp: QApplication, many: Path, table: RecordTable) -> None:
    holder = sqlite3.connect(many, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    table.set_filter_text("failed")
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


def test_hidden_it_lets_go_of_the_file_and_shown_it_catches_up(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    table.hide()
    deployed.Bot(many).track_command()
    table.follow(last_id(many))
    assert seen(table)[0] == ROWS
    table.show()
    qtbot.waitUntil(lambda: seen(table)[0] == ROWS + 1)


def test_the_values_of_rows_are_offered_in_the_filter_box(table: RecordTable, qtbot: QtBot) -> None:
    table.set_filter_text("command:re")
    table.frame.filter_box.offer()
    assert "redux" in [choice.text for choice in table.frame.filter_box.choices.offered.choices]
    table.frame.filter_box.choices.close_list()


def test_the_filter_is_told(table: RecordTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.filter_changed) as caught:
        table.set_filter_text("failed")
    assert caught.args == [Filter((Term(Field.OUTCOME, "failed"),))]


def test_closing_ends_the_thread_and_may_be_done_twice(table: RecordTable) -> None:
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


def test_a_foreign_process_writes_deletes_and_resets_while_the_host_moves_about(
    table: RecordTable, many: Path, qtbot: QtBot
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
        return not table.browser.loading and ids(table)[:30] == left[:30]

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


def test_rows_that_came_in_another_order_are_read_on_request(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    table.sort_by(column(table, "duration"))
    settle(qtbot, table)
    alter(
        many,
        "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success)"
        " VALUES ('slow', '1', 1790000000, 999, 1)",
    )
    table.follow(last_id(many))
    pill = table.frame.top_line.pill
    assert pill.isVisible()
    assert cell(table, 0, "command") != "slow"
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert cell(table, 0, "command") == "slow"
    assert not pill.isVisible()


def test_a_search_can_be_stopped_and_gone_on_with(table: RecordTable, many: Path, qtbot: QtBot) -> None:
    table.set_filter_text("nosuchword")
    table.browser.stop()
    assert table.browser.stopped
    assert "stopped" in table.frame.empty.text
    qtbot.mouseClick(table.frame.empty.button, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert "match the filter" in table.frame.empty.text


def test_an_order_that_is_not_to_be_had_is_said_and_the_old_one_stays(
    table: RecordTable, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.paging.sorting.MOST_SORTED", 1_000)
    click_head(qtbot, table, "duration")
    qtbot.waitUntil(table.frame.note.isVisible)
    settle(qtbot, table)
    assert "too many to sort by duration" in table.frame.note.text()
    assert table.view.head.order == (column(table, "time"), True)
    assert seen(table)[0] == ROWS
    table.set_filter_text("failed")
    assert not table.frame.note.isVisible()
