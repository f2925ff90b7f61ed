"""Time ranges as people type them: "last 6 h", "yesterday", "2026-11-01 to 2026-11-07"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.text.dates import with_iso_dates
from core.text.formatting import DAYS, HOURS, MINUTES, one_line
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import (
    CHOICES,
    DAY,
    HOUR,
    MINUTE,
    MOST_BUCKETS,
    WIDTHS,
    RangeChoice,
    TimeRange,
    day_start,
    local_time,
)

EXAMPLES: Final = "last 6 h, yesterday, this week, 2026-11, 2026-11-01 to 2026-11-07, 14:00 to 15:30"
"""What can be typed, for a hint."""

_LONGEST: Final = 80


class RangeNotUnderstood(Exception):
    """A text that names no range; its own text says what would."""


@dataclass(frozen=True, slots=True)
class TypedRange:
    """A range as it was meant: one that goes on with the clock, or, with ``span``, one from a moment to another."""

    choice: RangeChoice
    span: TimeRange | None = None


def range_of(text: str, zone: ZoneInfo, now: float) -> TypedRange:
    """Read a range: a choice's name, so long until now, a day, month or year, or a start and an end.

    An end that is a day is that whole day; without one the range ends now. ``now`` is in epoch seconds.

    Raises:
        RangeNotUnderstood: it is none of these, there is no such day, or it ends before it begins.
    """
    plain = with_iso_dates(" ".join(text.casefold().split()), local_time(now, zone).year)
    try:
        found = _known(plain) or _so_long(plain, now) or _one(plain, zone, now) or _from_to(plain, zone, now)
    except (ValueError, OverflowError) as error:
        raise RangeNotUnderstood(
            _("There is no such day or time: “{text}”").format(text=one_line(text, _LONGEST))
        ) from error
    if found is None:
        raise RangeNotUnderstood(
            _("“{text}” is no time range. Ranges are, for instance: {examples}").format(
                text=one_line(text, _LONGEST), examples=EXAMPLES
            )
        )
    if found.span is not None and not found.span.start < found.span.end:
        raise RangeNotUnderstood(_("The range must begin before it ends."))
    return found


def choice_of(key: str) -> RangeChoice | None:
    """The choice with this key; ``6h``, ``45min`` or ``10d`` go as far back. None: there is none."""
    if key in CHOICES:
        return CHOICES[key]
    found = _KEY.fullmatch(key)
    return _going_back(int(found[1]), found[2]) if found else None


def _spoken(choice: RangeChoice) -> tuple[str, ...]:
    """A choice as it is shown, in the language of this process."""
    return choice.title.casefold(), choice.words.casefold(), choice.words.removeprefix("the ")


_UNITS: Final = {"min": MINUTE, "h": HOUR, "d": DAY}
_SHOWN: Final = {"min": MINUTES, "h": HOURS, "d": DAYS}
_KEY: Final = re.compile(r"([1-9][0-9]{0,4})(min|h|d)")
_NAMED: Final = {
    name: choice
    for choice in CHOICES.values()
    if choice.key != "custom"
    for name in (choice.key, choice.key.replace("_", " "), *_spoken(choice))
}
_SO_LONG: Final = re.compile(
    r"(?:the )?(?:last |past )?(?:([0-9]{1,5}) ?)?(min(?:ute)?|h(?:our)?|hr|d(?:ay)?|w(?:eek)?)s?(?: ago)?"
)
_LETTERS: Final = {"m": ("min", 1), "h": ("h", 1), "d": ("d", 1), "w": ("d", 7)}
_DAYS_BY_HOURS: Final = 15
"""Up to so many days are cut into parts of a day, as a week is."""


def _known(text: str) -> TypedRange | None:
    choice = _NAMED.get(text)
    return None if choice is None else TypedRange(choice)


def _so_long(text: str, now: float) -> TypedRange | None:
    """So long until now: it goes on with the clock where that takes no more buckets than a chart has room for."""
    found = _SO_LONG.fullmatch(text)
    if found is None or text.endswith(" ago") or not int(found[1] or 1):
        return None
    unit, times = _LETTERS[found[2][0]]
    amount = int(found[1] or 1) * times
    choice = _NAMED.get(f"{amount}{unit}") or _going_back(amount, unit)
    if choice is not None:
        return TypedRange(choice)
    return TypedRange(CHOICES["custom"], TimeRange(now - amount * _UNITS[unit], now))


def _going_back(amount: int, unit: str) -> RangeChoice | None:
    """A range of so many minutes, hours or days until now, of whole buckets; None where it would take too many."""
    key, length = f"{amount}{unit}", amount * _UNITS[unit]
    if unit == "d":
        words = ngettext("the last {count} day", "the last {count} days", amount).format(count=amount)
    else:
        words = _("the last {time}").format(time=f"{amount} {_SHOWN[unit]}")
    if unit == "d" and 2 < amount <= MOST_BUCKETS:
        width = next(each for each in WIDTHS if each.label == ("3 h" if amount <= _DAYS_BY_HOURS else "1 day"))
        return RangeChoice(key, f"{amount} {_SHOWN[unit]}", words, days=amount, width=width)
    fitting = (each for each in WIDTHS if not each.by_wall_clock and not length % each.seconds)
    fine = next((each for each in fitting if length / each.seconds <= MOST_BUCKETS), None)
    if fine is None:
        return None
    return RangeChoice(key, f"{amount} {_SHOWN[unit]}", words, buckets=round(length / fine.seconds), width=fine)


_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_CLOCK: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})")
_TO: Final = re.compile(r"(?:(?:from|since) )?(.+?)(?: (?:to|until|till|[-\u2013]) | ?\.\. ?|\u2013)(.+)")
_SINCE: Final = re.compile(r"(?:since|from) (.+)")


def _one(text: str, zone: ZoneInfo, now: float) -> TypedRange | None:
    """A day, month or year by its number."""
    if not _DATE.fullmatch(text):
        return None
    found = _span(text, zone, now)
    return None if found is None else TypedRange(CHOICES["custom"], found)


def _from_to(text: str, zone: ZoneInfo, now: float) -> TypedRange | None:
    ends = _TO.fullmatch(text)
    since = _SINCE.fullmatch(text) if ends is None else None
    first = ends[1] if ends else since[1] if since else None
    start = None if first is None else _span(first, zone, now)
    end = _span(ends[2], zone, now) if ends else TimeRange(now, now)
    if start is None or end is None:
        return None
    return TypedRange(CHOICES["custom"], TimeRange(start.start, end.end))


def _span(text: str, zone: ZoneInfo, now: float) -> TimeRange | None:
    """What a date, a time or both stand for: all of a day, month or year, or one moment. None where it is neither."""
    today = local_time(now, zone).date()
    days = {"today": today, "yesterday": today - timedelta(days=1)}
    day, _n, time = text.replace("t", " ").partition(" ") if text[:1].isdigit() else text.partition(" ")
    if text == "now":
        return TimeRange(now, now)
    if clock := _CLOCK.fullmatch(text):
        return _at(today, clock, zone)
    if (clock := _CLOCK.fullmatch(time)) and (day in days or _DATE.fullmatch(day)):
        return _at(days[day] if day in days else date.fromisoformat(day), clock, zone)
    if time or not (day in days or _DATE.fullmatch(day)):
        return None
    return _whole_days(days[day], days[day] + timedelta(days=1), zone) if day in days else _dated(day, zone)


def _dated(text: str, zone: ZoneInfo) -> TimeRange:
    parts = [int(part) for part in text.split("-")]
    first = date(*parts, *(1,) * (3 - len(parts)))
    if len(parts) == 3:
        return _whole_days(first, first + timedelta(days=1), zone)
    following = first.replace(day=28) + timedelta(days=4) if len(parts) == 2 else first.replace(month=12, day=31)
    return _whole_days(first, (following + timedelta(days=len(parts) == 1)).replace(day=1), zone)


def _whole_days(first: date, following: date, zone: ZoneInfo) -> TimeRange:
    start, end = day_start(first, zone), day_start(following, zone)
    if start is None or end is None:
        raise ValueError("left out of the calendar")
    return TimeRange(start, end)


def _at(day: date, clock: re.Match[str], zone: ZoneInfo) -> TimeRange:
    moment = datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2]), tzinfo=zone).timestamp()
    return TimeRange(moment, moment)
