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
from core.storage.chunked_reads import first_id, moment_after
from core.storage.reader import Reader
from core.storage.values import moment_or_none
from core.time_ranges import TimeRange

_SAMPLE: Final = 9
_ENOUGH: Final = 5
"""So many timestamps of a sample show where in time it is, though one or two of them be wrong."""

_CLOSE: Final = 100
"""Ids. A bisection comes no closer."""

_PARTS: Final = 40
_ROUNDS: Final = 4
"""Where most of a range turns out to be gaps, what is left of it is parted again, so many times at most."""

_NEIGHBOURS: Final = 32
"""So many rows show how dense the ids are."""

_SLICE: Final = 30_000
"""Rows that one read of an index looks at, in some 2 ms."""

_FEW: Final = 4_096
"""So many ids are read one by one instead."""


@dataclass(frozen=True, slots=True)
class IdRange:
    """The ids from ``first`` to ``last``, both included; none where ``last`` is below ``first``."""

    first: int
    last: int

    def __len__(self) -> int:
        """How many ids there may be."""
        return max(0, self.last - self.first + 1)


@dataclass(frozen=True)
class Landscape:
    """Where the rows are among the ids.

    Attributes:
        spans: ascending ranges of ids that hold rows.
        rows: how many rows each of them has, about.
        exact: whether they were counted.
    """

    spans: tuple[IdRange, ...]
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
        return self._before[number] + min(1.0, (row_id - span.first) / len(span)) * self.rows[number]

    def id_of(self, rank: float, *, up: bool = False) -> int:
        """The id of the row with so many rows below it, rounded ``up`` or down; 0 where there are no rows."""
        if not self.spans:
            return 0
        rank = math.ceil(rank - 1e-6) if up else math.floor(rank + 1e-6)
        number = min(max(bisect_right(self._before, rank) - 1, 0), len(self.spans) - 1)
        span, rows = self.spans[number], self.rows[number]
        part = (rank - self._before[number]) / rows if rows else 0.0
        return min(max(span.first, span.first + int(part * len(span))), span.last)


def ids_of_span(reader: Reader, model: type[EventModel], span: TimeRange, ids: IdRange, margin: float) -> IdRange:
    """The part of a range of ids whose rows may be in a time range, were clocks to step back by ``margin`` seconds.

    It may hold up to some hundred ids more, at either end.
    """
    first, last = ids.first, ids.last
    if span.start > DISCORD_EPOCH and len(ids):
        first = max(first, first_id(reader, model, span.start - margin, ids.last))
    if span.end < END_OF_TIME and len(ids):
        last = id_after(reader, model, span.end + margin, ids)
    return IdRange(first, last)


def rows_by_index(
    reader: Reader, model: type[EventModel], span: TimeRange, timeout: float
) -> tuple[IdRange, int] | None:
    """From the lowest to the highest id of a time range, late rows included, and how many rows it has.

    The table has an index on its timestamp. None where that takes longer than ``timeout`` seconds: some 70 ns a row.
    """
    began, found, rows = perf_counter(), IdRange(1, 0), 0
    low, end = max(span.start, DISCORD_EPOCH), min(span.end, END_OF_TIME)
    while low < end:
        high = moment_after(reader, model, TimeRange(low, end), _SLICE)
        inside = (model.timestamp >= low) & (model.timestamp < high)
        measures = (peewee.fn.MIN(model.id), peewee.fn.MAX(model.id), peewee.fn.COUNT(model.id))
        ((first, last, count),) = reader.rows(model.select(*measures).where(inside))
        rows += count
        if first is not None:
            found = IdRange(min(first, found.first), max(last, found.last)) if found else IdRange(first, last)
        if perf_counter() - began > timeout:
            return None
        low = high
    return found, rows


def id_after(reader: Reader, model: type[EventModel], end: float, ids: IdRange) -> int:
    """An id such that it and all later rows lie at or after ``end``, up to a hundred ids too high; or the last one."""
    low, high = ids.first, ids.last
    while high - low > _CLOSE:
        middle = (low + high) // 2
        moment = moment_near(reader, model, middle)
        if moment is None or moment < end:
            low = middle
        else:
            high = middle
    return high


def moment_near(reader: Reader, model: type[EventModel], row_id: int) -> float | None:
    """The middle one of the usable timestamps of the rows just before an id, its own included.

    One absurd row leads no search astray. None where there are too few of them for that.
    """
    usable = _usable(reader, model, (model.id <= row_id), model.id.desc())
    return _middle(usable) if len(usable) >= _ENOUGH else None


def moment_around(reader: Reader, model: type[EventModel], row_id: int) -> float | None:
    """About when the rows around an id were written; None only where no timestamp nearby is usable."""
    before = _usable(reader, model, (model.id <= row_id), model.id.desc())
    if len(before) >= _ENOUGH:
        return _middle(before)
    after = _usable(reader, model, (model.id > row_id), model.id)
    return _middle(after if len(after) >= _ENOUGH else sorted((*before, *after)))


def _usable(reader: Reader, model: type[EventModel], where: Any, order: Any) -> list[float]:
    query = model.select(model.timestamp).where(where).order_by(order).limit(_SAMPLE)
    moments = (moment_or_none(stored) for (stored,) in reader.rows(query))
    return sorted(moment for moment in moments if moment is not None)


def _middle(moments: Sequence[float]) -> float | None:
    return moments[len(moments) // 2] if moments else None


def survey(reader: Reader, model: type[EventModel], ids: IdRange, where: Any = None) -> Landscape:
    """Find out where the rows of a range of ids are, by some dozens of seeks; a small range is read.

    ``where`` is what else must hold of them; a large range is taken to hold such rows only.
    """
    if len(ids) <= _FEW:
        inside = (model.id >= ids.first) & (model.id <= ids.last)
        query = model.select(model.id).where(inside if where is None else inside & where).order_by(model.id)
        found = [row_id for (row_id,) in reader.rows(query)]
        return Landscape(tuple(IdRange(each, each) for each in found), (1.0,) * len(found), True)
    taken = [ids]
    for _ in range(_ROUNDS):
        before = sum(map(len, taken))
        landscape = _probed(reader, model, _parts(taken, before))
        taken = _joined(landscape.spans)
        if 2 * sum(map(len, taken)) > before or not taken:
            break
    return landscape


def _parts(taken: Sequence[IdRange], ids: int) -> Iterator[IdRange]:
    """These ranges in parts, the more the longer they are."""
    for each in taken:
        parts = max(1, min(len(each), _PARTS * len(each) // ids))
        edges = [each.first + len(each) * part // parts for part in range(parts + 1)]
        yield from (IdRange(start, end - 1) for start, end in pairwise(edges))


def _probed(reader: Reader, model: type[EventModel], parts: Iterable[IdRange]) -> Landscape:
    spans: list[IdRange] = []
    rows: list[float] = []
    for part in parts:
        neighbours = _neighbours(reader, model, part)
        if neighbours:
            spans.append(IdRange(neighbours[0], _last_in(reader, model, part)))
            rows.append(_density(neighbours) * len(spans[-1]))
    return Landscape(tuple(spans), tuple(rows), False)


def _joined(spans: Sequence[IdRange]) -> list[IdRange]:
    """Neighbouring spans as one: what is left between two of them are gaps."""
    joined: list[IdRange] = []
    for each in spans:
        if joined and each.first - joined[-1].last <= max(len(each), len(joined[-1])) // 16 + 1:
            joined[-1] = IdRange(joined[-1].first, each.last)
        else:
            joined.append(each)
    return joined


def _neighbours(reader: Reader, model: type[EventModel], ids: IdRange) -> list[int]:
    query = model.select(model.id).where((model.id >= ids.first) & (model.id <= ids.last))
    return [row_id for (row_id,) in reader.rows(query.order_by(model.id).limit(_NEIGHBOURS))]


def _last_in(reader: Reader, model: type[EventModel], ids: IdRange) -> int:
    query = model.select(model.id).where((model.id >= ids.first) & (model.id <= ids.last))
    rows = reader.rows(query.order_by(model.id.desc()).limit(1))
    return int(rows[0][0]) if rows else ids.first


def _density(neighbours: list[int]) -> float:
    return len(neighbours) / (neighbours[-1] - neighbours[0] + 1)
