"""``daily_stats``: today so far, and the days that were missed or never completed.

A day is the host's calendar day. Which days need work follows from counting: a day with more events than its
row says was written too early, or not at all. A row that says more than there are events is kept: the events
were removed since.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import peewee

from core.models import CommandUsage, DailyStats, EventModel, ImageStats
from core.statistics.bucket_counts import BucketCounts
from core.statistics.results import generation_times, top
from core.statistics.window import collect
from core.storage.chunked_reads import earliest
from core.storage.database import faults, writing
from core.storage.location import Location
from core.storage.reader import Reader, reading
from core.time_ranges import CHOICES, DAY, Buckets, TimeRange, Window, day_name, local_days

_LARGEST: Final = 5
_COUNTED: Final[tuple[type[EventModel], ...]] = (CommandUsage, ImageStats)

Day = dict[str, Any]


def complete(location: Location, zone: ZoneInfo, now: float) -> None:
    """Bring the table of the bot's own database up to date, wherever this runs.

    Raises:
        BotpulseError: the database can't be read or written.
    """
    with reading(location, own=True) as reader:
        days = days_to_write(reader, now, zone)
    if days:
        with writing(location) as database:
            store(database, days)


def days_to_write(reader: Reader, now: float, zone: ZoneInfo) -> list[Day]:
    """The ``daily_stats`` rows that are missing or behind, ready to be stored, oldest first.

    Raises:
        BotpulseError: the database can't be read.
    """
    with faults(reader.location):
        begins = [earliest(reader, model) for model in _COUNTED]
        begin = min((moment for moment in begins if moment is not None), default=now)
        days = local_days(int((now - begin) // DAY) + 2, now, zone)
        stale = tuple(_stale_days(reader, days))
    if not stale:
        return []
    edges = sorted({edge for span in stale for edge in (span.start, span.end)})
    window = Window(CHOICES["custom"], Buckets(tuple(edges), "1 day", zone), None)
    cells = collect(reader, window, now, by_cells=False).cells  # what is stored for good is counted from rows
    return [_row(day_name(span.start, zone), cells[span.start]) for span in stale]


def store(database: peewee.Database, days: Sequence[Day]) -> None:
    """Write these rows over those of the same dates, in one transaction."""
    fields = [field for field in DailyStats._meta.sorted_fields if not field.primary_key]
    with database.atomic():
        for day in days:
            query = DailyStats.insert(day).on_conflict(
                conflict_target=[DailyStats.date], update={field: day[field.name] for field in fields}
            )
            query.execute(database)


def _stale_days(reader: Reader, days: Buckets) -> Iterator[TimeRange]:
    stored = _stored(reader)
    for start, end in pairwise(days.edges):
        span = TimeRange(start, end)
        counts = tuple(_count(reader, model, span) for model in _COUNTED)
        known = stored.get(day_name(start, days.zone), (0, 0))
        if any(there > row for there, row in zip(counts, known, strict=True)):
            yield span


def _stored(reader: Reader) -> dict[str, tuple[int, int]]:
    query = DailyStats.select(DailyStats.date, DailyStats.total_commands, DailyStats.total_images)
    return {date: (commands or 0, images or 0) for date, commands, images in reader.database.execute(query).fetchall()}


def _count(reader: Reader, model: type[EventModel], span: TimeRange) -> int:
    inside = (model.timestamp >= span.start) & (model.timestamp < span.end)
    query = model.select(peewee.fn.COUNT(model.id)).where(inside)
    return int(reader.database.execute(query).fetchall()[0][0])


def _row(date: str, cell: BucketCounts) -> Day:
    return {
        "date": date,
        "total_commands": cell.commands.total(),
        "total_images": cell.images.total(),
        "unique_users": len(cell.users),
        "avg_generation_time": generation_times(cell).mean,
        "popular_commands": json.dumps(dict(top(cell.commands, _LARGEST)), ensure_ascii=False),
        "popular_resolutions": json.dumps(dict(top(cell.resolutions, _LARGEST)), ensure_ascii=False),
    }
