"""Pages of a table's rows, both ways, whatever its size: short reads from key to key, never an offset.

In order of time, ids are the keys: they are handed out in time order, so that a page, a place in the middle or a
moment are some seeks away, and a gap costs nothing. In another order all rows that match are read once, sorted, and
their ids kept (8 bytes a row); the keys are ranks then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

import peewee

from core import scan
from core.models import DISCORD_EPOCH
from core.reading import Reader
from core.scan import PIECE_SECONDS
from core.sorting import CannotSort, Sorted, narrowed, sorted_rows
from core.tables import TABLES, Record, RecordTable, TableQuery
from core.tasks import Progress, Task

__all__ = ["CannotSort", "Extent", "Page", "Pager", "whole_record"]

MOST_NEW: Final = 500
"""So many new rows are told at once."""

_LOOK_BACK: Final = 6 * 3600.0
"""How far clocks may have stepped back where a range is searched by id."""

_FEWEST, _FIRST, _MOST = 200, 1_000, 200_000


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a table reaches, in keys.

    Attributes:
        first, last: the lowest and the highest key; 0 where there are no rows.
        rows: about how many rows there are; filters are not taken into account in order of time.
    """

    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, or only how far the search for them has come.

    Attributes:
        keys, records: in the order of the table, whichever way it was read.
        reached: the key that the search has come to; there are no further rows before it.
        moment: the time of the row there, in epoch seconds, where it is known.
        ended: whether there is nothing beyond.
    """

    keys: tuple[int, ...]
    records: tuple[Record, ...]
    reached: int
    moment: float | None
    ended: bool


class Pager:
    """Pages through the rows of one query. It belongs to the thread of its reader; every read is short.

    Raises (all its methods): what the driver raises; the caller stands in a ``core.database.faults`` block.
    """

    def __init__(self, reader: Reader, query: TableQuery) -> None:
        self._reader, self._query = reader, query
        self._table: RecordTable = TABLES[query.table]
        self._sorted: Sorted | None = None
        self._low = 0
        self._size = _FIRST

    @property
    def in_time_order(self) -> bool:
        """Whether keys are ids; else they are ranks."""
        return self._query.order.column == "time" and self._table.key != "days"

    def prepare(self) -> Task[None]:
        """What has to be done before the first page: find the range, or sort.

        Raises:
            CannotSort: there are too many rows for this order; its text says what to do.
        """
        self._low = self._first_id()
        yield Progress(0.0)
        if not self.in_time_order:
            self._sorted = yield from sorted_rows(self._reader, self._query, self._low - 1, self._last_id())

    def extent(self) -> Extent:
        """How far the rows reach at this moment."""
        if self._sorted is not None:
            return Extent(0, max(len(self._sorted) - 1, 0), len(self._sorted))
        last = self._last_id()
        return Extent(self._low, last, max(last - self._low + 1, 0) if last else 0)

    def pages(self, start: int | None, *, older: bool, count: int) -> Iterator[Page]:
        """Rows beyond a key, down the order (``older``) or up, at least one page, until there are ``count`` of them.

        ``start`` None begins at the upper end where it goes down, at the lower end where it goes up.
        """
        if self._sorted is not None:
            return self._by_rank(start, older, count)
        return self._by_id(start, older is self._query.order.descending, count)

    def key_at(self, share: float) -> int:
        """The key after which the rows begin that lie at a share (0 to 1) of the table, going down its order."""
        share = min(max(share, 0.0), 1.0)
        extent = self.extent()
        if self._sorted is not None:
            return round(share * extent.last) - 1
        if self._query.order.descending:
            return round(extent.last - share * (extent.last - extent.first)) + 1
        return round(extent.first + share * (extent.last - extent.first)) - 1

    def key_at_time(self, moment: float) -> int:
        """The key after which the rows of a moment begin, going down the order; in another order, the beginning."""
        if self._sorted is not None:
            return -1
        found = scan.first_id(self._reader, self._table.model, moment, self._last_id())  # type: ignore[arg-type]
        return found if self._query.order.descending else found - 1

    def moment_at(self, share: float) -> float | None:
        """When the row at a share of the table was written, in epoch seconds; None in another order than time's."""
        if self._sorted is not None:
            return None
        return scan.moment_near(self._reader, self._table.model, self.key_at(share))  # type: ignore[arg-type]

    def newer_than(self, key: int) -> tuple[tuple[int, Record], ...]:
        """Rows that came in after the one with this id, the latest first, at most :data:`MOST_NEW`."""
        if not self.in_time_order:
            return ()
        query = self._matching().where(self._table.key_field > key).order_by(self._table.key_field.desc())
        rows = self._reader.rows(query.limit(MOST_NEW))
        return tuple((row[0], self._table.record(row)) for row in rows)

    def _by_id(self, start: int | None, down: bool, count: int) -> Iterator[Page]:
        low, high = self._low, self._last_id()
        at = start if start is not None else high + 1 if down else low - 1
        at = min(at, high + 1) if down else max(at, low - 1)
        found = 0
        while True:
            began = perf_counter()
            wanted = count - found
            rows, at = self._piece(at, down, low, high, wanted)
            found += len(rows)
            self._resize(perf_counter() - began)
            ended = at <= low if down else at >= high
            yield self._page(rows, at, ended)
            if ended or found >= count:
                return

    def _piece(self, at: int, down: bool, low: int, high: int, wanted: int) -> tuple[list[scan.Row], int]:
        """The next rows, and the id that the search has come to; a gap is stepped over."""
        key = self._table.key_field
        to = max(at - self._size, low) if down else min(at + self._size, high)
        inside = (key < at) & (key >= to) if down else (key > at) & (key <= to)
        order = key.desc() if down else key.asc()
        rows = self._reader.rows(self._matching().where(inside).order_by(order).limit(wanted))
        if len(rows) == wanted:
            return rows, rows[-1][0]
        return rows, to if rows else self._over_gap(to, down, low, high)

    def _over_gap(self, at: int, down: bool, low: int, high: int) -> int:
        key = self._table.key_field
        beyond = self._table.model.select(key).where(key < at if down else key > at)
        rows = self._reader.rows(beyond.order_by(key.desc() if down else key.asc()).limit(1))
        if not rows:
            return low if down else high
        following = int(rows[0][0])
        return max(following + 1, low) if down else min(following - 1, high)

    def _page(self, rows: list[scan.Row], at: int, ended: bool) -> Page:
        descending = self._query.order.descending
        rows = sorted(rows, key=lambda row: row[0], reverse=descending)
        records = tuple(self._table.record(row) for row in rows)
        moment = None if ended else scan.moment_near(self._reader, self._table.model, at)  # type: ignore[arg-type]
        return Page(tuple(row[0] for row in rows), records, at, moment, ended)

    def _by_rank(self, start: int | None, older: bool, count: int) -> Iterator[Page]:
        assert self._sorted is not None
        size = len(self._sorted)
        if older:
            first = 0 if start is None else start + 1
            last = min(first + count, size)
        else:
            last = size if start is None else min(start, size)
            first = max(last - count, 0)
        ids = self._sorted.ids(max(first, 0), last)
        rows = {row[0]: row for row in self._reader.rows(self._selected().where(self._table.key_field.in_(ids)))}
        there = [(rank, self._table.record(rows[i])) for rank, i in enumerate(ids, max(first, 0)) if i in rows]
        reached = max(last - 1, 0) if older else first
        ended = last >= size if older else first <= 0
        yield Page(tuple(rank for rank, _ in there), tuple(record for _, record in there), reached, None, ended)

    def _selected(self) -> Any:
        return self._table.model.select(self._table.key_field, *(column.selected for column in self._table.columns))

    def _matching(self) -> Any:
        return narrowed(self._selected(), self._query)

    def _first_id(self) -> int:
        if self._table.key == "days":
            return 0
        model: Any = self._table.model
        span = self._query.span
        if span is None or span.start <= DISCORD_EPOCH:
            return scan.lowest_id(self._reader, model)
        return scan.first_id(self._reader, model, span.start - _LOOK_BACK, self._last_id())

    def _last_id(self) -> int:
        model: Any = self._table.model
        return 0 if self._table.key == "days" else scan.last_id(self._reader, model)

    def _resize(self, elapsed: float) -> None:
        fitting = self._size * PIECE_SECONDS / max(elapsed, 1e-6)
        self._size = int(max(_FEWEST, min(_MOST, 2 * self._size, fitting)))


def whole_record(reader: Reader, table: str, record_id: int | str) -> Record | None:
    """One row with uncut texts; None where it is gone."""
    chosen = TABLES[table]
    fields: list[peewee.Field] = [chosen.key_field, *(column.field for column in chosen.columns)]
    rows = reader.rows(chosen.model.select(*fields).where(chosen.key_field == record_id).limit(1))
    return chosen.record(rows[0]) if rows else None
