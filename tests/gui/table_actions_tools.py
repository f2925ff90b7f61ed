"""What tests of a table's menus share: a long prompt, a memory, the menu of a cell, and what is copied."""

from __future__ import annotations

from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from gui.settings import Setting
from gui.tables.records.table import TablePanel
from tests.gui.table_windows import (
    column,
    trigger,
)

PROMPT = "a red fox, <b>bold</b> <img src=file:///etc/passwd>\nsecond line " + "word " * 40_000
UNBROKEN = "loooong" * 60


class Kept:
    """A memory in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def text(self, setting: Setting) -> str:
        return self.values.get(setting.key, str(setting.default))

    def remember(self, setting: Setting, value: str) -> None:
        self.values[setting.key] = value


def menu_at(qtbot: QtBot, table: TablePanel, row: int, key: str) -> QMenu:
    """The context menu of a cell, by the mouse."""
    box = table.view.visualRect(table.model.index(row, column(table, key)))
    reason = QContextMenuEvent.Reason.Mouse
    place = table.view.viewport().mapToGlobal(box.center())
    QApplication.sendEvent(table.view.viewport(), QContextMenuEvent(reason, box.center(), place))
    assert table.menus.opened is not None
    return table.menus.opened


def copied(qtbot: QtBot, table: TablePanel, menu: QMenu, *way: str) -> str:
    QGuiApplication.clipboard().clear()
    trigger(menu, *way)
    menu.close()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    return QGuiApplication.clipboard().text()
