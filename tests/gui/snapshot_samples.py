"""Snapshots for the tests of the widgets: a day of a small bot, in the shapes that the monitor sends."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.feed.snapshot import Condition, Event, EventKind, Snapshot, Source
from core.statistics.results import Change, CommandBreakdown, Durations, Overview, Timeline, Totals
from core.time_ranges import Buckets

NOW = 1_796_000_000.0
ZONE = ZoneInfo("Europe/Berlin")
BUCKETS = 24
SOURCE = Source(
    name="analytics.db",
    location="/home/host/analytics.db",
    rows={"command_usage": 48_211, "image_stats": 17_902, "user_activity": 1, "daily_stats": 300},
    byte_size=31_400_000,
    journal_mode="WAL",
    look_seconds=0.0001,
    refresh_seconds=0.0032,
)


def command(name: str, total: int, failures: int = 0, p50: float | None = 0.4) -> CommandBreakdown:
    """A command with its runs."""
    return CommandBreakdown(name, total, failures, Durations(total, 0, p50, p50, p50, p50))


def overview(*, totals: Totals | None = None, change: Change | None = None, **changed: object) -> Overview:
    """An overview of 24 hours; ``changed`` replaces any other field."""
    edges = tuple(NOW - (BUCKETS - i) * 3600 + 1800 for i in range(BUCKETS + 1))
    hours = tuple(range(BUCKETS))
    timings = tuple(Durations(1, 0, 10.0 + i, 10.0 + i, 20.0, 30.0) for i in hours)
    failures = (0,) * (BUCKETS - 2) + (1, 1)
    fields: dict[str, object] = {
        "buckets": Buckets(edges, "1 h", ZONE),
        "complete_until": NOW,
        "totals": totals or Totals(276, 2, 100, 10, 12, Durations(90, 10, 13.0, 12.8, 24.1, 30.0)),
        "change": change,
        "timeline": Timeline(hours, failures, {"comfy": hours}, hours, (0,) * BUCKETS, hours, timings, timings),
        "top_commands": (command("comfy", 200, 2), command("redux", 76)),
        "last_seen": NOW - 2,
        "restarts": (),
    }
    return Overview(**(fields | changed))  # type: ignore[arg-type]


def empty_overview(**changed: object) -> Overview:
    """An overview of 24 hours without anything in them."""
    nothing = (0,) * BUCKETS
    none = (Durations(),) * BUCKETS
    timeline = Timeline(nothing, nothing, {}, nothing, nothing, nothing, none, none)
    fields: dict[str, object] = {"timeline": timeline, "top_commands": (), "last_seen": None}
    return overview(totals=Totals(), **(fields | changed))


def event(number: int, **changed: object) -> Event:
    """A command that came in ``number`` seconds after NOW minus 1000."""
    fields: dict[str, object] = {
        "kind": EventKind.COMMAND,
        "id": number,
        "timestamp": NOW - 1000 + number,
        "title": f"command{number}",
        "user_id": "123456789012344821",
        "guild_id": "987654321098767731",
        "detail": f"detail {number}",
        "seconds": 1.2,
        "success": True,
    }
    return Event(**(fields | changed))  # type: ignore[arg-type]


def events(first: int, last: int) -> tuple[Event, ...]:
    """Events ``last`` down to ``first``: newest first."""
    return tuple(event(number) for number in range(last, first - 1, -1))


def snapshot(of: Overview | None = None, shown: tuple[Event, ...] = (), **changed: object) -> Snapshot:
    """A live snapshot of the Overview page."""
    content = of or overview()
    fields: dict[str, object] = {
        "taken": NOW,
        "condition": Condition.LIVE,
        "progress": 1.0,
        "source": SOURCE,
        "page": "overview",
        "content": content,
        "choice": "24h",
        "buckets": content.buckets,
        "last_seen": content.last_seen,
        "last_ids": {},
        "events": shown,
    }
    return Snapshot(**(fields | changed))  # type: ignore[arg-type]
