"""What the Images page counts, against a plain loop over the rows."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.image_counting import DOTS, IMAGE_DETAILS, lora_names, made
from core.statistics.provenance_counting import half_of, told_parts
from core.statistics.window import Aggregate
from core.time_ranges import CHOICES, window
from tests.core.rows import quick

ZONE = ZoneInfo("Europe/Berlin")
NOW = 1_796_000_000.0

loras = st.sampled_from(["[]", None, '["a.safetensors"]', '["a.safetensors", "b.safetensors"]', "broken", "{}"])
seconds = st.one_of(st.floats(0.1, 300), st.sampled_from([0.0, None, float("inf"), "text", -1.0, 90_000.0]))
images = st.tuples(
    st.floats(NOW - 3_600, NOW),
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["1:1", "16:9", None]),
    seconds,
    st.sampled_from([0, 1, None]),
    st.sampled_from(["standard", "redux", None]),
    loras,
    st.sampled_from([1, 2, 3, None, "x"]),
    st.sampled_from(["7", "8", None]),
    st.sampled_from(["70", None]),
    st.sampled_from(["flux.safetensors", "sdxl.safetensors", "", None]),
    st.sampled_from([20, 8, None, "many"]),
    st.one_of(st.floats(0, 60), st.sampled_from([None, 0, "long", -1.0])),
    st.one_of(st.floats(0, 200), st.sampled_from([None, float("nan")])),
)
UNTOLD = (None,) * 6
"""Of an image of which nobody knows where it was made, nor by what."""


def counted(rows: list[tuple[Any, ...]]) -> Aggregate:
    aggregate = Aggregate(window(CHOICES["1h"], NOW, ZONE), NOW, counters=(IMAGE_DETAILS,))
    aggregate.fold(IMAGE_DETAILS, rows)
    return aggregate


def known(value: Any) -> bool:
    return isinstance(value, float) and 0 < value <= 86_400


@pytest.mark.slow
@quick(80)
@given(st.lists(images, max_size=40))
def test_make_up_is_what_a_plain_loop_counts(rows: list[tuple[Any, ...]]) -> None:
    aggregate = counted(rows)
    span, cell = aggregate.window.buckets.range, aggregate.whole.cell
    inside = [row for row in rows if span.start <= row[0] < span.end]
    assert {name: each.count for name, each in names(cell, "resolution").items()} == Counter(
        "" if row[2] is None else row[2] for row in inside
    )
    by_lora: Counter[str] = Counter()
    for row in inside:
        by_lora.update(lora_names(row[6]) or ("",))
    assert {name: each.count for name, each in names(cell, "lora").items()} == by_lora
    timed: dict[str, list[float]] = defaultdict(list)
    for row in inside:
        if known(row[3]):
            timed[row[1]].append(row[3])
    for user, each in names(cell, "user").items():
        assert each.known == len(timed[user])
        assert each.seconds == pytest.approx(sum(timed[user]), abs=1e-4)


@quick(80)
@given(st.lists(images, max_size=30))
def test_what_made_images_and_where_is_what_a_plain_loop_counts(rows: list[tuple[Any, ...]]) -> None:
    aggregate = counted(rows)
    span, cell = aggregate.window.buckets.range, aggregate.whole.cell
    inside = [row for row in rows if span.start <= row[0] < span.end]
    expected = {
        "model": Counter(row[10] for row in inside if row[10]),
        "steps": Counter(str(row[11]) for row in inside if row[11] is not None),
        "server": Counter(row[8] or "" for row in inside if row[8] or row[9]),
    }
    for dimension, counts in expected.items():
        assert {name: each.count for name, each in names(cell, dimension).items()} == counts
    slow = names(cell, "model").get("flux.safetensors")
    times = sorted(row[3] for row in inside if row[10] == "flux.safetensors" and known(row[3]))
    if slow is not None:
        median = times[(len(times) + 1) // 2 - 1] if times else None
        assert slow.p50 == (None if median is None else pytest.approx(median, rel=0.011))


@quick(80)
@given(st.lists(images, max_size=30))
def test_parts_of_times_are_of_images_that_tell_all_of_them(rows: list[tuple[Any, ...]]) -> None:
    aggregate = counted(rows)
    for film in (False, True):
        for (start, end), cell in zip(
            pairwise(aggregate.window.buckets.edges), aggregate_cells(aggregate), strict=True
        ):
            told = [
                row for row in rows
                if start <= row[0] < end and known(row[3]) and part(row[12]) and part(row[13])
                and (row[4] not in (0, None)) is film
            ]  # fmt: skip
            assert told_parts(cell, video=film) == len(told)
            parts = {
                "queue": [row[12] for row in told],
                "execution": [row[13] for row in told],
                "rest": [max(row[3] - row[12] - row[13], 0) for row in told],
            }
            for key, values in parts.items():
                half = sorted(values)[(len(values) + 1) // 2 - 1] if values else None
                assert half_of(cell, key, video=film) == (None if half is None else pytest.approx(half, 0.011, 1e-3))


def part(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 86_400


def aggregate_cells(aggregate: Aggregate) -> list[Any]:
    return [aggregate.cells[start] for start in aggregate.window.buckets.edges[:-1]]


def names(cell: Any, dimension: str) -> dict[str, Any]:
    return {each.name: each for each in made(cell, dimension, 1000)}


@quick(60)
@given(st.lists(images, max_size=30))
def test_running_time_is_cut_at_the_edges_of_buckets(rows: list[tuple[Any, ...]]) -> None:
    aggregate = counted(rows)
    for start, end in pairwise(aggregate.window.buckets.edges):
        expected = sum(
            max(0.0, min(row[0], end) - max(row[0] - row[3], start))
            for row in rows
            if known(row[3]) and row[0] < aggregate._edges[-1]
        )
        assert aggregate.cells[start].running_us.total() / 1e6 == pytest.approx(expected, abs=1e-3)


@quick(50)
@given(st.lists(images, max_size=30))
def test_every_known_time_is_a_point_in_its_bucket(rows: list[tuple[Any, ...]]) -> None:
    aggregate = counted(rows)
    for start, end in pairwise(aggregate.window.buckets.edges):
        points = aggregate.cells[start].points
        assert points.total() == sum(known(row[3]) and start <= row[0] < end for row in rows)
        assert all(0 <= dot < DOTS for _, dot, _ in points)
    assert not aggregate.whole.cell.points, "points are never summed over buckets"


def test_extra_seconds_compare_like_with_like() -> None:
    """A LoRA that is only used on large images is not blamed for their size."""
    small, large = ("1:1", 0), ("16:9", 0)
    rows = []
    for i in range(20):
        rows.append((NOW - 30 - i, "1", small[0], 10.0, 0, "standard", "[]", 1, *UNTOLD))
        rows.append((NOW - 30 - i, "1", large[0], 30.0, 0, "standard", "[]", 1, *UNTOLD))
        rows.append((NOW - 30 - i, "2", large[0], 32.0, 0, "standard", json.dumps(["slow"]), 1, *UNTOLD))
    by_lora = names(counted(rows).whole.cell, "lora")
    assert by_lora["slow"].extra == pytest.approx(2.0, abs=0.01)
    assert by_lora["slow"].share == pytest.approx(32 / 72, abs=0.01)
    assert names(counted(rows).whole.cell, "resolution")["16:9"].extra == pytest.approx(21.0, abs=0.01)


def test_images_alone_in_their_resolution_have_nothing_to_compare_with() -> None:
    rows = [(NOW - 30, "1", "1:1", 10.0, 0, "standard", "[]", 1, *UNTOLD)]
    assert names(counted(rows).whole.cell, "resolution")["1:1"].extra is None


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ('["a", "b"]', ("a", "b")),
        ("[]", ()),
        ("", ()),
        (None, ()),
        ("nonsense", ("nonsense",)),
        ('{"a": 1}', ('{"a": 1}',)),
        ("[1, null]", ("1", "None")),
        ('["flux\\\\style.pt"]', ("flux/style.pt",)),
        ('[{"name": "style.pt", "strength": 0.8}]', ("style.pt",)),
        ('[{"lora": "a", "weight": 1}, {"lora": "a", "weight": 0.5}]', ("a",)),
        ('[["style.pt", 0.8], "style.pt"]', ("style.pt",)),
        ('{"name": "style.pt", "strength": 0.8}', ("style.pt",)),
        ('[{"strength": 0.8}, [], true]', ("{'strength': 0.8}", "[]", "True")),
        (7, ("7",)),
        ("[" * 5000, ("[" * 5000,)),
    ],
)
def test_names_of_loras_whatever_is_stored(stored: Any, expected: tuple[str, ...]) -> None:
    assert lora_names(stored) == expected
