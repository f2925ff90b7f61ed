"""Rows as Hypothesis strategies, believable and absurd ones, and real SQLite files that hold them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from core.storage.database import open_for_writing

ZONES = tuple(
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Asia/Beirut",
        "America/Havana",
    )
)
"""With whole hours, half hours, quarter hours, a change of half an hour, a skipped and a repeated midnight."""

_CHANGES = tuple(
    datetime(*when, tzinfo=UTC).timestamp()
    for when in (
        (2025, 3, 30, 1),  # Berlin, an hour ahead
        (2025, 10, 26, 1),  # Berlin, an hour back
        (2025, 3, 9, 7),  # New York
        (2025, 11, 2, 6),  # New York
        (2025, 4, 5, 15),  # Lord Howe, half an hour back
        (2025, 10, 4, 15, 30),  # Lord Howe
        (2025, 4, 6, 3),  # Santiago: 24:00 becomes 23:00
        (2025, 9, 7, 4),  # Santiago: midnight does not happen
        (2025, 3, 29, 22),  # Beirut: midnight does not happen
        (2025, 10, 25, 21),  # Beirut
        (2025, 3, 9, 5),  # Havana: midnight does not happen
        (2025, 11, 2, 5),  # Havana: midnight happens twice
        (2025, 12, 31, 23),  # the turn of a year
        (2024, 2, 29, 12),  # a leap day
    )
)

zones = st.sampled_from(ZONES)

moments_near_changes = st.builds(
    lambda change, seconds: change + seconds,
    st.sampled_from(_CHANGES),
    st.one_of(
        st.integers(-30, 30).map(lambda quarters: quarters * 900.0),
        st.floats(-100 * 86_400, 100 * 86_400, allow_nan=False),
        st.integers(-40, 40).map(lambda half_days: half_days * 43_200.0 + 0.25),
    ),
)
"""``now``: on the minute of a change of the clocks, hours or weeks away from one."""


def quick(examples: int) -> settings:
    """So many examples, the same ones in every run."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=slow)


@dataclass(frozen=True)
class Schema:
    """A variant of the database that is out there."""

    name: str
    kind_columns: str = "end"
    """Where ``is_video`` and ``generation_type`` are: "end", "middle" or "none"."""
    strict: bool = True
    """Whether NOT NULL is declared where the seed has it."""
    ours: bool = False
    """Made by our own migrations: with indexes, in WAL mode."""


OURS = Schema("ours", ours=True)
BOT = Schema("bot", kind_columns="middle")
SEED = Schema("seed", kind_columns="none")
LOOSE = Schema("loose", strict=False)
SCHEMAS = (OURS, BOT, SEED, LOOSE)


@dataclass(frozen=True)
class Ids:
    """How ids are handed out: where they begin, and how far apart they are."""

    first: int = 1
    step: int = 1


@dataclass(frozen=True)
class Lot:
    """Rows to be stored, each table's in the order of their ids."""

    commands: tuple[dict[str, Any], ...] = ()
    images: tuple[dict[str, Any], ...] = ()
    activities: tuple[dict[str, Any], ...] = ()


def create(path: Path, schema: Schema) -> None:
    """Make an empty database."""
    if schema.ours:
        open_for_writing(path).close()
        return
    required = "NOT NULL" if schema.strict else ""
    kind = "is_video INTEGER DEFAULT 0, generation_type TEXT DEFAULT 'standard'"
    middle, end = (f"{kind}, " if schema.kind_columns == "middle" else ""), schema.kind_columns == "end"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE command_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, command_name TEXT NOT NULL, "
            f"user_id TEXT NOT NULL, guild_id TEXT, channel_id TEXT, timestamp REAL {required}, execution_time REAL, "
            f"success INTEGER {required})"
        )
        connection.execute(
            "CREATE TABLE image_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, prompt TEXT, "
            "resolution TEXT, loras TEXT, upscale_factor INTEGER, generation_time REAL, "
            f"{middle}timestamp REAL {required})"
        )
        connection.execute(
            "CREATE TABLE user_activity (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, guild_id TEXT, "
            f"action_type TEXT NOT NULL, timestamp REAL {required}, details TEXT)"
        )
        connection.execute(
            "CREATE TABLE daily_stats (date TEXT PRIMARY KEY, total_commands INTEGER NOT NULL, total_images INTEGER "
            "NOT NULL, unique_users INTEGER NOT NULL, avg_generation_time REAL, popular_commands TEXT, "
            "popular_resolutions TEXT)"
        )
        for column in kind.split(", ") if end else ():
            connection.execute(f"ALTER TABLE image_stats ADD COLUMN {column}")


def insert(path: Path, lot: Lot, schema: Schema = OURS, ids: Ids | None = None) -> None:
    """Store rows in one transaction, with the next ids or with the given ones."""
    tables = {"command_usage": lot.commands, "image_stats": lot.images, "user_activity": lot.activities}
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = off")
        for table, rows in tables.items():
            for number, row in enumerate(rows):
                _insert(connection, table, row, schema, None if ids is None else ids.first + number * ids.step)


def _insert(
    connection: sqlite3.Connection, table: str, row: dict[str, Any], schema: Schema, row_id: int | None
) -> None:
    values = {"id": row_id, **row}
    if schema.kind_columns == "none":
        values.pop("is_video", None), values.pop("generation_type", None)
    if schema.strict and values["timestamp"] is None:
        values["timestamp"] = "NULL"
    if schema.strict and "success" in values and values["success"] is None:
        values["success"] = 1
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))


@contextmanager
def stored(lot: Lot, schema: Schema = OURS, ids: Ids | None = None) -> Iterator[Path]:
    """A real file with these rows, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        path = Path(folder) / "analytics.db"
        create(path, schema)
        insert(path, lot, schema, ids)
        yield path


ABSURD_MOMENTS = st.sampled_from(
    (
        None,
        "yesterday",
        "",
        b"\x00\xff",
        0.0,
        -1.0,
        -1e18,
        1.75e12,
        253_402_300_799.0,
        1e300,
        float("inf"),
        float("-inf"),
    )
)
"""What no event can have as its time: NULL, text, a blob, 1970, milliseconds, the year 9999, infinities."""

_DURATIONS = st.one_of(
    st.floats(1e-3, 900, allow_nan=False),
    st.sampled_from((None, 0.0, 1e-9, 0.25, 0.25, 7.5, 86_400.0, 86_400.5, 1e300, float("inf"), -3.0)),
    st.sampled_from(("fast", "", "1_000", "nan", " 12 ", "١٢", b"12", 2**62)),
)
_USERS = st.sampled_from(("111111111111111111", "222222222222222222", "333333333333333333", "44", "🦊", 55))
_NAMES = st.sampled_from(
    (
        "comfy",
        "comfy",
        "comfy",
        "redux",
        "stats",
        "Stats",
        "video",
        "🎨 draw",
        "x" * 10_000,
        "مرحبا",
        "a\x00b",
        7,
        b"comfy",
    )
)
_GUILDS = st.sampled_from((None, None, "900000000000000001", "900000000000000002", "", 3, b"g"))
_TYPES = st.sampled_from((None, "standard", "standard", "redux", "pulid", "video", "🎞", 5, b"standard"))
_SIZES = st.sampled_from((None, "16:9 [1344x768 landscape]", "1:1 [1024x1024]", "video", "", 512, b"size"))
_ACTIONS = st.sampled_from(("bot_start", "bot_start", "bot_shutdown", "guild_join", "button", "", 9))


def commands_at(times: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of command_usage at these times."""
    return st.fixed_dictionaries(
        {
            "command_name": _NAMES,
            "user_id": _USERS,
            "guild_id": _GUILDS,
            "channel_id": st.just("1"),
            "timestamp": times,
            "execution_time": _DURATIONS,
            "success": st.sampled_from((1, 1, 1, 0, 0, None, "yes", 2)),
        }
    )


def images_at(times: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of image_stats at these times."""
    return st.fixed_dictionaries(
        {
            "user_id": _USERS,
            "prompt": st.sampled_from((None, "a fox", "🦊" * 50)),
            "resolution": _SIZES,
            "loras": st.sampled_from((None, "[]", "not json")),
            "upscale_factor": st.sampled_from((None, 1, 2)),
            "generation_time": _DURATIONS,
            "timestamp": times,
            "is_video": st.sampled_from((None, 0, 0, 0, 1, 1, "yes", "")),
            "generation_type": _TYPES,
        }
    )


def activities_at(times: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows of user_activity at these times."""
    return st.fixed_dictionaries(
        {"user_id": _USERS, "guild_id": _GUILDS, "action_type": _ACTIONS, "timestamp": times, "details": st.none()}
    )


def times_around(now: float, edges: Sequence[float] = ()) -> st.SearchStrategy[float]:
    """Times that matter at ``now``: just before it, in every range, a little ahead, and on these edges."""
    ages = st.one_of(
        *(st.floats(0, reach * 60, allow_nan=False) for reach in (20, 150, 3_000)),
        *(st.floats(0, reach * 86_400, allow_nan=False) for reach in (16, 200)),
        st.floats(-7_200, 0, allow_nan=False),
    ).map(lambda age: now - age)
    on_edges = [st.sampled_from(list(edges)).flatmap(lambda e: st.sampled_from((e, e - 1e-3)))] if edges else []
    return st.one_of(ages, *on_edges)


@st.composite
def lots(draw: st.DrawFn, times: st.SearchStrategy[float], *, most: int = 30, disorder: float | None = 0.0) -> Lot:
    """Rows of all three tables at these times, with some that have no possible time.

    ``disorder`` is by how many seconds an earlier id may have a later time; None for any order.
    """
    anytime = st.one_of(times, times, times, times, times, ABSURD_MOMENTS)
    tables = []
    for rows_at, share in ((commands_at, 1.0), (images_at, 1.0), (activities_at, 0.3)):
        rows = draw(st.lists(rows_at(anytime), max_size=int(most * share)))
        if disorder is not None:
            late = draw(st.lists(st.floats(0, disorder), min_size=len(rows), max_size=len(rows)))
            keys = [_position(row["timestamp"]) + delay for row, delay in zip(rows, late, strict=True)]
            rows = [row for _, row in sorted(zip(keys, rows, strict=True), key=lambda pair: pair[0])]
        tables.append(tuple(rows))
    return Lot(*tables)


def _position(when: Any) -> float:
    """Rows without a possible time stand somewhere in the middle."""
    return when if isinstance(when, float) and 1.5e9 < when < 2e9 else 1.74e9 + len(str(when)) * 1_000_000
