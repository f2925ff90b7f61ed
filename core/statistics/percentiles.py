"""Percentiles of durations from a log-bucketed histogram.

Each step is 2 % wider than the one before (the idea of DDSketch, Masson et al., VLDB 2019), so a percentile
is within 1 % of the exact one, whatever the range. Histograms of parts add up to the histogram of the whole,
which exact percentiles do not: that is what lets a refresh cost only what is new.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

GROWTH: Final = 1.02
RELATIVE_ERROR: Final = 0.01
"""How far a percentile may lie from the exact one, as a share of it."""

SHORTEST: Final = 1e-4
"""Seconds. Shorter durations count as this long."""

_LOG_GROWTH: Final = math.log(GROWTH)


def steps(durations: NDArray[np.float64]) -> NDArray[np.int64]:
    """The histogram step of each duration (seconds, finite)."""
    return np.ceil(np.log(np.maximum(durations, SHORTEST)) / _LOG_GROWTH).astype(np.int64)


def duration(step: int) -> float:
    """The duration in seconds that stands for a step: at most 1 % from any in it."""
    return 2 * math.exp(step * _LOG_GROWTH) / (1 + GROWTH)


def percentiles(histogram: Mapping[int, int], shares: Iterable[float]) -> tuple[float | None, ...]:
    """The duration at or below which each share (0 to 1) of the histogram lies: the nearest-rank percentile.

    ``histogram`` counts by step. All None where it is empty.
    """
    total = sum(histogram.values())
    if not total:
        return tuple(None for _ in shares)
    ordered = sorted(histogram)
    reached = np.cumsum([histogram[step] for step in ordered])
    return tuple(duration(ordered[int(np.searchsorted(reached, _rank(share, total)))]) for share in shares)


def percentiles_by_group(
    groups: NDArray[np.int64],
    steps: NDArray[np.int64],
    counts: NDArray[np.int64],
    shares: Sequence[float],
    number: int,
) -> NDArray[np.float64]:
    """:func:`percentiles` of many histograms at once, a row for each of ``number`` groups, a column a share.

    A histogram's steps are those with its group's number. Not a number where a group has none.
    """
    order = np.lexsort((steps, groups))
    groups, steps, counts = groups[order], steps[order], counts[order]
    totals = np.bincount(groups, counts, number).astype(np.int64)
    reached, before = np.cumsum(counts), np.cumsum(totals) - totals
    found = np.full((number, len(shares)), np.nan)
    known = totals > 0
    for place, share in enumerate(shares):
        rank = np.maximum(1, np.ceil(share * totals)).astype(np.int64)
        step = steps[np.searchsorted(reached, (before + rank)[known])]
        found[known, place] = 2 * np.exp(step * _LOG_GROWTH) / (1 + GROWTH)
    return found


def _rank(share: float, total: int) -> int:
    return max(1, math.ceil(share * total))
