"""Retention by age in the whole window: off at first, asked for once with the numbers, then once a day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.maintenance.age_notes import read_note
from core.text.ages import Aged
from gui import settings
from gui.dialogs.age_fields import AgeFields
from gui.dialogs.data.remove_old import RemoveOldDialog
from gui.dialogs.preferences import PreferencesDialog
from gui.settings import Settings
from gui.window.main_window import MainWindow
from tests.core.stored import change
from tests.gui.data_menus import rest, rows
from tests.gui.window.test_preferences_at_once import in_preferences
from tests.gui.windows import notice, open_window, texts, watch


@pytest.fixture
def old(database: Path) -> Path:
    """The first 50 commands and 20 images are of a year and a half ago."""
    with closing(sqlite3.connect(database)) as connection, connection:
        for table, number in (("command_usage", 50), ("image_stats", 20)):
            connection.execute(f"UPDATE {table} SET timestamp = timestamp - 550 * 86400 WHERE id <= {number}")
    return database


def look(qtbot: QtBot, window: MainWindow) -> None:
    """What the timer does, at once."""
    with qtbot.waitSignal(window.errands.ages.looked):
        window.errands.ages.look()


def test_it_is_off_then_asked_for_then_done_each_day(qtbot: QtBot, window: MainWindow, old: Path) -> None:
    watch(qtbot, window, old)
    ages = window.errands.ages
    assert not ages._timer.isActive()

    def choose(dialog: PreferencesDialog) -> None:
        fields = dialog.controls[settings.KEPT_AGES.key]
        assert isinstance(fields, AgeFields)
        for what, days in ((Aged.COMMANDS, "365"), (Aged.PROMPTS, "300")):
            fields.boxes[what].selectAll()
            qtbot.keyClicks(fields.boxes[what], days)
            qtbot.keyClick(fields.boxes[what], Qt.Key.Key_Return)

    in_preferences(qtbot, window, choose)
    assert (ages.limits, ages._timer.isActive()) == ({Aged.COMMANDS: 365, Aged.PROMPTS: 300}, True)
    look(qtbot, window)
    assert notice(window).startswith(
        "By the ages in Preferences → Data this would go from the database: 50 commands, 20 prompts."
    )
    assert rows(old) == {"command_usage": 300, "image_stats": 100}
    window.live.notice.action_requested.emit()
    dialog = window.errands.data.dialog
    assert isinstance(dialog, RemoveOldDialog)
    qtbot.waitUntil(lambda: {"50", "20", "older than 365 days"} <= set(texts(dialog)))
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    assert "50 commands, 20 prompts." in rest(qtbot, dialog)
    assert rows(old) == {"command_usage": 250, "image_stats": 100}
    dialog.reject()
    change(old, "UPDATE command_usage SET timestamp = timestamp - 550 * 86400 WHERE id <= 60")
    look(qtbot, window)
    assert rows(old)["command_usage"] == 250, "done today"


def test_what_was_agreed_to_goes_by_itself_and_a_failure_is_said(
    qtbot: QtBot, memory: Settings, old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from core.maintenance.age_notes import agree

    agree(old, {Aged.COMMANDS: 365})
    memory.remember(settings.KEPT_AGES, "commands=365")
    change(old, "CREATE TRIGGER keep BEFORE DELETE ON command_usage BEGIN SELECT RAISE(ABORT, 'kept'); END")
    window = open_window(qtbot, memory)
    watch(qtbot, window, old)
    look(qtbot, window)
    assert notice(window).startswith("What is old could not be removed.")
    assert read_note(old).fault != ""
    assert "could not be removed" in caplog.text
    change(old, "DROP TRIGGER keep")
    window.errands.ages.apply()
    read = read_note(old)
    assert read.when is not None
    look(qtbot, window)
    assert rows(old)["command_usage"] == 300, "the next day is soon enough"
    memory.remember(settings.KEPT_AGES, "")
    window.errands.ages.apply()
    look(qtbot, window)
    assert read_note(old).agreed == {}
    assert not window.errands.ages._timer.isActive()
