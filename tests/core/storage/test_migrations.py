from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import SchemaFault
from core.models import is_required
from core.storage.database import KNOWN_MIGRATIONS, open_for_writing
from core.storage.reader import reading
from tests.core import deployed
from tests.core.storage.test_database import SEED, ask, columns

SEEDS_IMAGE_COLUMNS = 8

Rows = dict[str, list[tuple[object, ...]]]


def rows(path: Path) -> Rows:
    fields = {table: ", ".join(name for name, _, _ in columns(path, table)) for table in deployed.TABLES}
    return {table: ask(path, f"SELECT {fields[table]} FROM {table} ORDER BY 1") for table in deployed.TABLES}


@pytest.fixture(params=deployed.SCHEMAS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db", request.param)
    deployed.fill(path, commands=20, images=30)
    assert deployed.Bot(path).daily()
    return path


def test_rows_are_neither_lost_nor_altered(path: Path) -> None:
    before = rows(path)
    open_for_writing(path).close()
    after = rows(path)
    defaults = {"image_stats": (0, "standard")[len(before["image_stats"][0]) - SEEDS_IMAGE_COLUMNS :]}
    for table, found in before.items():
        kept = [row + defaults.get(table, ()) for row in found]
        assert [row[: len(kept[0])] for row in after[table]] == kept
        assert all(value is None for row in after[table] for value in row[len(kept[0]) :]), "not recorded"
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_migration_is_done_once(path: Path) -> None:
    open_for_writing(path).close()
    schema, seen = ask(path, "SELECT sql FROM sqlite_master ORDER BY name"), rows(path)
    history = ask(path, "SELECT name, applied FROM botpulse_migration")
    open_for_writing(path).close()
    assert ask(path, "SELECT sql FROM sqlite_master ORDER BY name") == schema
    assert ask(path, "SELECT name, applied FROM botpulse_migration") == history
    assert [name for name, _ in history] == sorted(KNOWN_MIGRATIONS) and len(history) == 5
    assert rows(path) == seen


def test_daily_stats_keeps_its_seven_columns_and_the_bot_goes_on(path: Path) -> None:
    open_for_writing(path).close()
    assert [name for name, _, _ in columns(path, "daily_stats")] == [name for name, _, _ in SEED["daily_stats"]]
    bot = deployed.Bot(path)
    assert bot.daily("2026-01-02") and bot.track_command() and bot.track_image() and not bot.errors
    assert ask(path, "SELECT * FROM daily_stats ORDER BY date DESC LIMIT 1") == [
        ("2026-01-02", 1, 2, 3, 4.0, "{}", "{}")
    ]
    assert ask(path, "SELECT is_video, generation_type FROM image_stats ORDER BY id DESC LIMIT 1") == [(0, "standard")]
    assert bot.reset()
    assert all(not found for found in rows(path).values())


def test_the_bots_own_table_making_finds_nothing_to_do(path: Path) -> None:
    open_for_writing(path).close()
    deployed.create(path)
    with reading(path) as reader:
        assert not any(is_required(*each) for each in reader.added_columns)


def test_an_index_of_somebody_else_is_enough(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE INDEX mine ON command_usage (timestamp, user_id)")
    open_for_writing(path).close()
    assert ask(path, "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'command_usage'") == [
        ("mine",)
    ]


def test_a_database_with_some_tables_only(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(deployed.SEED_IMAGES)
        connection.execute("CREATE TABLE queue (id INTEGER)")
        connection.execute("INSERT INTO queue VALUES (1)")
    open_for_writing(path).close()
    with reading(path) as reader:
        assert reader.tables == {*deployed.TABLES, "failures", "names", "opt_outs"}
    assert ask(path, "SELECT * FROM queue") == [(1,)]


def test_a_migration_that_fails_alters_nothing(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE image_stats_timestamp (taken INTEGER)")
    schema = ask(path, "SELECT name FROM sqlite_master")
    with pytest.raises(SchemaFault, match="already a table"):
        open_for_writing(path)
    assert ask(path, "SELECT name FROM sqlite_master") == schema


def test_a_table_without_a_time_gets_no_index_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE image_stats (id INTEGER PRIMARY KEY, is_video INTEGER, generation_type TEXT)")
    open_for_writing(path).close()
    assert ask(path, "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'image_stats'") == []
