"""The time axis' ticks: round wall-clock times, whatever the clocks do."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.charts.specs import Chart, Ink, Mark, Series
from core.charts.time_axis import Tick, beneath_bars, naming_bars, time_ticks
from core.time_ranges import day_start, local_days

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Havana",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "America/St_Johns",
        "Africa/Casablanca",
    )
]


def at(*parts: int, zone: ZoneInfo = BERLIN, fold: int = 0) -> float:
    return datetime(*parts, tzinfo=zone, fold=fold).timestamp()  # type: ignore[misc, arg-type]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def labels(start: float, end: float, pixels: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """The labels on an axis that is so many pixels wide, with characters of 6.5 pixels."""
    return [plain(tick.label) for tick in time_ticks(start, end, zone, 6.5 * (end - start) / pixels)]


def test_a_day_has_a_tick_every_few_hours_and_its_date_at_midnight() -> None:
    day = at(2026, 11, 23, 7, 30), at(2026, 11, 24, 7, 30)
    assert labels(*day, 420) == ["08:00", "12:00", "16:00", "20:00", "Tue 24", "04:00"]
    assert labels(*day, 540) == [
        "09:00", "12:00", "15:00", "18:00", "21:00", "Tue 24", "03:00", "06:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((2026, 11, 24, 12, 0, 5), (2026, 11, 24, 12, 0, 50), ["12:00:15", "12:00:30", "12:00:45"]),
        ((2026, 11, 24, 12, 0), (2026, 11, 24, 12, 5), ["12:00", "12:01", "12:02", "12:03", "12:04", "12:05"]),
        ((2026, 11, 29), (2026, 12, 3), ["Sun 29", "Mon 30", "1 Dec", "Wed 2", "Thu 3"]),
        ((2026, 10, 10), (2026, 12, 1), ["12 Oct", "26 Oct", "9 Nov", "23 Nov"]),
        ((2026, 9, 20), (2027, 2, 10), ["Oct 2026", "Nov 2026", "Dec 2026", "Jan 2027", "Feb 2027"]),
        ((2018, 6, 1), (2026, 6, 1), ["2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026"]),
    ],
)
def test_steps_from_seconds_to_years(start: tuple[int, ...], end: tuple[int, ...], expected: list[str]) -> None:
    assert labels(at(*start), at(*end), 400) == expected


def test_the_hour_that_the_clocks_skip_has_no_tick() -> None:
    assert labels(at(2026, 3, 29, 0, 30), at(2026, 3, 29, 5, 30), 300) == ["01:00", "03:00", "04:00", "05:00"]


def test_the_hour_that_comes_twice_has_two_ticks_an_hour_apart() -> None:
    ticks = time_ticks(at(2026, 10, 25, 0, 30), at(2026, 10, 25, 4, 30), BERLIN, 60)
    assert [tick.label for tick in ticks if tick.label.endswith(":00")] == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    first, second = (tick.time for tick in ticks if tick.label == "02:00")
    assert second - first == 3600


@pytest.mark.parametrize("change", [(2026, 3, 29), (2026, 10, 25)])
def test_ticks_stay_on_round_hours_after_a_change(change: tuple[int, int, int]) -> None:
    noon = at(*change, 12)
    expected = [f"Sun {change[2]}", "04:00", "08:00", "12:00"]
    assert labels(noon - 24 * 3600, noon, 420)[-4:] == expected


def test_days_begin_at_local_midnight_across_a_change() -> None:
    ticks = time_ticks(at(2026, 10, 23), at(2026, 10, 28), BERLIN, 3600)
    assert [tick.time for tick in ticks if tick.day_start] == [at(2026, 10, day) for day in range(23, 29)]
    assert at(2026, 10, 26) - at(2026, 10, 25) == 25 * 3600


def test_a_day_whose_midnight_is_skipped_begins_at_one() -> None:
    havana = ZoneInfo("America/Havana")
    begin = day_start(date(2026, 3, 8), havana)
    assert begin == at(2026, 3, 8, 1, zone=havana)
    ticks = time_ticks(begin - 7200, begin + 7200, havana, 120)
    assert Tick(begin, "Sun 8", True) in ticks


def test_half_hours_of_the_hour_that_comes_twice_are_all_there() -> None:
    ticks = time_ticks(at(2026, 10, 25, 1, 30), at(2026, 10, 25, 3), BERLIN, 90)
    assert {later.time - tick.time for tick, later in pairwise(ticks)} == {900.0}
    assert [tick.label for tick in ticks if tick.label == "02:30"] == ["02:30"] * 2


def test_half_hour_changes_keep_the_wall_clock() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    start = at(2026, 4, 4, 12, zone=lord_howe)
    ticks = time_ticks(start, start + 86_400, lord_howe, 300)
    assert len(ticks) > 20
    for tick in ticks:
        local = datetime.fromtimestamp(tick.time, lord_howe)
        assert local.minute in (0, 30)
        assert tick.day_start or f"{local:%H:%M}" == tick.label


def test_ticks_by_weeks_are_mondays() -> None:
    end = at(2026, 11, 25)
    ticks = time_ticks(end - 45 * 86_400, end, BERLIN, 60_000)
    assert len(ticks) == 7
    assert {datetime.fromtimestamp(tick.time, BERLIN).weekday() for tick in ticks} == {0}


def test_a_date_stands_beneath_the_middle_of_its_day_s_bar() -> None:
    edges = local_days(5, at(2026, 10, 26, 12), BERLIN).edges
    ticks = beneath_bars(time_ticks(edges[0], edges[-1], BERLIN, 6000), edges)
    assert [plain(tick.label) for tick in ticks] == ["Thu 22", "Fri 23", "Sat 24", "Sun 25", "Mon 26"]
    assert [tick.time for tick in ticks] == [(a + b) / 2 for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    ("days", "character"),
    [(range(23, 26), 600.0), (range(2, 31, 7), 8_000.0)],
    ids=["hours between days", "days between weeks"],
)
def test_where_the_ticks_are_closer_than_the_bars_they_stay(days: range, character: float) -> None:
    edges = [at(2026, 11, day) for day in days]
    ticks = time_ticks(edges[0], edges[-1], BERLIN, character)
    assert len(ticks) > len(edges)
    assert beneath_bars(ticks, edges) == ticks


def bars(edges: list[float], *values: float) -> Chart:
    return Chart("Users", "", tuple(edges), BERLIN, (Series("users", values, Mark.BAR, Ink.SERIES_1),))


def names(chart: Chart, pixels: int) -> dict[float, str]:
    character = 6.5 * (chart.edges[-1] - chart.edges[0]) / pixels
    ticks = time_ticks(chart.edges[0], chart.edges[-1], chart.zone, character)
    return {tick.time: plain(tick.label) for tick in naming_bars(chart, ticks, character)}


@pytest.mark.parametrize("pixels", [150, 320, 700])
@pytest.mark.parametrize("filled", [(5,), (4, 5), (1, 4)])
def test_the_few_bars_that_hold_something_have_their_names_however_narrow_it_is(
    pixels: int, filled: tuple[int, ...]
) -> None:
    months = [at(2026, month, 1) for month in range(6, 13)]
    chart = bars(months, *(4.0 if place in filled else 0.0 for place in range(6)))
    named = names(chart, pixels)
    middles = {(months[place] + months[place + 1]) / 2: f"{['Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov'][place]} 2026"
               for place in filled}  # fmt: skip
    newest, room = max(middles), pixels / 6 > len("Nov 2026 ") * 6.5
    assert named[newest] == middles[newest]
    assert all(named.get(middle) == name for middle, name in middles.items()) or not room


@pytest.mark.parametrize(
    ("edges", "name"),
    [
        ([at(2026, 11, day) for day in (23, 24, 25, 26)], "Wed 25"),
        ([at(2026, 11, 2 + 7 * week) for week in range(4)], "16 Nov"),
        ([at(year, 1, 1) for year in (2024, 2025, 2026, 2027)], "2026"),
    ],
)
def test_a_lonely_bar_is_named_by_what_it_is(edges: list[float], name: str) -> None:
    assert names(bars(edges, 0, 0, 3), 60) == {(edges[2] + edges[3]) / 2: name}


def test_wide_bars_are_named_and_not_the_days_within_them() -> None:
    months = [at(2026, month, 1) for month in range(6, 13)]
    named = names(bars(months, *[4.0] * 6), 1_400)
    assert list(named.values()) == [f"{name} 2026" for name in ("Jun", "Jul", "Aug", "Sep", "Oct", "Nov")]
    assert list(named) == [(start + end) / 2 for start, end in pairwise(months)]
    days = [at(2026, 11, day) for day in (23, 24, 25, 26)]
    assert list(names(bars(days, 1, 0, 2), 700).values()) == ["Mon 23", "Tue 24", "Wed 25"]


def test_names_of_bars_never_touch() -> None:
    edges = [at(2026, 11, day) for day in range(1, 31)]
    chart = bars(edges, *(1.0 if day in (27, 28) else 0.0 for day in range(29)))
    placed = sorted(names(chart, 400).items())
    character = 6.5 * (edges[-1] - edges[0]) / 400
    for (left, one), (right, other) in pairwise(placed):
        assert right - left >= (len(one) + len(other)) / 2 * character


def test_where_many_bars_hold_something_the_ticks_stay_as_they_are() -> None:
    edges = [at(2026, 11, day) for day in range(1, 31)]
    chart = bars(edges, *[1.0] * 29)
    ticks = time_ticks(edges[0], edges[-1], BERLIN, 8_000)
    assert naming_bars(chart, ticks, 8_000) == beneath_bars(ticks, edges)


def test_beneath_bars_of_hours_nothing_moves() -> None:
    edges = [at(2026, 11, 24, hour) for hour in range(24)]
    ticks = time_ticks(edges[0], edges[-1], BERLIN, 600)
    assert beneath_bars(ticks, edges) == ticks


def test_a_day_that_never_was_has_no_start() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert day_start(date(2011, 12, 30), apia) is None
    span = at(2011, 12, 28, zone=apia), at(2012, 1, 2, zone=apia)
    assert labels(*span, 400, apia) == ["Wed 28", "Thu 29", "Sat 31", "1 Jan", "Mon 2"]


@pytest.mark.parametrize("span", [(5.0, 5.0), (5.0, 1.0), (0.0, 1e18), (-1e18, 0.0), (float("nan"), 1.0)])
def test_an_absurd_range_has_no_ticks(span: tuple[float, float]) -> None:
    assert time_ticks(*span, BERLIN, 60) == ()


@settings(max_examples=150, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.floats(1.2e9, 2.0e9),
    width=st.floats(1, 8).map(lambda power: 10.0**power),
    pixels=st.integers(120, 1600),
)
def test_ticks_ascend_inside_the_range_and_never_touch(zone: ZoneInfo, start: float, width: float, pixels: int) -> None:
    character = 6.5 * width / pixels
    ticks = time_ticks(start, start + width, zone, character)
    assert all(start <= tick.time <= start + width for tick in ticks)
    for left, right in pairwise(ticks):
        assert right.time - left.time >= (len(left.label) + len(right.label)) / 2 * character


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), start=st.floats(1.2e9, 2.0e9), width=st.floats(60, 20 * 86_400))
def test_every_label_is_what_a_local_clock_shows(zone: ZoneInfo, start: float, width: float) -> None:
    for tick in time_ticks(start, start + width, zone, 6.5 * width / 600):
        local = datetime.fromtimestamp(tick.time, zone)
        if tick.day_start:
            assert day_start(local.date(), zone) == tick.time or local.strftime("%H:%M") == "00:00"
            assert str(local.day) in plain(tick.label).split()
        else:
            assert tick.label in (local.strftime("%H:%M"), local.strftime("%H:%M:%S"))
            assert local.second == 0 or tick.label.count(":") == 2
