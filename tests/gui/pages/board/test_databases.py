"""Pages follow their database: what another process writes, a file without rows, another file."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.filters import Field
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import (
    BOARDS,
    WRITE,
    act,
    bar_names,
    figures,
    newest_value,
    open_on,
    rows_in,
    settle,
    shown_chart,
)
from tests.gui.windows import do_beside, press, shown_after


def test_rows_of_another_process_come_into_figures_charts_and_table(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    board, _ = open_on(qtbot, window, database, "commands")
    assert figures(board)["Commands"] == "300 in 24 h"
    do_beside(qtbot, WRITE, database, "20")
    qtbot.waitUntil(lambda: figures(board)["Commands"] == "320 in 24 h")
    qtbot.waitUntil(lambda: "live" in bar_names(board.plots["by_command"]))
    assert board.table is not None
    qtbot.waitUntil(lambda: newest_value(board.table, "command") == "live")
    chart = shown_chart(window, "over_time")
    assert sum(sum(value or 0 for value in series.values) for series in chart.series) == 320
    qtbot.waitUntil(lambda: rows_in(board.table) == 320)


@pytest.mark.slow
def test_a_page_that_is_turned_to_later_has_what_came_in_meanwhile(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    board, _ = open_on(qtbot, window, database, "images")
    act(qtbot, window, lambda: press(window, "Alt+2"), page="commands")
    do_beside(qtbot, WRITE, database, "5")
    act(qtbot, window, lambda: press(window, "Alt+3"), page="images")
    qtbot.waitUntil(lambda: figures(board)["Images"] == "105 in 24 h")
    qtbot.waitUntil(lambda: newest_value(board.table, "prompt") == "a live fox 4")


@pytest.mark.parametrize("key", BOARDS)
def test_an_empty_file_says_in_words_what_is_missing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, key: str
) -> None:
    _, snapshot = open_on(qtbot, window, deployed.create(tmp_path / "empty.db"), key)
    for name, chart in snapshot.content.charts.items():
        assert (chart.empty and " yet" in chart.empty) or key == "activity", (name, chart.empty)


def test_another_database_leaves_nothing_of_the_last_one(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    shown_after(qtbot, window, lambda: window.watch(deployed.create(tmp_path / "empty.db")), page="commands")
    settle(qtbot, board.table)
    assert figures(board)["Commands"] == "0 in 24 h"
    assert bar_names(board.plots["by_command"]) == []
    assert board.table.model.rows == []
    assert Field.COMMAND not in {term.field for term in window.live.shown.chosen.terms}
