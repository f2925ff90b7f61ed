"""Percentiles from the histogram lie within its error of the exact ones, and histograms add up."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.percentiles import RELATIVE_ERROR, SHORTEST, duration, percentiles, steps
from tests.core.brute_force import nearest_rank
from tests.core.rows import quick

seconds = st.one_of(st.floats(0, 86_400), st.floats(0.1, 60), st.sampled_from((0.0, 1e-9, SHORTEST, 1.0, 86_400.0)))


def histogram_of(values: list[float]) -> Counter[int]:
    return Counter(steps(np.array(values, dtype=float)).tolist())


@quick(200)
@given(st.lists(seconds, min_size=1, max_size=200))
def test_percentiles_are_within_the_error_of_the_exact_nearest_rank(values: list[float]) -> None:
    found = percentiles(histogram_of(values), (0.5, 0.95, 0.99))
    for value, percent in zip(found, (50, 95, 99), strict=True):
        assert value == pytest.approx(max(nearest_rank(values, percent), SHORTEST), rel=RELATIVE_ERROR)


@pytest.mark.parametrize("size", [1, 2, 19, 20, 21, 99, 100, 101, 200, 300, 700, 1_100, 12_300])
def test_the_rank_is_exact_whatever_the_number_of_values(size: int) -> None:
    """Each value in a step of its own: a rank that is off by one shows."""
    one_each = {step: 1 for step in range(size)}
    ranks = [max(1, -(-percent * size // 100)) for percent in (50, 95, 99)]
    assert percentiles(one_each, (0.5, 0.95, 0.99)) == tuple(duration(rank - 1) for rank in ranks)


@quick(60)
@given(st.lists(seconds, max_size=50), st.lists(seconds, max_size=50))
def test_the_histogram_of_the_whole_is_the_sum_of_its_parts(one: list[float], other: list[float]) -> None:
    assert histogram_of(one) + histogram_of(other) == histogram_of(one + other)


def test_of_nothing_nothing_is_known() -> None:
    assert percentiles({}, (0.5, 0.99)) == (None, None)
