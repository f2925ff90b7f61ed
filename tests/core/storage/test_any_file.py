"""Files that the campaign of mutated databases stumbled over, each by the statements that make it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.core import deployed
from tests.torture.files.looks import look_at
from tests.torture.files.schemas import NOW
from tests.torture.files.worker import try_case

EVENTS = "id INTEGER PRIMARY KEY, command_name TEXT, user_id TEXT, timestamp REAL, success INTEGER"
ENDLESS = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, id AS {} FROM n"

FOUND = {
    "a date in bytes": (
        "DROP TABLE daily_stats",
        "CREATE TABLE daily_stats (date TEXT, total_commands INTEGER)",
        "INSERT INTO daily_stats VALUES (X'fffe00', 1), ('2026-05-01', 2), (20260101, 3), (NULL, 4)",
    ),
    "the highest id": (
        "DROP TABLE command_usage",
        f"CREATE TABLE command_usage ({EVENTS})",
        f"INSERT INTO command_usage VALUES (9223372036854775807, 'comfy', '1', {NOW - 60}, 1)",
        f"INSERT INTO command_usage VALUES (9223372036854775806, 'comfy', '1', {NOW - 60}, 1)",
    ),
    "the lowest id": (
        "DROP TABLE command_usage",
        f"CREATE TABLE command_usage ({EVENTS})",
        f"INSERT INTO command_usage VALUES (-9223372036854775808, 'comfy', '1', {NOW - 60}, 1)",
        f"INSERT INTO command_usage VALUES (9223372036854775807, 'comfy', '1', {NOW - 60}, 1)",
    ),
    "gaps of a billion": (
        "DROP TABLE command_usage",
        f"CREATE TABLE command_usage ({EVENTS})",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)"
        f" INSERT INTO command_usage SELECT i * 1000000000000, 'comfy', i % 3, {NOW} - i * 60, 1 FROM n",
    ),
    "a view without end": ("DROP TABLE command_usage", f"CREATE VIEW command_usage AS {ENDLESS.format('timestamp')}"),
    "days without end": ("DROP TABLE daily_stats", f"CREATE VIEW daily_stats AS {ENDLESS.format('date')}"),
    "a text that is no text": (
        "DROP TABLE user_activity",
        "CREATE TABLE user_activity (id INTEGER PRIMARY KEY, user_id, action_type, timestamp REAL, details)",
        f"INSERT INTO user_activity VALUES (1, X'fffe00', CAST(X'fffe00' AS TEXT), {NOW - 60}, X'00')",
    ),
    "a number for everything": (
        "DROP TABLE image_stats",
        "CREATE TABLE image_stats (id, user_id, prompt, resolution, loras, upscale_factor, generation_time, timestamp)",
        f"INSERT INTO image_stats VALUES ('a', 1e17, 7, 512, 3, '2', '12.5', '{NOW - 60}')",
        f"INSERT INTO image_stats VALUES (NULL, 7.0, 1e300, -1, 0, 1e999, -1e999, {NOW - 90})",
    ),
    "two tables of one name": (
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET name = 'user_activity', tbl_name = 'user_activity' WHERE name = 'daily_stats'",
    ),
    "a table whose statement goes on": (
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = sql || ' ; SELECT 1' WHERE name = 'image_stats'",
    ),
    "a schema that is no text": (
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = CAST(X'435245415445205441424C4520FF' AS TEXT) WHERE name = 'image_stats'",
    ),
    "a schema with words that are no text": (
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = CAST(X'435245415445205441424C4520d4ff2028' AS TEXT) WHERE name = 'image_stats'",
    ),
    "days in an index the other way round": (
        "DROP TABLE daily_stats",
        "CREATE TABLE daily_stats (date TEXT, total_commands INTEGER)",
        "INSERT INTO daily_stats VALUES ('2026-01-01', 1), ('2026-02-01', 2), ('2026-03-01', 3)",
        "CREATE INDEX by_date ON daily_stats (date)",
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = replace(sql, '(date)', '(date DESC)') WHERE name = 'by_date'",
    ),
    "times in an index the other way round": (
        "CREATE INDEX by_time ON command_usage (timestamp)",
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = replace(sql, '(timestamp)', '(timestamp DESC)') WHERE name = 'by_time'",
    ),
    "a column that can't be worked out": (
        "DROP TABLE command_usage",
        f"CREATE TABLE command_usage ({EVENTS}, guild_id TEXT GENERATED ALWAYS AS (abs(0)) VIRTUAL)",
        f"INSERT INTO command_usage VALUES (1, 'comfy', '1', {NOW - 60}, 1)",
        "PRAGMA writable_schema = on",
        "UPDATE sqlite_master SET sql = replace(sql, 'abs(0)', 'abs(-9223372036854775808)')",
    ),
}


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("name", FOUND)
def test_looking_ends_with_an_answer_or_a_fault_in_words(tmp_path: Path, name: str) -> None:
    folder, aside = tmp_path / "bot", tmp_path / "aside"
    folder.mkdir(), aside.mkdir()
    path = deployed.create(folder / "analytics.db")
    deployed.fill(path, commands=5, images=5, start=NOW - 9e5, step=9e3)
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in FOUND[name]:
            connection.execute(statement)
    before = contents(folder)
    outcome = look_at(path, aside, is_whole=not any("writable_schema" in each for each in FOUND[name]))
    assert outcome.unexpected == []
    assert outcome.not_found == []
    assert contents(folder) == before
    assert {each.name for each in aside.iterdir()} <= {"backup.db"}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 13))
def test_cases_of_the_campaign_break_no_promise(tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", None)
    result = try_case(tmp_path / "case", 20, number)
    assert {what: result[what] for what in ("unexpected", "not_found", "changed", "left")} == {
        "unexpected": [], "not_found": [], "changed": [], "left": []}  # fmt: skip
