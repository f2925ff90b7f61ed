"""Counting rows by any grouping, a column at a time: how many, how many failed, who, and how long they took.

What a page counts in cells by bucket is counted here by whatever numbers the groups have: millions of groups cost some
bytes each. The rules are those of :mod:`core.statistics.counting`, whose columns these are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.statistics.percentiles import percentiles_by_group, steps

Numbers = NDArray[np.int64]

_MERGE_AT: Final = 1_000_000
"""Keys that wait at most, to be merged with those that are known."""

_STEPS: Final = 2_048
_ZERO_STEP: Final = 1_024
"""A step of a duration, from 0.1 ms to a day, lies between minus and plus so many."""

_PEOPLE: Final = 32
"""Bits of a person's number behind the group's."""


class Numbering(dict[Any, int]):
    """Numbers for values, from 0 on in the order in which they are met."""

    def __missing__(self, value: Any) -> int:
        """The next number."""
        number = self[value] = len(self)
        return number

    def of(self, values: Sequence[Any]) -> Numbers:
        """The number of each."""
        return np.fromiter(map(self.__getitem__, values), np.int64, len(values))


class Groups:
    """Numbers for the combinations of values of up to two columns."""

    def __init__(self, columns: int) -> None:
        self._columns = tuple(Numbering() for _ in range(columns))
        self._pairs = Numbering()

    def of(self, columns: Sequence[Sequence[Any]], rows: int) -> Numbers:
        """The group of each row; all rows are in one where there are no columns."""
        numbers = [numbering.of(values) for numbering, values in zip(self._columns, columns, strict=True)]
        if len(numbers) < 2:
            return numbers[0] if numbers else np.zeros(rows, np.int64)
        pairs, places = np.unique(numbers[0] << _PEOPLE | numbers[1], return_inverse=True)
        return self._pairs.of(pairs.tolist())[places]

    def names(self) -> list[tuple[Any, ...]]:
        """The values of each group, by its number."""
        if len(self._columns) < 2:
            return [(value,) for value in self._columns[0]] if self._columns else [()]
        first, second = (list(numbering) for numbering in self._columns)
        return [(first[pair >> _PEOPLE], second[pair & (1 << _PEOPLE) - 1]) for pair in self._pairs]


@dataclass(frozen=True, slots=True)
class Measured:
    """Rows of one table, a column at a time; what the table does not have is None.

    Attributes:
        people: the number of each row's user; -1 where none is recorded.
        failed: whether a command failed; video: whether it is a video.
        seconds: how long it took; not above 0 where that is unknown, or below 0 where ``zero_is_known``.
        numbers: an extension's numbers by column; not a number where unknown.
    """

    rows: int
    people: Numbers | None = None
    failed: NDArray[np.bool_] | None = None
    video: NDArray[np.bool_] | None = None
    seconds: NDArray[np.float64] | None = None
    zero_is_known: bool = False
    numbers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)


class CountedKeys:
    """How often each of many whole numbers came."""

    def __init__(self) -> None:
        self._keys: list[Numbers] = []
        self._counts: list[Numbers] = []
        self._waiting = 0

    def add(self, keys: Numbers) -> None:
        """Count some."""
        found, counts = np.unique(keys, return_counts=True)
        self._keys.append(found)
        self._counts.append(counts.astype(np.int64))
        self._waiting += len(found)
        if self._waiting > max(_MERGE_AT, len(self._keys[0])):
            self.merged()

    def merged(self) -> tuple[Numbers, Numbers]:
        """Every key, ascending, and how often it came."""
        if not self._keys:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if len(self._keys) > 1:
            keys, places = np.unique(np.concatenate(self._keys), return_inverse=True)
            counts = np.bincount(places, np.concatenate(self._counts), len(keys)).astype(np.int64)
            self._keys, self._counts = [keys], [counts]
        self._waiting = 0
        return self._keys[0], self._counts[0]


class Amounts:
    """A whole number for each group."""

    def __init__(self) -> None:
        self._amounts = np.zeros(16, np.int64)

    def add(self, groups: Numbers, amounts: Numbers | int = 1) -> None:
        """Add to those of some groups."""
        needed = int(groups.max(initial=-1)) + 1
        if needed > len(self._amounts):
            self._amounts = np.concatenate((self._amounts, np.zeros(max(needed, len(self._amounts)), np.int64)))
        np.add.at(self._amounts, groups, amounts)

    def of(self, groups: int) -> Numbers:
        """Those of the first so many groups."""
        missing = max(0, groups - len(self._amounts))
        return np.concatenate((self._amounts[:groups], np.zeros(missing, np.int64)))


class Tally:
    """What one table's rows are, group by group."""

    def __init__(self) -> None:
        self.rows, self.failed, self.videos = Amounts(), Amounts(), Amounts()
        self._times = CountedKeys()
        self._known: dict[str, Amounts] = {}
        self._sums: dict[str, Amounts] = {}

    def add(self, groups: Numbers, measured: Measured) -> None:
        """Count rows, each in its group."""
        self.rows.add(groups)
        if measured.failed is not None:
            self.failed.add(groups[measured.failed])
        video = np.zeros(len(groups), np.bool_) if measured.video is None else measured.video
        self.videos.add(groups[video])
        if measured.seconds is not None:
            known = measured.seconds >= 0 if measured.zero_is_known else measured.seconds > 0
            kinds = groups[known] * 2 + video[known]
            self._times.add(kinds * _STEPS + steps(measured.seconds[known]) + _ZERO_STEP)
        for name, values in measured.numbers.items():
            known = np.isfinite(values)
            self._known.setdefault(name, Amounts()).add(groups[known])
            millionths = np.rint(values[known] * 1e6).astype(np.int64)
            self._sums.setdefault(name, Amounts()).add(groups[known], millionths)

    def times(self, groups: int, shares: Sequence[float], *, together: bool) -> NDArray[np.float64]:
        """Percentiles of known durations in seconds, a row a group, not a number where none is known.

        ``together``: of images and videos alike; otherwise of images, and of videos where no image's time is known.
        """
        keys, counts = self._times.merged()
        owners, step = keys // _STEPS // 2, keys % _STEPS - _ZERO_STEP
        if not together:
            film = keys // _STEPS % 2 == 1
            pictured = np.zeros(groups, np.bool_)
            pictured[owners[~film]] = True
            chosen = ~film | ~pictured[owners]
            owners, step, counts = owners[chosen], step[chosen], counts[chosen]
        return percentiles_by_group(owners, step, counts, shares, groups)

    def means(self, name: str, groups: int) -> NDArray[np.float64]:
        """The average of the known values of an extension's column, not a number where none is known."""
        if name not in self._known:
            return np.full(groups, np.nan)
        known, sums = self._known[name].of(groups), self._sums[name].of(groups)
        return np.where(known > 0, sums / 1e6 / np.maximum(known, 1), np.nan)


class People:
    """How many different people each group has, whichever tables they are met in."""

    def __init__(self) -> None:
        self._met = CountedKeys()

    def add(self, groups: Numbers, people: Numbers) -> None:
        """Take people in; -1 is nobody."""
        known = people >= 0
        self._met.add(groups[known] << _PEOPLE | people[known])

    def of(self, groups: int) -> Numbers:
        """How many each of the first so many groups has."""
        return np.bincount(self._met.merged()[0] >> _PEOPLE, minlength=groups)[:groups]


def taken(measured: Measured, places: Numbers) -> Measured:
    """The rows at these places, as often as they are named."""

    def of(column: NDArray[Any] | None) -> Any:
        return None if column is None else column[places]

    return Measured(
        len(places),
        of(measured.people),
        of(measured.failed),
        of(measured.video),
        of(measured.seconds),
        measured.zero_is_known,
        {name: values[places] for name, values in measured.numbers.items()},
    )


def spread(lists: Iterable[Sequence[Any]], nothing: Any) -> tuple[Numbers, list[Any]]:
    """What several lists hold, one after the other, and the number of the list of each; empty ones have ``nothing``."""
    filled = [each or (nothing,) for each in lists]
    places = [number for number, each in enumerate(filled) for _ in repeat(None, len(each))]
    return np.array(places, np.int64), [value for each in filled for value in each]
