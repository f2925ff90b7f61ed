"""What ``/stats`` answers: all that is stored, in one look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import peewee

from core.models import EVENT_MODELS, CommandUsage, ImageStats
from core.statistics import grouped_sql
from core.statistics.grouped_sql import EVER, Generations, not_yet
from core.statistics.results import top
from core.storage.chunked_reads import earliest
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader, bots_own
from core.storage.values import resolution_of
from core.time_ranges import DAY, local_days

Counts = tuple[tuple[str, int], ...]

_LARGEST: Final = 5


@dataclass(frozen=True, slots=True)
class SummaryAnswer:
    """Everything that is stored and has happened, by the end of today; rows without a usable time have, too.

    Names are untrusted text.

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
    upto = _end_of_today(zone, now)
    with faults(reader.location):
        commands = grouped_sql.counts(reader, CommandUsage.command_name, upto=upto)[EVER]
        users = grouped_sql.people(reader, CommandUsage.user_id, upto=upto)[EVER]
        users.update(grouped_sql.people(reader, ImageStats.user_id, upto=upto)[EVER])
        kinds = grouped_sql.kinds(reader, upto=upto)[EVER]
        sizes = grouped_sql.counts(reader, ImageStats.resolution, read=resolution_of, upto=upto)[EVER]
        first = [moment for model in EVENT_MODELS if (moment := earliest(reader, model)) is not None]
        return SummaryAnswer(
            zone=zone,
            made=now,
            uptime=uptime,
            since=min(first, default=None),
            commands=commands.total(),
            failures=_failures(reader, upto),
            users=len(users),
            images=kinds.image,
            videos=kinds.video,
            top_commands=_largest(commands),
            top_resolutions=_largest(sizes),
            top_users=_largest(users),
        )


def _end_of_today(zone: str, now: float) -> float:
    """The next midnight of a zone; of one that has no name, in a day."""
    try:
        return local_days(1, now, ZoneInfo(zone)).edges[-1]
    except (ValueError, ZoneInfoNotFoundError):
        return now + DAY


def _failures(reader: Reader, upto: float) -> int:
    happened = peewee.Case(None, [(not_yet(CommandUsage, upto), 0)], 1) == 1
    query = CommandUsage.select(peewee.fn.COUNT(CommandUsage.id)).where((CommandUsage.success == 0) & happened)
    return int(reader.rows(query)[0][0])


def _largest(counts: Counter[str]) -> Counts:
    return tuple(top(counts, _LARGEST))
