"""Columns of text for a terminal: aligned by what letters are wide there, and within its width."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

_GAP: Final = "  "
_NARROWEST: Final = 8
"""Signs that a cut text keeps at least."""

_WIDE: Final = frozenset("WF")
_NO_WIDTH: Final = frozenset(("Mn", "Me", "Cf"))


def width_of(text: str) -> int:
    """How many places a text takes in a line of a terminal."""
    if text.isascii():
        return len(text)
    return sum(map(_sign_width, text))


def cut_to(text: str, width: int) -> str:
    """A text that takes at most so many places; what was longer ends in ``…``."""
    if width_of(text) <= width:
        return text
    kept, taken = [], 1
    for sign in text:
        taken += _sign_width(sign)
        if taken > width:
            break
        kept.append(sign)
    return "".join(kept) + "…"


def aligned(rows: Sequence[Sequence[str]], texts: int, width: int | None) -> tuple[list[str], int]:
    """Rows as lines: the first ``texts`` columns to the left, the others to the right, and how many columns are shown.

    Where ``width`` is too narrow the texts are cut, then columns left out from the right; one number stays.
    """
    widest = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    shown = len(widest)
    while width is not None and shown > texts + 1 and _least(widest[:shown], texts) > width:
        shown -= 1
    for place in range(texts - 1, -1, -1):
        over = 0 if width is None else _sum(widest[:shown]) - width
        widest[place] = max(widest[place] - max(over, 0), min(widest[place], _NARROWEST))
    return [_line(row[:shown], widest, texts) for row in rows], shown


def _line(cells: Sequence[str], widest: Sequence[int], texts: int) -> str:
    parts = []
    for place, (cell, width) in enumerate(zip(cells, widest, strict=False)):
        text = cut_to(cell, width)
        blank = " " * (width - width_of(text))
        parts.append(text + blank if place < texts else blank + text)
    return _GAP.join(parts).rstrip()


def _least(widest: Sequence[int], texts: int) -> int:
    return _sum([min(each, _NARROWEST) if place < texts else each for place, each in enumerate(widest)])


def _sum(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _sign_width(sign: str) -> int:
    if unicodedata.category(sign) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in _WIDE else 1
