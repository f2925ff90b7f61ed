"""A logarithmic axis of durations: how far it reaches, and its ticks in round seconds, minutes, hours, days."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.text.formatting import NO_BREAK, seconds

LEAST: Final = 1e-4
"""Seconds. Shorter ones are drawn as this: nothing that we time is."""

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
_DECADES: Final = tuple(10.0**power for power in range(-4, 2))
_ROUND: Final = (*_DECADES, _MINUTE, 10 * _MINUTE, _HOUR, 10 * _HOUR, *(_DAY * 10.0**power for power in range(5)))
_HALVED: Final = tuple(
    sorted(
        {step * _DECADES[i] for i in range(5) for step in (1.0, 2.0, 5.0)}
        | {10.0, 20.0, *(_MINUTE * n for n in (1, 2, 5, 10, 20)), *(_HOUR * n for n in (1, 2, 5, 10))}
        | {_DAY * n * 10.0**power for power in range(5) for n in (1, 2, 5)}
    )
)
_FINE: Final = tuple(
    sorted(
        {step * power for power in _DECADES[:-1] for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)}
        | {10.0, 12, 15, 20, 25, 30, 40, 50}
        | {unit * n for unit in (_MINUTE, _HOUR) for n in (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40)}
    )
)
_SETS: Final = (_FINE, _HALVED, _ROUND, _ROUND[::2], _ROUND[::4])
"""From the densest to the sparsest."""

_STAYS: Final = 1.6
"""A scale is kept while it is at most so many times as long as the one that would fit best."""


@dataclass(frozen=True, slots=True)
class LogScale:
    """An axis of durations from ``low`` to ``high`` seconds, by their logarithms."""

    low: float
    high: float

    @property
    def bounds(self) -> tuple[float, float]:
        """Its ends as logarithms to the base 10."""
        return math.log10(self.low), math.log10(self.high)

    def share(self, value: float) -> float:
        """How far up the axis a duration lies: 0 at ``low``, 1 at ``high``; what is below lies at 0."""
        first, last = self.bounds
        return (math.log10(max(value, self.low)) - first) / (last - first)

    def labelled(self, most: int) -> tuple[tuple[float, str], ...]:
        """Ticks with their labels, by logarithm; at most ``most`` of them."""
        return tuple((math.log10(value), duration_label(value)) for value in log_ticks(self.low, self.high, most))


def log_scale(least: float, peak: float, before: LogScale | None = None) -> LogScale:
    """A scale that holds durations from ``least`` to ``peak`` seconds; ``before`` while that still suits."""
    low = max((tick for tick in _HALVED if tick <= max(least, LEAST)), default=LEAST)
    high = next((tick for tick in _HALVED if tick >= peak), _HALVED[-1])
    best = LogScale(low, max(high, low * 10))
    if before is None or before.low > max(least, LEAST) or before.high < peak:
        return best
    length = [scale.bounds[1] - scale.bounds[0] for scale in (before, best)]
    return before if length[0] <= length[1] * _STAYS else best


def log_ticks(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round durations from ``low`` to ``high``, as many as there can be up to ``most``; at least one if any fits."""
    inside = [tuple(tick for tick in ticks if low * 0.9999 <= tick <= high * 1.0001) for ticks in _SETS]
    fitting = next((ticks for ticks in inside if 1 < len(ticks) <= most), None)
    return fitting if fitting is not None else next((ticks[:most] for ticks in inside if ticks), ())


def duration_label(value: float) -> str:
    """``5 ms``, ``0.1 s``, ``10 s``, ``1 min``, ``2 h``, ``1 d``; what is not round as durations are written."""
    for size, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1.0, "s")):
        if value >= size * 0.9999:
            amount = value / size
            return f"{amount:.6g}{NO_BREAK}{name}" if math.isclose(amount, round(amount, 1)) else seconds(value)
    return f"{value:.6g}{NO_BREAK}s" if value >= 0.0995 else f"{value * 1000:.3g}{NO_BREAK}ms"


def spread_labels(ticks: tuple[tuple[float, float, str], ...], apart: float) -> Iterator[tuple[float, float, str]]:
    """Of labels (middle, width, words), ascending, those that keep ``apart`` from the one before."""
    free = -math.inf
    for middle, width, words in ticks:
        if middle - width / 2 >= free:
            free = middle + width / 2 + apart
            yield middle, width, words
