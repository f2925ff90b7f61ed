"""Time ranges, buckets, and the host's days across changes of the clocks.

Times are epoch seconds (float, UTC) everywhere; a zone is only asked where a day, an hour or a label is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open span ``[start, end)`` of epoch seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Buckets:
    """Adjacent half-open spans: bucket ``i`` is ``[edges[i], edges[i + 1])``.

    Attributes:
        edges: n + 1 ascending epoch seconds for n buckets.
        label: the width in words: "30 min", "1 day".
        zone: the time zone whose hours and days the edges follow.
    """

    edges: tuple[float, ...]
    label: str
    zone: ZoneInfo
