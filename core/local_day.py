"""Which local day many moments fall on, without asking the zone for each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.time_ranges import DAY, HOUR, TimeRange, offset_changes

_EPOCH: Final = date(1970, 1, 1)
_QUARTER: Final = HOUR / 4
"""Zones change their offset at full quarters of an hour, so within one it is asked once."""


class LocalDay:
    """Called with a moment (epoch seconds), tells the calendar's date in a zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._offsets: dict[int, float] = {}

    def __call__(self, moment: float) -> date:
        """The local date of a moment."""
        quarter = int(moment // _QUARTER)
        offset = self._offsets.get(quarter)
        if offset is None:
            start = quarter * _QUARTER
            offset = self._offsets[quarter] = offset_changes(TimeRange(start, start), self._zone)[0][1]
        return _EPOCH + timedelta(days=int((moment + offset) // DAY))
