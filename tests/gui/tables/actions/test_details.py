"""The details pane: all of a row, as plain text, within its pane."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.text.masking import MASK
from gui.status.masking import Masking
from gui.style.theme import apply_theme
from gui.tables.details.long_text import LongText
from gui.tables.details.pane import LEAST_WIDTH
from gui.tables.records.table import TablePanel
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.table_actions_tools import PROMPT, UNBROKEN, copied, menu_at
from tests.gui.table_windows import (
    alter,
    cell,
    click_cell,
    column,
    open_table,
    press,
)

LEFT = Qt.MouseButton.LeftButton


def test_details_show_all_of_the_current_row(images: TablePanel, qtbot: QtBot) -> None:
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


@pytest.mark.parametrize("theme", Theme)
def test_unbroken_values_stay_within_the_details_and_are_copied_as_they_are(
    qtbot: QtBot, qapp: QApplication, path: Path, theme: Theme
) -> None:
    alter(path, f"UPDATE image_stats SET resolution = '{UNBROKEN}', user_id = '{UNBROKEN}', prompt = '{UNBROKEN}'")
    alter(path, f"UPDATE image_stats SET loras = '[\"{UNBROKEN}.safetensors\"]', generation_type = '{UNBROKEN}'")
    table = open_table(qtbot, qapp, "images", path)
    apply_theme(qapp, theme)
    click_cell(qtbot, table, 0, "user", LEFT)
    press(table, Qt.Key.Key_Return)
    details, fields = table.frame.details, table.frame.details.fields
    qtbot.waitUntil(lambda: fields["resolution"].text == UNBROKEN and not table.browser.requests.loading)
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


def test_what_a_file_does_not_record_of_an_image_takes_no_room_in_the_details(
    qtbot: QtBot, qapp: QApplication, path: Path
) -> None:
    alter(path, "ALTER TABLE image_stats ADD COLUMN model TEXT")
    alter(path, "UPDATE image_stats SET model = 'flux1-dev.safetensors' WHERE id = 20")
    table = open_table(qtbot, qapp, "images", path)
    fields = table.frame.details.fields
    later = {each.key for each in table.model.columns if each.came_later}
    press(table, Qt.Key.Key_Return)

    def shown() -> set[str]:
        return {key for key in later if fields[key].isVisibleTo(table.frame.details)}

    for row, expected in ((0, set()), (1, {"model"}), (2, set())):
        click_cell(qtbot, table, row, "user", LEFT)
        qtbot.waitUntil(lambda row=row: table.frame.details.shown == table.model.rows[row].record)
        assert shown() == expected
        assert fields["upscale"].isVisibleTo(table.frame.details)


def test_a_short_value_takes_one_line_beside_its_name(images: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    images.frame.splitter.setSizes([images.width() - 420, 420])
    field = images.frame.details.fields["user"]
    qtbot.waitUntil(lambda: field.text == "123456789012345678")
    qtbot.waitUntil(lambda: field.width() > 360)
    assert isinstance(field.value, LongText)
    assert field.value.height() < 2 * field.value.fontMetrics().lineSpacing()
    assert not field.value.verticalScrollBar().isVisible()
    qtbot.waitUntil(lambda: field.height() <= field.button.height() + 1)


def test_details_are_plain_text(images: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    labels = images.frame.details.findChildren(PlainLabel)
    assert labels
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_a_row_that_is_gone_is_said_to_be(images: TablePanel, path: Path, qtbot: QtBot) -> None:
    images.frame.top_line.details.click()
    assert "Select" in images.frame.details.words
    alter(path, "DELETE FROM image_stats WHERE id = 20")
    click_cell(qtbot, images, 1, "user", LEFT)
    qtbot.waitUntil(lambda: "no longer" in images.frame.details.words)


def test_escape_in_the_details_leads_back_to_the_rows(images: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 0, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    QTest.keyClick(images.frame.details.fields["prompt"].value, Qt.Key.Key_Escape)
    assert not images.frame.details.isVisible()
    assert images.view.hasFocus()


def test_masked_prompts_are_hidden_everywhere(images: TablePanel, qtbot: QtBot) -> None:
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


def test_the_details_keep_their_width(images: TablePanel) -> None:
    images.frame.top_line.details.click()
    assert images.frame.details.width() >= LEAST_WIDTH


def test_a_row_that_a_filter_leaves_out_leaves_the_details(images: TablePanel, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 1, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    details = images.frame.details
    assert details.shown is not None
    here, other = details.shown.id, images.model.rows[0].record.id
    images.frame.filter_box.set_text(f"id:{here}")
    qtbot.waitUntil(lambda: not images.browser.requests.loading)
    assert details.shown is not None and details.shown.id == here, "a row that stays is still shown"
    images.frame.filter_box.set_text(f"id:{other}")
    qtbot.waitUntil(lambda: not images.browser.requests.loading)
    assert details.shown is None
    assert "Select" in details.words


def test_a_row_that_is_deleted_leaves_the_details(images: TablePanel, path: Path, qtbot: QtBot) -> None:
    click_cell(qtbot, images, 1, "user", LEFT)
    press(images, Qt.Key.Key_Return)
    shown = images.frame.details.shown
    assert shown is not None
    alter(path, f"DELETE FROM image_stats WHERE id = {shown.id}")
    images.browser.catch_up()
    qtbot.waitUntil(lambda: images.frame.details.shown is None)
