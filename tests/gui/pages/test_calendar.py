"""The Calendar page: the days of a year by a chosen measure, daily_stats as a table, and a day as the range."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.charts.specs import Heatmap
from core.text.dates import weekday_month_day
from core.time_ranges import DAY, TimeRange
from gui.plots.heatmap.plot import HeatmapPlot
from gui.settings import Settings
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.boards import LEFT, act, figures, open_on, rows_in, shown_chart, turn_to
from tests.gui.windows import open_window, press, texts, words
from tests.noon import NOON_ZONE


@pytest.fixture
def window(qtbot: QtBot, memory: Settings) -> MainWindow:
    """A window in whose zone no day ends now."""
    return open_window(qtbot, memory, NOON_ZONE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twenty commands and as many images ten days ago, five of each just now, and two rows of daily_stats."""
    path = deployed.create(tmp_path / "a.db")
    noon = datetime.combine(ago(10), datetime.min.time(), NOON_ZONE).timestamp() + 43_200
    deployed.fill(path, commands=20, images=20, start=noon)
    deployed.fill(path, commands=5, images=5)
    bot = deployed.Bot(path)
    bot.daily(str(ago(10)))
    bot.daily(str(ago(100)))
    return path


def ago(days: int) -> date:
    """The local day so many days before today."""
    return datetime.now(NOON_ZONE).date() - timedelta(days=days)


def place_of(chart: Heatmap, day: date) -> tuple[int, int]:
    """Where a day's field is."""
    for row, cells in enumerate(chart.cells):
        for column, cell in enumerate(cells):
            if cell.span is not None and datetime.fromtimestamp(cell.span.start, NOON_ZONE).date() == day:
                return row, column
    raise LookupError(day)


def click_day(qtbot: QtBot, plot: HeatmapPlot, chart: Heatmap, day: date) -> None:
    """Click on a day's field."""
    at = plot.grid.box(place_of(chart, day)).center().toPoint()
    qtbot.mouseClick(plot.grid, LEFT, pos=at)


def test_a_year_of_days_ends_today(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "calendar")
    chart = snapshot.content.charts["commands"]
    assert (len(chart.cells), len(chart.cells[0])) == (7, 53)
    days = [cell.span for row in chart.cells for cell in row if cell.span is not None]
    assert 365 <= len(days) <= 371
    assert max(span.start for span in days) <= time.time() < max(span.end for span in days)
    row, column = place_of(chart, ago(10))
    assert chart.cells[row][column].value == 20
    grid = board.plots["commands"].grid
    QTest.mouseMove(grid, grid.box((row, column)).center().toPoint())
    assert grid.cursor().shape() is Qt.CursorShape.PointingHandCursor, "it can be pressed"
    assert sum(cell.value or 0 for cells in chart.cells for cell in cells) == 25 + 1, "one day is only in daily_stats"


@pytest.mark.slow
@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_chosen_day_becomes_the_range(qtbot: QtBot, window: MainWindow, path: Path, by: str) -> None:
    board, snapshot = open_on(qtbot, window, path, "calendar")
    plot, chart = board.plots["commands"], snapshot.content.charts["commands"]
    before = place_of(chart, ago(10))

    def choose() -> None:
        if by == "mouse":
            click_day(qtbot, plot, chart, ago(10))
            return
        plot.grid.setFocus()
        plot.grid.move_to(place_of(chart, ago(11)))
        QTest.keyClick(plot.grid, Qt.Key.Key_Down if before[0] else Qt.Key.Key_Right)
        while plot.grid.cursor_at != before:
            QTest.keyClick(plot.grid, Qt.Key.Key_Up)
        QTest.keyClick(plot.grid, Qt.Key.Key_Return)

    snapshot = act(qtbot, window, choose, choice="custom")
    start = datetime.fromtimestamp(snapshot.buckets.range.start, NOON_ZONE)
    assert (start.date(), start.hour) == (ago(10), 0)
    assert snapshot.buckets.range.end - snapshot.buckets.range.start in (23 * 3600, DAY, 25 * 3600)
    assert window.live.top.picker.current == "custom"
    assert place_of(snapshot.content.charts["commands"], ago(10)) == before, "the day stays where it was chosen"
    turn_to(qtbot, window, board, "daily_stats")
    qtbot.waitUntil(lambda: rows_in(board.table) == 1)
    act(qtbot, window, lambda: press(window, "Alt+2"), page="commands")
    assert figures(window.live.pages["commands"])["Commands"].startswith("20 ")


def test_every_measure_has_its_year(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "calendar")
    for title, key, value in (
        ("Images", "images", 20),
        ("Users", "users", 20),
        ("Failures", "failures", 2),
        ("Mean time", "generation", 20.0),
    ):
        snapshot = turn_to(qtbot, window, board, title)
        chart = snapshot.content.charts[key]
        row, column = place_of(chart, ago(10))
        assert chart.cells[row][column].value == value
        assert board.plots[key].isVisible()


def test_a_day_whose_events_are_gone_shows_what_daily_stats_has_and_says_so(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, path, "calendar")
    row, column = place_of(snapshot.content.charts["commands"], ago(100))
    cell = snapshot.content.charts["commands"].cells[row][column]
    assert cell.value == 1
    assert "as stored in daily_stats; its events are gone" in words(cell.words)
    assert figures(board)["In daily_stats"].startswith("2 1 of them without events")
    assert figures(board)["Days with events"].startswith("2 since ")


def test_days_are_a_list_counted_from_the_events(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "calendar")
    chart = snapshot.content.charts["list"]
    rows = [(words(bar.name), bar.value, *map(words, bar.figures)) for bar in chart.bars]
    assert rows[0] == (words(f"{weekday_month_day(ago(0))} {ago(0).year}"), 5.0, "5", "5", "1", "20.0 s", "—")
    assert rows[1][1:] == (20.0, "20", "20", "2", "20.0 s", "differs: 1 command, 2 images, 3 users")
    assert rows[2][1:2] == (1.0,) and rows[2][-1] == "only there"
    assert len(rows) == 3
    assert figures(board)["In daily_stats"] == "2 1 of them without events, 1 differs from the events"
    plot = board.plots["list"]
    plot.view.setFocus()
    plot.view.setCurrentIndex(plot.view.model().index(1, 0))
    snapshot = act(qtbot, window, lambda: QTest.keyClick(plot.view, Qt.Key.Key_Return), choice="custom")
    assert datetime.fromtimestamp(snapshot.buckets.range.start, NOON_ZONE).date() == ago(10)


def test_the_list_of_days_stands_beneath_every_measure_and_the_table_by_itself(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "calendar")
    for title in ("Images", "Failures"):
        turn_to(qtbot, window, board, title)
        assert board.plots["list"].isVisible() and board.table is None
        assert board.wanted == {title.lower(), "list"}
        assert board.plots["list"].view.viewport().height() >= 8 * 28, "days are read beneath their year"
    turn_to(qtbot, window, board, "daily_stats")
    assert board.table is not None and board.table.isVisible()
    assert not board.plots["list"].isVisible() and board.wanted == frozenset()


def test_daily_stats_is_a_table(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "calendar")
    act(qtbot, window, lambda: press(window, "Ctrl+7"), choice="all")
    turn_to(qtbot, window, board, "daily_stats")
    qtbot.waitUntil(lambda: rows_in(board.table) == 2)
    assert [row.record.id for row in board.table.model.rows] == [str(ago(10)), str(ago(100))]
    assert [column.title for column in board.table.columns.visible][:4] == ["Date", "Commands", "Images", "Users"]


def test_a_bot_that_never_summed_up_a_day_is_told_from_an_empty_one(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, database, "calendar")
    assert figures(board)["In daily_stats"] == "0 the bot has summed up no day yet"
    assert snapshot.content.charts["commands"].empty is None
    open_on(qtbot, window, deployed.create(tmp_path / "empty.db"), "calendar")
    assert shown_chart(window, "commands").empty == "Nothing is recorded yet."
    assert "Nothing is recorded yet." in texts(board) or board.plots["commands"].summary == "Nothing is recorded yet."


def test_rows_that_come_in_colour_today(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    open_on(qtbot, window, path, "calendar")
    row, column = place_of(shown_chart(window, "commands"), ago(0))
    before = shown_chart(window, "commands").cells[row][column].value
    deployed.Bot(path).track_command()
    qtbot.waitUntil(lambda: shown_chart(window, "commands").cells[row][column].value == before + 1)


def test_a_range_before_this_year_shows_the_year_that_it_is_in(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = deployed.create(tmp_path / "old.db")
    deployed.fill(path, commands=3, start=time.time() - 800 * DAY)
    deployed.fill(path, commands=3)
    _, snapshot = open_on(qtbot, window, path, "calendar")
    with pytest.raises(LookupError):
        place_of(snapshot.content.charts["commands"], ago(800))
    span = TimeRange(time.time() - 801 * DAY, time.time() - 799 * DAY)
    snapshot = act(qtbot, window, lambda: window.ranges.choose("custom", span), choice="custom")
    chart = snapshot.content.charts["commands"]
    row, column = place_of(chart, ago(800))
    assert chart.cells[row][column].value == 3
    assert column >= 51


def test_an_empty_table_of_days_says_what_fills_it(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    board, _ = open_on(qtbot, window, database, "calendar")
    turn_to(qtbot, window, board, "daily_stats")
    assert board.table is not None
    assert "generate_daily_stats()" in " ".join(texts(board.table.frame.empty))
    act(qtbot, window, lambda: press(window, "Ctrl+7"))
    assert " ".join(texts(board.table.frame.empty)) == (
        "There are no days in this database yet. The bot writes one a day where it calls generate_daily_stats()."
    )
