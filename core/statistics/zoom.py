"""Finer buckets for the part of a range that the host zoomed in on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from core.statistics.bucket_counts import BucketCounts
from core.statistics.results import Totals
from core.statistics.window import Aggregate
from core.time_ranges import CHOICES, Buckets, TimeRange, Window, cut, spanning

Derived = TypeVar("Derived")

_MARGIN = 0.5
"""How much more than what is seen is read at either side, so that a little panning finds it there."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Buckets of one or two widths, and what happened in them.

    Attributes:
        buckets: all of them; the label names the finer width.
        finer: whether some are finer than the range's own.
    """

    buckets: Buckets
    finer: bool
    _sources: tuple[Aggregate, ...]

    @property
    def cells(self) -> tuple[BucketCounts, ...]:
        """A cell a bucket, not to be altered."""
        return tuple(source.cells[start] for source, start in self._places())

    @property
    def figures(self) -> tuple[Totals, ...]:
        """What the charts show of each bucket."""
        return tuple(source.figures(start) for source, start in self._places())

    def derived(self, make: Callable[[BucketCounts, float, float], Derived]) -> tuple[Derived, ...]:
        """What ``make`` makes of each bucket (its cell, start and end); made anew only where a bucket has changed."""
        ends = self.buckets.edges[1:]
        return tuple(
            source.derived(make, start, end) for (source, start), end in zip(self._places(), ends, strict=True)
        )

    def _places(self) -> Iterable[tuple[Aggregate, float]]:
        return zip(self._sources, self.buckets.edges[:-1], strict=True)


def closer(whole: Buckets, view: TimeRange) -> Window | None:
    """The window of finer buckets for what is seen of some buckets; None where there are no finer ones.

    It begins and ends at edges of theirs; what lies between those and the surroundings of what is seen is one bucket
    at either side.
    """
    seen = spanning(view, whole.zone)
    if _narrowest(seen.edges) >= _narrowest(whole.edges):
        return None
    margin = _MARGIN * (view.end - view.start)
    near = TimeRange(max(view.start - margin, whole.edges[0]), min(view.end + margin, whole.edges[-1]))
    start = max((edge for edge in whole.edges[:-1] if edge <= near.start), default=whole.edges[0])
    end = min((edge for edge in whole.edges[1:] if edge >= near.end), default=whole.edges[-1])
    inner = (edge for edge in cut(near, seen.label, whole.zone).edges[1:-1] if start < edge < end)
    return Window(CHOICES["custom"], Buckets((start, *inner, end), seen.label, whole.zone), None)


def spliced(main: Aggregate, closeup: Aggregate | None) -> Detail:
    """The buckets of a range, with those of a closer look in the place of the ones that it covers."""
    edges, label = list(main.window.buckets.edges), main.window.buckets.label
    source = {start: main for start in edges[:-1]}
    fine = closeup.window.buckets if closeup is not None else None
    if closeup is not None and fine is not None and _fits(main.window.buckets, fine):
        inside = fine.range
        source = {start: main for start in edges[:-1] if not inside.start <= start < inside.end}
        source |= dict.fromkeys(fine.edges[:-1], closeup)
        edges = [*sorted(source), edges[-1]]
        label = fine.label
    buckets = Buckets(tuple(edges), label, main.window.buckets.zone)
    return Detail(buckets, closeup in source.values(), tuple(source[start] for start in edges[:-1]))


def _fits(whole: Buckets, fine: Buckets) -> bool:
    """Whether a closer look still lies on the edges of a range that has moved on since."""
    return fine.range.start in whole.edges and fine.range.end in whole.edges


def _narrowest(edges: Iterable[float]) -> float:
    return min(later - earlier for earlier, later in pairwise(edges))
