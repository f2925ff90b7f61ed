"""The plot as the host meets it: real mouse, wheel and keys on a real widget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.charts import Chart, Ink, Mark, Marker, Series, Unit
from gui.plots import TimeSeriesPlot
from gui.plots.canvas import Plane
from gui.plots.markers import placed
from resources import Theme, palette

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 11, 23, 8, tzinfo=BERLIN).timestamp()
HALF_HOUR = 1800.0
DARK = palette(Theme.DARK)
LONG = "x" * 10_000


def day(shift: int = 0, **more: object) -> Chart:
    """24 hours in half hours; every value tells its bucket."""
    edges = tuple(START + HALF_HOUR * (i + shift) for i in range(49))
    series = (
        Series("comfy", tuple(float(10 + i) for i in range(48)), Mark.BAR, Ink.SERIES_1),
        Series("failed", tuple(1.0 for _ in range(48)), Mark.BAR, Ink.BAD),
        Series("p50", tuple(None if 10 <= i < 20 else 12.5 for i in range(48)), Mark.LINE, Ink.SERIES_2, right=True),
    )
    chart = {"edges": edges, "series": series, "right": Unit.SECONDS, "summary": "2,000 commands.", **more}
    return Chart("Commands", "per 30 min", zone=BERLIN, **chart)  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[TimeSeriesPlot]:
    """A shown plot of a day, on a ground of its own, with room around it."""
    window = QWidget()
    window.setStyleSheet(f"background: {DARK.surface}")
    widget = TimeSeriesPlot()
    QVBoxLayout(window).addWidget(widget)
    qtbot.addWidget(window)
    widget.set_palette(DARK)
    widget.show_chart(day())
    window.resize(700, 320)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    yield widget


def point(plot: TimeSeriesPlot, bucket: float, height: float = 0.5) -> QPoint:
    """Where a bucket's middle lies on the canvas' viewport."""
    plane = plot.canvas.plane
    x = plane.x(START + HALF_HOUR * (bucket + 0.5))
    return QPointF(x, plane.area.top() + plane.area.height() * height).toPoint()


def hover(plot: TimeSeriesPlot, bucket: float) -> None:
    QTest.mouseMove(plot.canvas.viewport(), point(plot, bucket + 0.2))
    QTest.mouseMove(plot.canvas.viewport(), point(plot, bucket))


def wheel(plot: TimeSeriesPlot, bucket: float, notches: int, sideways: int = 0) -> None:
    at = QPointF(point(plot, bucket))
    viewport = plot.canvas.viewport()
    delta = QPoint(120 * sideways, 120 * notches)
    event = QWheelEvent(
        at, viewport.mapToGlobal(at), QPoint(), delta, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(viewport, event)


def drag(plot: TimeSeriesPlot, start: float, end: float, shift: bool = False) -> None:
    viewport = plot.canvas.viewport()
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    first, last = point(plot, start), point(plot, end)
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, modifier, first)
    for i in range(1, 6):
        QTest.mouseMove(viewport, first + (last - first) * (i / 5))
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, modifier, last)


def key(plot: TimeSeriesPlot, *keys: Qt.Key) -> None:
    plot.canvas.setFocus()
    for one in keys:
        QTest.keyClick(plot.canvas, one)


def span(plot: TimeSeriesPlot) -> float:
    shown = plot.visible_range()
    return shown.end - shown.start


def values(plot: TimeSeriesPlot) -> dict[str, str]:
    assert plot.reading is not None
    return {row.name: row.text for row in plot.reading.rows}


def picture(plot: TimeSeriesPlot) -> QImage:
    image: QImage = plot.canvas.grab().toImage()
    return image


def columns_of(plot: TimeSeriesPlot, color: str) -> set[int]:
    """The columns of pixels in which a colour is found."""
    image, wanted = picture(plot), QColor(color).rgb()
    return {x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted}


def test_the_crosshair_reads_the_bucket_under_the_mouse(plot: TimeSeriesPlot) -> None:
    assert plot.reading is None
    hover(plot, 7)
    assert plot.reading is not None
    assert plot.reading.span == "Mon 23\N{NO-BREAK SPACE}Nov, 11:30 – 12:00"
    assert values(plot) == {"comfy": "17", "failed": "1", "p50": "12.5\N{NO-BREAK SPACE}s", "total": "18"}
    hover(plot, 12)
    assert values(plot)["p50"] == "—"
    assert plot.canvas.accessibleDescription() == f"2,000 commands. {plot.reading}"
    assert plot.canvas.accessibleName() == "Commands"


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
    with qtbot.waitSignal(plot.view_changed):
        wheel(plot, 12, 3)
    assert span(plot) == pytest.approx(86_400 / 1.2**3)
    assert plot.canvas.plane.time(point(plot, 12).x()) == pytest.approx(at, abs=200)
    for _ in range(40):
        wheel(plot, 12, 3)
    assert span(plot) == pytest.approx(3 * HALF_HOUR)
    for _ in range(40):
        wheel(plot, 12, -3)
    assert span(plot) == 86_400
    assert not plot.is_zoomed


def test_a_refresh_keeps_the_hosts_view_and_moves_the_whole_range_on(plot: TimeSeriesPlot) -> None:
    plot.show_chart(day(shift=1))
    assert plot.visible_range().start == START + HALF_HOUR
    wheel(plot, 20, 4)
    chosen = plot.visible_range()
    plot.show_chart(day(shift=2))
    assert plot.visible_range() == chosen
    plot.reset_view()
    assert plot.visible_range().start == START + 2 * HALF_HOUR


def test_another_range_forgets_the_zoom(plot: TimeSeriesPlot) -> None:
    wheel(plot, 20, 4)
    week = tuple(START + 12_600.0 * i for i in range(49))
    plot.show_chart(day(edges=week))
    assert not plot.is_zoomed
    assert span(plot) == week[-1] - week[0]


def test_a_double_click_goes_back_to_the_whole_range(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    wheel(plot, 20, 4)
    with qtbot.waitSignal(plot.view_changed):
        QTest.mouseDClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    assert span(plot) == 86_400


def test_dragging_pans_and_stops_at_the_ends(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 4)
    before = plot.visible_range()
    drag(plot, 26, 22)
    after = plot.visible_range()
    assert after.start - before.start == pytest.approx(4 * HALF_HOUR, rel=0.05)
    assert after.end - after.start == pytest.approx(before.end - before.start)
    for _ in range(12):
        drag(plot, 35, 22)
    assert plot.visible_range().end == START + 86_400


def test_dragging_the_whole_range_changes_nothing(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.view_changed):
        drag(plot, 10, 30)


def test_a_sideways_wheel_pans(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 4)
    before = plot.visible_range()
    wheel(plot, 24, 0, sideways=-1)
    assert plot.visible_range().start > before.start


def test_shift_and_drag_selects_a_span(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.range_selected) as caught:
        drag(plot, 30, 12, shift=True)
    start, end = caught.args
    assert start == pytest.approx(START + HALF_HOUR * 12.5, abs=200)
    assert end == pytest.approx(START + HALF_HOUR * 30.5, abs=200)
    assert not plot.is_zoomed


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
    assert not plot.is_zoomed


def test_stepping_out_of_a_zoomed_view_takes_the_view_along(plot: TimeSeriesPlot) -> None:
    wheel(plot, 24, 8)
    end = plot.visible_range().end
    key(plot, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Right)
    assert plot.visible_range().end > end
    assert plot.reading is not None


def test_tab_leaves_the_plot(plot: TimeSeriesPlot) -> None:
    plot.setFocus()
    assert QApplication.focusWidget() is plot.canvas
    key(plot, Qt.Key.Key_End)
    QTest.keyClick(plot.canvas, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not plot.canvas
    assert plot.reading is None


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


def test_one_failure_among_thousands_is_seen(plot: TimeSeriesPlot) -> None:
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
    assert not plot.is_zoomed
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


def test_both_themes_paint_in_their_own_colours(plot: TimeSeriesPlot) -> None:
    dark = picture(plot)
    light = palette(Theme.LIGHT)
    plot.set_palette(light)
    plot.show_chart(day(series=day().series[:2], right=None))
    assert picture(plot) != dark
    assert columns_of(plot, light.ink("series_1"))
    assert not columns_of(plot, DARK.ink("series_1"))


def test_nothing_is_said_on_the_console(plot: TimeSeriesPlot, capfd: pytest.CaptureFixture[str], qtbot: QtBot) -> None:
    with qtbot.captureExceptions() as raised:
        for size in ((1, 1), (160, 96), (700, 320)):
            plot.window().resize(*size)
            hover(plot, 5)
            wheel(plot, 5, 1)
            plot.show_chart(day())
            picture(plot)
    assert not raised
    assert capfd.readouterr() == ("", "")
