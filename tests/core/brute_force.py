"""The statistics once more, plainly: lists of dicts, one loop a question, ``datetime`` for the calendar.

Nothing here is shared with the code under test. Rows are read with ``sqlite3`` as the file holds them.
"""

from __future__ import annotations

import json
import math
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC).timestamp()
YEAR_2100 = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
A_DAY = 24 * 60 * 60


@dataclass(frozen=True)
class Stored:
    """The rows of the three event tables, by id."""

    commands: list[Row]
    images: list[Row]
    activities: list[Row]


@dataclass(frozen=True)
class Wanted:
    """Which rows count, each part None for "any"."""

    command: str | None = None
    user_id: str | None = None
    guild_id: str | None = None
    success: bool | None = None
    generation_type: str | None = None


def read(path: Path, since: float | None = None) -> Stored:
    """All rows of a file, or those that are not before ``since``."""
    some = "1" if since is None else f"timestamp >= {since!r}"
    texts: dict[bytes, str] = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        connection.text_factory = lambda data: texts.setdefault(data, data.decode())
        tables = ("command_usage", "image_stats", "user_activity")
        return Stored(
            *([dict(r) for r in connection.execute(f"SELECT * FROM {t} WHERE {some} ORDER BY id")] for t in tables)
        )


def moment(row: Row) -> float | None:
    """The row's time in epoch seconds, or None where it has no possible one."""
    when = row["timestamp"]
    return when if isinstance(when, int | float) and DISCORD_EPOCH <= when < YEAR_2100 else None


def within(rows: list[Row], start: float, end: float) -> list[Row]:
    """The rows with ``start <= timestamp < end``."""
    return [row for row in rows if (when := moment(row)) is not None and start <= when < end]


def wanted_rows(stored: Stored, wanted: Wanted) -> Stored:
    """Leave out what a filter leaves out: a table that lacks the column has no matching rows."""
    commands = [
        row
        for row in stored.commands
        if wanted.generation_type is None
        and wanted.command in (None, row["command_name"])
        and wanted.user_id in (None, row["user_id"])
        and _in_guild(row, wanted)
        and (wanted.success is None or wanted.success == (row["success"] != 0))
    ]
    images = [
        row
        for row in stored.images
        if wanted.command is None and wanted.guild_id is None and wanted.success is None
        if wanted.user_id in (None, row["user_id"]) and wanted.generation_type in (None, kind_in_file(row))
    ]
    activities = [
        row
        for row in stored.activities
        if wanted.command is None and wanted.success is None and wanted.generation_type is None
        if wanted.user_id in (None, row["user_id"]) and _in_guild(row, wanted)
    ]
    return Stored(commands, images, activities)


def _in_guild(row: Row, wanted: Wanted) -> bool:
    if wanted.guild_id is None:
        return True
    return bool(row["guild_id"] is None if wanted.guild_id == "" else row["guild_id"] == wanted.guild_id)


def as_text(stored: Any) -> str:
    """A stored name as people read it: bytes are taken for UTF-8."""
    return stored.decode(errors="replace") if isinstance(stored, bytes) else "" if stored is None else str(stored)


def kind_in_file(row: Row) -> Any:
    """The generation type; NULL, nothing, or a file without the column, is 'standard'."""
    return as_text(row.get("generation_type")) or "standard"


def is_video(row: Row) -> bool:
    """Whether an image_stats row is a video; NULL, or a file without the column, is an image."""
    return row.get("is_video") not in (None, 0)


def failed(row: Row) -> bool:
    """Whether a command failed."""
    return bool(row["success"] == 0)


def execution(row: Row) -> float | None:
    """Seconds a command took, None where unknown or impossible."""
    took = row["execution_time"]
    return float(took) if isinstance(took, int | float) and 0 <= took <= A_DAY else None


def generation(row: Row) -> float | None:
    """Seconds a generation took, None where unknown (0 too) or impossible."""
    took = row["generation_time"]
    return float(took) if isinstance(took, int | float) and 0 < took <= A_DAY else None


def known(values: list[float | None]) -> list[float]:
    """Those that are known."""
    return [value for value in values if value is not None]


def nearest_rank(values: list[float], percent: int) -> float:
    """The exact nearest-rank percentile."""
    rank = max(1, -(-percent * len(values) // 100))
    return sorted(values)[rank - 1]


def mean(values: list[float]) -> float | None:
    """The arithmetic mean, None of nothing."""
    return math.fsum(values) / len(values) if values else None


def ranked(names: list[Any], limit: int | None = None) -> list[tuple[str, int]]:
    """How often each name occurs, the most frequent first, ties by name."""
    counts: dict[str, int] = {}
    for name in names:
        counts[as_text(name)] = counts.get(as_text(name), 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]


def users(stored: Stored) -> list[str]:
    """Who ran a command or got an image, once for each."""
    return [name for row in stored.commands + stored.images if (name := as_text(row["user_id"]))]


def span(stored: Stored, start: float, end: float) -> Stored:
    """The part of it that lies in ``[start, end)``."""
    return Stored(*(within(rows, start, end) for rows in (stored.commands, stored.images, stored.activities)))


def hour_counts(stored: Stored, zone: ZoneInfo) -> list[list[int]]:
    """Commands and images by local weekday (Monday first) and hour."""
    grid = [[0] * 24 for _ in range(7)]
    for row in stored.commands + stored.images:
        local = datetime.fromtimestamp(row["timestamp"], UTC).astimezone(zone)
        grid[local.weekday()][local.hour] += 1
    return grid


def midnight(day: date, zone: ZoneInfo) -> float:
    """When a local calendar day begins. Where the clocks skip midnight, that is when they skip it."""
    first = datetime(day.year, day.month, day.day, tzinfo=zone)
    return first.astimezone(UTC).timestamp()


def local_date(when: float, zone: ZoneInfo) -> date:
    """The local calendar day of a moment."""
    return datetime.fromtimestamp(when, UTC).astimezone(zone).date()


def by_day(stored: Stored, days: int, now: float, zone: ZoneInfo) -> list[tuple[str, Stored]]:
    """Today and the ``days - 1`` days before, oldest first, each with the rows of that local date."""
    today = local_date(now, zone)
    dates = [today - timedelta(days=back) for back in reversed(range(max(days, 1)))]
    parts: dict[date, Stored] = {day: Stored([], [], []) for day in dates}
    for name in ("commands", "images", "activities"):
        for row in getattr(stored, name):
            when = moment(row)
            part = parts.get(local_date(when, zone)) if when is not None else None
            if part is not None:
                getattr(part, name).append(row)
    return [(day.isoformat(), part) for day, part in parts.items()]


def command_stats(stored: Stored, days: int, now: float, zone: ZoneInfo) -> list[Row]:
    """``get_command_stats``."""
    return [
        {
            "date": day,
            "total_commands": len(part.commands),
            "command_breakdown": dict(ranked([row["command_name"] for row in part.commands], 5)),
        }
        for day, part in by_day(stored, days, now, zone)
        if part.commands
    ]


def averages(images: list[Row]) -> Row:
    """The three averages over images, 0.0 for nothing."""
    stills, videos = [r for r in images if not is_video(r)], [r for r in images if is_video(r)]
    groups = {"avg_generation_time": images, "avg_image_time": stills, "avg_video_time": videos}
    return {name: mean(known([generation(row) for row in rows])) or 0.0 for name, rows in groups.items()}


def kinds(images: list[Row]) -> Row:
    """How many of each."""
    videos = sum(is_video(row) for row in images)
    return {"video": videos, "image": len(images) - videos}


def resolutions(images: list[Row]) -> list[Any]:
    """The resolutions that are recorded: a video has none, but the word."""
    return [name for row in images if (name := as_text(row["resolution"])) not in ("", "video")]


def image_stats(stored: Stored, days: int, now: float, zone: ZoneInfo) -> list[Row]:
    """``get_image_stats``."""
    return [
        {
            "date": day,
            "total_images": len(part.images),
            **averages(part.images),
            "resolution_breakdown": dict(ranked(resolutions(part.images), 5)),
            "video_breakdown": kinds(part.images),
            "type_breakdown": dict(ranked([kind_in_file(row) for row in part.images])),
        }
        for day, part in by_day(stored, days, now, zone)
        if part.images
    ]


def user_stats(stored: Stored, days: int, now: float, zone: ZoneInfo) -> list[Row]:
    """``get_user_stats``."""
    return [
        {"date": day, "unique_users": len(set(users(part))), "top_users": dict(ranked(users(part), 5))}
        for day, part in by_day(stored, days, now, zone)
        if users(part)
    ]


def until(rows: Stored, end: float) -> Stored:
    """Without the rows of days to come, which are in no sum; those of unknown time are."""

    def known(each: list[Row]) -> list[Row]:
        return [row for row in each if (moment(row) or 0.0) < end]

    return Stored(known(rows.commands), known(rows.images), known(rows.activities))


def summary_stats(stored: Stored) -> Row:
    """``get_summary_stats`` without the uptime: every row counts, whatever its time."""
    return {
        "total_commands": len(stored.commands),
        "total_images": len(stored.images),
        "total_users": len(set(users(stored))),
        **averages(stored.images),
        "top_commands": dict(ranked([row["command_name"] for row in stored.commands], 5)),
        "top_resolutions": dict(ranked(resolutions(stored.images), 5)),
        "top_users": dict(ranked(users(stored), 5)),
        "video_counts": kinds(stored.images),
    }


def daily_rows(stored: Stored, zone: ZoneInfo) -> dict[str, tuple[Any, ...]]:
    """What ``daily_stats`` should hold, by date, popular things parsed."""
    found: dict[str, Stored] = {}
    for name in ("commands", "images"):
        for row in getattr(stored, name):
            when = moment(row)
            if when is not None:
                part = found.setdefault(local_date(when, zone).isoformat(), Stored([], [], []))
                getattr(part, name).append(row)
    return {day: _daily_row(day, part) for day, part in found.items()}


def _daily_row(day: str, part: Stored) -> tuple[Any, ...]:
    average = mean(known([generation(row) for row in part.images]))
    commands = json.dumps(dict(ranked([row["command_name"] for row in part.commands], 5)), ensure_ascii=False)
    sizes = json.dumps(dict(ranked(resolutions(part.images), 5)), ensure_ascii=False)
    return (day, len(part.commands), len(part.images), len(set(users(part))), average, commands, sizes)


def same(left: Any, right: Any) -> bool:
    """Equality of nested results, floats within a microsecond (sums are kept in microseconds)."""
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-6)
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and bool(left == right)
