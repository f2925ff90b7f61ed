"""Counting columns by the numbers of their values: most of it is done by numpy, some thousand rows at once.

Counting pairs of a bucket and a value one by one takes three times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.statistics.bucket_counts import BucketCounts, merge

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A column, each value as its number.

    Attributes:
        values: the different values by their numbers, from 0 on.
        numbers: a number a row.
    """

    values: Sequence[Any]
    numbers: Numbers

    def with_each(self, other: Numbered) -> Numbered:
        """Both columns as one of pairs."""
        pairs = [(one, another) for one in self.values for another in other.values]
        return Numbered(pairs, self.numbers * len(other.values) + other.numbers)

    def having(self, wanted: NDArray[np.bool_]) -> Numbered:
        """Some of the rows."""
        return Numbered(self.values, self.numbers[wanted])

    def known(self) -> NDArray[np.bool_]:
        """Which rows have a value that is not empty."""
        return np.array([bool(value) for value in self.values], dtype=bool)[self.numbers]


def numbered(column: Sequence[Any]) -> Numbered:
    """Number the values of a column in the order in which they come."""
    places = {value: place for place, value in enumerate(dict.fromkeys(column))}
    return Numbered(tuple(places), np.fromiter(map(places.__getitem__, column), np.int64, len(column)))


def numbered_range(column: Numbers) -> Numbered:
    """Whole numbers that lie near each other."""
    lowest = int(column.min(initial=0))
    return Numbered(range(lowest, int(column.max(initial=0)) + 1), column - lowest)


def count_values(deltas: Mapping[int, BucketCounts], name: str, slots: Numbers, column: Numbered) -> None:
    """Count the values of a column in the counter with this name, by the slot of each row."""
    values = column.values
    for slot, places, amounts in _grouped(slots, column.numbers, len(values)):
        merge(getattr(deltas[slot], name), dict(zip(map(values.__getitem__, places), amounts, strict=True)))


def count_pairs(
    deltas: Mapping[int, BucketCounts], name: str, slots: Numbers, first: Numbered, second: Numbered
) -> None:
    """Count the values of the second column by those of the first."""
    keys, values, width = first.values, second.values, len(first.values)
    for group, places, amounts in _grouped(slots * width + first.numbers, second.numbers, len(values)):
        slot, key = divmod(group, width)
        merge(getattr(deltas[slot], name)[keys[key]], dict(zip(map(values.__getitem__, places), amounts, strict=True)))


def add_up(
    deltas: Mapping[int, BucketCounts], name: str, slots: Numbers, column: Numbered, amounts: NDArray[np.float64]
) -> None:
    """Add whole numbers up by slot and value, those above 0; sums this size are exact as floats."""
    known, width = amounts > 0, len(column.values)
    sums = np.bincount((slots[known] + 1) * width + column.numbers[known], amounts[known])
    for cell in np.flatnonzero(sums).tolist():
        slot, place = divmod(cell, width)
        getattr(deltas[slot - 1], name)[column.values[place]] += int(sums[cell])


def _grouped(groups: Numbers, numbers: Numbers, width: int) -> Iterator[tuple[int, list[int], list[int]]]:
    """For each group its different numbers, ascending, and how often each comes."""
    found, amounts = np.unique(groups * width + numbers, return_counts=True)
    owners, places = np.divmod(found, width)
    starts = np.flatnonzero(np.diff(owners, prepend=owners[:1] - 1)).tolist()
    every_place, every_amount = places.tolist(), amounts.tolist()
    ends = [*starts[1:], len(found)] if starts else []
    for start, end in zip(starts, ends, strict=True):
        yield int(owners[start]), every_place[start:end], every_amount[start:end]
