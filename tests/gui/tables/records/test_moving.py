"""Moving through a table by keys, wheel and position bar, with rows coming in on top."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.tables.records.model import CAPACITY
from gui.tables.records.table import TablePanel
from tests.core import deployed
from tests.gui.record_tables import ROWS, Key, follow, resets
from tests.gui.table_windows import (
    cell,
    click_cell,
    ids,
    place_of_top,
    press,
    seen,
    selected,
    settle,
)


def test_the_newest_rows_come_first(table: TablePanel) -> None:
    assert seen(table)[:3] == [ROWS, ROWS - 1, ROWS - 2]
    assert cell(table, 0, "command") == "stats"
    assert f"{ROWS:,}" in table.frame.state.text
    assert not table.frame.bar.value()


@pytest.mark.slow
def test_page_down_leads_to_the_last_row_in_constant_memory(table: TablePanel, qtbot: QtBot) -> None:
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


@pytest.mark.slow
def test_and_page_up_leads_back(table: TablePanel, qtbot: QtBot) -> None:
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


def test_home_and_end(table: TablePanel, qtbot: QtBot) -> None:
    press(table, Key.Key_End)
    settle(qtbot, table)
    assert ids(table)[-1] == 1
    assert table.view.rowViewportPosition(len(ids(table)) - 1) < table.view.viewport().height()
    press(table, Key.Key_Home)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS, 0)


@pytest.mark.parametrize(("key", "there"), [(Key.Key_Home, ROWS), (Key.Key_End, 1)])
def test_home_and_end_outrun_a_jump_whose_rows_are_still_being_read(
    table: TablePanel, qtbot: QtBot, key: Qt.Key, there: int
) -> None:
    if key == Key.Key_End:
        press(table, key)
        settle(qtbot, table)
    table.frame.bar.jump_asked.emit(0.5)
    press(table, key)
    settle(qtbot, table)
    assert there in seen(table)


@pytest.mark.slow
def test_the_wheel_runs_through_pages_and_nothing_jumps(table: TablePanel, qtbot: QtBot) -> None:
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


def test_the_position_bar_jumps_anywhere_and_names_the_time(table: TablePanel, qtbot: QtBot) -> None:
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


def test_a_drag_ends_where_it_ends(table: TablePanel, qtbot: QtBot) -> None:
    bar = table.frame.bar
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=bar.rect().topLeft())
    for height in range(10, bar.height() - 20, 15):
        qtbot.mouseMove(bar, bar.rect().topLeft() + type(bar.rect().topLeft())(4, height))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=type(bar.rect().topLeft())(4, height))
    settle(qtbot, table)
    share = bar.value() / bar.maximum()
    assert seen(table)[0] == pytest.approx(ROWS * (1 - share), abs=ROWS / 20)


def test_the_last_screen_is_full_after_a_jump_to_its_end(table: TablePanel, qtbot: QtBot) -> None:
    bar = table.frame.bar
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.rect().bottomLeft())
    qtbot.waitUntil(lambda: len(seen(table)) >= table.view.rows_seen - 1 and not table.browser.requests.loading)
    assert seen(table)[-1] == 1


def test_new_rows_slide_in_at_the_top(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    begun = resets(table)
    deployed.Bot(many).track_command("redux", user="42")
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: seen(table)[0] == ROWS + 1)
    assert place_of_top(table) == (ROWS + 1, 0)
    assert cell(table, 0, "command") == "redux"
    assert not table.frame.top_line.pill.isVisible()
    assert not begun


def test_new_rows_are_counted_while_the_view_is_elsewhere(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    table.view.verticalScrollBar().setValue(57 * table.view.row_height + 11)
    settle(qtbot, table)
    place = place_of_top(table)
    for number in range(1, 4):
        deployed.Bot(many).track_command()
        follow(qtbot, table, many)
        qtbot.waitUntil(lambda number=number: table.browser.news.unseen == number)
        assert place_of_top(table) == place
    pill = table.frame.top_line.pill
    assert pill.isVisible()
    assert pill.text() == "3 new"
    qtbot.mouseClick(pill, Qt.MouseButton.LeftButton)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS + 3, 0)
    assert not pill.isVisible()


def test_far_from_the_top_new_rows_are_only_counted_and_home_leads_to_them(
    table: TablePanel, many: Path, qtbot: QtBot
) -> None:
    press(table, Key.Key_End)
    settle(qtbot, table)
    deployed.fill(many, commands=500)
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: table.browser.news.unseen == 500)
    assert max(ids(table)) < ROWS
    press(table, Key.Key_Home)
    settle(qtbot, table)
    assert place_of_top(table) == (ROWS + 500, 0)
    assert table.browser.news.unseen == 0


def test_a_selection_holds_the_view_and_escape_lets_go(table: TablePanel, many: Path, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 2, "command", Qt.MouseButton.LeftButton)
    assert selected(table) == [ROWS - 2]
    deployed.Bot(many).track_command()
    follow(qtbot, table, many)
    qtbot.waitUntil(lambda: table.browser.news.unseen == 1)
    assert place_of_top(table)[0] == ROWS
    assert selected(table) == [ROWS - 2]
    press(table, Key.Key_Escape)
    press(table, Key.Key_Home)
    assert selected(table) == []
    assert place_of_top(table) == (ROWS + 1, 0)


@pytest.mark.slow
def test_a_selected_row_that_leaves_memory_is_selected_when_it_comes_back(table: TablePanel, qtbot: QtBot) -> None:
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


def test_a_new_selection_ends_that_of_rows_out_of_memory(table: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 2, "command", Qt.MouseButton.LeftButton)
    table.frame.bar.setFocus()
    table.frame.bar.triggerAction(table.frame.bar.SliderAction.SliderToMaximum)
    settle(qtbot, table)
    click_cell(qtbot, table, table.view.top_row + 3, "command", Qt.MouseButton.LeftButton)
    assert [record.id for record in table.picked.in_order()] == selected(table)
    assert len(selected(table)) == 1
