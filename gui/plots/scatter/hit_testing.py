"""Which point of a scatter is meant, by the mouse or by the keys, and what is read off it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.charts.geometry import Numbers
from core.charts.specs import Chart, Mark, Opens, Scatter
from core.filters import Field, Term
from core.text.dates import clock, weekday_month_day
from core.text.formatting import count, one_line, seconds
from core.text.translation import gettext as _
from core.time_ranges import MINUTE, TimeRange, local_time
from gui.plots.scatter.points import Points
from gui.plots.shared.tooltip_text import Reading, ReadingRow, read_bucket

REACH: Final = 24.0
"""Pixels around the mouse within which a point is meant by it."""

_BESIDE: Final = 5.0
"""Pixels: points that lie so close to each other can't be told apart."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point: its cloud, and its place in the cloud's arrays."""

    points: Points
    place: int

    @property
    def time(self) -> float:
        """Epoch seconds."""
        return float(self.points.times[self.place])

    @property
    def seconds(self) -> float:
        """Its duration."""
        return float(self.points.seconds[self.place])

    @property
    def count(self) -> int:
        """How many rows stand there."""
        return int(self.points.counts[self.place])

    def opens(self, precision: tuple[float, float]) -> Opens | None:
        """The rows behind it: those within the chart's precision of its time and its duration."""
        opens = self.points.cloud.opens
        if opens is None:
            return None
        half, error = precision
        span = TimeRange(self.time - half, math.nextafter(self.time + half, math.inf))
        slower = Term(Field.SLOWER, math.nextafter(self.seconds * (1 - error), -math.inf))
        faster = Term(Field.FASTER, math.nextafter(self.seconds * (1 + error), math.inf))
        return Opens(opens.table, opens.chosen.within(span.start, span.end).plus(slower, faster))


@dataclass(frozen=True, slots=True)
class PointScale:
    """Where times and durations lie on the canvas.

    Attributes:
        left, start, second: the x of a moment, and how many pixels a second has.
        top, height: of the plot area, in pixels.
        low, high: the ends of the value axis; logarithms where it is ``logarithmic``.
    """

    left: float
    start: float
    second: float
    top: float
    height: float
    low: float
    high: float
    logarithmic: bool

    def x(self, times: Numbers) -> Numbers:
        """Where moments lie."""
        return self.left + (times - self.start) * self.second

    def y(self, took: Numbers) -> Numbers:
        """Where durations lie."""
        values = np.log10(np.maximum(took, 10.0**self.low)) if self.logarithmic else took
        return self.top + (self.high - values) / (self.high - self.low) * self.height

    def place(self, spot: Spot) -> tuple[float, float]:
        """Where a point lies."""
        return float(self.x(np.array(spot.time))), float(self.y(np.array(spot.seconds)))

    def around(self, points: Points, x: float, y: float, reach: float) -> tuple[slice, Numbers]:
        """The points that are at most so far away to the left or right, and their distances, squared."""
        middle, half = self.start + (x - self.left) / self.second, reach / self.second
        seen = points.within(middle - half, middle + half)
        squared = (self.x(points.times[seen]) - x) ** 2 + (self.y(points.seconds[seen]) - y) ** 2
        return seen, squared


def nearest(clouds: Sequence[Points], x: float, y: float, scale: PointScale) -> Spot | None:
    """The point that is nearest to a place in pixels, at most :data:`REACH` away."""
    best, found = REACH**2, None
    for points in clouds:
        seen, squared = scale.around(points, x, y, REACH)
        at = int(squared.argmin()) if squared.size else 0
        if squared.size and squared[at] <= best:
            best, found = float(squared[at]), Spot(points, seen.start + at)
    return found


def beside(clouds: Sequence[Points], spot: Spot, scale: PointScale) -> int:
    """How many other points lie so close to one that they can't be told from it."""
    x, y = scale.place(spot)
    close = (int((scale.around(points, x, y, _BESIDE)[1] <= _BESIDE**2).sum()) for points in clouds)
    return max(0, sum(close) - 1)


def same(clouds: Sequence[Points], before: Spot) -> Spot | None:
    """The point among new ones that has its cloud's name, time and duration; None where it is no longer there."""
    for points in clouds:
        if points.cloud.name == before.points.cloud.name:
            span = points.within(before.time, before.time)
            hits = np.flatnonzero(points.seconds[span] == before.seconds)
            return Spot(points, span.start + int(hits[0])) if hits.size else None
    return None


def beyond(clouds: Sequence[Points], edges: Numbers, spot: Spot, by: int) -> Spot | None:
    """The point of the next (1) or last (-1) bucket with points whose duration is most like that of ``spot``."""
    bucket = bucket_of(edges, spot.time)
    if by > 0:
        later = [float(p.times[i]) for p in clouds if (i := np.searchsorted(p.times, edges[bucket + 1])) < len(p.times)]
        times = [time for time in later if time <= edges[-1]]
        target = min(times, default=None)
    else:
        sooner = [float(p.times[i - 1]) for p in clouds if (i := np.searchsorted(p.times, edges[bucket])) > 0]
        target = max((time for time in sooner if time >= edges[0]), default=None)
    return None if target is None else _most_like(within_bucket(clouds, edges, bucket_of(edges, target)), spot.seconds)


def higher(clouds: Sequence[Points], edges: Numbers, spot: Spot, by: int) -> Spot | None:
    """The point of the same bucket that took longer (1) or shorter (-1) by the least."""
    ordered = sorted(within_bucket(clouds, edges, bucket_of(edges, spot.time)), key=lambda each: each.seconds)
    if by > 0:
        return next((each for each in ordered if each.seconds > spot.seconds), None)
    return next((each for each in reversed(ordered) if each.seconds < spot.seconds), None)


def outermost(clouds: Sequence[Points], edges: Numbers, view: TimeRange, *, last: bool) -> Spot | None:
    """The slowest point of the first or last bucket of a view that has points."""
    seen = [
        (points.times[s], points, s) for points in clouds if (s := points.within(view.start, view.end)).stop > s.start
    ]
    ends = [float(times[-1 if last else 0]) for times, _values, _points in seen]
    if not ends:
        return None
    bucket = bucket_of(edges, max(ends) if last else min(ends))
    inside = (spot for spot in within_bucket(clouds, edges, bucket) if view.start <= spot.time <= view.end)
    return max(inside, key=lambda spot: spot.seconds)


def within_bucket(clouds: Sequence[Points], edges: Numbers, bucket: int) -> Iterator[Spot]:
    """The points of a bucket."""
    for points in clouds:
        first, end = np.searchsorted(points.times, edges[bucket : bucket + 2], "left")
        last = int(np.searchsorted(points.times, edges[-1], "right")) if bucket == len(edges) - 2 else int(end)
        yield from (Spot(points, place) for place in range(int(first), last))


def bucket_of(edges: Numbers, time: float) -> int:
    """The bucket that holds a moment; the first or last one for moments outside."""
    return min(max(int(np.searchsorted(edges, time, "right")) - 1, 0), len(edges) - 2)


def read_spot(spot: Spot, close: int, chart: Scatter, lines: Chart, hidden: frozenset[str]) -> Reading:
    """A point in words, with the percentiles of its bucket; ``close`` others can't be told from it."""
    bucket = bucket_of(np.array(chart.edges), spot.time)
    many = f" × {count(spot.count)}" if spot.count > 1 else ""
    cloud = spot.points.cloud
    rows = [ReadingRow(one_line(cloud.name, 60), f"{seconds(spot.seconds)}{many}", cloud.ink, Mark.BAR, chosen=True)]
    rows += [ReadingRow(_("points right beside it"), f"+{count(close)}", None, Mark.BAR)] if close else []
    return Reading(_moment(spot.time, chart), (*rows, *read_bucket(lines, bucket, hidden).rows))


def _moment(time: float, chart: Scatter) -> str:
    """A point's time, no finer than it is known."""
    local = local_time(time, chart.zone)
    about = "about " if chart.precision[0] >= 1.0 else ""
    return f"{weekday_month_day(local.date())}, {about}{clock(local, chart.precision[0] < MINUTE / 2)}"


def _most_like(spots: Iterator[Spot], took: float) -> Spot | None:
    return min(spots, key=lambda spot: abs(math.log(spot.seconds / took)), default=None)
