"""Columns are shown, moved, sorted and remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.tables.records.table import TablePanel
from gui.tables.shared.cells import MARGIN
from tests.gui.table_actions_tools import Kept
from tests.gui.table_windows import (
    column,
    open_table,
    settle,
    trigger,
)
from tests.parameters import slow_after


def test_columns_are_hidden_shown_moved_and_sized_by_the_keyboards_menu(commands: TablePanel) -> None:
    button = commands.frame.top_line.columns
    button.setFocus()

    def chosen(*way: str) -> None:
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert commands.menus.opened is not None
        trigger(commands.menus.opened, *way)
        commands.menus.opened.close()

    def keys() -> list[str]:
        return [each.key for each in commands.columns.visible]

    before = keys()
    chosen("Channel")
    assert keys() == [key for key in before if key != "channel"]
    chosen("Id")
    assert "id" in keys()
    chosen("Column “User”", "Move to the left")
    assert keys().index("user") == 1
    width = commands.view.columnWidth(column(commands, "user"))
    chosen("Column “User”", "Wider")
    assert commands.view.columnWidth(column(commands, "user")) > width
    chosen("Column “User”", "Hide User")
    assert "user" not in keys()
    chosen("Reset columns")
    assert keys() == before


def test_the_last_column_stays(commands: TablePanel) -> None:
    for each in commands.columns.visible:
        commands.columns.show(column(commands, each.key), False)
    assert len(commands.columns.visible) == 1


def test_columns_are_sorted_by_the_menu_of_their_head(commands: TablePanel, qtbot: QtBot) -> None:
    commands.view.head.menu_asked.emit(column(commands, "duration"), QPoint(0, 0))
    assert commands.menus.opened is not None
    trigger(commands.menus.opened, "Sort, least or earliest first")
    settle(qtbot, commands)
    assert commands.query().order.column == "duration"
    assert not commands.query().order.descending
    commands.menus.opened.close()


def test_columns_and_details_are_remembered(commands: TablePanel, qtbot: QtBot, qapp: QApplication, path: Path) -> None:
    kept = Kept()
    commands.memory.use(kept)
    commands.columns.show(column(commands, "channel"), False)
    commands.columns.move(column(commands, "outcome"), -2)
    commands.columns.widen(column(commands, "user"), 60)
    commands.frame.top_line.details.click()
    keys = [each.key for each in commands.columns.visible]
    width = commands.view.columnWidth(column(commands, "user"))
    commands.close()
    again = open_table(qtbot, qapp, "commands", path)
    again.memory.use(kept)
    assert [each.key for each in again.columns.visible] == keys
    assert again.view.columnWidth(column(again, "user")) == width
    assert again.frame.details.isVisible()


@pytest.mark.parametrize(
    "text", slow_after(1, ["nonsense", "", "{}", '{"order": [], "hidden": [], "widths": {}}', "[1]"])
)
def test_columns_that_are_remembered_wrongly_are_left_out(commands: TablePanel, text: str) -> None:
    before = [each.key for each in commands.columns.visible]
    kept = Kept()
    kept.values = {"tables/commands/columns": text, "tables/commands/split": text, "tables/commands/details": text}
    commands.memory.use(kept)
    assert [each.key for each in commands.columns.visible] == before


def test_columns_of_a_newer_version_come_hidden_and_what_was_remembered_stays(images: TablePanel) -> None:
    known = ["time", "user", "prompt", "resolution", "loras", "strengths", "upscale", "type", "seconds", "media", "id"]
    hidden = ["strengths", "media", "id", "loras"]
    kept = Kept()
    order = ["time", "prompt", "user", *known[3:]]
    text = json.dumps({"order": order, "hidden": hidden, "widths": {"user": 222}})
    kept.values = {"tables/images/columns": text}
    images.memory.use(kept)
    assert [each.key for each in images.columns.visible] == [key for key in order if key not in hidden]
    assert images.view.columnWidth(column(images, "user")) == 222


def test_whole_ids_are_shown_where_there_is_room_and_else_their_ends(images: TablePanel, qtbot: QtBot) -> None:
    place, whole = column(images, "user"), "123456789012345678"

    def words() -> str:
        row, delegate = images.model.rows[0], images.view.delegate
        return delegate._fitting(row, place, images.view.head.sectionSize(place) - 2 * MARGIN)

    images.resize(1700, 420)
    qtbot.waitUntil(lambda: words() == whole)
    images.resize(900, 420)
    qtbot.waitUntil(lambda: words() == "…5678")
    images.view.head.resizeSection(place, 260)
    assert words() == whole, "a host who wants them makes room"
