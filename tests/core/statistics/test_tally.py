"""Counting by groups' numbers equals counting one by one, however many groups there are and however the rows come."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics import tally
from core.statistics.percentiles import percentiles, percentiles_by_group
from core.statistics.tally import Amounts, CountedKeys, Groups, People

SHARES = (0.5, 0.95, 1.0)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-60, 60), st.integers(1, 30)), max_size=40))
def test_percentiles_of_many_histograms_are_those_of_each(counted: list[tuple[int, int, int]]) -> None:
    histograms: dict[int, Counter[int]] = defaultdict(Counter)
    for group, step, n in counted:
        histograms[group][step] += n
    flat = [(group, step, n) for group, steps in histograms.items() for step, n in steps.items()]
    columns = [np.array(column, dtype=np.int64) for column in zip(*flat, strict=True)] or [np.zeros(0, np.int64)] * 3
    found = percentiles_by_group(*columns, SHARES, 7)
    for group in range(7):
        expected = percentiles(histograms[group], SHARES)
        assert [None if np.isnan(each) else each for each in found[group].tolist()] == [
            each if each is None else pytest.approx(each, rel=1e-12) for each in expected
        ]


@given(st.lists(st.lists(st.integers(0, 9)), max_size=12))
def test_keys_are_counted_whenever_they_are_merged(lots: list[list[int]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tally, "_MERGE_AT", 3)
        counted, expected = CountedKeys(), Counter[int]()
        for lot in lots:
            counted.add(np.array(lot, dtype=np.int64))
            expected.update(lot)
        keys, counts = counted.merged()
    assert dict(zip(keys.tolist(), counts.tolist(), strict=True)) == expected


def test_groups_keep_their_numbers() -> None:
    groups = Groups(2)
    first = groups.of([["a", "b", "a"], [1, 1, 2]], 3).tolist()
    again = groups.of([["b", "c"], [1, 1]], 2).tolist()
    names = groups.names()
    assert [names[number] for number in first + again] == [("a", 1), ("b", 1), ("a", 2), ("b", 1), ("c", 1)]
    assert Groups(0).of([], 3).tolist() == [0, 0, 0]


def test_amounts_and_people_of_groups_that_came_later() -> None:
    amounts, people = Amounts(), People()
    amounts.add(np.array([100, 0, 100]), np.array([5, 1, 2]))
    assert amounts.of(101).tolist() == [1, *[0] * 99, 7]
    assert Amounts().of(20).tolist() == [0] * 20
    people.add(np.array([0, 0, 2, 2]), np.array([7, 7, 7, -1]))
    assert people.of(4).tolist() == [1, 0, 1, 0]
