"""Values as the formats write them: times with their offset, and text that no program takes for a command."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final

from core.text.plain import plain

CUT: Final = " […cut]"
"""Ends a text that was too long for a cell of a spreadsheet."""

LONGEST_CELL: Final = 32_767
"""UTF-16 units that a spreadsheet's cell can hold."""

_QUARTER: Final = 900.0
"""Seconds. Offsets change on a quarter of an hour, in any zone of our time."""


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


def clock_of(zone: tzinfo) -> Callable[[float], float]:
    """A function that gives the UTC offset in seconds at a moment, asking the zone once a quarter of an hour."""

    @lru_cache(maxsize=4_096)
    def offset(quarter: float) -> float:
        difference = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(zone).utcoffset()
        assert difference is not None
        return difference.total_seconds()

    return lambda moment: offset(moment // _QUARTER)


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


_START: Final = datetime(1970, 1, 1)
