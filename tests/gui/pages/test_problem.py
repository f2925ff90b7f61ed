from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.errors import BotpulseError, DatabaseCorrupt, DatabaseLocked, DatabaseMissing, ForeignDatabase, NewerSchema
from gui.pages.problem import ProblemPage
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.windows import show_alone


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication) -> ProblemPage:
    return show_alone(qtbot, qapp, ProblemPage(), Theme.DARK, 1000, 700)


def visible(page: ProblemPage) -> list[PlainLabel]:
    return [label for label in page.findChildren(PlainLabel) if label.isVisible() and label.text()]


def said(page: ProblemPage) -> list[str]:
    return [label.text() for label in visible(page)]


@pytest.mark.parametrize("kind", [DatabaseCorrupt, DatabaseLocked, DatabaseMissing, NewerSchema])
def test_page_says_what_happened_what_is_safe_and_what_to_do(page: ProblemPage, kind: type[BotpulseError]) -> None:
    page.show_problem(kind("/srv/analytics.db", "malformed"))
    texts = [label.text() for label in visible(page)]
    for expected in (kind.title, kind.what_happened, kind.what_is_safe, kind.what_to_do):
        assert expected in texts
    assert "/srv/analytics.db" in texts
    assert "Details: malformed" in texts
    assert kind.title in page.accessibleName()


def test_the_watching_line_is_told_only_while_it_is_true(page: ProblemPage) -> None:
    page.show_problem(DatabaseMissing("x"))
    assert "Watching the path: the database opens by itself once it is there." in said(page)
    page.show_problem(DatabaseCorrupt("x"))
    assert "Watching the file: it opens by itself once it can be read again." in said(page)
    page.show_problem(ForeignDatabase("x"))
    assert "Watching the file: it opens by itself once it is a bot's database." in said(page)
    for fault in (DatabaseMissing("x"), DatabaseCorrupt("x"), ForeignDatabase("x")):
        page.show_problem(fault, watching=False)
        assert "by itself" not in " ".join(said(page)), "nobody watches it"


def test_without_details_there_is_no_line_for_them(page: ProblemPage) -> None:
    page.show_problem(DatabaseMissing("x"))
    assert not any(label.text().startswith("Details") for label in visible(page))


def test_strange_names_are_plain_text_that_can_be_selected(page: ProblemPage) -> None:
    page.show_problem(DatabaseCorrupt("<img src=file:x>" * 200, "<b>detail</b>"))
    labels = visible(page)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels)
    named = next(label for label in labels if label.text().startswith("<img"))
    assert len(named.text()) <= 300
    assert named.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse


def test_its_buttons_lead_on(page: ProblemPage, qtbot: QtBot) -> None:
    page.show_problem(DatabaseMissing("x"))
    for text, signal in (("Open another…", page.open_requested), ("Try again", page.retry_requested)):
        button = next(button for button in page.findChildren(QPushButton) if button.text() == text)
        with qtbot.waitSignal(signal):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_way_on_stands_out(page: ProblemPage) -> None:
    def standing_out() -> list[str]:
        return [each.text() for each in page.findChildren(QPushButton) if each.property("primary")]

    page.show_problem(DatabaseLocked("x"))
    assert standing_out() == ["Try again"]
    page.show_problem(ForeignDatabase("x"))
    assert standing_out() == ["Open another…"], "it will not become the bot's by trying"
    page.show_problem(DatabaseMissing("x"))
    assert standing_out() == ["Try again"]
