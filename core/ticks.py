"""Where an axis is labelled: round values, and local hours and days that stay right when the clocks change."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.charts import Unit
from core.formatting import NO_BREAK, compact, seconds
from core.periods import DAY, HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis; ``major`` where a larger unit begins (a day among hours)."""

    position: float
    label: str
    major: bool = False


@dataclass(frozen=True, slots=True)
class TimeTicks:
    """The labels of a time axis, and the real seconds between two of them (about, for days and months)."""

    ticks: tuple[Tick, ...]
    step: float


@dataclass(frozen=True, slots=True)
class _Step:
    seconds: float = 0.0
    months: int = 0

    @property
    def length(self) -> float:
        return self.seconds or self.months * 30.44 * DAY


_STEPS: Final = (
    *(_Step(s) for s in (1, 5, 15, 30)),
    *(_Step(m * MINUTE) for m in (1, 2, 5, 10, 15, 30)),
    *(_Step(h * HOUR) for h in (1, 2, 3, 4, 6, 12)),
    *(_Step(d * DAY) for d in (1, 2, 7, 14)),
    *(_Step(months=m) for m in (1, 2, 3, 6, 12, 24, 60, 120, 600)),
)
_COUNT_STEPS: Final = (1, 2, 5)
_SECOND_STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 20, 30,
                        60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)  # fmt: skip
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_ticks(start: float, end: float, zone: ZoneInfo, most: int) -> TimeTicks:
    """Choose at most about ``most`` ticks in ``[start, end]`` (epoch seconds), ascending, on the zone's wall clock.

    An hour that the clocks skip has no tick, one that comes twice has two.
    """
    step = next((s for s in _STEPS if (end - start) / s.length <= max(1, most)), _STEPS[-1])
    steps = _real_steps(start, end, zone, step) if step.length < HOUR else _wall_clock_steps(start, end, zone, step)
    named = {moment: _tick(moment, naive, step) for moment, naive in steps if start <= moment <= end}
    return TimeTicks(tuple(named[moment] for moment in sorted(named)), step.length)


def value_ticks(highest: float, unit: Unit, intervals: int = 4) -> tuple[Tick, ...]:
    """Ticks from zero to at least ``highest`` at equal, round steps; counts are whole. About ``intervals`` steps."""
    step = _round_step(highest, unit, lambda s: highest <= s * (intervals + 1))
    return _ladder(step, max(1, math.ceil(highest / step - 1e-9)), unit)


def matching_ticks(highest: float, unit: Unit, intervals: int) -> tuple[Tick, ...]:
    """Ticks in exactly ``intervals`` steps, so that two axes share one grid."""
    return _ladder(_round_step(highest, unit, lambda s: highest <= s * intervals), intervals, unit)


def axis_seconds(value: float) -> str:
    """A round duration without the zeros that ``formatting.seconds`` keeps: ``10 s``, ``2 min``, ``1 h``."""
    text = seconds(value) if value else f"0{NO_BREAK}s"
    for tail, short in ((f".0{NO_BREAK}s", f"{NO_BREAK}s"), (f"{NO_BREAK}00{NO_BREAK}s", ""),
                        (f"{NO_BREAK}00{NO_BREAK}min", "")):  # fmt: skip
        text = text.removesuffix(tail) + short if text.endswith(tail) else text
    return text


def day_label(local: datetime) -> str:
    """A local date without its year: ``24 Nov``, in English whatever the process' locale."""
    return f"{local.day}{NO_BREAK}{_MONTHS[local.month - 1]}"


def _ladder(step: float, intervals: int, unit: Unit) -> tuple[Tick, ...]:
    label = compact if unit is Unit.COUNT else axis_seconds
    return tuple(Tick(i * step, label(i * step)) for i in range(intervals + 1))


def _round_step(highest: float, unit: Unit, enough: Callable[[float], bool]) -> float:
    for step in _SECOND_STEPS if unit is Unit.SECONDS else ():
        if enough(step):
            return step
    magnitude = 1 if unit is Unit.COUNT else DAY
    while True:
        for digit in _COUNT_STEPS:
            if enough(digit * magnitude):
                return float(digit * magnitude)
        magnitude *= 10


def _real_steps(start: float, end: float, zone: ZoneInfo, step: _Step) -> Iterator[tuple[float, datetime]]:
    """Moments and what the clock then shows; clocks change by whole half-hours, so that steps below stay round."""
    offset = datetime.fromtimestamp(start, zone).utcoffset() or timedelta()
    shift = offset.total_seconds()
    moment = math.ceil((start + shift) / step.seconds) * step.seconds - shift
    while moment <= end:
        yield moment, datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0)
        moment += step.seconds


def _wall_clock_steps(start: float, end: float, zone: ZoneInfo, step: _Step) -> Iterator[tuple[float, datetime]]:
    """What the clock shows and the moments at which it does; not in order where the clocks are set back."""
    first = datetime.fromtimestamp(start, UTC).astimezone(zone).replace(tzinfo=None)
    for naive in _wall_clock(first, step):
        if naive.replace(tzinfo=UTC).timestamp() > end + 2 * DAY:
            return
        for moment in _moments(naive, zone, whole_days=step.length >= DAY):
            yield moment, naive


def _wall_clock(first: datetime, step: _Step) -> Iterator[datetime]:
    """Round wall-clock times from the last one before ``first`` on, up to the calendar's end."""
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if step.months:
            month = first.year * 12 + first.month - 1
            month -= month % step.months
            while True:
                yield midnight.replace(year=month // 12, month=month % 12 + 1, day=1)
                month += step.months
        days = max(1, round(step.seconds / DAY))
        # Whole weeks begin on Mondays; other steps of days are counted from a fixed day, so that a live axis stands.
        naive = midnight - timedelta(days=(midnight.toordinal() - 1) % days)
        if step.seconds < DAY:
            naive += (first - naive) // timedelta(seconds=step.seconds) * timedelta(seconds=step.seconds)
        while True:
            yield naive
            naive += timedelta(seconds=step.seconds)
    except (OverflowError, ValueError):
        return


def _moments(naive: datetime, zone: ZoneInfo, *, whole_days: bool) -> tuple[float, ...]:
    """The moments at which the wall clock shows a time: one, none or two; a day always begins once."""
    aware = [naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
    if whole_days:
        return (aware[0].timestamp(),)
    moments = sorted({moment.timestamp() for moment in aware})
    return tuple(m for m in moments if datetime.fromtimestamp(m, zone).replace(tzinfo=None, fold=0) == naive)


def _tick(moment: float, naive: datetime, step: _Step) -> Tick:
    month = _MONTHS[naive.month - 1]
    if step.months:
        january = naive.month == 1
        return Tick(moment, str(naive.year) if january else month, january and step.months < 12)
    if step.seconds >= DAY or (naive.hour, naive.minute, naive.second) == (0, 0, 0):
        return Tick(moment, day_label(naive), step.seconds < DAY)
    return Tick(moment, f"{naive:%H:%M:%S}" if step.seconds < MINUTE else f"{naive:%H:%M}")
