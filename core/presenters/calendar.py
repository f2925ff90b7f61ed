"""The Calendar page: the days of a year, one field each, by a chosen measure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from core.charts.specs import BarChart, HeatCell, Heatmap, Unit
from core.presenters.calendar_list import day_failures_told, day_list, differing
from core.presenters.chart_parts import FAILURES_UNRECORDED, whole, without_time
from core.presenters.presenter import READING, Figure, PageInput, PagePresenter, board
from core.statistics.calendar_days import CalendarDays, Day, StoredDay
from core.statistics.counting import ACTIVITY
from core.text import formatting
from core.text.dates import MONTHS, WEEKDAYS, dated, weekday_month_day
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import TimeRange, day_start, local_time

TABLE: Final = "days"
LIST: Final = "list"
"""The key of the list of days."""

_WEEKS: Final = 53


@dataclass(frozen=True, slots=True)
class _Measure:
    """What a day is coloured by.

    Attributes:
        title: the chart's; value: what is counted; unit: its unit.
        counted: reads it from the events of a day; stored: from a row of daily_stats, which does not have them all.
        words: says it.
        nothing: what is said of a year in which there was none.
    """

    title: str
    value: str
    counted: Callable[[Day], float | None]
    stored: Callable[[StoredDay], float | None]
    words: Callable[[float], str]
    nothing: str
    unit: Unit = Unit.COUNT


def _number(value: float) -> str:
    return formatting.count(round(value))


_MEASURES: Final = {
    "commands": _Measure(_("Commands"), _("commands"), lambda day: day.commands, lambda day: day.commands, _number,
                         _("No command was run in this year.")),
    "images": _Measure(_("Images"), _("images"), lambda day: day.images, lambda day: day.images, _number,
                       _("No image was made in this year.")),
    "users": _Measure(_("Active users"), _("users"), lambda day: len(day.users), lambda day: day.users, _number,
                      _("No row of this year names a user.")),
    "failures": _Measure(_("Failed commands"), _("failed"), lambda day: day.failures, lambda _day: None, _number,
                         _("No command failed in this year.")),
    "generation": _Measure(
        _("Mean generation time"),
        _("on average"),
        lambda day: day.seconds / day.timed if day.timed else None,
        lambda day: day.generation,
        formatting.seconds,
        _("No generation times are known in this year."),
        Unit.SECONDS,
    ),
}  # fmt: skip


def _year(measure: _Measure, page: PageInput) -> Heatmap:
    days = _days(page)
    begun = None if days is None else days.begun
    first, end = _ends(page)
    starts = [first + timedelta(weeks=week) for week in range(_WEEKS)]
    cells = tuple(
        tuple(_cell(measure, days, begun, start + timedelta(days=weekday), end, page) for start in starts)
        for weekday in range(7)
    )
    known = [(cell.value, cell.words) for row in cells for cell in row if cell.value]
    empty = None if known else READING if not page.scanned.whole else _why_none(measure, days, page)
    return Heatmap(
        title=measure.title,
        subtitle=_("one square per day"),
        rows=tuple(WEEKDAYS[(page.first_weekday + i) % 7] if i % 2 == 0 else "" for i in range(7)),
        columns=tuple(_months(starts)),
        cells=cells,
        value=measure.value,
        unit=measure.unit,
        empty=empty,
        summary=empty or _("The most: {known}.").format(known=max(known)[1]),
        coverage=page.scanned if known else page.scanned.all_or_nothing(),
        zone=whole(page).zone,
        every_row=True,
    )


def _ends(page: PageInput) -> tuple[date, date]:
    """The first day and the last: today, so that a day that is chosen stays where it is.

    Where the whole range lies before that year, the last week is the range's.
    """
    zone = whole(page).zone
    today = local_time(page.now, zone).date()
    last = local_time(min(whole(page).range.end - 1, page.now), zone).date()
    first = _week(page, today) - timedelta(weeks=_WEEKS - 1)
    if last >= first:
        return first, today
    week = _week(page, last)
    return week - timedelta(weeks=_WEEKS - 1), week + timedelta(days=6)


def _week(page: PageInput, day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=(day.weekday() - page.first_weekday) % 7)


def _cell(
    measure: _Measure, days: CalendarDays | None, begun: date | None, day: date, end: date, page: PageInput
) -> HeatCell:
    if day > end:
        return HeatCell(None)
    zone = whole(page).zone
    if not page.scanned.whole:
        start = day_start(day, zone)
        if start is None or start < page.scanned.since or begun is None or day < begun:  # earlier ones may tell of it
            return HeatCell(None, _("{day}: not read yet").format(day=_dated(day)))
    return _field(measure, day, *_value(measure, days, begun, day), zone)


def _dated(day: date) -> str:
    return f"{weekday_month_day(day)} {day.year}"


@lru_cache(maxsize=8 * 7 * _WEEKS)  # at a look no day but today has another value
def _field(measure: _Measure, day: date, value: float | None, note: str, zone: ZoneInfo) -> HeatCell:
    start, following = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    if start is None or following is None:
        return HeatCell(None)
    named = _dated(day)
    words = (
        f"{named}: {measure.words(value)} {measure.value}{note}"
        if value is not None
        else _("{day}: not known").format(day=named)
    )
    return HeatCell(value, words, None, TimeRange(start, following))


def _value(measure: _Measure, days: CalendarDays | None, begun: date | None, day: date) -> tuple[float | None, str]:
    """What the events say; where none are left of a day, what daily_stats has stored of it.

    Before the day on which the records begin nothing is known, and nothing is not zero.
    """
    if days is None:
        return None, ""
    if day in days.days:
        return measure.counted(days.days[day]), ""
    if day in days.stored:
        stored = measure.stored(days.stored[day])
        return stored, _(" (as stored in daily_stats; its events are gone)") if stored is not None else ""
    there = measure.unit is Unit.COUNT and begun is not None and day >= begun
    return (0.0, "") if there else (None, "")


def _months(starts: Iterable[date]) -> Iterable[str]:
    """A month's name at the first week that begins in it."""
    before = 0
    for start in starts:
        yield MONTHS[start.month - 1] if start.month != before else ""
        before = start.month


def _days(page: PageInput) -> CalendarDays | None:
    return page.findings if isinstance(page.findings, CalendarDays) else None


def _figures(page: PageInput) -> tuple[Figure, ...]:
    days = _days(page)
    if days is None:
        return ()
    today = local_time(page.now, whole(page).zone).date()
    active = [day for day, numbers in days.days.items() if day <= today and (numbers.commands or numbers.images)]
    first = min(active, default=None)
    only_stored = len(days.stored.keys() - days.days.keys())
    apart = differing(days, today)
    gone = _("{count} of them without events").format(count=formatting.count(only_stored)) if only_stored else ""
    other = (
        ngettext("{count} differs from the events", "{count} differ from the events", apart).format(
            count=formatting.count(apart)
        )
        if apart
        else ""
    )
    since = "" if first is None else _("since {day}").format(day=dated(first))
    return (
        Figure(_("Days with events"), formatting.count(len(active)), since, _("Days on which anything was recorded"),
               every_row=True),
        Figure(
            _("In daily_stats"),
            formatting.count(len(days.stored)),
            ", ".join(filter(None, (gone, other))) if days.stored else _("the bot has summed up no day yet"),
            _(
                "Days that the bot has summed up; where their events are gone, the summary is shown. The list of days "
                "tells which differ."
            ),
            every_row=True,
        ),
    )  # fmt: skip


def _list(page: PageInput) -> BarChart:
    return day_list(page, _days(page), *_ends(page), _nothing(page))


def _nothing(page: PageInput) -> str:
    if page.last_seen is not None:
        return _("Nothing was recorded in this year.")
    return without_time(page) or _("Nothing is recorded yet.")


def _why_none(measure: _Measure, days: CalendarDays | None, page: PageInput) -> str:
    """Why no day of the year has a value: of a measure alone, or of all of them."""
    first, end = _ends(page)
    if days is None or not any(first <= day <= end for day in days.days):
        return _nothing(page)
    if measure is _MEASURES["failures"] and not day_failures_told(page, days):
        return FAILURES_UNRECORDED
    return measure.nothing


CALENDAR: Final = PagePresenter(
    "calendar",
    board(
        {**{key: partial(_year, measure) for key, measure in _MEASURES.items()}, LIST: _list},
        _figures,
        own_coverage=frozenset({*_MEASURES, LIST}),
    ),
    (ACTIVITY,),
    scan=CalendarDays,
)
