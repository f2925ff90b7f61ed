"""Survey, optimise and check; and what is refused as no database of a bot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import DatabaseMissing, NewerSchema, NotADatabase, OnServer
from core.maintenance import backups, checking, optimising, resetting, restoring, survey
from core.maintenance.faults import NotABackup
from core.maintenance.optimising import Optimisation
from core.models import is_required
from core.tasks import Task, finish
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import COUNTS, change, rows

# Survey, optimise, check


def test_a_survey_says_what_is_there(seed: Path) -> None:
    deployed.Bot(seed).daily("2026-01-01")
    found = finish(survey.survey(seed))
    assert {each.table: each.rows for each in found.tables} == {
        "command_usage": 40, "image_stats": 60, "user_activity": 0, "daily_stats": 1}  # fmt: skip
    commands, _, activity, days = found.tables
    low, high = ask(seed, "SELECT min(timestamp), max(timestamp) FROM command_usage")[0]
    assert (commands.earliest, commands.latest, activity.earliest, days.latest) == (low, high, None, "2026-01-01")
    assert (found.byte_size, found.journal_mode, found.writable) == (seed.stat().st_size, "rollback", True)
    required = tuple(each for each in found.missing_columns if is_required(*each))
    assert required == (("image_stats", "is_video"), ("image_stats", "generation_type"))
    assert found.missing_indexes == ("command_usage", "image_stats", "user_activity")
    assert found.rows == found.older == 101
    assert [each.name for each in seed.parent.iterdir()] == ["analytics.db"]


def test_a_look_at_a_resting_file_leaves_nothing(path: Path) -> None:
    before = path.read_bytes()
    finish(survey.survey(path))
    finish(checking.check(path))
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["analytics.db"]


def test_optimise_adds_what_is_missing(seed: Path) -> None:
    plan = finish(optimising.plan_optimisation(seed))
    assert plan.default == {Optimisation.SCHEMA, Optimisation.STATISTICS}
    assert "adds the column is_video to image_stats" in plan.steps[0].alters
    before = rows(seed)
    done = finish(optimising.optimise(seed))
    assert done.changes == (Optimisation.SCHEMA, Optimisation.STATISTICS)
    assert done.backup is not None
    assert rows(done.backup.path) == before
    after = finish(optimising.plan_optimisation(seed))
    assert [step.change for step in after.steps] == [Optimisation.WAL]
    assert after.survey.journal_mode == "rollback"
    bot = deployed.Bot(seed)
    assert bot.track_command() and bot.track_image() and bot.daily()
    assert ask(seed, "SELECT is_video, generation_type FROM image_stats ORDER BY id DESC LIMIT 1") == [(0, "standard")]


def test_optimise_by_choice(path: Path) -> None:
    finish(resetting.reset_with_backup(path))
    deployed.fill(path, images=2000)
    change(path, "DELETE FROM image_stats WHERE id < 2000")
    done = finish(optimising.optimise(path, [Optimisation.WAL, Optimisation.VACUUM]))
    assert Optimisation.VACUUM in done.changes
    assert done.saved_bytes > 0
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert ask(path, "PRAGMA freelist_count") == [(0,)]
    assert deployed.Bot(path).track_image()
    assert finish(optimising.optimise(path, [Optimisation.WAL])).changes == ()


def test_a_sound_file_is_sound(path: Path) -> None:
    done = finish(checking.check(path))
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
    done = finish(checking.check(path))
    assert done.problems
    assert "damaged" in done.words


# What is refused


ALL = {
    "survey": survey.survey,
    "back up": backups.back_up,
    "reset": resetting.reset_with_backup,
    "optimise": optimising.optimise,
    "check": checking.check,
    "undo": lambda path: resetting.undo(path, Path("some.db")),
}


@pytest.mark.parametrize("what", ALL)
def test_a_server_is_left_to_its_own_tools(what: str) -> None:
    with pytest.raises(OnServer) as caught:
        finish(ALL[what]("postgresql://someone:secret@server/bot"))
    assert "pg_dump" in caught.value.what_to_do
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("what", ALL)
def test_missing_file_is_told(tmp_path: Path, what: str) -> None:
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
    backup = finish(backups.back_up(seed))
    change(seed, "CREATE TABLE botpulse_migration (name)", "INSERT INTO botpulse_migration VALUES ('9999_later')")
    for task in (
        resetting.reset_with_backup(seed),
        resetting.undo(seed, backup),
        restoring.restore(seed, backup),
    ):
        with pytest.raises(NewerSchema):
            finish(task)


def test_file_that_is_no_backup_is_refused(seed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE something (a)")
    for task in (restoring.restore(seed, seed), restoring.restore(seed, other), resetting.undo(seed, other)):
        with pytest.raises(NotABackup):
            finish(task)
    assert ask(seed, COUNTS) == [(40, 60)]


def test_an_index_that_lacks_rows_is_found_in_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maintenance.checking._copy_pages", _never)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX by_user ON command_usage (user_id)")
        connection.execute("PRAGMA writable_schema = on")
        connection.execute("UPDATE sqlite_master SET sql = sql || ' WHERE id < 0' WHERE name = 'by_user'")
        connection.commit()
    with closing(sqlite3.connect(path)) as connection:  # it takes the index for one of no rows
        connection.execute("INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('x','9',1,1)")
        connection.commit()
        connection.execute("PRAGMA writable_schema = on")
        whole = "CREATE INDEX by_user ON command_usage (user_id)"
        connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'by_user'", (whole,))
        connection.commit()
    done = finish(checking.check(path))
    assert done.problems == ("1 row of command_usage is missing from index by_user",)


def _never(path: Path, query: str, target: Path) -> Task[bool]:
    yield from ()
    return False
