"""The database behind a snapshot, in the figures that top bar and status line show."""

from __future__ import annotations

from core.feed.change_feed import Feed, Look
from core.feed.snapshot import Source
from core.models import EventModel
from core.storage.location import byte_size


def source_of(feed: Feed, look: Look, refresh_seconds: float) -> Source:
    """What a feed looks at, after a look; ``refresh_seconds`` is what the statistics cost."""
    location, reader = feed.location, feed.reader
    rows = {_table(model): _rows(ends.first, ends.last) for model, ends in feed.ends.items()}
    return Source(
        name=location.name,
        location=str(location),
        rows={table: n for table, n in rows.items() if reader is None or table in reader.tables},
        byte_size=byte_size(location.path) if location.path else 0,
        journal_mode=reader.journal_mode if reader else "",
        look_seconds=look.seconds,
        refresh_seconds=refresh_seconds,
    )


def _table(model: type[EventModel]) -> str:
    return str(model._meta.table_name)


def _rows(first: int, last: int) -> int:
    return last - first + 1 if last else 0
