"""What a reset would delete, counted before it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.answers.reset import StoredAnswer, stored_answer
from core.errors import NotADatabase
from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.storage.location import locate
from tests.core.rows import SCHEMAS, Schema, create


def test_every_table_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    write_history(path, days=10, rows=700, zone=ZoneInfo("Europe/Berlin"))
    with AnalyticsManager(path) as manager:
        manager.generate_daily_stats()
    found = stored_answer(locate(path))
    assert [title for title, _ in found.tables] == ["Commands", "Images", "Activity", "Days", "Failures"]
    tables = ("command_usage", "image_stats", "user_activity", "daily_stats", "failures")
    with closing(sqlite3.connect(path)) as connection:
        plain = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]
    assert [rows for _, rows in found.tables] == plain and plain[3] > 0
    assert found.rows == sum(plain) and found.saved


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_an_empty_file_of_any_age_holds_nothing(tmp_path: Path, schema: Schema) -> None:
    create(tmp_path / "analytics.db", schema)
    assert stored_answer(locate(tmp_path / "analytics.db")).rows == 0


def test_a_table_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, SCHEMAS[1])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE daily_stats")
    assert stored_answer(locate(path)) == StoredAnswer((("Commands", 0), ("Images", 0), ("Activity", 0)), saved=True)


def test_tables_of_extensions_come_last(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, SCHEMAS[0])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE botpulse_metric_image_votes (id INTEGER PRIMARY KEY, timestamp REAL)")
        connection.execute("INSERT INTO botpulse_metric_image_votes (timestamp) VALUES (1.7e9)")
        connection.execute("CREATE TABLE somebody_s (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO somebody_s VALUES (1)")
    found = stored_answer(locate(path))
    assert found.tables[:4] == (("Commands", 0), ("Images", 0), ("Activity", 0), ("Days", 0))
    assert ("Image votes", 1) in found.tables[4:]


def test_a_bot_s_database_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    assert stored_answer(locate(tmp_path / "analytics.db")).rows == 0


def test_another_file_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "analytics.db").write_text("a letter " * 1_000)
    with pytest.raises(NotADatabase):
        stored_answer(locate(tmp_path / "analytics.db"))


def test_a_host_s_own_triggers_are_named_before_anything_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, SCHEMAS[0])
    assert stored_answer(locate(path)).remark == ""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TRIGGER keep AFTER INSERT ON image_stats BEGIN SELECT 1; END")
    assert "keep (on image_stats)" in stored_answer(locate(path)).remark
