"""Alarms in the window: found beside it, told once, listed under the bell and answered there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.alarms.anomaly import AlarmKind
from core.alarms.verdict import Cause, Verdict
from core.storage.location import locate
from core.time_ranges import DAY, HOUR
from gui.dialogs.alarms import AlarmsDialog
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.settings import ALARMS_OFF, QUIET_HOURS, THRESHOLDS, Settings
from gui.status import alarms
from gui.status.alarms import ANSWERS, AlarmKeeper, chosen_thresholds
from gui.widgets.alarm_panel import AlarmPanel, AlarmRow
from gui.window.alarms import ALARM_MARKS
from gui.window.main_window import MainWindow
from tests.core.stored import change
from tests.gui.window_controls import button, click
from tests.gui.windows import BERLIN, menu, press, shown_after, texts, watch

SILENT = Verdict(Cause.SHUT_DOWN, "The bot shut down", "It said so.", "Start it.")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "_BEGIN_MS", 0)


@pytest.fixture
def told(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of what the tray was given to tell."""
    titles: list[str] = []
    monkeypatch.setattr(window.presence.tray, "tell", lambda title, *_rest, **_more: titles.append(title))
    return titles


def restarted(path: Path, ago: float = 300.0, bot: str = "1") -> Path:
    """Four starts within a minute."""
    now = time.time() - ago
    rows = ", ".join(f"('{bot}', 'bot_start', {now + n * 15.0})" for n in range(4))
    change(path, f"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES {rows}")
    return path


def keeper(window: MainWindow) -> AlarmKeeper:
    return window.presence.alarms


def rung(qtbot: QtBot, window: MainWindow, path: Path, number: int = 1) -> None:
    watch(qtbot, window, path)
    qtbot.waitUntil(lambda: keeper(window).count == number, timeout=10_000)


def opened(window: MainWindow) -> AlarmPanel:
    (panel,) = window.findChildren(AlarmPanel)
    assert panel.isVisible()
    return panel


def shown_row(window: MainWindow) -> AlarmRow:
    return opened(window).rows[0]


def test_the_bell_says_how_many_go_on_and_lists_them(
    qtbot: QtBot, window: MainWindow, database: Path, told: list[str]
) -> None:
    bell = window.live.top.bell
    assert (bell.text(), bell.accessibleName()) == ("", "No alarms")
    rung(qtbot, window, restarted(database))
    assert (bell.text(), bell.accessibleName()) == ("1", "1 alarm")
    assert told == ["analytics.db: The bot starts again and again"]
    click(qtbot, bell)
    said = " ".join(texts(opened(window)))
    assert "The bot starts again and again" in said and "4 starts in 45 s since" in said


def test_the_rows_behind_an_alarm_are_opened_from_the_list(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    press(window, "Ctrl+1")  # a range that begins after them
    rung(qtbot, window, restarted(database, ago=HOUR * 5 / 6))
    click(qtbot, window.live.top.bell)
    panel = opened(window)
    click(qtbot, button(panel, "Show rows"))
    assert not panel.isVisible() and window.live.page == "activity"
    table = window.live.current.table
    assert table is not None and "action:bot_start" in table.frame.filter_box.edit.text()
    qtbot.waitUntil(lambda: table.view.model().rowCount() == 4)


def test_it_is_answered_by_the_keyboard_and_stays_answered(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, told: list[str]
) -> None:
    rung(qtbot, window, restarted(database))
    press(window, "Ctrl+Shift+A")
    assert QApplication.focusWidget() is shown_row(window).rows
    qtbot.keyClick(shown_row(window).rows, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is shown_row(window).acknowledge
    qtbot.keyClick(shown_row(window).acknowledge, Qt.Key.Key_Space)
    assert window.live.top.bell.text() == "" and "Acknowledged" in texts(opened(window))
    assert not shown_row(window).acknowledge.isVisible()
    qtbot.keyClick(opened(window), Qt.Key.Key_Escape)
    assert not window.findChildren(AlarmPanel)[0].isVisible()
    assert len(memory.texts(ANSWERS)) == 1 and len(told) == 1
    keeper(window).apply()
    qtbot.waitUntil(lambda: len(keeper(window).open) == 1)
    assert keeper(window).count == 0 and len(told) == 1


@pytest.mark.parametrize(("choice", "least", "most"), [(0, 0.99, 1.01), (1, 7.0, 35.0)])
def test_it_is_put_off_for_an_hour_or_until_tomorrow(
    qtbot: QtBot, window: MainWindow, database: Path, told: list[str], choice: int, least: float, most: float
) -> None:
    rung(qtbot, window, restarted(database))
    press(window, "Ctrl+Shift+A")
    shown_row(window).snooze.menu().actions()[choice].trigger()
    assert any(line.startswith("Snoozed until") for line in texts(opened(window)))
    (known,) = keeper(window).open
    assert least * HOUR < known.snoozed - time.time() < most * HOUR
    assert window.live.top.bell.text() == "1"
    keeper(window).tick()
    assert len(told) == 1
    keeper(window)._clock = lambda: known.snoozed + 1.0
    keeper(window).tick()
    assert len(told) == 2


def test_several_that_go_on_when_it_is_opened_are_one_message(
    qtbot: QtBot, window: MainWindow, database: Path, told: list[str]
) -> None:
    rung(qtbot, window, restarted(restarted(database), bot="2"), number=2)
    assert told == ["analytics.db: 2 alarms"]


def test_nothing_is_told_in_quiet_hours_and_what_goes_on_afterwards(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, told: list[str]
) -> None:
    memory.remember(QUIET_HOURS, "0-24")
    rung(qtbot, window, restarted(database))
    assert told == [] and keeper(window).hushed(SILENT)
    memory.remember(QUIET_HOURS, "")
    keeper(window).tick()
    assert len(told) == 1 and not keeper(window).hushed(SILENT)


def test_a_kind_that_is_off_is_not_watched_for(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, told: list[str]
) -> None:
    memory.remember(ALARMS_OFF, ("restarts", "silence", "no such kind"))
    watch(qtbot, window, restarted(database))
    qtbot.waitUntil(lambda: bool((seen := keeper(window).seen) and seen.learned), timeout=10_000)
    assert keeper(window).open == () and told == [] and keeper(window).hushed(SILENT)
    memory.remember(ALARMS_OFF, ())
    keeper(window).apply()
    qtbot.waitUntil(lambda: keeper(window).count == 1)


def test_what_is_watched_for_and_when_it_is_told_is_chosen_from_the_list(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    rung(qtbot, window, restarted(database))

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, AlarmsDialog)
        qtbot.mouseClick(dialog.fields[AlarmKind.RESTARTS].switch, Qt.MouseButton.LeftButton)
        for typed, kept in (("22-6", "22-6"), ("25", "22-6"), ("", "")):
            dialog.hours.clear()
            qtbot.keyClicks(dialog.hours, typed)
            qtbot.keyClick(dialog.hours, Qt.Key.Key_Return)
            assert memory.text(QUIET_HOURS) == kept
            assert any("no span of hours" in line for line in texts(dialog)) is (typed == "25")
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)

    press(window, "Ctrl+Shift+A")
    QTimer.singleShot(0, choose)
    click(qtbot, opened(window).settings)
    assert memory.texts(ALARMS_OFF) == ("restarts",)
    qtbot.waitUntil(lambda: bool((seen := keeper(window).seen) and seen.learned), timeout=10_000)
    assert keeper(window).open == ()
    with_one_off = AlarmsDialog(memory, None, BERLIN)
    qtbot.addWidget(with_one_off)
    assert [kind for kind, field in with_one_off.fields.items() if not field.switch.isChecked()] == [AlarmKind.RESTARTS]


def test_a_threshold_is_moved_over_what_it_would_have_said(qtbot: QtBot, database: Path, memory: Settings) -> None:
    for ago in (3 * DAY, 2 * DAY, DAY):
        restarted(database, ago)
    dialog = AlarmsDialog(memory, locate(database), BERLIN)
    qtbot.addWidget(dialog)
    dialog.show()
    field = dialog.fields[AlarmKind.RESTARTS]
    assert not field.slider.isVisible()
    click(qtbot, dialog.tries)
    qtbot.waitUntil(field.slider.isVisible)
    assert any("would have spoken 3 times: " in line for line in texts(field))
    assert texts(dialog.fields[AlarmKind.DISK]) == ["The disk is nearly full"]
    assert not dialog.fields[AlarmKind.DISK].slider.isVisible()
    for _step in range(4):
        qtbot.keyClick(field.slider, Qt.Key.Key_Right)
    assert texts(field)[-1] == "In the last 30 days it would not have spoken."
    assert memory.texts(THRESHOLDS) == ("restarts=1.4",)
    assert chosen_thresholds(memory) == {AlarmKind.RESTARTS: 1.4}
    memory.remember(THRESHOLDS, ("restarts=9", "none=1", "slow=", "queue=2"))
    assert chosen_thresholds(memory) == {AlarmKind.QUEUE: 2.0}
    dialog.close()


def test_charts_over_time_mark_when_an_alarm_began_until_that_is_switched_off(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings
) -> None:
    rung(qtbot, window, restarted(database))
    plot = next(plot for plot in window.live.current.charts if isinstance(plot, TimeSeriesPlot))

    def marked() -> list[str]:
        return [] if plot.chart is None else [each.label for each in plot.chart.markers if each.alarm]

    assert marked() == ["The bot starts again and again"]
    assert "Alarms: " in plot.summary
    switch = menu(window, "View", "Alarms on charts")
    switch.trigger()
    assert marked() == [] and not memory.switch(ALARM_MARKS)
    switch.trigger()
    assert marked() == ["The bot starts again and again"]


def test_what_is_over_stands_below_for_a_day(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, restarted(database, ago=5 * HOUR))
    qtbot.waitUntil(lambda: len(keeper(window).over) == 1, timeout=10_000)
    click(qtbot, window.live.top.bell)
    said = texts(opened(window))
    assert "Over in the last day" in said and any(line.startswith("Over since") for line in said)
    assert not shown_row(window).acknowledge.isVisible() and shown_row(window).rows.isVisible()


def test_a_silence_is_told_by_the_tray_alone_and_not_once_it_was_acknowledged(
    qtbot: QtBot, window: MainWindow, database: Path, told: list[str]
) -> None:
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: bool((seen := keeper(window).seen) and seen.learned), timeout=10_000)
    (silent,) = _silences()
    assert keeper(window).seen is not None
    keeper(window)._take_in(silent)
    keeper(window).tick()
    assert told == [] and not keeper(window).hushed(SILENT)
    press(window, "Ctrl+Shift+A")
    click(qtbot, shown_row(window).acknowledge)
    assert keeper(window).hushed(SILENT)
    keeper(window).apply()  # what goes on is not known for a while
    assert keeper(window).seen is None and keeper(window).hushed(SILENT)


def test_another_database_begins_without_alarms(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    rung(qtbot, window, restarted(database))
    shown_after(qtbot, window, lambda: window.watch(database))
    qtbot.waitUntil(lambda: keeper(window).count == 1, timeout=10_000)
    menu(window, "File", "Close database").trigger()
    assert window.live.top.bell.text() == "" and keeper(window).open == ()


def _silences() -> list[alarms.AlarmsSeen]:
    from core.alarms.anomaly import Anomaly
    from core.alarms.episodes import Alarm, AlarmsSeen

    now = time.time()
    anomaly = Anomaly(AlarmKind.SILENCE, Cause.SHUT_DOWN, now, now - 60.0, 2.0, 0.0, 0.0, 60.0, 0, "The bot shut down")
    return [AlarmsSeen(1.0, learned=True, open=(Alarm(anomaly, anomaly, 2.0),))]
