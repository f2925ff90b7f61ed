"""The days of the Calendar page as a list: counted from the events, and beside that what daily_stats has stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import Bar, BarChart
from core.presenters.chart_parts import FAILED, tells_failures, whole
from core.presenters.presenter import READING, PageInput
from core.statistics.calendar_days import CalendarDays, Day, StoredDay, differs
from core.text import formatting
from core.text.dates import weekday_month_day
from core.text.formatting import commands_words, images_words, users_words
from core.text.translation import gettext as _
from core.time_ranges import TimeRange, day_start, local_time

_COLUMNS: Final = (_("images"), _("users"), _("failed"), _("mean time"), "daily_stats")
_UNITS: Final = ("", "", "", "s", "")
_EXPLAINS: Final = _(
    "daily_stats: whether the bot's own sums of a day are what its events say; if not, what the bot stored."
)

_Counted = tuple[int, int | None, int, int, float | None]
"""Commands, failures (None where they are not recorded), images, users, and the mean generation time in seconds."""


def day_list(page: PageInput, days: CalendarDays | None, first: date, last: date, nothing: str) -> BarChart:
    """The days from ``first`` to ``last`` of which anything is known, the newest first, or ``nothing`` in words."""
    known = page.scanned
    bars = tuple(_bars(page, days, first, last)) if days is not None else ()
    empty = None if bars else nothing if known.whole else READING
    return BarChart(
        title=_("Days"),
        subtitle=_("counted from the events, the newest first"),
        bars=bars,
        value=_("commands"),
        columns=_COLUMNS,
        part=FAILED if days is not None and day_failures_told(page, days) else "",
        empty=empty,
        summary=empty
        or _("{counted} with events, the newest first.").format(
            counted=formatting.counted(len(bars), "{count} day", "{count} days")
        ),
        coverage=known if bars else known.all_or_nothing(),
        units=_UNITS,
        explains=_EXPLAINS,
        zone=whole(page).zone,
        every_row=True,
    )


def differing(days: CalendarDays, today: date) -> int:
    """How many of the days that are over daily_stats tells otherwise than their events do."""
    both = (day for day in days.stored if day in days.days and day < today)
    return sum(differs(days.days[day], days.stored[day]) for day in both)


def day_failures_told(page: PageInput, days: CalendarDays) -> bool:
    """Whether failed commands can be told from others, of all days."""
    commands, failures = (
        sum(day.commands for day in days.days.values()),
        sum(day.failures for day in days.days.values()),
    )
    return tells_failures(page, commands, failures)


def _bars(page: PageInput, days: CalendarDays, first: date, last: date) -> Iterator[Bar]:
    zone, since = whole(page).zone, page.scanned.since
    today = local_time(page.now, zone).date()
    told = day_failures_told(page, days)
    found = (day for day in days.days.keys() | days.stored.keys() if first <= day <= last)
    for day in sorted((day for day in found if (day_start(day, zone) or since) >= since), reverse=True):
        counted = _counted(days.days[day], told) if day in days.days else None
        yield from _bar(day, counted, _stored(days, day, today), zone)


def _counted(day: Day, told: bool) -> _Counted:
    mean = day.seconds / day.timed if day.timed else None
    return day.commands, day.failures if told else None, day.images, len(day.users), mean


def _stored(days: CalendarDays, day: date, today: date) -> tuple[StoredDay | None, str]:
    """What is stored of a day, and in a word how that compares with its events."""
    stored = days.stored.get(day)
    if stored is None:
        return None, formatting.NOTHING
    if day not in days.days:
        return stored, _("only there")
    if day >= today:
        return stored, _("so far")
    return stored, _differences(days.days[day], stored) or _("the same")


def _differences(day: Day, stored: StoredDay) -> str:
    """What is stored where it is not what the events say: ``differs: 41 commands, 7 users``."""
    pairs = ((stored.commands, day.commands, commands_words), (stored.images, day.images, images_words),
             (stored.users, len(day.users), users_words))  # fmt: skip
    words = [words_of(told) for told, counted, words_of in pairs if told is not None and told != counted]
    return _("differs: {what}").format(what=", ".join(words)) if words else ""


@lru_cache(maxsize=1024)  # at a look no day but today has other numbers
def _bar(day: date, counted: _Counted | None, kept: tuple[StoredDay | None, str], zone: ZoneInfo) -> tuple[Bar, ...]:
    stored, words = kept
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    if start is None or end is None:
        return ()
    if counted is None and stored is not None:
        numbers: tuple[float | None, ...] = (stored.commands, None, stored.images, stored.users, stored.generation)
    else:
        numbers = counted or (0, 0, 0, 0, None)
    commands, failed, images, users, mean = numbers
    whole_numbers = tuple(None if each is None else int(each) for each in (images, users, failed))
    figures = (*map(formatting.count, whole_numbers), formatting.seconds(mean), words)
    name = f"{weekday_month_day(day)} {day.year}"
    span = TimeRange(start, end)
    told = None if words == formatting.NOTHING else words
    return (Bar(name, float(commands or 0), float(failed or 0), figures, None, (*whole_numbers, mean, told), span),)
