"""Databases that somebody else made: tables, columns and values as no bot would have them, chosen by a seed."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests.core import deployed

NOW = 1_780_000_000.0
"""What the clock says in every case: 2026-05-28."""

Random = random.Random

COLUMNS = {
    "command_usage": ("command_name", "user_id", "guild_id", "channel_id", "timestamp", "execution_time", "success"),
    "image_stats": (
        "user_id", "prompt", "resolution", "loras", "upscale_factor", "generation_time", "timestamp", "is_video",
        "generation_type",
    ),
    "user_activity": ("user_id", "guild_id", "action_type", "timestamp", "details"),
    "daily_stats": (
        "total_commands", "total_images", "unique_users", "avg_generation_time", "popular_commands",
        "popular_resolutions",
    ),
}  # fmt: skip

_TYPES = ("", "TEXT", "INTEGER", "REAL", "BLOB", "NUMERIC", "VARCHAR(20)", "DATETIME", "BOOLEAN", "ANY", "any thing")
_COLLATIONS = ("", "", "", " COLLATE NOCASE", " COLLATE RTRIM", " COLLATE theirs")
_USUAL = {"timestamp": "REAL", "execution_time": "REAL", "generation_time": "REAL", "success": "INTEGER"}
_KEYS = (
    "id INTEGER PRIMARY KEY AUTOINCREMENT",
    "id INTEGER PRIMARY KEY",
    "ID integer primary key",
    "id INTEGER PRIMARY KEY DESC",
    "id BIGINT PRIMARY KEY",
    "id TEXT PRIMARY KEY",
    "id REAL",
    "id",
    "id BLOB UNIQUE",
    "nr INTEGER PRIMARY KEY",
    "rowid TEXT, id INTEGER PRIMARY KEY",
    "rowid TEXT, id",
    "rowid, oid, _rowid_, id INTEGER",
)
_ENCODINGS = ("UTF-8", "UTF-8", "UTF-8", "UTF-16le", "UTF-16be")
_PAGE_SIZES = (512, 1024, 4096, 4096, 4096, 8192, 65536)

_STRANGERS = (
    "CREATE TABLE contacts (name TEXT COLLATE theirs PRIMARY KEY)",
    "CREATE TABLE contacts (name TEXT, folded TEXT GENERATED ALWAYS AS (their_fold(name)))",
    "CREATE TABLE contacts (name TEXT CHECK (their_fold(name) <> ''))",
    "CREATE TABLE contacts (name TEXT COLLATE theirs); CREATE INDEX by_name ON contacts (name)",
    "CREATE TABLE contacts (name TEXT); CREATE INDEX by_fold ON contacts (their_fold(name))",
    "CREATE VIEW contacts AS SELECT their_fold(command_name) AS name FROM command_usage",
    "CREATE TRIGGER theirs AFTER INSERT ON command_usage BEGIN SELECT their_fold(new.user_id); END",
    "CREATE TRIGGER theirs BEFORE DELETE ON command_usage BEGIN SELECT RAISE(ABORT, 'no'); END",
    "CREATE VIRTUAL TABLE found USING fts5(name)",
    "CREATE VIRTUAL TABLE boxes USING rtree(id, low, high)",
    "CREATE INDEX theirs ON command_usage (user_id COLLATE theirs)",
    "CREATE INDEX theirs ON command_usage (timestamp) WHERE success = 0",
    "CREATE INDEX theirs ON command_usage (timestamp DESC, id)",
    "CREATE INDEX theirs ON image_stats (abs(timestamp))",
    "CREATE INDEX theirs ON image_stats (user_id)",
    'CREATE TABLE "it\'s a ""table""" ("a b" TEXT PRIMARY KEY) WITHOUT ROWID',
    "CREATE TABLE botpulse_metric_votes (id INTEGER PRIMARY KEY, timestamp REAL)",
    "CREATE TABLE BOTPULSE_MIGRATION (id INTEGER PRIMARY KEY, name, applied)",
    "CREATE TABLE other (rowid TEXT, a)",
)

_VIEWS = (
    "SELECT * FROM {raw}",
    "SELECT rowid AS id, {columns} FROM {raw}",
    "SELECT * FROM {raw} UNION ALL SELECT * FROM {raw}",
    "SELECT * FROM {raw} ORDER BY timestamp",
    "SELECT a.* FROM {raw} AS a JOIN {raw} AS b ON a.rowid = b.rowid",
    "SELECT id, user_id, timestamp FROM {raw} WHERE timestamp > 0",
    "SELECT 1 AS id, 2 AS timestamp",
    "SELECT * FROM nowhere",
    "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, id AS timestamp FROM n",
    "SELECT their_fold(user_id) AS user_id, id, timestamp FROM {raw}",
    "SELECT CAST(id AS TEXT) AS id, user_id, timestamp FROM {raw}",
)

_IDS: tuple[Callable[[Random, int], Any], ...] = (
    lambda rng, n: n + 1,
    lambda rng, n: 2**63 - 1 - n,
    lambda rng, n: (n + 1) * 10 ** rng.randint(9, 12),
    lambda rng, n: -n,
    lambda rng, n: n,
    lambda rng, n: -(2**63) + n,
    lambda rng, n: rng.randint(-(2**63), 2**63 - 1),
    lambda rng, n: f"row {n}",
    lambda rng, n: str(n + 1),
    lambda rng, n: n + 0.5,
    lambda rng, n: float(n),
    lambda rng, n: bytes([n % 256]) * 3,
    lambda rng, n: rng.choice((n + 1, f"{n}", n + 0.25, b"x%d" % n, None)),
    lambda rng, n: 700_000_000_000_000_000 + n * 4_194_304,
)

_NUMBERS = (
    0, 1, -1, 0.0, 0.5, 1e-300, 86_400.0, 86_401, 2**53 + 1, 2**62, 2**63 - 1, -(2**63), 1e18, 1e300,
    float("inf"), float("-inf"), float("nan"), "1", "1.5", " 12 ", "1e3", "0x10", "nan", "inf", "", "١٢", b"12", None,
)  # fmt: skip

_TEXTS = (
    "comfy", "Comfy", "comfy ", "", " ", "a\0b", "\0", "x" * 20_000, "🦊" * 300, "\u202egnp.exe", "=1+1", "%_\\", '"',
    "\ud7ff\ue000\uffff", "null", "None", b"comfy", b"\xff\xfe\x00", b"", 7, 7.0, 715_000_000_000_000_001, 1e17, None,
    "[]", '["a.safetensors", "b/c.safetensors"]', '[{"name": "a", "strength": 0.8}]', '[["a", 1], null, 3, {"x": []}]',
    "[" * 5_000, '{"a": 1}', "video", "16:9 [1344x768 landscape]", "2026-05-01", 20260501,
)  # fmt: skip

_MOMENTS: tuple[Callable[[Random, int], Any], ...] = (
    lambda rng, n: NOW - n * 3_600,
    lambda rng, n: NOW - n * 3_600,
    lambda rng, n: NOW - rng.random() * 86_400 * 400,
    lambda rng, n: int(NOW) - n * 60,
    lambda rng, n: str(NOW - n * 60),
    lambda rng, n: (NOW - n * 60) * 1_000,
    lambda rng, n: NOW + n * 86_400,
    lambda rng, n: "2026-05-01 12:00:00",
    lambda rng, n: rng.choice(_NUMBERS),
    lambda rng, n: b"\x00\xff",
)

_DATES: tuple[Callable[[Random, int], Any], ...] = (
    lambda rng, n: f"2026-0{1 + n // 28 % 9}-{1 + n % 28:02d}",
    lambda rng, n: 20_260_101 + n,
    lambda rng, n: rng.choice(_TEXTS),
    lambda rng, n: rng.choice(_NUMBERS),
    lambda rng, n: NOW - n * 86_400,
)


def plain(path: Path, rng: Random) -> None:
    """What the deployed bot writes, in one of its shapes."""
    deployed.create(path, rng.choice(list(deployed.SCHEMAS)))
    _settle(path, rng)
    deployed.fill(
        path, commands=rng.choice((0, 1, 30, 120)), images=rng.choice((0, 1, 30, 90)), start=NOW - 9e5, step=9e3
    )
    if rng.random() < 0.5:
        _run(
            path,
            ("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('9', 'bot_start', 1779990000.0)",),
        )


def strange(path: Path, rng: Random) -> None:
    """Tables as somebody might have made them, with values as somebody might have brought them in."""
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes
        connection.execute(f"PRAGMA page_size = {rng.choice(_PAGE_SIZES)}")
        connection.execute(f"PRAGMA encoding = '{rng.choice(_ENCODINGS)}'")
        connection.execute(f"PRAGMA auto_vacuum = {rng.choice((0, 0, 1, 2))}")
        connection.create_collation("theirs", lambda a, b: (a > b) - (a < b))
        connection.create_function("their_fold", 1, str, deterministic=True)
        for table in COLUMNS:
            if rng.random() < 0.93:
                _make(connection, rng, table)
        for statement in rng.sample(_STRANGERS, rng.choice((0, 0, 1, 2))):
            with suppress(sqlite3.Error):
                connection.executescript(statement)
        connection.commit()
        if rng.random() < 0.15:
            _pretend(connection, rng)
    _settle(path, rng)


def _make(connection: sqlite3.Connection, rng: Random, table: str) -> None:
    as_view = rng.random() < 0.06
    name = f"{table}_raw" if as_view else table if rng.random() < 0.8 else rng.choice((table.upper(), table.title()))
    columns = dict(_declared(rng, table))
    if table != "daily_stats":
        key = rng.choice(_KEYS) if rng.random() < 0.4 else _KEYS[0]
    else:
        key = f"date {rng.choice(('TEXT PRIMARY KEY', 'TEXT PRIMARY KEY', '', 'INTEGER PRIMARY KEY', 'BLOB'))}"
    ending = rng.choice((" WITHOUT ROWID", " STRICT")) if rng.random() < 0.12 else ""
    parts = [key, *(f"{column} {declared}" for column, declared in columns.items())]
    if rng.random() < 0.15:
        parts.append("extra TEXT DEFAULT 'x'")
    rng.shuffle(parts)
    for attempt in (f"CREATE TABLE {name} ({', '.join(parts)}){ending}", f"CREATE TABLE {name} ({', '.join(parts)})"):
        with suppress(sqlite3.Error):
            connection.execute(attempt)
            break
    _fill(connection, rng, table, name, columns)
    if as_view:
        query = rng.choice(_VIEWS).format(raw=name, columns=", ".join(columns) or "1")
        with suppress(sqlite3.Error):
            connection.execute(f"CREATE VIEW {table} AS {query}")


def _declared(rng: Random, table: str) -> Iterator[tuple[str, str]]:
    odd = rng.random() < 0.6
    for column in COLUMNS[table]:
        if odd and rng.random() < 0.06:
            continue
        usual = _USUAL.get(column, "TEXT")
        declared = rng.choice(_TYPES) if odd and rng.random() < 0.3 else usual
        if odd and rng.random() < 0.1:
            declared += rng.choice(_COLLATIONS)
        elif odd and rng.random() < 0.06:
            made = rng.choice(("'video'", "1", "abs(-9223372036854775808)", "zeroblob(30000)", "rowid", "lower('A')"))
            declared += f" GENERATED ALWAYS AS ({made}) {rng.choice(('VIRTUAL', 'STORED'))}"
        yield (column if rng.random() < 0.95 else column.upper()), declared


def _fill(connection: sqlite3.Connection, rng: Random, table: str, name: str, columns: dict[str, str]) -> None:
    usual_ids = rng.random() < 0.6
    ids = _IDS[0] if usual_ids else rng.choice(_IDS)
    moments, dates = rng.choice(_MOMENTS), rng.choice(_DATES)
    odd = rng.random() < 0.5
    for number in range(rng.choice((0, 1, 12, 40))):
        values = {
            column: _value(rng, column.lower(), number, moments, odd) for column, declared in columns.items()
            if "GENERATED" not in declared
        }  # fmt: skip
        values["date" if table == "daily_stats" else "id"] = (dates if table == "daily_stats" else ids)(rng, number)
        marks = ", ".join("CAST(? AS TEXT)" if rng.random() < 0.01 else "?" for _ in values)
        with suppress(sqlite3.Error, OverflowError):
            connection.execute(f"INSERT INTO {name} ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def _value(rng: Random, column: str, number: int, moments: Callable[[Random, int], Any], odd: bool) -> Any:
    if column == "timestamp":
        return moments(rng, number)
    if odd and rng.random() < 0.3:
        return rng.choice(_NUMBERS if rng.random() < 0.5 else _TEXTS)
    return {
        "command_name": rng.choice(("comfy", "stats")),
        "user_id": f"71500000000000000{number % 5}",
        "guild_id": rng.choice((None, "900000000000000001")),
        "execution_time": 1.5,
        "success": 1,
        "resolution": "1:1 [1024x1024]",
        "loras": '["a.safetensors"]',
        "generation_time": 12.0 + number,
        "is_video": number % 2,
        "action_type": rng.choice(("bot_start", "bot_shutdown", "button")),
    }.get(column, str(number))


def _pretend(connection: sqlite3.Connection, rng: Random) -> None:
    """Edit the schema itself: what it says is not what is there."""
    edits = (
        "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'BLOB') WHERE name = 'command_usage'",
        "UPDATE sqlite_master SET sql = replace(sql, 'id INTEGER', 'nr INTEGER') WHERE name = 'command_usage'",
        "UPDATE sqlite_master SET rootpage = 2 WHERE name = 'image_stats'",
        "UPDATE sqlite_master SET rootpage = 99 WHERE name = 'image_stats'",
        "UPDATE sqlite_master SET name = 'user_activity', tbl_name = 'user_activity' WHERE name = 'daily_stats'",
        "UPDATE sqlite_master SET sql = 'CREATE TABLE command_usage (id)' WHERE name = 'command_usage'",
        "UPDATE sqlite_master SET sql = sql || ' ; SELECT 1' WHERE name = 'image_stats'",
        "UPDATE sqlite_master SET sql = CAST(X'435245415445205441424C4520FF' AS TEXT) WHERE name = 'image_stats'",
        "INSERT INTO sqlite_master VALUES ('table', 'found', 'found', 0, 'CREATE VIRTUAL TABLE found USING theirs(a)')",
        "INSERT INTO sqlite_master VALUES ('table', 'found', 'found', 0, "
        "'CREATE VIRTUAL TABLE found USING fts5(a, tokenize = theirs)')",
        "DELETE FROM sqlite_master WHERE name = 'user_activity'",
    )
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA writable_schema = on")
        connection.execute(rng.choice(edits))
        connection.commit()


def _settle(path: Path, rng: Random) -> None:
    if rng.random() < 0.3:
        _run(path, ("PRAGMA journal_mode = wal",))


def _run(path: Path, statements: tuple[str, ...]) -> None:
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement).fetchall()
