"""The seed's dictionaries equal a plain count by local date, in the shapes that the deployed bot returns."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics import reports
from core.storage.reader import reading
from core.time_ranges import HOUR, local_days
from tests.core import brute_force
from tests.core.rows import (
    BOT,
    OURS,
    SEED,
    Ids,
    Lot,
    Schema,
    lots,
    moments_near_changes,
    quick,
    stored,
    times_around,
    zones,
)

BERLIN, SANTIAGO = ZoneInfo("Europe/Berlin"), ZoneInfo("America/Santiago")


def command(when: float, name: str = "comfy", user: str = "1") -> dict[str, Any]:
    return {"command_name": name, "user_id": user, "timestamp": when, "success": 1}


def image(when: float, took: Any, video: int | None = 0, resolution: str | None = "1:1") -> dict[str, Any]:
    row = {"user_id": "1", "resolution": resolution, "generation_time": took, "timestamp": when}
    return {**row, "is_video": video, "generation_type": None}


@pytest.mark.slow
@quick(50)
@given(
    st.data(),
    st.sampled_from((1, 2, 7, 30, 100, 0)),
    zones,
    moments_near_changes,
    st.sampled_from((OURS, BOT, SEED)),
    st.sampled_from((Ids(), Ids(1, 150))),
)
def test_reports_equal_brute_force(
    data: st.DataObject, days: int, zone: ZoneInfo, now: float, schema: Schema, ids: Ids
) -> None:
    lot = data.draw(lots(times_around(now), disorder=None if schema is OURS else 6 * HOUR))
    with stored(lot, schema, ids) as path:
        rows = brute_force.read(path)
        with reading(path) as reader:
            buckets = local_days(days, now, zone)
            commands = reports.command_report(reader, buckets)
            images = reports.image_report(reader, buckets)
            users = reports.user_report(reader, buckets)
    assert brute_force.same(commands, brute_force.command_stats(rows, days, now, zone))
    assert brute_force.same(images, brute_force.image_stats(rows, days, now, zone))
    assert brute_force.same(users, brute_force.user_stats(rows, days, now, zone))


def report_of(lot: Lot, days: int, now: float, zone: ZoneInfo = BERLIN) -> tuple[list[Any], list[Any], list[Any]]:
    with stored(lot, BOT) as path, reading(path) as reader:
        found = local_days(days, now, zone)
        return (
            reports.command_report(reader, found),
            reports.image_report(reader, found),
            reports.user_report(reader, found),
        )


def test_a_days_parts_add_up_to_its_total_east_of_greenwich() -> None:
    """The deployed bot groups by days of UTC, but cuts the breakdown at local midnight."""
    half_past_midnight = datetime(2025, 6, 2, 0, 30, tzinfo=BERLIN).timestamp()
    late = half_past_midnight - HOUR
    commands, _, users = report_of(
        Lot(commands=(command(late, "old"), command(half_past_midnight, "new"))), 7, half_past_midnight + HOUR
    )
    assert commands == [
        {"date": "2025-06-01", "total_commands": 1, "command_breakdown": {"old": 1}},
        {"date": "2025-06-02", "total_commands": 1, "command_breakdown": {"new": 1}},
    ]
    assert [day["unique_users"] for day in users] == [1, 1]


def test_seven_days_are_seven_dates_and_the_first_is_whole() -> None:
    now = datetime(2025, 6, 15, 9, tzinfo=BERLIN).timestamp()
    hourly = Lot(commands=tuple(command(now - hours * HOUR) for hours in range(10 * 24, -1, -1)))
    commands, _, _ = report_of(hourly, 7, now)
    assert [day["date"] for day in commands] == [f"2025-06-{day:02}" for day in range(9, 16)]
    assert [day["total_commands"] for day in commands] == [24] * 6 + [10]


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ((2025, 3, 30), BERLIN, 23),
        ((2025, 10, 26), BERLIN, 25),
        ((2025, 9, 7), SANTIAGO, 23),
        ((2025, 4, 5), SANTIAGO, 25),
    ],
)
def test_a_day_on_which_the_clocks_change_has_all_its_hours(
    day: tuple[int, int, int], zone: ZoneInfo, hours: int
) -> None:
    noon = datetime(*day, 12, tzinfo=zone).timestamp()
    hourly = Lot(commands=tuple(command(noon + offset * HOUR + 60) for offset in range(-60, 60)))
    commands, _, _ = report_of(hourly, 3, noon + 24 * HOUR, zone)
    assert {each["date"]: each["total_commands"] for each in commands}[datetime(*day).date().isoformat()] == hours


def test_averages_are_over_images_and_know_nothing_of_unknown_times() -> None:
    now = datetime(2025, 6, 15, 9, tzinfo=BERLIN).timestamp()
    absurd = [image(now, took) for took in (0.0, None, float("inf"), -1.0, "slow", 1e9)]
    rows = [*absurd, image(now, 2.0), image(now, 4.0), image(now, 30.0, 1, "video"), image(now, 0.0, 1, "video")]
    _, images, _ = report_of(Lot(images=tuple(rows)), 1, now)
    (day,) = images
    assert day["total_images"] == 10
    assert (day["avg_generation_time"], day["avg_image_time"], day["avg_video_time"]) == (12.0, 3.0, 30.0)
    assert day["video_breakdown"] == {"video": 2, "image": 8}
    assert day["type_breakdown"] == {"standard": 10}
    assert list(day) == [
        "date",
        "total_images",
        "avg_generation_time",
        "avg_image_time",
        "avg_video_time",
        "resolution_breakdown",
        "video_breakdown",
        "type_breakdown",
    ]


def test_the_average_of_nothing_is_zero() -> None:
    now = datetime(2025, 6, 15, 9, tzinfo=BERLIN).timestamp()
    _, (day,), _ = report_of(Lot(images=(image(now, None),)), 1, now)
    assert (day["avg_generation_time"], day["avg_image_time"], day["avg_video_time"]) == (0.0, 0.0, 0.0)


def test_absurd_timestamp_does_not_hide_the_others() -> None:
    now = datetime(2025, 6, 15, 9, tzinfo=BERLIN).timestamp()
    rows = [command(now), {**command(now), "timestamp": now * 1000}, {**command(now), "timestamp": "today"}]
    commands, _, _ = report_of(Lot(commands=tuple(rows)), 7, now)
    assert [day["total_commands"] for day in commands] == [1]


def test_the_five_largest_ties_by_name_and_days_without_events_left_out() -> None:
    now = datetime(2025, 6, 15, 9, tzinfo=BERLIN).timestamp()
    names = [*"gfedcba", "g", "a"]
    rows = [command(now, name, name) for name in names] + [command(now - 72 * HOUR)]
    commands, images, users = report_of(Lot(commands=tuple(rows)), 7, now)
    assert [day["date"] for day in commands] == ["2025-06-12", "2025-06-15"]
    assert list(commands[1]["command_breakdown"].items()) == [("a", 2), ("g", 2), ("b", 1), ("c", 1), ("d", 1)]
    assert (users[1]["unique_users"], list(users[1]["top_users"])) == (7, ["a", "g", "b", "c", "d"])
    assert images == []
