"""Tables of other programs, which only those can write, keep nobody from looking after ours."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.cli.main import main
from core.errors import NeedsItsProgram
from core.maintenance import backups, checking, optimising, resetting, survey
from core.maintenance.optimising import Optimisation
from core.tasks import finish
from tests.core.stored import change, leftovers, rows

STRANGERS = {
    "collation": ("CREATE TABLE contacts (name TEXT COLLATE theirs PRIMARY KEY)",),
    "index": ("CREATE TABLE people (name TEXT)", "CREATE INDEX contacts ON people (name COLLATE theirs)"),
    "generated": ("CREATE TABLE contacts (name TEXT, folded TEXT GENERATED ALWAYS AS (their_fold(name)))",),
    "check": ("CREATE TABLE contacts (name TEXT CHECK (their_fold(name) <> ''))",),
    "module": (
        "PRAGMA writable_schema = on",
        "INSERT INTO sqlite_master VALUES ('table', 'contacts', 'contacts', 0, "
        "'CREATE VIRTUAL TABLE contacts USING theirs(name)')",
    ),
    "tokenizer": (
        "CREATE VIRTUAL TABLE contacts USING fts5(name)",
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = 'CREATE VIRTUAL TABLE contacts USING fts5(name, tokenize = theirs)' "
        "WHERE name = 'contacts'",
    ),
}


def add(path: Path, statements: tuple[str, ...]) -> None:
    """Let another program make its tables."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_collation("theirs", lambda one, other: (one > other) - (one < other))
        connection.create_function("their_fold", 1, str, deterministic=True)
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("kind", STRANGERS)
def test_our_tables_are_looked_after_and_the_others_are_named(seed: Path, kind: str) -> None:
    before = rows(seed)
    add(seed, STRANGERS[kind])
    assert finish(survey.survey(seed)).strangers == ("contacts",)
    checked = finish(checking.check(seed))
    named = {"check": (), "index": ("people",)}.get(kind, ("contacts",))
    assert (checked.problems, checked.left_out) == ((), named)
    assert all(f"Not looked at, as only the program that made it can: {name}." in checked.words for name in named)
    backup = finish(backups.back_up(seed))
    assert "contacts" in backup.left_out
    assert rows(backup.path) == before
    done = finish(optimising.optimise(seed))
    assert Optimisation.STATISTICS in done.changes
    assert leftovers(seed) == []
    assert finish(resetting.reset_with_backup(seed)).rows["command_usage"] == 40


@pytest.mark.parametrize("kind", ["collation", "check"])
def test_a_file_that_only_another_program_can_rewrite_is_not_rewritten(
    seed: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add(seed, STRANGERS[kind])
    change(seed, "CREATE TABLE large (a)", "INSERT INTO large VALUES (zeroblob(500000))", "DROP TABLE large")
    plan = finish(optimising.plan_optimisation(seed))
    assert Optimisation.VACUUM not in {step.change for step in plan.steps}
    with pytest.raises(NeedsItsProgram, match="contacts"):
        finish(optimising.optimise(seed, {Optimisation.VACUUM}))
    assert main(["optimise", str(seed), "--vacuum", "--yes"]) == 1
    assert "needs the program that made it" in capsys.readouterr().err
    assert main(["backup", str(seed)]) == 0
    assert "Not in it, as only the program that made it can copy it: contacts" in capsys.readouterr().out


def test_an_index_on_our_own_table_is_left_out_alone(seed: Path) -> None:
    add(seed, ("CREATE INDEX theirs ON command_usage (user_id COLLATE theirs)",))
    backup = finish(backups.back_up(seed))
    assert backup.left_out == ("theirs",)
    assert rows(backup.path) == rows(seed)
    assert finish(checking.check(seed)).left_out == ("command_usage",)


def test_rows_that_break_a_check_of_their_own_are_backed_up(seed: Path) -> None:
    change(
        seed,
        "CREATE TABLE other (a CHECK (a > 0))",
        "PRAGMA ignore_check_constraints = on",
        "INSERT INTO other VALUES (-1)",
    )
    backup = finish(backups.back_up(seed))
    with closing(sqlite3.connect(backup.path)) as connection:
        assert connection.execute("SELECT a FROM other").fetchall() == [(-1,)]


@pytest.mark.parametrize("name", ["COMMAND_USAGE", "Command_Usage"])
def test_a_table_of_another_case_is_ours(seed: Path, name: str) -> None:
    change(seed, "ALTER TABLE command_usage RENAME TO other", f"ALTER TABLE other RENAME TO {name}")
    assert {each.table: each.rows for each in finish(survey.survey(seed)).tables}["command_usage"] == 40
    backup = finish(backups.back_up(seed))
    assert backup.held("command_usage") is not None
    assert finish(resetting.reset_with_backup(seed, backup=backup)).rows["command_usage"] == 40
    assert finish(resetting.undo(seed, backup)).rows["command_usage"] == 40


def test_tables_without_row_ids_are_counted_and_deleted(seed: Path) -> None:
    change(
        seed,
        "ALTER TABLE command_usage RENAME TO other",
        "CREATE TABLE command_usage (id INTEGER PRIMARY KEY, command_name TEXT, user_id TEXT, guild_id TEXT,"
        " channel_id TEXT, timestamp REAL, execution_time REAL, success INTEGER) WITHOUT ROWID",
        "INSERT INTO command_usage SELECT * FROM other",
        "DROP TABLE other",
    )
    assert {each.table: each.rows for each in finish(survey.survey(seed)).tables}["command_usage"] == 40
    assert finish(checking.check(seed)).problems == ()
    assert finish(resetting.reset_with_backup(seed)).rows["command_usage"] == 40
    assert rows(seed)["command_usage"] == []


def test_a_view_is_surveyed_and_left_alone(seed: Path) -> None:
    change(seed, "ALTER TABLE image_stats RENAME TO raw", "CREATE VIEW image_stats AS SELECT * FROM raw")
    found = finish(survey.survey(seed))
    images = next(each for each in found.tables if each.table == "image_stats")
    assert (images.rows, images.older) == (60, 0)
    assert "image_stats" not in {*found.missing_tables, *found.missing_indexes, *dict(found.missing_columns)}
    assert "image_stats" not in finish(resetting.reset_with_backup(seed)).rows


def test_times_as_text_are_times(seed: Path) -> None:
    change(
        seed,
        "ALTER TABLE user_activity RENAME TO other",
        "CREATE TABLE user_activity (id TEXT, user_id, guild_id, action_type, timestamp TEXT, details)",
        "INSERT INTO user_activity VALUES ('a', '1', NULL, 'button', '1780000000.5', NULL)",
    )
    found = {each.table: each for each in finish(survey.survey(seed)).tables}["user_activity"]
    assert (found.rows, found.earliest, found.latest) == (1, 1_780_000_000.5, 1_780_000_000.5)
