"""Axis ticks: round values, and wall-clock times across changes of the clocks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts import Unit
from core.ticks import TimeTicks, axis_seconds, matching_ticks, time_ticks, value_ticks

BERLIN = ZoneInfo("Europe/Berlin")


def labels(ticks: TimeTicks) -> list[str]:
    return [tick.label.replace("\N{NO-BREAK SPACE}", " ") for tick in ticks.ticks]


def at(zone: ZoneInfo, *parts: int) -> float:
    return datetime(*parts, tzinfo=zone).timestamp()  # type: ignore[misc, arg-type]


def test_a_day_is_labelled_by_hours_and_its_date_at_midnight() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 11, 23, 21), at(BERLIN, 2026, 11, 24, 21), BERLIN, 8)
    assert labels(ticks) == ["21:00", "24 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert [tick.major for tick in ticks.ticks].index(True) == 1


def test_the_hour_that_is_skipped_has_no_tick() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 3, 29), at(BERLIN, 2026, 3, 29, 6), BERLIN, 6)
    assert labels(ticks) == ["29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00"]
    assert {b.position - a.position for a, b in zip(ticks.ticks, ticks.ticks[1:], strict=False)} == {3600.0}


def test_the_hour_that_comes_twice_has_two_ticks() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 10, 25), at(BERLIN, 2026, 10, 25, 4), BERLIN, 6)
    assert labels(ticks) == ["25 Oct", "01:00", "02:00", "02:00", "03:00", "04:00"]


def test_half_hours_of_the_hour_that_comes_twice_are_all_there() -> None:
    ticks = time_ticks(at(BERLIN, 2026, 10, 25, 1, 30), at(BERLIN, 2026, 10, 25, 3), BERLIN, 10)
    assert {b.position - a.position for a, b in zip(ticks.ticks, ticks.ticks[1:], strict=False)} == {900.0}
    assert [label for label in labels(ticks) if label == "02:30"] == ["02:30"] * 2


def test_half_hour_changes_keep_the_wall_clock() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    start = at(lord_howe, 2026, 4, 4, 12)
    for tick in time_ticks(start, start + 86_400, lord_howe, 30).ticks:
        assert datetime.fromtimestamp(tick.position, lord_howe).minute == 0 or tick.label.endswith(":30")
        if not tick.major:
            assert f"{datetime.fromtimestamp(tick.position, lord_howe):%H:%M}" == tick.label


def test_a_day_whose_midnight_is_skipped_begins_when_it_begins() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    ticks = time_ticks(at(cairo, 2026, 4, 21), at(cairo, 2026, 4, 27), cairo, 8)
    friday = next(tick for tick in ticks.ticks if tick.label.startswith("24"))
    assert friday.position == at(cairo, 2026, 4, 24, 1)


@pytest.mark.parametrize(
    ("days", "first"),
    [(365, ["2026", "Mar"]), (30, ["26 Oct", "2 Nov"]), (3650, ["2018", "2020"])],
)
def test_long_ranges_are_labelled_by_weeks_months_and_years(days: int, first: list[str]) -> None:
    end = at(BERLIN, 2026, 11, 25)
    assert labels(time_ticks(end - days * 86_400, end, BERLIN, 8))[:2] == first


def test_weekly_ticks_are_mondays() -> None:
    end = at(BERLIN, 2026, 11, 25)
    for tick in time_ticks(end - 45 * 86_400, end, BERLIN, 8).ticks:
        assert datetime.fromtimestamp(tick.position, BERLIN).weekday() == 0


@given(
    start=st.floats(1.4e9, 4e9),
    length=st.floats(1, 4e9),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]
    ),
    most=st.integers(1, 30),
)
def test_ticks_ascend_within_the_range_and_are_never_too_many(
    start: float, length: float, zone: str, most: int
) -> None:
    positions = [tick.position for tick in time_ticks(start, start + length, ZoneInfo(zone), most).ticks]
    assert positions == sorted(set(positions))
    assert all(start <= position <= start + length for position in positions)
    assert len(positions) <= 2 * most + 3


@given(highest=st.floats(0, 1e15), unit=st.sampled_from(list(Unit)))
def test_values_are_ticked_from_zero_past_the_highest_in_few_equal_steps(highest: float, unit: Unit) -> None:
    ticks = value_ticks(highest, unit)
    assert ticks[0].position == 0
    assert ticks[-1].position >= highest * (1 - 1e-8)
    assert 2 <= len(ticks) <= 6
    if unit is Unit.COUNT:
        assert all(tick.position == int(tick.position) for tick in ticks)


def test_two_axes_share_one_grid() -> None:
    left = value_ticks(45, Unit.COUNT)
    right = matching_ticks(38.0, Unit.SECONDS, len(left) - 1)
    assert [tick.label for tick in left] == ["0", "10", "20", "30", "40", "50"]
    assert [tick.label.replace("\N{NO-BREAK SPACE}", " ") for tick in right] == [
        "0 s", "10 s", "20 s", "30 s", "40 s", "50 s",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 s"), (0.02, "20 ms"), (0.5, "0.5 s"), (10, "10 s"), (90, "90 s"), (120, "2 min"), (150, "2 min 30 s"),
     (3600, "1 h"), (5400, "1 h 30 min")],
)  # fmt: skip
def test_durations_on_an_axis_are_short(value: float, text: str) -> None:
    assert axis_seconds(value).replace("\N{NO-BREAK SPACE}", " ") == text
