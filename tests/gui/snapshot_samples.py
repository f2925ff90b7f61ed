"""Snapshots for the tests of the widgets: a day of a small bot, in the shapes that the monitor sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from core.charts.specs import AnyChart
from core.feed.snapshot import Condition, Event, EventKind, Snapshot, Source
from core.presenters.overview import OVERVIEW
from core.presenters.overview_tiles import Overview, tiles
from core.presenters.presenter import Content
from core.statistics.results import Durations, PeriodChange, Totals
from core.time_ranges import Buckets
from tests.core.page_inputs import happened, page_input

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


def overview(*, totals: Totals | None = None, change: PeriodChange | None = None, **changed: object) -> Overview:
    """An overview of 24 hours; ``changed`` replaces any other field."""
    edges = tuple(NOW - (BUCKETS - i) * 3600 + 1800 for i in range(BUCKETS + 1))
    fields: dict[str, object] = {
        "buckets": Buckets(edges, "1 h", ZONE),
        "now": NOW,
        "totals": totals or Totals(276, 2, 100, 10, 12, Durations(90, 10, 13.0, 12.8, 24.1, 30.0)),
        "change": change,
        "figures": tuple(map(_hour, range(BUCKETS))),
        "last_seen": NOW - 2,
        "restarts": (),
    }
    return Overview(**(fields | changed))  # type: ignore[arg-type]


def _hour(hour: int) -> Totals:
    times = Durations(1, 0, 10.0 + hour, 10.0 + hour, 20.0, 30.0)
    failures = int(hour >= BUCKETS - 2)
    return Totals(hour, failures, hour, 0, hour, times, {"comfy": hour - failures}, times)


def empty_overview(**changed: object) -> Overview:
    """An overview of 24 hours without anything in them."""
    nothing = Totals()
    return overview(totals=Totals(), **({"figures": (nothing,) * BUCKETS, "last_seen": None} | changed))


def charts(of: Overview, resets: tuple[float, ...] = ()) -> Mapping[str, AnyChart]:
    """The page's charts of an overview; a quarter of the commands are called "redux", the others "comfy"."""
    counts = [
        happened(
            {"comfy": each.commands - each.commands // 4, "redux": each.commands // 4},
            images=each.images,
            took=(each.generation.p50,) if each.generation.p50 else (),
        )
        for each in of.figures
    ]
    page = page_input(of.buckets, counts, of.now, last_seen=of.last_seen, resets=resets)
    shown: Content = OVERVIEW.present(page)
    return shown.charts


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
    extra = of or overview()
    resets: Any = changed.get("resets", ())
    fields: dict[str, object] = {
        "taken": NOW,
        "condition": Condition.LIVE,
        "progress": 1.0,
        "source": SOURCE,
        "page": "overview",
        "content": Content(charts(extra, resets), (), tiles(extra), extra),
        "choice": "24h",
        "buckets": extra.buckets,
        "last_seen": extra.last_seen,
        "last_ids": {},
        "events": shown,
    }
    return Snapshot(**(fields | changed))  # type: ignore[arg-type]
