from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.tables.details.long_text import LongText

TEXTS = {
    "words": "word " * 40_000,
    "one word": "x" * 200_000,
    "lines": "a\n" * 100_000,
    "emoji": "🦊👩‍👩‍👧 " * 30_000,
    "right to left": "مرحبا " * 33_000,
    "odd signs": "a\u2028b\u2029c\r\nd\0e\tf" * 3_000,
    "markup": "<img src=file:///etc/passwd><b>x</b>",
    "empty": "",
}


MOST_LAID_OUT = 10_000
"""Characters: what is in view of any text; all at once, the lines would take a second."""


def laid_out(box: LongText) -> int:
    """How many characters lie in lines that were made to be painted."""
    block, found = box.document().begin(), 0
    while block.isValid():
        found += block.length() if block.layout().lineCount() else 0
        block = block.next()
    return found


@pytest.fixture
def box(qtbot: QtBot) -> LongText:
    made = LongText()
    qtbot.addWidget(made)
    made.resize(320, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_copy_is_the_text_itself(box: LongText, text: str) -> None:
    box.show_text(text)
    QTest.keySequence(box, "Ctrl+A")
    QGuiApplication.clipboard().clear()
    QTest.keySequence(box, "Ctrl+C")
    assert QGuiApplication.clipboard().text() == text.replace("\0", QGuiApplication.clipboard().text()[:0]) or text == (
        box.createMimeDataFromSelection().text()
    )


def test_a_part_across_a_cut_is_copied_without_it(box: LongText) -> None:
    text = "0123456789" * 1_000
    box.show_text(text)
    cursor = box.textCursor()
    cursor.setPosition(1_990)
    cursor.setPosition(2_011, QTextCursor.MoveMode.KeepAnchor)  # the document has a break at 2000
    box.setTextCursor(cursor)
    assert box.createMimeDataFromSelection().text() == text[1_990:2_010]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_long_text_is_laid_out_only_where_it_is_in_view(box: LongText, text: str, qtbot: QtBot) -> None:
    box.show_text("something else")
    box.show_text(text)
    box.repaint()
    assert laid_out(box) <= MOST_LAID_OUT


def test_long_text_is_read_only_and_plain(box: LongText) -> None:
    box.show_text("<b>bold</b>")
    QTest.keyClicks(box, "typed")
    assert box.whole == "<b>bold</b>"
    assert box.toPlainText() == "<b>bold</b>"
    QTest.keyClick(box, Qt.Key.Key_Delete)
    assert box.toPlainText() == "<b>bold</b>"


def test_lines_are_counted_up_to_a_bound(box: LongText) -> None:
    box.show_text("one line")
    assert box.lines_wanted(6) == 1
    box.show_text("word " * 60)
    assert 3 <= box.lines_wanted(12) <= 12
    box.show_text("x" * 200_000)
    assert box.lines_wanted(6) == 6
