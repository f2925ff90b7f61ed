"""What ``/stats`` answers: all that is stored, in one look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

import peewee

from core.models import EVENT_MODELS, CommandUsage, ImageStats
from core.statistics import grouped_sql
from core.statistics.grouped_sql import EVER, Generations
from core.statistics.results import top
from core.storage.chunked_reads import earliest
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader, bots_own

Counts = tuple[tuple[str, int], ...]

_LARGEST: Final = 5


@dataclass(frozen=True, slots=True)
class SummaryAnswer:
    """Everything that is stored, whatever its time. Names are untrusted text.

    Attributes:
        zone: the name of the zone for dates; made: epoch seconds, when the answer was made.
        uptime: seconds since the bot's manager was made.
        since: epoch seconds of the first event; None where there is none.
        commands, failures, users: how many; users are those of commands and of images.
        images, videos: how many, with their known generation times in seconds.
        top_commands, top_resolutions, top_users: the five most frequent.
    """

    zone: str
    made: float
    uptime: float
    since: float | None
    commands: int
    failures: int
    users: int
    images: Generations
    videos: Generations
    top_commands: Counts
    top_resolutions: Counts
    top_users: Counts


def summary_answer(location: Location, zone: str, now: float, uptime: float) -> SummaryAnswer:
    """All that is stored, as ``get_summary_stats`` counts it. ``now`` in epoch seconds, ``uptime`` in seconds.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        return summary_of(reader, zone, now, uptime)


def summary_of(reader: Reader, zone: str, now: float, uptime: float) -> SummaryAnswer:
    """The same of a database that is open already."""
    with faults(reader.location):
        commands = grouped_sql.counts(reader, CommandUsage.command_name)[EVER]
        users = grouped_sql.counts(reader, CommandUsage.user_id)[EVER]
        users.update(grouped_sql.counts(reader, ImageStats.user_id)[EVER])
        kinds = grouped_sql.kinds(reader)[EVER]
        first = [moment for model in EVENT_MODELS if (moment := earliest(reader, model)) is not None]
        return SummaryAnswer(
            zone=zone,
            made=now,
            uptime=uptime,
            since=min(first, default=None),
            commands=commands.total(),
            failures=_failures(reader),
            users=len(users),
            images=kinds.image,
            videos=kinds.video,
            top_commands=_largest(commands),
            top_resolutions=_largest(grouped_sql.counts(reader, ImageStats.resolution)[EVER]),
            top_users=_largest(users),
        )


def _failures(reader: Reader) -> int:
    query = CommandUsage.select(peewee.fn.COUNT(CommandUsage.id)).where(CommandUsage.success == 0)
    return int(reader.rows(query)[0][0])


def _largest(counts: Counter[str]) -> Counts:
    return tuple(top(counts, _LARGEST))
