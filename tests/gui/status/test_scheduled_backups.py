"""Scheduled backups in the whole window: one a day where the host prefers that, and a word when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.maintenance.scheduled import scheduled_backups
from core.presenters.health_facts import HealthFact
from gui import settings
from gui.dialogs.controls import Choice
from gui.dialogs.preferences import PreferencesDialog
from gui.settings import Settings
from gui.window.main_window import MainWindow
from tests.core.stored import content
from tests.gui.window.test_preferences_at_once import in_preferences
from tests.gui.windows import notice, open_window, shown_after, watch


def _daily(memory: Settings) -> None:
    memory.remember(settings.BACKUPS, "daily")


def test_one_is_made_on_a_day_that_has_none(qtbot: QtBot, window: MainWindow, memory: Settings, database: Path) -> None:
    _daily(memory)
    watch(qtbot, window, database)
    backups = window.errands.backups
    with qtbot.waitSignal(backups.made):
        backups.look()
    (made,) = scheduled_backups(database)
    assert content(made.path) == content(database)
    assert notice(window) == ""
    backups.look()
    qtbot.waitUntil(lambda: not backups._job.running)
    assert scheduled_backups(database) == (made,)


def test_it_is_off_until_the_host_chooses_it_and_at_once_then(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    timer = window.errands.backups._timer
    assert not timer.isActive()

    def choose(dialog: PreferencesDialog) -> None:
        control = dialog.controls[settings.BACKUPS.key]
        assert isinstance(control, Choice)
        QTest.mouseClick(control.buttons["daily"], Qt.MouseButton.LeftButton)

    in_preferences(qtbot, window, choose)
    assert timer.isActive()


def test_the_demo_is_not_backed_up(qtbot: QtBot, memory: Settings, database: Path) -> None:
    _daily(memory)
    window = open_window(qtbot, memory)
    with qtbot.waitSignal(window.snapshot_shown):
        window.watch(database, remember=False)
    assert not window.errands.backups._timer.isActive()


@pytest.mark.expect_log
def test_a_failure_is_said_once_until_one_succeeds(
    qtbot: QtBot, window: MainWindow, memory: Settings, database: Path
) -> None:
    _daily(memory)
    watch(qtbot, window, database)
    (place := database.parent / "botpulse-backups").write_bytes(b"a file in the way")
    backups, told = window.errands.backups, []
    backups.failed.connect(told.append)
    with qtbot.waitSignal(backups.failed):
        backups.look()
    assert notice(window).startswith("The scheduled backup failed. The folder for backups can't be used:")
    window.live.notice.hide()
    backups.look()
    qtbot.waitUntil(lambda: not backups._job.running)
    assert (len(told), notice(window)) == (1, "")
    place.unlink()
    with qtbot.waitSignal(backups.made):
        backups.look()
    for each in scheduled_backups(database):
        each.path.unlink()
    place.rmdir()
    place.write_bytes(b"again")
    with qtbot.waitSignal(backups.failed):
        backups.look()


def test_health_says_when_the_last_backup_was_made(
    qtbot: QtBot, window: MainWindow, memory: Settings, database: Path
) -> None:
    watch(qtbot, window, database)
    assert _last(qtbot, window).value == "none in the usual folders"
    _daily(memory)
    with qtbot.waitSignal(window.errands.backups.made):
        window.errands.backups.look()
    fact = _last(qtbot, window)
    assert fact.since is not None
    assert fact.tip == str(scheduled_backups(database)[0].path)


def _last(qtbot: QtBot, window: MainWindow) -> HealthFact:
    window.live.show_page("overview")
    snapshot = shown_after(qtbot, window, lambda: window.live.show_page("health"), page="health")
    groups = {group.title: group.facts for group in snapshot.content.extra.groups}
    return groups["Backups"][0]
