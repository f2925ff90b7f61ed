"""The legend of a picture: beside the title where it fits, else in a row of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.charts.png.canvas import Sheet
from core.charts.png.fonts import drawable
from core.charts.specs import Mark

ROW: Final = 26.0
"""The height of a legend's own row, in logical pixels."""

_SIZE: Final = 13.0
_SQUARE: Final = 11.0
_AFTER_SQUARE: Final = 6.0
_BETWEEN: Final = 16.0
_LIMITS: Final = (24, 16, 10, 6, 3)
"""Characters a name may have; the shorter ones are for pictures with less room."""


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A series' name, colour (hex) and how it is drawn."""

    name: str
    colour: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Legend:
    """Entries with names that fit, and whether the whole stands beside the title."""

    entries: tuple[LegendEntry, ...]
    beside: bool


def layout_legend(entries: Sequence[LegendEntry], sheet: Sheet, *, beside: float, below: float) -> Legend:
    """Shorten names until the entries fit ``beside`` the title or, failing that, in the row ``below`` it (pixels)."""
    whole = _shortened(entries, _LIMITS[0])
    if len(whole) < 2:
        return Legend((), beside=True)
    if _width(whole, sheet) <= beside:
        return Legend(whole, beside=True)
    tries = [_shortened(entries, limit) for limit in _LIMITS]
    return Legend(next((t for t in tries if _width(t, sheet) <= below), tries[-1]), beside=False)


def draw_legend(legend: Legend, sheet: Sheet, *, right: float, baseline: float) -> None:
    """Draw a legend that ends at ``right``: squares for bars, a chunk of the line for lines."""
    x = right - _width(legend.entries, sheet)
    for entry in legend.entries:
        middle = baseline + 4.5
        if entry.mark is Mark.BAR:
            sheet.square(x, middle - _SQUARE / 2, _SQUARE, entry.colour)
        else:
            dashed = entry.mark is Mark.DASHED
            ends = np.array([x - 5, x + _SQUARE]), np.array([middle, middle])
            sheet.line(*ends, entry.colour, 1.6 if dashed else 2.2, dashes=(2.4, 1.6) if dashed else None)
        start = x + _SQUARE + _AFTER_SQUARE
        x = start + sheet.text(start, baseline, entry.name, _SIZE, sheet.palette.muted) + _BETWEEN


def _shortened(entries: Sequence[LegendEntry], limit: int) -> tuple[LegendEntry, ...]:
    return tuple(LegendEntry(drawable(entry.name, limit), entry.colour, entry.mark) for entry in entries)


def _width(entries: Sequence[LegendEntry], sheet: Sheet) -> float:
    each = (_SQUARE + _AFTER_SQUARE + sheet.width_of(entry.name, _SIZE) for entry in entries)
    return sum(each) + _BETWEEN * max(0, len(entries) - 1)
