from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QDate, QDateTime, QLocale, Qt, QTime, QTimeZone
from PySide6.QtWidgets import QApplication, QDateTimeEdit, QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.text.formatting import NO_BREAK
from core.time_ranges import CHOICES, HOUR, MINUTE, TimeRange, window
from gui import settings
from gui.app.startup import write_in_our_language
from gui.dialogs.about import AboutDialog, versions
from gui.dialogs.controls import Number
from gui.dialogs.custom_range import CustomRangeDialog, span_in_words
from gui.dialogs.naming import NamingDialog
from tests.gui.windows import BERLIN, plain, texts

NEW_YORK = ZoneInfo("America/New_York")


def moment(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def dialog(qtbot: QtBot, start: str, end: str, zone: ZoneInfo = BERLIN) -> CustomRangeDialog:
    made = CustomRangeDialog(TimeRange(moment(start, zone), moment(end, zone)), zone)
    qtbot.addWidget(made)
    made.show()
    return made


def put(editor: QDateTimeEdit, text: str) -> None:
    day = datetime.fromisoformat(text)
    editor.setDateTime(QDateTime(QDate(day.year, day.month, day.day), QTime(day.hour, day.minute), QTimeZone.utc()))


@pytest.fixture(params=["UTC", "Asia/Kathmandu"])
def machine_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone, which is not that of the monitor."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows has no other zone for a single process")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def range_dialog() -> QDialog:
    return CustomRangeDialog(TimeRange(1.79e9, 1.79e9 + 86_400), BERLIN)


def naming_dialog() -> QDialog:
    return NamingDialog(("user", "100000000000000001"), "")


@pytest.mark.usefixtures("machine_zone")
def test_range_dialog_begins_with_the_span_that_is_shown(qtbot: QtBot) -> None:
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
    assert (made.start.text(), made.end.text()) == ("2026-07-01 08:15", "2026-07-03 20:45")
    assert made.span == TimeRange(moment("2026-07-01T08:15"), moment("2026-07-03T20:45"))
    assert "Times are those of Europe/Berlin." in texts(made)


@pytest.mark.parametrize("of", [range_dialog, naming_dialog], ids=["range", "name"])
def test_words_that_are_longer_get_their_room(qtbot: QtBot, of: Callable[[], QDialog]) -> None:
    """In another language, or in another font: the dialog widens, and no button is cut."""
    made = of()
    qtbot.addWidget(made)
    made.show()
    before = made.width()
    assert before >= 350
    for each in made.findChildren(QPushButton):
        each.setText(each.text() + " in many longer words")
    qtbot.waitUntil(lambda: made.width() > before)
    qtbot.waitUntil(lambda: all(each.width() >= each.sizeHint().width() for each in made.findChildren(QPushButton)))


TWICE = [
    (("2026-10-25T02:30", 1), ("2026-10-25T04:00", 0), "25 Oct 02:30 CET – 04:00"),
    (("2026-10-25T02:30", 0), ("2026-10-25T02:30", 1), "25 Oct 02:30 CEST – 02:30 CET"),
    (("2026-10-25T02:10", 1), ("2026-10-25T02:50", 1), "25 Oct 02:10 CET – 02:50 CET"),
    (("2026-10-24T12:00", 0), ("2026-10-25T02:00", 1), "24 Oct 12:00 – 25 Oct 02:00 CET"),
    (("2026-03-29T01:30", 0), ("2026-03-29T03:30", 0), "29 Mar 01:30 – 03:30"),
]


@pytest.mark.parametrize(("start", "end", "words"), TWICE)
def test_a_range_in_the_hour_that_comes_twice_stays_the_same_moment(
    qtbot: QtBot, start: tuple[str, int], end: tuple[str, int], words: str
) -> None:
    given = TimeRange(
        *(datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp() for text, fold in (start, end))
    )
    made = CustomRangeDialog(given, BERLIN)
    qtbot.addWidget(made)
    assert made.span == given
    assert made.go.isEnabled()
    assert span_in_words(given, BERLIN).replace(NO_BREAK, " ") == words
    put(made.end, "2026-10-26T00:00")
    assert made.span == TimeRange(given.start, moment("2026-10-26T00:00"))


def test_an_end_in_the_hour_that_comes_twice_is_the_one_that_fits(qtbot: QtBot) -> None:
    start = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1).timestamp()
    made = CustomRangeDialog(TimeRange(start, moment("2026-10-25T04:00")), BERLIN)
    qtbot.addWidget(made)
    put(made.end, "2026-10-25T02:45")
    assert made.span == TimeRange(start, start + 15 * MINUTE)
    put(made.end, "2026-10-25T02:15")
    assert not made.go.isEnabled()


@pytest.mark.parametrize("speaks", ["fa_IR", "ar_EG", "de_DE", "bn_BD"])
def test_fields_have_the_digits_of_everything_else(qtbot: QtBot, speaks: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(speaks))
    try:
        write_in_our_language()
        made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
        number = Number(settings.INTERVAL)
        qtbot.addWidget(number)
        number.set_value(2500)
        assert (made.start.text(), number.text()) == ("2026-07-01 08:15", "2,500 ms")
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("end", "fits"), [("2026-07-01T08:16", True), ("2026-07-01T08:15", False), ("2026-06-30T23:59", False)]
)
def test_only_a_start_before_the_end_can_be_shown(qtbot: QtBot, end: str, fits: bool) -> None:
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
    put(made.end, end)
    assert made.go.isEnabled() is fits
    assert ("The start must lie before the end." in texts(made)) is not fits


def test_its_buttons_are_where_those_of_other_dialogs_are(qtbot: QtBot) -> None:
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
    others = set(made.named.values())
    buttons = (each for each in made.findChildren(QPushButton) if each.isVisible() and each not in others)
    cancel, show = sorted(buttons, key=lambda b: b.x())
    assert (plain(cancel.text()), plain(show.text())) == ("Cancel", "Show")
    assert show.property("primary") == "true"
    assert show.isDefault()
    with qtbot.waitSignal(made.rejected):
        qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)


def test_a_span_that_begins_within_a_minute_is_shown_as_a_whole(qtbot: QtBot) -> None:
    """As one that was dragged in a chart does."""
    made = CustomRangeDialog(TimeRange(moment("2026-07-01T08:15") + 12.5, moment("2026-07-01T08:15") + 48.0), BERLIN)
    qtbot.addWidget(made)
    assert (made.start.text(), made.end.text()) == ("2026-07-01 08:15", "2026-07-01 08:16")
    assert made.go.isEnabled()


@pytest.mark.usefixtures("machine_zone")
def test_range_dialog_works_by_keyboard(qtbot: QtBot) -> None:
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
    made.start.setFocus()
    made.start.setSelectedSection(QDateTimeEdit.Section.DaySection)
    qtbot.keyClick(made.start, Qt.Key.Key_Up)
    with qtbot.waitSignal(made.accepted):
        qtbot.keyClick(made, Qt.Key.Key_Return)
    assert made.span.start == moment("2026-07-02T08:15")


def test_escape_leaves_it(qtbot: QtBot) -> None:
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45")
    with qtbot.waitSignal(made.rejected):
        qtbot.keyClick(made, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2026-03-29T00:00", "2026-03-30T00:00", 23), ("2026-10-25T00:00", "2026-10-26T00:00", 25)],
)
def test_a_day_on_which_the_clocks_change_is_a_day(qtbot: QtBot, start: str, end: str, hours: int) -> None:
    made = dialog(qtbot, "2026-01-01T00:00", "2027-01-01T00:00")
    put(made.start, start)
    put(made.end, end)
    assert (made.start.text(), made.end.text()) == (start.replace("T", " "), end.replace("T", " "))
    assert made.span.end - made.span.start == hours * HOUR
    assert made.go.isEnabled()


@pytest.mark.usefixtures("machine_zone")
def test_an_hour_that_the_clocks_skip_can_be_typed_and_never_makes_an_empty_span(qtbot: QtBot) -> None:
    made = dialog(qtbot, "2026-03-28T00:00", "2026-03-30T00:00")
    put(made.start, "2026-03-29T02:30")
    put(made.end, "2026-03-29T03:15")
    assert made.start.text() == "2026-03-29 02:30"
    assert made.go.isEnabled() is (made.span.start < made.span.end)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, ZoneInfo("Pacific/Kiritimati")])
def test_the_longest_span_that_can_be_typed_can_be_shown(qtbot: QtBot, zone: ZoneInfo) -> None:
    """The ends of the calendar must not break what cuts the range into buckets."""
    made = dialog(qtbot, "2026-07-01T08:15", "2026-07-03T20:45", zone)
    made.start.setDateTime(made.start.minimumDateTime())
    made.end.setDateTime(made.end.maximumDateTime())
    assert made.go.isEnabled()
    shown = window(CHOICES["custom"], moment("2026-07-01T00:00"), zone, made.span)
    assert 1 <= len(shown.buckets) <= 200
    assert "–" in span_in_words(made.span, zone)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-10-12T00:00", "2026-11-03T00:00", "12 Oct – 2 Nov"),
        ("2026-11-24T08:00", "2026-11-24T12:30", "24 Nov 08:00 – 12:30"),
        ("2026-11-24T08:00", "2026-11-25T00:00", "24 Nov 08:00 – 25 Nov 00:00"),
    ],
)
def test_a_span_in_words(start: str, end: str, expected: str) -> None:
    words = span_in_words(TimeRange(moment(start), moment(end)), BERLIN)
    assert words.replace(NO_BREAK, " ") == expected


def about(qtbot: QtBot) -> AboutDialog:
    made = AboutDialog()
    qtbot.addWidget(made)
    made.show()
    return made


def test_about_names_the_versions_as_text_to_be_selected(qtbot: QtBot) -> None:
    made = about(qtbot)
    parts = {part for part, _ in versions()}
    assert {"Botpulse", "Python", "PySide6", "pyqtgraph", "peewee", "SQLite", "System"} <= parts
    for part, number in versions():
        assert part in texts(made)
        values = [label for label in made.findChildren(QLabel) if label.text() == number]
        assert values
        flags = values[0].textInteractionFlags()
        assert flags & Qt.TextInteractionFlag.TextSelectableByMouse
        assert flags & Qt.TextInteractionFlag.TextSelectableByKeyboard
    with qtbot.waitSignal(made.rejected):
        qtbot.keyClick(made, Qt.Key.Key_Escape)


@pytest.mark.slow
def test_about_copies_the_versions_for_a_report(qtbot: QtBot) -> None:
    made = about(qtbot)
    qtbot.mouseClick(made.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text().splitlines() == [f"{part} {number}" for part, number in versions()]
    assert made.copy.text() == "Copied"
    qtbot.waitUntil(lambda: made.copy.text() == "&Copy versions")
