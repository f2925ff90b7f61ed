"""How high a value axis reaches, and what its ticks say: round steps that stay put while values wobble."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from core.charts.specs import Unit
from core.text.formatting import NO_BREAK, compact

_HEADROOM: Final = 1.04
_STAYS_ABOVE: Final = 0.7
"""A scale is kept while the one that would fit best is at least this share of it."""

_COUNT_STEPS: Final = (1.0, 2.0, 5.0)
_SECOND_STEPS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 600, 900, 1200, 1800)


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
        return f"{value:.{digits}f}{NO_BREAK}s" if digits <= 2 else f"{value * 1000:.2g}{NO_BREAK}ms"
    for size, name in ((3_600, "h"), (60, "min"), (1, "s")):
        if scale.step % size == 0:
            return f"{compact(value / size)}{NO_BREAK}{name}"
    return f"{compact(value)}{NO_BREAK}s"


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
