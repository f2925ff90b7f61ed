"""The filter box by its keys and its mouse."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Field, Filter, Term
from core.tables.definitions import TABLES
from core.tables.filter_language.completion import Known
from core.tables.filter_language.vocabulary import LANGUAGE
from core.tables.metric import Metric
from gui.style.theme import apply_theme
from gui.tables.filter.box import FilterBox
from gui.tables.filter.completer import Choices, FilterHelp
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.core.votes import registered

ZONE = ZoneInfo("Europe/Berlin")
KNOWN = Known({Field.COMMAND: ("comfy", "redux"), Field.USER: ("123456789012345678",)})


metric = pytest.fixture(registered)


@pytest.fixture
def box(qtbot: QtBot, qapp: QApplication) -> FilterBox:
    return opened(qtbot, qapp, "commands")


def opened(qtbot: QtBot, qapp: QApplication, table: str) -> FilterBox:
    """The box of one of the tables, with the keys in it."""
    made = FilterBox(ZONE, TABLES[table])
    qtbot.addWidget(made)
    apply_theme(qapp, Theme.DARK)
    made.set_known(KNOWN)
    made.resize(600, 60)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    made.edit.setFocus()
    return made


def heard(box: FilterBox) -> list[Filter]:
    kept: list[Filter] = []
    box.filter_changed.connect(kept.append)
    return kept


def type_in(box: FilterBox, text: str) -> None:
    QTest.keyClicks(box.edit, text)


def press(box: FilterBox, key: Qt.Key) -> None:
    """Press a key where the system would send it: to the list of choices while it is open."""
    QTest.keyClick(box.choices.popup() if box.choices.is_open else box.edit, key)


def test_text_that_is_typed_holds_after_a_rest_and_only_once(box: FilterBox, qtbot: QtBot) -> None:
    kept = heard(box)
    type_in(box, "failed")
    assert kept == []
    qtbot.waitUntil(lambda: kept == [Filter.of(outcome="failed")])
    press(box, Qt.Key.Key_Escape)  # closes the choices
    press(box, Qt.Key.Key_Return)
    assert kept == [Filter.of(outcome="failed")]


def test_return_does_not_wait(box: FilterBox) -> None:
    kept = heard(box)
    type_in(box, "fox ")
    press(box, Qt.Key.Key_Return)
    assert kept == [Filter.of(text="fox")]


def test_the_clear_button_shows_everything_again(box: FilterBox, qtbot: QtBot) -> None:
    box.set_text("fox")
    kept = heard(box)
    button = max(box.edit.findChildren(QToolButton), key=lambda each: each.x())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert box.text == ""
    qtbot.waitUntil(lambda: kept == [EVERYTHING])


def test_escape_empties_the_line(box: FilterBox) -> None:
    box.set_text("fox")
    kept = heard(box)
    press(box, Qt.Key.Key_Escape)
    assert (box.text, kept) == ("", [EVERYTHING])


def test_items_that_are_not_understood_are_said_in_words_and_the_rest_holds(box: FilterBox) -> None:
    kept = heard(box)
    box.set_text("usr:4821 failed")
    assert "usr:4821" in box.problems
    assert "user:" in box.problems
    assert kept == [Filter.of(outcome="failed")]
    assert box.edit.accessibleDescription() == box.problems
    box.set_text("user:4821 failed")
    assert box.problems == ""


def reds(box: FilterBox) -> list[int]:
    """Where in the line something is red, in pixels from the left."""
    image = box.edit.grab().toImage()
    colours = {(x, y): image.pixelColor(x, y) for x in range(image.width()) for y in range(4, 28)}
    return sorted({x for (x, _), colour in colours.items() if colour.red() > 180 and colour.blue() < 120})


def test_the_bad_word_is_marked_where_it_stands(box: FilterBox) -> None:
    box.set_text("𝔣 fox failed")
    assert reds(box) == []
    box.set_text("𝔣 fox usr:4821")
    begin = box.edit.fontMetrics().horizontalAdvance("𝔣 fox ")
    assert reds(box)
    assert min(reds(box)) > begin
    box.set_text("𝔣 fox user:4821")
    assert reds(box) == []


def test_down_offers_the_words_and_a_choice_is_put_in(box: FilterBox) -> None:
    press(box, Qt.Key.Key_Down)
    assert box.choices.is_open
    assert [choice.text for choice in box.choices.offered.choices][:2]
    type_in(box, "comm")
    press(box, Qt.Key.Key_Down)
    press(box, Qt.Key.Key_Return)
    assert box.text == "command:"
    assert [choice.text for choice in box.choices.offered.choices] == ["comfy", "redux"]
    press(box, Qt.Key.Key_Down)
    press(box, Qt.Key.Key_Down)
    press(box, Qt.Key.Key_Return)
    assert box.text == "command:redux "


def test_a_choice_takes_the_place_of_what_was_typed_only(box: FilterBox, qtbot: QtBot) -> None:
    box.set_text("🦊 com failed")
    box.edit.setCursorPosition(6)  # Qt counts the fox twice
    box.offer()
    assert "command:comfy" in [choice.text for choice in box.choices.offered.choices]
    choices: Choices = box.choices
    row = [choice.text for choice in choices.offered.choices].index("command:comfy")
    popup = choices.popup()
    place = popup.visualRect(popup.model().index(row, 0)).center()
    qtbot.mouseClick(popup.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert box.text == "🦊 command:comfy failed"


def test_untrusted_choices_are_drawn_as_they_are(box: FilterBox) -> None:
    box.set_known(Known({Field.COMMAND: ("<b>bold</b>", "x" * 150, "a\nb")}))
    box.set_text("command:")
    box.offer()
    assert box.choices.is_open
    assert not box.choices.popup().grab().isNull()


def test_f1_lists_every_word_that_the_table_knows(qtbot: QtBot, qapp: QApplication) -> None:
    listed: set[str] = set()
    for key in ("commands", "images", "activity", "failures"):
        box = opened(qtbot, qapp, key)
        press(box, Qt.Key.Key_F1)
        panel = box.findChild(FilterHelp)
        assert panel.isVisible()
        said = {label.text() for label in panel.findChildren(PlainLabel)} & {word.example for word in LANGUAGE}
        for example in said:
            box.set_text(example)
            assert box.problems == ""
        listed |= said
        QTest.keyClick(panel, Qt.Key.Key_Escape)
        assert not panel.isVisible()
    assert listed == {word.example for word in LANGUAGE}


HINTS = {
    "commands": "Words, command:, user:, guild:, failed, slow>30 …",
    "images": "Words, user:, res:, lora:, slow>30 …",
    "activity": "Words, action:, user:, guild: …",
    "failures": "Words, reason:, source:, command: …",
    "days": "Words …",
    "votes": "Words, action:, user:, guild: …",
}


def test_an_empty_box_says_what_the_table_is_searched_by(qtbot: QtBot, qapp: QApplication, metric: Metric) -> None:
    for key, hint in HINTS.items():
        box = opened(qtbot, qapp, key)
        assert box.edit.placeholderText() == hint
        box.set_text(hint.removesuffix(" …").replace(",", "").replace(":", ":1"))
        assert box.problems == ""


UNANSWERED = {
    ("images", "failed"): "“failed”: images can't be filtered by outcome, so it finds nothing",
    ("images", "command:comfy"): "“command:comfy”: images can't be filtered by command, so it finds nothing",
    ("commands", "res:1024"): "“res:1024”: commands can't be filtered by resolution, so it finds nothing",
    ("activity", "slow>3"): "“slow>3”: activity can't be filtered by duration, so it finds nothing",
    ("days", "-user:1"): "“-user:1”: days can't be filtered by user, so it leaves nothing out",
    ("days", "before:3d"): "“before:3d”: days can't be filtered by time, so it finds nothing",
    ("votes", "failed"): "“failed”: votes can't be filtered by outcome, so it finds nothing",
    ("votes", "slow>30"): "“slow>30”: votes can't be filtered by duration, so it finds nothing",
    ("votes", "command:x"): "“command:x”: votes can't be filtered by command, so it finds nothing",
}


@pytest.mark.parametrize(("key", "typed"), UNANSWERED, ids=" ".join)
def test_fields_that_the_table_does_not_record_are_said_to_be_so(
    qtbot: QtBot, qapp: QApplication, metric: Metric, key: str, typed: str
) -> None:
    box = opened(qtbot, qapp, key)
    type_in(box, f"fox {typed} ")
    qtbot.waitUntil(lambda: box.problems == UNANSWERED[key, typed])
    assert box.edit.accessibleDescription() == box.problems
    text, other = box.filter.terms  # it holds all the same
    assert text == Term(Field.TEXT, "fox") and other.field is not Field.TEXT
    assert min(reds(box)) > box.edit.fontMetrics().horizontalAdvance("fox ")
    box.set_text("fox")
    assert (box.problems, reds(box)) == ("", [])


def test_a_word_that_there_is_not_is_said_to_be_searched_for_as_text(box: FilterBox) -> None:
    box.set_text("bogus:1 failed res:1")
    first, second = box.problems.split(" · ")
    assert first == "“bogus:1”: unknown filter “bogus:”, searched as text"
    assert "res:1" in second
    assert box.filter.terms[0] == Term(Field.TEXT, "bogus:1")
    box.set_text('"bogus:1" 16:9 failed')
    assert (box.problems, reds(box)) == ("", [])
    box.set_text("style:blue")
    assert box.problems and reds(box) == []  # it may well be meant so


def test_only_what_the_table_knows_is_offered(qtbot: QtBot, qapp: QApplication, metric: Metric) -> None:
    box = opened(qtbot, qapp, "votes")
    press(box, Qt.Key.Key_Down)
    words = [choice.text for choice in box.choices.offered.choices]
    assert words == ["user:", "guild:", "action:", "after:", "before:", "id:"]
    for typed in ("com", "u", "command:", "upscale:", "fai", "slow", "kind:"):
        box.set_text(typed)
        box.offer()
        assert {choice.text for choice in box.choices.offered.choices} <= {"user:"}, typed
    box.set_text("123")
    box.offer()
    assert [choice.text for choice in box.choices.offered.choices] == ["user:123456789012345678"]


def test_a_text_that_means_the_same_changes_nothing(box: FilterBox) -> None:
    box.set_text("failed")
    kept = heard(box)
    box.set_text("  outcome:failed ")
    assert kept == []
    assert box.filter == Filter((Term(Field.OUTCOME, "failed"),))


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("after:2026-03-02T09:00 comfy", "after:2026-03-02T17:00 comfy"),
        ("after:2h comfy", "after:2h comfy"),
        ("comfy  nonsense:", "comfy  nonsense:"),
    ],
)
def test_in_another_zone_a_text_still_means_the_same_rows(box: FilterBox, typed: str, after: str) -> None:
    box.set_text(typed)
    told, before = heard(box), box.filter
    box.set_zone(ZoneInfo("Asia/Tokyo"))
    assert (box.text, box.filter, told) == (after, before, [])


def test_beside_what_is_not_understood_a_time_is_read_in_the_new_zone(box: FilterBox) -> None:
    box.set_text("after:2026-03-02T09:00 slow>soon")
    before = box.filter.terms[0].value
    box.set_zone(ZoneInfo("Asia/Tokyo"))
    assert box.text == "after:2026-03-02T09:00 slow>soon" and box.problems
    assert box.filter.terms[0].value == float(before) - 8 * 3_600
