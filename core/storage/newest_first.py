"""Reading history from its end: what happened last is known first, and it is always known since when everything is.

The chunks follow the rule of :mod:`core.storage.chunked_reads`. Rows of tables that have an index on their timestamp
come by time; those of others by id, whose order is that of time but for a bot's clock that stepped back.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from core.coverage import NOTHING, WHOLE, Coverage
from core.models import DISCORD_EPOCH, END_OF_TIME
from core.storage.chunked_reads import LOOK_BACK, ChunkSize, Row, RowQuery, selected
from core.storage.reader import Reader
from core.storage.seeks import (
    IdSpan,
    check_order,
    first_id,
    is_indexed,
    moment_before,
    newest_moment_before,
    next_id,
    scalar,
)
from core.time_ranges import TimeRange

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows, and how much is known once they are counted."""

    rows: list[Row]
    coverage: Coverage


def newest_first(reader: Reader, query: RowQuery) -> Iterator[Chunk]:
    """Give the rows of a query, the newest chunk first; rows without a usable timestamp never match.

    Raises:
        BotpulseError: through the ``faults`` block that the caller stands in, as the driver's exception.
    """
    ids, start = query.ids, query.span.start
    if is_indexed(reader, query.model):
        return _by_time(reader, query)
    if start <= DISCORD_EPOCH:
        return _by_id(reader, query)
    first = first_id(reader, query.model, start - LOOK_BACK, ids.upto)
    return _by_id(reader, replace(query, ids=IdSpan(max(ids.after, first - 1), ids.upto)))


class _Read:
    """One table that is being read; ``weight`` is how many ids it has."""

    def __init__(self, weight: int, chunks: Iterator[Coverage]) -> None:
        self.weight, self.coverage = weight, NOTHING
        self._chunks = chunks

    def step(self) -> None:
        self.coverage = next(self._chunks, WHOLE)


class SideBySide(Generic[Key]):
    """Several tables that are read back through time side by side, the ones that somebody looks at before the others.

    Args:
        tables: by any key, the table's last id, and what reads it: each chunk gives what is known of this table.
    """

    def __init__(self, tables: Mapping[Key, tuple[int, Iterator[Coverage]]]) -> None:
        self._reads = {key: _Read(weight, chunks) for key, (weight, chunks) in tables.items()}

    def step(self, first: Collection[Key] = (), since: float = -math.inf) -> bool:
        """Read one chunk: of the tables ``first`` until they are known from a moment on. False where all is read."""
        left = {key: read for key, read in self._reads.items() if not read.coverage.whole}
        seen = [read for key, read in left.items() if key in first and read.coverage.since > since]
        if left:
            max(seen or left.values(), key=lambda read: read.coverage.since).step()
        return bool(left)

    def known(self, keys: Collection[Key] | None = None) -> Coverage:
        """What is known of all of these tables; of every one where none are named."""
        reads = [read for key, read in self._reads.items() if keys is None or key in keys]
        total = sum(read.weight for read in reads) or 1
        share = sum(read.weight * read.coverage.share for read in reads) / total
        since = max((read.coverage.since for read in reads), default=-math.inf)
        return Coverage(since, 1.0 if since == -math.inf else min(share, 0.999))


def together(tables: Iterable[tuple[int, Iterator[Coverage]]]) -> Iterator[Coverage]:
    """Read several tables back through time side by side; gives what is known of all of them after each chunk.

    A table is its last id, and what reads it: each chunk gives what is known of this table.
    """
    reads = SideBySide(dict(enumerate(tables)))
    while reads.step():
        yield reads.known()


def _by_id(reader: Reader, query: RowQuery) -> Iterator[Chunk]:
    model, ids, size = query.model, query.ids, ChunkSize()
    while ids:
        chunk = IdSpan(max(ids.upto - size.rows, ids.after), ids.upto)
        if size.is_sparse and chunk != ids:  # each row has a gap of its own: rows are counted off instead of ids
            lowest = next_id(reader, model, ids, falling=True, number=size.rows)
            chunk = ids if lowest is None else IdSpan(lowest - 1, ids.upto)
        with size.measured():
            rows = reader.rows(selected(query, query.span).where(chunk.within(model)))
        left = IdSpan(ids.after, chunk.after)
        if left and not rows:  # a gap costs one seek, however wide it is
            highest = next_id(reader, model, left, falling=True)
            left = IdSpan(ids.after, ids.after if highest is None else highest)
        check_order(left.upto < ids.upto)
        ids = left
        yield Chunk(rows, _known_by_id(reader, query, ids))


def _known_by_id(reader: Reader, query: RowQuery, left: IdSpan) -> Coverage:
    if not left:
        return WHOLE
    moment = newest_moment_before(reader, query.model, left.upto)
    since = query.span.start if moment is None else max(math.nextafter(moment, math.inf), query.span.start)
    return Coverage(max(since, DISCORD_EPOCH), 1 - left.size / query.ids.size)


def _by_time(reader: Reader, query: RowQuery) -> Iterator[Chunk]:
    """Slices of time that hold about as many rows as one read should see, however few of them are chosen."""
    model, size = query.model, ChunkSize()
    wanted = query.ids.within(model, by_key=False)
    span = TimeRange(max(query.span.start, DISCORD_EPOCH), min(query.span.end, END_OF_TIME))
    ends = _ends(reader, query, span)
    high = span.end
    while high > span.start:
        low = moment_before(reader, model, TimeRange(span.start, high), size.rows)
        check_order(low < high)
        with size.measured():
            rows = reader.rows(selected(query, TimeRange(low, high)).where(wanted))
        high = low
        share = (ends.end - max(low, ends.start)) / (ends.end - ends.start) if ends.end > ends.start else 0.0
        yield Chunk(rows, Coverage(low, max(0.0, min(share, 1.0))) if low > span.start else WHOLE)


def _ends(reader: Reader, query: RowQuery, span: TimeRange) -> TimeRange:
    """The first and the last moment of a table within a span, by its index."""
    moment = query.model.timestamp
    inside = query.model.select(moment).where((moment >= span.start) & (moment < span.end)).limit(1)
    first, last = (scalar(reader, inside.order_by(order)) for order in (moment, moment.desc()))
    return TimeRange(float(first or 0.0), float(last or 0.0))
