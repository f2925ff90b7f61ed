"""The window by keyboard alone, and as a screen reader meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui import settings
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import Settings
from gui.tables.events.list import EventList
from gui.window.main_window import MainWindow
from tests.gui.window_controls import button
from tests.gui.windows import (
    notice,
    place,
    plain,
    press,
    shown_after,
    tab,
    watch,
)
from tests.platforms import moves_open_files

# By keyboard alone


def tour(window: MainWindow, backwards: bool = False) -> list[QWidget]:
    """What Tab reaches one after the other, until it comes round."""
    found: list[QWidget] = []
    for _ in range(60):
        widget = tab(window, backwards)
        if widget is None or widget in found:
            break
        found.append(widget)
    return found


def spoken(widget: QWidget) -> str:
    """What a screen reader says of a widget."""
    seen = QAccessible.queryAccessibleInterface(widget)
    return seen.text(QAccessible.Text.Name) if seen is not None else ""


def can_be_reached(root: QWidget) -> set[QWidget]:
    """What takes the focus by Tab, scroll areas' inner parts apart."""
    return {
        widget
        for widget in root.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible() and widget.focusProxy() is None
    }


def test_tab_goes_from_the_top_bar_through_the_pages_and_round(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    window.live.top.pause.setFocus()
    reached = tour(window)
    plots = [plot.canvas for plot in window.findChildren(TimeSeriesPlot)]
    bars, latest = window.findChild(BarChartPlot).view, window.findChild(EventList).table
    assert {window.live.top.pause, *plots, bars, latest} <= set(reached)
    assert can_be_reached(window.centralWidget()) <= set(reached)
    assert max(map(reached.index, plots)) < reached.index(bars) < reached.index(latest)
    assert set(tour(window, backwards=True)) == set(reached)


def test_a_plots_legend_comes_beside_its_plot(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    window.live.top.pause.setFocus()
    reached = tour(window)
    plots = window.findChildren(TimeSeriesPlot)
    owners = [next((plot for plot in plots if plot.isAncestorOf(widget)), None) for widget in reached]
    of_plots = [owner for owner in owners if owner is not None]
    assert of_plots == sorted(of_plots, key=plots.index)
    assert len(of_plots) > 4


@pytest.mark.parametrize("face", ["welcome", "problem", "pages"])
def test_controls_that_can_be_reached_have_a_name_and_let_go(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path, face: str
) -> None:
    watch(qtbot, window, database)
    if face == "problem":
        with qtbot.waitSignal(window.fault_shown):
            window.watch(tmp_path / "nothing.db")
    elif face == "welcome":
        press(window, "Ctrl+W")
    assert place(window) == face
    reached = tour(window)
    assert can_be_reached(window.centralWidget()) <= set(reached)
    assert [widget for widget in reached if not spoken(widget)] == []


@moves_open_files
def test_the_notice_can_be_reached_and_answered(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    away = database.rename(database.with_name("away.db"))
    qtbot.waitUntil(lambda: notice(window) != "")
    again = button(window.live.notice, "Try again")
    assert again in tour(window)
    again.setFocus()
    away.rename(database)
    shown_after(qtbot, window, lambda: QTest.keyClick(again, Qt.Key.Key_Space))
    assert notice(window) == ""


@pytest.mark.parametrize(
    ("letter", "first"), [("F", "Open…"), ("V", "Overview"), ("D", "Back up now…"), ("H", "Keyboard shortcuts")]
)
def test_menus_open_by_alt_and_their_letter(qtbot: QtBot, window: MainWindow, letter: str, first: str) -> None:
    press(window, f"Alt+{letter}")
    opened = QApplication.activePopupWidget()
    assert isinstance(opened, QMenu)
    assert plain(opened.actions()[0].text()) == first
    QTest.keyClick(opened, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)


def test_a_menu_is_walked_by_letters(qtbot: QtBot, window: MainWindow, memory: Settings) -> None:
    press(window, "Alt+V")
    QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_T)
    QTest.keyClick(QApplication.activePopupWidget(), Qt.Key.Key_D)
    qtbot.waitUntil(lambda: memory.text(settings.THEME) == "dark")
    assert QApplication.activePopupWidget() is None
