"""The Commands page: what is run, how often it fails, how long it takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from core.charts import inks
from core.charts.specs import Bar, BarChart, Chart, Histogram, Ink, Opens, Series, Unit
from core.filters import EVERYTHING, SUCCEEDED, Field, Filter, Term
from core.models import CommandUsage, EventModel, ImageStats, UserActivity
from core.presenters.chart_parts import (
    FAILED,
    FAILURES_UNRECORDED,
    UNRECORDED,
    bar,
    bars,
    busiest,
    failed_in_range,
    failed_over_time,
    failures_recorded,
    histogram,
    in_range,
    nothing,
    of_all,
    over_time,
    percentage,
    percentile_lines,
    range_figures,
    share,
    stacked,
)
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.statistics.bucket_counts import BucketCounts
from core.statistics.results import (
    CommandBreakdown,
    Durations,
    command_breakdown,
    execution_steps,
    execution_times,
    top,
)
from core.statistics.window import Aggregate
from core.text import formatting
from core.text.translation import gettext as _
from core.text.translation import ngettext

TABLE: Final = "commands"

MOST_NAMED: Final = 5
"""Commands that have a colour of their own, also where a chart has room for fewer: they share the colours out alike."""

_MOST_BARS: Final = 200
_LACKING: Final = (Field.RESOLUTION, Field.LORA, Field.TYPE, Field.UPSCALE, Field.KIND, Field.ACTION)
_ABOUT_STATISTICS: Final = frozenset({"stats", "command_stats", "image_stats", "user_stats", "reset_stats"})
"""The commands that the bot out there tracks; no other one, unless its author adds the decorator."""

_rows: Final = partial(Opens, TABLE)


def runs_over_time(page: PageInput, most: int, empty: str, complete: float | None = None) -> Chart:
    """Runs over time: the ``most`` frequent commands by name, the rest as "other", failures on top.

    They are named by how often they were run, failures included, as the lists of commands rank them.
    """
    cell = page.aggregate.whole.cell
    names = [name for name, _n in top(cell.commands, MOST_NAMED)]
    total, failures = cell.commands.total(), cell.failures.total()
    recorded = failures_recorded(page)
    failed = (
        UNRECORDED
        if not recorded
        else _("{count} failed").format(count=formatting.count(failures))
        if failures
        else _("none failed")
    )
    words = f"{formatting.commands_words(total)} {in_range(page)}, {failed}"
    return over_time(
        page,
        _("Commands"),
        _stack(page, names[:most], inks.inks_of(names), recorded),
        note="" if recorded else f" · {UNRECORDED}",
        empty=None if total else empty,
        summary=f"{words}{busiest(page, [figures.commands for figures in range_figures(page)])}.",
        complete=complete,
    )


def _over_time(page: PageInput) -> Chart:
    return runs_over_time(page, MOST_NAMED, no_commands(page))


def _stack(page: PageInput, names: Sequence[str], colours: Mapping[str, Ink], recorded: bool) -> tuple[Series, ...]:
    detail, named = page.detail, [Term(Field.COMMAND, name, excluded=True) for name in names]
    others = Filter((*named, Term(Field.OUTCOME, SUCCEEDED)))
    succeeded = stacked([figures.succeeded for figures in detail.figures], names, _succeeded, _rows(others), colours)
    if not recorded:
        return succeeded
    failures = (figures.failures for figures in detail.figures)
    return (*succeeded, bars(FAILED, failures, Ink.BAD, failed_over_time(page)))


def _succeeded(name: str) -> Opens:
    return _rows(Filter.of(command=name, outcome=SUCCEEDED))


def _by_command(page: PageInput) -> BarChart:
    breakdown = command_breakdown(page.aggregate.whole.cell, _MOST_BARS)
    every, empty = page.aggregate.whole.cell.commands, None if breakdown else no_commands(page)
    most = _("; {name} is run most").format(name=formatting.one_line(breakdown[0].name, 40)) if breakdown else ""
    recorded = failures_recorded(page)
    return BarChart(
        title=_("By command"),
        subtitle=of_all(len(breakdown), len(every)) or _untracked(page),
        every=len(every),
        bars=tuple(_bar(each, recorded) for each in breakdown),
        value=_("count"),
        columns=(FAILED, "p50", "p95"),
        units=("%", "s", "s"),
        part=FAILED if recorded else "",
        empty=empty,
        summary=empty
        or ngettext(
            "{count} different command {range}{most}.", "{count} different commands {range}{most}.", len(every)
        ).format(count=formatting.count(len(every)), range=in_range(page), most=most),
    )


def _untracked(page: PageInput) -> str:
    """Images were made, but no command that makes them was recorded: say so, or the list would seem to be all."""
    cell = page.aggregate.whole.cell
    lacks = cell.images and not page.chosen and cell.commands.keys() <= _ABOUT_STATISTICS
    return _("only the bot's statistics commands are tracked") if lacks else ""


def _bar(command: CommandBreakdown, recorded: bool) -> Bar:
    times = command.execution
    failed = share(command.failures, command.total) if recorded else formatting.NOTHING
    figures = (failed, formatting.seconds(times.p50), formatting.seconds(times.p95))
    numbers = (percentage(command.failures, command.total) if recorded else None, times.p50, times.p95)
    opens = _rows(Filter.of(command=command.name))
    return bar(command.name, command.total, figures, opens, command.failures, numbers)


def _execution(page: PageInput) -> Chart:
    times = execution_times(page.aggregate.whole.cell)
    unknown = (
        _(" · {unknown} without a known time").format(unknown=formatting.count(times.unknown))
        if times.count and times.unknown
        else ""
    )
    return over_time(
        page,
        _("Execution time"),
        percentile_lines(page.detail.derived(_times), Ink.SERIES_2, _rows(EVERYTHING)),
        left=Unit.SECONDS,
        note=unknown,
        empty=None if times.count else _no_times(page),
        summary=_("Half of the commands took at most {p50}, 95 % at most {p95}.").format(
            p50=formatting.seconds(times.p50), p95=formatting.seconds(times.p95)
        ),
    )


def _times(cell: BucketCounts, _start: float, _end: float) -> Durations:
    return execution_times(cell)


def _spread(page: PageInput) -> Histogram:
    cell = page.aggregate.whole.cell
    counts = execution_steps(cell)
    parts = ((_("commands"), counts, inks.COMMANDS, _rows(EVERYTHING)),)
    return histogram(_("Spread of execution times"), _("commands"), parts, execution_times(cell), _no_times(page))


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    times = execution_times(cell)
    slowest = f"p95 {formatting.seconds(times.p95)}" if times.count else ""
    return (
        *run_figures(page),
        Figure(_("Distinct commands"), formatting.count(len(cell.commands)), "",
               _("How many different commands were run")),
        Figure(_("Execution"), formatting.seconds(times.p50), slowest,
               _("Half of the commands with a known execution time took no longer than this")),
    )  # fmt: skip


def no_commands(page: PageInput) -> str:
    """Why there are no commands, and what brings some."""
    if page.aggregate.whole.cell.images and not page.chosen:
        return only_images(page)
    return nothing(page, _("commands"), _LACKING, _("run one in Discord"))


def run_figures(page: PageInput) -> tuple[Figure, Figure]:
    """How many commands ran, and how many of them failed."""
    cell = page.aggregate.whole.cell
    total, failures, failed = cell.commands.total(), cell.failures.total(), failed_in_range(page)
    words = _("Commands that did not succeed")
    runs = Figure(
        _("Commands"), formatting.count(total), in_range(page), _("Commands that were run"), _rows(EVERYTHING)
    )
    if not failures_recorded(page):
        return runs, Figure(_("Failed"), formatting.NOTHING, _("none recorded"), FAILURES_UNRECORDED, failed)
    return runs, Figure(_("Failed"), formatting.count(failures), share(failures, total), words, failed)


def only_images(page: PageInput) -> str:
    """Why there are images but no commands."""
    return _("No commands {range}, only images. Commands are recorded where the bot calls track_command(…).").format(
        range=in_range(page)
    )


def _no_times(page: PageInput) -> str:
    if page.aggregate.whole.cell.commands:
        return _(
            "No execution times are known in this range. The bot passes them to track_command(…, execution_time=…)."
        )
    return no_commands(page)


def _shown(aggregate: Aggregate) -> Collection[type[EventModel]]:
    """Images tell something only where there are no commands, or hardly any kinds of them."""
    few = aggregate.whole.cell.commands.keys() <= _ABOUT_STATISTICS
    return (CommandUsage, UserActivity, ImageStats) if few else (CommandUsage, UserActivity)


COMMANDS: Final = PagePresenter(
    "commands",
    board(
        {"over_time": _over_time, "by_command": _by_command, "execution": _execution, "spread": _spread},
        _figures,
    ),
    shows=_shown,
)
