"""The scatter as the host meets it: real mouse and keys on a real widget."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.charts.specs import Cloud, Ink
from core.filters import Field, Filter
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.scatter.points import FEW
from tests.gui.plot_samples import EDGES, HALF_HOUR, START, crowd, ladder, scatter
from tests.gui.shown_plots import DARK, shown


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[ScatterPlot]:
    yield from shown(qtbot, ScatterPlot(), ladder(), 800, 360)


def place(plot: ScatterPlot, time: float, seconds: float) -> QPoint:
    """Where a point lies on the viewport."""
    plane = plot.canvas.plane
    y = plot.canvas.value_y(seconds, right=False)
    return QPoint(round(plane.x(time)), round(y))


def middle(bucket: int) -> float:
    return START + HALF_HOUR * (bucket + 0.5)


def hover(plot: ScatterPlot, at: QPoint) -> None:
    QTest.mouseMove(plot.canvas.viewport(), at + QPoint(3, 3))
    QTest.mouseMove(plot.canvas.viewport(), at)


def key(plot: ScatterPlot, *keys: Qt.Key) -> None:
    plot.canvas.setFocus()
    for one in keys:
        QTest.keyClick(plot.canvas, one)


def rows(plot: ScatterPlot) -> dict[str, str]:
    assert plot.reading is not None
    return {row.name: row.text for row in plot.reading.rows}


def has_colour(plot: ScatterPlot, at: QPoint, ink: Ink) -> bool:
    """Whether something of this colour is drawn around a place."""
    image: QImage = plot.canvas.grab().toImage()
    wanted = QColor(DARK.ink(ink))
    near = (image.pixelColor(at.x() + x, at.y() + y) for x in range(-2, 3) for y in range(-2, 3))
    return any(
        abs(each.hsvHue() - wanted.hsvHue()) < 12 and each.saturation() > 60 and each.value() > 90 for each in near
    )


def test_a_point_is_drawn_where_its_time_and_duration_are(plot: ScatterPlot) -> None:
    assert has_colour(plot, place(plot, middle(6), 8.0), Ink.SERIES_1)
    assert has_colour(plot, place(plot, START + 9_000.0, 300.0), Ink.SERIES_3)
    assert not has_colour(plot, place(plot, middle(6), 100.0), Ink.SERIES_1)


def test_many_points_are_drawn_where_they_are(plot: ScatterPlot) -> None:
    times = tuple(START + HALF_HOUR * (10 + i / FEW) for i in range(FEW + 1))
    plot.show_chart(scatter(times, (20.0,) * len(times), lines=()))
    assert has_colour(plot, place(plot, START + HALF_HOUR * 10.5, 20.0), Ink.SERIES_1)
    assert not has_colour(plot, place(plot, START + HALF_HOUR * 12, 20.0), Ink.SERIES_1)


def test_the_crosshair_reads_the_nearest_point_with_its_percentiles(plot: ScatterPlot) -> None:
    assert plot.reading is None
    hover(plot, place(plot, middle(6), 8.0) + QPoint(2, -3))
    assert plot.reading is not None
    assert plot.reading.span == "Mon 23\N{NO-BREAK SPACE}Nov, 11:15:00"
    assert rows(plot) == {
        "images": "8.0\N{NO-BREAK SPACE}s",
        "p50": "12.5\N{NO-BREAK SPACE}s",
        "p95": "40.0\N{NO-BREAK SPACE}s",
    }
    assert "images 8.0" in str(plot.reading)
    assert "images 8.0" not in plot.canvas.accessibleDescription()  # that stands still


def test_several_rows_at_one_point_and_points_beside_it_are_counted(plot: ScatterPlot) -> None:
    hover(plot, place(plot, START + 9_000.0, 300.0))
    assert rows(plot)["videos"] == "5\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}00\N{NO-BREAK SPACE}s × 2"
    plot.show_chart(scatter((middle(3),) * 12, (20.0,) * 12))
    hover(plot, place(plot, middle(3), 20.0))
    assert rows(plot)["points right beside it"] == "+11"


def test_away_from_all_points_the_percentiles_of_the_bucket_are_read(plot: ScatterPlot) -> None:
    hover(plot, place(plot, middle(40), 3.0))
    assert plot.reading is not None
    assert list(rows(plot)) == ["p50", "p95"]
    assert plot.reading.span.endswith("04:00 – 04:30")


def test_a_click_opens_the_rows_behind_a_point(plot: ScatterPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.rows_requested) as asked:
        QTest.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place(plot, middle(6), 8.0))
    table, chosen = asked.args
    limits = {term.field: term.value for term in chosen.terms}
    assert table == "images"
    assert limits[Field.KIND] == "image"
    assert limits[Field.AFTER] == middle(6) - 0.5
    assert middle(6) + 0.5 < limits[Field.BEFORE] < middle(6) + 0.501
    assert 7.91 < limits[Field.SLOWER] < 7.92 < 8.08 < limits[Field.FASTER] < 8.09


def test_a_click_beside_all_points_opens_nothing(plot: ScatterPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.rows_requested, wait=50):
        QTest.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place(plot, middle(40), 3.0))


def test_keys_go_from_bucket_to_bucket_and_among_the_points_of_one(plot: ScatterPlot, qtbot: QtBot) -> None:
    key(plot, Qt.Key.Key_Home)
    assert rows(plot)["images"] == "2.0\N{NO-BREAK SPACE}s"
    key(plot, *[Qt.Key.Key_Right] * 5)
    assert rows(plot)["images"] == "7.0\N{NO-BREAK SPACE}s"
    key(plot, Qt.Key.Key_Up)
    assert "videos" in rows(plot)
    key(plot, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Left)
    assert rows(plot)["images"] == "48.0\N{NO-BREAK SPACE}s"
    with qtbot.waitSignal(plot.rows_requested):
        key(plot, Qt.Key.Key_Return)
    key(plot, Qt.Key.Key_Escape)
    assert plot.reading is None


def test_the_keyboards_point_stays_through_a_refresh(plot: ScatterPlot) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right)
    plot.show_chart(ladder(summary="later"))
    assert rows(plot)["images"] == "3.0\N{NO-BREAK SPACE}s"
    plot.show_chart(scatter((middle(20),), (5.0,)))
    assert plot.reading is None


def test_the_scale_is_logarithmic_until_told_otherwise(plot: ScatterPlot) -> None:
    def height(seconds: float) -> float:
        return plot.canvas.value_y(seconds, right=False)

    assert plot.logarithmic
    assert height(10) - height(100) == pytest.approx(height(2.5) - height(25), rel=0.01)
    key(plot, Qt.Key.Key_L)
    assert not plot.logarithmic
    assert height(10) - height(20) == pytest.approx(height(100) - height(110), rel=0.01)
    plot.menu.open_menu()
    assert plot.menu.menu is not None
    switch = next(action for action in plot.menu.menu.actions() if action.text().startswith("Logarithmic"))
    switch.trigger()
    assert plot.logarithmic
    plot.menu.menu.close()


def test_the_axis_holds_what_is_seen(plot: ScatterPlot) -> None:
    low, high = plot.canvas.left_bounds
    assert low <= np.log10(2) and high >= np.log10(300)
    plot.legend[1].click()
    assert plot.canvas.left_bounds[1] < np.log10(300)


def test_the_legend_hides_clouds_and_lines(plot: ScatterPlot) -> None:
    assert [chip.series_name for chip in plot.legend] == ["images", "videos", "p50", "p95"]
    at = place(plot, middle(6), 8.0)
    plot.legend[0].click()
    assert plot.hidden_series == {"images"}
    hover(plot, at)
    assert "images" not in rows(plot)


def test_a_dragged_span_is_a_range(plot: ScatterPlot, qtbot: QtBot) -> None:
    viewport, first, last = plot.canvas.viewport(), place(plot, EDGES[10], 8.0), place(plot, EDGES[20], 8.0)
    with qtbot.waitSignal(plot.range_selected) as selected:
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, first)
        QTest.mouseMove(viewport, (first + last) / 2)
        QTest.mouseMove(viewport, last)
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, last)
    assert selected.args == pytest.approx([EDGES[10], EDGES[20]], abs=120)


def test_the_chips_menu_filters_and_the_table_has_every_point(plot: ScatterPlot, qtbot: QtBot) -> None:
    menu = plot.legend[1].menu()
    with qtbot.waitSignal(plot.filter_requested) as asked:
        menu.actions()[-1].trigger()
    assert asked.args == [Filter.of(kind="video")]
    menu.close()
    table = plot.data_table()
    assert table is not None and len(table.rows) == 49


def test_an_empty_chart_says_so_and_takes_no_keys(plot: ScatterPlot) -> None:
    plot.show_chart(ladder(empty="No images in the last 24 h"))
    assert plot.canvas.accessibleDescription() == "Images took 12.5 s."
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_L, Qt.Key.Key_Up)
    assert plot.reading is None and plot.data_table() is None


def test_nonsense_is_left_out(plot: ScatterPlot) -> None:
    nan, inf = float("nan"), float("inf")
    times = (middle(5), nan, middle(3), middle(7), middle(1))
    cloud = Cloud("images", times, (5.0, 5.0, inf, 0.0, -1.0), (1,) * 5, Ink.SERIES_1)
    plot.show_chart(ladder(clouds=(cloud,)))
    plot.grab()
    key(plot, Qt.Key.Key_Home)
    assert rows(plot)["images"] == "5.0\N{NO-BREAK SPACE}s"
    key(plot, Qt.Key.Key_Right)
    assert rows(plot)["images"] == "5.0\N{NO-BREAK SPACE}s"


def test_a_hundred_thousand_points_are_drawn(plot: ScatterPlot) -> None:
    plot.show_chart(crowd(100_000))
    assert not plot.grab().isNull()
    hover(plot, place(plot, middle(20), 12.0))
    assert rows(plot)["images"]
