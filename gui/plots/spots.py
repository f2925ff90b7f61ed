"""Which point of a scatter is meant: by the mouse, by the keys, after a refresh; and what is read off it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.charts import Mark, Opens, Scatter
from core.filters import Field, Term
from core.formatting import count, one_line, seconds
from core.layers import Numbers
from core.periods import MINUTE, local_time
from core.spans import clock, span_words, weekday_month_day
from gui.plots.points import Points
from gui.plots.reading import Reading, Row, value_text

REACH: Final = 24.0
"""Pixels around the mouse within which a point is meant by it."""

_BESIDE: Final = 5.0
"""Pixels: points that lie so close to each other can't be told apart."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A point: its cloud, its place in the cloud's arrays, and what it stands for."""

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
        after, before = self.time - half, math.nextafter(self.time + half, math.inf)
        slower, faster = math.nextafter(self.seconds * (1 - error), 0.0), self.seconds * (1 + error)
        limits = (Term(Field.SLOWER, slower), Term(Field.FASTER, math.nextafter(faster, math.inf)))
        return Opens(opens.table, opens.chosen.within(after, before).plus(*limits))


class Pixels:
    """How times and durations lie on the canvas: pixels for each second, and pixels for each duration."""

    def __init__(self, left: float, start: float, second: float, y: Numbers | None = None) -> None:
        self.left, self.start, self.second, self.y = left, start, second, y

    def x(self, times: Numbers) -> Numbers:
        """Where moments lie."""
        return self.left + (times - self.start) * self.second


def nearest(points: Sequence[Points], near: tuple[float, float], scale: Scale) -> tuple[Spot, int] | None:
    """The point that is nearest to a place in pixels, at most :data:`REACH` away, and how many others lie beside it."""
    best: tuple[float, Spot] | None = None
    distances: list[Numbers] = []
    for each in points:
        seen = each.within(scale.time(near[0] - REACH), scale.time(near[0] + REACH))
        squared = (scale.x(each.times[seen]) - near[0]) ** 2 + (scale.y(each.seconds[seen]) - near[1]) ** 2
        if not squared.size:
            continue
        at = int(squared.argmin())
        distances.append(squared)
        if squared[at] <= REACH**2 and (best is None or squared[at] < best[0]):
            best = float(squared[at]), Spot(each, seen.start + at)
    if best is None:
        return None
    return best[1], beside(points, best[1], scale)


def beside(points: Sequence[Points], spot: Spot, scale: Scale) -> int:
    """How many other points lie so close to one that they can't be told from it."""
    x, y = scale.x(np.array([spot.time]))[0], scale.y(np.array([spot.seconds]))[0]
    found = 0
    for each in points:
        seen = each.within(scale.time(x - _BESIDE), scale.time(x + _BESIDE))
        squared = (scale.x(each.times[seen]) - x) ** 2 + (scale.y(each.seconds[seen]) - y) ** 2
        found += int((squared <= _BESIDE**2).sum())
    return max(0, found - 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where times and durations lie on the canvas, in pixels."""

    left: float
    start: float
    second: float
    top: float
    height: float
    bounds: tuple[float, float]
    logarithmic: bool

    def x(self, times: Numbers) -> Numbers:
        """Where moments lie."""
        return self.left + (times - self.start) * self.second

    def time(self, x: float) -> float:
        """Which moment lies there."""
        return self.start + (x - self.left) / self.second

    def y(self, took: Numbers) -> Numbers:
        """Where durations lie."""
        values = np.log10(np.maximum(took, 10.0 ** self.bounds[0])) if self.logarithmic else took
        low, high = self.bounds
        return self.top + (high - values) / (high - low) * self.height


def same(points: Sequence[Points], before: Spot) -> Spot | None:
    """The same point among new ones; None where it is no longer there."""
    for each in points:
        if each.points_of == before.points.points_of:
            span = each.within(before.time, before.time)
            hits = np.flatnonzero(each.seconds[span] == before.seconds)
            if hits.size:
                return Spot(each, span.start + int(hits[0]))
    return None
