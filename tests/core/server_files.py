"""Databases with servers in them: who ran what where, which images were made, when the bot came and went."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.storage.database import writing

HOUR, DAY = 3_600.0, 86_400.0
NOW = 1_790_000_000.0

FOX, OWL, ELK, BEE = (f"90000000000000000{n}" for n in (1, 2, 3, 4))
ANNA, BEN, EVE = (f"10000000000000000{n}" for n in (1, 2, 3))

Ran = tuple[str, str | None, float, int]
"""A command: its user and server, when, and whether it succeeded."""
Made = tuple[str, str | None, str | None, float]
"""An image: its user, server and channel, and when."""
Moved = tuple[str | None, str, float]
"""A server, guild_join or guild_leave, and when."""


def store(path: Path, ran: Iterable[Ran] = (), made: Iterable[Made] = (), moved: Iterable[Moved] = ()) -> Path:
    """Write them into a database of our own, each table in the order of time."""
    rows: dict[str, list[tuple[Any, ...]]] = {
        "command_usage (command_name, user_id, guild_id, timestamp, success)": [("comfy", *row) for row in ran],
        "image_stats (user_id, guild_id, channel_id, timestamp)": list(made),
        "user_activity (user_id, guild_id, action_type, timestamp)": [("1", *row) for row in moved],
    }
    with writing(path) as database, database.atomic():
        for into, values in rows.items():
            at = into.count(",", 0, into.index("timestamp"))
            marks = ", ".join("?" * (into.count(",") + 1))
            values.sort(key=lambda row, at=at: row[at])  # type: ignore[misc]
            database.connection().executemany(f"INSERT INTO {into} VALUES ({marks})", values)
    return path


def ran(user: str, server: str | None, at: float, times: int = 1, failed: int = 0) -> list[Ran]:
    """So many commands, a second apart, the last of them at a moment; the first ones failed."""
    return [(user, server, at - times + 1 + n, int(n >= failed)) for n in range(times)]
