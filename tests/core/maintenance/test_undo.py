"""What an undo brings back, and what it leaves."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.maintenance import backups, operation_journal, resetting, survey
from core.maintenance.faults import BackupFault
from core.maintenance.operation_journal import Action
from core.tasks import finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import COUNTS, change, content, rows

# Reset with a backup, and undo


def test_reset_deletes_and_undo_brings_back(path: Path) -> None:
    before = rows(path)
    done = finish(resetting.reset_with_backup(path))
    gone = {table: rows for table, rows in done.rows.items() if table != "failures"}
    assert gone == {"command_usage": 40, "image_stats": 60, "user_activity": 0, "daily_stats": 1}
    assert all(found == [] for found in rows(path).values())
    assert rows(done.backup.path) == before
    assert deployed.Bot(path).track_command()
    assert ask(path, "SELECT id FROM command_usage") == [(41,)]
    undone = finish(resetting.undo(path, done.backup))
    assert sum(undone.rows.values()) == 101
    assert not any(undone.left.values())
    change(path, "DELETE FROM command_usage WHERE id = 41")
    assert rows(path) == before


def test_undo_twice_doubles_nothing(path: Path) -> None:
    before = content(path)
    done = finish(resetting.reset_with_backup(path))
    finish(resetting.undo(path, done.backup.path))
    again = finish(resetting.undo(path, done.backup.path))
    assert not any(again.rows.values())
    assert content(path) == before


def test_undo_stopped_half_way_is_done_again(seed: Path) -> None:
    deployed.fill(seed, commands=20_000, start=1.79e9)
    before = rows(seed)
    done = finish(resetting.reset_with_backup(seed))
    task = resetting.undo(seed, done.backup)
    while not 0 < len(rows(seed)["command_usage"]) < 20_000:
        next(task)
    task.close()
    (note,) = operation_journal.unfinished(seed)
    assert (note.action, note.backup) == (Action.UNDO, done.backup.path.resolve())
    finish(resetting.undo(seed, note.backup))
    assert rows(seed) == before
    assert operation_journal.unfinished(seed) == operation_journal.undoable(seed) == ()


def test_the_first_row_comes_back_last(seed: Path) -> None:
    """Whoever watches the ends of a table takes its lower end for the sign that it has to be read again."""
    deployed.fill(seed, commands=20_000, start=1.79e9)
    done = finish(resetting.reset_with_backup(seed))
    lowest = set()
    for _ in resetting.undo(seed, done.backup):
        lowest.add(ask(seed, "SELECT min(id), count(*) = 20040 FROM command_usage")[0])
    assert (1, 0) not in lowest
    assert (1, 1) in lowest


def test_rows_that_came_since_stay(seed: Path) -> None:
    """Rows that the bot writes between the backup and the transaction are in no backup."""
    task = resetting.reset_with_backup(seed)
    while next(task).words != "deleting":
        pass
    bot = deployed.Bot(seed)
    wrote = bot.track_command("late") and bot.daily("2030-01-01")
    done = finish(task)
    assert wrote
    # The transaction may have been over before the bot's turn came: then there was nothing to keep either.
    assert ask(seed, "SELECT id, command_name FROM command_usage") == [(41, "late")]
    assert ask(seed, "SELECT date FROM daily_stats") == [("2030-01-01",)]
    finish(resetting.undo(seed, done.backup))
    assert ask(seed, COUNTS) == [(41, 60)]


def test_rows_newer_than_a_given_backup_stay(path: Path) -> None:
    backup = finish(backups.back_up(path))
    assert deployed.Bot(path).track_command("late")
    done = finish(resetting.reset_with_backup(path, backup=backup))
    assert done.backup == backup
    assert ask(path, "SELECT id, command_name FROM command_usage") == [(41, "late")]
    assert ask(path, "SELECT count(*) FROM image_stats") == [(0,)]


def test_triggers_see_every_row_once(seed: Path) -> None:
    gone, new = ("INSERT INTO seen VALUES ('gone', old.id)", "INSERT INTO seen VALUES ('new', new.id)")
    change(seed, "CREATE TABLE seen (what, id)",
           f"CREATE TRIGGER d AFTER DELETE ON command_usage BEGIN {gone}; END",
           f"CREATE TRIGGER i AFTER INSERT ON command_usage BEGIN {new}; END")  # fmt: skip
    backup = finish(backups.back_up(seed))
    deployed.Bot(seed).track_command("late")
    finish(resetting.reset_with_backup(seed, backup=backup))
    assert ask(seed, "SELECT what, count(*), max(id) FROM seen GROUP BY 1 ORDER BY 1") == [
        ("gone", 40, 40),
        ("new", 1, 41),
    ]


def test_only_what_is_older_than_a_date(path: Path) -> None:
    day = datetime.fromtimestamp(ask(path, "SELECT timestamp FROM image_stats WHERE id = 41")[0][0], UTC)
    change(path, f"INSERT INTO daily_stats VALUES ('{day:%Y-%m-%d}', 1, 1, 1, NULL, NULL, NULL)")
    change(
        path,
        "UPDATE image_stats SET timestamp = 1.8e12 WHERE id = 3",
        "UPDATE image_stats SET timestamp = 'x' WHERE id = 4",
    )
    before = rows(path)
    found = finish(survey.survey(path, day))
    done = finish(resetting.reset_with_backup(path, day))
    assert sum(done.rows.values()) == found.older
    assert done.rows["image_stats"] == 38
    assert ask(path, "SELECT date FROM daily_stats") == [(f"{day:%Y-%m-%d}",)]
    assert ask(path, "SELECT id FROM image_stats ORDER BY id LIMIT 3") == [(3,), (4,), (41,)]
    finish(resetting.undo(path, done.backup))
    assert rows(path) == before


def test_a_backup_that_lacks_rows_is_not_enough(seed: Path) -> None:
    change(seed, "UPDATE command_usage SET id = 100 WHERE id = 40", "DELETE FROM command_usage WHERE id = 7")
    backup = finish(backups.back_up(seed))
    change(
        seed, "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (7, 'x', '1', 1.8e9, 1)"
    )
    before = content(seed)
    with pytest.raises(BackupFault):
        finish(resetting.reset_with_backup(seed, backup=backup))
    assert content(seed) == before
    assert operation_journal.unfinished(seed) == operation_journal.undoable(seed) == ()


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("which", ["all", "older", "all of a large file"])
def test_deleted_prompts_are_gone_from_the_file(
    seed: Path, mode: str, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if which == "all of a large file":
        monkeypatch.setattr("core.maintenance.resetting._LARGE", 10_000)
    wish = b"the very private wish"
    with closing(sqlite3.connect(seed)) as connection, connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
        connection.executemany(
            "INSERT INTO image_stats (user_id, prompt, timestamp) VALUES ('1', ?, 1.7e9)",
            ((f"{wish.decode()} {i}" * (1 + i % 400),) for i in range(1500)),
        )
    assert wish in seed.read_bytes()
    done = finish(resetting.reset_with_backup(seed, datetime(2024, 1, 1, tzinfo=UTC) if which == "older" else None))
    assert done.overwritten
    assert all(wish not in each.read_bytes() for each in seed.parent.glob("analytics.db*"))


def test_ids_taken_by_other_rows_are_told(tmp_path: Path) -> None:
    """A file whose ids are not handed out once and for all: nothing that is there is overwritten."""
    path = tmp_path / "odd.db"
    change(path, *(each.replace(" AUTOINCREMENT", "") for each in deployed.SCHEMAS["seed"]))
    deployed.fill(path, commands=5)
    done = finish(resetting.reset_with_backup(path))
    deployed.Bot(path).track_command("new", at=1.9e9)
    undone = finish(resetting.undo(path, done.backup))
    assert (undone.rows["command_usage"], undone.left["command_usage"]) == (4, 1)
    assert ask(path, "SELECT command_name FROM command_usage WHERE id = 1") == [("new",)]


def test_the_fuller_row_of_a_day_stays(seed: Path) -> None:
    insert = "INSERT OR REPLACE INTO daily_stats VALUES ('{}', {}, 0, 1, NULL, NULL, NULL)"
    change(seed, insert.format("2026-01-01", 50), insert.format("2026-01-02", 3))
    done = finish(resetting.reset_with_backup(seed))
    change(seed, insert.format("2026-01-01", 2), insert.format("2026-01-02", 9))
    finish(resetting.undo(seed, done.backup))
    asked = "SELECT date, total_commands FROM daily_stats ORDER BY 1"
    assert ask(seed, asked) == [("2026-01-01", 50), ("2026-01-02", 9)]


def test_a_reset_can_be_undone_on_another_day(seed: Path) -> None:
    done = finish(resetting.reset_with_backup(seed))
    (note,) = operation_journal.undoable(seed)
    assert (note.action, note.backup, note.finished) == (Action.RESET, done.backup.path.resolve(), True)
    assert abs(note.since - datetime.now(UTC)) < timedelta(minutes=1)
    operation_journal.forget(note)
    assert operation_journal.undoable(seed) == ()
    assert done.backup.path.exists()


def test_spoilt_and_foreign_notes_are_passed_over(seed: Path, tmp_path: Path) -> None:
    finish(resetting.reset_with_backup(seed))
    (note,) = operation_journal.undoable(seed)
    folder = note.path.parent
    (folder / "a.note.json").write_text("{")
    (folder / "b.note.json").write_text("[]")
    (folder / "c.note.json").write_text(json.dumps({**json.loads(note.path.read_text()), "database": "/other.db"}))
    assert operation_journal.undoable(seed) == (note,)
    note.backup.unlink()
    assert operation_journal.undoable(seed) == ()
