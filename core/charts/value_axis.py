"""How high a value axis reaches, and what its ticks say: round steps that stay put while values wobble.

From zero on for counts and durations; or, for durations alone, by their logarithms.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from core.charts.specs import Unit
from core.text.formatting import DAYS, HOURS, MILLISECONDS, MINUTES, NO_BREAK, SECONDS, compact, seconds, written

_HEADROOM: Final = 1.04
_STAYS_ABOVE: Final = 0.7
"""A scale is kept while the one that would fit best is at least this share of it."""

_COUNT_STEPS: Final = (1.0, 2.0, 5.0)
_SECOND_STEPS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600, 900, 1200, 1800)


LEAST: Final = 1e-4
"""Seconds. Shorter ones are drawn as this: nothing that we time is."""

_STAYS: Final = 1.6
"""A scale is kept while it is at most so many times as long as the one that would fit best."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from zero to ``count`` times ``step``."""

    step: float
    count: int

    @property
    def top(self) -> float:
        """The axis' upper end."""
        return self.step * self.count

    @property
    def bounds(self) -> tuple[float, float]:
        """The axis' ends."""
        return 0.0, self.top

    def share(self, value: float) -> float:
        """How far up the axis a value lies: 0 at its foot, 1 at its upper end."""
        return value / self.top

    @property
    def ticks(self) -> tuple[float, ...]:
        """``count`` + 1 values, zero and the top among them."""
        return tuple(self.step * i for i in range(self.count + 1))


def best_scale(peak: float, unit: Unit, counts: range) -> Scale:
    """The lowest scale that holds ``peak`` with some headroom, in as many intervals as ``counts`` allows."""
    fractions = 0 < peak < 1  # whole things are never fewer than one: it is a mean of them
    least = max(peak, 0.0) * _HEADROOM
    candidates = (Scale(_step(least / count, unit, fractions), count) for count in reversed(counts))
    return min(candidates, key=lambda scale: scale.top)


def settled_scale(peak: float, unit: Unit, counts: range, before: Scale | None) -> Scale:
    """:func:`best_scale`, but ``before`` as long as that still suits: axes must not jump at each refresh."""
    best = best_scale(peak, unit, counts)
    if before is None or before.count not in counts or before.top < peak:
        return best
    return before if best.top >= before.top * _STAYS_ABOVE else best


def labelled_ticks(scale: Scale, unit: Unit) -> tuple[tuple[float, str], ...]:
    """The ticks of a scale, each with its label."""
    return tuple((value, tick_label(value, scale, unit)) for value in scale.ticks)


def tick_label(value: float, scale: Scale, unit: Unit) -> str:
    """``20``, ``1.2k``; ``5 ms``, ``10 s``, ``2 min``, ``3 h``, in one unit for all ticks of a scale."""
    if unit is Unit.COUNT:
        return compact(value)
    if scale.step < 1:
        digits = max(0, -math.floor(math.log10(scale.step))) if scale.step > 0 else 0
        if digits <= 2:
            return f"{written(value, f'.{digits}f')}{NO_BREAK}{SECONDS}"
        return f"{written(value * 1000, '.2g')}{NO_BREAK}{MILLISECONDS}"
    for size, name in ((3_600, HOURS), (60, MINUTES), (1, SECONDS)):
        if scale.step % size == 0:
            return f"{compact(value / size)}{NO_BREAK}{name}"
    return f"{compact(value)}{NO_BREAK}{SECONDS}"


def _step(least: float, unit: Unit, fractions: bool) -> float:
    """The smallest round step that is not below ``least``."""
    if unit is Unit.COUNT:
        return _decimal_step(max(least, 0.001 if fractions else 1.0))
    if least <= 1:
        return max(_decimal_step(least) if least > 0 else 1.0, 1e-6)
    fitting = next((step for step in _SECOND_STEPS if step >= least), None)
    return float(fitting) if fitting else _decimal_step(least / 3_600) * 3_600


def _decimal_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next((m * power for m in _COUNT_STEPS if m * power >= least * (1 - 1e-9)), 10 * power)


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
    if fitting is not None:
        return fitting
    sparsest = next((ticks for ticks in reversed(inside) if len(ticks) > most), None)
    return next((ticks for ticks in inside if ticks), ()) if sparsest is None else _thinned(sparsest, most)


def _thinned(ticks: tuple[float, ...], most: int) -> tuple[float, ...]:
    """So many of more ticks, the first and the last among them: next to each other they would not be told apart."""
    if most == 1:
        return (ticks[len(ticks) // 2],)
    return tuple(ticks[round(place * (len(ticks) - 1) / (most - 1))] for place in range(most))


def duration_label(value: float) -> str:
    """``5 ms``, ``0.1 s``, ``10 s``, ``1 min``, ``2 h``, ``1 d``; what is not round as durations are written."""
    for size, name in ((_DAY, DAYS), (_HOUR, HOURS), (_MINUTE, MINUTES), (1.0, SECONDS)):
        if value >= size * 0.9999:
            amount = value / size
            whole = math.isclose(amount, round(amount, 1))
            return f"{written(amount, '.6g')}{NO_BREAK}{name}" if whole else seconds(value)
    if value >= 0.0995:
        return f"{written(value, '.6g')}{NO_BREAK}{SECONDS}"
    return f"{written(value * 1000, '.3g')}{NO_BREAK}{MILLISECONDS}"


def spread_labels(ticks: tuple[tuple[float, float, str], ...], apart: float) -> Iterator[tuple[float, float, str]]:
    """Of labels (middle, width, words), ascending, those that keep ``apart`` from the one before."""
    free = -math.inf
    for middle, width, words in ticks:
        if middle - width / 2 >= free:
            free = middle + width / 2 + apart
            yield middle, width, words
