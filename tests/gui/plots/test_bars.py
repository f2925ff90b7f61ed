"""The bar chart as the host meets it: real clicks and keys on a real list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Bar, BarChart, Opens, Unit
from core.filters import EVERYTHING, Filter
from gui.plots.bars.columns import Headings, lay_out
from gui.plots.bars.plot import ROW_HEIGHTS, BarChartPlot
from gui.style.theme import apply_theme
from gui.widgets.text import PlainLabel
from resources import design
from resources.design import Theme

DARK = design.palette(Theme.DARK)
LONG = "<img src=file:x>" * 20_000


def bar(name: str, value: float, part: float = 0.0, *figures: str) -> Bar:
    return Bar(name, value, part, figures, Opens("commands", Filter.of(command=name or "x")))


BARS = tuple(
    bar(name, 700.0 - 100 * place, place, f"{place} s") for place, name in enumerate(("comfy", "redux", "pulid"))
)


def chart(*bars: Bar, **more: object) -> BarChart:
    usual = {"title": "By command", "value": "count", "columns": ("p50",), "part": "failed"}
    fields = usual | {"summary": "comfy is run most."} | more
    return BarChart(subtitle="", bars=bars, **fields)  # type: ignore[arg-type]


@pytest.fixture
def plot(qtbot: QtBot, qapp: QApplication) -> BarChartPlot:
    widget = BarChartPlot()
    qtbot.addWidget(widget)
    widget.set_palette(apply_theme(qapp, Theme.DARK))
    widget.resize(480, 260)
    widget.show_chart(chart(*BARS))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def middle(plot: BarChartPlot, row: int) -> QPoint:
    return plot.view.visualRect(plot.view.model().index(row, 0)).center()


def inks(plot: BarChartPlot, row: int) -> set[str]:
    """The colours of the pixels in the middle of a row."""
    image: QImage = plot.view.grab().toImage()
    height = middle(plot, row).y()
    return {image.pixelColor(x, height).name() for x in range(image.width())}


def click(plot: BarChartPlot, row: int, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mouseClick(plot.view.viewport(), Qt.MouseButton.LeftButton, modifier, middle(plot, row))


def test_the_model_keeps_qts_rules(plot: BarChartPlot) -> None:
    tester = QAbstractItemModelTester(plot.view.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    for bars in (BARS, BARS[:1], (), BARS[::-1]):
        plot.show_chart(chart(*bars))
    assert tester.model() is plot.view.model()


def test_the_sample_of_the_part_stands_behind_the_title_of_a_chart_that_is_filled_while_it_is_seen(
    qtbot: QtBot, qapp: QApplication
) -> None:
    book, plot = QStackedWidget(), BarChartPlot()
    qtbot.addWidget(book)
    plot.set_palette(apply_theme(qapp, Theme.DARK))
    for page in (QWidget(), plot):
        book.addWidget(page)
    book.resize(360, 260)
    book.show()
    book.setCurrentWidget(plot)
    qtbot.waitExposed(plot)
    plot.show_chart(chart(bar("comfy", 2, 1), title="Favourite commands", columns=()))
    heading = plot.grab(QRect(0, 0, plot.width(), 20)).toImage()
    inked = {ink: columns(heading, ink) for ink in (DARK.text, DARK.bad)}
    assert inked[DARK.text] and inked[DARK.bad]
    assert max(inked[DARK.text]) < min(inked[DARK.bad])


def columns(image: QImage, ink: str) -> list[int]:
    """Where a colour is to be seen, in pixels from the left."""
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return sorted({x for x, y in places if image.pixelColor(x, y) == QColor(ink)})


def test_a_tick_stands_where_its_bar_ended_at_another_time(plot: BarChartPlot) -> None:
    """Beyond the longest bar, too: all are then as much shorter."""
    before = (350.0, 1_400.0, None)
    plot.show_chart(chart(*(replace(bar, before=then) for bar, then in zip(BARS, before, strict=True))))
    image: QImage = plot.view.grab().toImage()
    track, ticks = [], []
    for row in range(3):
        height = middle(plot, row).y()
        line = [image.pixelColor(x, height).name() for x in range(image.width())]
        filled = [x for x, colour in enumerate(line) if colour == DARK.accent]
        above = image.copy(0, height - 5, image.width(), 1)
        ticks.append([x for x in range(above.width()) if above.pixelColor(x, 0) == QColor(DARK.text)])
        track.append((filled[0], filled[-1]))
    assert ticks[2] == [], "nothing is known of then"
    (start, half), (_start, shorter), _third = track
    assert ticks[0] and abs((ticks[0][0] - start) - (half - start) / 2) <= 3, "half as many as now"
    assert ticks[1] and ticks[1][0] > half * 1.3, "the greatest of all numbers"
    assert shorter < half


def test_a_click_and_the_keyboard_choose_a_bar_and_its_filter(plot: BarChartPlot, qtbot: QtBot) -> None:
    chosen: list[str] = []
    filters: list[Filter] = []
    plot.bar_chosen.connect(lambda bar: chosen.append(bar.name))
    plot.filter_requested.connect(filters.append)
    with qtbot.waitSignal(plot.bar_chosen):
        click(plot, 1)
    qtbot.keyClick(plot.view, Qt.Key.Key_Down)
    qtbot.keyClick(plot.view, Qt.Key.Key_Return)
    qtbot.keyClick(plot.view, Qt.Key.Key_Home)
    qtbot.keyClick(plot.view, Qt.Key.Key_Space)
    assert chosen == ["redux", "pulid", "comfy"]
    assert filters == [Filter.of(command=name) for name in chosen]


def test_shift_and_a_double_click_open_the_rows(plot: BarChartPlot, qtbot: QtBot) -> None:
    opened: list[tuple[str, Filter]] = []
    filters: list[Filter] = []
    plot.rows_requested.connect(lambda table, chosen: opened.append((table, chosen)))
    plot.filter_requested.connect(filters.append)
    click(plot, 2, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(plot.view, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    click(plot, 0)
    QTest.mouseDClick(plot.view.viewport(), Qt.MouseButton.LeftButton, pos=middle(plot, 0))
    names = ("pulid", "pulid", "comfy")
    assert opened == [("commands", Filter.of(command=name)) for name in names]
    with qtbot.assertNotEmitted(plot.filter_requested, wait=QApplication.doubleClickInterval() + 100):
        assert filters == [], "a double click does not filter the page besides"


def test_a_bar_without_rows_opens_none_and_filters_nothing(plot: BarChartPlot, qtbot: QtBot) -> None:
    plot.show_chart(chart(Bar("other", 3.0), Bar("all", 2.0, opens=Opens("commands", EVERYTHING))))
    with qtbot.assertNotEmitted(plot.rows_requested), qtbot.assertNotEmitted(plot.filter_requested):
        with qtbot.waitSignal(plot.bar_chosen):
            click(plot, 0)
        click(plot, 0, Qt.KeyboardModifier.ShiftModifier)
        click(plot, 1)


def test_the_context_menu_opens_rows_and_filters(plot: BarChartPlot, qtbot: QtBot) -> None:
    plot.menu.open_menu(middle(plot, 1))
    menu = plot.menu.menu
    assert menu is not None
    words = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert words[0] == "Show rows of redux\tShift+Enter"
    assert words[1].startswith("Filter the page by redux")
    assert "Export chart…" in words
    with qtbot.waitSignal(plot.rows_requested) as caught:
        menu.actions()[0].trigger()
    assert caught.args == ["commands", Filter.of(command="redux")]
    menu.close()


def test_new_numbers_keep_the_focus_and_so_does_another_order(plot: BarChartPlot) -> None:
    plot.view.setCurrentIndex(plot.view.model().index(2, 0))
    plot.show_chart(chart(*(bar(old.name, old.value + 1) for old in BARS)))
    assert plot.view.currentIndex().row() == 2
    plot.show_chart(chart(bar("pulid", 9_000), *BARS[:2]))
    assert plot.view.currentIndex().row() == 0
    assert plot.view.currentIndex().data() == "pulid"


def test_many_bars_scroll_and_a_refresh_does_not_scroll_back(plot: BarChartPlot, qtbot: QtBot) -> None:
    many = [bar(f"command{i}", 1000.0 - i) for i in range(100)]
    plot.show_chart(chart(*many))
    plot.view.setCurrentIndex(plot.view.model().index(80, 0))
    scrolled = plot.view.verticalScrollBar().value()
    assert scrolled > 0
    plot.show_chart(chart(*many[1:3], many[0], *many[3:]))
    assert plot.view.verticalScrollBar().value() == scrolled


def test_failures_are_red_only_where_there_are_some(plot: BarChartPlot) -> None:
    assert DARK.accent in inks(plot, 0)
    assert DARK.bad not in inks(plot, 0)
    assert DARK.bad in inks(plot, 2)


def test_patterns_tell_the_failed_part_apart_without_colour(plot: BarChartPlot) -> None:
    plot.show_chart(chart(bar("comfy", 10.0, 8.0)))
    plain = plot.view.grab().toImage()
    plot.patterns.choose(True)
    assert plot.view.grab().toImage() != plain
    plot.patterns.choose(False)
    assert plot.view.grab().toImage() == plain


def test_rows_share_the_room_and_a_whole_number_fits(plot: BarChartPlot, qtbot: QtBot) -> None:
    many = [bar(f"command{i}", 100.0 - i) for i in range(24)]
    plot.show_chart(chart(*many))
    height = plot.view.visualRect(plot.view.model().index(0, 0)).height()
    room = plot.view.viewport().height()
    assert ROW_HEIGHTS[0] <= height <= ROW_HEIGHTS[1]
    assert room - (room // height) * height < height / 4
    plot.show_chart(chart(*many[:3]))
    qtbot.waitUntil(
        lambda: plot.view.visualRect(plot.view.model().index(0, 0)).height() == ROW_HEIGHTS[1], timeout=2000
    )


def test_figures_give_way_to_the_bars_where_room_is_scarce(plot: BarChartPlot, qtbot: QtBot) -> None:
    figures = ("2.5 %", "12.8 s", "1 min 05 s")
    plot.show_chart(chart(bar("comfy", 9.0, 1.0, *figures), columns=("failed", "p50", "p95")))
    plot.resize(600, 260)
    qtbot.waitUntil(lambda: plot.headings == ("count", "failed", "p50", "p95"))
    plot.resize(220, 260)
    qtbot.waitUntil(lambda: plot.headings == ("count",))
    assert DARK.accent in inks(plot, 0)
    assert "p95 1 min 05 s" in plot.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def test_without_bars_it_says_so(plot: BarChartPlot) -> None:
    plot.show_chart(chart(empty="No commands in 24 h."))
    assert not plot.view.isVisible()
    assert "No commands in 24 h." in [label.text() for label in plot.findChildren(PlainLabel) if label.isVisible()]
    assert plot.menu.show_table() is None
    plot.show_chart(chart(*BARS))
    assert plot.view.isVisible()


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan"), float("inf"), 1e300])
def test_absurd_values_are_drawn_calmly(plot: BarChartPlot, value: float) -> None:
    plot.show_chart(chart(bar("a", value, value), bar("b", 5.0, 50.0)))
    assert DARK.bad in inks(plot, 1) or value == 1e300
    assert not plot.grab().isNull()


def test_absurd_names_are_cut_and_tips_are_plain(plot: BarChartPlot) -> None:
    plot.show_chart(chart(bar(LONG, 1e9), bar("", 0.0), bar("أمر", 1.0), bar("🦊" * 300, 1.0)))
    index = plot.view.model().index(0, 0)
    assert len(index.data()) <= 80
    assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert plot.view.model().index(1, 0).data() == "(no name)"
    assert plot.minimumSizeHint().width() < 200


def test_tips_say_what_a_click_does_where_there_are_rows(plot: BarChartPlot) -> None:
    tip = plot.view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Shift+Enter" in tip
    assert "Double click" in tip
    plot.show_chart(chart(Bar("other", 1.0)))
    assert "Enter" not in plot.view.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_screen_readers_hear_the_numbers(plot: BarChartPlot) -> None:
    plot.show_chart(chart(bar("comfy", 1_000.0, 26.0, "0.4 s")))
    spoken = plot.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.replace("\N{NO-BREAK SPACE}", " ") == "comfy, 1,000 in all, 26 failed (2.6 %), p50 0.4 s"
    assert plot.view.accessibleName() == "By command"
    assert plot.view.accessibleDescription() == "comfy is run most."


def test_durations_can_be_compared_too(plot: BarChartPlot) -> None:
    plot.show_chart(chart(bar("16:9", 12.84), unit=Unit.SECONDS, value="p50", part="", columns=()))
    assert "12.8\N{NO-BREAK SPACE}s p50" in plot.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert plot.data_table().rows == (("16:9", 12.84),)


def test_both_themes_paint_in_their_own_colours(plot: BarChartPlot, qapp: QApplication) -> None:
    light = apply_theme(qapp, Theme.LIGHT)
    plot.set_palette(light)
    assert QColor(light.accent).name() in inks(plot, 0)
    apply_theme(qapp, Theme.DARK)


def ranked_bars() -> tuple[Bar, ...]:
    return tuple(
        Bar(name, value, figures=(f"{seconds} s",), numbers=(seconds,))
        for name, value, seconds in (("comfy", 700.0, 2.0), ("redux", 600.0, None), ("pulid", 500.0, 9.0))
    )


def names(plot: BarChartPlot) -> list[str]:
    return [row[0] for row in plot.data_table().rows]


def click_heading(plot: BarChartPlot, words: str, at: int) -> None:
    headings = plot.findChild(Headings)
    assert headings.words[at] == words
    left, width = headings._columns.figures[at]
    place = QPoint(left + width // 2, headings.height() // 2)
    QTest.mouseMove(headings, place)
    assert f"Sort by {words}" in headings.toolTip()
    QTest.mouseClick(headings, Qt.MouseButton.LeftButton, pos=place)


def test_a_click_on_a_heading_sorts_turns_round_and_ends(plot: BarChartPlot) -> None:
    plot.show_chart(chart(*ranked_bars(), part=""))
    seen = []
    for _ in range(3):
        click_heading(plot, "p50", 1)
        seen.append(names(plot))
    assert seen == [["pulid", "comfy", "redux"], ["comfy", "pulid", "redux"], ["comfy", "redux", "pulid"]]
    click_heading(plot, "count", 0)
    click_heading(plot, "count", 0)
    assert names(plot) == ["pulid", "redux", "comfy"]


def test_an_order_stays_while_numbers_come_in_and_the_focus_with_its_bar(plot: BarChartPlot) -> None:
    plot.show_chart(chart(*ranked_bars(), part=""))
    plot.sort_by(1)
    plot.view.setCurrentIndex(plot.view.model().index(0, 0))
    first, second, third = ranked_bars()
    plot.show_chart(chart(replace(first, numbers=(20.0,)), second, third, part=""))
    assert names(plot) == ["comfy", "pulid", "redux"]
    assert plot.view.currentIndex().row() == 1


def test_the_keyboard_sorts_by_the_menu(plot: BarChartPlot) -> None:
    plot.show_chart(chart(*ranked_bars(), part=""))
    entry = next(each for each in plot.entries(None) if each.words == "Sort by p50")
    entry.act()
    assert names(plot)[0] == "pulid"
    assert next(each for each in plot.entries(None) if each.words == "Sort by p50").checked
    plot.show_chart(chart(*BARS))
    assert "Sort by p50" not in [each.words for each in plot.entries(None)], "these figures have no order"
    assert names(plot) == ["comfy", "redux", "pulid"]


def test_a_list_with_many_numbers_leaves_its_names_room(qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    names = ("OutOfMemoryError in VAEDecode: Allocation on device 0 would exceed allowed memory", "TimeoutError")
    bars = tuple(Bar(name, 9.0, figures=("new", "12", "04:13", "30 Nov", "3")) for name in names)
    columns = ("state", "users", "last seen", "first seen", "servers")
    chart = BarChart("Causes", "", bars, "count", columns=columns)
    for width in (500, 620, 1_000):
        laid = lay_out(chart, width)
        assert laid.name[1] >= width * 0.4 - 2
        assert laid.bar[1] > 0 and laid.figures[-1][0] + laid.figures[-1][1] <= width
    short = lay_out(replace(chart, bars=bars[1:]), 620)
    assert short.name[1] < 150 and len(short.figures) == 6
