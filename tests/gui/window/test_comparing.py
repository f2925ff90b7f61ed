"""Another time beside the range: by keys and mouse, on every page, kept between starts, and said in the strip."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.charts.specs import Mark
from core.feed.snapshot import Snapshot
from core.filters import Filter
from core.simulation.history import write_history
from core.text.dates import dated, span_words
from core.text.formatting import differs
from core.time_ranges import local_time
from gui.dialogs.comparison_date import ComparisonDateDialog
from gui.plots.bars.plot import BarChartPlot
from gui.plots.shared.tooltip_text import read_bucket
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.widgets.filter_strip import FilterStrip
from gui.widgets.stat_tile import StatTile
from gui.window.comparing import COMPARE, COMPARED_LAST
from gui.window.main_window import MainWindow
from tests.gui.windows import BERLIN, menu, open_window, press, texts, tile, watch


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty days of a bot."""
    path = tmp_path_factory.mktemp("compared") / "history.db"
    write_history(path, days=40, rows=6_000, zone=BERLIN)
    return path


@pytest.fixture
def strip(qtbot: QtBot, window: MainWindow, history: Path) -> FilterStrip:
    """That of a window on seven days."""
    watch(qtbot, window, history)
    press(window, "Ctrl+4")
    qtbot.waitUntil(lambda: shown(window).choice == "7d" and shown(window).complete)
    return window.live.strip


def shown(window: MainWindow) -> Snapshot:
    assert window.live.shown is not None
    return window.live.shown


def compared(qtbot: QtBot, window: MainWindow, words: str) -> None:
    """Wait until it is compared with this; nothing: with nothing."""
    qtbot.waitUntil(
        lambda: shown(window).content.compared.words == words and not shown(window).content.compared.lacking
    )
    qtbot.waitUntil(lambda: window.live.strip.beside.chip.text() == words)


def has_ticks(window: MainWindow) -> bool:
    chart = shown(window).content.charts["commands"]
    return any(each.mark is Mark.TICK for each in chart.series)


def test_one_key_compares_and_ends_it(qtbot: QtBot, window: MainWindow, strip: FilterStrip) -> None:
    assert not strip.isVisible() and not has_ticks(window)
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "7 d before")
    assert strip.isVisible() and strip.beside.isVisible() and has_ticks(window)
    assert texts(strip) == ["Compared with"], "there is no filter to be named"
    plot = next(each for each in window.live.current.charts if isinstance(each, TimeSeriesPlot))
    qtbot.waitUntil(lambda: plot.chart is not None and plot.chart.series[-1].name == "7 d before")
    assert plot.chart is not None and plot.chart.summary.endswith("Compared with 7 d before.")
    press(window, "Ctrl+Shift+V")
    qtbot.waitUntil(lambda: not has_ticks(window))
    assert not strip.isVisible()


def test_the_menu_chooses_and_the_key_comes_back_to_it(
    qtbot: QtBot, window: MainWindow, strip: FilterStrip, memory: Settings
) -> None:
    menu(window, "View", "Compare with", "A week before").trigger()
    compared(qtbot, window, "a week before")
    assert menu(window, "View", "Compare with", "A week before").isChecked()
    assert menu(window, "View", "Compare with", "Compare").isChecked()
    assert "vs a week before" in {each.tile.comparison for each in window.findChildren(StatTile)}
    menu(window, "View", "Compare with", "Nothing").trigger()
    qtbot.waitUntil(lambda: not has_ticks(window))
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "a week before")
    assert (memory.text(COMPARE), memory.text(COMPARED_LAST)) == ("week", "week")


@pytest.mark.parametrize("by", ["mouse", "Delete", "Space"])
def test_the_chip_takes_it_away(qtbot: QtBot, window: MainWindow, strip: FilterStrip, by: str) -> None:
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "7 d before")
    chip = strip.beside.chip
    if by == "mouse":
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton, pos=QPoint(6, 6))
    else:
        chip.setFocus()
        QTest.keyClick(chip, Qt.Key.Key_Delete if by == "Delete" else Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not has_ticks(window))
    assert not strip.isVisible()
    assert not menu(window, "View", "Compare with", "Compare").isChecked()


def test_the_way_back_leads_to_what_was_compared(qtbot: QtBot, window: MainWindow, strip: FilterStrip) -> None:
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "7 d before")
    press(window, "Ctrl+Shift+V")
    qtbot.waitUntil(lambda: not has_ticks(window))
    press(window, "Alt+Left")
    compared(qtbot, window, "7 d before")
    press(window, "Alt+Right")
    qtbot.waitUntil(lambda: not has_ticks(window) and not strip.isVisible())


def test_what_is_pointed_at_says_both_numbers_and_when_the_other_was(
    qtbot: QtBot, window: MainWindow, strip: FilterStrip
) -> None:
    menu(window, "View", "Compare with", "A week before").trigger()
    compared(qtbot, window, "a week before")
    chart = shown(window).content.charts["commands"]
    place = next(place for place, value in enumerate(chart.series[-1].values) if value)
    read = read_bucket(chart, place, frozenset())
    now = sum(each.values[place] or 0 for each in chart.series if each.mark is Mark.BAR)
    before = chart.series[-1].values[place]
    then = span_words(*(chart.edges[place + end] - 7 * 86_400 for end in (0, 1)), BERLIN)
    (row,) = [row for row in read.rows if row.mark is Mark.TICK]
    assert row.name == f"a week before \N{MIDDLE DOT} {then}"
    assert row.text == f"{before:.0f} ({differs(now, before, counted=True)})"
    assert next(row.text for row in read.rows if row.name == "total") == f"{now:.0f}", "it is no part of the total"


def test_every_page_and_every_range_goes_on_with_it(qtbot: QtBot, window: MainWindow, strip: FilterStrip) -> None:
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "7 d before")
    press(window, "Alt+2")
    qtbot.waitUntil(lambda: shown(window).page == "commands" and shown(window).complete)
    compared(qtbot, window, "7 d before")
    bars = next(each for each in window.live.current.charts if isinstance(each, BarChartPlot))
    qtbot.waitUntil(lambda: bars.chart is not None and bars.chart.columns[0] == "7 d before")
    press(window, "Ctrl+5")
    qtbot.waitUntil(lambda: shown(window).choice == "30d")
    qtbot.waitUntil(lambda: strip.beside.chip.text() == "30 d before")
    qtbot.waitUntil(lambda: "records begin on" in " ".join(texts(strip)))  # there are forty days
    press(window, "Ctrl+7")
    qtbot.waitUntil(lambda: "There is no such time before this range." in texts(strip))
    press(window, "Ctrl+3")
    compared(qtbot, window, "24 h before")


def test_it_stands_beside_a_filter_that_can_be_cleared_alone(
    qtbot: QtBot, window: MainWindow, strip: FilterStrip
) -> None:
    press(window, "Ctrl+Shift+V")
    compared(qtbot, window, "7 d before")
    before = tile(window, "Commands")
    window.filter_by(Filter.of(command="comfy"))
    qtbot.waitUntil(lambda: tile(window, "Commands") != before)
    compared(qtbot, window, "7 d before")
    assert strip.clear.isVisible() and strip.chips[0].isVisible() and strip.beside.isVisible()
    strip.clear.click()
    qtbot.waitUntil(lambda: tile(window, "Commands") == before)
    assert strip.isVisible() and not strip.clear.isVisible()


def answer(act: Callable[[ComparisonDateDialog], None]) -> list[date]:
    """Do something in the dialog that is about to open; the day that it begins with comes into the list."""
    begun: list[date] = []

    def do() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ComparisonDateDialog)
        begun.append(dialog.day)
        act(dialog)

    QTimer.singleShot(50, do)
    return begun


def test_a_day_is_asked_for(qtbot: QtBot, window: MainWindow, strip: FilterStrip) -> None:
    chosen: list[date] = []

    def nine_days_earlier(dialog: ComparisonDateDialog) -> None:
        chosen.append(dialog.day - timedelta(days=9))
        dialog.field.setDate(QDate(chosen[0].year, chosen[0].month, chosen[0].day))
        QTest.keyClick(dialog.field, Qt.Key.Key_Return)

    begun = answer(nine_days_earlier)
    entry = menu(window, "View", "Compare with", "From a day on…")
    entry.trigger()
    first = local_time(shown(window).buckets.edges[0], BERLIN).date()
    assert begun == [first - timedelta(days=1)]
    qtbot.waitUntil(lambda: shown(window).content.compared.words == f"from {dated(chosen[0])}")
    assert entry.isChecked()
    again = answer(lambda dialog: dialog.leave.click())
    entry.trigger()
    assert again == chosen
    assert entry.isChecked() and shown(window).content.compared.words, "all is as it was"


def test_the_next_window_compares_as_well(qtbot: QtBot, memory: Settings, history: Path) -> None:
    memory.remember(COMPARE, "week")
    window = open_window(qtbot, memory)
    watch(qtbot, window, history)
    press(window, "Ctrl+4")
    compared(qtbot, window, "a week before")
    assert has_ticks(window)


@pytest.mark.parametrize("text", ["nonsense", "2026-13-40", "0001-01-01"])
def test_what_settings_say_wrongly_compares_with_nothing(
    qtbot: QtBot, memory: Settings, history: Path, text: str
) -> None:
    memory.remember(COMPARE, text)
    window = open_window(qtbot, memory)
    watch(qtbot, window, history)
    assert shown(window).content.compared.words == "" and not window.live.strip.isVisible()
