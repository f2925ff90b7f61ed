from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import resources
from gui.theme import apply_theme
from gui.widgets.bar_list import ROW_HEIGHTS, BarList
from gui.widgets.text import PlainLabel
from resources import Theme
from tests.gui.snapshot_samples import command

COMMANDS = tuple(command(name, 700 - 100 * place, place) for place, name in enumerate(("comfy", "redux", "pulid")))


@pytest.fixture
def bars(qtbot: QtBot, qapp: QApplication) -> BarList:
    widget = BarList()
    qtbot.addWidget(widget)
    widget.set_palette(apply_theme(qapp, Theme.DARK))
    widget.resize(480, 240)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def middle(bars: BarList, row: int) -> QPoint:
    return bars.view.visualRect(bars.view.model().index(row, 0)).center()


def inks(bars: BarList, row: int) -> set[str]:
    """The colours of the pixels in the middle of a row."""
    image: QImage = bars.view.grab().toImage()
    height = middle(bars, row).y()
    return {image.pixelColor(x, height).name() for x in range(image.width())}


def test_the_model_keeps_qts_rules(bars: BarList) -> None:
    tester = QAbstractItemModelTester(bars.view.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    for commands in (COMMANDS, COMMANDS[:1], (), COMMANDS[::-1]):
        bars.show_commands(commands)
    assert tester.model() is bars.view.model()


def test_a_click_and_the_keyboard_choose_a_command(bars: BarList, qtbot: QtBot) -> None:
    bars.show_commands(COMMANDS)
    chosen: list[str] = []
    bars.activated.connect(chosen.append)
    qtbot.mouseClick(bars.view.viewport(), Qt.MouseButton.LeftButton, pos=middle(bars, 1))
    qtbot.keyClick(bars.view, Qt.Key.Key_Down)
    qtbot.keyClick(bars.view, Qt.Key.Key_Return)
    qtbot.keyClick(bars.view, Qt.Key.Key_Home)
    qtbot.keyClick(bars.view, Qt.Key.Key_Space)
    assert chosen == ["redux", "pulid", "comfy"]


def test_new_numbers_of_the_same_commands_keep_the_selection(bars: BarList, qtbot: QtBot) -> None:
    bars.show_commands(COMMANDS)
    bars.view.setCurrentIndex(bars.view.model().index(2, 0))
    bars.show_commands(tuple(command(old.name, old.total + 1) for old in COMMANDS))
    assert bars.view.currentIndex().row() == 2


def test_failures_are_red_only_where_there_are_some(bars: BarList) -> None:
    bars.show_commands(COMMANDS)
    palette = resources.palette(Theme.DARK)
    assert palette.accent in inks(bars, 0)
    assert palette.bad not in inks(bars, 0)
    assert palette.bad in inks(bars, 2)


def test_rows_share_the_room_and_a_whole_number_fits(bars: BarList, qtbot: QtBot) -> None:
    many = tuple(command(f"command{i}", 100 - i) for i in range(24))
    bars.show_commands(many)
    height = bars.view.visualRect(bars.view.model().index(0, 0)).height()
    assert ROW_HEIGHTS[0] <= height <= ROW_HEIGHTS[1]
    assert 240 - (240 // height) * height < height / 4
    bars.show_commands(many[:3])
    qtbot.waitUntil(
        lambda: bars.view.visualRect(bars.view.model().index(0, 0)).height() == ROW_HEIGHTS[1], timeout=2000
    )


def test_without_commands_it_says_so(bars: BarList) -> None:
    bars.show_commands((), "No commands in 24 h.")
    assert not bars.view.isVisible()
    assert "No commands in 24 h." in [label.text() for label in bars.findChildren(PlainLabel) if label.isVisible()]
    bars.show_commands(COMMANDS)
    assert bars.view.isVisible()


def test_absurd_names_are_cut_and_tips_are_plain(bars: BarList) -> None:
    bars.show_commands((command("<img src=file:x>" * 20_000, 10**9), command("", 0, 0, None)))
    index = bars.view.model().index(0, 0)
    assert len(index.data()) <= 81
    assert "<img" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert not bars.grab().isNull()


def test_screen_readers_hear_the_numbers(bars: BarList) -> None:
    bars.show_commands((command("comfy", 1_000, 26),))
    spoken = bars.view.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.replace("\N{NO-BREAK SPACE}", " ") == (
        "/comfy, 1,000 runs, 26 failed (2.6 %), execution time p50 0.4 s, p95 0.4 s"
    )
