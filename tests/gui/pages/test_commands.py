"""The Commands page: what is run, how often it fails, how long it takes, and the rows of it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.filters import Filter
from gui.plots.histogram.plot import HistogramPlot
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import (
    LEFT,
    act,
    bar_names,
    chips,
    click_bar,
    figures,
    history,
    open_on,
    rows_in,
    settle,
    shown_chart,
    turn_to,
)
from tests.gui.windows import words
from tests.parameters import slow_after


def track(path: Path, rows: list[tuple[str, float | None, bool]]) -> Path:
    """A file of the deployed bot with these commands: name, execution time, success; a second apart."""
    deployed.create(path)
    start = time.time() - len(rows) - 5
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success)"
            " VALUES (?, '1', ?, ?, ?)",
            [(name, start + number, seconds, int(success)) for number, (name, seconds, success) in enumerate(rows)],
        )
    return path


def class_place(plot: HistogramPlot, index: int) -> QPoint:
    """Low in a class of a histogram."""
    column = plot.canvas.column(index)
    return QPointF(column.center().x(), column.bottom() - 2).toPoint()


def test_the_table_shows_what_the_issue_lists(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "commands")
    assert board.table is not None
    assert [column.title for column in board.table.columns.visible] == [
        "Time", "Command", "User", "Server", "Channel", "Duration", "Outcome",
    ]  # fmt: skip


def test_a_command_has_its_count_failure_rate_and_percentiles(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [("comfy", 2.0, number > 0) for number in range(10)] + [("stats", None, True)] * 3
    board, snapshot = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    chart = snapshot.content.charts["by_command"]
    assert chart.columns == ("failed", "p50", "p95")
    assert words(chart.summary) == "2 different commands in 24 h; comfy is run most."
    comfy, stats = chart.bars
    assert (comfy.name, comfy.value, comfy.part) == ("comfy", 10, 1)
    assert [words(text) for text in comfy.figures] == ["10.0 %", "2.0 s", "2.0 s"]
    assert [words(text) for text in stats.figures] == ["0.0 %", "—", "—"]
    assert board.plots["by_command"].headings == ("count", "failed", "p50", "p95")
    assert figures(board) == {
        "Commands": "13 in 24 h",
        "Failed": "1 7.7 %",
        "Distinct commands": "2",
        "Execution": "2.0 s p95 2.0 s",
    }


def test_commands_are_stacked_with_failures_in_red_on_top(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [(f"command{number % 9}", 1.0, number % 9 > 0) for number in range(90)]
    _, snapshot = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    chart = snapshot.content.charts["over_time"]
    assert [series.name for series in chart.series] == [
        "command0", "command1", "command2", "command3", "command4", "other", "failed",
    ]  # fmt: skip
    assert [sum(series.values) for series in chart.series] == [0, *[10] * 4, 40, 10]
    assert {series.name for series in chart.series if series.ink == "bad"} == {"failed"}


def test_the_execution_time_has_percentiles_over_time_and_a_spread(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    rows = [("comfy", 1.0, True)] * 30 + [("comfy", 60.0, True)] * 10 + [("comfy", None, True)] * 5
    board, _ = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    snapshot = turn_to(qtbot, window, board, "Execution time")
    over_time, spread = (snapshot.content.charts[key] for key in ("execution", "spread"))
    assert [series.name for series in over_time.series] == ["p50", "p95"]
    assert words(over_time.subtitle) == "per 30 min · 5 without a known time"
    assert sum(sum(layer.counts) for layer in spread.layers) == 40
    assert [words(name) for _, name in spread.markers] == ["p50 1.0 s", "p95 59.7 s"]


def test_a_class_of_the_spread_opens_its_rows(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    rows = [("comfy", 1.0, True)] * 30 + [("comfy", 60.0, True)] * 10
    board, _ = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    snapshot = turn_to(qtbot, window, board, "Execution time")
    plot = board.plots["spread"]
    counts = snapshot.content.charts["spread"].layers[0].counts
    assert len(counts) >= 12, "one or two classes would fill the chart and look like many"
    slow = max(index for index, count in enumerate(counts) if count)
    QTest.mouseMove(plot.canvas, class_place(plot, slow))
    qtbot.mouseClick(plot.canvas, LEFT, pos=class_place(plot, slow))
    settle(qtbot, board.table)
    assert board.table.frame.filter_box.text == "slow>55.6974 slow<70.6378"
    assert rows_in(board.table) == counts[slow] == 10


@pytest.mark.parametrize(
    "name", slow_after(2, ["<b>bold</b> & co", "", "مرحبا بالعالم", 'two words: "quoted"', "failed", "x" * 300])
)
def test_whatever_a_command_is_called_its_bar_filters_and_opens_its_rows(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str
) -> None:
    rows = [(name, 1.0, True)] * 7 + [("comfy", 1.0, True)] * 3
    board, _ = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    plot = board.plots["by_command"]
    click_bar(qtbot, plot, 0, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, board.table)
    assert rows_in(board.table) == 7, board.table.frame.filter_box.text
    board.table.frame.filter_box.set_text("")
    act(qtbot, window, lambda: click_bar(qtbot, plot, 0), chosen=Filter.of(command=name))
    assert figures(board)["Commands"] == "7 in 24 h"
    assert len(chips(window)) == 1 and len(chips(window)[0]) < 60


@pytest.mark.slow
def test_hundreds_of_commands_are_a_list_that_says_what_it_leaves_out(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    rows = [(f"command_{number}", 1.0, True) for number in range(300)]
    board, snapshot = open_on(qtbot, window, track(tmp_path / "a.db", rows), "commands")
    assert len(bar_names(board.plots["by_command"])) == 200
    assert snapshot.content.charts["by_command"].subtitle == "the 200 most frequent of 300"


@pytest.mark.slow
def test_the_deployed_bot_tracks_only_its_statistics_commands_and_the_page_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = track(tmp_path / "a.db", [(f"{name}stats", 0.1, True) for name in ("", "command_", "image_", "user_")])
    _, snapshot = open_on(qtbot, window, path, "commands")
    assert snapshot.content.charts["by_command"].subtitle == ""
    deployed.fill(path, images=5, step=10)
    window.watch(path)
    told = "only the bot's statistics commands are tracked"
    qtbot.waitUntil(lambda: shown_chart(window, "by_command").subtitle == told)


def test_images_without_commands_are_told_from_nothing_at_all(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "a.db")
    deployed.fill(path, images=5, step=10)
    _, snapshot = open_on(qtbot, window, path, "commands")
    assert snapshot.content.charts["over_time"].empty == (
        "No commands in 24 h, only images. Commands are recorded where the bot calls track_command(…)."
    )


@pytest.mark.slow
def test_a_filter_for_what_commands_do_not_have_is_explained(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    snapshot = act(qtbot, window, lambda: window.filter_by(Filter.of(lora="x")), chosen=Filter.of(lora="x"))
    assert (
        snapshot.content.charts["over_time"].empty == "Commands are recorded without LoRAs, so none match the filter."
    )
    assert figures(board)["Execution"] == "—"
