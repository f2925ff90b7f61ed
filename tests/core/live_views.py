"""Live views driven by hand, to where they come to rest."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.time_ranges import CHOICES

ZONE = ZoneInfo("Europe/Berlin")
ALL = CHOICES["all"]
WAIT_SECONDS = 30.0


def settle(view: LiveView) -> Snapshot | None:
    """Go on until history is loaded and nothing more is new; the last snapshot there was."""
    latest = None
    for _ in range(10_000):
        snapshot = view.advance()
        latest = snapshot or latest
        if snapshot is None and not view.loading:
            return latest
    raise AssertionError("it never comes to rest")


def totals(snapshot: Snapshot | None) -> tuple[int, int]:
    assert snapshot is not None
    return snapshot.content.extra.totals.commands, snapshot.content.extra.totals.images
