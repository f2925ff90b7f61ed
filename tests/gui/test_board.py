"""What the pages have in common: turning to them, their sections, filters, rows behind marks, and time."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Field, Filter
from core.periods import TimeRange
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.pages.board import Board
from gui.plots import TimeSeriesPlot
from gui.widgets import PlainLabel
from tests.core import deployed
from tests.gui.boards import (
    LEFT,
    WRITE,
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
    history,
    open_on,
    rows_in,
    segment,
    settle,
    shown_chart,
)
from tests.gui.windows import do_beside, press, shown_after, tab, watch

KEYS = [page.entry.key for page in PAGES]
BOARDS = ("commands", "images", "users", "activity", "calendar")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return history(tmp_path)


def over_time(board: Board) -> TimeSeriesPlot:
    plot = board.plots["over_time"]
    assert isinstance(plot, TimeSeriesPlot)
    return plot


def at(plot: TimeSeriesPlot, share: float) -> QPoint:
    """A place so far to the right in a plot."""
    area = plot.canvas.plane.area
    return QPointF(area.left() + share * area.width(), area.center().y()).toPoint()


def zoom_in(plot: TimeSeriesPlot, notches: int = 8) -> None:
    """Zoom in on the last third by the keyboard."""
    plot.canvas.setFocus()
    for _ in range(notches):
        QTest.keyClick(plot.canvas, Qt.Key.Key_Plus)


# Turning to a page


@pytest.mark.parametrize("key", BOARDS)
def test_the_rail_turns_to_a_page(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> None:
    watch(qtbot, window, path)
    snapshot = act(qtbot, window, lambda: click(qtbot, window.live.rail.button(key)), subject=key)
    board = window.pages[key]
    assert isinstance(board, Board) and board.isVisible()
    assert window.live.rail.button(key).isChecked()
    assert figures(board)
    assert snapshot.content.charts.keys() == board.wanted


@pytest.mark.parametrize("key", BOARDS)
def test_alt_and_a_number_turn_to_a_page(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> None:
    watch(qtbot, window, path)
    act(qtbot, window, lambda: press(window, f"Alt+{KEYS.index(key) + 1}"), subject=key)
    assert window.pages[key].isVisible()
    assert window.live.rail.button(key).isChecked()


@pytest.mark.parametrize("key", BOARDS)
def test_every_section_shows_its_charts_and_only_those_are_made(
    qtbot: QtBot, window: MainWindow, path: Path, key: str
) -> None:
    board, snapshot = open_on(qtbot, window, path, key)
    seen = set(snapshot.content.charts)
    for button in board.sections.findChildren(QPushButton)[1:]:
        before = {name for name, plot in board.plots.items() if name not in seen and _drawn(plot)}
        assert before == set(), "what was not looked at yet is not drawn"
        snapshot = act(qtbot, window, partial(click, qtbot, button))
        assert snapshot.content.charts.keys() == board.wanted
        assert all(board.plots[name].isVisible() and _drawn(board.plots[name]) for name in board.wanted)
        seen |= board.wanted
    assert seen == board.plots.keys()


def _drawn(plot: object) -> bool:
    return bool(plot.summary)  # type: ignore[attr-defined]


def test_arrow_keys_move_between_sections(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "images")
    segment(board, "Time").setFocus()
    for name, title, chart in (
        (Qt.Key.Key_Right, "Count", "by_type"),
        (Qt.Key.Key_Right, "What is made", "by_lora"),
        (Qt.Key.Key_Left, "Count", "by_type"),
    ):
        act(qtbot, window, lambda name=name: QTest.keyClick(QApplication.focusWidget(), name))
        assert segment(board, title).isChecked()
        assert board.plots[chart].isVisible()


def test_making_the_pages_shows_no_other_window(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    shown: list[QWidget] = []

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(watched)
            return False

    watcher = Watcher()
    QApplication.instance().installEventFilter(watcher)
    watch(qtbot, window, path)
    for key in BOARDS:
        act(qtbot, window, partial(window.show_page, key), subject=key)
    QApplication.instance().removeEventFilter(watcher)
    assert shown == []
    assert QApplication.activeWindow() is window


def test_a_small_window_shows_whole_sections_and_whole_numbers(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.resize(900, 600)
    for key in BOARDS:
        board, _ = open_on(qtbot, window, path, key)
        assert window.width() == 900
        for button in board.sections.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()
        qtbot.waitUntil(partial(_is_whole, board))


def _is_whole(board: Board) -> bool:
    labels = [each for each in board.figures.findChildren(PlainLabel) if each.isVisible()]
    return len(labels) >= 4 and all(label.width() >= label.sizeHint().width() for label in labels)


# Live


def test_what_another_process_writes_comes_into_figures_charts_and_table(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    board, _ = open_on(qtbot, window, database, "commands")
    assert figures(board)["Commands"] == "300 in 24 h"
    do_beside(qtbot, WRITE, database, "20")
    qtbot.waitUntil(lambda: figures(board)["Commands"] == "320 in 24 h")
    qtbot.waitUntil(lambda: "live" in bar_names(board.plots["by_command"]))
    assert board.table is not None
    qtbot.waitUntil(lambda: board.table.model.rows[0].record.values[1] == "live")
    chart = shown_chart(window, "over_time")
    assert sum(sum(value or 0 for value in series.values) for series in chart.series) == 320
    settle(qtbot, board.table)
    assert rows_in(board.table) == 320


def test_a_page_that_is_turned_to_later_has_what_came_in_meanwhile(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    board, _ = open_on(qtbot, window, database, "images")
    act(qtbot, window, lambda: press(window, "Alt+2"), subject="commands")
    do_beside(qtbot, WRITE, database, "5")
    act(qtbot, window, lambda: press(window, "Alt+3"), subject="images")
    qtbot.waitUntil(lambda: figures(board)["Images"] == "105 in 24 h")
    qtbot.waitUntil(lambda: board.table.model.rows[0].record.values[2] == "a live fox 4")


# Filters


def filtered_by_bar(qtbot: QtBot, window: MainWindow, path: Path, row: int = 1) -> tuple[Board, str]:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = board.plots["by_command"]
    name = bar_names(plot)[row]
    act(qtbot, window, lambda: click_bar(qtbot, plot, row), chosen=Filter.of(command=name))
    return board, name


def test_a_click_on_a_bar_filters_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    plot = board.plots["by_command"]
    name, count = bar_names(plot)[1], snapshot.content.charts["by_command"].bars[1].value
    everything = figures(board)
    after = act(qtbot, window, lambda: click_bar(qtbot, plot, 1), chosen=Filter.of(command=name))
    assert chips(window) == [f"command {name}"]
    assert figures(board)["Commands"] == f"{count:,.0f} in 24 h"
    assert figures(board)["Different"] == "1"
    assert bar_names(plot) == [name]
    assert sum(sum(series.values) for series in after.content.charts["over_time"].series) == count
    assert rows_in(board.table) == count
    act(qtbot, window, lambda: click(qtbot, window.live.strip.chips[0]), chosen=EVERYTHING)
    assert (chips(window), figures(board)) == ([], everything)


def test_a_bar_filters_and_a_chip_goes_by_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    view = board.plots["by_command"].view
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    act(qtbot, window, lambda: QTest.keyClick(view, Qt.Key.Key_Return))
    assert len(chips(window)) == 1
    for _ in range(60):
        if tab(window) is window.live.strip.chips[0]:
            break
    act(qtbot, window, lambda: QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete), chosen=EVERYTHING)
    assert chips(window) == []
    assert QApplication.focusWidget() is not None and QApplication.focusWidget().isVisible()


def test_the_filter_is_cleared_from_strip_and_menu(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, name = filtered_by_bar(qtbot, window, path)
    act(qtbot, window, lambda: click(qtbot, window.live.strip.clear), chosen=EVERYTHING)
    act(qtbot, window, lambda: click_bar(qtbot, board.plots["by_command"], 1), chosen=Filter.of(command=name))
    act(qtbot, window, lambda: press(window, "Ctrl+Shift+F"), chosen=EVERYTHING)
    assert chips(window) == []


def test_a_legend_filters_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chip = next(each for each in over_time(board).legend if each.series_name == "failed")
    failures = sum(snapshot.content.charts["over_time"].series[-1].values)
    act(qtbot, window, entry(chip.menu(), "Filter the page by this").trigger, chosen=Filter.of(outcome="failed"))
    assert chips(window) == ["failed"]
    assert figures(board)["Commands"] == f"{failures:,.0f} in 24 h"
    assert figures(board)["Failed"] == f"{failures:,.0f} 100.0 %"
    assert rows_in(board.table) == failures


def test_the_filter_survives_turning_to_other_pages_and_ends_with_the_database(
    qtbot: QtBot, window: MainWindow, path: Path, database: Path
) -> None:
    _, name = filtered_by_bar(qtbot, window, path)
    for key in ("users", "commands"):
        snapshot = act(qtbot, window, lambda key=key: click(qtbot, window.live.rail.button(key)), subject=key)
        assert snapshot.chosen == Filter.of(command=name)
        assert chips(window) == [f"command {name}"]
    watch(qtbot, window, database)
    board = window.pages["commands"]
    assert isinstance(board, Board)
    assert (chips(window), figures(board)["Commands"]) == ([], "300 in 24 h")
    settle(qtbot, board.table)
    assert rows_in(board.table) == 300


def test_the_filter_box_belongs_to_the_database_too(
    qtbot: QtBot, window: MainWindow, path: Path, database: Path
) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    click(qtbot, figure_place(board, "Failed"))
    assert board.table.filter_text == "failed"
    watch(qtbot, window, database)
    settle(qtbot, board.table)
    assert (board.table.filter_text, rows_in(board.table)) == ("", 300)


# Rows behind numbers


def test_a_click_on_a_bucket_opens_its_rows(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chart = snapshot.content.charts["over_time"]
    name = chart.series[0].name
    bucket = fullest(chart, name)
    value = click_bucket(qtbot, over_time(board), chart, bucket, name)
    qtbot.waitUntil(lambda: board.table.filter_text != "")
    settle(qtbot, board.table)
    text = board.table.filter_text
    assert text.startswith(f"command:{name} succeeded after:") and " before:" in text
    assert rows_in(board.table) == value > 0
    assert QApplication.focusWidget() is board.table.first_focus
    assert chips(window) == [], "the page itself is not filtered"


def test_a_bucket_opens_by_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    chart = snapshot.content.charts["over_time"]
    plot = over_time(board)
    plot.canvas.setFocus()
    QTest.keyClick(plot.canvas, Qt.Key.Key_Home)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Right)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Return)
    settle(qtbot, board.table)
    assert board.table.filter_text.startswith("after:")
    total = sum(series.values[1] for series in chart.series)
    assert len(board.table.model.rows) == total


def test_a_bar_opens_its_rows_by_shift_and_double_click(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    bar = snapshot.content.charts["by_command"].bars[2]
    click_bar(qtbot, board.plots["by_command"], 2, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, board.table)
    assert (board.table.filter_text, rows_in(board.table)) == (f"command:{bar.name}", bar.value)
    assert chips(window) == []


def test_a_number_opens_its_rows_by_mouse_and_keyboard(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    click(qtbot, figure_place(board, "Failed"))
    settle(qtbot, board.table)
    assert board.table.filter_text == "failed"
    assert f"{rows_in(board.table):,}" == figures(board)["Failed"].split()[0]
    figure_place(board, "Commands").setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle(qtbot, board.table)
    assert board.table.filter_text == ""
    assert rows_in(board.table) == int(figures(board)["Commands"].split()[0].replace(",", ""))


# Time


def test_zooming_in_loads_finer_buckets_and_a_double_click_goes_back(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    plot, total = over_time(board), figures(board)["Commands"]
    assert snapshot.content.charts["over_time"].subtitle == "per 30 min"

    zoom_in(plot)
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle != "per 30 min", timeout=5_000)
    chart = shown_chart(window, "over_time")
    assert chart.subtitle in ("per 1 min", "per 5 min")
    assert plot.is_zoomed and len(chart.edges) > len(snapshot.content.charts["over_time"].edges)
    assert figures(board)["Commands"] == total, "the numbers are the range's"
    counted = sum(sum(series.values) for series in chart.series)
    assert f"{counted:,.0f}" == total.split()[0], "no row is counted twice, none is lost"
    qtbot.mouseDClick(plot.canvas.viewport(), LEFT, pos=at(plot, 0.5))
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle == "per 30 min", timeout=5_000)
    assert not plot.is_zoomed


def test_a_span_dragged_with_shift_becomes_the_range(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    plot, shift = over_time(board), Qt.KeyboardModifier.ShiftModifier
    viewport, first, last = plot.canvas.viewport(), at(plot, 0.25), at(plot, 0.75)
    expected = TimeRange(plot.canvas.plane.time(first.x()), plot.canvas.plane.time(last.x()))

    def drag() -> None:
        QTest.mousePress(viewport, LEFT, shift, first)
        QTest.mouseMove(viewport, (first + last) / 2)
        QTest.mouseMove(viewport, last)
        QTest.mouseRelease(viewport, LEFT, shift, last)

    snapshot = act(qtbot, window, drag, choice="custom")
    assert window.top.picker.current == "custom"
    assert snapshot.buckets.range.start == pytest.approx(expected.start, abs=60)
    assert snapshot.buckets.range.end == pytest.approx(expected.end, abs=60)
    assert rows_in(board.table) == int(figures(board)["Commands"].split()[0].replace(",", ""))


def test_zooming_out_of_the_whole_range_shows_the_next_longer_one(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = over_time(board)
    plot.canvas.setFocus()
    act(qtbot, window, lambda: QTest.keyClick(plot.canvas, Qt.Key.Key_Minus), choice="7d")
    assert window.top.picker.current == "7d"
    assert board.isVisible() and rows_in(board.table) > 1_000


def test_a_zoom_is_forgotten_with_the_range_and_with_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = over_time(board)
    zoom_in(plot)
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle != "per 30 min", timeout=5_000)
    act(qtbot, window, lambda: press(window, "Ctrl+4"), choice="7d")
    assert not plot.is_zoomed
    zoom_in(plot, 3)
    act(qtbot, window, lambda: press(window, "Alt+3"), subject="images")
    act(qtbot, window, lambda: press(window, "Alt+2"), subject="commands")
    assert not plot.is_zoomed


# Databases without much in them


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
    shown_after(qtbot, window, lambda: window.watch(deployed.create(tmp_path / "empty.db")), subject="commands")
    settle(qtbot, board.table)
    assert figures(board)["Commands"] == "0 in 24 h"
    assert bar_names(board.plots["by_command"]) == []
    assert board.table.model.rows == []
    assert Field.COMMAND not in {term.field for term in window.live.shown.chosen.terms}
