from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QPushButton
from pytestqt.qtbot import QtBot

from core.time_ranges import CALENDAR, CHOICES, DAY, MINUTE, Buckets, TimeRange
from gui import settings
from gui.dialogs.custom_range import CustomRangeDialog
from gui.settings import Settings
from gui.widgets.top_bar import TopBar
from gui.window.actions import Actions
from gui.window.main_window import MainWindow
from gui.window.range_controller import RangeChooser
from tests.gui.snapshot_samples import snapshot
from tests.gui.windows import BERLIN, shown_after


class Parts:
    """A chooser with the parts of the window that it knows."""

    def __init__(self, memory: Settings) -> None:
        self.window = QMainWindow()
        self.top = TopBar()
        self.window.setCentralWidget(self.top)
        self.actions = Actions(self.window)
        self.chooser = RangeChooser(self.window, memory, BERLIN, self.top, self.actions)

    @property
    def shown(self) -> tuple[str, str]:
        """The range that the picker shows, and the one whose action is ticked."""
        ticked = [key for key in CHOICES if self.actions[f"range_{key}"].isChecked()]
        assert len(ticked) == 1
        return self.top.picker.current, ticked[0]


@pytest.fixture
def parts(qtbot: QtBot, memory: Settings) -> Iterator[Parts]:
    made = Parts(memory)
    qtbot.addWidget(made.window)
    yield made


def test_range_begins_with_what_was_remembered(qtbot: QtBot, memory: Settings) -> None:
    memory.remember(settings.RANGE, "7d")
    made = Parts(memory)
    qtbot.addWidget(made.window)
    assert made.chooser.choice is CHOICES["7d"]
    assert made.shown == ("7d", "7d")


@pytest.mark.parametrize("value", ["custom", "1 fortnight", ""])
def test_range_that_is_none_counts_as_a_day(qtbot: QtBot, memory: Settings, value: str) -> None:
    memory.remember(settings.RANGE, value)
    made = Parts(memory)
    qtbot.addWidget(made.window)
    assert made.shown == ("24h", "24h")


def test_picker_and_action_choose_and_are_remembered(qtbot: QtBot, parts: Parts, memory: Settings) -> None:
    with qtbot.waitSignal(parts.chooser.chosen):
        parts.actions["range_30d"].trigger()
    assert (parts.shown, memory.text(settings.RANGE)) == (("30d", "30d"), "30d")
    with qtbot.waitSignal(parts.chooser.chosen):
        parts.top.picker.range_chosen.emit("1h")
    assert (parts.shown, memory.text(settings.RANGE)) == (("1h", "1h"), "1h")


def test_a_span_is_shown_but_not_remembered(parts: Parts, memory: Settings) -> None:
    span = TimeRange(1_790_000_000.0, 1_790_000_000.0 + 2 * DAY)
    parts.chooser.choose("custom", span)
    assert parts.chooser.span == span
    assert (parts.shown, memory.text(settings.RANGE)) == (("custom", "custom"), "24h")
    parts.chooser.choose("7d", remember=False)
    assert parts.chooser.span is None
    assert memory.text(settings.RANGE) == "24h"


def test_wider_and_wider_ends_at_all_there_is(parts: Parts) -> None:
    parts.chooser.choose("15min")
    seen = [parts.chooser.choice.key]
    for _ in range(10):
        parts.chooser.widen()
        seen.append(parts.chooser.choice.key)
    assert seen[:7] == [key for key in CHOICES if key not in ("custom", *CALENDAR)]
    assert set(seen[7:]) == {"all"}
    parts.chooser.choose("custom", TimeRange(1.79e9, 1.79e9 + DAY))
    parts.chooser.widen()
    assert parts.chooser.choice.key == "custom"


def asked(chooser: RangeChooser) -> TimeRange:
    """The span with which the dialog of the action Custom… opens; it is left by Escape."""
    seen: list[TimeRange] = []

    def look() -> None:
        (dialog,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, CustomRangeDialog))
        seen.append(dialog.span)
        dialog.reject()

    QTimer.singleShot(0, look)
    chooser.ask()
    return seen[0]


@pytest.mark.parametrize("key", ["15min", "1h", "24h", "7d", "90d"])
def test_a_custom_range_begins_with_the_one_that_is_shown(
    qtbot: QtBot, window: MainWindow, database: Path, key: str
) -> None:
    window.ranges.choose(key)
    shown = shown_after(qtbot, window, lambda: window.watch(database), choice=key).buckets.range
    span = asked(window.ranges)
    assert abs(span.start - shown.start) <= MINUTE
    assert abs(span.end - shown.end) <= MINUTE
    assert window.live.top.picker.current == key


def test_a_custom_range_begins_with_all_there_is_where_that_is_shown(parts: Parts) -> None:
    parts.chooser.choose("all")
    edges = (1_790_000_040.0, 1_790_000_040.0 + DAY, 1_790_000_040.0 + 3 * DAY)
    parts.chooser.note(snapshot(choice="all", buckets=Buckets(edges, "1 day", BERLIN)))
    assert asked(parts.chooser) == TimeRange(edges[0], edges[-1])
    parts.chooser.note(snapshot(choice="24h"))  # it was under way while another range was chosen
    assert asked(parts.chooser) == TimeRange(edges[0], edges[-1])
    parts.chooser.choose("7d")
    assert asked(parts.chooser).end - asked(parts.chooser).start < 8 * DAY


@pytest.mark.parametrize(("key", "words"), [("yesterday", "Yesterday"), ("6h", "6 h")])
def test_a_range_without_a_button_of_its_own_stands_in_the_last_one(
    qtbot: QtBot, parts: Parts, memory: Settings, key: str, words: str
) -> None:
    parts.chooser.choose(key)
    assert parts.top.picker.current == key
    assert button_words(parts.top)[-1] == words
    again = Parts(memory)
    qtbot.addWidget(again.window)
    assert again.chooser.choice.key == key, "it is remembered, and goes on with the clock"
    parts.chooser.choose("7d")
    assert button_words(parts.top)[-1] == "Custom…"


def button_words(top: TopBar) -> list[str]:
    return [each.text() for each in top.picker.findChildren(QPushButton)]


@pytest.mark.parametrize(
    ("typed", "key", "fits"),
    [("last 6 h", "6h", True), ("yesterday", "yesterday", True), ("2026-11-01 to 2026-11-07", "custom", True),
     ("fortnight", "custom", False)],
)  # fmt: skip
def test_a_range_can_be_typed(qtbot: QtBot, typed: str, key: str, fits: bool) -> None:
    dialog = CustomRangeDialog(TimeRange(1.79e9, 1.79e9 + DAY), BERLIN)
    qtbot.addWidget(dialog)
    qtbot.keyClicks(dialog.typed, typed)
    assert dialog.go.isEnabled() is fits
    assert dialog.chosen.choice.key == key
    if typed.startswith("2026"):
        assert dialog.chosen.span == dialog.span
        assert dialog.span.end - dialog.span.start == 7 * DAY


def test_moments_that_are_edited_take_the_place_of_what_was_typed(qtbot: QtBot) -> None:
    dialog = CustomRangeDialog(TimeRange(1.79e9, 1.79e9 + DAY), BERLIN)
    qtbot.addWidget(dialog)
    qtbot.keyClicks(dialog.typed, "yesterday")
    dialog.start.setDateTime(dialog.start.dateTime().addSecs(-3_600))
    assert (dialog.typed.text(), dialog.chosen.choice.key) == ("", "custom")
    with qtbot.waitSignal(dialog.accepted):
        qtbot.mouseClick(dialog.named["last_week"], Qt.MouseButton.LeftButton)
    assert (dialog.chosen.choice.key, dialog.chosen.span) == ("last_week", None)
