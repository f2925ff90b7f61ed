"""Back and forth: page, range, filter, rows and zoom are one history; a zoom can become the range."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import EVERYTHING, Filter
from core.time_ranges import TimeRange
from gui.window import actions
from gui.window.history import MOST, Place, Trail
from gui.window.main_window import MainWindow
from tests.gui.windows import press, watch

COMFY = Filter.of(command="comfy")
ZOOM, CLOSER = TimeRange(100.0, 200.0), TimeRange(120.0, 150.0)


def trail(*places: Place) -> Trail:
    made = Trail()
    for place in places:
        made.note(place)
    return made


def test_a_trail_leads_back_and_forth_and_a_new_way_takes_the_place_of_the_old() -> None:
    first, second, third = Place("overview", "24h"), Place("commands", "24h"), Place("commands", "7d")
    made = trail(first, second, second, third)
    assert [made.step(-1), made.step(-1), made.step(-1)] == [second, first, None]
    assert made.step(1) == second
    made.note(Place("images", "24h"))
    assert not made.leads(1)
    assert made.step(-1) == second


@pytest.mark.parametrize(
    ("before", "further"),
    [
        (Place("commands", "24h", view=ZOOM), Place("commands", "24h", view=CLOSER)),
        (Place("commands", "24h", rows="fa"), Place("commands", "24h", rows="failed")),
    ],
)
def test_steps_of_one_zoom_and_letters_of_one_filter_are_one_step(before: Place, further: Place) -> None:
    whole = Place("commands", "24h")
    made = trail(whole, before, further)
    assert made.step(-1) == whole
    assert made.step(1) == further


def test_a_trail_is_not_endless() -> None:
    made = trail(*(Place("commands", str(number)) for number in range(3 * MOST)))
    steps = 0
    while made.step(-1) is not None:
        steps += 1
    assert steps == MOST - 1


def settled(qtbot: QtBot, window: MainWindow, act: Callable[[], object]) -> None:
    """Do something, and let the history note it."""
    act()
    qtbot.waitUntil(lambda: not window.history._soon.isActive())


def enabled(window: MainWindow) -> tuple[bool, bool]:
    return window.actions_[actions.BACK].isEnabled(), window.actions_[actions.FORTH].isEnabled()


def test_one_way_back_through_pages_ranges_and_filters(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: not window.history._soon.isActive())
    assert enabled(window) == (False, False)
    settled(qtbot, window, lambda: press(window, "Alt+2"))
    settled(qtbot, window, lambda: press(window, "Ctrl+4"))
    settled(qtbot, window, lambda: window.filter_by(COMFY))
    table = window.live.current.table
    assert table is not None
    settled(qtbot, window, lambda: table.frame.filter_box.set_text("failed"))
    seen = []
    for _ in range(4):
        settled(qtbot, window, lambda: press(window, "Alt+Left"))
        seen.append((window.live.page, window.ranges.choice.key, window.live.strip.chosen, table.frame.filter_box.text))
    assert seen == [
        ("commands", "7d", COMFY, ""),
        ("commands", "7d", EVERYTHING, ""),
        ("commands", "24h", EVERYTHING, ""),
        ("overview", "24h", EVERYTHING, ""),
    ]
    assert enabled(window) == (False, True)
    for _ in range(4):
        settled(qtbot, window, lambda: press(window, "Alt+Right"))
    assert (window.live.page, window.ranges.choice.key, window.live.strip.chosen) == ("commands", "7d", COMFY)
    assert table.frame.filter_box.text == "failed"
    assert enabled(window) == (True, False)


def test_a_number_that_turns_the_page_and_filters_its_rows_is_one_step(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: not window.history._soon.isActive())
    settled(qtbot, window, lambda: window.live.open_rows("commands", Filter.of(outcome="failed")))
    settled(qtbot, window, lambda: press(window, "Alt+Left"))
    assert window.live.page == "overview"
    assert enabled(window) == (False, True)


def test_a_zoom_is_gone_back_to_and_can_become_the_range(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    snapshot = watch(qtbot, window, database)
    whole = snapshot.buckets.range
    middle = (whole.start + whole.end) / 2
    view = TimeRange(middle, middle + 6 * 3_600)
    assert not window.live.top.use_zoom.isVisible()
    with qtbot.waitSignal(window.live.view_changed):
        window.live.current.show_view(view)
    qtbot.waitUntil(lambda: window.live.top.use_zoom.isVisible() and not window.history._soon.isActive())
    settled(qtbot, window, lambda: press(window, "Alt+2"))
    qtbot.waitUntil(lambda: window.live.current.view is None and not window.live.top.use_zoom.isVisible())
    settled(qtbot, window, lambda: press(window, "Alt+Left"))
    qtbot.waitUntil(lambda: window.live.page == "overview" and window.live.current.view is not None, timeout=10_000)
    assert window.live.current.view == view
    qtbot.waitUntil(lambda: window.live.top.use_zoom.isVisible())
    press(window, "Ctrl+R")
    assert window.ranges.choice.key == "custom"
    span = window.ranges.span
    assert span is not None
    assert span.start <= view.start < view.end <= span.end
    assert span.end - span.start < 6 * 3_600 + 3
    assert QApplication.focusWidget() is not None


@pytest.mark.slow
def test_another_database_begins_a_history_of_its_own(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    settled(qtbot, window, lambda: press(window, "Alt+2"))
    assert enabled(window) == (True, False)
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: enabled(window) == (False, False))
