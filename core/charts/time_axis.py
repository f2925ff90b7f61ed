"""Where a time axis has its ticks: at round wall-clock times of a zone, right across changes of the clocks.

Pure functions of epoch seconds; nothing here knows of a screen beyond the width of a character.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import Chart, Mark, Series
from core.text.dates import MONTHS, WEEKDAYS, clock, is_midnight, month_day
from core.time_ranges import DAY, HOUR, MINUTE, TimeRange, day_start, local_time, offset_changes

_EARLIEST: Final = -60_000_000_000.0
_LATEST: Final = 253_300_000_000.0
"""Beyond these (years 69 and 9996) calendars give out; there are no ticks."""

_APART: Final = 3
"""Characters that must stay free between two labels."""

_A_DAY: Final = 20 * HOUR
"""A bar longer than this is one of days, however the clocks change."""

_A_MONTH: Final = 27 * DAY
_A_YEAR: Final = 300 * DAY
_FEW: Final = 3
"""So few bars that hold anything are read one by one, and not as a row of days."""

_UNEVEN: Final = 1.2
"""How much longer than the shortest of its kind a day or month may be."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick at ``time`` (epoch seconds). ``day_start`` ones carry a date and win where two come too close."""

    time: float
    label: str
    day_start: bool = False


@dataclass(frozen=True, slots=True)
class _Step:
    """A distance between ticks: ``amount`` of ``unit``, at least ``shortest`` seconds; its labels' length."""

    unit: str
    amount: int
    shortest: float
    characters: int


_STEPS: Final = (
    *(_Step("clock", s, s, 8) for s in (1, 2, 5, 15, 30)),
    *(_Step("clock", m * 60, m * MINUTE, 6) for m in (1, 2, 5, 10, 15, 30)),
    *(_Step("clock", h * 3_600, h * HOUR, 6) for h in (1, 2, 3, 4, 6, 12)),
    *(_Step("days", d, d * DAY - 2 * HOUR, 6) for d in (1, 2, 7, 14)),
    *(_Step("months", m, m * 28 * DAY, 8) for m in (1, 2, 3, 6)),
    *(_Step("months", 12 * y, y * 365 * DAY, 4) for y in (1, 2, 5, 10, 25, 50, 100, 250, 1000)),
)


def time_ticks(start: float, end: float, zone: ZoneInfo, character: float) -> tuple[Tick, ...]:
    """The ticks of ``[start, end]``, ascending, at the finest step whose labels leave room between each other.

    ``character`` is how many seconds one character of a label covers on the screen.
    """
    if not (_EARLIEST < start < end < _LATEST) or character <= 0:
        return ()
    step = next((s for s in _STEPS if s.shortest >= (s.characters + _APART) * character), _STEPS[-1])
    ticks = sorted(_GENERATORS[step.unit](start, end, zone, step.amount), key=lambda tick: tick.time)
    return _thinned((tick for tick in ticks if start <= tick.time <= end), character)


def beneath_bars(ticks: Sequence[Tick], edges: Sequence[float]) -> tuple[Tick, ...]:
    """The same ticks, each at the middle of the bar that it names where bars are days, weeks or months.

    ``edges`` are the n + 1 ascending epoch seconds of n bars. Where the ticks are closer than the bars they all stay;
    the one at the last edge names a bar that is not there, and goes.
    """
    closest = min((later.time - tick.time for tick, later in pairwise(ticks)), default=float("inf"))
    if not all(tick.day_start for tick in ticks):
        return tuple(ticks)
    return tuple(placed for tick in ticks if (placed := _beneath_bar(tick, edges, closest * _UNEVEN)) is not None)


def naming_bars(chart: Chart, ticks: Sequence[Tick], character: float) -> tuple[Tick, ...]:
    """The ticks of a chart beneath its bars; where few bars of days or more hold anything, all those are named.

    Bars of days that are wider than the ticks lie apart are named instead of the days and hours within them.
    ``character`` is how many seconds one character of a label covers on the screen.
    """
    edges = chart.edges
    placed = list(beneath_bars(ticks, edges))
    lengths = [end - start for start, end in pairwise(edges)]
    if min(lengths) <= _A_DAY:
        return tuple(placed)
    filled = [place for place in range(len(lengths)) if any(_holds(series, place) for series in chart.series)]
    if not filled:
        return tuple(placed)
    if min((later.time - tick.time for tick, later in pairwise(ticks)), default=math.inf) * _UNEVEN < min(lengths):
        placed, filled = [], list(range(len(lengths)))
    elif len(filled) > _FEW:
        return tuple(placed)
    named: list[Tick] = []
    for place in reversed(filled):
        tick = Tick((edges[place] + edges[place + 1]) / 2, _bar_label(edges, place, chart.zone), True)
        if not any(_touch(tick, other, character) for other in named):
            named.append(tick)
    others = (tick for tick in placed if not any(_touch(tick, other, character) for other in named))
    return tuple(sorted((*others, *named), key=lambda tick: tick.time))


def _holds(series: Series, place: int) -> bool:
    return series.mark is Mark.BAR and bool(series.values[place])


def _touch(one: Tick, other: Tick, character: float) -> bool:
    return abs(one.time - other.time) < _room(one, other) * character


def _bar_label(edges: Sequence[float], place: int, zone: ZoneInfo) -> str:
    """What a bar of days is called: a day, the first day of a week, a month, a year."""
    day, length = local_time(edges[place], zone).date(), edges[place + 1] - edges[place]
    if length > _A_YEAR:
        return f"{day.year}"
    if length > _A_MONTH:
        return f"{MONTHS[day.month - 1]} {day.year}"
    return day_label(day) if length < 2 * DAY else month_day(day)


def day_label(day: date) -> str:
    """``Mon 24``, and ``1 Dec`` where a month begins."""
    return month_day(day) if day.day == 1 else f"{WEEKDAYS[day.weekday()]} {day.day}"


def _beneath_bar(tick: Tick, edges: Sequence[float], longest: float) -> Tick | None:
    index = bisect_left(edges, tick.time)
    if index == len(edges) or edges[index] != tick.time:
        return tick
    last = index == len(edges) - 1
    begin, end = edges[index - last : index - last + 2]
    if not _A_DAY < end - begin <= longest:
        return tick
    return None if last else replace(tick, time=(begin + end) / 2)


def _clock_ticks(start: float, end: float, zone: ZoneInfo, seconds: int) -> Iterator[Tick]:
    changes = offset_changes(TimeRange(start, end), zone)
    for (begin, offset), (stop, _) in pairwise((*changes, (end, 0.0))):
        if begin > start and _starts_day(begin, zone):
            yield Tick(begin, day_label(local_time(begin, zone)), True)
        time = -((begin + offset) // -seconds) * seconds - offset
        while time < stop or time == end:
            yield _clock_tick(time, zone, bool(seconds % 60))
            time += seconds


def _clock_tick(time: float, zone: ZoneInfo, seconds: bool) -> Tick:
    local = local_time(time, zone)
    if is_midnight(local) and _starts_day(time, zone):
        return Tick(time, day_label(local), True)
    return Tick(time, clock(local, seconds))


def _starts_day(time: float, zone: ZoneInfo) -> bool:
    return local_time(time - 1, zone).date() != local_time(time, zone).date()


def _day_ticks(start: float, end: float, zone: ZoneInfo, days: int) -> Iterator[Tick]:
    day, last = local_time(start, zone).date(), local_time(end, zone).date()
    day += timedelta(days=-(day.toordinal() - 1) % days)
    name = day_label if days == 1 else month_day
    while day <= last:
        if (begin := day_start(day, zone)) is not None:
            yield Tick(begin, name(day), True)
        day += timedelta(days=days)


def _month_ticks(start: float, end: float, zone: ZoneInfo, months: int) -> Iterator[Tick]:
    first, last = local_time(start, zone), local_time(end, zone)
    month = -((first.year * 12 + first.month - 1) // -months) * months
    while month <= last.year * 12 + last.month - 1:
        day = date(month // 12, month % 12 + 1, 1)
        label = f"{day.year}" if months % 12 == 0 else f"{MONTHS[day.month - 1]} {day.year}"
        if (begin := day_start(day, zone)) is not None:
            yield Tick(begin, label, True)
        month += months


def _thinned(ticks: Iterable[Tick], character: float) -> tuple[Tick, ...]:
    """Ticks whose labels don't touch: an hour that the clocks cut short may bring two too close."""
    kept: list[Tick] = []
    for tick in ticks:
        if kept and tick.time - kept[-1].time < _room(kept[-1], tick) * character:
            if not tick.day_start or kept[-1].day_start:
                continue
            kept.pop()
        kept.append(tick)
    return tuple(kept)


def _room(left: Tick, right: Tick) -> float:
    return (len(left.label) + len(right.label)) / 2 + 1


_GENERATORS: Final = {"clock": _clock_ticks, "days": _day_ticks, "months": _month_ticks}
