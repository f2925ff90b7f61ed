"""Time ranges, buckets, and the host's days across changes of the clocks.

Times are epoch seconds (float, UTC) everywhere; a zone is only asked where a day, an hour or a label is cut.
A relative range ("last 24 h") is whole buckets: the current one, still filling, and those before it. A range
of days is today so far and the whole calendar days before it, as the seed's ``days=N`` is.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import count, pairwise
from typing import Final
from zoneinfo import ZoneInfo

import tzlocal

from core.models import DISCORD_EPOCH
from core.text.translation import gettext as _

MINUTE: Final = 60.0
HOUR: Final = 3_600.0
DAY: Final = 86_400.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PARTS: Final = 60  # so finely is cut what the filling bucket is compared with
MOST_BUCKETS: Final = 120  # a chart has no room for more


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open span ``[start, end)`` of epoch seconds."""

    start: float
    end: float


_ONE: Final = {"1 min": _("minute"), "1 h": _("hour"), "1 day": _("day"), "1 week": _("week"), "1 month": _("month"),
               "3 months": _("3 months"), "1 year": _("year")}  # fmt: skip
_BEFORE: Final = {"day": _("the day before"), "week": _("the week before"), "month": _("the month before")}


@dataclass(frozen=True, slots=True)
class Buckets:
    """Adjacent half-open spans: bucket ``i`` is ``[edges[i], edges[i + 1])``.

    Attributes:
        edges: n + 1 ascending epoch seconds for n buckets.
        label: the width in words: "30 min", "1 day".
        zone: the time zone whose hours and days the edges follow.
    """

    edges: tuple[float, ...]
    label: str
    zone: ZoneInfo

    @property
    def each(self) -> str:
        """A bucket in words, behind "per": ``30 min``, ``day``."""
        return _ONE.get(self.label, self.label)

    def __len__(self) -> int:
        """How many buckets there are."""
        return len(self.edges) - 1

    @property
    def range(self) -> TimeRange:
        """From the first edge to the last."""
        return TimeRange(self.edges[0], self.edges[-1])

    def complete(self, now: float) -> int:
        """How many buckets have ended by ``now``, counted from the first."""
        return max(0, min(len(self), bisect_right(self.edges, now) - 1))


@dataclass(frozen=True, slots=True)
class Width:
    """A bucket's width. Below three hours buckets are equally long; wider ones follow the wall clock's days."""

    label: str
    seconds: float
    months: int = 0

    @property
    def by_wall_clock(self) -> bool:
        """Whether a bucket's length changes with the clocks and the calendar."""
        return self.seconds >= 3 * HOUR


WIDTHS: Final = (
    Width("15 s", 15),
    Width("1 min", MINUTE),
    Width("5 min", 5 * MINUTE),
    Width("15 min", 15 * MINUTE),
    Width("30 min", 30 * MINUTE),
    Width("1 h", HOUR),
    Width("3 h", 3 * HOUR),
    Width("12 h", 12 * HOUR),
    Width("1 day", DAY),
    Width("1 week", 7 * DAY),
    Width("1 month", 30.44 * DAY, months=1),
    Width("3 months", 91.3 * DAY, months=3),
    Width("1 year", 365.25 * DAY, months=12),
)

_BY_LABEL: Final = {width.label: width for width in WIDTHS}


@dataclass(frozen=True, slots=True)
class RangeChoice:
    """What a host picks. ``key`` is its name in settings and on the command line.

    Attributes:
        key: "24h"; title: "24 h"; words: how a sentence says it: "the last 24 h".
        buckets: how many buckets of ``width`` (ranges below a day), else 0; days: how many calendar days, else 0.
        width: the bucket's width; None where it follows from the data (All, custom).
        calendar: "day", "week" or "month", where it is one of the calendar's; back: so many of them ago.
    """

    key: str
    title: str
    words: str
    buckets: int = 0
    days: int = 0
    width: Width | None = None
    calendar: str = ""
    back: int = 0

    @property
    def ended(self) -> bool:
        """Whether it has an end of its own, instead of going on with the clock."""
        return self.key == "custom" or self.back > 0

    @property
    def before(self) -> str:
        """The period that it is compared with: "24 h before", "the week before"."""
        if self.calendar:
            return _BEFORE[self.calendar]
        return _("the same time before") if self.key == "custom" else _("{range} before").format(range=self.title)


CHOICES: Final = {
    choice.key: choice
    for choice in (
        RangeChoice("15min", "15 min", _("the last 15 min"), buckets=60, width=_BY_LABEL["15 s"]),
        RangeChoice("1h", "1 h", _("the last hour"), buckets=60, width=_BY_LABEL["1 min"]),
        RangeChoice("24h", "24 h", _("the last 24 h"), buckets=48, width=_BY_LABEL["30 min"]),
        RangeChoice("7d", _("7 d"), _("the last 7 days"), days=7, width=_BY_LABEL["3 h"]),
        RangeChoice("30d", _("30 d"), _("the last 30 days"), days=30, width=_BY_LABEL["1 day"]),
        RangeChoice("90d", _("90 d"), _("the last 90 days"), days=90, width=_BY_LABEL["1 day"]),
        RangeChoice("all", _("All"), _("all time")),
        RangeChoice("custom", _("Custom…"), _("this time range")),
        RangeChoice("today", _("Today"), _("today"), width=_BY_LABEL["30 min"], calendar="day"),
        RangeChoice("yesterday", _("Yesterday"), _("yesterday"), width=_BY_LABEL["30 min"], calendar="day", back=1),
        RangeChoice("this_week", _("This week"), _("this week"), width=_BY_LABEL["3 h"], calendar="week"),
        RangeChoice("last_week", _("Last week"), _("last week"), width=_BY_LABEL["3 h"], calendar="week", back=1),
        RangeChoice("this_month", _("This month"), _("this month"), width=_BY_LABEL["1 day"], calendar="month"),
        RangeChoice("last_month", _("Last month"), _("last month"), width=_BY_LABEL["1 day"], calendar="month", back=1),
    )
}
"""Every choice by its key: those of the picker in its order, then those of the calendar."""

CALENDAR: Final = tuple(choice.key for choice in CHOICES.values() if choice.calendar)
"""The keys of the calendar's ranges."""


@dataclass(frozen=True, slots=True)
class Window:
    """A choice at a moment: its buckets, and those of the period before it (None where there is none).

    Bucket ``i`` is compared with bucket ``i`` of the period before, which may go on where ours is not yet.
    """

    choice: RangeChoice
    buckets: Buckets
    previous: Buckets | None

    def counterpart(self, now: float) -> Buckets | None:
        """The bucket one period before the one that is filling at ``now``, finely cut, so that it ends as early.

        None where no bucket is filling, or nothing is compared.
        """
        filling = self.buckets.complete(now)
        if self.previous is None or filling >= len(self.buckets):
            return None
        start, end = self.previous.edges[filling : filling + 2]
        edges = tuple(start + (end - start) * part / _PARTS for part in range(_PARTS + 1))
        return Buckets(edges, self.previous.label, self.previous.zone)


def window(
    choice: RangeChoice, now: float, zone: ZoneInfo, extent: TimeRange | None = None, first_weekday: int = 0
) -> Window:
    """The buckets of a choice at ``now``.

    ``extent`` is the data's first and last moment for "all" and the span itself for "custom". Weeks begin on
    ``first_weekday``; 0 is Monday.
    """
    if choice.width is None:
        span = extent or TimeRange(now - DAY, now)
        if choice.key == "custom":
            return _custom_window(choice, span, zone)
        return Window(choice, spanning(TimeRange(span.start, max(now, span.start + 1)), zone), None)
    if choice.calendar:
        return _period_window(choice, now, zone, choice.width, first_weekday)
    if choice.days:
        return _calendar_window(choice, now, zone, choice.width)
    last = _floor(now, choice.width, zone) + choice.width.seconds
    length = choice.buckets * choice.width.seconds
    edges = tuple(last - length + i * choice.width.seconds for i in range(choice.buckets + 1))
    before = tuple(edge - length for edge in edges)
    label = choice.width.label
    return Window(choice, Buckets(edges, label, zone), Buckets(before, label, zone))


def local_days(days: int, now: float, zone: ZoneInfo) -> Buckets:
    """Today so far and the ``days - 1`` whole calendar days before it; a day has 23, 24 or 25 hours.

    ``days`` below 1 is taken as 1, and years before the first possible event are left out.
    """
    today = local_time(now, zone).date()
    possible = (today - local_time(DISCORD_EPOCH, zone).date()).days
    first = today - timedelta(days=min(max(days, 1) - 1, max(possible, 0)))
    edges = tuple(_first_moment(first + timedelta(days=i), zone) for i in range((today - first).days + 2))
    return Buckets(_ascending(edges), "1 day", zone)


def utc_time(moment: float) -> datetime:
    """A moment as a date and time in UTC. ``datetime.fromtimestamp`` knows none before 1970 or after 3000 on Windows.

    Raises:
        OverflowError, ValueError: no calendar of Python's has it.
    """
    return _EPOCH + timedelta(seconds=moment)


def local_time(moment: float, zone: tzinfo | None) -> datetime:
    """What calendar and clock of a zone show at a moment; None is the zone of this machine.

    Raises:
        OverflowError, ValueError: no calendar of Python's has it.
    """
    return utc_time(moment).astimezone(zone)


def host_zone() -> ZoneInfo:
    """The zone of this machine; UTC, as the C library has it, where the system names none that is known."""
    try:
        return tzlocal.get_localzone()
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")


def day_start(day: date, zone: ZoneInfo) -> float | None:
    """The first moment of a local day; None for a day that a zone skipped (Samoa's 30 December 2011)."""
    midnight = datetime.combine(day, datetime.min.time())
    moment = _epoch(midnight, zone)
    if local_time(moment, zone).replace(tzinfo=None, fold=0) != midnight:
        moment = offset_changes(TimeRange(moment - DAY, moment + 1), zone)[-1][0]
    return moment if local_time(moment, zone).date() == day else None


def day_name(moment: float, zone: ZoneInfo) -> str:
    """The local calendar date of a moment, ``YYYY-MM-DD``."""
    return local_time(moment, zone).date().isoformat()


def spanning(span: TimeRange, zone: ZoneInfo) -> Buckets:
    """Buckets of the finest width that covers a span with at most :data:`MOST_BUCKETS`; the last may reach past it."""
    width = next((w for w in WIDTHS if (span.end - span.start) / w.seconds <= MOST_BUCKETS - 2), WIDTHS[-1])
    return Buckets(tuple(_edges_from(span, width, zone)), width.label, zone)


def cut(span: TimeRange, label: str, zone: ZoneInfo) -> Buckets:
    """A span in buckets of the width with this label; the first and the last may be cut short by its ends."""
    inner = (edge for edge in _edges_from(span, _BY_LABEL[label], zone) if span.start < edge < span.end)
    return Buckets((span.start, *inner, span.end), label, zone)


def offset_changes(span: TimeRange, zone: ZoneInfo) -> tuple[tuple[float, float], ...]:
    """The UTC offsets in a span: ``(from when, offset in seconds)``, ascending, the first at ``span.start``."""
    changes = [(span.start, _offset(span.start, zone))]
    moment = span.start
    while moment < span.end:
        following = min(moment + 7 * DAY, span.end)
        if _offset(following, zone) != changes[-1][1]:
            changes.append((_change_between(moment, following, zone), _offset(following, zone)))
        moment = following
    return tuple(changes)


def _change_between(low: float, high: float, zone: ZoneInfo) -> float:
    """The first whole second at which the offset is no longer that of ``low``; at the latest that after ``high``."""
    before, seconds = _offset(low, zone), range(math.floor(low) + 1, math.ceil(high))
    return float(seconds.start + bisect_left(seconds, True, key=lambda second: _offset(second, zone) != before))


def _calendar_window(choice: RangeChoice, now: float, zone: ZoneInfo, width: Width) -> Window:
    days = local_days(choice.days, now, zone).range
    both = _edges_from(TimeRange(local_days(2 * choice.days, now, zone).edges[0], days.end), width, zone)
    whole = tuple(edge for edge in both if days.start <= edge <= days.end)
    before = tuple(edge for edge in both if edge <= days.start)
    previous = Buckets(before, width.label, zone) if len(before) == len(whole) else None
    return Window(choice, Buckets(whole[: bisect_right(whole, now) + 1], width.label, zone), previous)


def _period_window(choice: RangeChoice, now: float, zone: ZoneInfo, width: Width, first_weekday: int) -> Window:
    """A day, week or month of the calendar so far, and the one before, or as many buckets where that has fewer."""
    first = _period_start(choice.calendar, local_time(now, zone).date(), first_weekday)
    for _back in range(choice.back):
        first = _period_start(choice.calendar, first - timedelta(days=1), first_weekday)
    following = _period_start(choice.calendar, first + timedelta(days=_PERIODS[choice.calendar]), first_weekday)
    preceding = _period_start(choice.calendar, first - timedelta(days=1), first_weekday)
    before, start, end = (_first_moment(day, zone) for day in (preceding, first, following))
    whole = cut(TimeRange(start, end), width.label, zone)
    edges = whole.edges[: bisect_right(whole.edges, now) + 1]
    previous = cut(TimeRange(before, start), width.label, zone)
    if len(previous) < len(edges) - 1:
        longer = cut(TimeRange(start - len(edges) * width.seconds - DAY, start), width.label, zone)
        previous = replace(longer, edges=longer.edges[-len(edges) :])
    return Window(choice, replace(whole, edges=edges), previous)


_PERIODS: Final = {"day": 1, "week": 7, "month": 31}
"""Days after its first one at which the next one has begun; the next but one never has."""


def _period_start(calendar: str, day: date, first_weekday: int) -> date:
    if calendar == "month":
        return day.replace(day=1)
    return day if calendar == "day" else day - timedelta(days=(day.weekday() - first_weekday) % 7)


def _first_moment(day: date, zone: ZoneInfo) -> float:
    return _epoch(datetime.combine(day, datetime.min.time()), zone)


def _custom_window(choice: RangeChoice, span: TimeRange, zone: ZoneInfo) -> Window:
    length = max(span.end - span.start, 1.0)
    whole = cut(TimeRange(span.start, span.start + length), spanning(span, zone).label, zone)
    return Window(choice, whole, replace(whole, edges=tuple(edge - length for edge in whole.edges)))


def _edges_from(span: TimeRange, width: Width, zone: ZoneInfo) -> tuple[float, ...]:
    edges: list[float] = []
    for edge in _steps(span.start, width, zone):
        if not edges or edge > edges[-1]:
            edges.append(edge)
        if edge > span.end:
            break
    return tuple(edges)


def _steps(start: float, width: Width, zone: ZoneInfo) -> Iterator[float]:
    if not width.by_wall_clock:
        first = _floor(start, width, zone)
        yield from (first + step * width.seconds for step in count())
    naive = _wall_clock_floor(start, width, zone)
    while True:
        yield _epoch(naive, zone)
        naive = _next_month(naive, width.months) if width.months else naive + timedelta(seconds=width.seconds)


def _floor(moment: float, width: Width, zone: ZoneInfo) -> float:
    """The start of the equally long bucket that holds a moment."""
    offset = _offset(moment, zone)
    return math.floor((moment + offset) / width.seconds) * width.seconds - offset


def _wall_clock_floor(moment: float, width: Width, zone: ZoneInfo) -> datetime:
    """What the wall clock showed when the bucket that holds a moment began."""
    naive = local_time(moment, zone).replace(tzinfo=None)
    midnight = naive.replace(hour=0, minute=0, second=0, microsecond=0)
    if width.months:
        month = (midnight.month - 1) // width.months * width.months + 1
        return midnight.replace(day=1, month=month)
    if width.seconds > DAY:
        return midnight - timedelta(days=midnight.weekday())
    return midnight + (naive - midnight) // timedelta(seconds=width.seconds) * timedelta(seconds=width.seconds)


def _next_month(naive: datetime, months: int) -> datetime:
    years, month = divmod(naive.month - 1 + months, 12)
    return naive.replace(year=naive.year + years, month=month + 1)


def _offset(moment: float, zone: ZoneInfo) -> float:
    offset = local_time(moment, zone).utcoffset()
    return offset.total_seconds() if offset else 0.0


def _epoch(naive: datetime, zone: ZoneInfo) -> float:
    """A wall-clock time that the clocks skip is the moment at which they skip it."""
    return naive.replace(tzinfo=zone).timestamp()


def _ascending(edges: tuple[float, ...]) -> tuple[float, ...]:
    return edges[:1] + tuple(later for earlier, later in pairwise(edges) if later > earlier)
