"""The typed results equal a plain count over the same rows: every range, zone, filter, and kind of nonsense."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import Filter
from core.presenters.overview_tiles import overview
from core.presenters.presenter import Beginnings, Earlier, page_of
from core.statistics import results
from core.statistics.percentiles import RELATIVE_ERROR, SHORTEST
from core.statistics.results import Durations, Totals
from core.statistics.window import Aggregate, collect
from core.storage.reader import reading
from core.time_ranges import CHOICES, HOUR, Buckets, RangeChoice, TimeRange, Window, window
from tests.core import brute_force
from tests.core.brute_force import Stored, Wanted
from tests.core.rows import (
    BOT,
    LOOSE,
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

wanted = st.one_of(
    st.just(Wanted()),
    st.just(Wanted()),
    st.builds(
        Wanted,
        command=st.sampled_from((None, "comfy", "🎨 draw", "nobody's")),
        user_id=st.sampled_from((None, "111111111111111111", "🦊")),
        guild_id=st.sampled_from((None, "900000000000000001", "")),
        success=st.sampled_from((None, True, False)),
    ),
    st.builds(
        Wanted,
        user_id=st.sampled_from((None, "111111111111111111")),
        generation_type=st.sampled_from(("standard", "video", "pulid")),
    ),
)
dense, sparse = Ids(), st.builds(Ids, st.sampled_from((1, 90_000)), st.sampled_from((37, 150, 4_000)))


def is_durations(found: Durations, rows: list[float | None]) -> bool:
    exact = brute_force.known(rows)
    mean = brute_force.mean(exact)
    if (found.count, found.unknown) != (len(exact), len(rows) - len(exact)):
        return False
    if mean is None:
        return found == Durations(unknown=len(rows))
    assert found.mean is not None
    shares = ((found.p50, 50), (found.p95, 95), (found.p99, 99))
    return math.isclose(found.mean, mean, rel_tol=1e-9, abs_tol=1e-6) and all(
        value == pytest.approx(max(brute_force.nearest_rank(exact, percent), SHORTEST), rel=RELATIVE_ERROR)
        for value, percent in shares
    )


def generation_times(stored_rows: Stored) -> list[float | None]:
    """Of images; of videos where no image's time is known, but a video's."""
    pictures, films = (
        [brute_force.generation(row) for row in stored_rows.images if brute_force.is_video(row) is video]
        for video in (False, True)
    )
    return pictures if brute_force.known(pictures) or not brute_force.known(films) else films


def execution_times(stored_rows: Stored) -> list[float | None]:
    return [brute_force.execution(row) for row in stored_rows.commands]


def check_totals(found: Totals, rows: Stored) -> None:
    failures = sum(map(brute_force.failed, rows.commands))
    assert found.commands == len(rows.commands)
    assert found.failures == failures
    assert found.images == len(rows.images)
    assert found.videos == sum(map(brute_force.is_video, rows.images))
    assert found.active_users == len(set(brute_force.users(rows)))
    assert is_durations(found.generation, generation_times(rows))
    assert found.success_rate == (None if not rows.commands else pytest.approx(1 - failures / len(rows.commands)))


def check_figures(found: tuple[Totals, ...], parts: list[Stored], whole: Stored) -> None:
    for bucket, part in zip(found, parts, strict=True):
        assert bucket.commands == len(part.commands)
        assert bucket.failures == sum(map(brute_force.failed, part.commands))
        assert bucket.images == len(part.images)
        assert bucket.videos == sum(map(brute_force.is_video, part.images))
        assert bucket.active_users == len(set(brute_force.users(part)))
        assert is_durations(bucket.generation, generation_times(part))
        succeeded = Counter(
            brute_force.as_text(row["command_name"]) for row in part.commands if not brute_force.failed(row)
        )
        assert {name: runs for name, runs in bucket.succeeded.items() if runs} == succeeded
    assert len(whole.commands) == sum(bucket.commands for bucket in found)


def check_leaders(found: Aggregate, rows: Stored) -> None:
    cell = found.whole.cell
    names = brute_force.ranked([row["command_name"] for row in rows.commands])
    breakdown = results.command_breakdown(cell)
    assert [(one.name, one.total) for one in breakdown] == names
    for one in breakdown:
        runs = [row for row in rows.commands if brute_force.as_text(row["command_name"]) == one.name]
        assert one.failures == sum(map(brute_force.failed, runs))
        assert is_durations(one.execution, [brute_force.execution(row) for row in runs])
    people = results.leaderboard(cell)
    assert [(one.user_id, one.total) for one in people] == brute_force.ranked(brute_force.users(rows))
    for user in people:
        assert user.images == sum(brute_force.as_text(row["user_id"]) == user.user_id for row in rows.images)
        assert user.commands == sum(brute_force.as_text(row["user_id"]) == user.user_id for row in rows.commands)
        failures = (row for row in rows.commands if brute_force.failed(row))
        assert user.failures == sum(brute_force.as_text(row["user_id"]) == user.user_id for row in failures)


def check_patterns(found: Aggregate, rows: Stored, zone: ZoneInfo) -> None:
    cell = found.whole.cell
    by_hour = [[cell.hours[day * 24 + hour] for hour in range(24)] for day in range(7)]
    assert by_hour == brute_force.hour_counts(rows, zone)
    kinds = [brute_force.kind_in_file(row) for row in rows.images]
    assert list(results.generation_types(cell).items()) == brute_force.ranked(kinds)
    for video in (False, True):
        times = [brute_force.generation(row) for row in rows.images if brute_force.is_video(row) is video]
        assert is_durations(results.generation_times(cell, video=video), times)
    guilds: dict[Any, int] = {}
    for row in rows.commands:
        guild = row["guild_id"] if row["guild_id"] is None else brute_force.as_text(row["guild_id"])
        guilds[guild] = guilds.get(guild, 0) + 1
    assert dict(cell.guilds) == guilds
    assert results.top(cell.resolutions, 5) == brute_force.ranked(brute_force.resolutions(rows.images), 5)


def check_overview(found: Aggregate, rows: Stored, now: float) -> None:
    """Everything that an aggregate says of a window, against the rows themselves."""
    buckets = found.window.buckets
    page = overview(page_of(found, now))
    whole = brute_force.span(rows, buckets.edges[0], buckets.edges[-1])
    check_totals(page.totals, whole)
    parts = list(parts_of(rows, buckets))
    check_figures(page.figures, parts, whole)
    for start, part in zip(buckets.edges, parts, strict=False):
        assert is_durations(results.execution_times(found.cells[start]), execution_times(part))
    assert [one.name for one in results.command_breakdown(found.whole.cell, 24)] == [
        name for name, _ in brute_force.ranked([row["command_name"] for row in whole.commands], 24)
    ]
    starts = {row["timestamp"] for row in whole.activities if row["action_type"] == "bot_start"}
    assert page.restarts == tuple(sorted(starts))
    assert page.change is None, "nobody knows since when there are records"
    check_leaders(found, whole)
    check_patterns(found, whole, buckets.zone)


def check_change(found: Aggregate, counterpart: Aggregate | None, rows: Stored, now: float) -> None:
    """The range up to now beside as much of the period before, to a sixtieth of a bucket."""
    buckets, previous = found.window.buckets, found.window.previous
    page = replace(page_of(found, now), begun=Beginnings(0.0), earlier=Earlier(counterpart))
    change = overview(page).change
    assert (change is None) == (previous is None)
    if change is None or previous is None:
        return
    check_totals(change.current, brute_force.span(rows, buckets.edges[0], buckets.edges[-1]))
    done = sum(edge <= now for edge in buckets.edges[1:])
    until = previous.edges[done]
    if counterpart is not None:
        passed = now - buckets.edges[done]
        until = max(edge for edge in counterpart.window.buckets.edges if edge - previous.edges[done] <= passed)
    check_totals(change.previous, brute_force.span(rows, previous.edges[0], until))


def parts_of(rows: Stored, buckets: Buckets) -> Iterable[Stored]:
    for start, end in zip(buckets.edges, buckets.edges[1:], strict=False):
        yield brute_force.span(rows, start, end)


def check(
    data: st.DataObject, choice: RangeChoice, zone: ZoneInfo, now: float, schema: Schema, ids: Ids, disorder: Any
) -> None:
    extent = None
    if choice.width is None:
        age = data.draw(st.sampled_from((90.0, 5_000.0, 86_400.0, 20 * 86_400.0, 400 * 86_400.0)))
        extent = TimeRange(now - age, now - age * data.draw(st.sampled_from((0.0, 0.1, 0.9))))
    shown = window(choice, now, zone, extent)
    chosen = data.draw(wanted)
    lot = data.draw(lots(times_around(now, shown.buckets.edges), disorder=disorder))
    with stored(lot, schema, ids) as path:
        rows = brute_force.wanted_rows(brute_force.read(path), chosen)
        with reading(path) as reader:
            found = collect(reader, shown, now, as_filter(chosen))
            finer = shown.counterpart(now)
            before = Window(CHOICES["custom"], finer, None) if finer is not None else None
            counterpart = collect(reader, before, now, as_filter(chosen)) if before is not None else None
    check_overview(found, rows, now)
    check_change(found, counterpart, rows, now)


def as_filter(chosen: Wanted) -> Filter:
    parts: dict[str, str | None] = {
        "command": chosen.command,
        "user": chosen.user_id,
        "guild": chosen.guild_id,
        "outcome": None if chosen.success is None else "succeeded" if chosen.success else "failed",
        "type": chosen.generation_type,
    }
    return Filter.of(**{name: value for name, value in parts.items() if value is not None})


choices = st.sampled_from(list(CHOICES.values()))


@pytest.mark.slow
@quick(50)
@given(st.data(), choices, zones, moments_near_changes, st.sampled_from((OURS, BOT, SEED, LOOSE)))
def test_few_rows_in_any_order(
    data: st.DataObject, choice: RangeChoice, zone: ZoneInfo, now: float, schema: Schema
) -> None:
    check(data, choice, zone, now, schema, dense, None)


@pytest.mark.slow
@quick(45)
@given(st.data(), choices, zones, moments_near_changes, sparse)
def test_any_order_where_an_index_finds_the_range(
    data: st.DataObject, choice: RangeChoice, zone: ZoneInfo, now: float, ids: Ids
) -> None:
    check(data, choice, zone, now, OURS, ids, None)


@pytest.mark.slow
@quick(50)
@given(st.data(), choices, zones, moments_near_changes, st.sampled_from((BOT, SEED, LOOSE)), sparse)
def test_clocks_that_step_back_by_hours_where_a_range_is_found_by_id(
    data: st.DataObject, choice: RangeChoice, zone: ZoneInfo, now: float, schema: Schema, ids: Ids
) -> None:
    check(data, choice, zone, now, schema, ids, 6 * HOUR)


def test_an_empty_database_has_nothing_in_any_range() -> None:
    with stored(Lot()) as path, reading(path) as reader:
        for choice in CHOICES.values():
            shown = window(choice, 1.75e9, ZoneInfo("UTC"), TimeRange(1.7e9, 1.75e9))
            found = collect(reader, shown, 1.75e9)
            page = overview(page_of(found, 1.75e9))
            assert page.totals == Totals()
            assert page.totals.success_rate is None
            assert results.command_breakdown(found.whole.cell) == page.restarts == ()


def test_ties_are_in_the_order_of_their_names_and_zeros_are_left_out() -> None:
    assert results.top({"b": 2, "a": 2, "c": 9, "gone": 0}) == [("c", 9), ("a", 2), ("b", 2)]
    assert results.top({"b": 2, "a": 2, "c": 9}, 2) == [("c", 9), ("a", 2)]


def test_a_window_without_a_period_before_compares_with_nothing() -> None:
    edges = Buckets((1.75e9, 1.75e9 + 60), "1 min", ZoneInfo("UTC"))
    empty = page_of(Aggregate(Window(CHOICES["custom"], edges, None), 1.75e9), 1.75e9)
    page = overview(replace(empty, last_seen=1.75e9))
    assert page.change is None
    assert page.last_seen == 1.75e9
