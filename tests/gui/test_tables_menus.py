"""What can be done with cells, rows and columns: menus, clipboard, details, and what is remembered."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from core.filters import DIRECT_MESSAGES, Field, Term
from core.masking import MASK
from gui.masking import Masking
from gui.settings import Setting
from gui.tables.details_pane import LEAST_WIDTH
from gui.tables.long_text import LongText
from gui.tables.record_table import RecordTable
from gui.theme import apply_theme
from gui.widgets.text import PlainLabel
from resources import Theme
from tests.core import deployed
from tests.gui.table_windows import (
    alter,
    cell,
    click_cell,
    collecting_between,
    column,
    entries,
    ids,
    open_table,
    press,
    selected,
    settle,
    trigger,
)

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
PROMPT = "a red fox, <b>bold</b> <img src=file:///etc/passwd>\nsecond line " + "word " * 40_000


class Kept:
    """A memory in a dictionary."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def text(self, setting: Setting) -> str:
        return self.values.get(setting.key, str(setting.default))

    def remember(self, setting: Setting, value: str) -> None:
        self.values[setting.key] = value


collecting = pytest.fixture(autouse=True)(collecting_between)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = deployed.create(tmp_path / "analytics.db")
    deployed.fill(made, commands=40, images=20, step=10)
    bot = deployed.Bot(made)
    bot.track_command("=cmd|' /C calc'!A0", user="123456789012345678", success=False)
    bot.track_image(user="123456789012345678", prompt=PROMPT)
    alter(made, "UPDATE command_usage SET guild_id = NULL WHERE id = 40")
    return made


@pytest.fixture
def commands(qtbot: QtBot, qapp: QApplication, path: Path) -> RecordTable:
    return open_table(qtbot, qapp, "commands", path)


@pytest.fixture
def images(qtbot: QtBot, qapp: QApplication, path: Path) -> RecordTable:
    return open_table(qtbot, qapp, "images", path)


def menu_at(qtbot: QtBot, table: RecordTable, row: int, key: str) -> QMenu:
    """The context menu of a cell, by the mouse."""
    box = table.view.visualRect(table.model.index(row, column(table, key)))
    reason = QContextMenuEvent.Reason.Mouse
    place = table.view.viewport().mapToGlobal(box.center())
    QApplication.sendEvent(table.view.viewport(), QContextMenuEvent(reason, box.center(), place))
    assert table.menus.opened is not None
    return table.menus.opened


def copied(qtbot: QtBot, table: RecordTable, menu: QMenu, *way: str) -> str:
    QGuiApplication.clipboard().clear()
    trigger(menu, *way)
    menu.close()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    return QGuiApplication.clipboard().text()


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
def test_a_cell_filters_and_excludes(
    commands: RecordTable, qtbot: QtBot, row: int, key: str, terms: list[Term]
) -> None:
    heard: list[Term] = []
    commands.term_chosen.connect(heard.append)
    menu = menu_at(qtbot, commands, row, key)
    words = list(entries(menu))
    assert [word.split()[0] for word in words[:2]] == ["Filter", "Exclude"]
    for word in words[:2]:
        trigger(menu, word)
    assert heard == [terms[0], Term(terms[0].field, terms[0].value, excluded=True)]
    menu.close()


def test_a_time_filters_from_and_until(commands: RecordTable, qtbot: QtBot) -> None:
    heard: list[Term] = []
    commands.term_chosen.connect(heard.append)
    menu = menu_at(qtbot, commands, 3, "time")
    for word in list(entries(menu))[:2]:
        trigger(menu, word)
    moment = commands.model.rows[3].record.values[column(commands, "time")]
    assert heard == [Term(Field.AFTER, moment), Term(Field.BEFORE, moment)]
    menu.close()


def test_the_menu_key_opens_the_menu_of_the_current_cell(commands: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 2, "command", LEFT)
    QApplication.sendEvent(
        commands.view.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    )
    assert commands.menus.opened is not None
    assert any("command" in word for word in entries(commands.menus.opened))
    commands.menus.opened.close()


def test_a_right_click_beside_the_selection_selects_the_row(commands: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 1, "command", LEFT)
    menu_at(qtbot, commands, 4, "command").close()
    assert selected(commands) == [ids(commands)[4]]


def test_a_cell_a_row_and_an_id_are_copied_whole(images: RecordTable, qtbot: QtBot) -> None:
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


def test_the_selection_is_copied_by_the_keyboard_in_the_order_shown(commands: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, commands, 3, "command", LEFT)
    press(commands, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    QGuiApplication.clipboard().clear()
    press(commands, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [cell(commands, row, "command") for row in (2, 3)] == [line.split("\t")[1] for line in lines[-2:]]


def test_csv_and_json_hold_the_columns_that_are_shown(commands: RecordTable, qtbot: QtBot) -> None:
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


def test_a_time_is_a_limit_and_everything_else_can_be_left_out(commands: RecordTable, qtbot: QtBot) -> None:
    words = [text for text in entries(menu_at(qtbot, commands, 0, "time")) if " " in text]
    assert words[0].startswith("Only rows after ") and words[1].startswith("Only rows before ")
    assert not any("by after" in text or text.startswith("Exclude") for text in words)
    assert {"Filter by failed", "Exclude failed"} <= set(entries(menu_at(qtbot, commands, 0, "outcome")))


def test_details_show_all_of_the_current_row(images: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    details = images.frame.details
    assert details.isVisible()
    prompt = details.fields["prompt"]
    assert isinstance(prompt.value, LongText)
    qtbot.waitUntil(lambda: prompt.text == PROMPT)
    assert prompt.value.whole == PROMPT
    assert details.fields["user"].text == "123456789012345678"
    assert details.fields["time"].text.endswith(("CET", "CEST"))
    QGuiApplication.clipboard().clear()
    qtbot.mouseClick(prompt.button, LEFT)
    assert QGuiApplication.clipboard().text() == PROMPT
    press(images, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: prompt.text.startswith("a prompt"))
    press(images, Qt.Key.Key_Space)
    assert not details.isVisible()


UNBROKEN = "loooong" * 60
"""Wider than any pane, and without a place to break it at."""


@pytest.mark.parametrize("theme", Theme)
def test_unbroken_values_stay_within_the_details_and_are_copied_as_they_are(
    qtbot: QtBot, qapp: QApplication, path: Path, theme: Theme
) -> None:
    alter(path, f"UPDATE image_stats SET resolution = '{UNBROKEN}', user_id = '{UNBROKEN}', prompt = '{UNBROKEN}'")
    alter(path, f"UPDATE image_stats SET loras = '[\"{UNBROKEN}.safetensors\"]', generation_type = '{UNBROKEN}'")
    table = open_table(qtbot, qapp, "images", path)
    table.set_palette(apply_theme(qapp, theme))
    click_cell(qtbot, table, 0, "user", LEFT)
    press(table, Qt.Key.Key_Return)
    details, fields = table.frame.details, table.frame.details.fields
    qtbot.waitUntil(lambda: fields["resolution"].text == UNBROKEN and not table.browser.loading)
    for width in (LEAST_WIDTH, 420):
        table.frame.splitter.setSizes([table.width() - width, width])
        qtbot.waitUntil(lambda width=width: abs(details.width() - width) < 12)
        for key, field in fields.items():
            for part in (field.button, field.value):
                right = part.mapTo(details, part.rect().topRight()).x()
                assert right <= details.contentsRect().right(), (key, width)
    value = fields["resolution"].value
    assert isinstance(value, LongText)
    assert value.height() >= 5 * value.fontMetrics().lineSpacing()
    for key, whole in (("resolution", UNBROKEN), ("loras", f"{UNBROKEN}.safetensors"), ("user", UNBROKEN)):
        QGuiApplication.clipboard().clear()
        qtbot.mouseClick(fields[key].button, LEFT)
        assert QGuiApplication.clipboard().text() == whole
        QGuiApplication.clipboard().clear()
        fields[key].value.setFocus()
        QTest.keySequence(fields[key].value, "Ctrl+A")
        QTest.keySequence(fields[key].value, "Ctrl+C")
        assert QGuiApplication.clipboard().text() == whole


def test_a_short_value_takes_one_line_beside_its_name(images: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    images.frame.splitter.setSizes([images.width() - 420, 420])
    field = images.frame.details.fields["user"]
    qtbot.waitUntil(lambda: field.text == "123456789012345678")
    qtbot.waitUntil(lambda: field.width() > 360)
    assert isinstance(field.value, LongText)
    assert field.value.height() < 2 * field.value.fontMetrics().lineSpacing()
    assert not field.value.verticalScrollBar().isVisible()
    assert field.height() <= field.button.height() + 1


def test_details_are_plain_text(images: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    labels = images.frame.details.findChildren(PlainLabel)
    assert labels
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_a_row_that_is_gone_is_said_to_be(images: RecordTable, path: Path, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    assert "Select" in images.frame.details.words
    alter(path, "DELETE FROM image_stats WHERE id = 20")
    click_cell(qtbot, images, 1, "user", LEFT)
    qtbot.waitUntil(lambda: "no longer" in images.frame.details.words)


def test_escape_in_the_details_leads_back_to_the_rows(images: RecordTable, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    QTest.keyClick(images.frame.details.fields["prompt"].value, Qt.Key.Key_Escape)
    assert not images.frame.details.isVisible()
    assert images.view.hasFocus()


def test_masked_prompts_are_hidden_everywhere(images: RecordTable, qtbot: QtBot) -> None:
    masking = Masking()
    images.set_masking(masking)
    masking.choose(True)
    assert cell(images, 0, "prompt") == MASK
    tip = images.model.index(0, column(images, "prompt")).data(Qt.ItemDataRole.ToolTipRole)
    assert "fox" not in str(tip)
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    prompt = images.frame.details.fields["prompt"]
    qtbot.waitUntil(lambda: prompt.text == MASK)
    for way in (("Copy prompt",), ("Copy row",), ("Copy selected as", "JSON")):
        menu = menu_at(qtbot, images, 0, "prompt")
        assert "fox" not in copied(qtbot, images, menu, *way)
    masking.reveal_for(30)
    assert cell(images, 0, "prompt").startswith("a red fox")
    qtbot.waitUntil(lambda: prompt.text == PROMPT)


def test_untrusted_text_is_shown_as_it_is_on_one_line(images: RecordTable) -> None:
    assert cell(images, 0, "prompt").startswith("a red fox, <b>bold</b> <img src=file:///etc/passwd> second line")
    assert len(cell(images, 0, "prompt")) <= 300
    tip = str(images.model.index(0, column(images, "prompt")).data(Qt.ItemDataRole.ToolTipRole))
    assert "&lt;b&gt;" in tip
    assert len(tip) < 1_000


def test_columns_are_hidden_shown_moved_and_sized_by_the_keyboards_menu(commands: RecordTable) -> None:
    button = commands.frame.top_line.columns
    button.setFocus()

    def chosen(*way: str) -> None:
        QTest.keyClick(button, Qt.Key.Key_Space)
        assert commands.menus.opened is not None
        trigger(commands.menus.opened, *way)
        commands.menus.opened.close()

    def keys() -> list[str]:
        return [each.key for each in commands.visible_columns()]

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


def test_the_last_column_stays(commands: RecordTable) -> None:
    for each in commands.visible_columns():
        commands.columns.show(column(commands, each.key), False)
    assert len(commands.visible_columns()) == 1


def test_columns_are_sorted_by_the_menu_of_their_head(commands: RecordTable, qtbot: QtBot) -> None:
    commands.view.head.menu_asked.emit(column(commands, "duration"), QPoint(0, 0))
    assert commands.menus.opened is not None
    trigger(commands.menus.opened, "Sort, least or earliest first")
    settle(qtbot, commands)
    assert commands.query().order.column == "duration"
    assert not commands.query().order.descending
    commands.menus.opened.close()


def test_columns_and_details_are_remembered(
    commands: RecordTable, qtbot: QtBot, qapp: QApplication, path: Path
) -> None:
    kept = Kept()
    commands.set_memory(kept)
    commands.columns.show(column(commands, "channel"), False)
    commands.columns.move(column(commands, "outcome"), -2)
    commands.columns.widen(column(commands, "user"), 60)
    commands.frame.top_line.details.click()
    keys = [each.key for each in commands.visible_columns()]
    width = commands.view.columnWidth(column(commands, "user"))
    commands.close()
    again = open_table(qtbot, qapp, "commands", path)
    again.set_memory(kept)
    assert [each.key for each in again.visible_columns()] == keys
    assert again.view.columnWidth(column(again, "user")) == width
    assert again.frame.details.isVisible()


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"order": [], "hidden": [], "widths": {}}', "[1]"])
def test_what_is_remembered_wrongly_is_left_out(commands: RecordTable, text: str) -> None:
    before = [each.key for each in commands.visible_columns()]
    kept = Kept()
    kept.values = {"tables/commands/columns": text, "tables/commands/split": text, "tables/commands/details": text}
    commands.set_memory(kept)
    assert [each.key for each in commands.visible_columns()] == before


def test_export_is_asked_for(commands: RecordTable, qtbot: QtBot) -> None:
    menu = menu_at(qtbot, commands, 0, "command")
    with qtbot.waitSignal(commands.export_requested):
        trigger(menu, "Export table…")
    menu.close()


def test_tab_leads_from_the_filter_to_the_rows_the_bar_and_the_details(images: RecordTable, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    click_cell(qtbot, images, 0, "user", LEFT)
    images.first_focus.setFocus()
    way = []
    for _ in range(20):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        way.append(QApplication.focusWidget())
    assert way.index(images.view) < way.index(images.frame.bar)
    assert any(images.frame.details.isAncestorOf(each) for each in way[way.index(images.frame.bar) :])


def test_what_takes_the_focus_has_a_name(images: RecordTable, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    images.first_focus.setFocus()
    for _ in range(25):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget().accessibleName()


def test_the_details_keep_their_width(images: RecordTable) -> None:
    images.frame.top_line.details.click()
    assert images.frame.details.width() >= LEAST_WIDTH


@pytest.mark.parametrize("height", [24, 29])
def test_rows_are_as_high_as_the_density_says(commands: RecordTable, height: int) -> None:
    commands.view.verticalScrollBar().setValue(5 * commands.view.row_height)
    top = commands.view.top_row
    commands.set_row_height(height)
    assert commands.view.rowHeight(0) == height
    assert commands.view.top_row == top
