"""Days, moments and spans in words, in the language of this process (``strftime`` would follow another locale)."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.text.conventions import CONVENTIONS
from core.text.formatting import HOURS, MINUTES, SECONDS, count
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import DAY, HOUR, MINUTE, Buckets, TimeRange, local_time

WEEKDAYS: Final = CONVENTIONS.weekdays
MONTHS: Final = CONVENTIONS.months

_TO: Final = "\N{EN DASH}"


def month_day(day: date) -> str:
    """``24 Nov``."""
    return CONVENTIONS.month_day.format(day=day.day, month=MONTHS[day.month - 1])


def weekday_month_day(day: date) -> str:
    """``Tue 24 Nov``."""
    return CONVENTIONS.weekday_month_day.format(
        weekday=WEEKDAYS[day.weekday()], day=day.day, month=MONTHS[day.month - 1]
    )


def with_iso_dates(text: str, year: int) -> str:
    """A text as somebody typed it, in small letters, with dates as this process writes them turned into ISO's.

    ``24. nov. 2026`` in German, ``24 nov 2026`` in English, becomes ``2026-11-24``; without a year ``year`` is meant.
    """
    return _SHOWN_DATE.sub(lambda found: _iso(found, year), text)


def _iso(found: re.Match[str], year: int) -> str:
    return f"{int(found['year'] or year):04d}-{_MONTH_NUMBERS[found['month']]:02d}-{int(found['day']):02d}"


_MONTH_NUMBERS: Final = {
    form: number
    for number, name in enumerate(MONTHS, 1)
    for form in (name.casefold(), name.casefold().removesuffix("."))
}
_MONTH: Final = "|".join(sorted(map(re.escape, _MONTH_NUMBERS), key=len, reverse=True))
_SHOWN_DATE: Final = re.compile(rf"\b(?P<day>[0-9]{{1,2}})\.?\s*(?P<month>{_MONTH})(?!\w)(?:\s+(?P<year>[0-9]{{4}}))?")


def span_words(start: float, end: float, zone: ZoneInfo) -> str:
    """When a bucket is, in local time: ``Tue 24 Nov, 12:00 – 12:30``, ``Tue 24 Nov 2026``, ``23 Nov – 29 Nov 2026``.

    The zone's abbreviation is added where the clock shows that hour twice.
    """
    first, last = local_time(start, zone), local_time(end, zone)
    if is_midnight(first) and is_midnight(last):
        return _days(first.date(), last.date() - timedelta(days=1))
    seconds = bool(first.second or last.second)
    until = clock(last, seconds)
    if last.date() != first.date() and not is_midnight(last):
        until = f"{weekday_month_day(last)}, {until}"
    words = f"{weekday_month_day(first)}, {clock(first, seconds)} {_TO} {until}"
    return f"{words} {first.tzname()}" if happens_twice(first) else words


def range_words(span: TimeRange, now: float, zone: ZoneInfo) -> str:
    """A range to be understood later and elsewhere: ``18 Nov – 24 Nov 2026``, ``24 Nov 2026, 14:00 – 15:30``.

    It ends at ``now`` (epoch seconds) where that is earlier; whole days, and today so far, are named by their dates.
    """
    first, last = local_time(span.start, zone), local_time(max(min(span.end, now), span.start), zone)
    if is_midnight(first) and (span.end > now or is_midnight(last)):
        final = local_time(max(span.start, min(span.end, now) - 1), zone).date()
        return _dates(first.date(), final)
    until = clock(last) if last.date() == first.date() else f"{dated(last)}, {clock(last)}"
    return f"{dated(first)}, {clock(first)} {_TO} {until}"


def _dates(first: date, last: date) -> str:
    if last <= first:
        return dated(last)
    return f"{month_day(first) if first.year == last.year else dated(first)} {_TO} {dated(last)}"


def dated_moment(moment: float, zone: ZoneInfo) -> str:
    """``24 Nov 2026, 15:41``."""
    local = local_time(moment, zone)
    return f"{dated(local)}, {clock(local)}"


def dated(day: date) -> str:
    """``24 Nov 2026``."""
    return CONVENTIONS.month_day_year.format(day=day.day, month=MONTHS[day.month - 1], year=day.year)


def moment_words(moment: float, buckets: Buckets) -> str:
    """A moment among some buckets: ``15:41``, and ``24 Nov 15:41`` where they cover more than a day."""
    local = local_time(moment, buckets.zone)
    a_day = buckets.range.end - buckets.range.start <= DAY + HOUR
    return clock(local) if a_day else f"{month_day(local)} {clock(local)}"


def length_words(span: TimeRange, zone: ZoneInfo) -> str:
    """How long a span is, as a sentence says it: ``in 24 h``, ``in 7 days``."""
    length = span.end - span.start
    if length >= 2 * DAY:
        days = (local_time(span.end - 1, zone).date() - local_time(span.start, zone).date()).days + 1
        return ngettext("in {count} day", "in {count} days", days).format(count=count(days))
    if length >= 2 * HOUR or length == HOUR:
        return _("in {time}").format(time=f"{round(length / HOUR)} {HOURS}")
    if length >= MINUTE:
        return _("in {time}").format(time=f"{round(length / MINUTE)} {MINUTES}")
    return _("in {time}").format(time=f"{round(length)} {SECONDS}")


def clock(local: datetime, seconds: bool = False) -> str:
    """``12:30``, or ``12:30:15``."""
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def happens_twice(local: datetime) -> bool:
    """Whether the clocks of its zone show this time twice, as in a night of autumn."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def is_midnight(local: datetime) -> bool:
    """Whether a clock shows the beginning of a day."""
    return (local.hour, local.minute, local.second) == (0, 0, 0)


def _days(first: date, last: date) -> str:
    if last <= first:
        return f"{weekday_month_day(last)} {last.year}"
    return f"{month_day(first)} {_TO} {month_day(last)} {last.year}"
