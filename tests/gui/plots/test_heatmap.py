"""The heatmap as the host meets it: real mouse and keys on a real widget."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import HeatCell, Heatmap, Unit
from core.filters import Filter
from gui.plots.heatmap.colour_scale import color_of, ramp, zero_color
from gui.plots.heatmap.grid import column_labels
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.shared.header import HeadingLine
from gui.style.theme import contrast
from resources.design import Theme, palette
from tests.gui.plot_samples import week
from tests.gui.shown_plots import DARK, shown


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[HeatmapPlot]:
    yield from shown(qtbot, HeatmapPlot(), week(), 900, 320)


def at(plot: HeatmapPlot, day: int, hour: int) -> QPoint:
    return plot.grid.box((day, hour)).center().toPoint()


def key(plot: HeatmapPlot, *keys: Qt.Key) -> None:
    plot.grid.setFocus()
    for one in keys:
        QTest.keyClick(plot.grid, one)


def read(plot: HeatmapPlot) -> tuple[str, str]:
    assert plot.reading is not None
    return plot.reading.span, plot.reading.rows[0].text


def test_the_mouse_reads_a_field(plot: HeatmapPlot) -> None:
    assert plot.reading is None
    QTest.mouseMove(plot.grid, at(plot, 2, 9))
    assert read(plot) == ("Wed 09:00 – 10:00", "57")
    assert plot.grid.accessibleDescription() == "Most on Sundays."
    QTest.mouseMove(plot.grid, at(plot, 6, 23))
    assert plot.reading is None


def test_a_click_chooses_a_field_and_opens_its_rows(plot: HeatmapPlot, qtbot: QtBot) -> None:
    with qtbot.waitSignal(plot.cell_chosen) as chosen, qtbot.waitSignal(plot.rows_requested) as asked:
        QTest.mouseClick(plot.grid, Qt.MouseButton.LeftButton, pos=at(plot, 2, 9))
    assert chosen.args[0].words == "Wed 09:00 – 10:00"
    assert asked.args == ["commands", Filter.of(command="c9")]


def test_arrow_keys_move_and_enter_chooses(plot: HeatmapPlot, qtbot: QtBot) -> None:
    key(plot, Qt.Key.Key_Right)
    assert read(plot) == ("Sat 23:00 – 24:00", "143")  # there is nothing on Sunday night
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Right)
    assert read(plot)[0] == "Fri 01:00 – 02:00"
    with qtbot.waitSignal(plot.cell_chosen):
        key(plot, Qt.Key.Key_Return)
    QTest.keyClick(plot.grid, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert read(plot) == ("Mon 00:00 – 01:00", "0")
    key(plot, Qt.Key.Key_Escape)
    assert plot.reading is None


@pytest.mark.parametrize(
    ("words", "span", "text"),
    [
        ("Mon 1 Dec 2025: 12 images", "Mon 1 Dec 2025", "12"),
        ("Mon 1 Dec 2025: 12 images (as stored)", "Mon 1 Dec 2025", "12 (as stored)"),
        ("Mon 1 Dec 2025: not known", "Mon 1 Dec 2025", "not known"),
        ("Monday 08–09 h: 12", "Monday 08–09 h", "12"),
    ],
)
def test_a_field_says_its_number_once(plot: HeatmapPlot, words: str, span: str, text: str) -> None:
    plot.show_chart(Heatmap("Year", "", ("Mon",), ("Dec",), ((HeatCell(12.0, words),),), "images"))
    key(plot, Qt.Key.Key_Home)
    assert read(plot) == (span, text)
    assert plot.reading is not None and plot.reading.rows[0].name == "images"


def test_keys_go_over_places_without_a_field(plot: HeatmapPlot) -> None:
    row = (HeatCell(1.0, "first"), HeatCell(None), HeatCell(None), HeatCell(2.0, "second"))
    plot.show_chart(Heatmap("Year", "", ("Mon",), ("Jan", "", "", ""), (row,), "images"))
    key(plot, Qt.Key.Key_Home, Qt.Key.Key_Right)
    assert read(plot)[0] == "second"


def test_cells_without_a_field_are_not_drawn_and_zero_is_faint(plot: HeatmapPlot) -> None:
    image = plot.grid.grab().toImage()
    assert image.pixelColor(at(plot, 6, 23)).name() == DARK.surface
    assert image.pixelColor(at(plot, 3, 0)) == zero_color(DARK)
    assert zero_color(DARK).name() != DARK.surface
    assert image.pixelColor(at(plot, 6, 22)) == ramp(DARK)[-1]


@pytest.mark.parametrize("theme", Theme)
def test_the_ramp_rises_evenly_away_from_the_ground(theme: Theme) -> None:
    colours = palette(theme)
    steps = [contrast(color.name(), colours.surface) for color in ramp(colours)]
    assert steps == sorted(steps) and steps[-1] > 4.5
    first, middle, last = (ramp(colours)[place].lightnessF() for place in (0, 32, -1))
    assert abs(abs(middle - first) - abs(last - middle)) < 0.15
    assert color_of(1e-9, 100.0, colours) != zero_color(colours)


def test_the_legend_names_the_greatest_value(plot: HeatmapPlot) -> None:
    assert plot.ramp.accessibleName() == "Colours from 0 to 166"
    plot.show_chart(week(empty="Nothing yet"))
    assert plot.ramp.isHidden()


def test_labels_are_thinned_where_they_do_not_fit() -> None:
    hours = [f"{hour:02}" for hour in range(24)]
    assert len(list(column_labels(hours, 40.0, lambda text: 14.0))) == 24
    assert [name for _, name, _ in column_labels(hours, 12.0, lambda text: 14.0)] == hours[::2]
    months = ["Nov", "Dec", "", "", "", "Jan", "", "", "", "Feb"]
    kept = [name for _, name, _ in column_labels(months, 12.0, lambda text: 24.0)]
    assert kept == ["Dec", "Jan", "Feb"]  # of November there is but a week


def test_a_refresh_keeps_the_cursor_and_a_change_moves_it_away(plot: HeatmapPlot) -> None:
    key(plot, Qt.Key.Key_Home)
    plot.show_chart(week(summary="later"))
    assert read(plot)[1] == "0"
    plot.show_chart(week(empty="Nothing yet"))
    assert plot.reading is None and plot.data_table() is None


def test_absurd_values_and_names_are_drawn(plot: HeatmapPlot) -> None:
    values = (1e15, float("nan"), float("inf"), -5.0, None, 1.0)
    row = tuple(HeatCell(value, "<b>x</b>\n" * 50) for value in values)
    names = tuple("long name " * 40 for _ in values)
    plot.show_chart(Heatmap("x" * 5000, "y" * 5000, names[:1], names, (row,), "z" * 500, unit=Unit.SECONDS))
    plot.grab()
    key(plot, Qt.Key.Key_Home)
    assert len(read(plot)[0]) <= 80
    plot.resize(40, 30)
    plot.grab()


def test_the_ramp_gives_way_to_the_title(plot: HeatmapPlot) -> None:
    full = plot.ramp.width()
    assert full == plot.ramp.sizeHint().width()
    plot.window().resize(230, 320)
    QApplication.processEvents()
    title = next(part for part in plot.findChildren(HeadingLine) if part.text == "Busiest hours")
    assert title.width() >= title.sizeHint().width()
    assert plot.ramp.minimumSizeHint().width() <= plot.ramp.width() < full
