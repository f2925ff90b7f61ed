"""The calendar days that a question is about, and those before them that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.text.dates import month_day
from core.text.formatting import count
from core.text.translation import gettext as _
from core.time_ranges import Buckets, TimeRange, cut, host_zone, local_days, local_time

_FURTHEST_DAYS: Final = 3_660
"""So far back the earlier periods go: ten years."""

_MOST_DAYS_BY_HOUR: Final = 2
_MOST_DAYS: Final = 90
_MOST_DAYS_BY_WEEK: Final = 2 * 366
"""More days than these are drawn by the day, the week: a picture has no room for more bars."""


@dataclass(frozen=True, slots=True)
class Period:
    """Today so far and the ``days - 1`` whole calendar days before it; ``back`` of 1 the ``days`` days before those,
    which are whole, and so on.

    Raises:
        ValueError: ``days`` below 1, ``back`` below 0.
    """

    days: int = 7
    back: int = 0

    def __post_init__(self) -> None:
        if self.days < 1 or self.back < 0:
            raise ValueError(f"no period: {self.days} days, {self.back} back")

    @property
    def previous(self) -> Period | None:
        """The period before; None where that lies more than ten years back."""
        reach = self.days * (self.back + 2)
        return Period(self.days, self.back + 1) if reach <= _FURTHEST_DAYS else None

    @property
    def next(self) -> Period | None:
        """The period after; None for the current one."""
        return Period(self.days, self.back - 1) if self.back else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Like for like: a number of the period as far as it has passed, and the same span of the period before.

    Today until 15:30 is compared with the last day of the period before until as long after its midnight.
    """

    current: int
    previous: int


@dataclass(frozen=True, slots=True)
class PeriodDays:
    """The calendar days of an answer.

    Attributes:
        period: which were asked for.
        start, end: epoch seconds, the first day's beginning and the last one's end.
        zone: the name of the zone whose days they are.
        made: epoch seconds, when the answer was made.
        passed: how many of the days have passed since the bot's first record, today counted as the part of it that
            has: 6.4. It divides totals for the daily average.
    """

    period: Period
    start: float
    end: float
    zone: str
    made: float
    passed: float

    @property
    def words(self) -> str:
        """``today``, ``the last 7 days``, ``18 Nov – 24 Nov 2026``."""
        if self.period.back:
            return self.dates
        return _("today") if self.period.days == 1 else _("the last {days} days").format(days=count(self.period.days))

    @property
    def before(self) -> str:
        """What it is compared with: ``the day before``, ``the 7 days before``."""
        return (
            _("the day before")
            if self.period.days == 1
            else _("the {days} days before").format(days=count(self.period.days))
        )

    @property
    def dates(self) -> str:
        """``24 Nov 2026``, ``18 Nov – 24 Nov 2026``, ``28 Dec 2025 – 3 Jan 2026``."""
        zone = zone_named(self.zone)
        first, last = local_time(self.start, zone).date(), local_time(self.end - 1, zone).date()
        if first >= last:
            return f"{month_day(last)} {last.year}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"{month_day(first)}{year} – {month_day(last)} {last.year}"

    def per_day(self, total: int) -> float | None:
        """The daily average; None for a single day that is not over, whose average would be a guess."""
        return total / self.passed if self.passed >= 1 else None


@dataclass(frozen=True, slots=True)
class PeriodSpan:
    """A period's days as buckets.

    Attributes:
        about: the same in words and numbers.
        days: a bucket a calendar day; drawn: those of a chart (:func:`drawn_buckets`).
        passed: from the first day's beginning to now, or to the end.
        before: as much of the days before; None where there are none, or the bot was not there for all of them.
    """

    about: PeriodDays
    days: Buckets
    drawn: Buckets
    passed: TimeRange
    before: TimeRange | None

    @property
    def buckets(self) -> Buckets:
        """All edges at which something begins or ends, in one."""
        spans = (self.passed, self.before) if self.before else (self.passed,)
        edges = {edge for span in spans for edge in (span.start, span.end)}
        return Buckets(tuple(sorted(edges | {*self.days.edges, *self.drawn.edges})), "", self.days.zone)


def span_of(period: Period, now: float, zone: ZoneInfo, first: float | None = None) -> PeriodSpan:
    """The days of a period at ``now``; days before Discord began are left out.

    ``first`` is when the bot's first record was made, epoch seconds: what was before is not known, and no zero.
    """
    edges = local_days(period.days * (period.back + 2), now, zone).edges
    end = max(len(edges) - 1 - period.days * period.back, 1)
    start = max(end - period.days, 0)
    days = Buckets(edges[start : end + 1], "1 day", zone)
    passed = TimeRange(days.edges[0], min(max(now, days.edges[0]), days.edges[-1]))
    before = _before(edges, start, passed.end, days) if start >= period.days else None
    known = _passed(days, now) - (0.0 if first is None else _passed(days, first))
    return PeriodSpan(
        about=PeriodDays(period, days.edges[0], days.edges[-1], zone.key or _("local time"), now, max(known, 0.0)),
        days=days,
        drawn=drawn_buckets(days, first),
        passed=passed,
        before=before if before is not None and (first is None or first <= before.start) else None,
    )


def drawn_buckets(days: Buckets, first: float | None) -> Buckets:
    """The buckets of a picture of some days, which begins with the day of the bot's ``first`` record (epoch seconds).

    They are hours where there are one or two days, weeks above 90 days, months above two years.
    """
    begin = 0 if first is None or first >= days.range.end else days.complete(first)
    shown = Buckets(days.edges[begin:], days.label, days.zone)
    if len(shown) <= _MOST_DAYS_BY_HOUR:
        return cut(shown.range, "1 h", shown.zone)
    if len(shown) <= _MOST_DAYS:
        return shown
    return cut(shown.range, "1 week" if len(shown) <= _MOST_DAYS_BY_WEEK else "1 month", shown.zone)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The zone of a name; the host's own where no zone is called so ("local time")."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a file's name may be too long
        return host_zone()


def _before(edges: tuple[float, ...], start: int, now: float, days: Buckets) -> TimeRange:
    """The days before, the last of them up to as long after its midnight as it is today."""
    first, last, end = edges[start - len(days)], edges[start - 1], edges[start]
    today, tomorrow = days.edges[-2:]
    return TimeRange(first, end if now >= tomorrow else min(last + (now - today), end))


def _passed(days: Buckets, now: float) -> float:
    whole = days.complete(now)
    if whole == len(days):
        return float(whole)
    start, end = days.edges[whole : whole + 2]
    return whole + max(0.0, now - start) / (end - start)
