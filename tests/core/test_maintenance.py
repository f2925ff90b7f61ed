"""Back up, reset, undo, restore, optimise and check, on real files of the deployed bot and of ours."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import maintenance
from core.database import faults, open_for_writing
from core.errors import (
    BackupFault,
    BotpulseError,
    DatabaseLocked,
    DatabaseMissing,
    NewerSchema,
    NotABackup,
    NotADatabase,
    OnServer,
    PlaceTaken,
)
from core.maintenance import Action, Change
from core.tasks import Progress, Task, finish
from tests.core import deployed
from tests.core.test_database import ask

COUNTS = "SELECT (SELECT count(*) FROM command_usage), (SELECT count(*) FROM image_stats)"


@pytest.fixture(params=["seed", "in order", "appended", "ours"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """40 commands, 60 images and a day in every shape that a file may have, in rollback or in WAL mode."""
    path = tmp_path / "bot" / "analytics.db"
    path.parent.mkdir()
    if request.param == "ours":
        open_for_writing(path).close()
    else:
        deployed.create(path, request.param)
    deployed.fill(path, commands=40, images=60, start=1.78e9, step=3600.0)
    assert deployed.Bot(path).daily()
    return path


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    """The same, in one shape."""
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, commands=40, images=60, start=1.78e9, step=3600.0)
    return path


def content(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, and how far the ids have gone."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: sorted(connection.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in tables
            if table != "sqlite_stat1"
        }


def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of the bot's tables."""
    return {table: found for table, found in content(path).items() if table in deployed.TABLES}


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def leftovers(path: Path) -> list[str]:
    """What lies beside a database, and in its folder for backups, that is neither it nor a backup."""
    names = [each.name for each in path.parent.rglob("*") if each.is_file()]
    return [name for name in names if not name.endswith(".db") or name.startswith(".")]


# The bot's own reset


def test_reset_deletes_everything_and_says_how_much(path: Path) -> None:
    database = open_for_writing(path)
    assert maintenance.reset(database) == 101
    assert maintenance.reset(database) == 0
    database.close()
    for table in deployed.TABLES:
        assert ask(path, f"SELECT COUNT(*) FROM {table}") == [(0,)]


def test_ids_go_on_after_a_reset(path: Path) -> None:
    database = open_for_writing(path)
    maintenance.reset(database)
    database.close()
    assert deployed.Bot(path).track_command()
    assert ask(path, "SELECT id FROM command_usage") == [(41,)]


def test_a_reset_that_fails_deletes_nothing(path: Path) -> None:
    database = open_for_writing(path, timeout=0.05)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked), faults(path):
            maintenance.reset(database)
    database.close()
    assert ask(path, "SELECT COUNT(*) FROM command_usage") == [(40,)]


def test_a_reset_that_fails_half_way_deletes_nothing(path: Path) -> None:
    change(path, "CREATE TRIGGER no_more BEFORE DELETE ON daily_stats BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    database = open_for_writing(path)
    with pytest.raises(Exception, match="not this one"):
        maintenance.reset(database)
    database.close()
    assert ask(path, "SELECT COUNT(*) FROM command_usage") == [(40,)]


# Back up


def test_a_backup_holds_everything(path: Path) -> None:
    change(path, "DELETE FROM command_usage WHERE id > 35", "CREATE VIEW v AS SELECT 1", "CREATE TABLE other (a, b)",
           "INSERT INTO other VALUES (1, x'00ff'), ('text', NULL)", "PRAGMA user_version = 7")  # fmt: skip
    before = content(path)
    made = finish(maintenance.back_up(path))
    assert made.path.parent == path.parent / "botpulse-backups"
    assert content(made.path) == before  # sqlite_sequence included
    assert made.rows == 35 + 60 + 1
    assert ask(made.path, "PRAGMA user_version") == [(7,)]
    assert ask(made.path, "SELECT name FROM sqlite_master WHERE type IN ('index', 'view') ORDER BY 1") == ask(
        path, "SELECT name FROM sqlite_master WHERE type IN ('index', 'view') ORDER BY 1"
    )
    held = made.held("command_usage")
    assert held is not None
    assert (held.rows, held.first, held.last) == (35, 1, 35)
    assert leftovers(path) == []


def test_a_backup_looked_at_later_says_the_same(path: Path) -> None:
    made = finish(maintenance.back_up(path))
    found = finish(maintenance.look_at(made.path))
    assert (found.path, found.octets, set(found.holdings)) == (made.path, made.octets, set(made.holdings))


def test_backups_are_listed_newest_first_and_never_overwritten(seed: Path) -> None:
    first = finish(maintenance.back_up(seed))
    os.utime(first.path, (1.7e9, 1.7e9))
    second = finish(maintenance.back_up(seed))
    assert [each.path for each in maintenance.backups(seed)] == [second.path, first.path]
    with pytest.raises(PlaceTaken):
        finish(maintenance.back_up(seed, first.path))


def test_a_backup_goes_where_it_is_told_to(seed: Path, tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    assert finish(maintenance.back_up(seed, tmp_path / "safe" / "mine.db")).path == tmp_path / "safe" / "mine.db"
    assert finish(maintenance.back_up(seed, tmp_path / "safe")).path.name.startswith("analytics-20")


def test_text_that_is_no_text_is_backed_up_as_it_is(seed: Path) -> None:
    change(seed, "UPDATE image_stats SET prompt = CAST(x'ff00fe' AS TEXT), generation_time = 'soon' WHERE id = 7")
    made = finish(maintenance.back_up(seed))
    asked = "SELECT hex(prompt), typeof(prompt), generation_time FROM image_stats WHERE id = 7"
    assert ask(made.path, asked) == ask(seed, asked) == [("FF00FE", "text", "soon")]


def test_another_encoding_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "odd.db"
    change(path, "PRAGMA encoding = 'UTF-16le'", "PRAGMA page_size = 1024", deployed.COMMAND_USAGE)
    deployed.Bot(path).track_command("ünï")
    made = finish(maintenance.back_up(path))
    assert ask(made.path, "SELECT command_name FROM command_usage") == [("ünï",)]
    assert ask(made.path, "PRAGMA encoding") == [("UTF-16le",)]


def test_a_backup_beside_a_gap_of_ids_is_quick(seed: Path) -> None:
    change(seed, "INSERT INTO user_activity (id, user_id, action_type, timestamp) VALUES (9000000000, '1', 'x', 1.8e9)")
    change(seed, "INSERT INTO user_activity (id, user_id, action_type, timestamp) VALUES (-5, '1', 'y', 1.8e9)")
    steps: list[Progress] = []
    made = finish(maintenance.back_up(seed), steps.append)
    assert made.rows == 102
    assert len(steps) < 100


def test_progress_goes_forward_to_the_end(seed: Path) -> None:
    for task in (maintenance.back_up(seed), maintenance.reset_with_backup(seed)):
        shares: list[float] = []
        finish(task, lambda progress, shares=shares: shares.append(progress.share))  # type: ignore[misc]
        assert shares == sorted(shares)
        assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize("make", [maintenance.back_up, maintenance.reset_with_backup, maintenance.check])
def test_a_task_stopped_anywhere_leaves_nothing(seed: Path, make: Callable[[Path], Task[Any]]) -> None:
    before, steps = rows(seed), 0
    while True:
        task = make(seed)
        try:
            for _ in range(steps + 1):
                next(task)
        except StopIteration:
            break
        task.close()
        steps += 1
        if rows(seed) != before:  # it was stopped after the reset itself
            assert make is maintenance.reset_with_backup
            finish(maintenance.undo(seed, maintenance.undoable(seed)[0].backup))
            assert rows(seed) == before
    assert steps > 0
    assert leftovers(seed) in ([], [each.path.name for each in maintenance.undoable(seed)])


# Reset with a backup, and undo


def test_reset_deletes_and_undo_brings_back(path: Path) -> None:
    before = rows(path)
    done = finish(maintenance.reset_with_backup(path))
    assert done.rows == {"command_usage": 40, "image_stats": 60, "user_activity": 0, "daily_stats": 1}
    assert all(found == [] for found in rows(path).values())
    assert rows(done.backup.path) == before
    assert deployed.Bot(path).track_command()
    assert ask(path, "SELECT id FROM command_usage") == [(41,)]
    undone = finish(maintenance.undo(path, done.backup))
    assert sum(undone.rows.values()) == 101
    assert not any(undone.left.values())
    change(path, "DELETE FROM command_usage WHERE id = 41")
    assert rows(path) == before


def test_undo_twice_doubles_nothing(path: Path) -> None:
    before = content(path)
    done = finish(maintenance.reset_with_backup(path))
    finish(maintenance.undo(path, done.backup.path))
    again = finish(maintenance.undo(path, done.backup.path))
    assert not any(again.rows.values())
    assert content(path) == before


def test_undo_stopped_half_way_is_done_again(seed: Path) -> None:
    deployed.fill(seed, commands=20_000, start=1.79e9)
    before = rows(seed)
    done = finish(maintenance.reset_with_backup(seed))
    task = maintenance.undo(seed, done.backup)
    while not 0 < len(rows(seed)["command_usage"]) < 20_000:
        next(task)
    task.close()
    (note,) = maintenance.unfinished(seed)
    assert (note.action, note.backup) == (Action.UNDO, done.backup.path.resolve())
    finish(maintenance.undo(seed, note.backup))
    assert rows(seed) == before
    assert maintenance.unfinished(seed) == maintenance.undoable(seed) == ()


def test_the_first_row_comes_back_last(seed: Path) -> None:
    """Whoever watches the ends of a table takes its lower end for the sign that it has to be read again."""
    deployed.fill(seed, commands=20_000, start=1.79e9)
    done = finish(maintenance.reset_with_backup(seed))
    lowest = set()
    for _ in maintenance.undo(seed, done.backup):
        lowest.add(ask(seed, "SELECT min(id), count(*) = 20040 FROM command_usage")[0])
    assert (1, 0) not in lowest
    assert (1, 1) in lowest


def test_what_came_since_stays(seed: Path) -> None:
    """Rows that the bot writes between the backup and the transaction are in no backup."""
    task = maintenance.reset_with_backup(seed)
    while next(task).words != "deleting":
        pass
    bot = deployed.Bot(seed)
    wrote = bot.track_command("late") and bot.daily("2030-01-01")
    done = finish(task)
    assert wrote
    # The transaction may have been over before the bot's turn came: then there was nothing to keep either.
    assert ask(seed, "SELECT id, command_name FROM command_usage") == [(41, "late")]
    assert ask(seed, "SELECT date FROM daily_stats") == [("2030-01-01",)]
    finish(maintenance.undo(seed, done.backup))
    assert ask(seed, COUNTS) == [(41, 60)]


def test_rows_newer_than_a_given_backup_stay(path: Path) -> None:
    backup = finish(maintenance.back_up(path))
    assert deployed.Bot(path).track_command("late")
    done = finish(maintenance.reset_with_backup(path, backup=backup))
    assert done.backup == backup
    assert ask(path, "SELECT id, command_name FROM command_usage") == [(41, "late")]
    assert ask(path, "SELECT count(*) FROM image_stats") == [(0,)]


def test_triggers_see_every_row_once(seed: Path) -> None:
    gone, new = ("INSERT INTO seen VALUES ('gone', old.id)", "INSERT INTO seen VALUES ('new', new.id)")
    change(seed, "CREATE TABLE seen (what, id)",
           f"CREATE TRIGGER d AFTER DELETE ON command_usage BEGIN {gone}; END",
           f"CREATE TRIGGER i AFTER INSERT ON command_usage BEGIN {new}; END")  # fmt: skip
    backup = finish(maintenance.back_up(seed))
    deployed.Bot(seed).track_command("late")
    finish(maintenance.reset_with_backup(seed, backup=backup))
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
    found = finish(maintenance.survey(path, day))
    done = finish(maintenance.reset_with_backup(path, day))
    assert sum(done.rows.values()) == found.older
    assert done.rows["image_stats"] == 38
    assert ask(path, "SELECT date FROM daily_stats") == [(f"{day:%Y-%m-%d}",)]
    assert ask(path, "SELECT id FROM image_stats ORDER BY id LIMIT 3") == [(3,), (4,), (41,)]
    finish(maintenance.undo(path, done.backup))
    assert rows(path) == before


def test_a_backup_that_lacks_rows_is_not_enough(seed: Path) -> None:
    change(seed, "UPDATE command_usage SET id = 100 WHERE id = 40", "DELETE FROM command_usage WHERE id = 7")
    backup = finish(maintenance.back_up(seed))
    change(
        seed, "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (7, 'x', '1', 1.8e9, 1)"
    )
    before = content(seed)
    with pytest.raises(BackupFault):
        finish(maintenance.reset_with_backup(seed, backup=backup))
    assert content(seed) == before
    assert maintenance.unfinished(seed) == maintenance.undoable(seed) == ()


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
    done = finish(maintenance.reset_with_backup(seed, datetime(2024, 1, 1, tzinfo=UTC) if which == "older" else None))
    assert done.overwritten
    assert all(wish not in each.read_bytes() for each in seed.parent.glob("analytics.db*"))


def test_ids_taken_by_other_rows_are_told(tmp_path: Path) -> None:
    """A file whose ids are not handed out once and for all: nothing that is there is overwritten."""
    path = tmp_path / "odd.db"
    change(path, *(each.replace(" AUTOINCREMENT", "") for each in deployed.SCHEMAS["seed"]))
    deployed.fill(path, commands=5)
    done = finish(maintenance.reset_with_backup(path))
    deployed.Bot(path).track_command("new", at=1.9e9)
    undone = finish(maintenance.undo(path, done.backup))
    assert (undone.rows["command_usage"], undone.left["command_usage"]) == (4, 1)
    assert ask(path, "SELECT command_name FROM command_usage WHERE id = 1") == [("new",)]


def test_the_fuller_row_of_a_day_stays(seed: Path) -> None:
    insert = "INSERT OR REPLACE INTO daily_stats VALUES ('{}', {}, 0, 1, NULL, NULL, NULL)"
    change(seed, insert.format("2026-01-01", 50), insert.format("2026-01-02", 3))
    done = finish(maintenance.reset_with_backup(seed))
    change(seed, insert.format("2026-01-01", 2), insert.format("2026-01-02", 9))
    finish(maintenance.undo(seed, done.backup))
    asked = "SELECT date, total_commands FROM daily_stats ORDER BY 1"
    assert ask(seed, asked) == [("2026-01-01", 50), ("2026-01-02", 9)]


def test_a_reset_can_be_undone_on_another_day(seed: Path) -> None:
    done = finish(maintenance.reset_with_backup(seed))
    (note,) = maintenance.undoable(seed)
    assert (note.action, note.backup, note.finished) == (Action.RESET, done.backup.path.resolve(), True)
    assert abs(note.since - datetime.now(UTC)) < timedelta(minutes=1)
    maintenance.forget(note)
    assert maintenance.undoable(seed) == ()
    assert done.backup.path.exists()


def test_spoilt_and_foreign_notes_are_passed_over(seed: Path, tmp_path: Path) -> None:
    finish(maintenance.reset_with_backup(seed))
    (note,) = maintenance.undoable(seed)
    folder = note.path.parent
    (folder / "a.note.json").write_text("{")
    (folder / "b.note.json").write_text("[]")
    (folder / "c.note.json").write_text(json.dumps({**json.loads(note.path.read_text()), "database": "/other.db"}))
    assert maintenance.undoable(seed) == (note,)
    note.backup.unlink()
    assert maintenance.undoable(seed) == ()


# Restore


def test_restore_makes_it_what_it_was(path: Path) -> None:
    backup = finish(maintenance.back_up(path))
    before = rows(path)
    bot = deployed.Bot(path)
    assert bot.track_command("later") and bot.track_image()
    change(path, "DELETE FROM command_usage WHERE id < 10", "UPDATE image_stats SET prompt = 'other' WHERE id = 5")
    now = rows(path)
    difference = finish(maintenance.compare(path, backup.path))
    assert difference.now["command_usage"] == 32
    assert difference.newer == {"command_usage": 1, "image_stats": 1, "user_activity": 0, "daily_stats": 0}
    done = finish(maintenance.restore(path, backup.path))
    assert rows(path) == before
    assert done.safety is not None
    assert rows(done.safety.path) == now
    assert bot.track_command("after")
    assert ask(path, "SELECT max(id) FROM command_usage") == [(42,)]
    (note,) = maintenance.undoable(path)
    assert (note.action, note.backup) == (Action.RESTORE, done.safety.path.resolve())


def test_restore_with_the_file_open_elsewhere(path: Path) -> None:
    backup = finish(maintenance.back_up(path))
    with closing(sqlite3.connect(path)) as reader:
        assert reader.execute(COUNTS).fetchone() == (40, 60)
        finish(maintenance.reset_with_backup(path))
        assert reader.execute(COUNTS).fetchone() == (0, 0)
        finish(maintenance.restore(path, backup))
        assert reader.execute(COUNTS).fetchone() == (40, 60)


def test_rows_that_come_during_a_restore_stay(seed: Path) -> None:
    backup = finish(maintenance.back_up(seed))
    task = maintenance.restore(seed, backup)
    while next(task).words != "restoring":
        pass
    assert deployed.Bot(seed).track_command("meanwhile")
    finish(task)
    assert ask(seed, "SELECT id FROM command_usage WHERE command_name = 'meanwhile'") == [(41,)]


def test_restore_where_there_is_no_file(path: Path) -> None:
    before = content(path)
    backup = finish(maintenance.back_up(path))
    for each in path.parent.glob("analytics.db*"):
        each.unlink()
    done = finish(maintenance.restore(path, backup.path))
    assert done.safety is None
    assert content(path) == before


def test_restore_from_a_file_with_more_columns(seed: Path, tmp_path: Path) -> None:
    newer = deployed.create(tmp_path / "newer.db", "appended")
    deployed.fill(newer, images=3)
    change(newer, "UPDATE image_stats SET is_video = 1, generation_type = 'video' WHERE id = 2")
    finish(maintenance.restore(seed, newer))
    assert ask(seed, "SELECT id, is_video, generation_type FROM image_stats") == [
        (1, 0, "standard"), (2, 1, "video"), (3, 0, "standard")]  # fmt: skip
    assert deployed.Bot(seed).track_image()
    assert ask(seed, "SELECT is_video, generation_type FROM image_stats WHERE id > 3") == [(0, "standard")]


def test_a_restore_that_fails_half_way_changes_nothing(seed: Path) -> None:
    backup = finish(maintenance.back_up(seed))
    deployed.Bot(seed).track_command("later")
    change(seed, "CREATE TRIGGER no BEFORE INSERT ON image_stats BEGIN SELECT RAISE(ABORT, 'not this one'); END")
    before = content(seed)
    with pytest.raises(BotpulseError, match="not this one"):
        finish(maintenance.restore(seed, backup))
    assert content(seed) == before
    assert maintenance.unfinished(seed) == ()


# Survey, optimise, check


def test_a_survey_says_what_is_there(seed: Path) -> None:
    deployed.Bot(seed).daily("2026-01-01")
    found = finish(maintenance.survey(seed))
    assert {each.table: each.rows for each in found.tables} == {
        "command_usage": 40, "image_stats": 60, "user_activity": 0, "daily_stats": 1}  # fmt: skip
    commands, _, activity, days = found.tables
    low, high = ask(seed, "SELECT min(timestamp), max(timestamp) FROM command_usage")[0]
    assert (commands.earliest, commands.latest, activity.earliest, days.latest) == (low, high, None, "2026-01-01")
    assert (found.octets, found.journal_mode, found.writable) == (seed.stat().st_size, "rollback", True)
    assert found.missing_columns == (("image_stats", "is_video"), ("image_stats", "generation_type"))
    assert found.missing_indexes == ("command_usage", "image_stats", "user_activity")
    assert found.rows == found.older == 101
    assert [each.name for each in seed.parent.iterdir()] == ["analytics.db"]


def test_a_look_at_a_resting_file_leaves_nothing(path: Path) -> None:
    before = path.read_bytes()
    finish(maintenance.survey(path))
    finish(maintenance.check(path))
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["analytics.db"]


def test_optimise_adds_what_is_missing(seed: Path) -> None:
    plan = finish(maintenance.plan_optimisation(seed))
    assert plan.default == {Change.SCHEMA, Change.STATISTICS}
    assert "adds the column is_video to image_stats" in plan.steps[0].alters
    before = rows(seed)
    done = finish(maintenance.optimise(seed))
    assert done.changes == (Change.SCHEMA, Change.STATISTICS)
    assert done.backup is not None
    assert rows(done.backup.path) == before
    after = finish(maintenance.plan_optimisation(seed))
    assert [step.change for step in after.steps] == [Change.WAL]
    assert after.survey.journal_mode == "rollback"
    bot = deployed.Bot(seed)
    assert bot.track_command() and bot.track_image() and bot.daily()
    assert ask(seed, "SELECT is_video, generation_type FROM image_stats ORDER BY id DESC LIMIT 1") == [(0, "standard")]


def test_optimise_by_choice(path: Path) -> None:
    finish(maintenance.reset_with_backup(path))
    deployed.fill(path, images=2000)
    change(path, "DELETE FROM image_stats WHERE id < 2000")
    done = finish(maintenance.optimise(path, [Change.WAL, Change.VACUUM]))
    assert Change.VACUUM in done.changes
    assert done.saved_octets > 0
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert ask(path, "PRAGMA freelist_count") == [(0,)]
    assert deployed.Bot(path).track_image()
    assert finish(maintenance.optimise(path, [Change.WAL])).changes == ()


def test_a_sound_file_is_sound(path: Path) -> None:
    done = finish(maintenance.check(path))
    assert (done.problems, done.whole, done.words) == ((), True, "The database is sound.")


def test_damage_is_found(path: Path) -> None:
    """A page of rows is overwritten; and an index that lacks a row."""
    change(path, "PRAGMA journal_mode = delete", "CREATE INDEX by_prompt ON image_stats (prompt)")
    with closing(sqlite3.connect(path)) as connection, connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'by_prompt'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size + 3)
        file.write(b"\0\1")  # the number of its entries
    done = finish(maintenance.check(path))
    assert done.problems
    assert "damaged" in done.words


# What is refused


ALL = {
    "survey": maintenance.survey,
    "back up": maintenance.back_up,
    "reset": maintenance.reset_with_backup,
    "optimise": maintenance.optimise,
    "check": maintenance.check,
    "undo": lambda path: maintenance.undo(path, Path("some.db")),
}


@pytest.mark.parametrize("what", ALL)
def test_a_server_is_left_to_its_own_tools(what: str) -> None:
    with pytest.raises(OnServer) as caught:
        finish(ALL[what]("postgresql://someone:secret@server/bot"))
    assert "pg_dump" in caught.value.what_to_do
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("what", ALL)
def test_what_is_not_there_is_told(tmp_path: Path, what: str) -> None:
    with pytest.raises(DatabaseMissing):
        finish(ALL[what](tmp_path / "no.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", [each for each in ALL if each != "undo"])
def test_another_kind_of_file_is_left_alone(tmp_path: Path, what: str) -> None:
    path = tmp_path / "notes.db"
    path.write_text("a list of things to buy\n" * 99)
    with pytest.raises(NotADatabase):
        finish(ALL[what](path))
    assert path.read_text() == "a list of things to buy\n" * 99


def test_a_newer_file_is_left_alone(seed: Path) -> None:
    backup = finish(maintenance.back_up(seed))
    change(seed, "CREATE TABLE botpulse_migration (name)", "INSERT INTO botpulse_migration VALUES ('9999_later')")
    for task in (
        maintenance.reset_with_backup(seed),
        maintenance.undo(seed, backup),
        maintenance.restore(seed, backup),
    ):
        with pytest.raises(NewerSchema):
            finish(task)


def test_what_is_no_backup_is_refused(seed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE something (a)")
    for task in (maintenance.restore(seed, seed), maintenance.restore(seed, other), maintenance.undo(seed, other)):
        with pytest.raises(NotABackup):
            finish(task)
    assert ask(seed, COUNTS) == [(40, 60)]
