"""Restore, on real files of the deployed bot and of ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import (
    BotpulseError,
)
from core.maintenance import backups, operation_journal, resetting, restoring
from core.maintenance.operation_journal import Action
from core.tasks import finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import COUNTS, change, content, rows

# Restore


def test_restore_makes_it_what_it_was(path: Path) -> None:
    backup = finish(backups.back_up(path))
    before = rows(path)
    bot = deployed.Bot(path)
    assert bot.track_command("later") and bot.track_image()
    change(path, "DELETE FROM command_usage WHERE id < 10", "UPDATE image_stats SET prompt = 'other' WHERE id = 5")
    now = rows(path)
    difference = finish(restoring.compare(path, backup.path))
    assert difference.now["command_usage"] == 32
    newer = {"command_usage": 1, "image_stats": 1, "user_activity": 0, "daily_stats": 0}
    assert {table: rows for table, rows in difference.newer.items() if table != "failures"} == newer
    done = finish(restoring.restore(path, backup.path))
    assert rows(path) == before
    assert done.safety is not None
    assert rows(done.safety.path) == now
    assert bot.track_command("after")
    assert ask(path, "SELECT max(id) FROM command_usage") == [(42,)]
    (note,) = operation_journal.undoable(path)
    assert (note.action, note.backup) == (Action.RESTORE, done.safety.path.resolve())


def test_restore_with_the_file_open_elsewhere(path: Path) -> None:
    backup = finish(backups.back_up(path))
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute(COUNTS).fetchone() == (40, 60)
        finish(resetting.reset_with_backup(path))
        assert reader.execute(COUNTS).fetchone() == (0, 0)
        finish(restoring.restore(path, backup))
        assert reader.execute(COUNTS).fetchone() == (40, 60)


def test_rows_that_come_during_a_restore_stay(seed: Path) -> None:
    backup = finish(backups.back_up(seed))
    task = restoring.restore(seed, backup)
    while next(task).words != "restoring":
        pass
    assert deployed.Bot(seed).track_command("meanwhile")
    finish(task)
    assert ask(seed, "SELECT id FROM command_usage WHERE command_name = 'meanwhile'") == [(41,)]


def test_restore_where_there_is_no_file(path: Path) -> None:
    before = content(path)
    backup = finish(backups.back_up(path))
    for each in path.parent.glob("analytics.db*"):
        each.unlink()
    done = finish(restoring.restore(path, backup.path))
    assert done.safety is None
    assert content(path) == before


def test_restore_from_a_file_with_more_columns(seed: Path, tmp_path: Path) -> None:
    newer = deployed.create(tmp_path / "newer.db", "appended")
    deployed.fill(newer, images=3)
    change(newer, "UPDATE image_stats SET is_video = 1, generation_type = 'video' WHERE id = 2")
    finish(restoring.restore(seed, newer))
    assert ask(seed, "SELECT id, is_video, generation_type FROM image_stats") == [
        (1, 0, "standard"), (2, 1, "video"), (3, 0, "standard")]  # fmt: skip
    assert deployed.Bot(seed).track_image()
    assert ask(seed, "SELECT is_video, generation_type FROM image_stats WHERE id > 3") == [(0, "standard")]


def test_a_restore_that_fails_half_way_changes_nothing(seed: Path) -> None:
    backup = finish(backups.back_up(seed))
    deployed.Bot(seed).track_command("later")
    once = "CREATE UNIQUE INDEX once ON image_stats (resolution)"
    change(seed, "DELETE FROM image_stats WHERE id > 1", once)
    before = content(seed)
    with pytest.raises(BotpulseError, match="UNIQUE"):
        finish(restoring.restore(seed, backup))
    assert content(seed) == before
    assert operation_journal.unfinished(seed) == ()
