"""What the pages' benchmark does inside the window's process: turn through a page's sections beside a busy bot."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.feed.snapshot import Condition, Snapshot
from tests.benchmarks.window_probe import RATE, ROOT, WRITER
from tests.benchmarks.window_watch import Probe

WARM_UP = 0.2
"""The share of the time in which every section is seen once, before anything is measured."""
SETTLING = 0.6
"""Seconds after a turn to another section in which it may lay itself out."""
_MARKS_A_SECOND = 5.0
_OVERTAKEN = 2.0
"""Seconds after which a marked row won't be painted any more: newer ones have taken its place in the list of events."""


def page(probe: Probe, database: str, seconds: float) -> dict[str, Any]:
    """For each section of the page that is shown, how long the UI thread was held up, and what refreshes cost."""
    probe.until(_is_whole(probe))
    rested = probe.byte_size()
    with _bot(database):
        probe.until(lambda snapshot: any(snapshot.taken - (event.timestamp or 0) < 1 for event in snapshot.events))
        _round(probe, seconds * WARM_UP)
        before, began = probe.byte_size(), time.monotonic()
        with _marks(probe, database, seconds * (1 - WARM_UP)) as latencies:
            sections = _round(probe, seconds * (1 - WARM_UP))
        after, minutes = probe.byte_size(), (time.monotonic() - began) / 60
    return {"sections": sections, "latencies": latencies, "bytes": [rested, before, after], "minutes": minutes}


def _round(probe: Probe, seconds: float) -> dict[str, Any]:
    """Every section for its share of the time; by its title."""
    switch = getattr(probe.window.live.pages[probe.window.live.page], "sections", None)
    titles = [button.text() for button in switch.group.buttons()] if switch is not None else []
    found, share = {}, seconds / max(1, len(titles))
    for number, title in enumerate(titles or ["all of it"]):
        if switch is not None:
            switch.set_current(number)
        probe.rest(min(SETTLING, share / 2))
        found[title] = _watch(probe, max(share - SETTLING, share / 2))
    return found


def _watch(probe: Probe, seconds: float) -> dict[str, Any]:
    refreshes: list[float] = []

    def note(snapshot: Snapshot) -> None:
        refreshes.append(snapshot.source.refresh_seconds)

    probe.window.snapshot_shown.connect(note)
    used = probe.processor_time()
    with probe.holdups() as holdups:
        probe.rest(seconds)
    probe.window.snapshot_shown.disconnect(note)
    share = (probe.processor_time() - used) / seconds
    return {"wall": holdups.wall, "cpu": holdups.cpu, "refreshes": refreshes, "share": share, "seconds": seconds}


@contextmanager
def _bot(database: str) -> Iterator[None]:
    """The simulated bot, in a process of its own, as long as this lasts."""
    command = [sys.executable, "-m", "core.cli.main", "simulate", database, "--days", "0", "--rate", str(RATE)]
    with subprocess.Popen(
        [*command, "--until-stdin-ends"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as bot:
        try:
            yield
        finally:
            assert bot.stdin is not None
            bot.stdin.close()


@contextmanager
def _marks(probe: Probe, database: str, seconds: float) -> Iterator[list[float]]:
    """Rows of a second writer, of which it is known when they were committed and when they were painted.

    One that was overtaken by so many others between two refreshes that it was never shown counts as infinitely late.
    """
    number = max(1, int(seconds * _MARKS_A_SECOND * 0.8))
    painted: dict[str, float] = {}

    def note(snapshot: Snapshot) -> None:
        now = time.time()
        for event in snapshot.events:
            if event.user_id.startswith(WRITER):
                painted.setdefault(event.user_id, now)

    command = [sys.executable, "-m", "tests.benchmarks.window_probe", "write", database, str(number)]
    latencies: list[float] = []
    probe.painted.connect(note)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield latencies
        assert process.stdout is not None
        written = json.loads(process.stdout.read())
    last = time.time()
    if len(painted) < number:
        probe.until(lambda snapshot: len(painted) == number or snapshot.taken > last + _OVERTAKEN)
    probe.painted.disconnect(note)
    latencies.extend(painted.get(f"{WRITER}{i}", math.inf) - commit for i, (_, commit) in enumerate(written))


def _is_whole(probe: Probe) -> Any:
    """Whether the page that is shown has all that it reads."""

    def whole(snapshot: Snapshot) -> bool:
        shown = snapshot.page == probe.window.live.page and snapshot.choice == "24h"
        return shown and snapshot.complete and snapshot.condition is Condition.LIVE

    return whole
