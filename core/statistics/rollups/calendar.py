"""Which spans of time a cell may have in a zone: hours, days, weeks and months."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.models import DISCORD_EPOCH, END_OF_TIME
from core.time_ranges import DAY, HOUR, TimeRange, cut, offset_changes

_QUARTER: Final = 900.0
_RULES_UNTIL: Final = 2_145_916_800.0
"""Epoch seconds of 2038: from then on a zone goes on by the rule that it has last."""


class Level(IntEnum):
    """How long a cell is. Those of one level never overlap."""

    HOUR = 0
    """An hour; a quarter of one where the zone's clocks differ from UTC by parts of an hour."""
    DAY = 1
    WEEK = 2
    """From Monday on, as a chart's weeks."""
    MONTH = 3
    EVER = 4
    """All rows, those without a usable timestamp too."""


_WIDEST: Final = {Level.DAY: DAY, Level.WEEK: 7 * DAY, Level.MONTH: 31 * DAY}
_LABELS: Final = {Level.DAY: "1 day", Level.WEEK: "1 week", Level.MONTH: "1 month"}


@dataclass(frozen=True, slots=True)
class CellCalendar:
    """Where the cells of a zone begin and end.

    Attributes:
        zone: whose days and months they are.
        width: seconds of a cell of :attr:`Level.HOUR`, each of which begins at a multiple of it.
    """

    zone: ZoneInfo
    width: float

    def edges(self, level: Level, span: TimeRange) -> tuple[float, ...]:
        """The edges of all days, weeks or months that begin or end in a span, and of those it begins and ends in."""
        return _edges(self.zone, level, span)

    def day(self, moment: float) -> TimeRange:
        """The day that holds a moment."""
        edges = self.edges(Level.DAY, TimeRange(moment, moment))
        after = bisect_right(edges, moment)
        return TimeRange(edges[after - 1], edges[after])

    def fits(self, edge: float) -> bool:
        """Whether an edge is one of an hour's, too."""
        return edge % self.width == 0


@lru_cache(maxsize=64)
def _edges(zone: ZoneInfo, level: Level, span: TimeRange) -> tuple[float, ...]:
    """Each table of a question asks for the same ones."""
    reach = _WIDEST[level] + DAY
    return cut(TimeRange(span.start - reach, span.end + reach), _LABELS[level], zone).edges[1:-1]


@lru_cache(maxsize=16)
def calendar_of(zone: ZoneInfo) -> CellCalendar | None:
    """The cells of a zone; None where it has no name, or its clocks differ from UTC by odd minutes."""
    if not zone.key:
        return None
    offsets = {offset for _, offset in offset_changes(TimeRange(DISCORD_EPOCH, _RULES_UNTIL), zone)}
    width = next((width for width in (HOUR, _QUARTER) if all(offset % width == 0 for offset in offsets)), None)
    return None if width is None else CellCalendar(zone, width)


@lru_cache(maxsize=16)
def zone_rules(zone: ZoneInfo) -> tuple[tuple[float, float], ...]:
    """When the zone's clocks change and how, as this machine knows it: other rules make other days."""
    return offset_changes(TimeRange(DISCORD_EPOCH, _RULES_UNTIL), zone)


@lru_cache(maxsize=4)
def all_changes(zone: ZoneInfo) -> tuple[tuple[float, float], ...]:
    """The same for every moment that a row may have."""
    return offset_changes(TimeRange(DISCORD_EPOCH, END_OF_TIME), zone)
