"""Reading many rows without holding up the bot.

The rule that every long read follows: in rollback-journal mode a reader stops the writer's commit, so history is read
in chunks of a few milliseconds, each a transaction of its own with all its rows fetched at once. How many rows a chunk
looks at follows from how long the last one took (:class:`ChunkSize`); gaps in the ids cost a seek or two, however wide
they are (:class:`IdChunks`); between two chunks nothing is locked, and work on the rows of one is the rest before the
next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Final, TypeVar

import peewee

from core.filters import EVERYTHING, Filter, condition
from core.models import DISCORD_EPOCH, END_OF_TIME, EventModel
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, all_ids, check_order, first_id, is_indexed, moment_after, next_id, scalar
from core.time_ranges import HOUR, TimeRange

Row = tuple[Any, ...]
Found = TypeVar("Found")

CHUNK_SECONDS: Final = 0.015
"""How long one read should hold its lock."""

LOOK_BACK: Final = 6 * HOUR
"""How far clocks may have stepped back where a range is searched by id."""

_EVER: Final = TimeRange(-math.inf, math.inf)

_SPARSE: Final = 0.1
"""Where a chunk took less of its time than this, few of its ids had a row."""

_FEW: Final = 2_000
"""Ids that are read straight away, without looking for a shorter way; or to begin with."""


@dataclass(slots=True)
class ChunkSize:
    """How many rows the next chunk looks at, to take about ``seconds``; at most twice as many as the last one.

    Attributes:
        rows: so many.
        fewest: its lower limit.
        most: its upper limit.
        seconds: how long a chunk should take.
        taken: how long the last one took.
    """

    rows: int = 2_000
    fewest: int = 200
    most: int = 10_000
    seconds: float = CHUNK_SECONDS
    taken: float = 0.0

    @property
    def is_sparse(self) -> bool:
        """Whether the last chunk took so little of its time that few of its ids can have had a row."""
        return 0.0 < self.taken < _SPARSE * self.seconds

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Read a chunk in the block, and choose the size of the next one by it."""
        began = perf_counter()
        yield
        self.taken = perf_counter() - began
        fitting = self.rows * self.seconds / max(self.taken, 1e-6)
        self.rows = int(max(self.fewest, min(self.most, 2 * self.rows, fitting)))


class IdChunks(Iterator[tuple[IdSpan, Found]]):
    """Goes up through ids chunk by chunk: gives the ids that were looked at, and what was found among them.

    What raises can be tried again: the next step reads the same ids.

    Args:
        ids: all of them.
        size: that of a chunk.
        read: reads some ids; what it gives is falsy where no row was found.
        numbered: the id of the first of some ids, of the second, …; None where there are not so many. Ids go on after a
            reset, so gaps of millions are usual; where each row has its gap, rows are counted off instead of ids.
    """

    def __init__(
        self,
        ids: IdSpan,
        size: ChunkSize,
        read: Callable[[IdSpan], Found],
        numbered: Callable[[IdSpan, int], int | None],
    ) -> None:
        self._size, self._left = size, ids
        self._read, self._numbered = read, numbered
        self._is_sparse = False

    def __next__(self) -> tuple[IdSpan, Found]:
        """Read one chunk, and step over the gap behind it where it was empty."""
        if not self._left:
            raise StopIteration
        chunk = self._chunk()
        with self._size.measured():
            found = self._read(chunk)
        self._is_sparse = self._size.is_sparse
        reached = chunk.upto if found else self._before_next(IdSpan(chunk.upto, self._left.upto))
        check_order(reached > self._left.after)
        self._left = IdSpan(reached, self._left.upto)
        return IdSpan(chunk.after, reached), found

    def _chunk(self) -> IdSpan:
        chunk = IdSpan(self._left.after, min(self._left.after + self._size.rows, self._left.upto))
        if not self._is_sparse or chunk == self._left:
            return chunk
        upto = self._numbered(self._left, self._size.rows)
        return self._left if upto is None else IdSpan(chunk.after, upto)

    def _before_next(self, ids: IdSpan) -> int:
        following = self._numbered(ids, 1) if ids else None
        return ids.upto if following is None else following - 1


@dataclass(frozen=True, slots=True)
class RowQuery:
    """What is read of one table: these fields of the rows with these ids, in a span of time."""

    model: type[EventModel]
    fields: tuple[peewee.Field | peewee.Function, ...]
    ids: IdSpan
    span: TimeRange = _EVER
    chosen: Filter = EVERYTHING


def chunks(reader: Reader, query: RowQuery) -> Iterator[list[Row]]:
    """The rows of a query, a list a read; rows without a usable timestamp never match.

    Rows come by id, or by time where an index on the timestamp narrows the span down.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    ids, start = query.ids, query.span.start
    if ids.size <= _FEW or start <= DISCORD_EPOCH:
        return _by_id(reader, query)
    if is_indexed(reader, query.model):
        return _by_time(reader, query)
    first = first_id(reader, query.model, start - LOOK_BACK, ids.upto)
    return _by_id(reader, replace(query, ids=IdSpan(max(ids.after, first - 1), ids.upto)))


def id_chunks(
    reader: Reader, model: type[EventModel], ids: IdSpan, size: ChunkSize, read: Callable[[IdSpan], Found]
) -> IdChunks[Found]:
    """Some ids of a table, chunk by chunk."""
    return IdChunks(ids, size, read, lambda rest, number: next_id(reader, model, rest, number=number))


def shares(tables: Iterable[tuple[int, Iterator[int]]]) -> Iterator[float]:
    """Read several tables to their end, one after the other; gives the share that is done after each chunk, 0 to 1.

    A table is its last id, and what reads it: each chunk gives how many more ids lie behind it.
    """
    known = list(tables)
    total, before = sum(last for last, _ in known) or 1, 0
    for last, read in known:
        done = 0
        for more in read:
            done = min(done + more, last)
            yield (before + done) / total
        before += last


def earliest(reader: Reader, model: type[EventModel], enough: float = -math.inf) -> float | None:
    """The first usable timestamp of a table in epoch seconds; None where there is none.

    Where one of the first rows is not later than ``enough``, its timestamp will do: without an index, to find the very
    first one takes a look at every row.
    """
    usable = (model.timestamp >= DISCORD_EPOCH) & (model.timestamp < END_OF_TIME)
    if is_indexed(reader, model):
        first = model.select(model.timestamp).where(usable).order_by(model.timestamp).limit(1)
        moment: float | None = scalar(reader, first)
        return moment

    def read(ids: IdSpan) -> float | None:
        found: float | None = scalar(
            reader, model.select(peewee.fn.MIN(model.timestamp)).where(usable & ids.within(model))
        )
        return found

    every = all_ids(reader, model)
    if enough > DISCORD_EPOCH:
        early = read(IdSpan(every.after, min(every.after + _FEW, every.upto)))
        if early is not None and early <= enough:
            return early
    found = id_chunks(reader, model, every, ChunkSize(50_000, 500, 100_000), read)
    return min((moment for _, moment in found if moment is not None), default=None)


def _by_id(reader: Reader, query: RowQuery) -> Iterator[list[Row]]:
    model = query.model

    def read(ids: IdSpan) -> list[Row]:
        return reader.rows(selected(query, query.span).where(ids.within(model)))

    return (rows for _, rows in id_chunks(reader, model, query.ids, ChunkSize(), read) if rows)


def _by_time(reader: Reader, query: RowQuery) -> Iterator[list[Row]]:
    """Slices of time that hold about as many rows as one read should see, however few of them are chosen."""
    model, size = query.model, ChunkSize()
    wanted = query.ids.within(model, by_key=False)
    low, end = max(query.span.start, DISCORD_EPOCH), min(query.span.end, END_OF_TIME)
    while low < end:
        high = moment_after(reader, model, TimeRange(low, end), size.rows)
        check_order(high > low)
        with size.measured():
            rows = reader.rows(selected(query, TimeRange(low, high)).where(wanted))
        low = high
        if rows:
            yield rows


def selected(query: RowQuery, span: TimeRange) -> Any:
    """The rows of a query that lie in a span, whatever their ids."""
    model = query.model
    low, high = max(span.start, DISCORD_EPOCH), min(span.end, END_OF_TIME)
    found = model.select(*query.fields).where((model.timestamp >= low) & (model.timestamp < high))
    chosen = condition(model, query.chosen)
    return found if chosen is None else found.where(chosen)
