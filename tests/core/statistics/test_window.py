"""Folding new rows in as they come, while the clock goes on, gives what reading everything afresh gives."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.filters import EVERYTHING, Filter
from core.presenters.overview_tiles import overview
from core.presenters.presenter import page_of
from core.statistics.bucket_counts import BucketCounts, Sum
from core.statistics.counting import COUNTERS, Grid, count_commands
from core.statistics.window import Aggregate, Filling, collect
from core.storage.reader import Reader, open_for_reading, reading
from core.storage.seeks import IdSpan, last_id
from core.time_ranges import CHOICES, DAY, HOUR, Buckets, RangeChoice, TimeRange, Window, window
from tests.core.rows import (
    BOT,
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
from tests.parameters import slow_after

UTC_ZONE = ZoneInfo("UTC")
NOW = datetime(2025, 6, 15, 12, 0, 5, tzinfo=UTC).timestamp()


def command(when: float, name: str = "comfy") -> dict[str, Any]:
    return {
        "command_name": name,
        "user_id": "1",
        "guild_id": None,
        "channel_id": None,
        "timestamp": when,
        "execution_time": 0.5,
        "success": 1,
    }


class Follower:
    """Keeps an aggregate up to date as the live view does: folds new rows, follows the clock, else begins again."""

    def __init__(self, reader: Reader, choice: RangeChoice, zone: ZoneInfo, span: TimeRange, chosen: Filter) -> None:
        self.reader, self.choice, self.zone, self.span, self.chosen = reader, choice, zone, span, chosen
        self.seen: dict[Any, int] = {}
        self.refusals = 0

    def window(self, now: float) -> Window:
        return window(self.choice, now, self.zone, self.span)

    def begin(self, now: float) -> None:
        self.aggregate = Aggregate(self.window(now), now, self.chosen)
        self.seen = {counter.model: last_id(self.reader, counter.model) for counter in COUNTERS}
        for _ in Filling(self.reader, self.aggregate, self.seen).chunks():
            pass

    def look(self) -> None:
        for counter in COUNTERS:
            last = last_id(self.reader, counter.model)
            for _ in self.aggregate.read(self.reader, counter, IdSpan(self.seen[counter.model], last)):
                pass
            self.seen[counter.model] = last

    def move(self, now: float) -> bool:
        if self.aggregate.move_to(self.window(now), now):
            return True
        self.refusals += 1
        self.begin(now)
        return False


def check_like_fresh(follower: Follower, now: float) -> None:
    ours = follower.aggregate
    fresh = collect(follower.reader, follower.window(now), now, follower.chosen)
    assert ours.window == fresh.window
    assert ours.cells == fresh.cells
    for ours_sum, fresh_sum in (
        (ours.whole, fresh.whole),
        (ours.previous, fresh.previous),
    ):
        assert ours_sum == fresh_sum
        counts = [name for name in BucketCounts.__slots__ if not name.endswith("_us")]
        assert all(all(getattr(ours_sum.cell, name).values()) for name in counts), "what has left is not counted"
    assert overview(page_of(ours, now)) == overview(page_of(fresh, now))


steps_of_the_clock = st.one_of(
    st.floats(0, 40),
    st.floats(0, 3_600),
    st.floats(0, 2 * DAY),
    st.sampled_from((DAY, 7 * DAY, 40 * DAY, -20.0, -2 * HOUR, -2 * DAY)),
)
filters = st.sampled_from((EVERYTHING, EVERYTHING, Filter.of(user="111111111111111111"), Filter.of(outcome="failed")))


@pytest.mark.slow
@quick(45)
@given(
    st.data(),
    st.sampled_from(list(CHOICES.values())),
    zones,
    moments_near_changes,
    st.sampled_from((OURS, BOT, SEED)),
    st.lists(steps_of_the_clock, min_size=1, max_size=4),
    filters,
)
def test_incremental_equals_fresh(
    data: st.DataObject,
    choice: RangeChoice,
    zone: ZoneInfo,
    now: float,
    schema: Schema,
    steps: list[float],
    chosen: Filter,
) -> None:
    span = TimeRange(now - data.draw(st.sampled_from((100.0, 1_500.0, 7_000.0, 3 * DAY, 200 * DAY))), now)
    history = data.draw(lots(times_around(now), most=12, disorder=None))
    with stored(history, schema) as path, reading(path, own=True) as reader:
        follower = Follower(reader, choice, zone, span, chosen)
        follower.begin(now)
        for step in steps:
            later = now + step
            lot = data.draw(
                lots(st.one_of(times_around(later), st.floats(later, later + 3 * DAY)), most=8, disorder=None)
            )
            insert(path, lot, schema)
            follower.look()
            moved = follower.move(later)
            may_begin_afresh = step < 0 or choice.key == "all" or choice.calendar
            assert moved or may_begin_afresh, "the clock going on is followed without reading again"
            now = later
            check_like_fresh(follower, now)


def follow(path: Path, choice: str, now: float, zone: ZoneInfo = UTC_ZONE) -> tuple[Follower, Reader]:
    reader = open_for_reading(path, own=True)
    follower = Follower(reader, CHOICES[choice], zone, TimeRange(now - 60, now), EVERYTHING)
    follower.begin(now)
    return follower, reader


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "analytics.db"
    create(path, OURS)
    yield path


@pytest.mark.parametrize("choice", ["15min", "1h", "24h", "7d", "30d", "90d", "all"])
def test_rows_ahead_of_the_clock_are_counted_once_their_time_has_come(path: Path, choice: str) -> None:
    insert(path, Lot(commands=(command(NOW + 5 * DAY), command(NOW))))
    follower, reader = follow(path, choice, NOW)
    assert follower.aggregate.whole.cell.commands.total() == 1
    insert(path, Lot(commands=(command(NOW + 5 * DAY + 1),)))
    follower.look()
    assert follower.aggregate.whole.cell.commands.total() == 1
    follower.move(NOW + 5 * DAY + 2)
    assert follower.aggregate.whole.cell.commands.total() == (2 if choice in ("15min", "1h", "24h") else 3)
    check_like_fresh(follower, NOW + 5 * DAY + 2)
    reader.close()


@pytest.mark.parametrize("choice", ["15min", "1h", "24h", "7d", "30d", "all"])
def test_a_clock_that_goes_back_is_refused_and_loses_nothing(path: Path, choice: str) -> None:
    insert(path, Lot(commands=tuple(command(NOW - age) for age in (0, 10, 4_000, 90_000, 400_000))))
    follower, reader = follow(path, choice, NOW)
    before = copy.deepcopy(follower.aggregate)
    assert not follower.aggregate.move_to(follower.window(NOW - 20 * DAY), NOW - 20 * DAY)
    assert follower.aggregate.cells == before.cells
    assert follower.aggregate.whole == before.whole
    assert follower.aggregate.move_to(follower.window(NOW), NOW)
    check_like_fresh(follower, NOW)
    reader.close()


def test_a_clock_that_goes_back_within_a_day_does_not_drop_the_bucket_that_was_begun(path: Path) -> None:
    """The shorter window begins where ours does: dropping its last bucket would lose the rows in it."""
    insert(path, Lot(commands=(command(NOW),)))
    follower, reader = follow(path, "7d", NOW)
    assert not follower.aggregate.move_to(follower.window(NOW - 2 * HOUR), NOW - 2 * HOUR)
    assert follower.aggregate.move_to(follower.window(NOW), NOW)
    assert follower.aggregate.whole.cell.commands.total() == 1
    reader.close()


@pytest.mark.parametrize("age", [1.0, 20.0, 40.0])
def test_wider_buckets_are_never_taken_for_narrow_ones_that_begin_with_them(path: Path, age: float) -> None:
    """ "All" goes from 15 s to 1 min: its first minute begins where our first 15 s begin, but holds more."""
    start = datetime(2025, 6, 15, 12, tzinfo=UTC).timestamp() + age
    insert(path, Lot(commands=tuple(command(start + i * 10) for i in range(60))))
    follower, reader = follow(path, "all", start + 60)
    follower.span = TimeRange(start, start + 60)
    follower.begin(start + 600)
    for minutes in range(11, 60, 3):
        follower.move(start + minutes * 60)
        check_like_fresh(follower, start + minutes * 60)
    assert follower.refusals >= 1
    reader.close()


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", datetime(2025, 3, 30, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2025, 10, 26, 1, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2025, 10, 4, 15, 30, tzinfo=UTC)),
        ("America/Santiago", datetime(2025, 9, 7, 4, tzinfo=UTC)),
        ("America/Havana", datetime(2025, 11, 2, 5, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize("choice", slow_after(1, ["24h", "7d", "30d"]))
def test_a_window_is_followed_over_midnight_and_a_change_of_the_clocks(
    path: Path, zone: str, change: datetime, choice: str
) -> None:
    start = (change - timedelta(hours=30)).timestamp()
    insert(path, Lot(commands=tuple(command(start - hours * 7_100) for hours in range(250))))
    follower, reader = follow(path, choice, start, ZoneInfo(zone))
    for hours in range(1, 60, 3):
        now = start + hours * HOUR
        insert(path, Lot(commands=(command(now - 1_800), command(now - 9 * HOUR))))
        follower.look()
        assert follower.move(now)
        check_like_fresh(follower, now)
    assert follower.refusals == 0
    reader.close()


def test_a_custom_range_stands_still(path: Path) -> None:
    insert(path, Lot(commands=tuple(command(NOW - age) for age in (10, 50, 70, 110, 130))))
    follower, reader = follow(path, "custom", NOW)
    assert (follower.aggregate.whole.cell.commands.total(), follower.aggregate.previous.cell.commands.total()) == (2, 2)
    insert(path, Lot(commands=(command(NOW + 10), command(NOW - 20))))
    follower.look()
    assert follower.move(NOW + DAY)
    assert follower.aggregate.whole.cell.commands.total() == 3
    check_like_fresh(follower, NOW + DAY)
    reader.close()


def test_loading_goes_back_from_the_newest_rows_and_says_since_when_all_are_counted(path: Path) -> None:
    insert(path, Lot(commands=tuple(command(NOW - i) for i in range(9_000, 0, -1))))
    with reading(path) as reader:
        aggregate = Aggregate(window(CHOICES["30d"], NOW, UTC_ZONE), NOW)
        upto = {counter.model: last_id(reader, counter.model) for counter in COUNTERS}
        told = []
        for coverage in Filling(reader, aggregate, upto).chunks():
            told.append(coverage)
            since = max(coverage.since, NOW - 9_000)
            assert coverage.pending or aggregate.whole.cell.commands.total() >= int(NOW - since)
    assert [each.share for each in told] == sorted(each.share for each in told)
    assert [each.since for each in told] == sorted((each.since for each in told), reverse=True)
    assert len(told) > 2
    assert told[-1].whole and not told[-2].whole
    assert aggregate.whole.cell.commands.total() == 9_000


def test_figures_are_counted_again_only_where_rows_came(path: Path) -> None:
    insert(path, Lot(commands=(command(NOW - HOUR), command(NOW))))
    follower, reader = follow(path, "24h", NOW)
    starts = follower.aggregate.window.buckets.edges
    quiet, busy = follower.aggregate.figures(starts[-4]), follower.aggregate.figures(starts[-2])
    insert(path, Lot(commands=(command(NOW),)))
    follower.look()
    assert follower.aggregate.figures(starts[-4]) is quiet
    assert (busy.commands, follower.aggregate.figures(starts[-2]).commands) == (1, 2)
    reader.close()


keys = st.sampled_from(("a", "b", "c"))
cells = st.builds(
    BucketCounts,
    commands=st.dictionaries(keys, st.integers(1, 9)).map(Counter),
    execution_us=st.dictionaries(keys, st.integers(1, 10**15)).map(Counter),
    restarts=st.dictionaries(st.floats(1e9, 2e9), st.integers(1, 2), max_size=3).map(Counter),
)


@quick(100)
@given(cells, cells, cells)
def test_adding_a_cell_and_taking_it_away_leaves_what_was_there(
    base: BucketCounts, one: BucketCounts, other: BucketCounts
) -> None:
    before = copy.deepcopy(base)
    base.add(one)
    base.add(other)
    base.take_away(one)
    base.take_away(other)
    assert base == before
    assert [len(getattr(base, name)) for name in BucketCounts.__slots__] == [
        len(getattr(before, name)) for name in BucketCounts.__slots__
    ]


@quick(60)
@given(st.lists(cells, min_size=1, max_size=5), st.data())
def test_a_sum_holds_exactly_the_buckets_that_it_covers(parts: list[BucketCounts], data: st.DataObject) -> None:
    by_start = {float(number): cell for number, cell in enumerate(parts)}
    total = Sum()
    for _ in range(4):
        wanted = data.draw(st.sets(st.sampled_from(sorted(by_start))))
        total.cover(wanted, by_start)
        expected = BucketCounts()
        for start in wanted:
            expected.add(by_start[start])
        assert total.cell == expected
    total.add(99.0, parts[0])
    assert total.cell == expected, "not a member"


durations = st.one_of(st.floats(0, 1e5), st.sampled_from((None, "text", "1_000", b"5", math.inf, -1.0)))


@quick(80)
@given(
    st.lists(st.tuples(st.floats(-50, 150), keys, durations, st.sampled_from((0, 1))), min_size=1, max_size=40),
    st.data(),
)
@example([(1.0, "a", "1_000", 1), (1.0, "a", None, 1), (1.0, "a", "text", 1)], None)
def test_rows_may_be_folded_in_lots_of_any_size(rows: list[tuple[float, str, Any, int]], data: Any) -> None:
    grid = Grid.of((0.0, 50.0, 100.0), UTC_ZONE)
    full = [(when, name, name.upper(), None, took, success) for when, name, took, success in rows]
    cut = data.draw(st.integers(0, len(full))) if data is not None else 1
    whole: dict[int, BucketCounts] = {}
    for lot in (full[:cut], full[cut:]):
        for slot, delta in (count_commands(lot, grid) if lot else {}).items():
            whole.setdefault(slot, BucketCounts()).add(delta)
    assert whole == dict(count_commands(full, grid))
    assert {row[0] for row in full if row[0] < 0} == set() or -1 in whole


def test_buckets_of_a_window_may_be_unevenly_long(path: Path) -> None:
    edges = (NOW - 100, NOW - 90, NOW - 5, NOW)
    insert(path, Lot(commands=tuple(command(NOW - age) for age in (100, 95, 90, 50, 5, 0))))
    with reading(path) as reader:
        found = collect(reader, Window(CHOICES["custom"], Buckets(edges, "odd", UTC_ZONE), None), NOW)
    assert [found.cells[edge].commands.total() for edge in edges[:-1]] == [2, 2, 1]
    assert found.span == TimeRange(edges[0], edges[-1])
