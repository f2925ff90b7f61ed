"""Offsets and dates of many moments in a zone, which is asked seldom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.time_ranges import DAY, HOUR, local_time

_QUARTER: Final = HOUR / 4
_FIRST: Final = date(1970, 1, 1)


def offsets_of(zone: tzinfo) -> Callable[[float], float]:
    """A function that gives the UTC offset in seconds at a moment, asking the zone once a quarter of an hour.

    Zones change their offset at full quarters.
    """

    @lru_cache(maxsize=65_536)
    def offset(quarter: float) -> float:
        difference = local_time(quarter * _QUARTER, zone).utcoffset()
        return difference.total_seconds() if difference else 0.0

    return lambda moment: offset(moment // _QUARTER)


def days_of(zone: ZoneInfo) -> Callable[[float], date]:
    """A function that gives the calendar's date at a moment in a zone."""
    offset = offsets_of(zone)
    return lambda moment: _FIRST + timedelta(days=int((moment + offset(moment)) // DAY))
