"""Databases with failures in them, made by what writes them: the tracking's own records."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.models import Failure
from core.storage.database import writing
from core.tracking.records import FIELDS, failure_record

OOM = ("OutOfMemoryError", "Allocation on device 0 would exceed allowed memory: 512 MiB", "VAEDecode")
LORA = ("FileNotFoundError", "LoRA 'ink.safetensors' is not in models/loras", "LoraLoader")
COOLDOWN = ("CommandOnCooldown", "You are on cooldown. Try again in 12.3s", None)


def failed(
    at: float,
    what: tuple[str, str, str | None] = OOM,
    *,
    source: str = "generation",
    name: str = "comfy",
    user: object = "100000000000000001",
    **facts: Any,
) -> tuple[Any, ...]:
    """The values of one failure at this moment (epoch seconds), in the order of the table's columns."""
    error_type, message, node = what
    told: dict[str, Any] = {"error_type": error_type, "message": message, "node": node, **facts}
    return failure_record(source, name, user, clock=lambda: at, **told).values


def store(path: Path, failures: Iterable[tuple[Any, ...]] = (), commands: Iterable[tuple[Any, ...]] = ()) -> Path:
    """Write failures, and commands as (name, user, guild, time, success), into a database of our own, in time order."""
    fields = FIELDS[Failure]
    with writing(path) as database, database.atomic():
        marks = ", ".join("?" * len(fields))
        rows = sorted(failures, key=lambda row: row[-1])
        insert = f"INSERT INTO failures ({', '.join(fields)}) VALUES ({marks})"
        database.connection().executemany(insert, rows)
        columns = "command_name, user_id, guild_id, timestamp, success"
        ran = sorted(commands, key=lambda row: row[3])
        database.connection().executemany(f"INSERT INTO command_usage ({columns}) VALUES (?, ?, ?, ?, ?)", ran)
    return path
