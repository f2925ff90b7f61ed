from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DatabaseMissing
from core.statistics.usage_pattern import HOURS, WEEKS, Rhythm, hours_of_week, learn_rhythm, rhythm_of
from core.tasks import finish
from core.time_ranges import DAY, HOUR, TimeRange
from tests.core import deployed

BERLIN, KATHMANDU = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
MONDAY = datetime(2026, 11, 16, tzinfo=BERLIN).timestamp()


def learnt(moments: Sequence[float], starts: Sequence[float] = (), zone: ZoneInfo = BERLIN) -> Rhythm:
    return finish(rhythm_of(moments, zone, starts))


@given(
    start=st.floats(1.5e9, 1.9e9),
    length=st.floats(0.001, 20 * DAY),
    zone=st.sampled_from([BERLIN, KATHMANDU, ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe")]),
)
def test_the_hours_of_a_span_are_those_of_the_wall_clock(start: float, length: float, zone: ZoneInfo) -> None:
    seconds, moment = 0.0, start
    for hour, part in hours_of_week(TimeRange(start, start + length), zone):
        middle = datetime.fromtimestamp(moment + part / 2, zone)
        assert hour == middle.weekday() * 24 + middle.hour
        assert 0 < part <= HOUR
        seconds, moment = seconds + part, moment + part
    assert seconds == pytest.approx(length, abs=1e-3)


def test_hours_follow_the_clocks_as_they_change() -> None:
    """On 25 October 2026 Berlin's hour from two to three comes twice."""
    start = datetime(2026, 10, 25, tzinfo=BERLIN).timestamp()
    day = Counter[int]()
    for hour, seconds in hours_of_week(TimeRange(start, start + 25 * HOUR), BERLIN):
        day[hour] += int(seconds)
    assert day[6 * 24 + 2] == 2 * HOUR
    assert len(day) == 24


def test_events_are_counted_by_the_hour_that_they_came_in() -> None:
    rhythm = learnt([MONDAY + n * 600 for n in range(7)])
    assert rhythm.events[:2] == (6, 0)
    assert (rhythm.total, rhythm.longest[0]) == (6, 600)
    assert rhythm.watched[0] == pytest.approx(1.0)
    assert rhythm.days == pytest.approx(1 / 24)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"])
def test_gaps_of_all_lengths_are_told_by_the_hours_that_they_touch(zone: str) -> None:
    """In days in which clocks change, many events to an hour and few, at full hours and at the same moment."""
    dice, place = random.Random(zone), ZoneInfo(zone)
    for begin in (datetime(2026, 4, 4, tzinfo=place), datetime(2026, 10, 24, tzinfo=place), datetime(2026, 3, 28, 23)):
        steps = (0.0, 1.0, 300.0, 1_800.0, 9_000.0)
        moments = [*accumulate((dice.choice(steps) for _ in range(80)), initial=begin.timestamp() // HOUR * HOUR)]
        starts = sorted(dice.sample(moments, 5))
        events, watched, longest = Counter[int](), Counter[int](), Counter[int]()
        for earlier, later in pairwise(moments):
            if any(earlier <= each <= later for each in starts):
                continue
            for step, (hour, seconds) in enumerate(hours_of_week(TimeRange(earlier, later), place)):
                events[hour] += step == 0
                watched[hour] += seconds
                longest[hour] = max(longest[hour], later - earlier)
        rhythm = learnt(moments, starts, place)
        assert rhythm.events == tuple(events[hour] for hour in range(HOURS))
        assert rhythm.watched == pytest.approx([watched[hour] / HOUR for hour in range(HOURS)])
        assert rhythm.longest == tuple(longest[hour] for hour in range(HOURS))


def test_a_gap_in_which_the_bot_started_is_nobodys_silence() -> None:
    moments = [MONDAY, MONDAY + 60, MONDAY + 5 * HOUR, MONDAY + 5 * HOUR + 60]
    with_gap, without = learnt(moments), learnt(moments, [MONDAY + 4 * HOUR])
    assert max(with_gap.longest) == 5 * HOUR - 60
    assert max(without.longest) == 60
    assert without.watched[2] == 0
    assert without.total == 2


def test_the_rate_is_smoothed_with_the_hours_beside_it_and_across_the_week() -> None:
    hour = [MONDAY + n * 60 for n in range(61)]
    rhythm = learnt(sorted(each + week * 7 * DAY for week in range(4) for each in hour))
    assert rhythm.rate(0) == pytest.approx(60 / 3, rel=0.25)
    assert rhythm.rate(HOURS - 1) == pytest.approx(60 / 3, rel=0.25)
    assert rhythm.rate(50) == 0
    whole_week = TimeRange(MONDAY, MONDAY + 7 * DAY)
    assert rhythm.expected(whole_week) == pytest.approx(rhythm.total / 4, rel=0.25)
    assert rhythm.longest_quiet(whole_week) == pytest.approx(7 * DAY - HOUR)


@pytest.mark.parametrize("moments", [[], [MONDAY]])
def test_of_nothing_nothing_is_learnt(moments: list[float]) -> None:
    rhythm = learnt(moments)
    assert (rhythm.total, rhythm.days) == (0, 0)
    assert rhythm.expected(TimeRange(MONDAY, MONDAY + DAY)) == 0
    assert rhythm.longest_quiet(TimeRange(MONDAY, MONDAY + DAY)) == 0


def test_rhythm_is_learnt_from_the_bots_own_file(tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=2_000, images=500, step=600)
    now = datetime.now().timestamp()
    before = path.read_bytes()
    rhythm = finish(learn_rhythm(path, now, BERLIN))
    assert path.read_bytes() == before
    assert rhythm.total > 1_500
    assert rhythm.days <= WEEKS * 7
    assert sum(rhythm.events) / (rhythm.days * 24) == pytest.approx(7, rel=0.5)


def test_a_file_that_is_not_there_is_an_expected_fault(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        finish(learn_rhythm(tmp_path / "none.db", 0.0, BERLIN))
