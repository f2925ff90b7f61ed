"""Since you last looked: when that was, what is told of it, and where each part leads."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.filters import Filter
from core.statistics.news import SinceThen
from core.storage.location import Location, locate
from gui import settings
from gui.pages.overview import OverviewPage
from gui.settings import Settings
from gui.status.looks import ABSENCE_SECONDS, LOOK_SECONDS, MOST_KEPT, LookKeeper, keep_look, last_look
from gui.widgets.since_line import NewsPart, SinceLine, moment_ago, words_of
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.windows import BERLIN, watch, words

UTC = ZoneInfo("UTC")


def failing(path: Path, ago: float) -> None:
    """A user who was never there before has a command fail, so many seconds ago."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', 'fresh', ?, 0)",
            (time.time() - ago,),
        )


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file whose last row but one is of three hours ago; since then one command has failed."""
    path = deployed.create(tmp_path / "old.db")
    deployed.fill(path, commands=20, start=time.time() - 3 * 3_600)
    failing(path, 60.0)
    return path


def line(window: MainWindow) -> SinceLine:
    page = window.live.pages["overview"]
    assert isinstance(page, OverviewPage)
    return page.since


def said(line: SinceLine) -> list[str]:
    return [words(button.text()) for button in line.parts.values() if not button.isHidden()]


def test_what_is_new_is_said_and_each_part_leads_to_its_rows(
    qtbot: QtBot, window: MainWindow, memory: Settings, old: Path
) -> None:
    before = time.time() - 7_200
    keep_look(memory, locate(old), before)
    watch(qtbot, window, old)
    shown = line(window)
    qtbot.waitUntil(shown.isVisible)
    assert said(shown) == ["1 failure", "1 new user"]
    QTest.keyClick(shown.parts[NewsPart.FAILURES], Qt.Key.Key_Space)
    assert window.live.page == "commands"
    assert window.ranges.span is not None and int(before) == window.ranges.span.start
    table = window.live.current.table
    assert table is not None and table.frame.filter_box.filter == Filter.of(outcome="failed")
    window.live.show_page("overview")
    QTest.mouseClick(shown.parts[NewsPart.USERS], Qt.MouseButton.LeftButton)
    assert window.live.page == "users"
    window.live.show_page("overview")
    QTest.mouseClick(shown.dismiss, Qt.MouseButton.LeftButton)
    assert not shown.isVisible()


@pytest.mark.parametrize("before", [None, 60.0, ABSENCE_SECONDS - 5, -3_600.0])
def test_nothing_is_asked_after_a_short_absence_or_one_that_is_not_known(
    before: float | None, qtbot: QtBot, window: MainWindow, memory: Settings, old: Path
) -> None:
    if before is not None:
        keep_look(memory, locate(old), time.time() - before)
    watch(qtbot, window, old)
    keeper = window.findChild(LookKeeper)
    keeper.tick()
    assert not keeper._job.running and not line(window).isVisible()


def test_a_look_is_kept_when_the_window_is_no_longer_seen(
    qtbot: QtBot, window: MainWindow, memory: Settings, old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch(qtbot, window, old)
    keeper, location = window.findChild(LookKeeper), locate(old)
    keeper._ticking.stop()
    now = time.time()
    keeper._leave()
    monkeypatch.setattr(keeper, "_clock", lambda: now)
    keeper.tick()
    now += LOOK_SECONDS - 1
    keeper.tick()
    assert last_look(memory, location) is None
    now += 1
    keeper.tick()
    assert last_look(memory, location) == int(now)
    now += 30
    keeper.tick()
    window.setWindowState(Qt.WindowState.WindowMinimized)
    keeper.tick()
    assert last_look(memory, location) == int(now)
    now += 3_600
    keeper.tick()
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    with qtbot.waitSignal(keeper.told) as told:
        keeper.tick()
    assert isinstance(told.args[0], SinceThen) and not told.args[0]
    assert not line(window).isVisible()


def test_another_database_has_another_last_look_and_only_some_are_kept(memory: Settings) -> None:
    for number in range(MOST_KEPT + 2):
        keep_look(memory, Location(path=Path(f"/srv/a bot/{number}.db")), 1_000.0 + number)
    assert last_look(memory, Location(path=Path("/srv/a bot/5.db"))) == 1_005.0
    assert last_look(memory, Location(path=Path("/srv/a bot/1.db"))) is None
    memory.remember(settings.LOOKED, ("x /srv/b.db", "", "² /srv/c.db"))
    assert last_look(memory, Location(path=Path("/srv/b.db"))) is None
    assert last_look(memory, Location(path=Path("/srv/c.db"))) is None


def test_what_is_new_in_words() -> None:
    assert words_of(SinceThen(0, 1)) == {}
    told = SinceThen(0, 1, failures=41, causes=True, new_users=3, restarts=1, slower=0.2)
    assert [words(each) for each in words_of(told).values()] == ["41 failures", "3 new users", "1 restart", "p95 +20 %"]
    assert words(words_of(SinceThen(0, 1, slower=-0.25))[NewsPart.SLOWER]) == "p95 −25 %"


@pytest.mark.parametrize(
    ("ago", "expected"), [(3_600, "17:00"), (24 * 3_600, "yesterday 18:00"), (72 * 3_600, "21 Nov 2026, 18:00")]
)
def test_a_moment_is_said_as_one_says_it_today(ago: float, expected: str) -> None:
    now = 1_795_539_600.0  # 24 November 2026, 18:00 in Berlin
    assert words(moment_ago(now - ago, now, BERLIN)) == expected
