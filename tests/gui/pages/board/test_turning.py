"""Turning to the pages and to their sections."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from gui import settings
from gui.pages.board import Board
from gui.pages.registry import PAGES
from gui.settings import Settings
from gui.widgets.text import PlainLabel
from gui.window.main_window import MainWindow
from tests.gui.boards import BOARDS, act, click, figures, open_on, over_time, segment
from tests.gui.windows import press, watch
from tests.parameters import slow_after

KEYS = [page.entry.key for page in PAGES]


@pytest.mark.parametrize("key", slow_after(2, BOARDS))
def test_the_rail_turns_to_a_page(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> None:
    watch(qtbot, window, path)
    snapshot = act(qtbot, window, lambda: click(qtbot, window.live.rail.button(key)), page=key)
    board = window.live.pages[key]
    assert isinstance(board, Board) and board.isVisible()
    assert window.live.rail.button(key).isChecked()
    assert figures(board)
    assert snapshot.content.charts.keys() == board.wanted


@pytest.mark.parametrize("key", slow_after(1, BOARDS))
def test_alt_and_a_number_turn_to_a_page(qtbot: QtBot, window: MainWindow, path: Path, key: str) -> None:
    watch(qtbot, window, path)
    act(qtbot, window, lambda: press(window, f"Alt+{KEYS.index(key) + 1}"), page=key)
    assert window.live.pages[key].isVisible()
    assert window.live.rail.button(key).isChecked()


@pytest.mark.parametrize("key", BOARDS)
def test_every_section_shows_its_charts_and_only_those_are_made(
    qtbot: QtBot, window: MainWindow, path: Path, key: str
) -> None:
    board, snapshot = open_on(qtbot, window, path, key)
    seen = set(snapshot.content.charts)
    for button in board.sections.findChildren(QPushButton)[1:]:
        before = {name for name, plot in board.plots.items() if name not in seen and _drawn(plot)}
        assert before == set(), "what was not looked at yet is not drawn"
        snapshot = act(qtbot, window, partial(click, qtbot, button))
        assert snapshot.content.charts.keys() == board.wanted
        assert all(board.plots[name].isVisible() and _drawn(board.plots[name]) for name in board.wanted)
        seen |= board.wanted
    assert seen == board.plots.keys()


def _drawn(plot: object) -> bool:
    return bool(plot.summary)  # type: ignore[attr-defined]


def test_arrow_keys_move_between_sections(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    board, _ = open_on(qtbot, window, path, "images")
    segment(board, "Time").setFocus()
    for name, title, chart in (
        (Qt.Key.Key_Right, "Count", "by_type"),
        (Qt.Key.Key_Right, "What is made", "by_lora"),
        (Qt.Key.Key_Left, "Count", "by_type"),
    ):
        act(qtbot, window, lambda name=name: QTest.keyClick(QApplication.focusWidget(), name))
        assert segment(board, title).isChecked()
        assert board.plots[chart].isVisible()


@pytest.mark.slow
def test_making_the_pages_shows_no_other_window(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    shown: list[QWidget] = []

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(watched)
            return False

    watcher = Watcher()
    QApplication.instance().installEventFilter(watcher)
    watch(qtbot, window, path)
    for key in BOARDS:
        act(qtbot, window, partial(window.live.show_page, key), page=key)
    QApplication.instance().removeEventFilter(watcher)
    assert shown == []
    assert QApplication.activeWindow() is window


@pytest.mark.slow
def test_a_small_window_shows_whole_sections_and_whole_numbers(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.resize(900, 600)
    for key in BOARDS:
        board, _ = open_on(qtbot, window, path, key)
        assert window.width() == 900
        for button in board.sections.findChildren(QPushButton):
            assert button.width() >= button.sizeHint().width()
        qtbot.waitUntil(partial(_is_whole, board))


def _is_whole(board: Board) -> bool:
    labels = [each for each in board.figures.findChildren(PlainLabel) if each.isVisible()]
    return len(labels) >= 4 and all(label.width() >= label.sizeHint().width() for label in labels)


def test_a_low_window_shows_twelve_compact_rows_under_a_chart(
    qtbot: QtBot, window: MainWindow, memory: Settings, path: Path
) -> None:
    memory.remember(settings.DENSITY, settings.Density.COMPACT.value)
    window.resize(1280, 800)
    board, _ = open_on(qtbot, window, path, "commands")
    assert board.table is not None
    view = board.table.view
    qtbot.waitUntil(lambda: view.viewport().height() // view.row_height >= 12)
    assert over_time(board).height() > 150
    window.preferences.apply(settings.DENSITY, settings.Density.COMFORTABLE.value)
    assert view.row_height == settings.Density.COMFORTABLE.row_height
    qtbot.waitUntil(lambda: view.viewport().height() // view.row_height >= 10)
    assert over_time(board).height() > 120
