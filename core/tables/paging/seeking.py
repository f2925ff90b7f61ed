"""Where in a table's ids something is, found by seeks: the ids of a time range, and the ids at a share of the rows.

Ids are handed out in the order of time, so that no index is needed; they may have gaps of millions. Rows may have come
late, though (from a spool, from another bot's file): an index on the timestamp finds them, too.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from time import perf_counter
from typing import Any, Final

import peewee

from core.models import DISCORD_EPOCH, END_OF_TIME, EventModel
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, check_order, first_id, id_after, moment_after, next_id
from core.time_ranges import TimeRange

_PARTS: Final = 40
_ROUNDS: Final = 4
"""Where most of a range turns out to be gaps, what is left of it is parted again, so many times at most."""

_NEIGHBOURS: Final = 32
"""So many rows show how dense the ids are."""

_SLICE: Final = 30_000
"""Rows that one read of an index looks at, in some 2 ms."""

_FEW: Final = 4_096
"""So many ids are read one by one instead."""


@dataclass(frozen=True)
class Landscape:
    """Where the rows are among the ids.

    Attributes:
        spans: ascending ranges of ids that hold rows.
        rows: how many rows each of them has, about.
        exact: whether they were counted.
    """

    spans: tuple[IdSpan, ...]
    rows: tuple[float, ...]
    exact: bool

    @property
    def total(self) -> float:
        """How many rows there are in all, about."""
        return self._before[-1]

    @cached_property
    def _before(self) -> tuple[float, ...]:
        return tuple(accumulate(self.rows, initial=0.0))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(span.first for span in self.spans)

    def rows_below(self, row_id: int) -> float:
        """How many rows have lower ids than this."""
        number = bisect_right(self._starts, row_id) - 1
        if number < 0:
            return 0.0
        span = self.spans[number]
        return self._before[number] + min(1.0, (row_id - span.first) / span.size) * self.rows[number]

    def id_of(self, rank: float, *, up: bool = False) -> int:
        """The id of the row with so many rows below it, rounded ``up`` or down; 0 where there are no rows."""
        if not self.spans:
            return 0
        rank = math.ceil(rank - 1e-6) if up else math.floor(rank + 1e-6)
        number = min(max(bisect_right(self._before, rank) - 1, 0), len(self.spans) - 1)
        span, rows = self.spans[number], self.rows[number]
        part = (rank - self._before[number]) / rows if rows else 0.0
        return min(max(span.first, span.first + int(part * span.size)), span.upto)


def ids_of_span(reader: Reader, model: type[EventModel], span: TimeRange, ids: IdSpan, margin: float) -> IdSpan:
    """The part of a range of ids whose rows may be in a time range, were clocks to step back by ``margin`` seconds.

    It may hold up to some hundred ids more, at either end.
    """
    after, upto = ids.after, ids.upto
    if span.start > DISCORD_EPOCH and ids:
        after = max(after, first_id(reader, model, span.start - margin, ids.upto) - 1)
    if span.end < END_OF_TIME and ids:
        upto = id_after(reader, model, span.end + margin, ids)
    return IdSpan(after, upto)


def rows_by_index(
    reader: Reader, model: type[EventModel], span: TimeRange, timeout: float
) -> tuple[IdSpan, int] | None:
    """From the lowest to the highest id of a time range, late rows included, and how many rows it has.

    The table has an index on its timestamp. None where that takes longer than ``timeout`` seconds: some 70 ns a row.
    """
    began, found, rows = perf_counter(), IdSpan(0, 0), 0
    low, end = max(span.start, DISCORD_EPOCH), min(span.end, END_OF_TIME)
    while low < end:
        high = moment_after(reader, model, TimeRange(low, end), _SLICE)
        check_order(high > low)
        inside = (model.timestamp >= low) & (model.timestamp < high)
        measures = (peewee.fn.MIN(model.id), peewee.fn.MAX(model.id), peewee.fn.COUNT(model.id))
        ((first, last, count),) = reader.rows(model.select(*measures).where(inside))
        rows += count
        if first is not None:
            found = IdSpan(min(first - 1, found.after), max(last, found.upto)) if found else IdSpan(first - 1, last)
        if perf_counter() - began > timeout:
            return None
        low = high
    return found, rows


def survey(reader: Reader, model: type[EventModel], ids: IdSpan, where: Any = None) -> Landscape:
    """Find out where the rows of a range of ids are, by some dozens of seeks; a small range is read.

    ``where`` is what else must hold of them; a large range is taken to hold such rows only.
    """
    if ids.size <= _FEW:
        inside = ids.within(model)
        query = model.select(model.id).where(inside if where is None else inside & where).order_by(model.id)
        found = [row_id for (row_id,) in reader.rows(query)]
        return Landscape(tuple(IdSpan(each - 1, each) for each in found), (1.0,) * len(found), True)
    taken = [ids]
    for _ in range(_ROUNDS):
        before = sum(each.size for each in taken)
        landscape = _probed(reader, model, _parts(taken, before))
        taken = _joined(landscape.spans)
        if 2 * sum(each.size for each in taken) > before or not taken:
            break
    return landscape


def _parts(taken: Sequence[IdSpan], ids: int) -> Iterator[IdSpan]:
    """These ranges in parts, the more the longer they are."""
    for each in taken:
        parts = max(1, min(each.size, _PARTS * each.size // ids))
        edges = [each.after + each.size * part // parts for part in range(parts + 1)]
        yield from (IdSpan(after, upto) for after, upto in pairwise(edges))


def _probed(reader: Reader, model: type[EventModel], parts: Iterable[IdSpan]) -> Landscape:
    spans: list[IdSpan] = []
    rows: list[float] = []
    for part in parts:
        neighbours = _neighbours(reader, model, part)
        if neighbours:
            spans.append(IdSpan(neighbours[0] - 1, next_id(reader, model, part, falling=True) or part.first))
            rows.append(_density(neighbours) * spans[-1].size)
    return Landscape(tuple(spans), tuple(rows), False)


def _joined(spans: Sequence[IdSpan]) -> list[IdSpan]:
    """Neighbouring spans as one: what is left between two of them are gaps."""
    joined: list[IdSpan] = []
    for each in spans:
        if joined and each.first - joined[-1].upto <= max(each.size, joined[-1].size) // 16 + 1:
            joined[-1] = IdSpan(joined[-1].after, each.upto)
        else:
            joined.append(each)
    return joined


def _neighbours(reader: Reader, model: type[EventModel], ids: IdSpan) -> list[int]:
    query = model.select(model.id).where(ids.within(model)).order_by(model.id)
    return [row_id for (row_id,) in reader.rows(query.limit(_NEIGHBOURS))]


def _density(neighbours: list[int]) -> float:
    return len(neighbours) / (neighbours[-1] - neighbours[0] + 1)
