"""What a plot over time opens, filters and offers: clicks on marks, keys, the legend, the context menu."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.charts.inks import NAMED, SHADES
from core.charts.specs import Chart, Ink, Mark, Opens, Series, Unit
from core.filters import EVERYTHING, Filter
from gui.plots.shared.data_table_window import DataTableDialog
from gui.plots.shared.hatching import pattern_brush
from gui.plots.time_series.plot import TimeSeriesPlot
from tests.gui.shown_plots import DARK, shown

START, BUCKET = 1_796_000_400.0, 600.0
COMFY, FAILED = Filter.of(command="comfy"), Filter.of(outcome="failed")


def series(name: str, value: float, ink: Ink, chosen: Filter | None, mark: Mark = Mark.BAR, **more: object) -> Series:
    opens = None if chosen is None else Opens("commands", chosen)
    return Series(name, (value,) * 24, mark, ink, opens=opens, **more)  # type: ignore[arg-type]


BARS = (series("comfy", 60.0, Ink.SERIES_1, COMFY), series("failed", 30.0, Ink.BAD, FAILED))


def chart(*shown: Series, **more: object) -> Chart:
    edges = tuple(START + BUCKET * i for i in range(25))
    return Chart("Commands", "per 10 min", edges, ZoneInfo("UTC"), shown, summary="2,160 commands.", **more)  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[TimeSeriesPlot]:
    yield from shown(qtbot, TimeSeriesPlot(), chart(*BARS), 700, 320)


def within(chosen: Filter, bucket: int) -> Filter:
    return chosen.within(START + BUCKET * bucket, START + BUCKET * (bucket + 1))


def point(plot: TimeSeriesPlot, bucket: float, value: float, right: bool = False) -> QPoint:
    x = plot.canvas.plane.x(START + BUCKET * (bucket + 0.5))
    return QPointF(x, plot.canvas.value_y(value, right)).toPoint()


def click(plot: TimeSeriesPlot, bucket: float, value: float, right: bool = False) -> None:
    at = point(plot, bucket, value, right)
    QTest.mouseMove(plot.canvas.viewport(), at)
    QTest.mouseClick(plot.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at)


def key(plot: TimeSeriesPlot, *keys: Qt.Key) -> None:
    plot.canvas.setFocus()
    for one in keys:
        QTest.keyClick(plot.canvas, one)


def entries(menu: QMenu | None) -> dict[str, object]:
    assert menu is not None
    return {action.text().partition("\t")[0]: action for action in menu.actions() if not action.isSeparator()}


@pytest.mark.parametrize(("value", "chosen"), [(20.0, COMFY), (75.0, FAILED), (110.0, EVERYTHING)])
def test_a_click_opens_the_bucket_of_the_series_under_the_mouse(
    plot: TimeSeriesPlot, qtbot: QtBot, value: float, chosen: Filter
) -> None:
    with qtbot.waitSignal(plot.rows_requested) as caught:
        click(plot, 7, value)
    assert caught.args == ["commands", within(chosen, 7)]


def test_a_line_before_bars_is_hit_first(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    line = series("p50", 12.0, Ink.SERIES_2, Filter.of(user="1"), Mark.LINE, right=True)
    plot.show_chart(chart(*BARS, line, right=Unit.SECONDS))
    with qtbot.waitSignal(plot.rows_requested) as caught:
        click(plot, 3, 12.0, right=True)
    assert caught.args == ["commands", within(Filter.of(user="1"), 3)]


def test_single_failure_among_thousands_can_be_hit(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    plot.show_chart(chart(series("comfy", 9_000.0, Ink.SERIES_1, COMFY), series("failed", 1.0, Ink.BAD, FAILED)))
    with qtbot.waitSignal(plot.rows_requested) as caught:
        click(plot, 3, 9_000.0)
    assert caught.args == ["commands", within(FAILED, 3)]


def test_a_drag_is_no_click_and_the_second_half_of_a_double_click_neither(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    viewport = plot.canvas.viewport()
    key(plot, Qt.Key.Key_Plus)
    with qtbot.assertNotEmitted(plot.rows_requested, wait=QApplication.doubleClickInterval() + 100):
        first, last = point(plot, 10, 20), point(plot, 14, 20)
        QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=first)
        for step in range(1, 6):
            QTest.mouseMove(viewport, first + (last - first) * (step / 5))
        QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=last)
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=first)
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=first)
    assert not plot.zoom.zoomed


def test_a_double_click_on_the_whole_range_opens_nothing_either(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    viewport, at = plot.canvas.viewport(), point(plot, 10, 20)
    with qtbot.assertNotEmitted(plot.rows_requested, wait=QApplication.doubleClickInterval() + 100):
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=at)


def test_keys_choose_a_series_and_enter_opens_it(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right)
    for keys, chosen in (((), EVERYTHING), ((Qt.Key.Key_Down,), COMFY), ((Qt.Key.Key_Down,), FAILED)):
        with qtbot.waitSignal(plot.rows_requested) as caught:
            key(plot, *keys, Qt.Key.Key_Return)
        assert caught.args == ["commands", within(chosen, 1)]
    assert str(plot.reading).endswith("failed 30")
    key(plot, Qt.Key.Key_Right)
    assert str(plot.reading).endswith("; failed 30")
    key(plot, Qt.Key.Key_Down)
    assert str(plot.reading).endswith("total 90")


def test_rows_open_only_where_a_series_has_some(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    plot.show_chart(chart(series("comfy", 60.0, Ink.SERIES_1, None), BARS[1]))
    with qtbot.assertNotEmitted(plot.rows_requested, wait=50):
        click(plot, 7, 20.0)
        key(plot, Qt.Key.Key_Escape, Qt.Key.Key_Return)
    with qtbot.waitSignal(plot.rows_requested) as caught:
        click(plot, 7, 75.0)
    assert caught.args == ["commands", within(FAILED, 7)]


def test_series_of_different_tables_have_no_rows_in_common(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    images = Series("images", (9.0,) * 24, Mark.BAR, Ink.SERIES_2, opens=Opens("images", EVERYTHING))
    plot.show_chart(chart(*BARS, images))
    with qtbot.assertNotEmitted(plot.rows_requested, wait=50):
        key(plot, Qt.Key.Key_Home, Qt.Key.Key_Return)


def test_the_pointer_is_a_hand_where_a_click_opens_something(plot: TimeSeriesPlot) -> None:
    hand = Qt.CursorShape.PointingHandCursor
    QTest.mouseMove(plot.canvas.viewport(), point(plot, 5, 20))
    assert plot.canvas.viewport().cursor().shape() is hand
    plot.show_chart(chart(series("comfy", 60.0, Ink.SERIES_1, None)))
    assert plot.canvas.viewport().cursor().shape() is not hand


def test_ctrl_click_shows_a_series_alone_and_again_all(plot: TimeSeriesPlot) -> None:
    chip, ctrl = plot.legend[1], Qt.KeyboardModifier.ControlModifier
    told: list[tuple[str, bool]] = []
    plot.series_toggled.connect(lambda name, shown: told.append((name, shown)))
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton, ctrl)
    assert plot.hidden_series == {"comfy"}
    assert not plot.legend[0].isChecked()
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Space, ctrl)
    assert plot.hidden_series == frozenset()
    assert told == [("comfy", False), ("comfy", True)]


def test_the_legends_menu_hides_and_filters(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    chip = plot.legend[0]
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    offered = entries(menu)
    assert list(offered) == ["Hide", "Show only this", "Filter the page by this"]
    with qtbot.waitSignal(plot.filter_requested) as caught:
        offered["Filter the page by this"].trigger()  # type: ignore[attr-defined]
    assert caught.args == [COMFY]
    offered["Show only this"].trigger()  # type: ignore[attr-defined]
    assert plot.hidden_series == {"failed"}
    menu.close()
    assert "Show all" in entries(chip.menu())


def test_a_series_of_everything_offers_no_filter(plot: TimeSeriesPlot) -> None:
    plot.show_chart(chart(series("p50", 5.0, Ink.SERIES_2, EVERYTHING, Mark.LINE), left=Unit.SECONDS))
    assert "Filter the page by this" not in entries(plot.legend[0].menu())


def test_the_context_menu_is_there_for_the_mouse(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    at = point(plot, 7, 75.0)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, plot.canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(plot.canvas.viewport(), event)
    offered = entries(plot.menu.menu)
    assert list(offered) == [
        "Show rows of failed",
        "Note here…",
        "Show as table…",
        "Copy picture",
        "Copy data",
        "Export chart…",
    ]
    with qtbot.waitSignal(plot.rows_requested) as caught:
        offered["Show rows of failed"].trigger()  # type: ignore[attr-defined]
    assert caught.args == ["commands", within(FAILED, 7)]
    for words, signal in (
        ("Copy picture", plot.menu.copy_picture_requested),
        ("Copy data", plot.menu.copy_data_requested),
        ("Export chart…", plot.menu.export_requested),
    ):
        with qtbot.waitSignal(signal):
            offered[words].trigger()  # type: ignore[attr-defined]
    menu = plot.menu.menu
    assert menu is not None
    menu.close()
    qtbot.waitUntil(lambda: plot.menu.menu is None)


@pytest.mark.parametrize("press", [(Qt.Key.Key_Menu,), (Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)])
def test_the_context_menu_is_there_for_the_keyboard(
    plot: TimeSeriesPlot, qtbot: QtBot, press: tuple[object, ...]
) -> None:
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Down)
    QTest.keyClick(plot.canvas, *press)  # type: ignore[call-overload]
    assert "Show rows of comfy" in entries(plot.menu.menu)
    menu = plot.menu.menu
    assert menu is not None
    menu.close()


def test_an_empty_chart_offers_nothing_to_copy(plot: TimeSeriesPlot) -> None:
    plot.show_chart(chart(empty="No commands."))
    plot.menu.open_menu(QPoint(100, 100))
    menu = plot.menu.menu
    assert menu is not None
    assert not any(action.isEnabled() for action in menu.actions() if not action.isSeparator())
    menu.close()


def test_copying_has_keys(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    ctrl, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    with qtbot.waitSignal(plot.menu.copy_data_requested):
        QTest.keyClick(plot.canvas, Qt.Key.Key_C, ctrl)
    with qtbot.waitSignal(plot.menu.copy_picture_requested):
        QTest.keyClick(plot.canvas, Qt.Key.Key_C, ctrl | shift)


def test_t_shows_the_twin_and_its_cells_can_be_copied(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    key(plot, Qt.Key.Key_T)
    dialog = plot.window().findChild(DataTableDialog)
    assert isinstance(dialog, DataTableDialog)
    assert dialog.windowTitle() == "Commands"
    assert dialog.view.accessibleDescription() == "2,160 commands."
    model = dialog.view.model()
    assert [model.headerData(at, Qt.Orientation.Horizontal) for at in range(4)] == ["from", "to", "comfy", "failed"]
    QTest.keyClick(dialog.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == plot.data_table().rows[0][0]
    dialog.copy_csv()
    assert QApplication.clipboard().text().startswith('"from","to","comfy","failed"\r\n')
    dialog.copy_text()
    assert len(QApplication.clipboard().text().splitlines()) == 25
    with qtbot.waitSignal(dialog.finished):
        QTest.keyClick(dialog.view, Qt.Key.Key_Escape)


def test_durations_can_have_a_logarithmic_scale(plot: TimeSeriesPlot) -> None:
    values = tuple(0.1 * 10.0 ** (i % 4) for i in range(24))
    line = Series("p50", values, Mark.LINE, Ink.SERIES_2)
    plot.show_chart(chart(line, left=Unit.SECONDS))
    key(plot, Qt.Key.Key_L)
    assert plot.logarithmic
    steps = [plot.canvas.value_y(10.0**power, right=False) for power in (-1, 0, 1, 2)]
    assert steps[0] - steps[1] == pytest.approx(steps[1] - steps[2]) == pytest.approx(steps[2] - steps[3])
    column = round(plot.canvas.plane.x(START + BUCKET * 2.5))
    image = plot.canvas.grab().toImage()
    drawn = [y for y in range(image.height()) if image.pixel(column, y) == QColor(DARK.ink("series_2")).rgb()]
    assert any(abs(y - plot.canvas.value_y(10.0, right=False)) < 4 for y in drawn)
    key(plot, Qt.Key.Key_L)
    assert not plot.logarithmic


def test_counts_never_have_one(plot: TimeSeriesPlot) -> None:
    middle = plot.canvas.value_y(50, right=False)
    plot.set_logarithmic(True)
    assert plot.canvas.value_y(50, right=False) == middle
    plot.menu.open_menu(QPoint(100, 100))
    assert "Logarithmic scale" not in entries(plot.menu.menu)
    line = Series("p50", (0.0, 5.0, None, 500.0) * 6, Mark.LINE, Ink.SERIES_2, right=True)
    plot.show_chart(chart(*BARS, line, right=Unit.SECONDS))
    assert plot.canvas.value_y(50, right=False) == middle
    low, mid, high = (plot.canvas.value_y(value, right=True) for value in (5.0, 50.0, 500.0))
    assert low - mid == pytest.approx(mid - high)


def test_bars_have_patterns_only_when_asked_for(plot: TimeSeriesPlot) -> None:
    plot.show_chart(chart(BARS[0], series("redux", 40.0, Ink.SERIES_2, None)))
    plain = plot.canvas.grab().toImage()
    plot.patterns.choose(True)
    assert plot.canvas.grab().toImage() != plain
    assert all(chip.patterns for chip in plot.legend)
    plot.patterns.choose(False)
    assert plot.canvas.grab().toImage() == plain


def test_no_two_colours_or_shades_of_names_have_one_pattern(qapp: object) -> None:
    seen = []
    for ink in (*NAMED, *(shade for shades in SHADES.values() for shade in shades)):
        brush = pattern_brush(ink, "#ffffff")
        image = None if brush is None else brush.texture().toImage()
        assert image not in seen, ink
        seen.append(image)


def test_lines_of_one_colour_differ_by_their_dashes(plot: TimeSeriesPlot) -> None:
    pictures = set()
    solid = Series("a", (5.0,) * 24, Mark.LINE, Ink.SERIES_2)
    for hidden in ("a", "b"):
        plot.show_chart(chart(solid, Series("b", (5.0,) * 24, Mark.LINE, Ink.SERIES_2), left=Unit.SECONDS))
        chip = next(chip for chip in plot.legend if chip.series_name == hidden)
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
        image = plot.canvas.grab().toImage()
        y = round(plot.canvas.value_y(5.0, right=False))
        row = [image.pixel(x, y) == QColor(DARK.ink("series_2")).rgb() for x in range(image.width())]
        pictures.add(sum(row))
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert len(pictures) == 2
