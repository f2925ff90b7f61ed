"""Everything that one look at the database shows, frozen: it can cross threads without a lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.errors import BotpulseError
from core.feed.change_feed import Feed, LookResult
from core.filters import EVERYTHING, Filter
from core.models import table_name
from core.storage.location import byte_size
from core.text.masking import masked
from core.time_ranges import Buckets


class EventKind(StrEnum):
    """Which table an event comes from."""

    COMMAND = "command"
    IMAGE = "image"
    ACTIVITY = "activity"


@dataclass(frozen=True, slots=True)
class Event:
    """One row as it came in, for the list of latest events. All text in it is untrusted.

    Attributes:
        kind: its table.
        id: its id in that table.
        timestamp: epoch seconds, or None where the row has no usable one.
        title: the command's name, "image" or "video", or the action type.
        user_id: who; guild_id: where (None in direct messages or where not recorded).
        detail: the prompt's beginning, or the details of an activity; at most 500 characters.
        seconds: execution or generation time; None where unknown.
        success: False only for a command that failed.
    """

    kind: EventKind
    id: int
    timestamp: float | None
    title: str
    user_id: str
    guild_id: str | None
    detail: str
    seconds: float | None
    success: bool


def masked_event(event: Event) -> Event:
    """An event without what its user wrote: a glance or a screenshot tells nothing of it then."""
    return replace(event, detail=masked(event.detail))


class Condition(StrEnum):
    """How the database is doing, seen from the monitor."""

    LOADING = "loading"
    LIVE = "live"
    PAUSED = "paused"
    LOCKED = "locked"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Source:
    """The database behind a snapshot, for top bar and status bar.

    Attributes:
        name: the file's name, or the server's database.
        location: the whole path or URL (without a password).
        rows: rows by table name as far as ids tell (last id minus first id plus one), missing tables left out.
        byte_size: the size of the file and its write-ahead log, in bytes; 0 for a server.
        journal_mode: "WAL", "rollback" or "server".
        look_seconds: what the last look cost.
        refresh_seconds: what the last refresh of the statistics cost.
    """

    name: str
    location: str
    rows: dict[str, int]
    byte_size: int
    journal_mode: str
    look_seconds: float
    refresh_seconds: float


def source_of(feed: Feed, look: LookResult, refresh_seconds: float) -> Source:
    """What a feed looks at, after a look; ``refresh_seconds`` is what the statistics cost."""
    location, reader = feed.location, feed.reader
    rows = {table_name(model): ends.last and ends.last - ends.first + 1 for model, ends in feed.ends.items()}
    return Source(
        name=location.name,
        location=str(location),
        rows={table: n for table, n in rows.items() if reader is None or table in reader.tables},
        byte_size=byte_size(location.path) if location.path else 0,
        journal_mode=reader.journal_mode if reader else "",
        look_seconds=look.seconds,
        refresh_seconds=refresh_seconds,
    )


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the pages draw.

    Attributes:
        taken: epoch seconds (the monitor's clock).
        condition: live, loading (history still comes in), paused, locked or gone.
        progress: share of the range's history that is loaded, 0 to 1.
        complete: whether nothing that the page shows is still being read, of the range or beyond it.
        source: the database.
        page: the key of the page that ``content`` is for.
        content: what that page shows of the range, as far as loaded.
        choice: the range's key, as in ``core.time_ranges.CHOICES``; buckets: those of the range.
        last_seen: epoch seconds of the newest row of any table, whatever the range.
        last_ids: the highest id of each table, by the table's name.
        events: the newest events, newest first (at most 200).
        chosen: what the content is filtered by.
        resets: epoch seconds at which this session saw the statistics being reset.
        fault: what stands in the way at the moment (locked, gone), or None.
    """

    taken: float
    condition: Condition
    progress: float
    source: Source
    page: str
    content: Any
    choice: str
    buckets: Buckets
    last_seen: float | None
    last_ids: dict[str, int]
    events: tuple[Event, ...]
    chosen: Filter = EVERYTHING
    complete: bool = True
    resets: tuple[float, ...] = ()
    fault: BotpulseError | None = None
