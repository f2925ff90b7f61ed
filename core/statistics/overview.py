"""What the Overview page shows, read from an aggregate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.statistics.results import MOST_NAMES, Change, Closer, Overview, command_breakdown, timeline, top, totals
from core.statistics.window import Aggregate
from core.statistics.zoom import Detail

_TOP_COMMANDS: Final = 24


def overview(aggregate: Aggregate, now: float, last_seen: float | None, detail: Detail | None = None) -> Overview:
    """Everything the Overview page shows of the aggregate's window at ``now``.

    ``last_seen`` is the newest row's time in epoch seconds, whatever the range; ``detail`` has finer buckets for a
    part of the window that the host zoomed in on.
    """
    cell = aggregate.whole.cell
    names = [name for name, _ in top(_succeeded(cell.commands, cell.failures), MOST_NAMES)]
    buckets = aggregate.window.buckets
    return Overview(
        buckets=buckets,
        complete_until=now,
        totals=totals(cell),
        change=_change(aggregate),
        timeline=timeline((aggregate.figures(start) for start in buckets.edges[:-1]), names),
        top_commands=command_breakdown(cell, _TOP_COMMANDS),
        last_seen=last_seen,
        restarts=tuple(sorted(cell.restarts)),
        closer=Closer(detail.buckets, timeline(detail.figures, names)) if detail and detail.finer else None,
    )


def _succeeded(commands: Mapping[str, int], failures: Mapping[str, int]) -> dict[str, int]:
    return {name: runs - failures.get(name, 0) for name, runs in commands.items()}


def _change(aggregate: Aggregate) -> Change | None:
    window = aggregate.window
    if window.previous is None:
        return None
    words = window.choice.title if window.choice.key != "custom" else "the same time"
    return Change(totals(aggregate.complete.cell), totals(aggregate.previous.cell), f"{words} before")
