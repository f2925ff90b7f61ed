"""A window that begins at the right: all of it is turned round, but charts, tables and the words, which are English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.app.startup import begins_right
from gui.dialogs.preferences import PreferencesDialog
from gui.pages.board import Board
from gui.settings import Settings
from gui.style.appearance import Direction
from gui.style.theme import apply_theme, mirror
from gui.widgets.joined_buttons import JoinedButtons
from resources.design import Theme
from tests.gui.boards import history, open_on
from tests.gui.windows import open_window


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    qapp.setStyleSheet("")  # or else the theme that is put on is thought to be there
    mirror(True)
    yield
    mirror(False)
    qapp.setStyleSheet("")
    apply_theme(qapp, Theme.LIGHT)


def left(widget: QWidget) -> int:
    return widget.mapTo(widget.window(), QPoint(0, 0)).x()


def test_the_window_begins_at_the_right(
    qtbot: QtBot, memory: Settings, mirrored: None, qapp: QApplication, tmp_path: Path
) -> None:
    window = open_window(qtbot, memory)
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    assert left(window.live.rail) > left(board)
    assert left(window.live.top.pause) < left(window.live.top.picker) < left(window.live.top.light)
    assert qapp.layoutDirection() is Qt.LayoutDirection.LeftToRight  # what is painted reads as ever


def test_charts_and_tables_run_as_ever(qtbot: QtBot, memory: Settings, mirrored: None, tmp_path: Path) -> None:
    window = open_window(qtbot, memory)
    board, _ = open_on(qtbot, window, history(tmp_path), "commands")
    assert isinstance(board, Board) and board.table is not None
    for part in (*board.charts, board.table, board.table.view):
        assert part.layoutDirection() is Qt.LayoutDirection.LeftToRight
    assert board.isRightToLeft()


def test_joined_buttons_are_rounded_where_they_end(qtbot: QtBot, mirrored: None) -> None:
    joined = JoinedButtons(("One", "Two", "Three"))
    qtbot.addWidget(joined)
    assert [each.property("segment") for each in joined.buttons] == ["last", "middle", "first"]


def test_a_dialog_begins_at_the_right_too(qtbot: QtBot, memory: Settings, mirrored: None) -> None:
    window = open_window(qtbot, memory)
    dialog = PreferencesDialog(memory, window)
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.isRightToLeft()
    assert [each for each in dialog.findChildren(QWidget) if each.isVisible() and overlaps(each)] == []


def overlaps(widget: QWidget) -> bool:
    """Whether a widget of a dialog reaches out of the one that it is in, sideways."""
    around = widget.parentWidget()
    return around is not None and not widget.isWindow() and widget.x() < 0 and widget.width() > around.width()


SIDES = [(Direction.LEFT_TO_RIGHT, False), (Direction.RIGHT_TO_LEFT, True), (Direction.SYSTEM, False)]


@pytest.mark.parametrize(("direction", "turned"), SIDES)
def test_the_preference_decides(direction: Direction, turned: bool) -> None:
    assert begins_right(direction) is turned
