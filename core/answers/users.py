"""What ``/user_stats`` answers: how many people there were, how many of them are new, and who did most."""

from __future__ import annotations

import logging
from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from core.answers.period import Comparison, Period, PeriodDays, zone_named
from core.answers.period_data import MOST_NAMED, collect_period, drawn
from core.models import DISCORD_EPOCH, CommandUsage, ImageStats, Name, NameKind
from core.presenters.overview import users_chart
from core.statistics.day_counts import days_counted
from core.statistics.people_counting import COMMAND_USERS, IMAGE_USERS
from core.statistics.results import UserBreakdown, leaderboard
from core.statistics.rollups.packing import Part
from core.storage.database import faults
from core.storage.labels import Label, best_name, read_labels
from core.storage.location import Location
from core.storage.reader import Reader, bots_own
from core.time_ranges import DAY, Buckets

log = logging.getLogger(__name__)


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
        names: what is stored of the names of the most active ones, by id; untrusted text.
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
    names: Mapping[str, str] = field(default_factory=dict)


def user_answer(location: Location, zone: str, period: Period, now: float) -> UserAnswer:
    """The people of a period, as ``get_user_stats`` counts them; arguments as for the commands.

    Raises:
        BotpulseError: the database can't be read.
    """
    with bots_own(location) as reader:
        found = collect_period(reader, zone, period, now, (COMMAND_USERS, IMAGE_USERS))
        with faults(location):
            before = _seen_before(reader, found.about.start, zone)
            top = leaderboard(found.whole, MOST_NAMED)
            names = _stored_names(reader, [user.user_id for user in top])
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
        top=top,
        picture=drawn(chart, location.name, now),
        described=chart.summary,
        names=names,
    )


def _stored_names(reader: Reader, ids: list[str]) -> dict[str, str]:
    """What is known of users' names without asking anybody: the host's labels, the database's table, Discord's labels.

    What stands in a file as an id may be anything: only what can be one is looked for.
    """
    wanted = [each for each in ids if each.isascii() and each.isdecimal()]
    stored = Name.select(Name.id, Name.name).where((Name.kind == NameKind.USER) & Name.id.in_(wanted))
    noted = {id: name for id, name in reader.rows(stored) if isinstance(name, str)} if wanted else {}
    labels: list[Label] = []
    try:
        labels = read_labels(NameKind.USER, wanted)
    except OSError as error:
        log.info("the labels can't be read: %s", error)
    found = {each: best_name((label for label in labels if label.id == each), noted.get(each)) for each in wanted}
    return {each: name for each, name in found.items() if name}


def _seen_before(reader: Reader, start: float, zone: str) -> Container[str]:
    """Everybody who was there before a moment."""
    earlier = Buckets((min(DISCORD_EPOCH, start - DAY), start), "", zone_named(zone))
    return days_counted(reader, earlier, {CommandUsage: (Part.USERS,), ImageStats: (Part.USERS,)}).users()[0]
