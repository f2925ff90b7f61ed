"""What ``/stats`` answers: all that is stored, in one look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.models import EVENT_MODELS
from core.statistics.day_counts import EVERYTHING_COUNTED, all_counted
from core.statistics.grouped_sql import EVER, Generations
from core.statistics.results import top
from core.storage.chunked_reads import earliest
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader, bots_own
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
    upto, place = _end_of_today(zone, now)
    with faults(reader.location):
        counted = all_counted(reader, place, upto, EVERYTHING_COUNTED)
        commands, users, kinds = counted.commands()[EVER], counted.users()[EVER], counted.kinds()[EVER]
        first = [moment for model in EVENT_MODELS if (moment := earliest(reader, model)) is not None]
        return SummaryAnswer(
            zone=zone,
            made=now,
            uptime=uptime,
            since=min(first, default=None),
            commands=commands.total(),
            failures=counted.failures(),
            users=len(users),
            images=kinds.image,
            videos=kinds.video,
            top_commands=_largest(commands),
            top_resolutions=_largest(counted.resolutions()[EVER]),
            top_users=_largest(users),
        )


def _end_of_today(zone: str, now: float) -> tuple[float, ZoneInfo | None]:
    """The next midnight of a zone, and the zone; of one that has no name, in a day."""
    try:
        place = ZoneInfo(zone)
        return local_days(1, now, place).edges[-1], place
    except (ValueError, ZoneInfoNotFoundError):
        return now + DAY, None


def _largest(counts: Counter[str]) -> Counts:
    return tuple(top(counts, _LARGEST))
