"""A page's numbers, its sections and the strip of the filter, each by itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import Opens
from core.filters import EVERYTHING, Field, Filter, Term
from core.presenters.presenter import Figure
from gui.style.theme import apply_theme
from gui.widgets.figure_row import FigureRow
from gui.widgets.filter_strip import FilterStrip
from gui.widgets.joined_buttons import Segments
from gui.widgets.text import PlainLabel
from resources.design import Theme
from tests.gui.windows import show_alone, texts

FAILED = Filter.of(outcome="failed")
FIGURES = (
    Figure("Commands", "53,444", "in 30 days", "Commands that were run", Opens("commands", EVERYTHING)),
    Figure("Failed", "1,608", "3.0 %", "Commands that did not succeed", Opens("commands", FAILED)),
    Figure("Different", "13", "", "Different commands that were run"),
)
USER, COMMAND = Term(Field.USER, "123456789"), Term(Field.COMMAND, "a&b <i>")


def window_with(qtbot: QtBot, app: QApplication, *parts: QWidget) -> QWidget:
    """A window that has the keys, with some widgets in a column."""
    apply_theme(app, Theme.DARK)
    window = QWidget()
    column = QVBoxLayout(window)
    for part in parts:
        column.addWidget(part)
    qtbot.addWidget(window)
    window.resize(900, 120)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def key(name: Qt.Key) -> None:
    widget = QApplication.focusWidget()
    assert widget is not None
    QTest.keyClick(widget, name)


@pytest.fixture
def row(qtbot: QtBot, qapp: QApplication) -> Iterator[FigureRow]:
    figures = FigureRow()
    window = window_with(qtbot, qapp, figures)
    figures.show_figures(FIGURES)
    yield figures
    window.close()


def places(row: FigureRow) -> list[QFrame]:
    direct = Qt.FindChildOption.FindDirectChildrenOnly
    return [each for each in row.findChildren(QFrame, options=direct) if each.isVisible()]


def place(row: FigureRow, label: str) -> QFrame:
    return next(each for each in places(row) if each.accessibleName().startswith(f"{label}:"))


def test_figures_that_are_none_take_no_room(qtbot: QtBot, qapp: QApplication) -> None:
    figures = FigureRow()
    window = window_with(qtbot, qapp, figures)
    assert window.isVisible() and not figures.isVisible()
    figures.show_figures(FIGURES)
    assert texts(figures) == ["Commands", "53,444", "in 30 days", "Failed", "1,608", "3.0 %", "Different", "13"]
    figures.show_figures(())
    assert not figures.isVisible()


def test_other_figures_come_in_the_same_places(row: FigureRow) -> None:
    before = places(row)
    row.show_figures(FIGURES[1:])
    assert texts(row) == ["Failed", "1,608", "3.0 %", "Different", "13"]
    assert set(places(row)) < set(before)


def test_a_figure_with_rows_opens_them_by_click_and_by_keys(row: FigureRow, qtbot: QtBot) -> None:
    first, failed, different = places(row)
    with qtbot.waitSignal(row.rows_requested) as caught:
        qtbot.mouseClick(failed, Qt.MouseButton.LeftButton)
    assert caught.args == ["commands", FAILED]
    first.setFocus()
    for name in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        with qtbot.waitSignal(row.rows_requested) as caught:
            key(name)
        assert caught.args == ["commands", EVERYTHING]
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is failed
    with qtbot.assertNotEmitted(row.rows_requested):
        qtbot.mouseClick(different, Qt.MouseButton.LeftButton)
    assert different.focusPolicy() is Qt.FocusPolicy.NoFocus


def test_a_press_that_is_dragged_away_opens_nothing(row: FigureRow, qtbot: QtBot) -> None:
    first = place(row, "Commands")
    with qtbot.assertNotEmitted(row.rows_requested):
        QTest.mousePress(first, Qt.MouseButton.LeftButton)
        QTest.mouseRelease(first, Qt.MouseButton.LeftButton, pos=first.rect().bottomRight() * 3)


def test_a_figure_says_itself_to_a_screen_reader_and_explains_itself(row: FigureRow) -> None:
    assert [each.accessibleName() for each in places(row)] == [
        "Commands: 53,444 in 30 days",
        "Failed: 1,608 3.0 %",
        "Different: 13",
    ]
    assert "Commands that were run" in place(row, "Commands").toolTip()


def test_where_room_is_scarce_the_notes_go_and_then_the_last_figures(row: FigureRow, qtbot: QtBot) -> None:
    window = row.window()
    for width, shown in (
        (280, ["Commands", "53,444", "Failed", "1,608", "Different", "13"]),
        (210, ["Commands", "53,444", "Failed", "1,608"]),
        (40, ["Commands", "53,444"]),
        (900, ["Commands", "53,444", "in 30 days", "Failed", "1,608", "3.0 %", "Different", "13"]),
    ):
        window.resize(width, 120)
        assert texts(row) == shown, width
        labels = [label for label in row.findChildren(PlainLabel) if label.isVisible()]
        if width > 100:
            qtbot.waitUntil(partial(_uncut, labels))
    window.resize(280, 120)
    assert "in 30 days" in place(row, "Commands").toolTip()


def _uncut(labels: list[PlainLabel]) -> bool:
    return all(label.width() >= label.sizeHint().width() for label in labels)


def test_text_of_strangers_is_plain(row: FigureRow) -> None:
    row.show_figures((Figure("User", "<b>x</b>", "", "<img src=file:///x>"),))
    assert texts(row) == ["User", "<b>x</b>"]
    assert all(each.textFormat() is Qt.TextFormat.PlainText for each in row.findChildren(PlainLabel))
    assert "<img" not in place(row, "User").toolTip()


@pytest.fixture
def segments(qtbot: QtBot, qapp: QApplication) -> Iterator[Segments]:
    widget = Segments(("Time", "Count", "Load"))
    window = window_with(qtbot, qapp, QLineEdit(), widget, QLineEdit())
    yield widget
    window.close()


def test_a_click_chooses_a_segment_and_says_so_once(segments: Segments, qtbot: QtBot) -> None:
    buttons = segments.findChildren(QPushButton)
    assert segments.current == 0
    with qtbot.waitSignal(segments.chosen) as caught:
        qtbot.mouseClick(buttons[2], Qt.MouseButton.LeftButton)
    assert (caught.args, segments.current) == ([2], 2)
    with qtbot.assertNotEmitted(segments.chosen):
        qtbot.mouseClick(buttons[2], Qt.MouseButton.LeftButton)
    assert [each.isChecked() for each in buttons] == [False, False, True]


def test_arrow_keys_move_the_choice_and_tab_passes_all_of_it(segments: Segments, qtbot: QtBot) -> None:
    first, last = segments.window().findChildren(QLineEdit)
    first.setFocus()
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is segments.findChildren(QPushButton)[0]
    for name, expected in ((Qt.Key.Key_Right, 1), (Qt.Key.Key_Right, 2), (Qt.Key.Key_Left, 1)):
        with qtbot.waitSignal(segments.chosen) as caught:
            key(name)
        assert caught.args == [expected]
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is last
    key(Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is segments.findChildren(QPushButton)[1]


def test_single_segment_is_no_choice(qtbot: QtBot, qapp: QApplication) -> None:
    widget = Segments(("Activity",))
    window = window_with(qtbot, qapp, widget)
    assert window.isVisible() and not widget.isVisible()


@pytest.fixture
def strip(qtbot: QtBot, qapp: QApplication) -> Iterator[FilterStrip]:
    widget = FilterStrip(ZoneInfo("Europe/Berlin"))
    window = window_with(qtbot, qapp, widget, QLineEdit())
    yield widget
    window.close()


def chip(strip: FilterStrip, words: str) -> QAbstractButton:
    """The button of a term."""
    return next(each for each in strip.chips if each.text().replace("&&", "&") == words)


def test_the_strip_is_there_while_there_is_a_filter(strip: FilterStrip) -> None:
    assert not strip.isVisible()
    strip.show_filter(Filter((USER, COMMAND)))
    assert strip.isVisible()
    assert [each.text() for each in strip.chips] == ["user …6789", "command a&&b <i>"]
    assert chip(strip, "command a&b <i>").accessibleName() == "Filter command a&b <i>: remove"
    strip.show_filter(EVERYTHING)
    assert not strip.isVisible()


def test_a_chip_is_taken_away_by_click_and_by_keys(strip: FilterStrip, qtbot: QtBot) -> None:
    strip.show_filter(Filter((USER, COMMAND)))
    with qtbot.waitSignal(strip.term_removed) as caught:
        qtbot.mouseClick(chip(strip, "command a&b <i>"), Qt.MouseButton.LeftButton)
    assert caught.args == [COMMAND]
    chip(strip, "user …6789").setFocus()
    for name in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Space):
        with qtbot.waitSignal(strip.term_removed) as caught:
            key(name)
        assert caught.args == [USER]
    with qtbot.waitSignal(strip.cleared):
        qtbot.mouseClick(strip.clear, Qt.MouseButton.LeftButton)


def test_the_keys_stay_in_the_strip_while_it_has_chips_and_go_on_when_it_has_none(
    strip: FilterStrip, qtbot: QtBot
) -> None:
    strip.term_removed.connect(lambda term: strip.show_filter(Filter((USER, COMMAND)).minus(term)))
    strip.show_filter(Filter((USER, COMMAND)))
    chip(strip, "user …6789").setFocus()
    key(Qt.Key.Key_Delete)
    (left,) = strip.chips
    assert QApplication.focusWidget() is left is chip(strip, "command a&b <i>")
    key(Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is strip.clear
    key(Qt.Key.Key_Backtab)
    strip.show_filter(EVERYTHING)
    assert isinstance(QApplication.focusWidget(), QLineEdit)


def test_many_terms_are_counted_and_take_no_more_room_than_there_is(strip: FilterStrip, qtbot: QtBot) -> None:
    strip.show_filter(Filter(tuple(Term(Field.COMMAND, f"c{n}") for n in range(30))))
    strip.window().resize(1600, 120)
    assert len(strip.chips) == 8
    qtbot.waitUntil(lambda: "and 22 more" in texts(strip))
    strip.window().resize(400, 120)
    qtbot.waitUntil(lambda: strip.width() < 400)
    seen = [each for each in strip.chips if each.isVisible()]
    assert 1 <= len(seen) < 5
    assert f"and {30 - len(seen)} more" in texts(strip)
    qtbot.waitUntil(lambda: strip.clear.geometry().right() <= strip.width())
    assert strip.clear.isVisible() and seen[-1].geometry().right() < strip.clear.geometry().left()


def test_single_long_term_is_shown_whatever_the_room(strip: FilterStrip) -> None:
    strip.show_filter(Filter((Term(Field.TEXT, "w" * 500),)))
    strip.window().resize(200, 120)
    (only,) = strip.chips
    assert only.isVisible() and len(only.text()) < 60


def test_a_number_that_grows_is_not_cut_for_a_frame(qtbot: QtBot, qapp: QApplication) -> None:
    row = FigureRow()
    row.show_figures((Figure("Commands", "9"), Figure("Images", "9")))
    show_alone(qtbot, qapp, row, Theme.DARK, 900, 60)
    row.show_figures((Figure("Commands", "1,234,567"), Figure("Images", "10,000")))
    labels = [each for each in row.findChildren(PlainLabel) if each.text() in ("1,234,567", "10,000")]
    assert len(labels) == 2
    assert all(each.width() >= each.sizeHint().width() for each in labels), "before any further event"
