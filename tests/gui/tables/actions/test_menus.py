"""Menus of cells and of rows, and the clipboard."""

from __future__ import annotations

import csv
import io
import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import DIRECT_MESSAGES, Field, Term
from gui.tables.records.table import TablePanel
from tests.gui.table_actions_tools import PROMPT, copied, menu_at
from tests.gui.table_windows import (
    cell,
    click_cell,
    column,
    entries,
    ids,
    press,
    selected,
    trigger,
)

LEFT = Qt.MouseButton.LeftButton


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "key", "terms"),
    [
        (0, "command", [Term(Field.COMMAND, "=cmd|' /C calc'!A0")]),
        (0, "user", [Term(Field.USER, "123456789012345678")]),
        (0, "outcome", [Term(Field.OUTCOME, "failed")]),
        (1, "outcome", [Term(Field.OUTCOME, "succeeded")]),
        (1, "server", [Term(Field.GUILD, DIRECT_MESSAGES)]),
        (2, "server", [Term(Field.GUILD, "77")]),
    ],
)
def test_a_cell_filters_and_excludes(commands: TablePanel, qtbot: QtBot, row: int, key: str, terms: list[Term]) -> None:
    heard: list[Term] = []
    commands.term_chosen.connect(heard.append)
    menu = menu_at(qtbot, commands, row, key)
    words = list(entries(menu))
    assert [word.split()[0] for word in words[:2]] == ["Filter", "Exclude"]
    for word in words[:2]:
        trigger(menu, word)
    assert heard == [terms[0], Term(terms[0].field, terms[0].value, excluded=True)]
    menu.close()


def test_a_time_filters_from_and_until(commands: TablePanel, qtbot: QtBot) -> None:
    heard: list[Term] = []
    commands.term_chosen.connect(heard.append)
    menu = menu_at(qtbot, commands, 3, "time")
    for word in list(entries(menu))[:2]:
        trigger(menu, word)
    moment = commands.model.rows[3].record.values[column(commands, "time")]
    assert heard == [Term(Field.AFTER, moment), Term(Field.BEFORE, moment)]
    menu.close()


def test_the_menu_key_opens_the_menu_of_the_current_cell(commands: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 2, "command", LEFT)
    QApplication.sendEvent(
        commands.view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    )
    assert commands.menus.opened is not None
    assert any("command" in word for word in entries(commands.menus.opened))
    commands.menus.opened.close()


def test_a_right_click_beside_the_selection_selects_the_row(commands: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 1, "command", LEFT)
    menu_at(qtbot, commands, 4, "command").close()
    assert selected(commands) == [ids(commands)[4]]


def test_a_cell_a_row_and_an_id_are_copied_whole(images: TablePanel, qtbot: QtBot) -> None:
    menu = menu_at(qtbot, images, 0, "prompt")
    assert copied(qtbot, images, menu, "Copy prompt") == PROMPT
    menu = menu_at(qtbot, images, 0, "user")
    assert copied(qtbot, images, menu, "Copy user") == "123456789012345678"
    menu = menu_at(qtbot, images, 0, "user")
    assert copied(qtbot, images, menu, "Copy id") == "21"
    menu = menu_at(qtbot, images, 0, "user")
    line = copied(qtbot, images, menu, "Copy row")
    assert "123456789012345678" in line
    assert "a red fox" in line
    assert len(line) > 200_000


def test_the_selection_is_copied_by_the_keyboard_in_the_order_shown(commands: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 3, "command", LEFT)
    press(commands, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QGuiApplication.clipboard().clear()
    press(commands, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [cell(commands, row, "command") for row in (2, 3)] == [line.split("\t")[1] for line in lines[-2:]]


def test_csv_and_json_hold_the_columns_that_are_shown(commands: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 0, "command", LEFT)
    press(commands, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    commands.columns.show(column(commands, "channel"), False)
    menu = menu_at(qtbot, commands, 0, "command")
    text = copied(qtbot, commands, menu, "Copy 2 rows as", "CSV")
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(rows) == 3
    assert "Channel" not in rows[0]
    assert any(value.startswith("'=cmd") for value in rows[1])  # no spreadsheet takes it for a formula
    menu = menu_at(qtbot, commands, 0, "command")
    found = json.loads(copied(qtbot, commands, menu, "Copy 2 rows as", "JSON"))
    assert len(found) == 2


def test_a_time_is_a_limit_and_everything_else_can_be_left_out(commands: TablePanel, qtbot: QtBot) -> None:
    words = [text for text in entries(menu_at(qtbot, commands, 0, "time")) if " " in text]
    assert words[0].startswith("Only rows after ") and words[1].startswith("Only rows before ")
    assert not any("by after" in text or text.startswith("Exclude") for text in words)
    assert {"Filter by failed", "Exclude failed"} <= set(entries(menu_at(qtbot, commands, 0, "outcome")))


def test_untrusted_text_is_shown_as_it_is_on_one_line(images: TablePanel) -> None:
    assert cell(images, 0, "prompt").startswith("a red fox, <b>bold</b> <img src=file:///etc/passwd> second line")
    assert len(cell(images, 0, "prompt")) <= 300
    tip = str(images.model.index(0, column(images, "prompt")).data(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;b&gt;" in tip
    assert len(tip) < 1_000


def test_export_is_asked_for(commands: TablePanel, qtbot: QtBot) -> None:
    menu = menu_at(qtbot, commands, 0, "command")
    with qtbot.waitSignal(commands.export_requested):
        trigger(menu, "Export table…")
    menu.close()


def test_tab_leads_from_the_filter_to_the_rows_the_bar_and_the_details(images: TablePanel, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    click_cell(qtbot, images, 0, "user", LEFT)
    images.first_focus.setFocus()
    way = []
    for _ in range(20):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        way.append(QApplication.focusWidget())
    assert way.index(images.view) < way.index(images.frame.bar)
    assert any(images.frame.details.isAncestorOf(each) for each in way[way.index(images.frame.bar) :])


def test_controls_that_take_the_focus_have_a_name(images: TablePanel, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    images.first_focus.setFocus()
    for _ in range(25):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget().accessibleName()


@pytest.mark.parametrize("height", [24, 29])
def test_rows_are_as_high_as_the_density_says(commands: TablePanel, height: int) -> None:
    commands.view.verticalScrollBar().setValue(5 * commands.view.row_height)
    top = commands.view.top_row
    commands.view.set_row_height(height)
    assert commands.view.rowHeight(0) == height
    assert commands.view.top_row == top
