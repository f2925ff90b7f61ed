"""Ranges and buckets: whole, local, adjacent, and moving with the clock, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal
from hypothesis import example, given
from hypothesis import strategies as st

from core.time_ranges import (
    CHOICES,
    DAY,
    MOST_BUCKETS,
    Buckets,
    RangeChoice,
    TimeRange,
    day_name,
    host_zone,
    local_days,
    local_time,
    offset_changes,
    spanning,
    utc_time,
    window,
)
from tests.core.brute_force import local_date, midnight
from tests.core.rows import ZONES, moments_near_changes, quick, zones
from tests.platforms import ON_WINDOWS

choices = st.sampled_from(list(CHOICES.values()))
ages = st.one_of(st.floats(1, 86_400 * 3), st.floats(1, 86_400 * 3_000))
BERLIN, SANTIAGO, BEIRUT = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Santiago"), ZoneInfo("Asia/Beirut")
SKIPPED_MIDNIGHT = datetime(2025, 9, 7, 4, tzinfo=UTC).timestamp()


def wall_clock(when: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(when, UTC).astimezone(zone)


def extent_of(choice: RangeChoice, now: float, age: float) -> TimeRange | None:
    return TimeRange(now - age, now - age / 7) if choice.width is None else None


def ascending(edges: tuple[float, ...]) -> bool:
    return len(edges) > 1 and all(earlier < later for earlier, later in pairwise(edges))


@quick(250)
@given(choices, zones, moments_near_changes, ages)
def test_edges_ascend_and_cover_what_was_asked_for(choice: RangeChoice, zone: ZoneInfo, now: float, age: float) -> None:
    extent = extent_of(choice, now, age)
    found = window(choice, now, zone, extent)
    edges = found.buckets.edges
    assert ascending(edges)
    assert len(found.buckets) <= MOST_BUCKETS + 2
    if choice.key == "custom":
        assert extent is not None
        assert edges[0] == extent.start
        assert edges[-1] == pytest.approx(max(extent.end, extent.start + 1))
    elif choice.ended:
        assert edges[-1] <= now
    else:
        assert edges[0] <= (extent.start if extent else now) < edges[-1]
        assert edges[-2] <= now < edges[-1], "now is in the last bucket"


@quick(250)
@given(choices, zones, moments_near_changes, ages)
@example(CHOICES["30d"], SANTIAGO, SKIPPED_MIDNIGHT + 3 * DAY, 1.0)
@example(CHOICES["7d"], SANTIAGO, SKIPPED_MIDNIGHT + 3 * DAY, 1.0)
def test_the_period_before_is_as_long_and_ends_where_this_one_begins(
    choice: RangeChoice, zone: ZoneInfo, now: float, age: float
) -> None:
    found = window(choice, now, zone, extent_of(choice, now, age))
    if choice.key == "all":
        assert found.previous is None
        return
    assert found.previous is not None
    before, edges = found.previous.edges, found.buckets.edges
    assert ascending(before)
    assert before[-1] == pytest.approx(edges[0], abs=1e-3)
    assert len(before) >= len(edges), "each of our buckets has its like"
    if choice.days:
        shift = timedelta(days=choice.days)
        for earlier, later in zip(before, edges, strict=False):
            there, here = wall_clock(earlier, zone), wall_clock(later, zone)
            assert here.date() - there.date() == shift
            assert there.hour == here.hour or {there.hour, here.hour} == {0, 1}, "unless midnight was skipped"


@quick(200)
@given(st.sampled_from([c for c in CHOICES.values() if c.buckets]), zones, moments_near_changes)
def test_ranges_below_a_day_are_equally_long_buckets_on_the_clock(
    choice: RangeChoice, zone: ZoneInfo, now: float
) -> None:
    assert choice.width is not None
    found = window(choice, now, zone).buckets
    assert len(found) == choice.buckets
    for earlier, later in pairwise(found.edges):
        assert later - earlier == choice.width.seconds
        assert (wall_clock(later, zone).minute * 60 + wall_clock(later, zone).second) % choice.width.seconds == 0


@quick(200)
@given(st.integers(1, 100), zones, moments_near_changes)
def test_days_run_from_local_midnight_to_local_midnight(days: int, zone: ZoneInfo, now: float) -> None:
    edges = local_days(days, now, zone).edges
    today = local_date(now, zone)
    dates = [today - timedelta(days=back) for back in range(days - 1, -2, -1)]
    assert list(edges) == [midnight(day, zone) for day in dates]
    assert edges[-2] <= now < edges[-1]
    assert {later - earlier for earlier, later in pairwise(edges)} <= {h * 3_600 for h in (23, 23.5, 24, 24.5, 25)}
    assert [day_name(start, zone) for start in edges[:-1]] == [day.isoformat() for day in dates[:-1]]
    just_before = wall_clock(edges[-1] - 1, zone)
    assert just_before.date() == today


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2025, 3, 30), 23),
        ("Europe/Berlin", date(2025, 10, 26), 25),
        ("Australia/Lord_Howe", date(2025, 10, 5), 23.5),
        ("America/Santiago", date(2025, 9, 7), 23),
        ("America/Santiago", date(2025, 4, 5), 25),
        ("Asia/Beirut", date(2025, 3, 30), 23),
        ("America/Havana", date(2025, 11, 2), 25),
    ],
)
def test_the_length_of_a_day_on_which_the_clocks_change(zone: str, day: date, hours: float) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).timestamp()
    start, end = local_days(1, noon, ZoneInfo(zone)).edges
    assert (end - start) / 3_600 == hours
    assert day_name(start, ZoneInfo(zone)) == day.isoformat()


def test_days_in_a_week_of_three_hour_buckets_keep_to_the_wall_clock() -> None:
    edges = window(CHOICES["7d"], datetime(2025, 4, 1, 12, tzinfo=BERLIN).timestamp(), BERLIN).buckets.edges
    assert {wall_clock(edge, BERLIN).hour % 3 for edge in edges} == {0}
    lengths = [later - earlier for earlier, later in pairwise(edges)]
    assert lengths.count(2 * 3_600) == 1, "the bucket in which an hour is skipped"
    assert lengths.count(3 * 3_600) == len(lengths) - 1


@quick(200)
@given(
    st.sampled_from([c for c in CHOICES.values() if c.key != "custom"]),
    zones,
    moments_near_changes,
    st.one_of(st.floats(0, 120), st.floats(0, 86_400 * 3)),
    ages,
)
def test_a_window_never_goes_back_while_the_clock_goes_on(
    choice: RangeChoice, zone: ZoneInfo, now: float, later: float, age: float
) -> None:
    extent = TimeRange(now - age, now)
    first, second = window(choice, now, zone, extent).buckets, window(choice, now + later, zone, extent).buckets
    assert first.edges[-1] <= second.edges[-1]
    assert first.label != second.label or first.edges[0] <= second.edges[0]
    if first.label == second.label:
        inside = {edge for edge in first.edges if edge >= second.edges[0]}
        assert inside <= set(second.edges), "buckets stay where they are"


@quick(120)
@given(zones, moments_near_changes, ages)
def test_spanning_covers_a_span_with_few_buckets(zone: ZoneInfo, now: float, age: float) -> None:
    found = spanning(TimeRange(now - age, now), zone)
    assert ascending(found.edges)
    assert found.edges[0] <= now - age
    assert found.edges[-1] > now
    assert found.edges[-2] <= now
    assert len(found) <= MOST_BUCKETS


@quick(120)
@given(zones, moments_near_changes, ages)
@example(ZoneInfo("UTC"), 1_750_000_000.0, 3.0)
@example(BERLIN, datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp() + 0.05, 7 * DAY + 0.05)
@example(BERLIN, datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp() + 0.05, 1.05)
@example(BERLIN, datetime(2025, 3, 30, 1, tzinfo=UTC).timestamp() + 0.05, 8.0)
def test_offset_changes_are_found_to_the_second(zone: ZoneInfo, now: float, age: float) -> None:
    changes = offset_changes(TimeRange(now - age, now), zone)
    assert changes[0][0] == now - age
    moments = [when for when, _ in changes]
    assert all(earlier < later for earlier, later in pairwise(moments))
    assert moments[-1] <= now
    for when, offset in changes:
        after = wall_clock(when, zone).utcoffset()
        assert after is not None
        assert after.total_seconds() == offset
    for when, offset in changes[1:]:
        before = wall_clock(when - 0.001, zone).utcoffset()
        assert before is not None
        assert before.total_seconds() != offset


def test_complete_counts_the_buckets_that_have_ended() -> None:
    three = Buckets((0.0, 10.0, 20.0, 30.0), "10 s", ZONES[0])
    assert [three.complete(now) for now in (-1, 0, 9.9, 10, 29, 30, 99)] == [0, 0, 0, 1, 2, 3, 3]
    assert three.range == TimeRange(0.0, 30.0)


@pytest.mark.parametrize("days", [0, -3])
def test_fewer_than_one_day_is_today(days: int) -> None:
    assert local_days(days, SKIPPED_MIDNIGHT, BEIRUT) == local_days(1, SKIPPED_MIDNIGHT, BEIRUT)


def test_days_are_no_more_than_discord_is_old() -> None:
    edges = local_days(10**12, SKIPPED_MIDNIGHT, BEIRUT).edges
    assert day_name(edges[0], BEIRUT) == "2015-01-01"
    assert len(edges) < 4_000
    assert len(local_days(400, edges[0] - 40 * DAY, BEIRUT)) == 1, "a clock that is far behind still has a today"


@pytest.mark.skipif(ON_WINDOWS, reason="Windows' own calendar, which is compared with, knows no such moments")
@given(st.floats(-62_135_596_800, 253_402_300_799, exclude_max=True))
def test_a_moment_is_what_a_calendar_says_before_1970_and_after_3000_too(when: float) -> None:
    assert utc_time(when) == datetime.fromtimestamp(when, UTC)  # which knows them all on this system


@pytest.mark.parametrize("when", [float("nan"), float("inf"), -1e300, 1e300, 253_402_300_800.0])
def test_a_moment_that_no_calendar_has_is_said_so(when: float) -> None:
    with pytest.raises((OverflowError, ValueError)):
        local_time(when, host_zone())


@pytest.mark.parametrize("fault", [ZoneInfoNotFoundError("Nowhere/Land"), ValueError("no TZif"), OSError("too long")])
def test_where_the_system_names_no_known_zone_it_is_utc(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    def unknown() -> ZoneInfo:
        raise fault

    monkeypatch.setattr(tzlocal, "get_localzone", unknown)
    assert host_zone() == ZoneInfo("UTC")


def test_a_bucket_is_named_as_one_says_it() -> None:
    labels = ("15 s", "1 min", "30 min", "1 h", "1 day", "1 week", "3 months")
    said = [Buckets((0.0, 1.0), label, ZoneInfo("UTC")).each for label in labels]
    assert said == ["15 s", "minute", "30 min", "hour", "day", "week", "3 months"]


CALENDAR_ENDS = {
    "today": ("2026-11-24", "2026-11-25"),
    "yesterday": ("2026-11-23", "2026-11-24"),
    "this_week": ("2026-11-23", "2026-11-30"),
    "last_week": ("2026-11-16", "2026-11-23"),
    "this_month": ("2026-11-01", "2026-12-01"),
    "last_month": ("2026-10-01", "2026-11-01"),
}


@pytest.mark.parametrize(("key", "ends"), CALENDAR_ENDS.items())
def test_a_calendars_range_is_its_day_week_or_month(key: str, ends: tuple[str, str]) -> None:
    now = datetime(2026, 11, 24, 14, 37, tzinfo=BERLIN).timestamp()
    start, end = (datetime.fromisoformat(day).replace(tzinfo=BERLIN).timestamp() for day in ends)
    made = window(CHOICES[key], now, BERLIN)
    assert made.buckets.edges[0] == start
    if CHOICES[key].ended:
        assert made.buckets.edges[-1] == end <= now
    else:
        assert made.buckets.edges[-2] <= now < made.buckets.edges[-1] <= end


def test_a_week_begins_where_the_host_says() -> None:
    now = datetime(2026, 11, 24, 14, 37, tzinfo=BERLIN).timestamp()  # a Tuesday
    starts = [window(CHOICES["this_week"], now, BERLIN, None, day).buckets.edges[0] for day in (0, 5, 6)]
    assert [local_date(start, BERLIN).isoformat() for start in starts] == ["2026-11-23", "2026-11-21", "2026-11-22"]


@given(key=st.sampled_from(sorted(CALENDAR_ENDS)), now=moments_near_changes, zone=zones, first=st.integers(0, 6))
@quick(200)
def test_a_calendars_range_is_compared_bucket_by_bucket_whatever_the_clocks_do(
    key: str, now: float, zone: ZoneInfo, first: int
) -> None:
    made = window(CHOICES[key], now, zone, None, first)
    assert all(a < b for a, b in pairwise(made.buckets.edges))
    assert made.previous is not None
    assert all(a < b for a, b in pairwise(made.previous.edges))
    assert len(made.previous) >= len(made.buckets)
    assert made.previous.edges[-1] == made.buckets.edges[0]
    assert made.buckets.edges[0] <= now or CHOICES[key].ended
    if CHOICES[key].ended:
        assert made.counterpart(now) is None
