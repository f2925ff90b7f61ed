"""What ``/command_stats`` answers: how often commands ran, failed, and how long they took."""

from __future__ import annotations

from dataclasses import dataclass

from core.answers.period import Comparison, Period, PeriodDays
from core.answers.period_data import MOST_NAMED, collect_period, drawn
from core.presenters.overview import commands_chart
from core.statistics.counting import COMMANDS
from core.statistics.results import CommandBreakdown, Durations, command_breakdown, execution_times
from core.storage.location import Location
from core.storage.reader import bots_own


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """Commands of a period. Names are untrusted text.

    Attributes:
        days: which days.
        commands: how many ran; failures: how many of them did not succeed.
        daily: on average per calendar day (:meth:`core.answers.period.PeriodDays.per_day`).
        change: compared with the period before.
        execution: how long they took, in seconds.
        by_command: the most frequent ones, at most ten, the most frequent first; names: how many there were.
        picture: a PNG of them over time; None where there were none.
        described: what the picture shows, in a sentence, for those who can't see it.
    """

    days: PeriodDays
    commands: int
    failures: int
    daily: float | None
    change: Comparison | None
    execution: Durations
    by_command: tuple[CommandBreakdown, ...]
    names: int
    picture: bytes | None
    described: str = ""


def command_answer(location: Location, zone: str, period: Period, now: float) -> CommandAnswer:
    """The commands of a period, as ``get_command_stats`` counts them.

    Args:
        location: the bot's database.
        zone: the name of the zone whose days count.
        period: which days.
        now: epoch seconds.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        found = collect_period(reader, zone, period, now, (COMMANDS,))
    total = found.whole.commands.total()
    chart = commands_chart(found.page)
    return CommandAnswer(
        days=found.about,
        commands=total,
        failures=found.whole.failures.total(),
        daily=found.about.per_day(total),
        change=found.compared(lambda cell: cell.commands.total()),
        execution=execution_times(found.whole),
        by_command=command_breakdown(found.whole, MOST_NAMED),
        names=len(found.whole.commands),
        picture=drawn(chart, location.name, now),
        described=chart.summary,
    )
