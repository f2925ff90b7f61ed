"""The Data menu as a host meets it: its entries, its dialogs, and what it tells the window."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gui.dialogs.data.reset import ResetDialog
from gui.dialogs.data.task_dialog import TaskDialog
from gui.style.severity import Severity
from gui.window.data_menu import DataMenu
from tests.gui.windows import texts

TABLES = ("command_usage", "image_stats")
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX's limits, signals and permissions")


class Heard:
    """What the menu told the window."""

    def __init__(self, menu: DataMenu) -> None:
        self.notices: list[tuple[Severity, str, str, Callable[[], object] | None]] = []
        self.busy: list[bool] = []
        self.changes = 0
        menu.notice_requested.connect(lambda *notice: self.notices.append(notice))  # type: ignore[arg-type]
        menu.busy_changed.connect(self.busy.append)
        menu.done.connect(self._note_change)

    def _note_change(self) -> None:
        self.changes += 1


def opened(qtbot: QtBot, menu: DataMenu, act: Callable[[], object]) -> Any:
    """The dialog that an entry opens, once it has looked at the database."""
    act()
    dialog = menu.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog and not dialog.looking.busy)
    return dialog


def rest(qtbot: QtBot, dialog: TaskDialog) -> list[str]:
    """Wait until the work is over; all that is to be read then."""
    qtbot.waitUntil(lambda: not dialog.working and not dialog.looking.busy, timeout=20_000)
    return texts(dialog)


def said(dialog: TaskDialog) -> str:
    return "\n".join(texts(dialog))


def click(qtbot: QtBot, dialog: TaskDialog, words: str) -> None:
    found = [each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == words]
    qtbot.mouseClick(next(each for each in found if each.isVisible()), Qt.MouseButton.LeftButton)


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def reset(qtbot: QtBot, menu: DataMenu) -> ResetDialog:
    """Open the dialog, type the name, and press Return."""
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    assert isinstance(dialog, ResetDialog)
    return dialog


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
