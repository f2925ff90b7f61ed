"""The seed's dictionaries, in the shapes that the deployed bot's analytics module returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from core.aggregate import Aggregate, collect
from core.cells import Cell
from core.folding import FOLDINGS, Folding
from core.periods import CHOICES, Window, day_name, local_days
from core.reading import Reader
from core.statistics import generation_times, generation_types, top

Report = dict[str, Any]

_LARGEST = 5


def days_aggregate(
    reader: Reader, days: int, now: float, zone: ZoneInfo, foldings: Sequence[Folding] = FOLDINGS
) -> Aggregate:
    """The last ``days`` calendar days, today's events so far included, a cell a day; of the tables asked for."""
    window = Window(CHOICES["custom"], local_days(days, now, zone), None)
    return collect(reader, window, now, foldings=foldings)


def command_report(aggregate: Aggregate) -> list[Report]:
    """``get_command_stats``: a dict a day with commands, oldest first."""
    return [
        {
            "date": date,
            "total_commands": cell.commands.total(),
            "command_breakdown": dict(top(cell.commands, _LARGEST)),
        }
        for date, cell in _days(aggregate)
        if cell.commands
    ]


def image_report(aggregate: Aggregate) -> list[Report]:
    """``get_image_stats``: a dict a day with images or videos, oldest first."""
    return [
        {
            "date": date,
            "total_images": cell.images.total(),
            **average_times(cell),
            "resolution_breakdown": dict(top(cell.resolutions, _LARGEST)),
            "video_breakdown": kinds(cell),
            "type_breakdown": generation_types(cell),
        }
        for date, cell in _days(aggregate)
        if cell.images
    ]


def user_report(aggregate: Aggregate) -> list[Report]:
    """``get_user_stats``: a dict a day on which somebody ran a command or got an image, oldest first."""
    return [
        {"date": date, "unique_users": len(cell.users), "top_users": dict(top(cell.users, _LARGEST))}
        for date, cell in _days(aggregate)
        if cell.users
    ]


def average_times(cell: Cell) -> dict[str, float]:
    """Mean generation times in seconds: of all, of images, of videos; 0.0 where none is known."""
    return {
        "avg_generation_time": generation_times(cell).mean or 0.0,
        "avg_image_time": generation_times(cell, video=False).mean or 0.0,
        "avg_video_time": generation_times(cell, video=True).mean or 0.0,
    }


def kinds(cell: Cell) -> dict[str, int]:
    """How many videos, and how many images."""
    videos = sum(n for (video, _), n in cell.images.items() if video)
    return {"video": videos, "image": cell.images.total() - videos}


def _days(aggregate: Aggregate) -> list[tuple[str, Cell]]:
    buckets = aggregate.window.buckets
    return [(day_name(start, buckets.zone), aggregate.cells[start]) for start in buckets.edges[:-1]]
