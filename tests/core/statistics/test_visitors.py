"""First and last visits, and who came each day, week and month, against a plain loop; odd days among them."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.models import CommandUsage, EventModel, ImageStats
from core.statistics.calendar_days import CalendarDays
from core.statistics.visitors import Visits
from core.storage.reader import reading
from core.storage.seeks import IdSpan, last_id
from core.text.zone_offsets import days_of
from core.time_ranges import local_time
from tests.core import deployed
from tests.core.deployed import Bot
from tests.core.rows import moments_near_changes, quick, zones

visits = st.lists(st.tuples(st.sampled_from("abc"), moments_near_changes), min_size=1, max_size=30)


@quick(200)
@given(zones, moments_near_changes)
def test_the_local_day_is_the_zones(zone: ZoneInfo, moment: float) -> None:
    assert days_of(zone)(moment) == local_time(moment, zone).date()


@quick(60)
@given(zones, visits)
def test_reach_is_what_a_plain_loop_counts(zone: ZoneInfo, came: list[tuple[str, float]]) -> None:
    seen = Visits(zone)
    seen._note([(moment, user) for user, moment in came])
    first = {user: min(moment for name, moment in came if name == user) for user, _ in came}
    assert seen.first == first
    by_day: dict[date, set[str]] = defaultdict(set)
    for user, moment in came:
        by_day[local_time(moment, zone).date()].add(user)
    today = max(by_day)
    for reach, back in zip(seen.per_day(today, 10), range(9, -1, -1), strict=True):
        day = today - timedelta(days=back)
        assert reach.users == len(by_day.get(day, ()))
        assert reach.new == sum(local_time(moment, zone).date() == day for moment in first.values())
        assert reach.start < reach.end
    weeks = seen.per_week(today, 3)
    assert [local_time(reach.start, zone).weekday() for reach in weeks][-1] in (
        0,
        1,
    )  # a skipped Monday begins on Tuesday
    assert all(before.end == after.start for before, after in pairwise(weeks))
    months = seen.per_month(today, 14)
    assert months[-1].users == len(
        set().union(*(users for day, users in by_day.items() if (day.year, day.month) == (today.year, today.month)))
    )


@quick(60)
@given(zones, visits, visits)
def test_visitors_who_come_later_count_in_every_span_that_was_asked_for_before(
    zone: ZoneInfo, came: list[tuple[str, float]], then: list[tuple[str, float]]
) -> None:
    rows, more = ([(moment, user) for user, moment in each] for each in (came, then))
    today = max(local_time(moment, zone).date() for moment, _ in (*rows, *more))
    followed, afresh = Visits(zone), Visits(zone)
    followed._note(rows)
    before = followed.per_day(today, 10), followed.per_week(today, 5), followed.per_month(today, 30)
    followed._note(more)
    afresh._note([*rows, *more])

    assert [len(each) for each in before] == [10, 5, 30]
    assert followed.per_day(today, 10) == afresh.per_day(today, 10)
    assert followed.per_week(today, 5) == afresh.per_week(today, 5)
    assert followed.per_month(today, 30) == afresh.per_month(today, 30)


def test_visits_follow_a_real_file(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    bot = Bot(path)
    bot.track_command(user="1", at=1_795_000_000)
    bot.track_image(user="2", at=1_795_100_000)
    zone = ZoneInfo("Europe/Berlin")
    with reading(path) as reader:
        models: tuple[type[EventModel], ...] = (CommandUsage, ImageStats)
        upto = {model: last_id(reader, model) for model in models}
        people, days = Visits(zone), CalendarDays(zone)
        assert list(people.load(reader, upto))[-1].whole
        assert list(days.load(reader, upto))[-1].whole
    bot.track_command(user="1", at=1_795_200_000, success=False)
    bot.daily("2020-02-29")
    bot.daily("no date")
    with reading(path) as reader:
        span = IdSpan(upto[CommandUsage], last_id(reader, CommandUsage))
        added: dict[type[EventModel], IdSpan] = {CommandUsage: span}
        people.add(reader, added)
        days.add(reader, added)
    assert people.first == {"1": 1_795_000_000, "2": 1_795_100_000}
    assert people.last == {"1": 1_795_200_000, "2": 1_795_100_000}
    assert sum(day.commands for day in days.days.values()) == 2
    assert sum(day.failures for day in days.days.values()) == 1
    assert sum(day.seconds for day in days.days.values()) == 20.0
    assert list(days.stored) == [date(2020, 2, 29)]
    assert days.stored[date(2020, 2, 29)].commands == 1
