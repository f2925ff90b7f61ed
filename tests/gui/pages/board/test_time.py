"""Zooming and choosing a span in a page's plot over time."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.time_ranges import TimeRange
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.window.main_window import MainWindow
from tests.gui.boards import LEFT, act, figures, open_on, over_time, rows_in, shown_chart
from tests.gui.windows import press


def at(plot: TimeSeriesPlot, share: float) -> QPoint:
    """A place so far to the right in a plot."""
    area = plot.canvas.plane.area
    return QPointF(area.left() + share * area.width(), area.center().y()).toPoint()


def zoom_in(plot: TimeSeriesPlot, notches: int = 8) -> None:
    """Zoom in on the last third by the keyboard."""
    plot.canvas.setFocus()
    for _ in range(notches):
        QTest.keyClick(plot.canvas, Qt.Key.Key_Plus)


def test_zooming_in_loads_finer_buckets_and_a_double_click_goes_back(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    board, snapshot = open_on(qtbot, window, path, "commands")
    plot, total = over_time(board), figures(board)["Commands"]
    assert snapshot.content.charts["over_time"].subtitle == "per 30 min"

    zoom_in(plot)
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle != "per 30 min", timeout=5_000)
    chart = shown_chart(window, "over_time")
    assert chart.subtitle in ("per minute", "per 5 min")
    assert plot.zoom.zoomed and len(chart.edges) > len(snapshot.content.charts["over_time"].edges)
    assert figures(board)["Commands"] == total, "the numbers are the range's"
    counted = sum(sum(series.values) for series in chart.series)
    assert f"{counted:,.0f}" == total.split()[0], "no row is counted twice, none is lost"
    qtbot.mouseDClick(plot.canvas.viewport(), LEFT, pos=at(plot, 0.5))
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle == "per 30 min", timeout=5_000)
    assert not plot.zoom.zoomed


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
    assert window.live.top.picker.current == "custom"
    assert snapshot.buckets.range.start == pytest.approx(expected.start, abs=60)
    assert snapshot.buckets.range.end == pytest.approx(expected.end, abs=60)
    assert rows_in(board.table) == int(figures(board)["Commands"].split()[0].replace(",", ""))


def test_zooming_out_of_the_whole_range_shows_the_next_longer_one(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = over_time(board)
    plot.canvas.setFocus()
    act(qtbot, window, lambda: QTest.keyClick(plot.canvas, Qt.Key.Key_Minus), choice="7d")
    assert window.live.top.picker.current == "7d"
    assert board.isVisible() and rows_in(board.table) > 1_000


@pytest.mark.slow
def test_a_zoom_is_forgotten_with_the_range_and_with_the_page(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "commands")
    plot = over_time(board)
    zoom_in(plot)
    qtbot.waitUntil(lambda: shown_chart(window, "over_time").subtitle != "per 30 min", timeout=5_000)
    act(qtbot, window, lambda: press(window, "Ctrl+4"), choice="7d")
    assert not plot.zoom.zoomed
    zoom_in(plot, 3)
    act(qtbot, window, lambda: press(window, "Alt+3"), page="images")
    act(qtbot, window, lambda: press(window, "Alt+2"), page="commands")
    assert not plot.zoom.zoomed
