"""What every format has in common: headings, rows that are written as they come, and values as they are written.

Rows are plain values, one a heading: text, numbers, True and False, None, lists of text, and moments (epoch
seconds) under the heading of a time. Times are written with their offset, text so that no program takes it for a
command.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias

from core.text.plain import plain

Row: TypeAlias = Sequence[Any]

OFFSET: Final = "UTC offset"
"""The heading beside a local time: without it the hour that an autumn night has twice could not be told apart."""

CUT: Final = " […cut]"
"""Ends a text that was too long for a cell of a spreadsheet."""

LONGEST_CELL: Final = 32_767
"""UTF-16 units that a spreadsheet's cell can hold."""

_START: Final = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a sheet.

    Attributes:
        title: for people; key: for programs (JSON's names).
        is_time: whether its values are moments, in epoch seconds.
        width: in characters, where a format has widths.
    """

    title: str
    key: str
    is_time: bool = False
    width: int = 12


class RowWriter(Protocol):
    """What rows are written on."""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows, a value a heading.

        Raises:
            OSError: the file can't take them.
        """


def listed(value: Any) -> str:
    """A list as a cell's text: its parts, one a line."""
    return "\n".join(map(str, value))


def cell_text(text: str) -> str:
    """Text that fits a cell of a workbook, cut with :data:`CUT` where it is too long."""
    fit = plain(text).replace("\r\n", "\n").replace("\r", "\n")
    if len(fit) * 2 <= LONGEST_CELL:
        return fit
    data = fit.encode("utf-16-le")
    if len(data) <= 2 * LONGEST_CELL:
        return fit
    return data[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT


def as_number(value: Any) -> Any:
    """A value as it is; None for numbers that no format can write."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def local_text(moment: float, offset: float) -> str:
    """``2026-11-24 10:35:07``: what the clock showed, as every spreadsheet knows a time."""
    return str(_START + timedelta(seconds=math.floor(moment + offset)))


def iso_text(moment: float, offset: float) -> str:
    """``2026-11-24T10:35:07.125+01:00``, to the millisecond."""
    local = _START + timedelta(milliseconds=math.floor((moment + offset) * 1000))
    return local.isoformat(timespec="milliseconds") + offset_text(offset)


@lru_cache(maxsize=256)
def offset_text(offset: float) -> str:
    """``+01:00``."""
    minutes = round(abs(offset) / 60)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
