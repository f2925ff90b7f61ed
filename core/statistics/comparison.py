"""What a range is compared with: the time before it, or the same days of another week, month or year.

Every moment of the range has its counterpart then. Days stay days and hours stay hours: both follow the wall clock of
the zone, so a change of the clocks in between shifts nothing. What has no counterpart of the same kind (a 31st in a
month of 30 days, an hour that was skipped) is compared with nothing.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from core.text.dates import dated
from core.text.translation import gettext as _
from core.time_ranges import CHOICES, DAY, HOUR, Buckets, RangeChoice, TimeRange, Window, local_time


class Against(StrEnum):
    """Which other time a range is compared with."""

    NOTHING = ""
    BEFORE = "before"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    DATE = "date"


_WORDS: Final = {
    Against.BEFORE: _("the period before"),
    Against.WEEK: _("a week before"),
    Against.MONTH: _("a month before"),
    Against.YEAR: _("a year before"),
}

_SHORT_OF_A_DAY: Final = 22 * HOUR
"""Seconds. A day has 23 to 25 hours, rarely 22 or 26, and is compared with a day all the same."""

_A_MONTH: Final = 27 * DAY
"""Seconds. A bucket that long is compared with a month as it is, whatever number of days that has."""

_STEPS: Final = 60
"""A bucket that is still filling is compared with its counterpart up to the same moment, in so many steps."""

_LEAST_STEP: Final = 5.0

_FIRST_DAY: Final = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class OtherTime:
    """What the host compares the range with.

    Attributes:
        against: which time; first_day: for :attr:`Against.DATE` the day with which the range's first day is compared.
    """

    against: Against = Against.NOTHING
    first_day: date | None = None

    def __bool__(self) -> bool:
        return self.against is not Against.NOTHING

    @property
    def words(self) -> str:
        """What it says of any range: ``the period before``, ``a week before``, ``from 3 Oct 2026``."""
        if self.first_day is not None:
            return _("from {day}").format(day=dated(self.first_day))
        return _WORDS.get(self.against, "")

    @property
    def text(self) -> str:
        """How settings, links and the command line say it: ``before``, ``week``, ``2026-10-01``; empty: nothing."""
        return self.first_day.isoformat() if self.first_day is not None else str(self.against)

    @classmethod
    def from_text(cls, text: str) -> OtherTime:
        """What :attr:`text` says.

        Raises:
            ValueError: it says nothing of the kind.
        """
        if text in set(Against) - {Against.DATE}:
            return cls(Against(text))
        day = date.fromisoformat(text)
        if day < _FIRST_DAY:
            raise ValueError(f"no bot wrote anything in {day.year}")
        return cls(Against.DATE, day)


NO_COMPARISON: Final = OtherTime()


@dataclass(frozen=True, slots=True)
class Then:
    """The time that a range is compared with.

    Attributes:
        comparison: how it was chosen; choice: of which range.
        range: the range's buckets at this moment; before: those of the period before it.
        now: epoch seconds up to which the range is compared.
    """

    comparison: OtherTime
    choice: RangeChoice
    range: Buckets
    before: Buckets | None
    now: float

    @property
    def words(self) -> str:
        """The time in words: ``24 h before``, ``a week before``, ``from 3 Oct 2026``."""
        return self.choice.before if self.comparison.against is Against.BEFORE else self.comparison.words

    @property
    def until(self) -> float:
        """Epoch seconds: the counterpart of now, or of the range's end where that is over."""
        return self.moment(min(self.now, self.range.edges[-1]))

    def moment(self, moment: float) -> float:
        """The counterpart of a moment of the range, both in epoch seconds."""
        if self.comparison.against is Against.BEFORE:
            return self._period_before(moment)
        local = local_time(moment, self.range.zone)
        return self._day(local.replace(tzinfo=None)).replace(tzinfo=self.range.zone, fold=local.fold).timestamp()

    def span(self, start: float, end: float) -> TimeRange | None:
        """The counterpart of a bucket; None where there is none that is as long. A filling one ends as early."""
        first, last = self.moment(start), self._end(start, end)
        whole = min(end - start, last - first) >= _SHORT_OF_A_DAY
        if last <= first or not (whole or abs((last - first) - (end - start)) < 1):
            return None
        return TimeRange(first, min(last, self.until)) if first < self.until else None

    def _end(self, start: float, end: float) -> float:
        """Where the counterpart of a bucket ends: that of a month's last day before the days that our month lacks."""
        last = self.moment(end)
        if self.comparison.against not in (Against.MONTH, Against.YEAR) or end - start >= _A_MONTH:
            return last
        zone = self.range.zone
        begun, over = (local_time(moment, zone).replace(tzinfo=None) for moment in (start, end))
        return min(last, (self._day(begun) + (over - begun)).replace(tzinfo=zone).timestamp())

    def window(self, buckets: Buckets) -> Window | None:
        """All of the time that some buckets of the range are compared with; None where there is none.

        What lies between counterparts is in buckets of its own, so totals are those of whole days.
        """
        spans = [self.span(start, end) for start, end in pairwise(buckets.edges)]
        first, last = self.moment(buckets.edges[0]), min(self.moment(buckets.edges[-1]), self.until)
        edges = {first, last} | {edge for span in spans if span is not None for edge in (span.start, span.end)}
        if last <= first:
            return None
        return Window(CHOICES["custom"], Buckets(tuple(sorted(edges)), buckets.label, buckets.zone), None)

    def _period_before(self, moment: float) -> float:
        assert self.before is not None
        ours, theirs = self.range.edges, self.before.edges
        place = min(max(bisect_right(ours, moment) - 1, 0), len(theirs) - 1)
        following = theirs[min(place + 1, len(theirs) - 1)]
        return min(theirs[place] + (moment - ours[place]), following) if place < len(ours) - 1 else theirs[place]

    def _day(self, local: datetime) -> datetime:
        against = self.comparison.against
        if against is Against.MONTH:
            return _months_back(local, 1)
        if against is Against.YEAR:
            return _months_back(local, 12)
        days = 7
        if self.comparison.first_day is not None:
            first = local_time(self.range.edges[0], self.range.zone).date()
            days = (first - self.comparison.first_day).days
        return local - timedelta(days=days)


def then_of(window: Window, comparison: OtherTime, now: float) -> Then | None:
    """What a range is compared with at ``now``; None where that is nothing: all time has none before it."""
    if not comparison or window.choice.key == "all":
        return None
    if comparison.against is Against.BEFORE and window.previous is None:
        return None
    step = max(min(_narrowest(window.buckets), DAY) / _STEPS, _LEAST_STEP)
    now = math.floor(now / step) * step
    then = Then(comparison, window.choice, window.buckets, window.previous, max(now, window.buckets.edges[0]))
    start = window.buckets.edges[0]
    return then if then.moment(start) < min(then.until, start) else None


def _narrowest(buckets: Buckets) -> float:
    return min(end - start for start, end in pairwise(buckets.edges))


def _months_back(local: datetime, months: int) -> datetime:
    """The same day and time so many months ago; a day that the month lacks is the moment at which it was over."""
    years, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    first = local.replace(day=1, year=years, month=month + 1)
    same = first + timedelta(days=local.day - 1)
    if same.month == first.month:
        return same
    return same.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
