"""The Commands page: what is run, how often it fails, how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from core.charts.specs import Bar, BarChart, Chart, Histogram, Ink, Opens, Series, Unit
from core.filters import EVERYTHING, Field, Filter, Term
from core.filters import FAILED as FAILED_OUTCOME
from core.filters import SUCCEEDED as SUCCEEDED_OUTCOME
from core.presenters.chart_parts import (
    FAILED,
    OTHER,
    all_but,
    bar,
    bars,
    busiest,
    histogram,
    in_range,
    legend_names,
    nothing,
    over_time,
    percentile_lines,
    range_figures,
    share,
    summed,
)
from core.presenters.presenter import Figure, PageInput, PagePresenter, board
from core.statistics.results import CommandBreakdown, command_breakdown, execution_times, top
from core.statistics.zoom import Detail
from core.text import formatting

TABLE: Final = "commands"

_INKS: Final = (Ink.SERIES_1, Ink.SERIES_2, Ink.SERIES_3, Ink.SERIES_5, Ink.SERIES_6)
_OTHER_INK: Final = Ink.SERIES_4
_MOST_BARS: Final = 200
_LACKING: Final = (Field.RESOLUTION, Field.LORA, Field.TYPE, Field.UPSCALE, Field.KIND, Field.ACTION)
_ABOUT_STATISTICS: Final = frozenset({"stats", "command_stats", "image_stats", "user_stats", "reset_stats"})
"""The commands that the bot out there tracks; no other one, unless its author adds the decorator."""


def runs_over_time(page: PageInput, most: int, empty: str, complete: float | None = None) -> Chart:
    """Runs over time: the ``most`` frequent commands by name, the rest as "other", failures on top."""
    cell = page.aggregate.whole.cell
    succeeded = {name: runs - cell.failures.get(name, 0) for name, runs in cell.commands.items()}
    names = [name for name, _ in top(succeeded, most)]
    total, failures = cell.commands.total(), cell.failures.total()
    failed = f"{formatting.count(failures) if failures else 'none'} failed"
    words = f"{formatting.counted(total, 'command')} {in_range(page)}, {failed}"
    return over_time(
        page,
        "Commands",
        _stack(page.detail, names),
        empty=None if total else empty,
        summary=f"{words}{busiest(page, [figures.commands for figures in range_figures(page)])}.",
        complete=complete,
    )


def _over_time(page: PageInput) -> Chart:
    return runs_over_time(page, len(_INKS), _nothing(page))


def _stack(detail: Detail, names: Sequence[str]) -> tuple[Series, ...]:
    named = tuple(
        bars(shown, (figures.succeeded.get(name, 0) for figures in detail.figures), ink, _rows(_succeeded(name)))
        for name, shown, ink in zip(names, legend_names(names), _INKS, strict=False)
    )
    rest = [
        max(0, sum(figures.succeeded.values()) - sum(figures.succeeded.get(name, 0) for name in names))
        for figures in detail.figures
    ]
    others = all_but(names)
    other = (bars(OTHER, rest, _OTHER_INK, _rows(others)),) if any(rest) else ()
    failed = bars(FAILED, (figures.failures for figures in detail.figures), Ink.BAD, _rows(Filter((_OUTCOMES[False],))))
    return (*named, *other, failed)


def _by_command(page: PageInput) -> BarChart:
    breakdown = command_breakdown(page.aggregate.whole.cell, _MOST_BARS)
    every = page.aggregate.whole.cell.commands
    more = len(every) - len(breakdown)
    most = f"; {formatting.one_line(breakdown[0].name, 40)} is run most" if breakdown else ""
    frequent = f"the {len(breakdown)} most frequent of {formatting.count(len(every))}" if more > 0 else ""
    return BarChart(
        title="By command",
        subtitle=frequent or _untracked(page),
        bars=tuple(_bar(each) for each in breakdown),
        value="count",
        columns=("failed", "p50", "p95"),
        part="failed",
        empty=None if breakdown else _nothing(page),
        summary=f"{formatting.counted(len(every), 'different command')} {in_range(page)}{most}."
        if breakdown
        else _nothing(page),
    )


def _untracked(page: PageInput) -> str:
    """Images were made, but no command that makes them was recorded: say so, or the list would seem to be all."""
    cell = page.aggregate.whole.cell
    lacks = cell.images and not page.chosen and cell.commands.keys() <= _ABOUT_STATISTICS
    return "only the bot's statistics commands are tracked" if lacks else ""


def _bar(command: CommandBreakdown) -> Bar:
    times = command.execution
    failed = share(command.failures, command.total)
    figures = (failed, formatting.seconds(times.p50), formatting.seconds(times.p95))
    return bar(command.name, command.total, figures, _rows(Filter.of(command=command.name)), command.failures)


def _execution(page: PageInput) -> Chart:
    times = execution_times(page.aggregate.whole.cell)
    unknown = f" · {formatting.count(times.unknown)} without a known time" if times.count and times.unknown else ""
    return over_time(
        page,
        "Execution time",
        percentile_lines([figures.execution for figures in page.detail.figures], Ink.SERIES_2, _rows(EVERYTHING)),
        left=Unit.SECONDS,
        note=unknown,
        empty=None if times.count else _no_times(page),
        summary=f"Half of the commands took at most {formatting.seconds(times.p50)}, "
        f"95 % at most {formatting.seconds(times.p95)}.",
    )


def _spread(page: PageInput) -> Histogram:
    cell = page.aggregate.whole.cell
    counts = summed((step, n) for (_, step), n in cell.execution.items())
    parts = (("commands", counts, Ink.SERIES_1, _rows(EVERYTHING)),)
    return histogram("Spread of execution times", "commands", parts, execution_times(cell), _no_times(page))


def _figures(page: PageInput) -> tuple[Figure, ...]:
    cell = page.aggregate.whole.cell
    times, total, failures = execution_times(cell), cell.commands.total(), cell.failures.total()
    failed, slowest = _rows(Filter((_OUTCOMES[False],))), formatting.seconds(times.p95)
    return (
        Figure("Commands", formatting.count(total), in_range(page), "Commands that were run", _rows(EVERYTHING)),
        Figure("Failed", formatting.count(failures), share(failures, total), "Commands that did not succeed", failed),
        Figure("Different", formatting.count(len(cell.commands)), "", "Different commands that were run"),
        Figure("Execution", formatting.seconds(times.p50), f"p95 {slowest}" if times.count else "",
               "Half of the commands with a known execution time took no longer than this"),
    )  # fmt: skip


def _succeeded(name: str) -> Filter:
    return Filter.of(command=name).plus(_OUTCOMES[True])


def _rows(chosen: Filter) -> Opens:
    return Opens(TABLE, chosen)


_OUTCOMES: Final = {
    True: Term(Field.OUTCOME, SUCCEEDED_OUTCOME),
    False: Term(Field.OUTCOME, FAILED_OUTCOME),
}


def _nothing(page: PageInput) -> str:
    if page.aggregate.whole.cell.images and not page.chosen:
        return only_images(page)
    return nothing(page, "commands", _LACKING, "run one in Discord")


def only_images(page: PageInput) -> str:
    """Why there are images but no commands."""
    return f"No commands {in_range(page)}, only images. Commands are recorded where the bot calls track_command(…)."


def _no_times(page: PageInput) -> str:
    if page.aggregate.whole.cell.commands:
        return "No execution times are known in this range: the bot hands them to track_command(…, execution_time=…)."
    return _nothing(page)


COMMANDS: Final = PagePresenter(
    "commands",
    board(
        {"over_time": _over_time, "by_command": _by_command, "execution": _execution, "spread": _spread},
        _figures,
    ),
)
