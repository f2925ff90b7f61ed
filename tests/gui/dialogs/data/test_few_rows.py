"""One row is told as one, and many as many: in every sentence of the Data menu."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.maintenance import backups, resetting
from core.tasks import finish
from gui.dialogs.data.words import tables_words
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.gui.data_menus import Heard, click, opened, rest, said
from tests.gui.windows import texts


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file with a single row."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=1)
    return path


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def add_activity(path: Path, rows: int) -> None:
    for _ in range(rows):
        change(path, "INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'join', 1.79e9)")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"command_usage": 1, "image_stats": 1, "user_activity": 1}, "1 command, 1 image, 1 activity"),
        ({"user_activity": 2, "daily_stats": 1}, "2 activities, 1 day"),
        ({"command_usage": 36_204, "image_stats": 0, "user_activity": 1_874}, "36,204 commands, 1,874 activities"),
        ({"botpulse_metric_votes": 6, "botpulse_metric_latency": 6}, "6 votes, 6 rows of latency"),
        ({"botpulse_metric_votes": 1, "botpulse_metric_status": 1}, "1 row of votes, 1 row of status"),
        ({"command_usage": 0}, "no rows"),
    ],
)
def test_tables_in_words(rows: dict[str, int], words: str) -> None:
    assert tables_words(rows) == words


def test_back_up_counts_activities(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    add_activity(database, 2)
    dialog = opened(qtbot, menu, menu.back_up)
    click(qtbot, dialog, "Back up")
    assert any(words.startswith("1 command, 2 activities, ") for words in rest(qtbot, dialog))


def test_a_single_row_is_deleted_and_comes_back(qtbot: QtBot, menu: DataMenu, heard: Heard) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    assert any(words.startswith("1 row · a file of") for words in texts(dialog))
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    click(qtbot, dialog, "Reset statistics")
    assert {"1 row deleted", "All that was deleted is in"} <= set(rest(qtbot, dialog))
    assert heard.notices[-1][1] == "1 row deleted; it is in the backup."
    assert "1 command. The bot noticed nothing." in said(dialog)
    click(qtbot, dialog, "Undo")
    assert "1 row is back" in rest(qtbot, dialog)


def test_a_single_row_whose_id_was_taken_stays(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(resetting.reset_with_backup(database))
    columns = "id, command_name, user_id, timestamp, success"
    change(database, f"INSERT INTO command_usage ({columns}) VALUES (1, 'other', '2', 1.79e9, 1)")
    dialog = opened(qtbot, menu, menu.undo)
    click(qtbot, dialog, "Bring back")
    assert "1 row stays in the backup only: another row has its place by now." in rest(qtbot, dialog)


def test_a_single_newer_row_is_lost_by_a_restore_and_its_undo(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path
) -> None:
    finish(backups.back_up(database))
    add_activity(database, 1)
    dialog = opened(qtbot, menu, menu.restore)
    qtbot.waitUntil(lambda: "The backup holds 1 row; the database has 2 rows now." in said(dialog))
    assert "1 activity is newer than the backup and will be gone from the database." in said(dialog)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    click(qtbot, dialog, "Restore")
    assert "1 row restored" in rest(qtbot, dialog)
    dialog.reject()
    deployed.Bot(database).track_command()
    dialog = opened(qtbot, menu, menu.undo)
    qtbot.waitUntil(dialog.go.isEnabled)
    assert "1 row that came in since is kept in another backup only." in said(dialog)
    click(qtbot, dialog, "Bring back")
    assert "2 rows are back" in rest(qtbot, dialog)
