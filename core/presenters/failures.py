"""The Failures page: what went wrong, was refused or called off, how often, for whom, and whether it is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from core.charts.data_table import iso
from core.charts.inks import OTHERS, inks_of
from core.charts.specs import AnyChart, Bar, BarChart, Chart, Ink, Opens, Series
from core.filters import FAILED as FAILED_OUTCOME
from core.filters import Field, Filter, Term, answers
from core.models import CommandUsage, Failure, Outcome, table_name
from core.presenters.chart_parts import (
    OTHER,
    bar,
    bars,
    busiest,
    causes_recorded,
    failed_rows,
    in_range,
    nothing,
    of_all,
    over_time,
    percentage,
    share,
    whole,
)
from core.presenters.failure_groups import (
    STATE_WORDS,
    FailureGroup,
    GroupState,
    failure_groups,
    groups_in_range,
)
from core.presenters.presenter import READING, Content, Figure, PageInput, PagePresenter, board
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import ACTIVITY, COMMANDS
from core.statistics.failure_counting import (
    COMMAND,
    FAILURES,
    FINGERPRINT,
    KIND,
    LORA,
    MODEL,
    NODE,
    RESOLUTION,
    SERVER,
    USER,
)
from core.statistics.failure_history import FailureHistory
from core.statistics.results import top
from core.text import formatting
from core.text.dates import clock, month_day
from core.text.translation import gettext as _
from core.text.translation import ngettext, pgettext
from core.time_ranges import local_time

TABLE: Final = "failures"

_SERIES: Final = 4
_MOST_BARS: Final = 100
_LONGEST_LEGEND: Final = 40
_LACKING: Final = (Field.TYPE, Field.UPSCALE, Field.KIND, Field.ACTION, Field.OUTCOME, Field.SLOWER, Field.FASTER)

_rows: Final = partial(Opens, TABLE)

KINDS: Final[Mapping[str, tuple[str, Ink]]] = {
    Outcome.ERROR.value: (_("errors"), Ink.BAD),
    Outcome.REFUSED.value: (_("refusals"), Ink.WARN),
    Outcome.CANCELLED.value: (pgettext("failures", "cancelled"), Ink.MUTED),
}
"""Each kind of failures in words, and its colour."""

_BY: Final = {
    COMMAND: (_("By command"), Field.COMMAND),
    USER: (_("By user"), Field.USER),
    SERVER: (_("By server"), Field.GUILD),
    NODE: (_("By node"), Field.NODE),
    LORA: (_("By LoRA"), Field.LORA),
    MODEL: (_("By model"), Field.MODEL),
    RESOLUTION: (_("By resolution"), Field.RESOLUTION),
}
"""What failures are compared by: the title, and the word of the filter box."""

_GROUP_COLUMNS: Final = (_("state"), _("users"), _("last seen"), _("first seen"), _("servers"))
_EXPLAINS: Final = _(
    "new: not seen in the 30 days before the range. rising: at least five, and twice as many as in the period before. "
    "gone: in the period before, and not in this one. First and last seen are those of all time."
)
_NO_FAILED: Final = _("No command is marked as failed in this range.")
_HOW: Final = _(
    "A bot that runs with Botpulse's own tracking records them by itself; others call track_failure(…). What is known "
    "without: the commands that are marked as failed."
)


def _present(page: PageInput) -> Content:
    """What the groups are is needed by several parts of the page, and found out once."""
    groups = failure_groups(page) if causes_recorded(page) else ()
    charts: dict[str, Callable[[PageInput], AnyChart]] = {
        "groups": partial(_groups, groups),
        "over_time": partial(_over_time, groups),
        "by_kind": kinds_over_time,
        **{f"by_{column}": partial(_ranking, column) for column in _BY},
    }
    return board(charts, partial(_figures, groups), lambda _page: groups)(page)


def _groups(groups: Sequence[FailureGroup], page: PageInput) -> BarChart:
    different = groups_in_range(page)
    empty = None if groups else _none(page)
    new = sum(group.state is GroupState.NEW for group in groups)
    words = ngettext("{count} cause {range}, {new} new.", "{count} causes {range}, {new} new.", different)
    counts = page.detail.derived(_prints) if groups else ()
    shown = sum(group.count > 0 for group in groups)
    return BarChart(
        title=_("Causes"),
        subtitle=of_all(shown, different),
        every=different,
        bars=tuple(_group_bar(page, group, counts) for group in groups),
        value=_("count"),
        columns=_GROUP_COLUMNS,
        units=("", "", "", "", ""),
        empty=empty,
        summary=empty or words.format(count=formatting.count(different), range=in_range(page), new=new),
        explains=_EXPLAINS if groups else "",
    )


def _group_bar(page: PageInput, group: FailureGroup, counts: Sequence[Mapping[str, int]]) -> Bar:
    zone = whole(page).zone
    first, last = (None if each is None else iso(each, zone) for each in (group.first, group.last))
    unread = READING if group.first is None and not page.scanned.whole else ""
    return Bar(
        group.name,
        float(group.count),
        figures=(
            STATE_WORDS[group.state],
            formatting.count(group.users),
            _moment(page, group.last),
            _moment(page, group.first),
            formatting.count(group.servers),
        ),
        opens=_rows(Filter.of(error=group.fingerprint)) if group.fingerprint else None,
        numbers=(STATE_WORDS[group.state] or None, group.users, last, first, group.servers),
        course=tuple(float(each.get(group.fingerprint, 0)) for each in counts),
        tip="\n".join(filter(None, (group.message, unread))),
    )


def _moment(page: PageInput, moment: float | None) -> str:
    """``14:05`` today, else ``24 Nov``, with the year where it is another one."""
    if moment is None:
        return formatting.NOTHING
    zone = whole(page).zone
    local, now = local_time(moment, zone), local_time(page.now, zone)
    if local.date() == now.date():
        return clock(local)
    day = month_day(local)
    return day if local.year == now.year else f"{day} {local.year}"


def _over_time(groups: Sequence[FailureGroup], page: PageInput) -> Chart:
    """Failures over time, the most frequent causes by name; where none are recorded, the commands that failed."""
    if not causes_recorded(page):
        return failed_commands(page)
    every = page.aggregate.whole.cell.counted.of(FINGERPRINT)
    leading = [group for group in groups if group.count][:_SERIES]
    inks, counts = inks_of(group.fingerprint for group in leading), page.detail.derived(_prints)
    series: list[Series] = []
    for group in leading:
        values = (each.get(group.fingerprint, 0) for each in counts)
        opens = _rows(Filter.of(error=group.fingerprint)) if group.fingerprint else None
        series.append(bars(_legend(group, series), values, inks[group.fingerprint], opens))
    rest = [sum(each.values()) - sum(each.get(group.fingerprint, 0) for group in leading) for each in counts]
    if any(rest):
        others = Filter(tuple(Term(Field.ERROR, group.fingerprint, excluded=True) for group in leading))
        series.append(bars(OTHER, rest, OTHERS, _rows(others)))
    totals = [page.aggregate.derived(_prints, *span).total() for span in pairwise(whole(page).edges)]
    words = formatting.counted(every.total(), "{count} failure", "{count} failures")
    return over_time(
        page,
        _("Failures"),
        series,
        empty=None if every else _none(page),
        summary=f"{words} {in_range(page)}{busiest(page, totals)}.",
    )


def _legend(group: FailureGroup, taken: Sequence[Series]) -> str:
    """A group's name, told apart from those that begin alike."""
    name = formatting.one_line(group.name, _LONGEST_LEGEND)
    return name if all(each.name != name for each in taken) else f"{name} ({group.fingerprint[:4]})"


def failed_commands(page: PageInput) -> Chart:
    """The commands that are marked as failed, over time."""
    failures = page.aggregate.whole.cell.failures.total()
    opens = failed_rows(causes=False)
    values = (figures.failures for figures in page.detail.figures)
    words = formatting.counted(failures, "{count} failed command", "{count} failed commands")
    return over_time(
        page,
        _("Failed commands"),
        (bars(_("failed"), values, Ink.BAD, opens),),
        empty=None if failures else _none(page) if page.last_seen is None else _NO_FAILED,
        summary=f"{words} {in_range(page)}.",
    )


def kinds_over_time(page: PageInput) -> Chart:
    """Errors, refusals and what was cancelled, over time."""
    every, counts = page.aggregate.whole.cell.counted.of(KIND), page.detail.derived(_kinds)
    unknown = [sum(each.values()) - sum(each.get(kind, 0) for kind in KINDS) for each in counts]
    series = [
        bars(words, (each.get(kind, 0) for each in counts), ink, _rows(Filter.of(reason=kind)))
        for kind, (words, ink) in KINDS.items()
        if every[kind]
    ]
    if any(unknown):
        series.append(bars(OTHER, unknown, OTHERS))
    return over_time(
        page,
        _("Errors, refusals, cancelled"),
        series,
        empty=None if every else _none(page),
        summary=", ".join(f"{formatting.count(every[kind])} {words}" for kind, (words, _ink) in KINDS.items()) + ".",
    )


def _ranking(column: str, page: PageInput) -> BarChart:
    title, field = _BY[column]
    recorded = causes_recorded(page)
    every = page.aggregate.whole.cell.counted.of(column) if recorded else _known_failed(page, column)
    leading, total = top(every, _MOST_BARS), every.total()
    empty = None if leading else _none(page) if not recorded or not _any(page) else _unsaid(column)
    return BarChart(
        title=title,
        subtitle=of_all(len(leading), len(every)) if recorded else _("commands that failed"),
        every=len(every),
        bars=tuple(
            bar(
                _named(column, value),
                n,
                (share(n, total),),
                _opens(field, value, recorded),
                numbers=(percentage(n, total),),
            )
            for value, n in leading
        ),
        value=_("count"),
        columns=(_("share"),),
        units=("%",),
        empty=empty,
        summary=empty or _("{name} most often.").format(name=formatting.one_line(_named(column, leading[0][0]), 40)),
    )


def _named(column: str, value: str) -> str:
    return _("direct messages") if column == SERVER and not value else value


def _opens(field: Field, value: str, recorded: bool) -> Opens:
    term = Term(field, value)
    if recorded:
        return _rows(Filter((term,)))
    return Opens("commands", Filter((term, Term(Field.OUTCOME, FAILED_OUTCOME))))


def _known_failed(page: PageInput, column: str) -> Counter[str]:
    """Failed commands by what command_usage records of them."""
    cell = page.aggregate.whole.cell
    if column == SERVER:
        return Counter({guild or "": n for guild, n in cell.guild_failures.items()})
    return {COMMAND: cell.failures, USER: cell.user_failures}.get(column, Counter())


def _any(page: PageInput) -> bool:
    return bool(page.aggregate.whole.cell.counted.of(FINGERPRINT))


def _unsaid(column: str) -> str:
    return _("None of these failures names {what}.").format(what=_WHAT[column])


_WHAT: Final = {
    COMMAND: _("a command"),
    USER: _("a user"),
    SERVER: _("a server"),
    NODE: _("a node"),
    LORA: _("a LoRA"),
    MODEL: _("a model"),
    RESOLUTION: _("a resolution"),
}


def _none(page: PageInput) -> str:
    """Why there are no failures."""
    if causes_recorded(page):
        if page.chosen:
            return nothing(page, _("failures"), _LACKING, "")
        return _("No failures {range}.").format(range=in_range(page))
    lacking = page.source is not None and table_name(Failure) not in page.source.rows
    first = _("This database has no table of failures yet.") if lacking else _("No failure has been recorded yet.")
    return f"{first} {_HOW}"


def _figures(groups: Sequence[FailureGroup], page: PageInput) -> tuple[Figure, ...]:
    if not causes_recorded(page):
        return _known_figures(page)
    cell = page.aggregate.whole.cell
    kinds, users = cell.counted.of(KIND), len(cell.counted.of(USER))
    return (
        _kind_figure(page, Outcome.ERROR, _("Errors"), _("Failures in which something went wrong")),
        _kind_figure(page, Outcome.REFUSED, _("Refused"), _("What the bot said no to: limits, permissions, cooldowns")),
        _kind_figure(page, Outcome.CANCELLED, _("Cancelled"), _("What somebody called off")),
        *_success(page, kinds[Outcome.ERROR.value]),
        Figure(_("Users hit"), formatting.count(users), "", _("Users with at least one failure of any kind")),
        *_most_frequent(groups),
    )


def _kind_figure(page: PageInput, kind: Outcome, label: str, tip: str) -> Figure:
    number = page.aggregate.whole.cell.counted.of(KIND)[kind.value]
    note = in_range(page) if kind is Outcome.ERROR else ""
    return Figure(label, formatting.count(number), note, tip, _rows(Filter.of(reason=kind.value)))


def _success(page: PageInput, errors: int) -> Iterator[Figure]:
    """Refusals and what was cancelled are no failures of the bot's."""
    # A term that only one of the two tables answers leaves rows that can't be divided by each other.
    alike = all(answers(CommandUsage, term.field) and answers(Failure, term.field) for term in page.chosen.terms)
    runs = page.aggregate.whole.cell.commands.total() if alike else 0
    rate = max(1 - errors / runs, 0.0) if runs else None
    note = _("of {count} commands").format(count=formatting.count(runs)) if runs else ""
    if not alike:
        note = _("not with this filter")
    tip = _("Errors to commands run. Refusals and what was cancelled do not count against it.")
    yield Figure(_("Success rate"), formatting.percent(rate), note, tip)


def _most_frequent(groups: Sequence[FailureGroup]) -> Iterator[Figure]:
    first = next((group for group in groups if group.count), None)
    if first is not None:
        opens = _rows(Filter.of(error=first.fingerprint)) if first.fingerprint else None
        words = formatting.one_line(first.error_type or first.message or first.fingerprint, 24)
        note = formatting.counted(first.count, "{count} time", "{count} times")
        yield Figure(_("Most frequent"), words, note, formatting.one_line(first.name, 300), opens)


def _known_figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    failed, runs = cell.failures.total(), cell.commands.total()
    opens = failed_rows(causes=False)
    return (
        Figure(_("Failed commands"), formatting.count(failed), in_range(page),
               _("Commands that are marked as failed; their causes are not recorded"), opens),
        Figure(_("Share"), share(failed, runs), _("of {count} commands").format(count=formatting.count(runs)),
               _("Failed commands to commands run")),
        Figure(_("Users hit"), formatting.count(len(cell.user_failures)), "", _("Users of whom a command failed")),
    )  # fmt: skip


def _prints(cell: BucketCounts, _start: float, _end: float) -> Counter[str]:
    return cell.counted.of(FINGERPRINT)


def _kinds(cell: BucketCounts, _start: float, _end: float) -> Counter[str]:
    return cell.counted.of(KIND)


FAILURES_PAGE: Final = PagePresenter(
    "failures", _present, (FAILURES, COMMANDS, ACTIVITY), scan=FailureHistory, compares=True
)
