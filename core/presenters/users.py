"""The Users page: who they are, when they come, who is new; and one user's own view, where only one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import Final
from zoneinfo import ZoneInfo

from core.charts import inks
from core.charts.data_table import iso
from core.charts.specs import AnyChart, Bar, BarChart, Chart, Heatmap, Ink, Opens, Series, Unit
from core.coverage import Coverage
from core.filters import ENDING, EVERYTHING, Field, Filter, Term
from core.presenters.chart_parts import (
    FAILED,
    bar,
    bars,
    busiest,
    failed_over_time,
    failures_recorded,
    in_range,
    now_in,
    of_all,
    over_time,
    range_figures,
    whole,
    without_time,
)
from core.presenters.commands import run_figures
from core.presenters.image_rankings import only_standard
from core.presenters.presenter import Figure, PageInput, PagePresenter, board, known_part, named_one
from core.presenters.weekday_hours import hours_by_weekday
from core.statistics.counting import ACTIVITY, COMMANDS
from core.statistics.image_counting import IMAGE_DETAILS, NO_LORA, made
from core.statistics.results import CommandBreakdown, UserBreakdown, command_breakdown, generation_types, leaders, top
from core.statistics.visitors import Reach, Visits
from core.text import formatting
from core.text.dates import MONTHS, month_day
from core.text.translation import gettext as _
from core.text.translation import ngettext
from core.time_ranges import HOUR, local_time

_MOST_USERS: Final = 200
_MOST_BARS: Final = 40
_DAYS, _WEEKS, _MONTHS = 60, 53, 24
_QUARTER: Final = HOUR / 4
_rows: Final = partial(Opens, "commands")
_FEWEST: Final = {"day": 14, "week": 8, "month": 6}
"""So many of them are shown, even if nobody was there yet: one bar alone would fill the whole chart."""


def the_user(page: PageInput) -> str | None:
    """The one user that the filter leaves, or None: where it names the end of an id, whoever has it in the range."""
    named = named_one(page.chosen, Field.USER)
    if named is None or not named.startswith(ENDING):
        return named
    found = list(page.aggregate.whole.cell.users)
    return found[0] if len(found) == 1 else None


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell, user = page.aggregate.whole.cell, the_user(page)
    shared = (
        *run_figures(page),
        Figure(_("Images"), formatting.count(cell.images.total()), "", _("Images and videos that were made"),
               Opens("images", EVERYTHING)),
    )  # fmt: skip
    if user is not None:
        return (*_of_one(page, user), *shared)
    new = _new_in_range(page)
    note = "" if new is None or not cell.users else _("{new} of them new").format(new=formatting.count(new))
    tip = _("Users who ran a command or had an image made; new: never seen before this range")
    return (Figure(_("Active users"), formatting.count(len(cell.users)), note, tip), *shared)


def _of_one(page: PageInput, user: str) -> tuple[Figure, ...]:
    visits = _visits(page)
    first, last = (None, None) if visits is None else (visits.first.get(user), visits.last.get(user))
    return (
        Figure(
            _("User"),
            formatting.one_line(user, 24),
            tip=_("The only user who matches the filter"),
            whose=(str(Field.USER), user),
        ),
        Figure(_("First seen"), _day(page, first), "", _("This user's first command or image, whatever the range"),
               every_row=True),
        Figure(_("Last seen"), _day(page, last), "", _("This user's last command or image, whatever the range"),
               every_row=True),
    )  # fmt: skip


def _visits(page: PageInput) -> Visits | None:
    return page.findings if isinstance(page.findings, Visits) else None


def _new_in_range(page: PageInput) -> int | None:
    visits = _visits(page)
    start = whole(page).edges[0]
    if visits is None:
        return None
    return sum(visits.first.get(user, start) >= start for user in page.aggregate.whole.cell.users)


def _day(page: PageInput, moment: float | None) -> str:
    if moment is None:
        return formatting.NOTHING
    day, today = (_date(int(each // _QUARTER), whole(page).zone) for each in (moment, page.now))
    return month_day(day) if day.year == today.year else f"{MONTHS[day.month - 1]}{formatting.NO_BREAK}{day.year}"


@lru_cache(maxsize=4096)  # the leaders' first and last days are asked for at every look
def _date(quarter: int, zone: ZoneInfo) -> date:
    """The local date of a quarter of an hour since the epoch: days begin at quarters, wherever one is."""
    return local_time(quarter * _QUARTER, zone).date()


def _leaders(page: PageInput) -> BarChart:
    users = leaders(page.aggregate.whole.cell, _MOST_USERS)
    every, recorded = len(page.aggregate.whole.cell.users), failures_recorded(page)
    return BarChart(
        title=_("Leaderboard"),
        subtitle=of_all(len(users), every, _("leading")),
        every=every,
        bars=tuple(_leader(page, user, recorded) for user in users),
        value=_("in all"),
        columns=(_("commands"), _("images"), FAILED, _("first seen"), _("last seen")),
        units=("", "", "", "", ""),
        part=FAILED if recorded else "",
        empty=None if users else no_users(page),
        summary=_leaders_words(every, users, page),
    )


def _leaders_words(every: int, users: Sequence[UserBreakdown], page: PageInput) -> str:
    words = ngettext("{count} active user {range}.", "{count} active users {range}.", every)
    if users:
        words = ngettext(
            "{count} active user {range}; the most active made {most} commands and images.",
            "{count} active users {range}; the most active made {most} commands and images.",
            every,
        )
    most = users[0].total if users else 0
    return words.format(count=formatting.count(every), range=in_range(page), most=formatting.count(most))


def _leader(page: PageInput, user: UserBreakdown, recorded: bool) -> Bar:
    visits = _visits(page)
    first, last = (None, None) if visits is None else (visits.first.get(user.user_id), visits.last.get(user.user_id))
    figures = (
        formatting.count(user.commands),
        formatting.count(user.images),
        formatting.count(user.failures) if recorded else formatting.NOTHING,
        _day(page, first),
        _day(page, last),
    )
    seen = (None if moment is None else iso(moment, whole(page).zone) for moment in (first, last))
    numbers = (user.commands, user.images, user.failures if recorded else None, *seen)
    return bar(user.user_id, user.total, figures, _rows(Filter.of(user=user.user_id)), user.failures, numbers)


def commands_and_images(page: PageInput) -> Chart:
    """Commands and images over time, what failed on top."""
    figures = page.detail.figures
    failed = bars(FAILED, (each.failures for each in figures), Ink.BAD, failed_over_time(page))
    series = (
        bars(_("commands"), (each.commands - each.failures for each in figures), inks.COMMANDS, _rows(EVERYTHING)),
        bars(_("images"), (each.images for each in figures), inks.IMAGES, Opens("images", EVERYTHING)),
        *((failed,) if failures_recorded(page) else ()),
    )
    cell = page.aggregate.whole.cell
    total = cell.commands.total() + cell.images.total()
    totals = [each.commands + each.images for each in range_figures(page)]
    return over_time(
        page,
        _("Commands and images"),
        series,
        empty=None if total else no_users(page),
        summary=_("{count} commands and images {range}{busiest}.").format(
            count=formatting.count(total), range=in_range(page), busiest=busiest(page, totals)
        ),
    )


def _when(page: PageInput) -> Heatmap:
    hours = page.aggregate.whole.cell.hours
    return hours_by_weekday(
        page,
        _("Busiest hours"),
        _("commands and images by local hour"),
        hours,
        _("commands and images"),
        Unit.COUNT,
        lambda value: formatting.count(int(value)),
        None if hours else no_users(page),
    )


def _favourite(title: str, field: Field, table: str, page: PageInput) -> BarChart:
    cell = page.aggregate.whole.cell
    counts = {
        Field.COMMAND: cell.commands,
        Field.RESOLUTION: cell.resolutions,
        Field.TYPE: generation_types(cell),
    }[field]
    leading = top(counts, _MOST_BARS)
    failures = cell.failures if field is Field.COMMAND else {}
    return BarChart(
        title=title,
        subtitle=only_standard(page) if field is Field.TYPE else "",
        bars=tuple(
            bar(name, n, (), Opens(table, Filter((Term(field, name),))), failures.get(name, 0)) for name, n in leading
        ),
        value=_("count"),
        part=FAILED if field is Field.COMMAND and failures_recorded(page) else "",
        empty=None if leading else no_users(page),
        summary=_("{title}: {name} most often.").format(title=title, name=formatting.one_line(leading[0][0], 40))
        if leading
        else no_users(page),
    )


def _reach(unit: str, page: PageInput) -> Chart:
    visits, zone = _visits(page), whole(page).zone
    today = local_time(page.now, zone).date()
    spans = _spans(unit, visits, today, page.first_weekday) if visits is not None else ()
    begun = next((i for i, span in enumerate(spans) if span.users), None)
    spans = () if begun is None else spans[min(begun, max(0, len(spans) - _FEWEST[unit])) :]
    edges = (*(span.start for span in spans), spans[-1].end) if spans else ()
    return Chart(
        title=_REACH[unit],
        subtitle=_("all users, whatever range and filter"),
        edges=edges,
        zone=zone,
        series=_new_and_returning(spans),
        complete_until=spans[-1].start if spans else page.now,  # the last one is not over
        empty=None if spans else no_users(page),
        summary=_so_far(unit, spans[-1]) if spans else no_users(page),
        every_row=True,
        now=now_in(edges, page.now),
    )


_REACH: Final = {"day": _("Users per day"), "week": _("Users per week"), "month": _("Users per month")}
_SO_FAR: Final = {
    "day": _("{users} today so far, {new} of them new."),
    "week": _("{users} this week so far, {new} of them new."),
    "month": _("{users} this month so far, {new} of them new."),
}


def _so_far(unit: str, span: Reach) -> str:
    users, new = formatting.users_words(span.users), formatting.count(span.new)
    return _SO_FAR[unit].format(users=users, new=new)


def _spans(unit: str, visits: Visits, today: date, first_weekday: int) -> tuple[Reach, ...]:
    if unit == "day":
        return visits.per_day(today, _DAYS)
    if unit == "week":
        return visits.per_week(today, _WEEKS, first_weekday)
    return visits.per_month(today, _MONTHS)


def _new_and_returning(spans: Sequence[Reach]) -> tuple[Series, ...]:
    return (
        bars(_("returning"), (span.users - span.new for span in spans), Ink.SERIES_1, _rows(EVERYTHING)),
        bars(_("new"), (span.new for span in spans), Ink.SERIES_2, _rows(EVERYTHING)),
    )


def no_users(page: PageInput) -> str:
    """Why there is nobody, and what brings somebody."""
    if page.chosen:
        return _("Nobody matches the filter in this range.")
    if page.source is None:
        return _("No active users {range}.").format(range=in_range(page))
    if page.last_seen is None:
        return without_time(page) or _("Nobody yet: run a command in Discord, and it appears here by itself.")
    return _("Nobody {range}. Choose a longer range, or run a command in Discord.").format(range=in_range(page))


def _covered(
    make: Callable[[PageInput], AnyChart], known: Callable[[PageInput], Coverage]
) -> Callable[[PageInput], AnyChart]:
    """A chart that is told once all of what it needs is read: who came first is known last."""
    return lambda page: known_part(make(page), known(page).all_or_nothing())


def _own_commands(page: PageInput) -> BarChart:
    """What one user runs, in the leaderboard's place; where several ids end as the filter says, those who are meant."""
    return _leaders(page) if the_user(page) is None else what_is_run(page, _("What they run"))


def what_is_run(page: PageInput, title: str) -> BarChart:
    """The commands that are run, the most frequent first, with how many of them failed and their median time."""
    commands, recorded = command_breakdown(page.aggregate.whole.cell, _MOST_BARS), failures_recorded(page)
    return BarChart(
        title=title,
        subtitle="",
        bars=tuple(_own_command(each, recorded) for each in commands),
        value=_("count"),
        columns=(FAILED, "p50"),
        part=FAILED if recorded else "",
        empty=None if commands else no_users(page),
        summary=_("{name} most often.").format(name=formatting.one_line(commands[0].name, 40))
        if commands
        else no_users(page),
    )


def _own_command(command: CommandBreakdown, recorded: bool) -> Bar:
    p50, failures = command.execution.p50, command.failures if recorded else None
    figures = (formatting.count(failures), formatting.seconds(p50))
    opens = _rows(Filter.of(command=command.name))
    return bar(command.name, command.total, figures, opens, command.failures, (failures, p50))


def _own_loras(page: PageInput) -> BarChart:
    loras = [each for each in made(page.aggregate.whole.cell, "lora", _MOST_BARS) if each.name != NO_LORA]
    empty = None if loras else _("No image with a LoRA in this range.")
    return BarChart(
        title=_("Favourite LoRAs"),
        subtitle="",
        bars=tuple(
            bar(each.name.removesuffix(".safetensors"), each.count, (), Opens("images", Filter.of(lora=each.name)))
            for each in loras
        ),
        value=_("images"),
        empty=empty,
        summary=empty or _("{name} most often.").format(name=formatting.one_line(loras[0].name, 40)),
    )


_SHARED: Final[dict[str, Callable[[PageInput], AnyChart]]] = {
    "over_time": commands_and_images,
    "when": _when,
    "resolutions": partial(_favourite, _("Favourite resolutions"), Field.RESOLUTION, "images"),
    "types": partial(_favourite, _("Favourite types"), Field.TYPE, "images"),
    **{f"per_{unit}": _covered(partial(_reach, unit), lambda page: page.scanned) for unit in _FEWEST},
}
"""The charts that the page has of everybody and of one alike."""

_OWN_COVERAGE: Final = frozenset({"leaders", *(f"per_{unit}" for unit in _FEWEST)})

ONE_USER: Final = PagePresenter(
    "users",
    board(
        {
            **_SHARED,
            "leaders": _covered(_own_commands, lambda page: page.coverage.joined(page.scanned)),
            "commands": _own_loras,
        },
        _figures,
        the_user,
        own_coverage=_OWN_COVERAGE,
    ),
    (COMMANDS, IMAGE_DETAILS, ACTIVITY),
    scan=Visits,
)
"""One user's own view."""

USERS: Final = PagePresenter(
    "users",
    board(
        {
            **_SHARED,
            "leaders": _covered(_leaders, lambda page: page.coverage.joined(page.scanned)),
            "commands": partial(_favourite, _("Favourite commands"), Field.COMMAND, "commands"),
        },
        _figures,
        own_coverage=_OWN_COVERAGE,
    ),
    scan=Visits,
    alone=ONE_USER,
)
