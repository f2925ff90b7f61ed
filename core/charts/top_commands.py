"""An overview → the bar chart of its most frequent commands."""

from __future__ import annotations

from core.charts.specs import Bar, BarChart, Opens
from core.filters import Filter
from core.statistics.results import CommandBreakdown, Overview
from core.text.formatting import count, one_line, seconds

_LONGEST_NAME = 40


def top_commands_chart(overview: Overview, empty: str = "") -> BarChart:
    """The most frequent commands, their failures and p50 of the execution time; ``empty`` says why there are none."""
    commands = overview.top_commands
    bars = tuple(_bar(command) for command in commands)
    return BarChart(
        title="Top commands",
        subtitle="",
        bars=bars,
        value="count",
        columns=("p50",),
        part="failed",
        empty=None if bars else empty or "No commands in this range.",
        summary=_summary(commands[0]) if commands else empty,
    )


def _bar(command: CommandBreakdown) -> Bar:
    opens = Opens("commands", Filter.of(command=command.name))
    figures = (seconds(command.execution.p50),)
    return Bar(f"/{command.name}", float(command.total), float(command.failures), figures, opens)


def _summary(first: CommandBreakdown) -> str:
    failed = f"{count(first.failures)} of them failed" if first.failures else "none of them failed"
    return f"/{one_line(first.name, _LONGEST_NAME)} is run most: {count(first.total)} times, {failed}."
