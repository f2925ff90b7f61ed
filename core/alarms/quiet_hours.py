"""Hours of the day in which nobody is called."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.time_ranges import local_time

MORNING: Final = time(8)
"""When what was put off until tomorrow is told again."""

_HOURS: Final = re.compile(r"(\d{1,2})\s*[-\u2013]\s*(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Hours of the day in which nobody is called; what still goes on afterwards is told then.

    Attributes:
        start, end: the first hour, and the one after the last; over midnight where ``end`` is the smaller.
    """

    start: int
    end: int

    def holds(self, moment: float, zone: ZoneInfo) -> bool:
        """Whether a moment (epoch seconds) lies in them."""
        hour = local_time(moment, zone).hour
        if self.start <= self.end:
            return self.start <= hour < self.end
        return hour >= self.start or hour < self.end


def tomorrow(now: float, zone: ZoneInfo) -> float:
    """Eight in the morning of the next day, in epoch seconds."""
    day = local_time(now, zone).date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone).timestamp()


def quiet_hours_of(text: str) -> QuietHours | None:
    """What such a text as "23-7" says; None where it is no span of hours."""
    found = _HOURS.fullmatch(text.strip())
    if found is None or max(start := int(found[1]), end := int(found[2])) > 24 or start == end:
        return None
    return QuietHours(start % 24, end)
