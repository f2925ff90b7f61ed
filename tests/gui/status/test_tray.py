from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from core.alarms.verdict import Cause, Verdict
from gui.status.tray import GRACE, Announcement, Announcer, Tray, TrayState, state_icon, state_of
from resources import design
from resources.design import Theme

LIVELY = Verdict(Cause.LIVELY, "The bot is writing")
UNASKED = Verdict(Cause.UNASKED, "Quiet for 12 min, which is usual")
UNCLEAR = Verdict(Cause.UNCLEAR, "Quieter than usual")
STOPPED = Verdict(Cause.STOPPED, "The bot has probably stopped writing", "none for 2 h", "See whether it runs.")
SHUT_DOWN = Verdict(Cause.SHUT_DOWN, "The bot shut down at 14:03", "It said so.", "Start the bot.")
LOCKED = Verdict(Cause.LOCKED, "The database is locked", "", "It passes.")
MOVED = Verdict(Cause.MOVED, "The file was moved or deleted", "", "Put it back.")


def titles(*seen: Verdict, step: float = 10.0) -> list[str]:
    """What is announced while the bot is seen like this, one after another."""
    announcer = Announcer()
    said = [announcer.note(verdict, number * step) for number, verdict in enumerate(seen)]
    return [news.title for news in said if news is not None]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (None, TrayState.CLOSED),
        (LIVELY, TrayState.LIVE),
        (UNASKED, TrayState.LIVE),
        (UNCLEAR, TrayState.LIVE),
        (STOPPED, TrayState.SILENT),
        (SHUT_DOWN, TrayState.SILENT),
        (LOCKED, TrayState.LOCKED),
        (MOVED, TrayState.GONE),
        (Verdict(Cause.AWAY, ""), TrayState.GONE),
    ],
)
def test_the_state_follows_the_verdict(verdict: Verdict | None, state: TrayState) -> None:
    assert state_of(verdict) is state
    assert state_of(verdict, paused=True) is (TrayState.PAUSED if verdict else TrayState.CLOSED)


def test_every_state_has_a_picture_of_its_own_in_both_themes(qtbot: QtBot) -> None:
    for theme in Theme:
        pictures = [state_icon(state, design.palette(theme)).pixmap(QSize(22, 22)).toImage() for state in TrayState]
        assert all(one != other for one, other in combinations(pictures, 2))
        assert all(not picture.isNull() for picture in pictures)


def test_states_differ_without_their_colours(qtbot: QtBot) -> None:
    palette = design.palette(Theme.LIGHT)
    grey = [
        state_icon(s, palette).pixmap(QSize(32, 32)).toImage().convertToFormat(QImage.Format.Format_Grayscale8)
        for s in TrayState
    ]
    assert all(one != other for one, other in combinations(grey, 2))


def test_silence_is_announced_once_and_its_end_once() -> None:
    assert titles(LIVELY, UNASKED, STOPPED, STOPPED, STOPPED, LIVELY, UNASKED) == [
        STOPPED.headline,
        "The bot writes again",
    ]


def test_states_that_come_again_later_are_said_again() -> None:
    assert len(titles(STOPPED, LIVELY, STOPPED, LIVELY)) == 4


def test_a_database_that_goes_away_is_announced_once_and_its_return_once() -> None:
    assert titles(LIVELY, MOVED, MOVED, MOVED, LIVELY, LIVELY) == [MOVED.headline, "The database is back"]


def test_a_file_that_is_gone_for_a_moment_is_not_worth_a_word() -> None:
    assert titles(LIVELY, MOVED, MOVED, LIVELY, MOVED, LIVELY, step=GRACE / 4) == []


def test_a_lock_passes_and_is_not_announced() -> None:
    assert titles(LIVELY, LOCKED, LOCKED, LIVELY) == []
    assert titles(STOPPED, LOCKED, STOPPED, LIVELY) == [STOPPED.headline, "The bot writes again"]


def test_a_bot_that_is_still_silent_when_its_database_is_back_is_not_announced_again() -> None:
    assert titles(STOPPED, MOVED, MOVED, STOPPED, LIVELY) == [
        STOPPED.headline,
        MOVED.headline,
        "The database is back",
        "The bot writes again",
    ]


def test_an_announcement_says_what_to_do() -> None:
    assert Announcer().note(STOPPED, 0.0) == Announcement(STOPPED.headline, STOPPED.advice)


@pytest.fixture
def tray(qtbot: QtBot) -> Tray:
    return Tray()


def test_the_tip_says_in_words_how_the_bot_is(tray: Tray) -> None:
    assert tray.icon.toolTip() == "Botpulse: no database is open"
    tray.show_state(STOPPED, "analytics.db")
    assert tray.icon.toolTip() == "analytics.db: The bot has probably stopped writing"
    tray.show_state(LIVELY, "analytics.db", paused=True)
    assert tray.icon.toolTip() == "analytics.db: paused"
    tray.show_state(LIVELY, "<b>a</b>\n" * 50)
    assert "\n" not in tray.icon.toolTip()
    assert len(tray.icon.toolTip()) <= 120


def test_the_picture_follows_state_and_theme(tray: Tray) -> None:
    keys = set()
    for theme in Theme:
        tray.set_palette(design.palette(theme))
        for verdict in (LIVELY, STOPPED, MOVED, LOCKED, None):
            tray.show_state(verdict, "analytics.db")
            keys.add(tray.icon.icon().cacheKey())
    assert len(keys) == 10


def test_the_menu_shows_pauses_and_quits(qtbot: QtBot, tray: Tray) -> None:
    tray.show_state(LIVELY, "analytics.db")
    with qtbot.waitSignal(tray.show_requested):
        tray.open_action.trigger()
    with qtbot.waitSignal(tray.pause_toggled) as caught:
        tray.pause_action.trigger()
    assert caught.args == [True]
    with qtbot.waitSignal(tray.quit_requested):
        tray.quit_action.trigger()
    assert [each.text() for each in tray.menu.actions() if each.text()] == [
        "&Show Botpulse",
        "&Pause",
        "&Quit Botpulse",
    ]


def test_pause_in_the_menu_follows_the_window(tray: Tray) -> None:
    tray.show_state(None, "")
    assert not tray.pause_action.isEnabled()
    tray.show_state(LIVELY, "analytics.db", paused=True)
    assert tray.pause_action.isChecked()
    tray.show_state(LIVELY, "analytics.db")
    assert not tray.pause_action.isChecked()


def test_a_click_asks_for_the_window_and_the_menu_does_not(qtbot: QtBot, tray: Tray) -> None:
    with qtbot.waitSignal(tray.show_requested):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    with qtbot.assertNotEmitted(tray.show_requested):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)


def test_where_there_is_no_tray_nothing_breaks(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)  # Windows' own platform has one
    assert not tray.available
    tray.set_shown(True)
    assert not tray.shown
    tray.explain_hiding()
    assert tray.announce(STOPPED, "analytics.db", 0.0) is not None
    assert tray.announce(STOPPED, "analytics.db", 1.0) is None
    tray.begin()
    assert tray.announce(STOPPED, "another.db", 2.0) is not None


# A platform without a tray complains when an icon is shown all the same.
on_a_tray = pytest.mark.qt_log_ignore("systemTrayWindowChanged", extend=True)


@pytest.fixture
def messages(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is said on a desktop with a tray: the tests' platform has none, so the last step is taken here."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(tray.icon, "showMessage", lambda title, text, glyph: said.append((title, text)))
    tray.set_shown(True)
    return said


@on_a_tray
def test_trouble_is_said_once_with_its_database(tray: Tray, messages: list[tuple[str, str]]) -> None:
    for now in range(3):
        tray.announce(STOPPED, "analytics.db", float(now))
    tray.announce(LIVELY, "analytics.db", 4.0)
    assert messages == [
        (f"analytics.db: {STOPPED.headline}", STOPPED.advice),
        ("analytics.db: The bot writes again", "New events are coming in."),
    ]


@on_a_tray
def test_notifications_are_not_for_those_who_want_none(tray: Tray, messages: list[tuple[str, str]]) -> None:
    tray.set_notifies(False)
    tray.announce(STOPPED, "analytics.db", 0.0)
    tray.set_notifies(True)
    tray.announce(STOPPED, "analytics.db", 1.0)
    assert messages == []


@on_a_tray
def test_without_its_icon_nothing_is_said(tray: Tray, messages: list[tuple[str, str]]) -> None:
    tray.set_shown(False)
    tray.announce(STOPPED, "analytics.db", 0.0)
    tray.explain_hiding()
    assert (tray.shown, messages) == (False, [])


@on_a_tray
def test_botpulse_says_once_that_it_goes_on_without_its_window(tray: Tray, messages: list[tuple[str, str]]) -> None:
    tray.explain_hiding()
    tray.explain_hiding()
    assert [title for title, _ in messages] == ["Botpulse keeps watching"]
