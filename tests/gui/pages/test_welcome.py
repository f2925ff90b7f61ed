from __future__ import annotations

import ast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from gui.pages.welcome import CONNECT_CODE, WelcomePage
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.windows import show_alone


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> WelcomePage:
    return show_alone(qtbot, qapp, WelcomePage(), Theme.LIGHT, 1000, 700)


def press(qtbot: QtBot, page: WelcomePage, text: str) -> None:
    button = next(button for button in page.findChildren(QPushButton) if button.text() == text)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_its_buttons_lead_on(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.open_requested):
        press(qtbot, page, "Open…")
    with qtbot.waitSignal(page.demo_requested):
        press(qtbot, page, "Try the demo")


def test_recent_databases_are_offered_by_name(page: WelcomePage, qtbot: QtBot) -> None:
    page.set_recent(["/srv/bots/a&b.db", "postgresql://bot@example.org/stats"])
    with qtbot.waitSignal(page.recent_chosen) as caught:
        press(qtbot, page, "a&&b.db")
    assert caught.args == ["/srv/bots/a&b.db"]
    with qtbot.waitSignal(page.recent_chosen) as caught:
        press(qtbot, page, "stats")
    assert caught.args == ["postgresql://bot@example.org/stats"]


def test_at_most_five_are_offered_and_old_ones_go(page: WelcomePage, qtbot: QtBot) -> None:
    def offered() -> list[str]:
        return [button.text() for button in page.findChildren(QPushButton) if button.text().endswith(".db")]

    page.set_recent([f"/srv/{n}.db" for n in range(9)])
    assert len(offered()) == 5
    page.set_recent(["/srv/only.db"])
    qtbot.waitUntil(lambda: offered() == ["only.db"])
    page.set_recent([])
    qtbot.waitUntil(lambda: offered() == [])


def test_the_code_can_be_copied_and_is_python(page: WelcomePage, qtbot: QtBot) -> None:
    press(qtbot, page, "Copy")
    assert QGuiApplication.clipboard().text() == CONNECT_CODE
    assert ast.parse(CONNECT_CODE)
    block = page.findChild(QPlainTextEdit)
    assert block.isReadOnly()
    assert block.toPlainText() == CONNECT_CODE
    assert not block.horizontalScrollBar().isVisible()
    assert block.verticalScrollBar().maximum() == 0


def test_whose_bot_writes_a_database_already_has_nothing_to_add(page: WelcomePage) -> None:
    said = [label.text() for label in page.findChildren(PlainLabel) if label.isVisible()]
    known = next(at for at, words in enumerate(said) if "already needs none of this" in words)
    assert said[known + 1].startswith("1. Install")
