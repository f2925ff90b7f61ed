"""Tables on real files: how a test opens one, waits for it, and reads what it shows."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.storage.location import locate
from gui.style.theme import apply_theme
from gui.tables.records.table import TablePanel
from resources.design import Theme

ZONE = ZoneInfo("Europe/Berlin")


def collecting_between() -> Iterator[None]:
    """For a fixture: cycles with widgets in them are collected before a test, never in a table's thread."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def open_table(qtbot: QtBot, app: QApplication, key: str, path: Path | None) -> TablePanel:
    """A table that is shown and active, with all that it shows of a file read; close it with :func:`close`."""
    apply_theme(app, Theme.DARK)
    table = TablePanel(key, ZONE)
    qtbot.addWidget(table, before_close_func=lambda each: each.source.close())
    table.tester = QAbstractItemModelTester(  # type: ignore[attr-defined]
        table.model, QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    table.resize(1100, 420)
    table.show()
    table.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is table)
    if path is not None:
        table.set_location(locate(path))
        settle(qtbot, table)
    return table


def settle(qtbot: QtBot, table: TablePanel, timeout: int = 10_000) -> None:
    """Wait until nothing is on its way any more."""
    qtbot.waitUntil(lambda: not table.browser.requests.loading and not table.browser.requests.looking, timeout=timeout)


def ids(table: TablePanel) -> list[int]:
    """The rows in memory."""
    return [row.record.id for row in table.model.rows]


def seen(table: TablePanel) -> list[int]:
    """The rows that are seen whole or in part."""
    top = max(table.view.top_row, 0)
    return ids(table)[top : top + table.view.rows_seen]


def place_of_top(table: TablePanel) -> tuple[int, int]:
    """Id of the topmost row, and where it stands in the view, in pixels."""
    row = table.view.top_row
    return ids(table)[row], table.view.rowViewportPosition(row)


def selected(table: TablePanel) -> list[int]:
    """The ids of the selected rows as the view has them."""
    return [ids(table)[index.row()] for index in table.view.selectionModel().selectedRows()]


def column(table: TablePanel, key: str) -> int:
    """A column's number."""
    return [each.key for each in table.model.columns].index(key)


def cell(table: TablePanel, row: int, key: str) -> str:
    """What a cell says."""
    return str(table.model.index(row, column(table, key)).data())


def click_cell(qtbot: QtBot, table: TablePanel, row: int, key: str, button: Qt.MouseButton) -> None:
    """Click on a cell that is seen."""
    box = table.view.visualRect(table.model.index(row, column(table, key)))
    qtbot.mouseClick(table.view.viewport(), button, pos=box.center())


def click_head(qtbot: QtBot, table: TablePanel, key: str) -> None:
    """Click on a column's title."""
    head = table.view.head
    place = head.sectionViewportPosition(column(table, key)) + 12
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place, head.height() // 2))


def press(table: TablePanel, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key in the rows."""
    QTest.keyClick(table.view, key, modifier)


def entries(menu: QMenu) -> dict[str, object]:
    """A menu's actions and submenus by their words."""
    return {plain(action.text()): action for action in menu.actions() if action.text()}


def trigger(menu: QMenu, *path: str) -> None:
    """Choose an entry by the words on the way to it."""
    for title in path[:-1]:
        below = next(action.menu() for action in menu.actions() if plain(action.text()) == title)
        assert isinstance(below, QMenu)
        menu = below
    next(action for action in menu.actions() if plain(action.text()) == path[-1]).trigger()


def plain(text: str) -> str:
    """A menu's text as it is read."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&").partition("\t")[0]


def alter(path: Path, sql: str) -> None:
    """Run a statement in another connection."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def last_id(path: Path, table: str = "command_usage") -> dict[str, int]:
    """What a snapshot says about a table's highest id."""
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()
    return {table: found}
