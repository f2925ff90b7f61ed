"""Keys that are parted and filed away come back in the order that sorting them in one go gives."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.tables.paging import buckets
from core.tables.paging.buckets import SortBuckets

NUMBERS = st.lists(st.lists(st.one_of(st.sampled_from((0.0, 1.0, 1.5)), st.floats(-5, 5)), max_size=30), max_size=8)
TEXTS = st.lists(st.lists(st.sampled_from((b"", b"a", b"fox", b"a" * 9, b"a" * 9 + b"b", b"\xff" * 40))), max_size=8)


def ids_in_order(lots: list[list[object]], kind: str, descending: bool) -> list[int]:
    number = 0
    with closing(SortBuckets()) as sorting:
        for lot in lots:
            sorting.add(np.array(lot, dtype=kind), np.arange(number, number + len(lot), dtype=np.uint32))
            number += len(lot)
        return [each for part in sorting.in_order(descending=descending) for each in part.tolist()]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("most_bytes", [0, 100, 10**6])
@given(lots=st.one_of(NUMBERS.map(lambda lots: (lots, "f8")), TEXTS.map(lambda lots: (lots, "S40"))))
def test_the_order_is_that_of_a_stable_sort(
    lots: tuple[list[list[object]], str], descending: bool, most_bytes: int
) -> None:
    flat = [each for lot in lots[0] for each in lot]
    expected = sorted(range(len(flat)), key=lambda place: flat[place])  # type: ignore[arg-type,return-value]
    if descending:  # equal keys stay as they came
        expected = sorted(range(len(flat) - 1, -1, -1), key=lambda place: flat[place], reverse=False)[::-1]  # type: ignore[arg-type,return-value]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(buckets, "_AT_ONCE", 20)
        patched.setattr(buckets, "_BOUNDS", 4)
        patched.setattr(buckets, "MOST_BYTES", most_bytes)
        assert ids_in_order(*lots, descending) == expected
