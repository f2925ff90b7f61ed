"""The plot as the host meets it: real mouse, wheel and keys on a real widget."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.plots.time_series.plot import TimeSeriesPlot
from tests.gui.time_plots import (
    HALF_HOUR,
    START,
    day,
    drag,
    hover,
    key,
    point,
    span,
    values,
    wheel,
)


def test_the_crosshair_reads_the_bucket_under_the_mouse(plot: TimeSeriesPlot) -> None:
    assert plot.reading is None
    hover(plot, 7)
    assert plot.reading is not None
    assert plot.reading.span == "Mon 23\N{NO-BREAK SPACE}Nov, 11:30 – 12:00"
    assert values(plot) == {"comfy": "17", "failed": "1", "p50": "12.5\N{NO-BREAK SPACE}s", "total": "18"}
    hover(plot, 12)
    assert values(plot)["p50"] == "—"
    assert plot.canvas.accessibleDescription() == "2,000 commands."  # it stands still: the reading alone is spoken
    assert plot.canvas.accessibleName() == "Commands, per 30 min"


def test_the_crosshair_goes_when_the_mouse_goes(plot: TimeSeriesPlot) -> None:
    hover(plot, 7)
    QTest.mouseMove(plot.canvas.viewport(), QPoint(3, 40))
    assert plot.reading is None
    assert plot.canvas.accessibleDescription() == "2,000 commands."


@pytest.mark.parametrize("bucket", [0, 20, 47])
def test_the_readout_stays_inside(plot: TimeSeriesPlot, bucket: int) -> None:
    hover(plot, bucket)
    readout = next(child for child in plot.canvas.viewport().children() if isinstance(child, QWidget))
    assert readout.isVisible()
    assert plot.canvas.viewport().rect().contains(readout.geometry())
    column = plot.canvas.plane.x(START + HALF_HOUR * (bucket + 0.5))
    assert not readout.geometry().left() <= column <= readout.geometry().right()


def test_arrows_home_end_and_escape_move_the_crosshair(plot: TimeSeriesPlot) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert values(plot)["comfy"] == "12"
    key(plot, Qt.Key.Key_Left)
    assert values(plot)["comfy"] == "11"
    key(plot, Qt.Key.Key_End, Qt.Key.Key_Right)
    assert values(plot)["comfy"] == "57"
    key(plot, Qt.Key.Key_Escape)
    assert plot.reading is None
    key(plot, Qt.Key.Key_Left)
    assert values(plot)["comfy"] == "57"


def test_the_keyboards_bucket_stays_put_while_the_range_moves_on(plot: TimeSeriesPlot) -> None:
    key(plot, Qt.Key.Key_Home, *[Qt.Key.Key_Right] * 5)
    before = plot.reading
    assert before is not None
    plot.show_chart(day(shift=2))
    assert plot.reading is not None
    assert plot.reading.span == before.span
    assert values(plot)["comfy"] == "13"


def test_a_crosshair_under_the_mouse_reads_the_new_values(plot: TimeSeriesPlot) -> None:
    hover(plot, 7)
    plot.show_chart(day(shift=1))
    assert values(plot)["comfy"] == "17"
    assert plot.reading is not None
    assert plot.reading.span.startswith("Mon 23\N{NO-BREAK SPACE}Nov, 12:00")


def test_the_wheel_zooms_around_the_mouse_within_limits(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    at = START + HALF_HOUR * 12.5
    with qtbot.waitSignal(plot.zoom.view_changed):
        wheel(plot, 12, 3)
    assert span(plot) == pytest.approx(86_400 / 1.2**3)
    assert plot.canvas.plane.time(point(plot, 12).x()) == pytest.approx(at, abs=200)
    for _ in range(40):
        wheel(plot, 12, 3)
    assert span(plot) == pytest.approx(3 * HALF_HOUR)
    for _ in range(40):
        wheel(plot, 12, -3)
    assert span(plot) == 86_400
    assert not plot.zoom.zoomed


def test_a_refresh_keeps_the_hosts_view_and_moves_the_whole_range_on(plot: TimeSeriesPlot) -> None:
    plot.show_chart(day(shift=1))
    assert plot.zoom.view.start == START + HALF_HOUR
    wheel(plot, 20, 4)
    chosen = plot.zoom.view
    plot.show_chart(day(shift=2))
    assert plot.zoom.view == chosen
    plot.zoom.reset()
    assert plot.zoom.view.start == START + 2 * HALF_HOUR


def test_another_range_forgets_the_zoom(plot: TimeSeriesPlot) -> None:
    wheel(plot, 20, 4)
    week = tuple(START + 12_600.0 * i for i in range(49))
    plot.show_chart(day(edges=week))
    assert not plot.zoom.zoomed
    assert span(plot) == week[-1] - week[0]


def test_a_double_click_goes_back_to_the_whole_range(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    wheel(plot, 20, 4)
    with qtbot.waitSignal(plot.zoom.view_changed):
        QTest.mouseDClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert span(plot) == 86_400


def test_dragging_pans_and_stops_at_the_ends(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 4)
    before = plot.zoom.view
    drag(plot, 26, 22)
    after = plot.zoom.view
    assert after.start - before.start == pytest.approx(4 * HALF_HOUR, rel=0.05)
    assert after.end - after.start == pytest.approx(before.end - before.start)
    for _ in range(12):
        drag(plot, 35, 22)
    assert plot.zoom.view.end == START + 86_400


def test_dragging_the_whole_range_changes_nothing(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.zoom.view_changed):
        drag(plot, 10, 30)


def test_a_sideways_wheel_pans(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 4)
    before = plot.zoom.view
    wheel(plot, 24, 0, sideways=-1)
    assert plot.zoom.view.start > before.start


def test_shift_and_drag_selects_a_span(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.range_selected) as caught:
        drag(plot, 30, 12, shift=True)
    start, end = caught.args
    assert start == pytest.approx(START + HALF_HOUR * 12.5, abs=200)
    assert end == pytest.approx(START + HALF_HOUR * 30.5, abs=200)
    assert not plot.zoom.zoomed


def test_escape_gives_a_selection_up(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    viewport, shift = plot.canvas.viewport(), Qt.KeyboardModifier.ShiftModifier
    with qtbot.assertNotEmitted(plot.range_selected):
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, shift, point(plot, 10))
        QTest.mouseMove(viewport, point(plot, 20))
        key(plot, Qt.Key.Key_Escape)
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, shift, point(plot, 20))


def test_keys_zoom_and_reset(plot: TimeSeriesPlot) -> None:
    key(plot, Qt.Key.Key_Plus, Qt.Key.Key_Plus)
    assert span(plot) == pytest.approx(86_400 / 1.5**2)
    key(plot, Qt.Key.Key_Minus)
    assert span(plot) == pytest.approx(86_400 / 1.5)
    key(plot, Qt.Key.Key_0)
    assert span(plot) == 86_400
    key(plot, Qt.Key.Key_Plus, Qt.Key.Key_Backspace)
    assert not plot.zoom.zoomed


def test_stepping_out_of_a_zoomed_view_takes_the_view_along(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 8)
    end = plot.zoom.view.end
    key(plot, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert plot.zoom.view.end > end
    assert plot.reading is not None


def test_tab_leaves_the_plot(plot: TimeSeriesPlot) -> None:
    plot.setFocus()
    assert QApplication.focusWidget() is plot.canvas
    key(plot, Qt.Key.Key_End)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not plot.canvas
    assert plot.reading is None
