"""Top bar, its picker and light, the rail, the status line and the notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer, QVariantAnimation
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.feed.snapshot import Condition
from core.time_ranges import CALENDAR, CHOICES
from gui.style.severity import Severity
from gui.style.theme import apply_theme
from gui.widgets.live_light import Dot, LiveLight, describe
from gui.widgets.notice import Notice
from gui.widgets.page_rail import PageEntry, PageRail
from gui.widgets.range_picker import RANGES, RangePicker
from gui.widgets.source_line import SourceLine, cost_in_words, rows_in_words
from gui.widgets.text import ElidedLabel, plain_tip
from gui.widgets.top_bar import TopBar
from resources.design import Theme
from tests.gui.snapshot_samples import NOW, SOURCE, empty_overview, overview, snapshot

PAGES = (PageEntry("overview", "Overview", "overview"), PageEntry("users", "Users", "users"))


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)


def add(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)


def segment(picker: QWidget, words: str) -> QPushButton:
    return next(button for button in picker.findChildren(QPushButton) if button.text() == words)


@pytest.fixture
def picker(qtbot: QtBot) -> RangePicker:
    widget = RangePicker()
    add(qtbot, widget)
    return widget


def test_a_click_chooses_a_range(picker: RangePicker, qtbot: QtBot) -> None:
    with qtbot.waitSignal(picker.range_chosen) as caught:
        qtbot.mouseClick(segment(picker, "7 d"), Qt.MouseButton.LeftButton)
    assert caught.args == ["7d"]
    assert picker.current == "7d"
    assert segment(picker, "7 d").isChecked()
    assert not segment(picker, "24 h").isChecked()


def test_arrow_keys_move_and_stop_at_the_ends(picker: RangePicker, qtbot: QtBot) -> None:
    chosen: list[str] = []
    picker.range_chosen.connect(chosen.append)
    picker.activateWindow()
    segment(picker, "24 h").setFocus()
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Left)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert chosen == ["1h", "15min", "1h"]


def test_arrows_reach_the_custom_range_but_only_space_asks_for_it(picker: RangePicker, qtbot: QtBot) -> None:
    asked: list[bool] = []
    picker.custom_requested.connect(lambda: asked.append(True))
    picker.set_current("all")
    segment(picker, "All").setFocus()
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    assert QApplication.focusWidget() is segment(picker, "Custom…")
    assert not asked
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    assert asked == [True]
    assert picker.current == "all"
    assert segment(picker, "All").isChecked()
    assert not segment(picker, "Custom…").isChecked()


def test_a_custom_range_is_named(picker: RangePicker) -> None:
    picker.set_custom_label("12 Oct to 3 Nov")
    picker.set_current("custom")
    assert segment(picker, "12 Oct to 3 Nov").isChecked()
    picker.set_custom_label("")
    assert segment(picker, "Custom…").isChecked()


def test_only_the_chosen_segment_is_a_stop_of_the_tab_key(picker: RangePicker) -> None:
    picker.set_current("30d")
    stops = [b.text() for b in picker.findChildren(QPushButton) if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == ["30 d"]


def test_folded_up_it_chooses_by_menu(picker: RangePicker, qtbot: QtBot) -> None:
    picker.set_collapsed(True)
    assert picker.is_collapsed
    drop_down = picker.findChild(QToolButton)
    assert drop_down.text() == "24 h"
    actions = drop_down.menu().actions()
    named = [action.text() for action in actions if not action.isSeparator()]
    assert named == [*list(RANGES.values())[:-1], *(CHOICES[key].title for key in CALENDAR), "Custom…"]
    with qtbot.waitSignal(picker.range_chosen) as caught:
        next(action for action in actions if action.text() == RANGES["30d"]).trigger()
    assert caught.args == ["30d"]
    assert drop_down.text() == "30 d"


def test_shortcuts_are_named_in_the_tool_tips(picker: RangePicker) -> None:
    picker.set_shortcut_hints({"7d": "4"})
    assert "(4)" in segment(picker, "7 d").toolTip()
    assert "(" not in segment(picker, "24 h").toolTip()


@pytest.mark.parametrize("width", [900, 1024, 1280, 1920])
@pytest.mark.parametrize("name", ["analytics.db", "a very long name of a database, more than fits " * 3])
def test_top_bar_has_nothing_that_overlaps_or_is_cut(qtbot: QtBot, width: int, name: str) -> None:
    bar = TopBar()
    bar.resize(width, 52)
    add(qtbot, bar)
    bar.set_database(name, "/somewhere")
    bar.light.show_state(Severity.WARN, "bot silent for 12 min")
    QApplication.processEvents()
    label = bar.findChild(ElidedLabel)
    right = -1
    for part in (label, bar.light, bar.picker, bar.masking, bar.pause):
        assert part.x() > right, part
        right = part.x() + part.width()
    assert right <= width - 16
    assert bar.picker.width() >= bar.picker.sizeHint().width() or bar.picker.is_collapsed
    assert not bar.light.findChild(ElidedLabel).is_cut()


def test_a_long_name_folds_the_picker_where_room_is_scarce(qtbot: QtBot) -> None:
    bar = TopBar()
    bar.resize(1080, 52)
    add(qtbot, bar)
    bar.set_database("analytics.db")
    assert not bar.picker.is_collapsed
    bar.resize(760, 52)
    qtbot.waitUntil(lambda: bar.picker.is_collapsed)


def test_pause_is_a_switch(qtbot: QtBot) -> None:
    bar = TopBar()
    add(qtbot, bar)
    bar.set_shortcut_hints({}, "Space")
    told: list[bool] = []
    bar.pause.toggled.connect(told.append)
    assert bar.pause.text() == "Pause"
    qtbot.mouseClick(bar.pause, Qt.MouseButton.LeftButton)
    assert bar.pause.text() == "Resume"
    assert "(Space)" in bar.pause.toolTip()
    qtbot.mouseClick(bar.pause, Qt.MouseButton.LeftButton)
    assert told == [True, False]


def pulsing(light: LiveLight) -> bool:
    dot = light.findChild(Dot)
    assert isinstance(dot, Dot)
    return dot.animation.state() == QVariantAnimation.State.Running


def test_the_light_moves_only_for_a_moment(qtbot: QtBot) -> None:
    light = LiveLight()
    add(qtbot, light)
    light.show_state(Severity.GOOD, "live · 2 s ago")
    assert light.accessibleName() == "State: live · 2 s ago"
    assert not pulsing(light)
    light.pulse()
    assert pulsing(light)
    qtbot.waitUntil(lambda: not pulsing(light), timeout=3000)


@pytest.mark.parametrize(
    ("condition", "seen", "expected"),
    [
        (Condition.LIVE, NOW - 2, (Severity.GOOD, "live · 2 s ago")),
        (Condition.LIVE, NOW - 720, (Severity.WARN, "bot silent for 12 min")),
        (Condition.LIVE, None, (Severity.MUTED, "waiting for the first event")),
        (Condition.PAUSED, NOW - 720, (Severity.MUTED, "paused")),
        (Condition.PAUSED, None, (Severity.MUTED, "paused")),
        (Condition.LOCKED, NOW, (Severity.WARN, "database locked")),
        (Condition.GONE, NOW, (Severity.BAD, "database gone")),
        (Condition.LOADING, NOW, (Severity.ACCENT, "loading · 42 %")),
    ],
)
def test_the_light_says_how_the_database_does(
    condition: Condition, seen: float | None, expected: tuple[Severity, str]
) -> None:
    base = overview(last_seen=seen) if seen else empty_overview()
    severity, words = describe(snapshot(base, condition=condition, progress=0.42), NOW)
    assert (severity, words.replace("\N{NO-BREAK SPACE}", " ")) == expected


def test_the_light_waits_for_no_first_event_where_there_are_rows() -> None:
    shown = snapshot(empty_overview(), condition=Condition.LIVE, last_ids={"command_usage": 300})
    assert describe(shown, NOW) == (Severity.MUTED, "no event with a usable time")


def test_the_rail_shows_up_with_the_second_page(qtbot: QtBot) -> None:
    window = QWidget()
    rail = PageRail(PAGES[:1], window)
    add(qtbot, window)
    assert not rail.isVisible()
    rail.set_entries(PAGES)
    assert rail.isVisible()
    assert rail.button("overview").isChecked()
    with qtbot.waitSignal(rail.page_chosen) as caught:
        qtbot.mouseClick(rail.button("users"), Qt.MouseButton.LeftButton)
    assert caught.args == ["users"]
    assert not rail.button("overview").isChecked()
    rail.set_current("overview")
    assert rail.button("overview").isChecked()


def test_rows_and_costs_are_put_in_words() -> None:
    assert rows_in_words(SOURCE.rows) == "48,211 commands · 17,902 images · 1 activity"
    assert rows_in_words({"image_stats": 0}) == "0 images"
    assert rows_in_words({}) == ""
    assert cost_in_words(SOURCE) == "look 0.1 ms · refresh 3.2 ms"
    quick = replace(SOURCE, look_seconds=0.000005, refresh_seconds=1.25)
    assert cost_in_words(quick) == "look 0.01 ms · refresh 1250 ms"


def test_the_status_line_names_size_journal_and_zone(qtbot: QtBot) -> None:
    line = SourceLine()
    add(qtbot, line)
    line.show_source(SOURCE, "Europe/Berlin")
    texts = [label.text().replace("\N{NO-BREAK SPACE}", " ") for label in line.findChildren(ElidedLabel)]
    assert texts[1:] == ["31.4 MB · WAL", "look 0.1 ms · refresh 3.2 ms", "Europe/Berlin"]
    line.show_source(replace(SOURCE, byte_size=0, journal_mode="server"), "UTC")
    assert "server" in [label.text() for label in line.findChildren(ElidedLabel)]


def test_a_notice_comes_acts_and_goes(qtbot: QtBot) -> None:
    window = QWidget()
    notice = Notice(window)
    add(qtbot, window)
    assert not notice.isVisible()
    notice.show_notice(Severity.WARN, "The <b>database</b> is locked", "Try again")
    assert notice.isVisible()
    assert notice.findChild(ElidedLabel).text() == "The <b>database</b> is locked"
    with qtbot.waitSignal(notice.action_requested):
        qtbot.mouseClick(notice.findChild(QPushButton), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(notice.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not notice.isVisible()
    notice.show_notice(Severity.BAD, "No button this time")
    assert not notice.findChild(QPushButton).isVisible()


def test_a_label_gives_way_and_keeps_the_whole_text_at_hand(qtbot: QtBot) -> None:
    label = ElidedLabel("<i>a rather long line of words</i>\nand more")
    qtbot.addWidget(label)
    label.resize(60, 20)
    label.show()
    qtbot.waitUntil(label.is_cut)
    assert label.minimumSizeHint().width() <= 24
    assert "&lt;i&gt;a rather long line of words&lt;/i&gt; and more" in label.toolTip()
    label.resize(600, 20)
    qtbot.waitUntil(lambda: label.toolTip() == "")


def test_a_tip_is_bounded_and_never_rich() -> None:
    tip = plain_tip("<img src=file:x>" * 10_000)
    assert "<img" not in tip
    assert len(tip) < 4_000
    assert plain_tip("") == ""
    assert plain_tip("one\ntwo") == "<p>one<br>two</p>"


LONG = "The bot has probably stopped writing: nothing for 6 h 20 min. Usually something comes every 42 s or so. "


def test_a_notice_grows_by_lines_before_it_is_cut(qtbot: QtBot) -> None:
    window, notice = QWidget(), Notice()
    column = QVBoxLayout(window)
    column.addWidget(notice)
    column.addWidget(QWidget(), 1)
    add(qtbot, window)
    window.resize(740, 300)
    notice.show_notice(Severity.WARN, "Short")
    words = notice.findChild(ElidedLabel)
    qtbot.waitUntil(lambda: (notice.height(), len(words.lines())) == (40, 1))
    for text, lines in ((LONG + "Look at its log.", 2), (LONG * 4, 3), (LONG + "Look at its log.", 2)):
        notice.show_notice(Severity.WARN, text)
        needed = lines * words.fontMetrics().lineSpacing()
        qtbot.waitUntil(lambda lines=lines: len(words.lines()) == lines)
        qtbot.waitUntil(lambda needed=needed: needed <= words.height() <= notice.height() - 8 <= needed + 8)
        assert words.is_cut() is bool(words.toolTip()) is (lines == 3)
    window.resize(1200, 300)
    qtbot.waitUntil(lambda: len(words.lines()) == 1)
    qtbot.waitUntil(lambda: notice.height() == 40)


def test_the_light_takes_two_lines_where_it_must(qtbot: QtBot) -> None:
    light = LiveLight()
    add(qtbot, light)
    light.resize(290, 52)
    light.show_state(Severity.WARN, LONG.partition(".")[0])
    words = light.findChild(ElidedLabel)
    assert len(words.lines()) == 2 and not words.is_cut() and words.toolTip() == ""
    light.resize(90, 52)
    assert words.is_cut() and "6 h 20 min" in words.toolTip()


@pytest.fixture
def notice_line(qtbot: QtBot) -> Iterator[Notice]:
    window = QWidget()
    notice, field = Notice(), QPushButton("elsewhere")
    layout = QVBoxLayout(window)
    layout.addWidget(notice)
    layout.addWidget(field)
    add(qtbot, window)
    field.setFocus()
    yield notice


@pytest.mark.parametrize(
    ("severity", "stays"), [(Severity.GOOD, False), (Severity.ACCENT, False), (Severity.WARN, True)]
)
def test_news_goes_by_itself_and_trouble_stays(notice_line: Notice, severity: Severity, stays: bool) -> None:
    notice_line.show_notice(severity, "Something happened.")
    (passing,) = notice_line.findChildren(QTimer)
    assert passing.isActive() is not stays
    if not stays:
        passing.timeout.emit()
    assert notice_line.isVisible() is stays


def test_news_does_not_go_while_it_has_the_keys(notice_line: Notice) -> None:
    notice_line.show_notice(Severity.GOOD, "Exported.", "Show in folder")
    (passing,) = notice_line.findChildren(QTimer)
    next(each for each in notice_line.findChildren(QPushButton) if each.text() == "Show in folder").setFocus()
    passing.timeout.emit()
    assert notice_line.isVisible() and passing.isActive()
    notice_line.window().findChildren(QPushButton)[-1].setFocus()
    passing.timeout.emit()
    assert not notice_line.isVisible()


def test_a_notice_goes_with_its_reason_and_only_with_its_own(notice_line: Notice) -> None:
    notice_line.show_notice(Severity.WARN, "The bot is silent.", about="silence")
    notice_line.withdraw("fault")
    assert notice_line.isVisible()
    notice_line.show_notice(Severity.WARN, "The database is locked.", about="fault")
    notice_line.withdraw("silence")
    assert notice_line.isVisible()
    notice_line.withdraw("fault")
    assert not notice_line.isVisible()
