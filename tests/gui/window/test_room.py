"""The window and its dialogs lie within the screen's work area, however little that is; the rest is scrolled to."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from gui.dialogs.data import task_dialog
from gui.dialogs.preferences import PreferencesDialog
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.settings import Settings
from gui.threads.monitor import Monitor
from gui.widgets import room
from gui.widgets.source_line import SourceLine
from gui.window import actions
from gui.window.main_window import MainWindow
from tests.gui.boards import history
from tests.gui.windows import BERLIN, INTERVAL_MS, shown_after

TWICE_ON_FULL_HD = QSize(960, 540 - 40) - QSize(16, 44)
"""What 1920 × 1080 leaves at 200 %, with a task bar and a frame."""


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> QSize:
    for module in (room, task_dialog):
        monkeypatch.setattr(module, "room_of", lambda _window: TWICE_ON_FULL_HD)
    return TWICE_ON_FULL_HD


def test_the_first_window_fits_the_screen_with_its_frame(qtbot: QtBot, memory: Settings) -> None:
    window = MainWindow(memory, Monitor(BERLIN, INTERVAL_MS), BERLIN)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    work_area = window.screen().availableGeometry().size()
    assert window.width() < work_area.width() and window.height() < work_area.height()


@pytest.mark.parametrize("size", [(1280, 756), (900, 620)])
def test_the_status_line_is_on_screen(size: tuple[int, int], qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page="overview", complete=True)
    window.resize(*size)
    line = window.findChild(SourceLine)
    qtbot.waitUntil(lambda: line.mapTo(window, QPoint(0, line.height())).y() <= window.height())


def test_a_window_that_is_smaller_than_its_pages_scrolls(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page="overview", complete=True)
    window.resize(TWICE_ON_FULL_HD)
    area = window.centralWidget()
    assert isinstance(area, QScrollArea)
    assert window.size() == TWICE_ON_FULL_HD
    bar, line = area.verticalScrollBar(), window.findChild(SourceLine)
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert line.mapTo(window, QPoint(0, line.height())).y() <= window.height()


def buttons_out_of_sight(dialog: QDialog) -> list[str]:
    """The buttons at the foot that cannot be reached."""
    here = QRect(QPoint(0, 0), dialog.size())
    seen = [each for each in dialog.findChildren(QPushButton) if each.isVisible() and _at_foot(each, dialog)]
    assert seen
    return [b.text() for b in seen if not here.contains(QRect(b.mapTo(dialog, QPoint(0, 0)), b.size()))]


def _at_foot(button: QWidget, dialog: QDialog) -> bool:
    return button.parentWidget() is dialog or isinstance(button.parentWidget(), QDialogButtonBox)


@pytest.mark.parametrize("spec", [actions.RESET, actions.RESTORE, actions.OPTIMISE, actions.CHECK], ids=lambda s: s.key)
def test_a_dialog_of_the_data_menu_fits_a_low_screen(
    spec: actions.ActionSpec, qtbot: QtBot, window: MainWindow, tmp_path: Path, little_room: QSize
) -> None:
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page="overview", complete=True)
    window.actions_[spec].trigger()
    dialog = window.errands.data.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog and not dialog.looking.busy and not dialog.working)
    assert dialog.height() <= little_room.height()
    assert buttons_out_of_sight(dialog) == []
    dialog.reject()


def test_the_export_of_a_chart_fits_a_low_screen(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, little_room: QSize
) -> None:
    shown_after(qtbot, window, lambda: window.watch(history(tmp_path)), page="overview", complete=True)
    window.actions_[actions.EXPORT_CHART].trigger()
    dialog = window.errands.exports.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    assert dialog.height() <= little_room.height()
    assert buttons_out_of_sight(dialog) == []
    dialog.reject()


@pytest.mark.parametrize("name", ["preferences", "shortcuts"])
def test_a_dialog_fits_a_low_screen(
    name: str, qtbot: QtBot, window: MainWindow, memory: Settings, little_room: QSize
) -> None:
    made = {"preferences": lambda: PreferencesDialog(memory, window)}
    dialog = made.get(name, lambda: ShortcutsDialog(window.menuBar(), window))()
    dialog.show()
    qtbot.waitExposed(dialog)
    assert dialog.height() <= little_room.height()
    assert buttons_out_of_sight(dialog) == []
