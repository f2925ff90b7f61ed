"""Tables that are not as the models have them are read by SQLite's own rules, or refused in words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.errors import SchemaFault
from core.filters import Field, Filter, Term, condition
from core.models import CommandUsage, DailyStats, ImageStats
from core.statistics import grouped_sql
from core.statistics.grouped_sql import EVER
from core.storage.chunked_reads import earliest
from core.storage.database import open_for_writing
from core.storage.reader import reading
from core.storage.seeks import all_ids, last_id
from core.tables.definitions import TABLES, TableQuery
from core.tables.paging.pager import Pager
from tests.core import deployed
from tests.core.paged import walk
from tests.core.stored import change

NOW = 1.75e9
USER = "715000000000000001"
COLUMNS = "command_name, user_id, guild_id, channel_id, timestamp, execution_time, success"


def commands(path: Path, declared: str, rows: list[tuple[Any, ...]], ending: str = "") -> Path:
    """A file whose commands stand in a table that somebody declared."""
    deployed.create(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.create_collation("theirs", lambda one, other: (one > other) - (one < other))
        connection.execute("DROP TABLE command_usage")
        connection.execute(f"CREATE TABLE command_usage ({declared}){ending}")
        for row in rows:
            connection.execute(f"INSERT INTO command_usage VALUES ({', '.join('?' * len(row))})", row)
    return path


def found_by(path: Path, **values: str | float) -> int:
    chosen = condition(CommandUsage, Filter.of(**values))
    with reading(path) as reader:
        return len(reader.rows(CommandUsage.select(CommandUsage.id).where(chosen)))


@pytest.mark.parametrize("declared", ["", "INTEGER", "BIGINT", "NUMERIC", "BLOB", "TEXT", "VARCHAR(20)", "any thing"])
@pytest.mark.parametrize("stored", [int(USER), USER, USER.encode()])
def test_a_user_is_found_however_its_id_is_stored(tmp_path: Path, declared: str, stored: Any) -> None:
    columns = f"id INTEGER PRIMARY KEY, command_name TEXT, user_id {declared}, timestamp REAL"
    path = commands(tmp_path / "a.db", columns, [(1, "comfy", stored, NOW), (2, "comfy", "44", NOW)])
    with reading(path) as reader:
        records = [record for page in Pager(reader, TableQuery("commands")).pages(None) for _, record in page.rows]
        shown = [record.values[2] for record in records]
        assert shown == ["44", USER]
        assert grouped_sql.counts(reader, CommandUsage.user_id)[EVER] == {USER: 1, "44": 1}
    assert found_by(path, user=USER) == 1


@pytest.mark.parametrize("name", ["COMMAND_USAGE", "Command_Usage"])
def test_names_of_any_case_are_the_same(tmp_path: Path, name: str) -> None:
    path = deployed.create(tmp_path / "a.db")
    change(path, "DROP TABLE command_usage", f"CREATE TABLE {name} (ID integer primary key, Command_NAME TEXT, "
           "USER_ID TEXT, TimeStamp REAL)", f"INSERT INTO {name} VALUES (7, 'comfy', '1', {NOW})",
           f"CREATE INDEX mine ON {name} (TIMESTAMP)")  # fmt: skip
    with reading(path) as reader:
        assert "command_usage" in reader.tables
        assert "command_usage" in reader.indexed
        assert ("command_usage", "timestamp") not in reader.added_columns
        assert reader.rows(CommandUsage.select(CommandUsage.id, CommandUsage.timestamp)) == [(7, NOW)]


def test_generated_columns_are_read(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "a.db")
    change(path, "DROP TABLE image_stats", "CREATE TABLE image_stats (id INTEGER PRIMARY KEY, user_id TEXT, resolution"
           " TEXT, timestamp REAL, is_video INTEGER GENERATED ALWAYS AS (resolution = 'video') VIRTUAL)",
           f"INSERT INTO image_stats (user_id, resolution, timestamp) VALUES ('1', 'video', {NOW}), ('1', 'x', {NOW})",
           )  # fmt: skip
    with reading(path) as reader:
        assert ("image_stats", "is_video") not in reader.added_columns
        assert reader.rows(ImageStats.select(ImageStats.is_video).order_by(ImageStats.id)) == [(1,), (0,)]


@pytest.mark.parametrize(
    ("declared", "stored", "read"),
    [
        ("TEXT", "1750000000.5", 1_750_000_000.5),
        ("", "1750000000", 1_750_000_000),
        ("BLOB", " 1.7500000005e9 ", 1_750_000_000.5),
        ("TEXT", "12 o'clock", "12 o'clock"),
        ("TEXT", "", ""),
        ("", b"17", b"17"),
        ("TEXT", None, None),
        ("REAL", "soon", "soon"),
    ],
)
def test_a_number_is_one_where_sqlite_takes_it_for_one(tmp_path: Path, declared: str, stored: Any, read: Any) -> None:
    path = commands(tmp_path / "a.db", f"id INTEGER PRIMARY KEY, timestamp {declared}", [(1, stored)])
    change(path, "CREATE INDEX mine ON command_usage (timestamp)")
    with reading(path) as reader:
        ((found,),) = reader.rows(CommandUsage.select(CommandUsage.timestamp))
        assert (found, type(found)) == (read, type(read))
        assert ("command_usage" in reader.indexed) is (declared == "REAL")


@pytest.mark.parametrize("declared", ["id TEXT PRIMARY KEY", "id REAL", "id", "id BLOB UNIQUE", "id BIGINT PRIMARY KEY",
                                      "id INTEGER PRIMARY KEY DESC", "nr INTEGER PRIMARY KEY, id",
                                      "rowid TEXT, id", "_rowid_ TEXT, rowid, id"])  # fmt: skip
def test_rows_are_told_apart_by_what_sqlite_finds_them_by(tmp_path: Path, declared: str) -> None:
    path = commands(tmp_path / "a.db", f"{declared}, timestamp REAL", [])
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, row_id in enumerate(("first", 2.5, b"3", 10**12), 1):
            connection.execute("INSERT INTO command_usage (id, timestamp) VALUES (?, ?)", (
                number if "INTEGER PRIMARY KEY DESC" in declared else row_id, NOW + number))  # fmt: skip
    with reading(path) as reader:
        assert sorted(row[0] for row in reader.rows(CommandUsage.select(CommandUsage.id))) == [1, 2, 3, 4]
        assert walk(Pager(reader, TableQuery("commands"))) == [4, 3, 2, 1]
        assert earliest(reader, CommandUsage) == NOW + 1


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([2**63 - 1, 2**63 - 2], (2**63 - 3, 2**63 - 1)),
        ([-(2**63), 0, 5], (-(2**63) - 1, 5)),
        ([1, 10**12, 2**62], (0, 2**62)),
    ],
)
def test_ids_may_be_any_number_that_sqlite_knows(tmp_path: Path, ids: list[int], expected: tuple[int, int]) -> None:
    path = commands(tmp_path / "a.db", "id INTEGER PRIMARY KEY, timestamp REAL", [(each, NOW) for each in ids])
    with reading(path) as reader:
        span = all_ids(reader, CommandUsage)
        assert (span.after, span.upto) == expected
        assert walk(Pager(reader, TableQuery("commands"))) == sorted(ids, reverse=True)
        assert earliest(reader, CommandUsage) == NOW
    assert [found_by(path, id=str(each)) for each in ids] == [1] * len(ids)


def test_ids_that_are_all_below_one_are_refused(tmp_path: Path) -> None:
    path = commands(tmp_path / "a.db", "id INTEGER PRIMARY KEY, timestamp REAL", [(-4, NOW), (0, NOW)])
    with reading(path) as reader, pytest.raises(SchemaFault, match="below 1"):
        last_id(reader, CommandUsage)


@pytest.mark.parametrize(
    ("declared", "ids", "refused"),
    [
        ("id INTEGER PRIMARY KEY", [1, 2], ""),
        ("id INTEGER PRIMARY KEY", [1, "two"], "no whole number"),
        ("id INTEGER PRIMARY KEY", [1, 1.5], "no whole number"),
        ("id TEXT PRIMARY KEY", ["1", "2"], "no whole number"),
        ("id INTEGER, user_id TEXT, PRIMARY KEY (user_id, id)", [1, 2], "key is not id"),
    ],
)
def test_a_table_without_row_ids_needs_whole_numbers(
    tmp_path: Path, declared: str, ids: list[Any], refused: str
) -> None:
    columns, _, key = declared.partition(", PRIMARY")
    whole = f"{columns}, timestamp REAL" + (f", PRIMARY{key}" if key else "")
    path = commands(tmp_path / "a.db", whole, [], " WITHOUT ROWID")
    with closing(sqlite3.connect(path)) as connection, connection:
        for each in ids:
            names, values = ("id, user_id", f"{each!r}, '1'") if key else ("id", repr(each))
            connection.execute(f"INSERT INTO command_usage ({names}, timestamp) VALUES ({values}, {NOW})")
    if refused:
        with pytest.raises(SchemaFault, match=refused), reading(path):
            pass
        return
    with reading(path) as reader:
        assert walk(Pager(reader, TableQuery("commands"))) == [2, 1]


@pytest.mark.parametrize(
    ("view", "refused"),
    [
        ("SELECT * FROM raw", False),
        ("SELECT rowid AS id, user_id, timestamp FROM raw WHERE timestamp > 0", False),
        ("SELECT * FROM raw UNION ALL SELECT * FROM raw", True),
        ("SELECT CAST(id AS TEXT) AS id, timestamp FROM raw", True),
        ("WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, id AS timestamp FROM n", True),
        ("SELECT timestamp FROM raw", True),
        ("SELECT * FROM nowhere", True),
    ],
)
def test_a_view_is_read_where_its_rows_are_found_by_an_id(tmp_path: Path, view: str, refused: bool) -> None:
    path = deployed.create(tmp_path / "a.db")
    change(path, "DROP TABLE command_usage", "CREATE TABLE raw (id INTEGER PRIMARY KEY, user_id TEXT, timestamp REAL)",
           f"INSERT INTO raw VALUES (5, '1', {NOW})", f"CREATE VIEW command_usage AS {view}")  # fmt: skip
    if refused:
        with pytest.raises(SchemaFault), reading(path):
            pass
        return
    with reading(path) as reader:
        assert "command_usage" in reader.tables
        assert walk(Pager(reader, TableQuery("commands"))) == [5]


@pytest.mark.parametrize("collation", ["NOCASE", "RTRIM", "theirs"])
def test_names_are_compared_byte_by_byte_whatever_the_table_says(tmp_path: Path, collation: str) -> None:
    path = commands(tmp_path / "a.db", f"id INTEGER PRIMARY KEY, command_name TEXT COLLATE {collation}, timestamp REAL",
                    [(1, "Comfy", NOW), (2, "comfy", NOW), (3, "comfy ", NOW)])  # fmt: skip
    with reading(path) as reader:
        counted = grouped_sql.counts(reader, CommandUsage.command_name)[EVER]
        assert counted == {"Comfy": 1, "comfy": 1, "comfy ": 1}
    assert found_by(path, command="comfy") == 1


def test_days_are_texts_in_their_order(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "a.db")
    change(path, "DROP TABLE daily_stats", "CREATE TABLE daily_stats (date, total_commands TEXT)",
           "INSERT INTO daily_stats VALUES (20260101, '7'), ('2026-05-01', 8)",
           "INSERT INTO daily_stats VALUES (x'323032352d30312d3031', 'x')")  # fmt: skip
    with reading(path) as reader:
        query = TableQuery("days")
        records = [record for page in Pager(reader, query).pages(None) for _, record in page.rows]
        assert [(record.id, record.values[1]) for record in records] == [
            ("20260101", 7), ("2026-05-01", 8), ("2025-01-01", None)]  # fmt: skip
        assert [type(date) for (date,) in reader.rows(DailyStats.select(DailyStats.date))] == [str] * 3


def test_what_is_stored_in_bytes_is_found_by_an_index(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE INDEX mine ON command_usage (user_id)")
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', ?, ?, 1)",
            [(b"44" if number % 500 == 0 else str(number), NOW + number) for number in range(3_000)],
        )
    with reading(path) as reader:
        query = TableQuery("commands", filters=(Filter((Term(Field.USER, "44"),)),))
        pager = Pager(reader, query)
        assert sorted(walk(pager, count=2)) == [1, 45, 501, 1001, 1501, 2001, 2501]
        assert TABLES["commands"].has_time
