"""A legend with little room: what is seen has its name, and the rest is behind a button, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.charts.specs import Chart, Ink, Mark, Opens, Series
from core.filters import Filter
from gui.plots.shared.legend_panel import LegendButton, LegendPanel
from gui.plots.time_series.plot import TimeSeriesPlot
from tests.gui.plot_samples import over_time
from tests.gui.shown_plots import shown

NAMES = ("comfy", "redux", "queue_status", "lora", "stats", "other", "failed")
LEFT = Qt.MouseButton.LeftButton


def chart(*names: str) -> Chart:
    series = (
        Series(name, (2.0,) * 48, Mark.BAR, ink, opens=Opens("commands", Filter.of(command=name)))
        for name, ink in zip(names, Ink, strict=False)
    )
    return over_time(series=tuple(series), right=None)


@pytest.fixture
def plot(qtbot: QtBot) -> Iterator[TimeSeriesPlot]:
    """As small as on a page of a window of 900 × 600."""
    yield from shown(qtbot, TimeSeriesPlot(), chart(*NAMES), 320, 160)


def button(plot: TimeSeriesPlot) -> LegendButton:
    return plot.findChild(LegendButton)


def seen(plot: TimeSeriesPlot) -> list[str]:
    """The names that are in the legend, each of them in full."""
    chips = [chip for chip in plot.legend if chip.isVisible()]
    assert all(chip.width() >= chip.sizeHint().width() for chip in chips), "a name is cut"
    assert all(plot.rect().contains(chip.mapTo(plot, chip.rect().bottomRight())) for chip in chips)
    return [chip.series_name for chip in chips]


def panel() -> LegendPanel:
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, LegendPanel)
    return opened


def resize(plot: TimeSeriesPlot, qtbot: QtBot, width: int, height: int) -> None:
    plot.window().resize(width, height)
    qtbot.waitUntil(lambda: plot.window().width() == width)
    QApplication.processEvents()


@pytest.mark.parametrize("size", [(240, 150), (320, 160), (450, 200), (320, 260), (560, 260), (900, 160), (300, 500)])
def test_samples_are_not_seen_without_their_name(plot: TimeSeriesPlot, qtbot: QtBot, size: tuple[int, int]) -> None:
    resize(plot, qtbot, *size)
    names = seen(plot)
    assert tuple(names) == NAMES[: len(names)]
    left_out = len(NAMES) - len(names)
    assert button(plot).isVisible() == bool(left_out)
    if left_out:
        assert button(plot).text() == (f"+{left_out}" if names else "Legend")
        assert all(name in button(plot).toolTip() for name in NAMES[len(names) :])
        assert button(plot).accessibleName().startswith("Legend")


def test_all_names_are_seen_where_there_is_room(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    for size in ((900, 160), (560, 260), (300, 700)):
        resize(plot, qtbot, *size)
        assert tuple(seen(plot)) == NAMES
    resize(plot, qtbot, 560, 160)
    assert len(seen(plot)) < len(NAMES)
    resize(plot, qtbot, 560, 260)
    assert tuple(seen(plot)) == NAMES, "growing higher is enough"


def test_a_click_opens_the_whole_legend_and_it_stays_while_series_are_switched(
    plot: TimeSeriesPlot, qtbot: QtBot
) -> None:
    qtbot.mouseClick(button(plot), LEFT)
    opened = panel()
    assert [chip.series_name for chip in opened.chips] == list(NAMES)
    assert all(chip.width() >= chip.sizeHint().width() for chip in opened.chips)
    with qtbot.waitSignal(plot.series_toggled) as caught:
        qtbot.mouseClick(opened.chips[5], LEFT)
    assert caught.args == ["other", False]
    assert plot.hidden_series == {"other"} and not opened.chips[5].isChecked() and not plot.legend[5].isChecked()
    plot.show_chart(chart(*NAMES))
    assert panel() is opened, "a look at the database does not close it"
    assert not opened.chips[5].isChecked()
    qtbot.mouseClick(opened.chips[6], LEFT, Qt.KeyboardModifier.ControlModifier)
    assert plot.hidden_series == set(NAMES) - {"failed"}
    assert [chip.isChecked() for chip in opened.chips] == [False] * 6 + [True]
    qtbot.mouseClick(opened.chips[6], LEFT, Qt.KeyboardModifier.ControlModifier)
    assert plot.hidden_series == frozenset()
    plot.show_chart(chart(*NAMES[:5]))
    assert QApplication.activePopupWidget() is None, "it was about other series"


def test_the_legend_is_opened_and_used_by_keyboard(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    plot.canvas.setFocus()
    for _ in range(len(seen(plot)) + 1):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is button(plot)
    QTest.keyClick(button(plot), Qt.Key.Key_Space)
    opened = panel()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is opened.chips[0])
    for _ in range(3):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert plot.hidden_series == {"lora"}
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert QApplication.activePopupWidget() is None
    qtbot.waitUntil(lambda: QApplication.focusWidget() is button(plot))
    QTest.keyClick(button(plot), Qt.Key.Key_Return)
    assert not panel().chips[3].isChecked()
    panel().close()


def test_a_series_of_the_panel_filters_the_page(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    qtbot.mouseClick(button(plot), LEFT)
    chip = panel().chips[4]
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Menu)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    with qtbot.waitSignal(plot.filter_requested) as caught:
        menu.actions()[-1].trigger()
    assert caught.args == [Filter.of(command="stats")]
    menu.close()


def test_absurd_names_stay_in_the_window(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    plot.show_chart(chart("x" * 200_000, "<img src=file:x>", "أمر طويل جدا", "🦊" * 300, "a\nb"))
    for size in ((240, 150), (400, 300)):
        resize(plot, qtbot, *size)
        seen(plot)
    if not button(plot).isVisible():
        resize(plot, qtbot, 240, 150)
    qtbot.mouseClick(button(plot), LEFT)
    assert panel().width() < 400
    assert "&lt;img" in panel().chips[1].toolTip()
    panel().close()
    assert button(plot).mapTo(plot, QPoint()).x() >= 0


def test_a_percentile_is_explained_and_a_command_of_its_name_is_not(plot: TimeSeriesPlot) -> None:
    lines = (Series("p50", (2.0,) * 48, Mark.LINE, Ink.SERIES_2), Series("p95", (3.0,) * 48, Mark.DASHED, Ink.SERIES_2))
    bars = (Series("p50", (1.0,) * 48, Mark.BAR, Ink.SERIES_1),)
    plot.show_chart(over_time(series=(*bars, *lines), right=None))
    told = {(chip.series_name, chip.sample.mark): chip.toolTip() for chip in plot.legend}
    assert "half took no longer" in told["p50", Mark.LINE]
    assert "95 of 100 took no longer" in told["p95", Mark.DASHED]
    assert "took no longer" not in told["p50", Mark.BAR]


def test_what_failed_has_room_before_all_the_rest(plot: TimeSeriesPlot, qtbot: QtBot) -> None:
    inks = (Ink.SERIES_1, Ink.SERIES_8, Ink.BAD)
    series = (
        Series(name, (2.0,) * 48, Mark.BAR, ink) for name, ink in zip(("comfy", "other", "failed"), inks, strict=True)
    )
    plot.show_chart(over_time(series=tuple(series), right=None))
    assert [chip.series_name for chip in plot.legend] == ["comfy", "failed", "other"]
    resize(plot, qtbot, 275, 100)
    assert seen(plot) == ["comfy", "failed"]
