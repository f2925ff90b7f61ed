"""Finer buckets where one zooms in: they tile the range, and count what reading with the fine width alone counts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.bucket_counts import BucketCounts
from core.statistics.window import Aggregate, closer, collect, spliced
from core.storage.reader import reading
from core.time_ranges import CHOICES, DAY, HOUR, RangeChoice, TimeRange, window
from tests.core import deployed
from tests.core.rows import moments_near_changes, quick, zones

NOW = datetime(2025, 6, 15, 12, 0, 5, tzinfo=UTC).timestamp()
BERLIN = ZoneInfo("Europe/Berlin")
choices = st.sampled_from([CHOICES[key] for key in ("15min", "1h", "24h", "7d", "30d", "90d")])


@quick(200)
@given(choices, zones, moments_near_changes, st.floats(0, 1), st.floats(0.001, 1))
def test_fine_buckets_lie_on_the_edges_of_the_coarse_ones(
    choice: RangeChoice, zone: ZoneInfo, now: float, start: float, length: float
) -> None:
    whole = window(choice, now, zone).buckets
    span = whole.range.end - whole.range.start
    view = TimeRange(
        whole.range.start + start * span * (1 - length), whole.range.start + start * span * (1 - length) + length * span
    )
    fine = closer(whole, view)
    if fine is None:
        return
    edges = fine.buckets.edges
    assert edges[0] in whole.edges
    assert edges[-1] in whole.edges
    assert edges[0] <= view.start
    assert view.end <= edges[-1] or edges[-1] == whole.edges[-1]
    assert all(before < after for before, after in pairwise(edges))
    assert len(edges) < 400


def test_buckets_of_the_finest_width_have_none_finer() -> None:
    whole = window(CHOICES["15min"], NOW, BERLIN).buckets
    assert closer(whole, TimeRange(whole.edges[3], whole.edges[9])) is None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=3_000, images=500, start=NOW - 20 * DAY, step=500)
    return path


def test_counts_are_those_of_the_fine_width_inside_and_of_the_coarse_outside(path: Path) -> None:
    with reading(path) as reader:
        main = collect(reader, window(CHOICES["30d"], NOW, BERLIN), NOW)
        whole = main.window.buckets
        fine_window = closer(whole, TimeRange(whole.edges[15] + HOUR, whole.edges[17]))
        assert fine_window is not None
        fine = collect(reader, fine_window, NOW)
    detail = spliced(main, fine)
    assert detail.finer
    assert detail.buckets.label == fine_window.buckets.label != whole.label
    assert set(whole.edges[:14]) < set(detail.buckets.edges)
    assert sum((Counter(cell.commands) for cell in detail.cells), Counter()) == main.whole.cell.commands
    assert sum(figures.images for figures in detail.figures) == 500
    widths = {round(after - before) for before, after in pairwise(detail.buckets.edges)}
    assert len(widths) > 1


def test_a_closeup_that_no_longer_fits_is_left_out(path: Path) -> None:
    with reading(path) as reader:
        main = collect(reader, window(CHOICES["24h"], NOW, BERLIN), NOW)
        fine_window = closer(main.window.buckets, TimeRange(NOW - 2 * HOUR, NOW - HOUR))
        assert fine_window is not None
        fine = collect(reader, fine_window, NOW)
        later = collect(reader, window(CHOICES["7d"], NOW + 40 * DAY, BERLIN), NOW + 40 * DAY)
    assert not spliced(later, fine).finer
    assert spliced(main, fine).finer


def test_derived_values_are_made_again_only_of_a_bucket_that_changed() -> None:
    main = Aggregate(window(CHOICES["1h"], NOW, BERLIN), NOW)
    made: list[float] = []

    def make(cell: BucketCounts, start: float, end: float) -> int:
        made.append(start)
        return cell.commands.total()

    detail = spliced(main, None)
    assert detail.derived(make) == (0,) * 60
    assert spliced(main, None).derived(make) == (0,) * 60
    assert len(made) == 60
    row = (NOW - 30, "comfy", "1", None, 0.5, 1)
    main.fold(main.counters[0], (row,))
    assert sum(spliced(main, None).derived(make)) == 1
    assert len(made) == 61
