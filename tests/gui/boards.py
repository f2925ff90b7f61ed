"""The pages with charts and a table as a host meets them: turning to one, clicking on its marks, reading it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Chart, Mark
from core.feed.snapshot import Snapshot
from core.simulation.history import write_history
from gui.pages.board import Board
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.tables.records.table import TablePanel
from gui.window.main_window import MainWindow
from tests.gui.table_windows import column
from tests.gui.windows import BERLIN, plain, shown_after, texts, words

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier

BOARDS = ("commands", "images", "users", "failures", "activity", "calendar")
"""The pages with charts and a table."""

WRITE = """
import sys
from tests.core.deployed import Bot
bot = Bot(sys.argv[1])
for number in range(int(sys.argv[2])):
    bot.track_command("live", user="4711", success=number > 0)
    bot.track_image(user="4711", prompt=f"a live fox {number}")
assert not bot.errors, bot.errors
"""
"""The bot in another process: so many commands, the first of which fails, and as many images."""


def history(folder: Path, days: float = 3, rows: int = 2_500) -> Path:
    """A believable bot's file, until now. It records no causes, so what failed opens the commands."""
    path = folder / "history.db"
    write_history(path, days=days, rows=rows, zone=BERLIN)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM failures")
    return path


def open_on(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> tuple[Board, Snapshot]:
    """Open a database on one of the pages; all that it shows is there."""
    window.live.show_page(key)
    snapshot = shown_after(qtbot, window, lambda: window.watch(path), page=key, complete=True)
    board = window.live.pages[key]
    assert isinstance(board, Board)
    if board.table is not None:
        settle(qtbot, board.table)
    return board, snapshot


def act(qtbot: QtBot, window: MainWindow, what: Callable[[], object], **wanted: object) -> Snapshot:
    """Do something, and wait for what it leads to: the figures, the charts, and the table."""
    snapshot = shown_after(qtbot, window, what, complete=True, **wanted)
    board = window.live.pages[window.live.page]
    if isinstance(board, Board) and board.table is not None:
        settle(qtbot, board.table)
    return snapshot


def settle(qtbot: QtBot, table: TablePanel) -> None:
    """Wait until the table shows all that it is going to show."""
    qtbot.waitUntil(lambda: not table.browser.requests.loading and not table.browser.requests.looking, timeout=10_000)


def click(qtbot: QtBot, widget: QWidget, at: QPoint | None = None, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Click with the left button."""
    qtbot.mouseClick(widget, LEFT, modifier, at or widget.rect().center())


def segment(board: Board, title: str) -> QPushButton:
    """The button of a section."""
    return next(each for each in board.sections.findChildren(QPushButton) if plain(each.text()) == title)


def turn_to(qtbot: QtBot, window: MainWindow, board: Board, title: str) -> Snapshot:
    """Click on a section that is not shown; a snapshot of the one before may still have been under way."""

    def has_its_charts() -> bool:
        shown = window.live.shown
        return shown is not None and shown.complete and shown.content.charts.keys() >= board.wanted

    act(qtbot, window, lambda: click(qtbot, segment(board, title)))
    qtbot.waitUntil(has_its_charts)
    assert window.live.shown is not None
    return window.live.shown


def figures(board: Board) -> dict[str, str]:
    """The page's numbers with their notes, by label."""
    named = (each.accessibleName() for each in figure_places(board) if each.isVisible())
    return {label: value for label, _, value in (words(name).partition(": ") for name in named)}


def figure_places(board: Board) -> list[QFrame]:
    """The places of the page's numbers."""
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    return board.figures.findChildren(QFrame, options=direct)


def figure_place(board: Board, label: str) -> QFrame:
    """The place of a number."""
    return next(each for each in figure_places(board) if each.accessibleName().startswith(f"{label}:"))


def chips(window: MainWindow) -> list[str]:
    """What the strip says that the pages are filtered by; empty while it is hidden."""
    strip = window.live.strip
    return [words(plain(each.text())) for each in strip.chips] if strip.isVisible() else []


def bar_names(plot: BarChartPlot) -> list[str]:
    """The names of a bar chart's rows."""
    table = plot.data_table()
    return [] if table is None else [row[0] for row in table.rows]


def bar_figures(plot: BarChartPlot) -> dict[str, list[str]]:
    """The numbers beside each bar, by its name."""
    return {row[0]: [words(str(value)) for value in row[1:]] for row in plot.data_table().rows}


def click_bar(qtbot: QtBot, plot: BarChartPlot, row: int, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Click on a bar."""
    view = plot.view
    index = view.model().index(row, 0)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), LEFT, modifier, view.visualRect(index).center())


def over_time(board: Board) -> TimeSeriesPlot:
    """The page's plot over time."""
    plot = board.plots["over_time"]
    assert isinstance(plot, TimeSeriesPlot)
    return plot


def fullest(chart: Chart, name: str) -> int:
    """The bucket in which a series has most."""
    values = next(series.values for series in chart.series if series.name == name)
    return max(range(len(values)), key=lambda bucket: values[bucket] or 0)


def click_bucket(qtbot: QtBot, plot: TimeSeriesPlot, chart: Chart, bucket: int, name: str) -> float:
    """Click into a series' part of a stacked bar; returns what that part says it counts."""
    below = 0.0
    for series in chart.series:
        if series.mark is Mark.BAR and series.name == name:
            value = series.values[bucket] or 0.0
            break
        below += series.values[bucket] or 0.0
    middle = (chart.edges[bucket] + chart.edges[bucket + 1]) / 2
    canvas = plot.canvas
    at = QPointF(canvas.plane.x(middle), canvas.value_y(below + value / 2, False)).toPoint()
    QTest.mouseMove(canvas.viewport(), at)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=at)
    return value


def entry(menu: QMenu, words_: str) -> Any:
    """The entry of a menu that is called so."""
    return next(each for each in menu.actions() if plain(each.text()).partition("\t")[0] == words_)


def says(widget: QWidget, part: str) -> bool:
    """Whether a visible label of a widget has these words in it."""
    return any(part in line for line in texts(widget))


def rows_in(table: TablePanel) -> int:
    """How many rows the table says it has."""
    return int(table.frame.state.text.removeprefix("About ").split()[0].replace(",", ""))


def newest_value(table: TablePanel, key: str) -> Any:
    """What the first row of a table has in a column."""
    return table.model.rows[0].record.values[column(table, key)]


def shown_chart(window: MainWindow, key: str) -> Any:
    """The chart that a plot of the page shows now."""
    assert window.live.shown is not None
    return window.live.shown.content.charts[key]
