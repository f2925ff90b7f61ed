"""What the plot draws: legend, axes, bars, gaps, markers, in both themes."""

from __future__ import annotations

from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import Ink, Mark, Marker, Series, Unit
from gui.plots.shared.markers import placed
from gui.plots.time_series.canvas import Plane
from gui.plots.time_series.plot import TimeSeriesPlot
from resources.design import Theme, palette
from tests.gui.time_plots import (
    BERLIN,
    DARK,
    HALF_HOUR,
    LONG,
    START,
    columns_of,
    day,
    hover,
    picture,
    values,
    wheel,
)


def test_a_click_on_the_legend_hides_a_series_and_stacks_the_rest_anew(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    top = plot.canvas.value_y(57, right=False)
    with qtbot.waitSignal(plot.series_toggled) as caught:
        QTest.mouseClick(plot.legend[0], Qt.MouseButton.LeftButton)
    assert caught.args == ["comfy", False]
    assert plot.hidden_series == {"comfy"}
    assert plot.canvas.value_y(1, right=False) < plot.canvas.plane.area.bottom() - 20
    hover(plot, 3)
    assert "comfy" not in values(plot)
    plot.show_chart(day(shift=1))
    assert not plot.legend[0].isChecked()
    QTest.mouseClick(plot.legend[0], Qt.MouseButton.LeftButton)
    assert plot.hidden_series == frozenset()
    assert plot.canvas.value_y(57, right=False) == top


def test_space_toggles_a_series(plot: TimeSeriesPlot) -> None:
    chip = plot.legend[2]
    chip.setFocus()
    assert QApplication.focusWidget() is chip
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert plot.hidden_series == {"p50"}


def test_the_chips_stay_the_same_widgets_from_refresh_to_refresh(plot: TimeSeriesPlot) -> None:
    before = plot.legend
    plot.show_chart(day(shift=3))
    assert plot.legend == before
    fewer = day()
    plot.show_chart(day(series=fewer.series[:1]))
    assert [chip.series_name for chip in plot.legend] == ["comfy"]


def test_axes_do_not_jump_while_values_wobble(plot: TimeSeriesPlot) -> None:
    before = plot.canvas.value_y(10, right=False)
    for most in (50.0, 55.0, 52.0):
        bars = Series("comfy", (most,) * 48, Mark.BAR, Ink.SERIES_1)
        plot.show_chart(day(series=(bars,)))
        assert plot.canvas.value_y(10, right=False) == before


@pytest.mark.parametrize(
    ("unit", "most"),
    [(Unit.COUNT, 7.0), (Unit.COUNT, 2e9), (Unit.COUNT, 4e8), (Unit.COUNT, 3.3e5)]
    + [(Unit.SECONDS, most) for most in (0.02, 0.9, 40.0, 500.0, 4_000.0, 80_000.0)],
)
def test_every_value_tick_has_room_for_its_label(plot: TimeSeriesPlot, unit: Unit, most: float) -> None:
    bars = Series("a", (most,) * 48, Mark.BAR, Ink.SERIES_1)
    line = Series("b", (most,) * 48, Mark.LINE, Ink.SERIES_2, right=True)
    plot.show_chart(day(series=(bars, line), left=unit, right=unit))
    image, area = picture(plot), plot.canvas.plane.area
    zero = round(plot.canvas.value_y(0, right=False))
    grid = [y for y in range(image.height() - 1) if image.pixel(int(area.right()) - 1, y) == QColor(DARK.grid).rgb()]
    ground = image.pixel(int(area.left()) - 2, 5)
    for y in {*grid, zero}:
        for columns in (range(0, int(area.left()) - 2), range(int(area.right()) + 3, image.width())):
            rows = range(max(0, y - 4), min(image.height(), y + 5))
            assert any(image.pixel(x, row) != ground for x in columns for row in rows)


def test_bars_are_as_wide_as_their_time(plot: TimeSeriesPlot) -> None:
    days = tuple(datetime(2026, 3, day, tzinfo=BERLIN).timestamp() for day in (28, 29, 30))
    plot.show_chart(day(edges=days, series=(Series("a", (5.0, 5.0), Mark.BAR, Ink.SERIES_1),), right=None))
    columns = columns_of(plot, DARK.ink("series_1"))
    plane = plot.canvas.plane
    gap = next(x for x in range(min(columns), max(columns)) if x not in columns)
    assert (gap - min(columns)) / (max(columns) - gap) == pytest.approx(24 / 23, abs=0.01)
    assert gap == pytest.approx(plane.x(days[1]), abs=1.5)


def test_the_last_bucket_is_paler_while_it_fills(plot: TimeSeriesPlot) -> None:
    bars = (Series("a", (5.0,) * 48, Mark.BAR, Ink.SERIES_1),)
    plot.show_chart(day(series=bars, right=None, complete_until=START + 47.5 * HALF_HOUR))
    columns = columns_of(plot, DARK.ink("series_1"))
    assert max(columns) <= plot.canvas.plane.x(START + 47 * HALF_HOUR)


def test_a_value_between_two_gaps_is_seen(plot: TimeSeriesPlot) -> None:
    lonely = tuple(9.0 if i == 24 else None for i in range(48))
    plot.show_chart(day(series=(Series("p50", lonely, Mark.LINE, Ink.SERIES_2, right=True),)))
    columns = columns_of(plot, DARK.ink("series_2"))
    assert columns
    assert all(abs(x - plot.canvas.plane.x(START + HALF_HOUR * 24.5)) < 5 for x in columns)


def test_single_failure_among_thousands_is_seen(plot: TimeSeriesPlot) -> None:
    many = Series("comfy", (9_000.0,) * 48, Mark.BAR, Ink.SERIES_1)
    one = Series("failed", tuple(float(i == 5) for i in range(48)), Mark.BAR, Ink.BAD)
    plot.show_chart(day(series=(many, one), right=None))
    assert columns_of(plot, DARK.ink("bad"))


def test_an_empty_chart_says_so_and_ignores_the_mouse(plot: TimeSeriesPlot) -> None:
    hover(plot, 7)
    plot.show_chart(day(series=(), empty="No commands yet."))
    assert plot.reading is None
    assert plot.legend == ()
    hover(plot, 9)
    wheel(plot, 9, 3)
    assert plot.reading is None
    assert not plot.zoom.zoomed
    shown = picture(plot)
    plot.show_chart(day(series=(), empty="Something else."))
    assert picture(plot) != shown
    plot.show_chart(day())
    hover(plot, 7)
    assert values(plot)["comfy"] == "17"


def test_absurd_charts_are_shown_calmly(plot: TimeSeriesPlot) -> None:
    names = (LONG, "<img src=file:///etc/passwd>", "أمر طويل", "🦊" * 300, "a\nb\u202ec", "a\nb\u202ec")
    huge = tuple(Series(name, (1e9, None, float("nan"), float("inf")) * 12, Mark.BAR, Ink.SERIES_3) for name in names)
    markers = tuple(Marker(START + i, LONG) for i in range(50))
    plot.show_chart(day(series=huge, markers=markers))
    hover(plot, 0)
    assert all(len(name) <= 60 for name in values(plot))
    assert plot.width() < 750
    assert all(chip.sizeHint().width() <= 150 for chip in plot.legend)
    assert "&lt;img" in plot.legend[1].toolTip()
    assert not picture(plot).isNull()


def test_markers_labels_neither_collide_nor_leave_the_plot(plot: TimeSeriesPlot) -> None:
    plane: Plane = plot.canvas.plane
    metrics = QFontMetricsF(plot.font())
    markers = [Marker(START + HALF_HOUR * at, f"bot restarted {at}") for at in (-1, 0, 1, 2, 20, 21, 22, 46, 47.9, 60)]
    result = list(placed(markers, plane, metrics))
    assert len(result) == 8
    labelled = [one for one in result if one.label]
    assert labelled[0].label == "bot restarted 47.9"
    assert 3 <= len(labelled) < 8
    for i, one in enumerate(labelled):
        assert one.box.left() >= plane.area.left()
        assert not any(one.box.intersects(other.box) for other in labelled[i + 1 :])


def labels(plot: TimeSeriesPlot) -> dict[str, float]:
    """The time axis' labels and their moments."""
    return {label: moment for moment, label in plot.canvas.axes.items["bottom"]._tickLevels[0]}


@pytest.mark.parametrize("width", [400, 700, 1_400])
def test_now_stands_where_now_is_and_takes_no_bars_name(plot: TimeSeriesPlot, width: int) -> None:
    plot.window().resize(width, 320)
    months = tuple(datetime(2026, month, 1, tzinfo=BERLIN).timestamp() for month in range(6, 13))
    now = months[-2] + 25 * 86_400.0
    bars = Series("new", (0, 0, 0, 0, 0, 7), Mark.BAR, Ink.SERIES_1)
    plot.show_chart(day(edges=months, series=(bars,), right=None, complete_until=months[-2], now=now))
    shown = labels(plot)
    assert shown["Nov 2026"] == (months[-2] + months[-1]) / 2
    pixel = (plot.canvas.plane.end - plot.canvas.plane.start) / plot.canvas.plane.area.width()
    assert ("now" in shown) is (width > 1_000)
    assert abs(shown.get("now", now) - now) <= pixel


def test_now_takes_the_place_of_an_hour_beside_it(plot: TimeSeriesPlot) -> None:
    now = day().edges[-2] + 900.0
    plot.show_chart(day(complete_until=day().edges[-2], now=now))
    shown = labels(plot)
    assert shown["now"] == pytest.approx(now, abs=300)
    assert all(abs(moment - now) > HALF_HOUR for label, moment in shown.items() if label != "now")


@pytest.mark.parametrize("many", [8, 9])
def test_more_than_eight_restarts_are_short_ticks_with_their_number(plot: TimeSeriesPlot, many: int) -> None:
    restarts = tuple(Marker(START + HALF_HOUR * (5 + 4 * n), "bot restarted", True) for n in range(many))
    plot.show_chart(day(series=(Series("a", (0.0,) * 48, Mark.BAR, Ink.SERIES_1),), right=None, markers=restarts))
    shot, area = picture(plot), plot.canvas.plane.area
    muted = QColor(DARK.muted)
    x = round(plot.canvas.plane.x(restarts[3].time))
    column = [shot.pixelColor(x, y) == muted for y in range(int(area.top()), int(area.bottom()))]
    assert (sum(column) > 30) is (many == 8)
    assert shot.pixelColor(x, int(area.top()) - 2) == muted or many == 8


def test_both_themes_paint_in_their_own_colours(plot: TimeSeriesPlot) -> None:
    dark = picture(plot)
    light = palette(Theme.LIGHT)
    plot.set_palette(light)
    plot.show_chart(day(series=day().series[:2], right=None))
    assert picture(plot) != dark
    assert columns_of(plot, light.ink("series_1"))
    assert not columns_of(plot, DARK.ink("series_1"))


def test_drawing_says_nothing_on_the_console(
    plot: TimeSeriesPlot, capfd: pytest.CaptureFixture[str], qtbot: QtBot
) -> None:
    with qtbot.captureExceptions() as raised:
        for size in ((1, 1), (160, 96), (700, 320)):
            plot.window().resize(*size)
            hover(plot, 5)
            wheel(plot, 5, 1)
            plot.show_chart(day())
            picture(plot)
    assert not raised
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("known", "joined"), [((20,), False), ((20, 21), False), ((20, 21, 22), True)])
def test_one_or_two_values_between_gaps_are_dots_and_no_stray_stroke(
    plot: TimeSeriesPlot, known: tuple[int, ...], joined: bool
) -> None:
    line = Series("p50", tuple(12.5 if i in known else None for i in range(48)), Mark.LINE, Ink.SERIES_2)
    plot.show_chart(day(series=(line,), right=None))
    columns = columns_of(plot, DARK.ink(Ink.SERIES_2))
    at = [round(plot.canvas.plane.x(START + HALF_HOUR * (bucket + 0.5))) for bucket in known]
    assert all(columns & {x - 1, x, x + 1} for x in at)
    between = (at[0] + at[-1]) // 2 if len(known) == 2 else at[0] + (at[1] - at[0]) // 2 if joined else at[0] + 6
    assert bool(columns & {between - 1, between, between + 1}) is joined
