"""Hours of the week as a field of seven rows and twenty-four columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from core.charts import HeatCell, Heatmap, Unit
from core.spans import WEEKDAYS

_HOURS: Final = tuple(f"{hour:02d}" for hour in range(24))
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_by_weekday(
    title: str,
    subtitle: str,
    hours: Mapping[int, float],
    value: str,
    unit: Unit,
    words: Callable[[float], str],
    empty: str | None,
    first_weekday: int = 0,
) -> Heatmap:
    """A heatmap of values by local hour of the week; hour 0 is Monday 00:00 to 01:00, whatever day comes first."""
    days = [(first_weekday + i) % 7 for i in range(7)]
    cells = tuple(tuple(_cell(hours, day, hour, words) for hour in range(24)) for day in days)
    rows = tuple(WEEKDAYS[day] for day in days)
    return Heatmap(title, subtitle, rows, _HOURS, cells, value, unit, empty, empty or _summary(hours, value, words))


def _cell(hours: Mapping[int, float], day: int, hour: int, words: Callable[[float], str]) -> HeatCell:
    value = hours.get(day * 24 + hour, 0)
    return HeatCell(value, f"{_DAYS[day]} {hour:02d}–{hour + 1:02d} h: {words(value)}")


def _summary(hours: Mapping[int, float], value: str, words: Callable[[float], str]) -> str:
    most = max(hours, key=lambda hour: (hours[hour], -hour), default=0)
    day, hour = divmod(most, 24)
    return f"Most {value} on {_DAYS[day]}s from {hour:02d} to {hour + 1:02d} h: {words(hours.get(most, 0))}."
