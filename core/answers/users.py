"""What ``/user_stats`` answers: how many people there were, how many of them are new, and who did most."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final

import numpy as np

from core.answers.period import Comparison, Period, PeriodDays
from core.answers.period_data import MOST_NAMED, collect_period, drawn
from core.models import DISCORD_EPOCH, CommandUsage, ImageStats
from core.presenters.overview import users_chart
from core.statistics.bucket_counts import BucketCounts
from core.statistics.counting import Deltas, Grid, RowCounter, count, known_people, texts
from core.statistics.results import UserBreakdown, leaderboard
from core.storage.chunked_reads import Row
from core.storage.database import faults
from core.storage.location import Location
from core.storage.reader import Reader, bots_own
from core.storage.values import text_of


@dataclass(frozen=True, slots=True)
class UserAnswer:
    """People of a period: whoever ran a command or got an image.

    Attributes:
        days: which days.
        users: how many different people; new: how many of them had never been there before these days.
        daily: different people per calendar day on average (:meth:`core.answers.period.PeriodDays.per_day`).
        change: different people compared with the period before.
        commands, images: what they ran and got, all together; images with videos.
        top: the most active ones, at most ten; their ids are untrusted text.
        picture: a PNG of them over time; None where nobody was there.
        described: what the picture shows, in a sentence, for those who can't see it.
    """

    days: PeriodDays
    users: int
    new: int
    daily: float | None
    change: Comparison | None
    commands: int
    images: int
    top: tuple[UserBreakdown, ...]
    picture: bytes | None
    described: str = ""


def user_answer(location: Location, zone: str, period: Period, now: float) -> UserAnswer:
    """The people of a period, as ``get_user_stats`` counts them; arguments as for the commands.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        found = collect_period(reader, zone, period, now, (_COMMANDS, _IMAGES))
        with faults(location):
            before = set(_seen_before(reader, found.about.start))
    users, images = found.whole.users, found.whole.user_images.total()
    chart = users_chart(found.page)
    return UserAnswer(
        days=found.about,
        users=len(users),
        new=sum(user not in before for user in users),
        daily=found.about.per_day(sum(len(day.users) for day in found.by_day)),
        change=found.compared(lambda cell: len(cell.users)),
        commands=users.total() - images,
        images=images,
        top=leaderboard(found.whole, MOST_NAMED),
        picture=drawn(chart, location.name, now),
        described=chart.summary,
    )


def _seen_before(reader: Reader, start: float) -> Iterator[str]:
    for model in (CommandUsage, ImageStats):
        earlier = (model.timestamp >= DISCORD_EPOCH) & (model.timestamp < start)
        for (user,) in reader.rows(model.select(model.user_id).where(earlier).distinct()):
            yield text_of(user, None) or ""


def _count_people(rows: Sequence[Row], grid: Grid) -> Deltas:
    """Only who, and of commands whether it failed: of a year's rows, the rest would take twice as long."""
    times, user_column, *success = zip(*rows, strict=True)
    pairs = list(zip(grid.slots(np.array(times, dtype=float)), texts(user_column), strict=True))
    deltas: Deltas = defaultdict(BucketCounts)
    count(deltas, "users", known_people(pairs))
    if success:
        count(deltas, "user_failures", known_people(compress(pairs, [value == 0 for value in success[0]])))
    else:
        count(deltas, "user_images", known_people(pairs))
    return deltas


_COMMANDS: Final = RowCounter(
    CommandUsage, (CommandUsage.timestamp, CommandUsage.user_id, CommandUsage.success), _count_people
)
_IMAGES: Final = RowCounter(ImageStats, (ImageStats.timestamp, ImageStats.user_id), _count_people)
