"""The seed's dictionaries, in the shapes that the deployed bot's analytics module returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.models import CommandUsage, ImageStats
from core.statistics.day_counts import EVERYTHING_COUNTED, all_counted, days_counted
from core.statistics.grouped_sql import EVER, Kinds
from core.statistics.results import top
from core.statistics.rollups.packing import Part
from core.storage.reader import Reader
from core.time_ranges import Buckets, day_name

Report = dict[str, Any]

_LARGEST: Final = 5


def command_report(reader: Reader, days: Buckets) -> list[Report]:
    """``get_command_stats``: a dict a day with commands, oldest first."""
    commands = days_counted(reader, days, {CommandUsage: (Part.NAMES,)}).commands()
    return [
        {"date": date, "total_commands": commands[day].total(), "command_breakdown": _largest(commands[day])}
        for day, date in _dates(days)
        if day in commands
    ]


def image_report(reader: Reader, days: Buckets) -> list[Report]:
    """``get_image_stats``: a dict a day with images or videos, oldest first."""
    counted = days_counted(reader, days, {ImageStats: (Part.NAMES,)})
    kinds, types, resolutions = counted.kinds(), counted.types(), counted.resolutions()
    return [
        {
            "date": date,
            "total_images": kinds[day].both.rows,
            **_average_times(kinds[day]),
            "resolution_breakdown": _largest(resolutions.get(day, Counter())),
            "video_breakdown": _kind_counts(kinds[day]),
            "type_breakdown": dict(top(types[day])),
        }
        for day, date in _dates(days)
        if day in kinds
    ]


def user_report(reader: Reader, days: Buckets) -> list[Report]:
    """``get_user_stats``: a dict a day on which somebody ran a command or got an image, oldest first."""
    users = days_counted(reader, days, {CommandUsage: (Part.USERS,), ImageStats: (Part.USERS,)}).users()
    return [
        {"date": date, "unique_users": len(users[day]), "top_users": _largest(users[day])}
        for day, date in _dates(days)
        if day in users
    ]


def summary(reader: Reader, uptime: float, upto: float = inf, zone: ZoneInfo | None = None) -> Report:
    """``get_summary_stats``: all that is stored; ``uptime`` in seconds is handed through.

    What lies at or behind ``upto`` (epoch seconds) has not happened, and is counted in no day either. ``zone`` is the
    one in which a day begins then; without it every row is read.
    """
    counted = all_counted(reader, zone, upto, EVERYTHING_COUNTED)
    commands, users, kinds = counted.commands()[EVER], counted.users()[EVER], counted.kinds()[EVER]
    return {
        "total_commands": commands.total(),
        "total_images": kinds.both.rows,
        "total_users": len(users),
        **_average_times(kinds),
        "top_commands": _largest(commands),
        "top_resolutions": _largest(counted.resolutions()[EVER]),
        "top_users": _largest(users),
        "video_counts": _kind_counts(kinds),
        "uptime": uptime,
    }


def _largest(counts: Counter[str]) -> dict[str, int]:
    return dict(top(counts, _LARGEST))


def _average_times(kinds: Kinds) -> dict[str, float]:
    """In seconds; 0.0 where no time is known."""
    return {
        "avg_generation_time": kinds.both.mean,
        "avg_image_time": kinds.image.mean,
        "avg_video_time": kinds.video.mean,
    }


def _kind_counts(kinds: Kinds) -> dict[str, int]:
    return {"video": kinds.video.rows, "image": kinds.image.rows}


def _dates(days: Buckets) -> Iterator[tuple[int, str]]:
    for number, start in enumerate(days.edges[:-1]):
        yield number, day_name(start, days.zone)
