"""A chart's numbers made ready to draw: stacked, in arrays, with gaps as NaN. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.charts.specs import Chart, Ink, Mark, Marker, Series
from core.text.formatting import counted
from core.text.translation import gettext as _

Numbers = NDArray[np.float64]

STILL_FILLING: Final = 0.45
"""Strength of the bar whose time is not over, relative to the others."""

_BEHIND_LINES: Final = 0.62
"""Strength of bars that have lines in front of them."""

MOST_LINES: Final = 8
"""Markers of one kind that a chart has room for as lines."""

Dash = tuple[float, ...]
"""Lengths in pixels of strokes and the gaps between them, in turn; empty: one stroke."""

_DASHES: Final[dict[Mark, tuple[Dash, ...]]] = {
    Mark.BAR: ((),),
    Mark.LINE: ((), (10.0, 3.0), (10.0, 3.0, 2.0, 3.0), (16.0, 4.0)),
    Mark.TICK: ((),),
    Mark.DASHED: ((4.0, 3.0), (1.5, 2.5), (6.0, 2.0, 1.5, 2.0), (2.5, 5.0)),
}
"""The first, second … line of a chart: no two of them need their colours to be told apart."""


@dataclass(frozen=True, slots=True)
class BarLayer:
    """One series of stacked bars: from ``bottoms`` to ``tops``, one of each a bucket."""

    ink: Ink
    bottoms: Numbers
    tops: Numbers

    def ceiling(self, floor: Numbers, scale: float) -> Numbers:
        """How high the bars reach in whole device pixels; ``scale`` of them make a unit, ``floor`` is where they begin.

        What is there is seen: one failure among thousands still gets a pixel.
        """
        least = floor + np.where(self.tops > self.bottoms, 1.0, 0.0)
        return np.maximum(np.rint(self.tops * scale), least)


@dataclass(frozen=True, slots=True)
class LineLayer:
    """One line: a value a bucket, NaN where nothing is known; ``dash`` is its rhythm among the chart's lines.

    ``tick``: it is a level stroke as wide as each bucket, and no line.
    """

    ink: Ink
    values: Numbers
    dashed: bool
    right: bool
    dash: Dash = ()
    tick: bool = False


@dataclass(frozen=True, slots=True)
class BandLayer:
    """The tinted area between two lines."""

    ink: Ink
    lower: Numbers
    upper: Numbers
    right: bool


@dataclass(frozen=True, slots=True)
class Layers:
    """Everything that is drawn of a chart.

    Attributes:
        edges: n + 1 epoch seconds.
        bars: bottom to top.
        lines: in the order of drawing.
        bands: drawn beneath the lines.
        partial_from: the first bucket that is still filling; n where all are complete.
    """

    edges: Numbers
    bars: tuple[BarLayer, ...]
    lines: tuple[LineLayer, ...]
    bands: tuple[BandLayer, ...]
    partial_from: int

    @property
    def bar_strength(self) -> float:
        """How much of their colour the bars keep, 0 to 1."""
        return _BEHIND_LINES if any(not line.tick for line in self.lines) else 1.0

    def visible(self, start: float, end: float) -> slice:
        """The buckets that overlap ``[start, end)``."""
        first = int(np.searchsorted(self.edges, start, "right")) - 1
        last = int(np.searchsorted(self.edges, end, "left"))
        return slice(max(0, first), max(0, min(last, len(self.edges) - 1)))

    def peak(self, buckets: slice, right: bool) -> float:
        """The highest value among some buckets on one of the axes; 0.0 where there is none."""
        return max((float(part.max()) for part in self._known(buckets, right)), default=0.0)

    def least(self, buckets: slice, right: bool) -> float:
        """The lowest value above zero among some buckets on one of the axes; 0.0 where there is none."""
        above = (part[part > 0] for part in self._known(buckets, right))
        return min((float(part.min()) for part in above if part.size), default=0.0)

    def _known(self, buckets: slice, right: bool) -> Iterator[Numbers]:
        drawn = [line.values for line in self.lines if line.right == right]
        drawn += [self.bars[-1].tops] if self.bars and not right else []
        for values in drawn:
            if (part := values[buckets][np.isfinite(values[buckets])]).size:
                yield part


def layers_of(chart: Chart, hidden: frozenset[str] = frozenset()) -> Layers:
    """The layers of a chart without its ``hidden`` series; what is left is stacked anew."""
    shown = [series for series in chart.series if series.name not in hidden]
    dashes = dict(zip((series.name for series in chart.series), dashes_of(chart.series), strict=True))
    edges = np.array(chart.edges, dtype=np.float64)
    complete = int(np.searchsorted(edges, chart.complete_until, "right")) - 1
    return Layers(
        edges,
        tuple(_stacked([series for series in shown if series.mark is Mark.BAR], len(edges) - 1)),
        tuple(_line(series, dashes[series.name]) for series in shown if series.mark is not Mark.BAR),
        tuple(_bands(shown)),
        min(max(complete, 0), len(edges) - 1),
    )


def dashes_of(series: Sequence[Series]) -> Iterator[Dash]:
    """The rhythm of each series' line, by its place among all series: hiding one leaves the others as they are."""
    before: Counter[Mark] = Counter()
    for each in series:
        rhythms = _DASHES[each.mark]
        yield rhythms[before[each.mark] % len(rhythms)]
        before[each.mark] += 1


def lines_and_ticks(
    markers: Sequence[Marker], start: float, end: float
) -> tuple[tuple[Marker, ...], tuple[float, ...]]:
    """What of a chart's markers in ``[start, end]`` is drawn as a line, and the times of those that are short ticks.

    More than :data:`MOST_LINES` restarts would stand like a fence before the bars.
    """
    seen = tuple(marker for marker in markers if start <= marker.time <= end)
    routine = tuple(marker.time for marker in seen if marker.routine)
    if len(routine) <= MOST_LINES:
        return seen, ()
    return tuple(marker for marker in seen if not marker.routine), routine


def restarts_words(number: int) -> str:
    """What stands beside ticks: ``41 restarts of the bot``."""
    return _("{counted} of the bot").format(counted=counted(number, "{count} restart", "{count} restarts"))


def runs(known: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Half-open index ranges in which ``known`` is true throughout: the chunks of a line with gaps."""
    padded = np.concatenate(([False], known, [False])).astype(np.int8)
    changes = np.flatnonzero(np.diff(padded))
    yield from ((int(a), int(b)) for a, b in zip(changes[::2], changes[1::2], strict=True))


def is_joined(first: int, last: int) -> bool:
    """Whether the points of a run make a line: one or two between gaps are dots, or they would be stray strokes."""
    return last - first >= _FEWEST_JOINED


_FEWEST_JOINED: Final = 3


def blended(colour: str, ground: str, strength: float) -> str:
    """The opaque colour that looks like ``colour`` at an opacity on ``ground``: cheaper to fill with.

    Colours are ``#rrggbb``, ``strength`` is 0 to 1.
    """
    pairs = zip(bytes.fromhex(colour[1:]), bytes.fromhex(ground[1:]), strict=True)
    return "#" + bytes(round(below + (above - below) * strength) for above, below in pairs).hex()


def _numbers(series: Series) -> Numbers:
    """What can be drawn; the unknown and the impossible (infinite, below zero) are NaN."""
    values = np.array(series.values, dtype=np.float64)
    values[~np.isfinite(values) | (values < 0)] = np.nan
    return values


def _stacked(bars: list[Series], buckets: int) -> Iterator[BarLayer]:
    below = np.zeros(buckets)
    for series in bars:
        above = below + np.nan_to_num(_numbers(series))
        yield BarLayer(series.ink, below, above)
        below = above


def _line(series: Series, dash: Dash) -> LineLayer:
    return LineLayer(
        series.ink, _numbers(series), series.mark is Mark.DASHED, series.right, dash, series.mark is Mark.TICK
    )


def _bands(shown: list[Series]) -> Iterator[BandLayer]:
    by_name = {series.name: series for series in shown}
    for series in shown:
        if series.band_to is not None and (other := by_name.get(series.band_to)) is not None:
            yield BandLayer(series.ink, _numbers(series), _numbers(other), series.right)
