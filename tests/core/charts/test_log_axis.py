"""A logarithmic axis of durations."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.value_axis import LEAST, LogScale, duration_label, log_scale, log_ticks, spread_labels

DURATIONS = st.floats(1e-4, 1e6)


def labels(low: float, high: float, most: int) -> list[str]:
    return [duration_label(tick).replace("\N{NO-BREAK SPACE}", " ") for tick in log_ticks(low, high, most)]


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.1, 100, 5, ["0.1 s", "1 s", "10 s", "1 min"]),
        (5, 90, 6, ["5 s", "10 s", "20 s", "1 min"]),
        (1.2, 1.5, 4, ["1.2 s", "1.5 s"]),
        (0.001, 0.3, 4, ["1 ms", "10 ms", "0.1 s"]),
        (2000, 90_000, 4, ["1 h", "10 h", "1 d"]),
        (2, 600, 2, ["10 s", "10 min"]),
        (2, 600, 1, ["1 min"]),
    ],
)
def test_ticks_are_round_in_the_unit_of_their_size(low: float, high: float, most: int, expected: list[str]) -> None:
    assert labels(low, high, most) == expected


@given(DURATIONS, st.floats(1.5, 1e6), st.integers(2, 12))
def test_ticks_ascend_lie_inside_and_are_not_too_many(low: float, factor: float, most: int) -> None:
    ticks = log_ticks(low, low * factor, most)
    assert len(ticks) <= most
    assert all(a < b for a, b in pairwise(ticks))
    assert all(low * 0.999 <= tick <= low * factor * 1.001 for tick in ticks)
    assert factor < 12 or ticks


@given(DURATIONS, st.floats(1, 1e3))
def test_a_scale_holds_what_it_is_made_for(low: float, factor: float) -> None:
    scale = log_scale(low, low * factor)
    assert scale.low <= low <= low * factor <= scale.high
    assert 0 <= scale.share(low) <= scale.share(low * factor) <= 1
    assert scale.bounds[1] - scale.bounds[0] >= 0.999


def test_a_scale_stays_while_it_suits() -> None:
    scale = log_scale(3.0, 40.0)
    assert (scale.low, scale.high) == (2.0, 60.0)
    assert log_scale(4.0, 50.0, scale) is scale
    assert log_scale(4.0, 70.0, scale).high == 120.0
    wide = LogScale(1e-3, 86_400.0)
    assert log_scale(4.0, 50.0, wide) != wide


def test_zero_and_less_lie_at_the_foot() -> None:
    assert log_scale(0.0, 0.0) == LogScale(LEAST, LEAST * 10)
    assert LogScale(1.0, 100.0).share(0.0) == LogScale(1.0, 100.0).share(-5.0) == 0.0
    assert math.isclose(LogScale(1.0, 100.0).share(10.0), 0.5)


def test_labels_that_would_collide_are_left_out() -> None:
    ticks = ((0.0, 20.0, "a"), (25.0, 20.0, "b"), (50.0, 20.0, "c"))
    assert [words for _, _, words in spread_labels(ticks, 14.0)] == ["a", "c"]
    assert [words for _, _, words in spread_labels(ticks, 4.0)] == ["a", "b", "c"]


def test_durations_that_are_not_round_are_written_as_elsewhere() -> None:
    assert duration_label(125.3) == "2\N{NO-BREAK SPACE}min\N{NO-BREAK SPACE}05\N{NO-BREAK SPACE}s"
    assert duration_label(90.0) == "1.5\N{NO-BREAK SPACE}min"
    assert duration_label(0.0005) == "0.5\N{NO-BREAK SPACE}ms"
