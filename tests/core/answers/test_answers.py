"""What the commands answer equals a plain count, for every calendar, period and file that is out there."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.answers.commands import command_answer
from core.answers.images import image_answer
from core.answers.period import Comparison, Period, span_of
from core.answers.summary import summary_answer
from core.answers.users import user_answer
from core.errors import DatabaseCorrupt, NotADatabase
from core.manager import AnalyticsManager
from core.statistics.percentiles import RELATIVE_ERROR
from core.statistics.results import Durations
from core.storage.location import locate
from core.time_ranges import DAY, HOUR, local_days, local_time
from tests.core import brute_force
from tests.core.rows import (
    BOT,
    LOOSE,
    OURS,
    SEED,
    Lot,
    Schema,
    create,
    insert,
    lots,
    moments_near_changes,
    quick,
    stored,
    times_around,
    zones,
)
from tests.noon import NOON_ZONE

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2025, 6, 15, 12, tzinfo=BERLIN).timestamp()
PERIODS = st.sampled_from((Period(1), Period(7), Period(30), Period(1, 1), Period(7, 2), Period(2, 5)))


def expected_span(period: Period, now: float, zone: ZoneInfo) -> tuple[float, float, float]:
    """Where the period before begins, where this one does, and where it ends."""
    today = brute_force.local_date(now, zone)
    last = today - timedelta(days=period.days * period.back)
    first = last - timedelta(days=period.days - 1)
    before = first - timedelta(days=period.days)
    start, previous = brute_force.midnight(first, zone), brute_force.midnight(before, zone)
    return previous, start, brute_force.midnight(last + timedelta(days=1), zone)


def compared(rows: list[Any], period: Period, now: float, zone: ZoneInfo) -> tuple[list[Any], list[Any]]:
    """The rows that are compared like for like: of this period so far, and of the one before as far."""
    before, start, end = expected_span(period, now, zone)
    if end <= now:
        return brute_force.within(rows, start, end), brute_force.within(rows, before, start)
    day = brute_force.midnight(brute_force.local_date(now, zone), zone)
    last = brute_force.midnight(brute_force.local_date(start - 1, zone), zone)
    until = min(last + (now - day), start)
    return brute_force.within(rows, start, now), brute_force.within(rows, before, until)


def comparable(rows: brute_force.Stored, before: float) -> bool:
    """Whether the bot was there for all of the period before: nobody knows what was before its first record."""
    moments = [brute_force.moment(row) for row in rows.commands + rows.images + rows.activities]
    return min((each for each in moments if each is not None), default=before) <= before


def same_durations(ours: Durations, values: list[float | None]) -> bool:
    known = brute_force.known(values)
    if (ours.count, ours.unknown) != (len(known), len(values) - len(known)):
        return False
    if not known:
        return ours.mean is ours.p50 is ours.p95 is None
    exact = (brute_force.nearest_rank(known, 50), brute_force.nearest_rank(known, 95))
    near = all(
        abs(mine - max(theirs, 1e-4)) <= max(theirs, 1e-4) * (RELATIVE_ERROR + 1e-9)
        for mine, theirs in zip((ours.p50, ours.p95), exact, strict=True)
    )
    return near and brute_force.same(ours.mean, brute_force.mean(known))


@pytest.mark.slow
@quick(30)
@given(st.data(), PERIODS, zones, moments_near_changes, st.sampled_from((OURS, BOT, SEED, LOOSE)))
def test_answers_equal_brute_force(
    data: st.DataObject, period: Period, zone: ZoneInfo, now: float, schema: Schema
) -> None:
    before, start, end = expected_span(period, now, zone)
    times = times_around(now, (before, start, end))
    lot = data.draw(lots(times, disorder=None if schema is OURS else 6 * HOUR))
    with stored(lot, schema) as path:
        everything = brute_force.read(path)
        arguments = (locate(path), zone.key, period, now)
        commands, images, people = command_answer(*arguments), image_answer(*arguments), user_answer(*arguments)
    rows = brute_force.span(everything, start, end)
    assert (commands.days.start, commands.days.end) == (start, end)
    known = comparable(everything, before)
    check_commands(commands, rows, compared(everything.commands, period, now, zone) if known else None)
    check_images(images, rows, compared(everything.images, period, now, zone) if known else None)
    both = [everything.commands, everything.images]
    like = [compared(each, period, now, zone) for each in both] if known else None
    check_users(people, rows, everything, start, like)


def check_commands(ours: Any, rows: brute_force.Stored, like: tuple[list[Any], list[Any]] | None) -> None:
    assert (ours.commands, ours.failures) == (len(rows.commands), sum(map(brute_force.failed, rows.commands)))
    assert ours.change == (None if like is None else Comparison(len(like[0]), len(like[1])))
    assert same_durations(ours.execution, [brute_force.execution(row) for row in rows.commands])
    names = brute_force.ranked([row["command_name"] for row in rows.commands])
    assert [(each.name, each.total) for each in ours.by_command] == names[:10]
    assert ours.names == len(names)
    for each in ours.by_command:
        mine = [row for row in rows.commands if brute_force.as_text(row["command_name"]) == each.name]
        assert each.failures == sum(map(brute_force.failed, mine))
        assert same_durations(each.execution, [brute_force.execution(row) for row in mine])
    assert (ours.picture is not None) == bool(rows.commands)


def check_images(ours: Any, rows: brute_force.Stored, like: tuple[list[Any], list[Any]] | None) -> None:
    kinds = brute_force.kinds(rows.images)
    assert (ours.images, ours.videos) == (kinds["image"], kinds["video"])
    assert ours.change == (None if like is None else Comparison(len(like[0]), len(like[1])))
    for video, times in ((False, ours.image_times), (True, ours.video_times)):
        mine = [brute_force.generation(row) for row in rows.images if brute_force.is_video(row) is video]
        assert same_durations(times, mine)
    assert list(ours.resolutions) == brute_force.ranked(brute_force.resolutions(rows.images), 5)
    assert list(ours.types) == brute_force.ranked([brute_force.kind_in_file(row) for row in rows.images], 5)
    names = [list(dict.fromkeys(loras_in_file(row))) for row in rows.images]
    assert list(ours.loras) == brute_force.ranked([name for each in names for name in each], 5)
    assert ours.without_lora == sum(not each for each in names)
    assert (ours.picture is not None) == bool(rows.images)


def loras_in_file(row: Any) -> list[str]:
    try:
        return list(json.loads(row["loras"])) if row["loras"] else []
    except ValueError:
        return [row["loras"]]


def check_users(
    ours: Any,
    rows: brute_force.Stored,
    everything: brute_force.Stored,
    start: float,
    like: list[tuple[list[Any], list[Any]]] | None,
) -> None:
    here = set(brute_force.users(rows))
    earlier = set(brute_force.users(brute_force.span(everything, 0, start)))
    assert (ours.users, ours.new) == (len(here), len(here - earlier))
    if like is None:
        assert ours.change is None
    else:
        (commands, commands_before), (images, images_before) = like
        now = {brute_force.as_text(row["user_id"]) for row in commands + images}
        earlier = {brute_force.as_text(row["user_id"]) for row in commands_before + images_before}
        assert ours.change == Comparison(len(now), len(earlier))
    assert [(each.user_id, each.total) for each in ours.top] == brute_force.ranked(
        [row["user_id"] for row in rows.commands + rows.images], 10
    )
    for each in ours.top:
        mine = [row for row in rows.commands if brute_force.as_text(row["user_id"]) == each.user_id]
        assert (each.commands, each.failures) == (len(mine), sum(map(brute_force.failed, mine)))
        assert each.images == each.total - each.commands
    assert (ours.commands, ours.images) == (len(rows.commands), len(rows.images))
    assert (ours.picture is not None) == bool(here)


@pytest.mark.slow
@quick(30)
@given(st.data(), zones, moments_near_changes, st.sampled_from((OURS, BOT, SEED, LOOSE)))
def test_the_summary_equals_brute_force(data: st.DataObject, zone: ZoneInfo, now: float, schema: Schema) -> None:
    lot = data.draw(lots(times_around(now), disorder=None))
    with stored(lot, schema) as path:
        stored_rows = brute_force.read(path)
        ours = summary_answer(locate(path), zone.key, now, 61.5)
    rows = brute_force.until(stored_rows, local_days(1, now, zone).edges[-1])
    plain = brute_force.summary_stats(rows)
    assert (ours.commands, ours.images.rows + ours.videos.rows, ours.users) == (
        plain["total_commands"],
        plain["total_images"],
        plain["total_users"],
    )
    assert ours.failures == sum(map(brute_force.failed, rows.commands))
    assert {"image": ours.images.rows, "video": ours.videos.rows} == plain["video_counts"]
    averages = ((ours.images + ours.videos).mean, ours.images.mean, ours.videos.mean)
    assert brute_force.same(averages, tuple(plain[f"avg_{kind}_time"] for kind in ("generation", "image", "video")))
    for kind in ("commands", "resolutions", "users"):
        assert list(getattr(ours, f"top_{kind}")) == list(plain[f"top_{kind}"].items())
    everything = stored_rows.commands + stored_rows.images + stored_rows.activities
    moments = [brute_force.moment(row) for row in everything]
    assert ours.since == min((each for each in moments if each is not None), default=None)
    assert (ours.uptime, ours.made, ours.zone) == (61.5, now, zone.key)


def test_answers_agree_with_the_manager(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, BOT)
    now = datetime.now(NOON_ZONE).timestamp()
    commands = [{"command_name": f"c{n % 3}", "user_id": str(n % 9), "timestamp": now - n * 7_000, "success": n % 5}
                for n in range(150)]  # fmt: skip
    images = [{"user_id": "3", "timestamp": now - n * 9_000, "generation_time": n / 3, "is_video": n % 2}
              for n in range(120)]  # fmt: skip
    insert(path, Lot(commands=tuple(reversed(commands)), images=tuple(reversed(images))))
    with AnalyticsManager(path, timezone=NOON_ZONE) as manager:
        for days in (1, 7, 30):
            arguments = (manager.location, NOON_ZONE.key, Period(days), now)
            daily = manager.get_image_stats(days)
            assert command_answer(*arguments).commands == sum(
                d["total_commands"] for d in manager.get_command_stats(days)
            )
            ours = image_answer(*arguments)
            assert ours.images + ours.videos == sum(day["total_images"] for day in daily)
            assert ours.videos == sum(day["video_breakdown"]["video"] for day in daily)
            assert (
                user_answer(*arguments).daily
                == pytest.approx(
                    sum(day["unique_users"] for day in manager.get_user_stats(days))
                    / command_answer(*arguments).days.passed,
                )
                or days == 1
            )


def test_earlier_periods_follow_each_other_without_a_gap() -> None:
    period: Period | None = Period(7)
    assert period is not None
    assert period.next is None
    previous = period.previous
    assert previous == Period(7, 1)
    assert previous.next == period
    steps = 0
    while period is not None:
        period, steps = period.previous, steps + 1
    assert 365 * 9 < steps * 7 <= 3_660
    for wrong in ((0, 0), (7, -1)):
        with pytest.raises(ValueError, match="no period"):
            Period(*wrong)


def at(path: Path, period: Period, now: float = NOON, zone: str = "Europe/Berlin") -> Any:
    return command_answer(locate(path), zone, period, now)


def test_days_in_words_and_how_many_have_passed(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    today, week, before = (at(path, each).days for each in (Period(1), Period(7), Period(7, 1)))
    plain = lambda text: text.replace("\u00a0", " ")  # noqa: E731
    assert (today.words, plain(today.dates), today.before) == ("today", "15 Jun 2025", "the day before")
    assert (week.words, plain(week.dates), week.before) == (
        "the last 7 days",
        "9 Jun – 15 Jun 2025",
        "the 7 days before",
    )
    assert plain(before.words) == "2 Jun – 8 Jun 2025"
    assert (today.passed, week.passed, before.passed) == (0.5, 6.5, 7.0)
    assert plain(at(path, Period(30), datetime(2025, 1, 5, tzinfo=BERLIN).timestamp()).days.dates) == (
        "7 Dec 2024 – 5 Jan 2025"
    )
    assert (today.per_day(5), week.per_day(13), before.per_day(14)) == (None, 2.0, 2.0)


def test_today_until_now_is_compared_with_yesterday_until_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    hours = [NOON - hours * HOUR for hours in range(48)]
    rows = tuple(
        {"command_name": "c", "user_id": "1", "timestamp": when - 60, "success": 1} for when in reversed(hours)
    )
    insert(path, Lot(commands=rows))
    answer = at(path, Period(1))
    assert (answer.commands, answer.change) == (12, Comparison(12, 12))
    assert at(path, Period(1, 1)).commands == 24


def test_a_day_of_25_hours_is_compared_whole(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    late = datetime(2025, 10, 26, 23, 30, tzinfo=BERLIN).timestamp()
    rows = tuple({"command_name": "c", "user_id": "1", "timestamp": at, "success": 1} for at in (late - 9 * DAY, late))
    insert(path, Lot(commands=rows))
    noon = datetime(2025, 10, 28, 12, tzinfo=BERLIN).timestamp()
    assert at(path, Period(1, 1), noon).change == Comparison(0, 1)
    assert at(path, Period(1, 2), noon).change == Comparison(1, 0)


def test_few_days_are_drawn_by_the_hour() -> None:
    now = datetime(2025, 10, 26, 12, 20, tzinfo=BERLIN).timestamp()
    assert [len(span_of(Period(days), now, BERLIN).drawn) for days in (1, 2, 3)] == [25, 49, 3]


def test_many_days_are_drawn_by_the_week_and_the_month() -> None:
    widths = {days: span_of(Period(days), NOON, BERLIN).drawn for days in (90, 91, 365, 3_650)}
    assert {days: drawn.label for days, drawn in widths.items()} == {
        90: "1 day", 91: "1 week", 365: "1 week", 3_650: "1 month",
    }  # fmt: skip
    assert all(len(drawn) <= 130 for drawn in widths.values())
    assert {local_time(edge, BERLIN).weekday() for edge in widths[365].edges[1:-1]} == {0}


@pytest.mark.parametrize(("days", "label"), [(1, "1 h"), (3, "1 day"), (100, "1 week")])
def test_a_young_bots_picture_begins_with_its_first_recorded_day(days: int, label: str) -> None:
    first = NOON - (days - 1) * DAY - HOUR
    drawn = span_of(Period(365), NOON, BERLIN, first).drawn
    assert drawn.label == label
    assert brute_force.local_date(drawn.edges[0], BERLIN) == brute_force.local_date(first, BERLIN)
    assert drawn.edges[-1] == span_of(Period(365), NOON, BERLIN).drawn.edges[-1]


@pytest.mark.parametrize("ask", [command_answer, image_answer, user_answer])
@pytest.mark.parametrize("schema", [OURS, SEED])
def test_a_young_bot_is_compared_with_nothing_and_divided_by_its_own_days(
    tmp_path: Path, ask: Any, schema: Schema
) -> None:
    path, first = tmp_path / "analytics.db", NOON - 2.5 * DAY
    create(path, schema)
    when = [first + n * DAY / 4 for n in range(10)]
    commands = tuple({"command_name": "c", "user_id": "1", "timestamp": at, "success": 1} for at in when)
    insert(path, Lot(commands=commands, images=tuple({"user_id": "1", "timestamp": at} for at in when)))
    year, yesterday = (ask(locate(path), "Europe/Berlin", period, NOON) for period in (Period(365), Period(1)))
    assert year.change is None, "nobody knows what was before the first record"
    assert year.days.passed == pytest.approx(2.5)
    assert year.daily == pytest.approx(3 / 2.5 if ask is user_answer else 10 / 2.5)
    assert yesterday.change is not None, "yesterday lies wholly after the first record"
    assert "in 3 days" in year.described


def test_the_first_record_is_found_wherever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, SEED)
    times = [NOON - n * HOUR for n in range(2_500)]  # the newest first: ids say nothing of the first one here
    insert(path, Lot(commands=tuple({"command_name": "c", "user_id": "1", "timestamp": at, "success": 1}
                                    for at in times)))  # fmt: skip
    answer = at(path, Period(365))
    assert answer.days.passed == pytest.approx(2_499 / 24, abs=0.05)
    assert answer.change is None


def test_days_before_discord_are_never_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    answer = at(path, Period(3_650))
    assert answer.change is None
    assert date.fromtimestamp(answer.days.start).year in (2014, 2015)


@pytest.mark.parametrize("ask", [command_answer, image_answer, user_answer])
def test_a_bot_that_has_recorded_nothing_yet_gets_an_empty_answer(tmp_path: Path, ask: Any) -> None:
    answer = ask(locate(tmp_path / "new.db"), "Europe/Berlin", Period(), NOON)
    assert answer.picture is None
    assert summary_answer(locate(tmp_path / "new.db"), "Europe/Berlin", NOON, 1.0).since is None


@pytest.mark.slow
def test_pictures_fit_discord_and_answers_can_be_sent(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    when = [NOON - n * 8_640 for n in range(3_700, -1, -1)]
    commands = tuple({"command_name": f"c{n % 12}", "user_id": str(n % 50), "timestamp": at, "success": n % 3}
                     for n, at in enumerate(when))  # fmt: skip
    images = tuple({"user_id": str(n % 7), "timestamp": at, "generation_time": 1 + n % 40, "is_video": n % 4 == 0}
                   for n, at in enumerate(when))  # fmt: skip
    insert(path, Lot(commands=commands, images=images))
    for ask in (command_answer, image_answer, user_answer):
        answer = ask(locate(path), "Europe/Berlin", Period(365), NOON)
        assert answer.picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert int.from_bytes(answer.picture[16:20], "big") == 1_200
        assert len(answer.picture) < 1_000_000
        assert "in 365 days" in answer.described
        assert pickle.loads(pickle.dumps(answer)) == answer


def test_a_zone_without_a_name_is_the_hosts(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    assert at(path, Period(7), zone="local time").days.end > NOON


def test_location_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    path.write_bytes(b"this is no database, and it is long enough to be taken for something" * 40)
    with pytest.raises((NotADatabase, DatabaseCorrupt)):
        at(path, Period(7))
