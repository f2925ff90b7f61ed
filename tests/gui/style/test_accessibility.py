"""What is spoken: what has happened, once; and what has the focus, whose words stand still."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Field, Filter, Term
from core.presenters.presenter import Tile
from core.time_ranges import TimeRange
from gui.pages.board import Board
from gui.style import accessibility
from gui.style.accessibility import Herald, announce
from gui.style.severity import Severity
from gui.widgets.notice import Notice
from gui.widgets.page_rail import PageTab
from gui.widgets.stat_tile import StatTile
from gui.window.main_window import MainWindow
from tests.gui.accessible import spoken, things
from tests.gui.boards import history, open_on, over_time
from tests.gui.windows import press, shown_after, words

__all__ = ["spoken"]


@pytest.fixture
def notice(qtbot: QtBot, window: MainWindow) -> Notice:
    made = Notice()
    qtbot.addWidget(made)
    return made


def test_a_notice_is_spoken_and_a_bad_one_at_once(notice: Notice, spoken: list[str]) -> None:
    notice.show_notice(Severity.GOOD, "Exported 12 rows")
    notice.show_notice(Severity.WARN, "The database is locked")
    assert spoken == ["Exported 12 rows", "The database is locked!"]
    assert QAccessible.queryAccessibleInterface(notice).role() is QAccessible.Role.Notification


def test_a_notice_that_ages_is_spoken_once_and_again_when_it_was_dismissed(notice: Notice, spoken: list[str]) -> None:
    for age in ("59 s", "1 min", "2 min", "1 h 4 min"):
        notice.show_notice(Severity.WARN, f"The bot has been silent for {age}. Is it running?")
    assert len(spoken) == 1
    notice.hide()
    notice.show_notice(Severity.WARN, "The bot has been silent for 2 h. Is it running?")
    assert len(spoken) == 2


def test_on_linux_what_is_announced_appears_as_a_notification(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accessibility, "APPEARANCES_ARE_SPOKEN", True)
    monkeypatch.setattr(QAccessible, "isActive", lambda: True)
    for words_ in ("Showing all time", "Page Images"):
        announce(window.live, words_)

    def heard() -> list[str]:
        return [thing.name for thing in things(window) if thing.role is QAccessible.Role.Notification]

    qtbot.waitUntil(lambda: heard() == ["Showing all time. Page Images"])
    (herald,) = window.findChildren(Herald)
    assert herald.size().width() == 1 and herald.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_another_page_and_another_range_are_spoken(qtbot: QtBot, window: MainWindow, spoken: list[str]) -> None:
    window.live.show_page("images")
    window.live.show_page("images")
    window.ranges.choose("7d")
    window.ranges.choose("custom", TimeRange(1_764_500_000, 1_764_507_200))
    assert spoken[:2] == ["Page Images", "Showing the last 7 days"]
    assert words(spoken[2]).startswith("Showing 30 Nov") and len(spoken) == 3


def test_what_the_pages_are_filtered_by_is_spoken(qtbot: QtBot, window: MainWindow, spoken: list[str]) -> None:
    window.filter_by(Filter((Term(Field.COMMAND, "comfy"),)))
    window.filter_by(EVERYTHING)
    window.filter_by(EVERYTHING)
    assert [words(each) for each in spoken] == ["Filtered by, command comfy", "Not filtered any more"]


@pytest.mark.slow
def test_a_filter_that_is_not_understood_is_spoken_once(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, spoken: list[str]
) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    assert board.table is not None
    del spoken[:]
    box = board.table.frame.filter_box
    box.set_text("after:whenever")
    box.apply()
    assert len(spoken) == 1 and spoken[0] == box.problems


def test_nothing_is_spoken_while_rows_come_in(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, spoken: list[str]
) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    over_time(board).setFocus()
    del spoken[:]
    for _ in range(3):
        shown_after(qtbot, window, window._monitor.reload, complete=True)
    assert spoken == []


def read_by_keys(qtbot: QtBot, window: MainWindow, board: Board) -> None:
    plot = over_time(board)
    plot.setFocus()
    for _ in range(3):
        press(window, "Left")


@pytest.mark.slow
def test_a_charts_words_stand_still_and_each_place_is_read_once(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, spoken: list[str]
) -> None:
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    canvas = over_time(board).canvas
    before = canvas.accessibleName(), canvas.accessibleDescription()
    del spoken[:]
    read_by_keys(qtbot, window, board)
    assert len(spoken) == 3 and len(set(spoken)) == 3
    assert spoken[-1] == str(over_time(board).reading)
    shown_after(qtbot, window, window._monitor.reload, complete=True)
    assert len(spoken) == 3
    assert (canvas.accessibleName(), canvas.accessibleDescription()) == before


def test_a_focused_tile_keeps_its_words_until_the_focus_leaves(qtbot: QtBot) -> None:
    page, tile, field = QWidget(), StatTile(), QLineEdit()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.addWidget(tile)
    column.addWidget(field)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is page)
    tile.show_tile(Tile("Commands", "1", place="commands"))
    tile.setFocus()
    assert tile.hasFocus()
    before = tile.accessibleName()
    tile.show_tile(Tile("Commands", "2", place="commands"))
    assert tile.accessibleName() == before
    field.setFocus()
    assert tile.accessibleName() != before and "2" in tile.accessibleName()


def test_a_page_tab_is_pressed_by_a_screen_reader_as_by_a_click(qtbot: QtBot, window: MainWindow) -> None:
    images = window.live.rail.button("images")
    assert isinstance(images, PageTab)
    action = QAccessible.queryAccessibleInterface(images).actionInterface()
    assert action is not None and "Press" in action.actionNames()
    action.doAction("Press")
    assert window.live.page == "images"


def test_a_button_of_ours_is_called_as_it_is_labelled(qtbot: QtBot, window: MainWindow) -> None:
    pause = window.live.top.pause
    qtbot.mouseClick(pause, Qt.MouseButton.LeftButton)
    interface = QAccessible.queryAccessibleInterface(pause)
    assert isinstance(pause, QPushButton)
    assert (interface.role(), interface.text(QAccessible.Text.Name)) == (QAccessible.Role.Button, "Resume")
    assert not interface.state().checkable
