"""The statistics of a window as partial results: load the history once, then fold in what is new.

A refresh costs the new rows and the buckets of the chart, however much is stored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeVar

from core.filters import EVERYTHING, Filter
from core.models import EventModel
from core.statistics.bucket_counts import BucketCounts, Sum
from core.statistics.counting import COUNTERS, Grid, RowCounter
from core.statistics.results import Totals, totals
from core.storage.chunked_reads import Row, RowQuery, chunks, shares
from core.storage.database import faults
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, last_id
from core.time_ranges import TimeRange, Window

Derived = TypeVar("Derived")

_MOST_EARLY_ROWS: Final = 10_000


class Aggregate:
    """Counters for every bucket of a window, and of the period before it.

    Attributes:
        window: which buckets.
        chosen: which rows.
        counters: which tables are read, and how they are counted.
        cells: a cell by the bucket's start (epoch seconds).
        whole: the window's buckets in one.
        complete: those of them that have ended.
        previous: the same buckets one period earlier.
    """

    def __init__(
        self, window: Window, now: float, chosen: Filter = EVERYTHING, counters: tuple[RowCounter, ...] = COUNTERS
    ) -> None:
        self.chosen = chosen
        self.counters = counters
        self.cells: dict[float, BucketCounts] = {}
        self.whole, self.complete, self.previous = Sum(), Sum(), Sum()
        self._early: list[tuple[RowCounter, Row]] = []
        self._figures: dict[float, Totals] = {}
        self._derived: dict[float, dict[Any, Any]] = {}
        self._place(window, now)

    def read(self, reader: Reader, counter: RowCounter, ids: IdSpan) -> Iterator[int]:
        """Count these rows of one table, in chunks; gives how many each had."""
        for rows in chunks(reader, RowQuery(counter.model, counter.fields, ids, self.span, self.chosen)):
            self.fold(counter, rows)
            yield len(rows)

    @property
    def span(self) -> TimeRange:
        """What is read: from the period before on; a range that moves with the clock has no end,
        and all time no beginning."""
        key = self.window.choice.key
        start = self._edges[0] if key != "all" else -math.inf
        return TimeRange(start, self._edges[-1] if key == "custom" else math.inf)

    def figures(self, start: float) -> Totals:
        """What the charts show of the bucket that begins at ``start``."""
        known = self._figures.get(start)
        if known is None:
            known = self._figures[start] = totals(self.cells[start])
        return known

    def derived(self, make: Callable[[BucketCounts, float, float], Derived], start: float, end: float) -> Derived:
        """What ``make`` makes of the bucket ``[start, end)``; made anew only once the bucket has changed."""
        known = self._derived.setdefault(start, {})
        if make not in known:
            known[make] = make(self.cells[start], start, end)
        made: Derived = known[make]
        return made

    def fold(self, counter: RowCounter, rows: Sequence[Row]) -> None:
        """Count rows of one table, each with the fields that ``counter`` names."""
        if not rows:
            return
        for slot, delta in counter.fold(rows, self._grid).items():
            if 0 <= slot < len(self._edges) - 1:
                self.add(self._edges[slot], delta)
        self._keep_early(counter, rows)

    def add(self, start: float, counts: BucketCounts) -> None:
        """Take what has happened into the bucket that begins at ``start``."""
        self.cells[start].add(counts)
        self._figures.pop(start, None)
        self._derived.pop(start, None)
        for total in (self.whole, self.complete, self.previous):
            total.add(start, counts)

    def move_to(self, window: Window, now: float) -> bool:
        """Follow the clock: drop buckets that have left the window, begin those that have come.

        Returns False where that can't be done without reading again: the window went back, or its buckets are
        of another width. The aggregate is then as it was.
        """
        if window.buckets == self.window.buckets:
            self._cover(now)
            return True
        if not self._continues(window):
            return False
        early = self._early
        self._early = []
        self._place(window, now)
        for counter, row in early:
            self.fold(counter, (row,))
        return True

    def _place(self, window: Window, now: float) -> None:
        self.window = window
        self._edges = _all_edges(window)
        self._grid = Grid.of(self._edges, window.buckets.zone)
        starts = set(self._edges[:-1])
        cells = {start: self.cells.get(start) or BucketCounts() for start in starts}
        self._cover(now, self.cells | cells)
        self.cells = cells
        self._figures = {start: figures for start, figures in self._figures.items() if start in starts}
        self._derived = {start: known for start, known in self._derived.items() if start in starts}

    def _cover(self, now: float, cells: dict[float, BucketCounts] | None = None) -> None:
        cells = self.cells if cells is None else cells
        buckets, previous = self.window.buckets, self.window.previous
        complete = buckets.complete(now) if previous else 0  # they are only there to be compared
        self.whole.cover(set(buckets.edges[:-1]), cells)
        self.complete.cover(set(buckets.edges[:complete]), cells)
        self.previous.cover(set(previous.edges[:complete]) if previous else set(), cells)

    def _keep_early(self, counter: RowCounter, rows: Sequence[Row]) -> None:
        """A bot's clock may run ahead of ours: its rows wait for the window to reach them."""
        end = self._edges[-1]
        early = [(counter, row) for row in rows if row[0] >= end]
        self._early.extend(early[: _MOST_EARLY_ROWS - len(self._early)])

    def _continues(self, window: Window) -> bool:
        """Whether every new bucket is one of ours or begins behind them all, and our last one is not lost."""
        ours, theirs = set(pairwise(self._edges)), _all_edges(window)
        end = self._edges[-1]
        return theirs[-1] >= end and all(bucket in ours or bucket[0] >= end for bucket in pairwise(theirs))


def load(reader: Reader, aggregate: Aggregate, upto: Mapping[type[EventModel], int]) -> Iterator[float]:
    """Fill an aggregate with these tables' rows up to these ids, a chunk of history at a time.

    Yields the share that is done after each chunk (0 to 1).
    """
    known = [(counter, upto[counter.model]) for counter in aggregate.counters if counter.model in upto]
    return shares((last, aggregate.read(reader, counter, IdSpan(0, last))) for counter, last in known)


def collect(
    reader: Reader,
    window: Window,
    now: float,
    chosen: Filter = EVERYTHING,
    counters: tuple[RowCounter, ...] = COUNTERS,
) -> Aggregate:
    """Everything in a window, read in one go.

    Raises:
        BotpulseError: locked, corrupt, gone.
    """
    aggregate = Aggregate(window, now, chosen, counters)
    with faults(reader.location):
        upto = {counter.model: last_id(reader, counter.model) for counter in counters}
        for _ in load(reader, aggregate, upto):
            pass
    return aggregate


def _all_edges(window: Window) -> tuple[float, ...]:
    before = window.previous.edges if window.previous else ()
    return tuple(sorted({*before, *window.buckets.edges}))
