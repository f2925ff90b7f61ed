"""Live views driven by hand, to where they come to rest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from core import live_view
from core.feed.snapshot import Snapshot
from core.filters import EVERYTHING, Filter
from core.live_view import LiveView
from core.presenters.overview import OVERVIEW
from core.presenters.presenter import PagePresenter
from core.storage import chunked_reads
from core.storage.location import Location
from core.time_ranges import CHOICES, RangeChoice

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


def next_snapshot(view: LiveView) -> Snapshot:
    """The next picture of what has changed: a burst of them is held back for a while, so that settling may see none."""
    until = monotonic() + WAIT_SECONDS
    while monotonic() < until:
        snapshot = view.advance()
        if snapshot is not None:
            return snapshot
    raise AssertionError("nothing new is shown")


def hold_after_each_chunk(monkeypatch: pytest.MonkeyPatch, rows: int = 300) -> None:
    """Let a look read one chunk of so many rows, and show what is known then."""
    monkeypatch.setattr(live_view, "LOADING_SECONDS", 0.0)
    monkeypatch.setattr(live_view.SnapshotPace, "is_due", lambda *_, **__: True)
    monkeypatch.setattr(chunked_reads.ChunkSize.__init__, "__defaults__", (rows, 200, rows, 0.015, 0.0))


def held(view: LiveView) -> Iterator[Snapshot]:
    """Every snapshot up to and with the one that knows everything."""
    for _ in range(10_000):
        snapshot = view.advance()
        if snapshot is not None:
            yield snapshot
        if not view.loading:
            return
    raise AssertionError("it never comes to rest")


def totals(snapshot: Snapshot | None) -> tuple[int, int]:
    assert snapshot is not None
    return snapshot.content.extra.totals.commands, snapshot.content.extra.totals.images


def take_snapshot(
    address: str | Path | Location,
    zone: ZoneInfo,
    choice: RangeChoice = CHOICES["24h"],
    *,
    chosen: Filter = EVERYTHING,
    presenter: PagePresenter = OVERVIEW,
) -> Snapshot:
    """Everything one look at a database shows, with its history read to the end.

    Raises:
        BotpulseError: the database can't be read.
    """
    view = LiveView(address, zone, choice, presenter=presenter)
    view.filter_by(chosen)
    try:
        while True:
            snapshot = view.advance()
            if view.fault is not None:
                raise view.fault
            if snapshot is not None and not view.loading:
                return snapshot
    finally:
        view.close()
