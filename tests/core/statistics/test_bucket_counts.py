from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.statistics.bucket_counts import BucketCounts, Sum, merge

COUNTS = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 9)).map(Counter)


@given(COUNTS, COUNTS)
def test_merging_is_updating(counts: Counter[str], more: Counter[str]) -> None:
    updated = Counter(counts)
    updated.update(more)
    merge(counts, more)
    assert counts == updated


@given(st.lists(st.tuples(st.booleans(), COUNTS)), st.lists(st.tuples(st.booleans(), COUNTS)))
def test_what_is_added_later_comes_to_the_same(
    first: list[tuple[bool, Counter[str]]], second: list[tuple[bool, Counter[str]]]
) -> None:
    whole = Sum()
    for start, parts in enumerate((first, second)):
        whole.cover({*whole.members, start}, {start: BucketCounts() for start in range(2)})
        cell = BucketCounts()
        for waits, counts in parts:
            if waits:
                cell.add_later("user_images", lambda counts=counts: counts)
            else:
                cell.add(BucketCounts(user_images=Counter(counts)))
        whole.add(start, cell)
        assert cell == BucketCounts(user_images=sum((counts for _, counts in parts), Counter()))
    every = [counts for _, counts in (*first, *second)]
    assert whole.cell.user_images == sum(every, Counter())
    whole.cell.take_away(BucketCounts(user_images=sum(every, Counter())))
    assert whole.cell == BucketCounts()


def test_nothing_is_unpacked_until_it_is_asked_for() -> None:
    asked: list[str] = []

    def images() -> Counter[str]:
        asked.append("images")
        return Counter(a=2)

    cell, whole = BucketCounts(user_images=Counter(b=1)), BucketCounts()
    cell.add_later("user_images", images)
    whole.add(cell)
    whole.add(BucketCounts(user_images=Counter(c=1)))
    assert (asked, whole.users) == ([], Counter())
    assert whole.user_images == Counter(a=2, b=1, c=1)
    assert cell.user_images == Counter(a=2, b=1)
    with pytest.raises(AttributeError, match="nobody"):
        _ = whole.nobody
