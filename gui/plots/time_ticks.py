"""Where a time axis has its ticks: at round wall-clock times of a zone, right across changes of the clocks.

Pure functions of epoch seconds; nothing here knows of a screen beyond the width of a character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TO: Final = "\N{EN DASH}"

HOUR: Final = 3_600
DAY: Final = 86_400

_EARLIEST: Final = -60_000_000_000.0
_LATEST: Final = 253_300_000_000.0
"""Beyond these (years 69 and 9996) calendars give out; there are no ticks."""

_APART: Final = 3
"""Characters that must stay free between two labels."""


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
    *(_Step("clock", m * 60, m * 60, 6) for m in (1, 2, 5, 10, 15, 30)),
    *(_Step("clock", h * HOUR, h * HOUR, 6) for h in (1, 2, 4, 6, 12)),
    *(_Step("days", d, d * DAY - 2 * HOUR, 6) for d in (1, 2, 7, 14)),
    *(_Step("months", m, m * 28 * DAY, 8) for m in (1, 3, 6)),
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


def day_start(day: date, zone: ZoneInfo) -> float | None:
    """The first instant of a local day; None for a day that a zone skipped (Samoa's 30 December 2011)."""
    instant = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
    here = _local(instant, zone)
    if here.date() == day and (here.hour, here.minute, here.second) == (0, 0, 0):
        return instant
    earliest = _first(instant - DAY, instant, lambda t: _local(t, zone).date() >= day)
    return earliest if _local(earliest, zone).date() == day else None


def day_label(day: date) -> str:
    """``Mon 24``, and ``1 Dec`` where a month begins."""
    return month_day_label(day) if day.day == 1 else f"{WEEKDAYS[day.weekday()]} {day.day}"


def month_day_label(day: date) -> str:
    """``24 Nov``."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def span_label(start: float, end: float, zone: ZoneInfo) -> str:
    """A bucket's span in local time: ``Mon 24 Nov, 12:00 - 12:30``, ``Mon 24 Nov 2026``.

    The zone's abbreviation is added where the clock shows that hour twice.
    """
    first, last = _local(start, zone), _local(end, zone)
    if _is_midnight(first) and _is_midnight(last):
        closing = last.date() - timedelta(days=1)
        opening = "" if closing <= first.date() else f"{month_day_label(first.date())} {_TO} "
        named = month_day_label(closing) if opening else f"{WEEKDAYS[closing.weekday()]} {month_day_label(closing)}"
        return f"{opening}{named} {closing.year}"
    seconds = bool(first.second or last.second)
    until = _clock_label(last, seconds)
    if last.date() != first.date() and not _is_midnight(last):
        until = f"{WEEKDAYS[last.weekday()]} {month_day_label(last.date())}, {until}"
    abbreviation = f" {first.tzname()}" if first.utcoffset() != first.replace(fold=1 - first.fold).utcoffset() else ""
    day = f"{WEEKDAYS[first.weekday()]} {month_day_label(first.date())}"
    return f"{day}, {_clock_label(first, seconds)} {_TO} {until}{abbreviation}"


def _local(instant: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(instant, zone)


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second) == (0, 0, 0)


def _clock_label(moment: datetime, seconds: bool) -> str:
    return f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"


def _first(low: float, high: float, holds: Callable[[float], bool]) -> float:
    """The first whole second in (low, high] for which ``holds``; it must hold at ``high`` and not at ``low``."""
    below, above = int(low), int(high)
    while above - below > 1:
        middle = (below + above) // 2
        below, above = (below, middle) if holds(middle) else (middle, above)
    return float(above)


def _offset(instant: float, zone: ZoneInfo) -> float:
    offset = _local(instant, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _steady_parts(start: float, end: float, zone: ZoneInfo) -> Iterator[tuple[float, float, float]]:
    """``(from, to, offset)``: the range cut wherever the zone's offset changes."""
    begin, offset, probe = start, _offset(start, zone), start
    while probe < end:
        probe = min(probe + 6 * HOUR, end)
        if (fresh := _offset(probe, zone)) != offset:
            change = _first(probe - 6 * HOUR, probe, lambda t, old=offset: _offset(t, zone) != old)  # type: ignore[misc]
            yield begin, change, offset
            begin, offset = change, fresh
    yield begin, end, offset


def _clock_ticks(start: float, end: float, zone: ZoneInfo, seconds: int) -> Iterator[Tick]:
    for begin, stop, offset in _steady_parts(start, end, zone):
        if begin > start and _starts_day(begin, zone):
            yield Tick(begin, day_label(_local(begin, zone).date()), True)
        time = -((begin + offset) // -seconds) * seconds - offset
        while time < stop or time == end:
            yield _clock_tick(time, zone, bool(seconds % 60))
            time += seconds


def _clock_tick(time: float, zone: ZoneInfo, seconds: bool) -> Tick:
    moment = _local(time, zone)
    if _is_midnight(moment) and _starts_day(time, zone):
        return Tick(time, day_label(moment.date()), True)
    return Tick(time, _clock_label(moment, seconds))


def _starts_day(time: float, zone: ZoneInfo) -> bool:
    return _local(time - 1, zone).date() != _local(time, zone).date()


def _day_ticks(start: float, end: float, zone: ZoneInfo, days: int) -> Iterator[Tick]:
    day, last = _local(start, zone).date(), _local(end, zone).date()
    day += timedelta(days=-(day.toordinal() - 1) % days)
    name = day_label if days == 1 else month_day_label
    while day <= last:
        if (instant := day_start(day, zone)) is not None:
            yield Tick(instant, name(day), True)
        day += timedelta(days=days)


def _month_ticks(start: float, end: float, zone: ZoneInfo, months: int) -> Iterator[Tick]:
    first, last = _local(start, zone), _local(end, zone)
    month = -((first.year * 12 + first.month - 1) // -months) * months
    while month <= last.year * 12 + last.month - 1:
        day = date(month // 12, month % 12 + 1, 1)
        label = f"{day.year}" if months % 12 == 0 else f"{MONTHS[day.month - 1]} {day.year}"
        if (instant := day_start(day, zone)) is not None:
            yield Tick(instant, label, True)
        month += months


def _thinned(ticks: Iterator[Tick], character: float) -> tuple[Tick, ...]:
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
