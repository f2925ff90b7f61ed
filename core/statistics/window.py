"""The statistics of a window as partial results: load the history once, then fold in what is new.

A refresh costs the new rows and the buckets of the chart, however much is stored. A part of the range that the host
zoomed in on is a window of its own, of finer buckets, that takes the place of those it covers.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeVar

from core.coverage import NOTHING, WHOLE, Coverage
from core.filters import EVERYTHING, Filter
from core.models import EventModel
from core.statistics.bucket_counts import BucketCounts, Sum
from core.statistics.counting import COUNTERS, Grid, RowCounter
from core.statistics.results import Totals, totals
from core.statistics.rollups.cells import Rolled, Rollups, open_rollups
from core.statistics.rollups.packing import parts_for
from core.statistics.rollups.reminder import remind
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.database import faults
from core.storage.newest_first import SideBySide, newest_first
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto, is_indexed, last_id
from core.time_ranges import CHOICES, DAY, Buckets, TimeRange, Window, cut, spanning

Derived = TypeVar("Derived")

_MOST_EARLY_ROWS: Final = 10_000


_SHORT: Final = 3 * DAY
"""Seconds. The rows of a shorter range, with the period before it, are read: its buckets are below an hour."""

_MARGIN = 0.5
"""How much more than what is seen is read at either side, so that a little panning finds it there."""


class Aggregate:
    """Counters for every bucket of a window, and of the period before it.

    Attributes:
        window: which buckets.
        chosen: which rows.
        counters: which tables are read, and how they are counted.
        cells: a cell by the bucket's start (epoch seconds).
        whole: the window's buckets in one.
        previous: the buckets one period earlier that correspond to those which have ended.
        counted_before: the tables of which cells were taken instead of rows.
        reaches_back: a row was met that is older than the first bucket, and so is in none.
    """

    def __init__(
        self, window: Window, now: float, chosen: Filter = EVERYTHING, counters: tuple[RowCounter, ...] = COUNTERS
    ) -> None:
        self.chosen = chosen
        self.counters = counters
        self.cells: dict[float, BucketCounts] = {}
        self.whole, self.previous = Sum(), Sum()
        self.counted_before: set[type[EventModel]] = set()
        self.reaches_back = False
        self._early: list[tuple[RowCounter, Row]] = []
        self._figures: dict[float, Totals] = {}
        self._derived: dict[float, dict[Any, Any]] = {}
        self._before: tuple[Any, Any] = (None, None)
        self._place(window, now)

    def read(self, reader: Reader, counter: RowCounter, ids: IdSpan) -> Iterator[int]:
        """Count these rows of one table, in chunks; gives how many each had."""
        for rows in chunks(reader, RowQuery(counter.model, counter.fields, ids, self.span, self.chosen)):
            self.fold(counter, rows)
            yield len(rows)

    def read_back(self, reader: Reader, counter: RowCounter, upto: int) -> Iterator[Coverage]:
        """Count one table's rows up to an id, the newest first, in chunks; gives what is known after each."""
        query = RowQuery(counter.model, counter.fields, ids_upto(reader, counter.model, upto), self.span, self.chosen)
        for chunk in newest_first(reader, query):
            self.fold(counter, chunk.rows)
            yield chunk.coverage

    def read_rolled(self, reader: Reader, counter: RowCounter, rolled: Rolled, upto: int) -> Iterator[Coverage]:
        """Take in what cells tell of a table, and count the rows that are in none, up to an id, in chunks.

        Little is left to be read, so nothing is told before it is. The cells are those of the buckets as they are now.
        """
        self.counted_before.add(counter.model)
        for start, counts in rolled.cells.items():
            if counter.asks_all:
                counts.settle()  # a cell at a time: all of them at once would take as long as many looks
                self.add(start, counts)
                yield NOTHING
                continue
            self.cells[start].add(counts)
            self._forget(start)
        for total, counts in zip((self.whole, self.previous), () if counter.asks_all else rolled.sums, strict=False):
            total.take_in(counts)
        yield NOTHING
        every = ids_upto(reader, counter.model, rolled.bound)
        behind = TimeRange(-math.inf, self.span.end)  # by id: those are few, however long the range is
        lots = [(IdSpan(rolled.bound, upto), behind), *((every, span) for span in rolled.ragged)]
        for number, (ids, span) in enumerate(lots):
            for rows in chunks(reader, RowQuery(counter.model, counter.fields, ids, span)):
                self.fold(counter, rows)
                yield Coverage(math.inf, number / len(lots))

    @property
    def edges(self) -> tuple[float, ...]:
        """Where buckets begin and end, those of the period before among them."""
        return self._edges

    @property
    def span(self) -> TimeRange:
        """What is read: from the period before on; a range that moves with the clock has no end,
        and all time no beginning."""
        choice = self.window.choice
        start = self._edges[0] if choice.key != "all" else -math.inf
        return TimeRange(start, self._edges[-1] if choice.ended else math.inf)

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

    def of_before(self, make: Callable[[], Derived], made_of: object) -> Derived:
        """What ``make`` makes of :attr:`previous` and of ``made_of``; made anew only once one of them is another."""
        wanted = (self.previous.revision, made_of)
        if self._before[0] != wanted:
            self._before = wanted, make()
        made: Derived = self._before[1]
        return made

    def fold(self, counter: RowCounter, rows: Sequence[Row]) -> None:
        """Count rows of one table, each with the fields that ``counter`` names."""
        if not rows:
            return
        for slot, delta in counter.fold(rows, self._grid).items():
            if 0 <= slot < len(self._edges) - 1:
                self.add(self._edges[slot], delta)
            self.reaches_back |= slot < 0
        self._keep_early(counter, rows)

    def add(self, start: float, counts: BucketCounts) -> None:
        """Take what has happened into the bucket that begins at ``start``."""
        self.cells[start].add(counts)
        self._forget(start)
        for total in (self.whole, self.previous):
            total.add(start, counts)

    def _forget(self, start: float) -> None:
        """What was made of a bucket holds no longer."""
        self._figures.pop(start, None)
        self._derived.pop(start, None)

    def move_to(self, window: Window, now: float) -> bool:
        """Follow the clock: drop buckets that have left the window, begin those that have come.

        Returns False where that can't be done without reading again: the window went back, or its buckets are
        of another width. The aggregate is then as it was.
        """
        if window.buckets == self.window.buckets:
            self._cover(now)
            return True
        if window.choice.ended or not self._continues(window):
            return False  # what lies behind the end of one that has an end was never read
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
        complete = buckets.complete(now)
        self.whole.cover(set(buckets.edges[:-1]), cells)
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


class Filling:
    """Fills an aggregate with these tables' rows up to these ids, a chunk of history at a time, the newest first.

    What was counted before into cells is not read again, but for ``by_cells``.

    Attributes:
        first: the tables that somebody looks at: they are read before the others, from the moment ``since`` on.
    """

    def __init__(
        self, reader: Reader, aggregate: Aggregate, upto: Mapping[type[EventModel], int], *, by_cells: bool = True
    ) -> None:
        self.first: Collection[type[EventModel]] = ()
        self.since = -math.inf
        self._reader, self._aggregate, self._upto, self._by_cells = reader, aggregate, upto, by_cells
        self._reads: SideBySide[type[EventModel]] | None = None

    def chunks(self) -> Iterator[Coverage]:
        """Read chunk by chunk; yields what is known of all tables after each."""
        reader, aggregate, upto = self._reader, self._aggregate, self._upto
        rollups = _rollups(reader, aggregate) if self._by_cells else None
        counters = [counter for counter in aggregate.counters if counter.model in upto]
        lasts = {counter.model: upto[counter.model] for counter in counters}
        reads = self._reads = SideBySide(
            {each.model: (lasts[each.model], _read(reader, aggregate, each, lasts[each.model], rollups))
             for each in counters}
        )  # fmt: skip
        while reads.step(self.first, self.since):
            yield reads.known()
        if self._by_cells:
            remind(reader, aggregate.window.buckets.zone, believed=rollups is not None)

    def known(self, tables: Collection[type[EventModel]], since: float = -math.inf) -> Coverage:
        """What is known of these tables; rows before ``since`` (epoch seconds) are not asked for.

        Without an index rows come by id, and one from after ``since`` may still come: then all of them are needed.
        """
        known = NOTHING if self._reads is None else self._reads.known(tables)
        by_time = all(is_indexed(self._reader, table) for table in tables)
        return WHOLE if by_time and known.since <= since else known


def _rollups(reader: Reader, aggregate: Aggregate) -> Rollups | None:
    """The cells that may tell something; a filter, or what is counted in another way, needs the rows themselves."""
    edges = aggregate.edges
    models = [counter.model for counter in aggregate.counters if parts_for(counter)]
    if aggregate.chosen or not models or edges[-1] - edges[0] < _SHORT:
        return None
    return open_rollups(reader, aggregate.window.buckets.zone, models)


def _read(
    reader: Reader, aggregate: Aggregate, counter: RowCounter, upto: int, rollups: Rollups | None
) -> Iterator[Coverage]:
    """One table, by cells where they tell it."""
    parts = parts_for(counter)
    rolled = None
    if rollups is not None and parts and rollups.bound(counter.model) <= upto:
        goes_on = not aggregate.window.choice.ended
        groups = aggregate.whole.members, aggregate.previous.members
        rolled = rollups.buckets(counter.model, aggregate.edges, parts, groups, beyond=goes_on)
    if rolled is None:
        yield from aggregate.read_back(reader, counter, upto)
    else:
        yield from aggregate.read_rolled(reader, counter, rolled, upto)


def collect(
    reader: Reader,
    window: Window,
    now: float,
    chosen: Filter = EVERYTHING,
    counters: tuple[RowCounter, ...] = COUNTERS,
    *,
    by_cells: bool = True,
) -> Aggregate:
    """Everything in a window, read in one go; ``by_cells`` of False reads every row of it.

    Raises:
        BotpulseError: locked, corrupt, gone.
    """
    aggregate = Aggregate(window, now, chosen, counters)
    with faults(reader.location):
        upto = {counter.model: last_id(reader, counter.model) for counter in counters}
        deque(Filling(reader, aggregate, upto, by_cells=by_cells).chunks(), maxlen=0)
    return aggregate


def _all_edges(window: Window) -> tuple[float, ...]:
    before = window.previous.edges if window.previous else ()
    return tuple(sorted({*before, *window.buckets.edges}))


@dataclass(frozen=True, slots=True)
class Detail:
    """Buckets of one or two widths, and what happened in them.

    Attributes:
        buckets: all of them; the label names the finer width.
        finer: whether some are finer than the range's own.
    """

    buckets: Buckets
    finer: bool
    _sources: tuple[Aggregate, ...]

    @property
    def cells(self) -> tuple[BucketCounts, ...]:
        """A cell a bucket, not to be altered."""
        return tuple(source.cells[start] for source, start in self._places())

    @property
    def figures(self) -> tuple[Totals, ...]:
        """What the charts show of each bucket."""
        return tuple(source.figures(start) for source, start in self._places())

    def derived(self, make: Callable[[BucketCounts, float, float], Derived]) -> tuple[Derived, ...]:
        """What ``make`` makes of each bucket (its cell, start and end); made anew only where a bucket has changed."""
        ends = self.buckets.edges[1:]
        return tuple(
            source.derived(make, start, end) for (source, start), end in zip(self._places(), ends, strict=True)
        )

    def _places(self) -> Iterable[tuple[Aggregate, float]]:
        return zip(self._sources, self.buckets.edges[:-1], strict=True)


def closer(whole: Buckets, view: TimeRange) -> Window | None:
    """The window of finer buckets for what is seen of some buckets; None where there are no finer ones.

    It begins and ends at edges of theirs; what lies between those and the surroundings of what is seen is one bucket
    at either side.
    """
    seen = spanning(view, whole.zone)
    if _narrowest(seen.edges) >= _narrowest(whole.edges):
        return None
    margin = _MARGIN * (view.end - view.start)
    near = TimeRange(max(view.start - margin, whole.edges[0]), min(view.end + margin, whole.edges[-1]))
    start = max((edge for edge in whole.edges[:-1] if edge <= near.start), default=whole.edges[0])
    end = min((edge for edge in whole.edges[1:] if edge >= near.end), default=whole.edges[-1])
    inner = (edge for edge in cut(near, seen.label, whole.zone).edges[1:-1] if start < edge < end)
    return Window(CHOICES["custom"], Buckets((start, *inner, end), seen.label, whole.zone), None)


def spliced(main: Aggregate, closeup: Aggregate | None) -> Detail:
    """The buckets of a range, with those of a closer look in the place of the ones that it covers."""
    edges, label = list(main.window.buckets.edges), main.window.buckets.label
    source = {start: main for start in edges[:-1]}
    fine = closeup.window.buckets if closeup is not None else None
    if closeup is not None and fine is not None and _fits(main.window.buckets, fine):
        inside = fine.range
        source = {start: main for start in edges[:-1] if not inside.start <= start < inside.end}
        source |= dict.fromkeys(fine.edges[:-1], closeup)
        edges = [*sorted(source), edges[-1]]
        label = fine.label
    buckets = Buckets(tuple(edges), label, main.window.buckets.zone)
    return Detail(buckets, closeup in source.values(), tuple(source[start] for start in edges[:-1]))


def _fits(whole: Buckets, fine: Buckets) -> bool:
    """Whether a closer look still lies on the edges of a range that has moved on since."""
    return fine.range.start in whole.edges and fine.range.end in whole.edges


def _narrowest(edges: Iterable[float]) -> float:
    return min(later - earlier for earlier, later in pairwise(edges))
