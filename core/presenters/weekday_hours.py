"""Values by local hour of the week, as a heatmap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import HeatCell, Heatmap, Unit
from core.presenters.chart_parts import whole
from core.presenters.presenter import PageInput
from core.statistics.usage_pattern import hours_of_week
from core.text.dates import WEEKDAYS
from core.text.translation import gettext as _
from core.time_ranges import DAY, TimeRange

_DAYS: Final = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
_HINT: Final = _(
    "The hours of several weeks, added up. In a range of up to 7 days, a click on a square opens that hour."
)
_HOURS: Final = tuple(f"{hour:02d}" for hour in range(24))
_LONGEST: Final = 14 * DAY
"""In a longer range every hour of the week comes twice at least."""


def hours_by_weekday(
    page: PageInput,
    title: str,
    subtitle: str,
    hours: Mapping[int, float],
    value: str,
    unit: Unit,
    words: Callable[[float], str],
    empty: str | None,
) -> Heatmap:
    """A heatmap of values by local hour of the week; hour 0 is Monday 00:00 to 01:00, whatever day comes first.

    A field has a span where it stands for one hour of the range, and can be chosen as the range then.
    """
    days = [(page.first_weekday + i) % 7 for i in range(7)]
    buckets = whole(page)
    spans = hours_met_once(buckets.range, buckets.zone)
    cells = tuple(tuple(_cell(hours, day * 24 + hour, words, spans) for hour in range(24)) for day in days)
    rows = tuple(WEEKDAYS[day] for day in days)
    summary = empty or _summary(hours, value, words)
    return Heatmap(title, subtitle, rows, _HOURS, cells, value, unit, empty, summary, _HINT)


@lru_cache(maxsize=16)  # a range moves on with its buckets, a look comes several times a second
def hours_met_once(span: TimeRange, zone: ZoneInfo) -> Mapping[int, TimeRange]:
    """The hours of the week that a span meets once, by their numbers, and when."""
    if span.end - span.start > _LONGEST:
        return MappingProxyType({})
    met: dict[int, list[TimeRange]] = {}
    start = span.start
    for hour, length in hours_of_week(span, zone):
        parts, end = met.setdefault(hour, []), start + length
        if parts and parts[-1].end == start:  # an hour that comes twice when the clocks go back
            parts[-1] = TimeRange(parts[-1].start, end)
        else:
            parts.append(TimeRange(start, end))
        start = end
    return MappingProxyType({hour: parts[0] for hour, parts in met.items() if len(parts) == 1})


def _cell(
    hours: Mapping[int, float], number: int, words: Callable[[float], str], spans: Mapping[int, TimeRange]
) -> HeatCell:
    value, (day, hour) = hours.get(number, 0), divmod(number, 24)
    span = spans.get(number) if value else None
    return HeatCell(value, f"{_DAYS[day]} {hour:02d}–{hour + 1:02d} h: {words(value)}", span=span)


def _summary(hours: Mapping[int, float], value: str, words: Callable[[float], str]) -> str:
    most = max(hours, key=lambda hour: (hours[hour], -hour), default=0)
    day, hour = divmod(most, 24)
    return _("Most {value} on {day}s from {start} to {end} h: {words}.").format(
        value=value, day=_DAYS[day], start=f"{hour:02d}", end=f"{hour + 1:02d}", words=words(hours.get(most, 0))
    )
