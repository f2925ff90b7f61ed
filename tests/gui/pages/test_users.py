"""The Users page: who they are, when they come, who is new; and one user's own view."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from core.time_ranges import DAY
from gui.pages.board import Board
from gui.plots.heatmap.plot import HeatmapPlot
from gui.settings import Settings
from gui.tables.records.table import TablePanel
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import (
    LEFT,
    WRITE,
    act,
    bar_figures,
    bar_names,
    chips,
    click,
    click_bar,
    figure_place,
    figures,
    history,
    newest_value,
    open_on,
    rows_in,
    settle,
    shown_chart,
    turn_to,
)
from tests.gui.windows import do_beside, open_window, press, words
from tests.noon import NOON_ZONE

ANNA, BEN, NEW = "100000000000000001", "100000000000000002", "100000000000000003"


@pytest.fixture
def window(qtbot: QtBot, memory: Settings) -> MainWindow:
    """A window in whose zone no day ends now."""
    return open_window(qtbot, memory, NOON_ZONE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Anna and Ben came 40 days ago; today Anna ran six commands (two failed) and made two images, New ran one."""
    path = deployed.create(tmp_path / "a.db")
    now = time.time()
    commands = [("comfy", ANNA, now - 40 * DAY, 1), ("comfy", BEN, now - 40 * DAY, 1)]
    commands += [("comfy" if n else "stats", ANNA, now - 8 + n / 10, int(n > 1)) for n in range(6)]
    commands += [("comfy", NEW, now - 1, 1)]
    images = [(ANNA, "a fox", "16:9", '["fox.safetensors"]', now - 4 + n / 10, 20.0) for n in range(2)]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES (?, ?, ?, ?)", commands
        )
        connection.executemany(
            "INSERT INTO image_stats (user_id, prompt, resolution, loras, timestamp, generation_time)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            images,
        )
    return path


def day(seconds_ago: float) -> str:
    """A day as the page names it, in the window's time zone."""
    moment, now = datetime.fromtimestamp(time.time() - seconds_ago, NOON_ZONE), datetime.now(NOON_ZONE)
    return f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment:%b} {moment.year}"


def leaders(board: Board) -> dict[str, list[str]]:
    """The leaderboard's numbers by user."""
    return bar_figures(board.plots["leaders"])


def test_the_leaderboard_has_all_that_is_asked_for_and_room_for_it(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, path, "users")
    chart = snapshot.content.charts["leaders"]
    assert [(bar.name, bar.value, bar.part) for bar in chart.bars] == [(ANNA, 8, 2), (NEW, 1, 0)]
    told = {bar.name: [words(text) for text in bar.figures] for bar in chart.bars}
    assert told[ANNA] == ["6", "2", "2", day(40 * DAY), day(0)]
    qtbot.waitUntil(
        lambda: board.plots["leaders"].headings == ("in all", "commands", "images", "failed", "first seen", "last seen")
    )
    assert figures(board) == {
        "Active users": "2 1 of them new",
        "Commands": "7 in 24 h",
        "Failed": "2 28.6 %",
        "Images": "2",
    }


def test_a_click_on_a_user_shows_that_users_own_view(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    chosen = Filter.of(user=ANNA)
    snapshot = act(qtbot, window, lambda: click_bar(qtbot, board.plots["leaders"], 0), chosen=chosen)
    assert chips(window) == ["user …0001"]
    shown = figures(board)
    assert (shown["User"], shown["First seen"], shown["Last seen"]) == (ANNA, day(40 * DAY), day(0))
    assert (shown["Commands"], shown["Failed"], shown["Images"]) == ("6 in 24 h", "2 33.3 %", "2")
    timeline = snapshot.content.charts["over_time"]
    assert {series.name: sum(series.values) for series in timeline.series} == {
        "commands": 4, "images": 2, "failed": 2,
    }  # fmt: skip
    assert [(bar.name, bar.value, bar.part) for bar in snapshot.content.charts["leaders"].bars] == [
        ("comfy", 5, 1), ("stats", 1, 1),
    ]  # fmt: skip
    snapshot = turn_to(qtbot, window, board, "Favourites")
    assert [(bar.name, bar.value) for bar in snapshot.content.charts["commands"].bars] == [("fox", 2)]
    assert bar_names(board.plots["resolutions"]) == ["16:9"]
    act(qtbot, window, lambda: click(qtbot, window.live.strip.chips[0]), chosen=EVERYTHING)
    assert "User" not in figures(board)


def test_a_users_own_view_has_their_latest_prompts(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    assert board.table is None and not board.findChild(TablePanel).isVisible()
    act(qtbot, window, lambda: click_bar(qtbot, board.plots["leaders"], 0), chosen=Filter.of(user=ANNA))
    assert board.table is not None and board.table.isVisible()
    qtbot.waitUntil(lambda: board.table is not None and len(board.table.model.rows) == 2, timeout=10_000)
    assert {newest_value(board.table, "prompt"), newest_value(board.table, "user")} == {"a fox", ANNA}
    press(window, "Ctrl+F")
    assert QApplication.focusWidget() is board.table.first_focus
    act(qtbot, window, lambda: click(qtbot, window.live.strip.chips[0]), chosen=EVERYTHING)
    assert board.table is None and not board.findChild(TablePanel).isVisible()
    assert [bar.name for bar in shown_chart(window, "leaders").bars] == [ANNA, NEW]


def test_the_end_of_an_id_shows_the_view_of_whoever_has_it(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    one, several = Filter.of(user="…0001"), Filter.of(user="…000")
    act(qtbot, window, lambda: window.filter_by(one), chosen=one)
    assert figures(board)["User"] == ANNA
    act(qtbot, window, lambda: window.filter_by(several), chosen=several)
    assert "User" not in figures(board), "several ids end so, or none"


def test_a_user_is_chosen_by_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    view = board.plots["leaders"].view
    assert QApplication.focusWidget() is view, "the page has no table: its first list has the keys"
    QTest.keyClick(view, Qt.Key.Key_Down)
    act(qtbot, window, lambda: QTest.keyClick(view, Qt.Key.Key_Return))
    assert len(chips(window)) == 1


def test_rows_open_on_the_page_that_has_them(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    act(qtbot, window, lambda: click(qtbot, figure_place(board, "Images")), page="images")
    images = window.live.pages["images"]
    assert isinstance(images, Board) and images.isVisible()
    assert window.live.rail.button("images").isChecked()
    assert rows_in(images.table) == 2
    act(qtbot, window, lambda: press(window, "Alt+4"), page="users")
    shift = Qt.KeyboardModifier.ShiftModifier
    act(qtbot, window, lambda: click_bar(qtbot, board.plots["leaders"], 0, shift), page="commands")
    commands = window.live.pages["commands"]
    assert isinstance(commands, Board)
    settle(qtbot, commands.table)
    assert (commands.table.frame.filter_box.text, rows_in(commands.table)) == (f"user:{ANNA}", 6)


def test_users_per_day_week_and_month_tell_new_from_returning_whatever_the_range(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    snapshot = turn_to(qtbot, window, board, "New and returning")
    for key in ("per_day", "per_week", "per_month"):
        chart = snapshot.content.charts[key]
        values = {series.name: series.values for series in chart.series}
        assert {name: each[-1] for name, each in values.items()} == {"returning": 1, "new": 1}, key
        assert sum(values["new"]) == 3, "each user is new once"
    plot = board.plots["per_day"]
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Plus)
    assert plot.zoom.zoomed
    assert not board.plots["per_week"].zoom.zoomed, "they have a time of their own"


def test_few_days_are_not_drawn_as_one_broad_bar(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "users")
    snapshot = turn_to(qtbot, window, board, "New and returning")
    lengths = {key: len(snapshot.content.charts[key].edges) - 1 for key in ("per_day", "per_week", "per_month")}
    assert lengths == {"per_day": 14, "per_week": 8, "per_month": 6}


def test_the_week_has_a_field_an_hour(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    _, snapshot = open_on(qtbot, window, path, "users")
    when = snapshot.content.charts["when"]
    assert (len(when.cells), len(when.cells[0])) == (7, 24)
    assert sum(cell.value for row in when.cells for cell in row) == 9


def test_users_who_come_meanwhile_come_in(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "users")
    do_beside(qtbot, WRITE, path, "9")
    qtbot.waitUntil(lambda: figures(board)["Active users"] == "3 2 of them new")
    qtbot.waitUntil(lambda: bar_names(board.plots["leaders"])[0] == "4711")
    qtbot.waitUntil(lambda: sum(sum(series.values) for series in shown_chart(window, "over_time").series) == 27)


def test_a_long_list_says_what_it_leaves_out(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    _, snapshot = open_on(qtbot, window, database, "users")
    assert snapshot.content.charts["leaders"].subtitle == "the 210 leading of 300", "most active, or most failures"


def test_a_user_who_was_not_there_is_said_to_be_absent(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "users")
    chosen = Filter.of(user="nobody")
    snapshot = act(qtbot, window, lambda: window.filter_by(chosen), chosen=chosen)
    assert snapshot.content.charts["leaders"].empty == "Nobody matches the filter in this range."
    assert (figures(board)["User"], figures(board)["First seen"]) == ("nobody", "—")


def fullest_field(plot: HeatmapPlot) -> tuple[int, int]:
    """The field of a heatmap with the most in it."""
    assert plot.chart is not None
    cells = {
        (row, column): cell.value or 0 for row, line in enumerate(plot.chart.cells) for column, cell in enumerate(line)
    }
    return max(cells, key=lambda place: cells[place])


def test_an_hour_of_the_week_becomes_the_range(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "users")
    act(qtbot, window, lambda: press(window, "Ctrl+4"))
    plot = board.plots["when"]
    place = fullest_field(plot)
    value = plot.chart.cells[place[0]][place[1]].value
    at = plot.grid.box(place).center().toPoint()
    QTest.mouseMove(plot.grid, plot.grid.rect().bottomRight())
    QTest.mouseMove(plot.grid, at)
    assert plot.grid.cursor().shape() is Qt.CursorShape.PointingHandCursor and plot.grid.toolTip() == ""
    snapshot = act(qtbot, window, lambda: qtbot.mouseClick(plot.grid, LEFT, pos=at), choice="custom")
    assert snapshot.buckets.range.end - snapshot.buckets.range.start == 3_600
    assert sum(cell.value for row in snapshot.content.charts["when"].cells for cell in row) == value


def test_hours_of_several_weeks_say_why_they_lead_nowhere(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "users")
    act(qtbot, window, lambda: press(window, "Ctrl+5"))
    plot = board.plots["when"]
    place = fullest_field(plot)
    QTest.mouseMove(plot.grid, plot.grid.rect().bottomRight())  # where it is already, it would not move
    QTest.mouseMove(plot.grid, plot.grid.box(place).center().toPoint())
    assert "several weeks" in plot.grid.toolTip() and "7 days" in plot.grid.toolTip()
    assert plot.grid.cursor().shape() is Qt.CursorShape.ArrowCursor
    qtbot.mouseClick(plot.grid, LEFT, pos=plot.grid.box(place).center().toPoint())
    assert window.ranges.choice.key == "30d"
