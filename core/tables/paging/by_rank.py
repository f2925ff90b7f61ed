"""Rows in the order of a column's values: their ids are sorted once, and a row's key is its rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any, Final
from zoneinfo import ZoneInfo

import peewee

from core.filters import condition
from core.models import DISCORD_EPOCH, END_OF_TIME
from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, check_order
from core.tables.definitions import TABLES, Order, TableQuery, record_of, stored_fields
from core.tables.paging.by_time import ByTime
from core.tables.paging.matches import MatchCount
from core.tables.paging.pages import MOST_NEW, Extent, Keyed, News, PageChunk, rows_by_id
from core.tables.paging.sorting import Ids, check_size, ranked, sort_field
from core.tasks import Task, finish
from core.time_ranges import day_name

_AT_ONCE: Final = 200
_DAYS_AT_ONCE: Final = 5_000
_UTC: Final = ZoneInfo("UTC")


class ByRank:
    """One query's rows, by rank. See :class:`core.tables.paging.Pager` for what its methods mean."""

    def __init__(self, reader: Reader, query: TableQuery, *, whole: bool, upto: int | None) -> None:
        self._reader, self._query, self._whole = reader, query, whole
        self._table = TABLES[query.table]
        self._column = self._table.column(query.order.column)
        self._by_time = ByTime(reader, replace(query, order=Order()), whole=False, upto=upto)
        self._ids: Ids | None = None
        self._newest = 0
        self._among = Extent(0, True, 0)
        """The rows among which the filters chose."""

    def prepare(self) -> Task[None]:
        """Read the values and sort the ids by them."""
        chunks = self._events() if self._table.has_time else self._days()
        ids = yield from ranked(chunks, self._column, descending=self._query.order.descending)
        self._ids = ids
        if not self._table.has_time:
            self._newest = len(ids)

    def extent(self) -> Extent:
        """Rows of the span when it was sorted: where nothing is left out, as many as were sorted."""
        ranked = len(self._ranked)
        if not any(self._query.filters):
            return Extent(ranked, True, self._newest)
        return Extent(max(self._among.rows, ranked), self._among.exact, self._newest)

    def pages(self, start: int | None, *, older: bool, count: int) -> Iterator[PageChunk]:
        """Chunks of the rows beyond a rank; those that were deleted since are left out."""
        ids, place = self._ranked, start
        if place is None:
            place = -1 if older else len(ids)
        left = count
        while True:
            wanted = min(left, _AT_ONCE)
            low, high = (place + 1, place + 1 + wanted) if older else (place - wanted, place)
            low, high = max(low, 0), min(high, len(ids))
            rows = self._read(low, high)
            left -= len(rows)
            place = (max(high, low) - 1) if older else min(low, len(ids))
            ended = place >= len(ids) - 1 if older else place <= 0
            yield self._page(rows, place, older, ended)
            if ended or left <= 0:
                return

    def matches(self) -> MatchCount:
        """All that match were sorted; what came in since has no rank."""
        return MatchCount(None, IdSpan(0, 0), len(self._ranked))

    def newer_than(self, key: int, most: int = MOST_NEW) -> tuple[Keyed, ...]:
        """New rows have no rank."""
        return ()

    def news(self, row_id: int) -> News:
        """By their ids, in the order of time."""
        return self._by_time.news(row_id) if self._table.has_time else News(self._newest, False)

    def key_at(self, share: float) -> int:
        """The rank before."""
        rows = len(self._ranked)
        return min(int(min(max(share, 0.0), 1.0) * rows + 1e-6), max(rows - 1, 0)) - 1

    def key_at_time(self, moment: float) -> int:
        """Ranks know no time."""
        return -1

    def share_of(self, key: int) -> float:
        """By how many rows come before it."""
        rows = len(self._ranked)
        return min(max(key, 0) / rows, 1.0) if rows else 0.0

    def moment_at(self, share: float) -> float | None:
        """Ranks know no time."""
        return None

    @property
    def _ranked(self) -> Ids:
        if self._ids is None:
            finish(self.prepare())
        assert self._ids is not None
        return self._ids

    def _events(self) -> Iterator[tuple[Sequence[Row], float]]:
        self._among = self._by_time.extent()
        self._newest = self._among.newest
        if not any(self._query.filters):
            check_size(self._column, self._among.rows)
        yield from self._by_time.raw([self._table.identity, sort_field(self._column)])

    def _days(self) -> Iterator[tuple[Sequence[Row], float]]:
        """The last days first; each read of a chunk looks at no more than so many rows."""
        date, model = self._table.identity, self._table.model
        fields, within = [date, sort_field(self._column)], self._days_within()
        chosen = condition(model, *self._query.filters)
        beyond, ends = date.is_null(False), set()
        while True:
            dates = self._reader.rows(model.select(date).where(beyond).order_by(date.desc()).limit(_DAYS_AT_ONCE))
            if not dates:
                return
            check_order(dates[-1][0] not in ends)
            ends.add(dates[-1][0])
            last = peewee.Value(dates[-1][0], converter=False)  # as it is stored: even a date may be bytes
            chunk = reduce(and_, within, beyond & (date >= last))
            query = model.select(*fields).where(chunk)
            if chosen is not None:
                ((days,),) = self._reader.rows(model.select(peewee.fn.COUNT(date)).where(chunk))
                self._among = Extent(self._among.rows + days, True, 0)
                query = query.where(chosen)
            yield self._reader.rows(query.order_by(date.desc())), 0.5
            beyond = date < last

    def _days_within(self) -> list[Any]:
        """That a day is one of the span's."""
        span, date, zone = self._query.span, self._table.identity, self._query.zone or _UTC
        parts = []
        if span is not None and span.start > DISCORD_EPOCH:
            parts.append(date >= day_name(span.start, zone))
        if span is not None and span.end < END_OF_TIME:
            parts.append(date <= day_name(span.end - 0.001, zone))
        return parts

    def _read(self, low: int, high: int) -> list[Keyed]:
        ranks = {row_id: low + number for number, row_id in enumerate(self._ranked[low:high].tolist())}
        fields = stored_fields(self._table, whole=self._whole)
        rows = [row for chunk in rows_by_id(self._reader, self._table, list(ranks), fields) for row in chunk]
        keyed = [(ranks[row[0]], record_of(self._table, row, whole=self._whole)) for row in rows if row[0] in ranks]
        return sorted(keyed, key=lambda pair: pair[0])

    def _page(self, rows: list[Keyed], place: int, older: bool, ended: bool) -> PageChunk:
        share = self.share_of(place + 1 if older else place)
        searched = 1.0 if ended else share if older else 1.0 - share
        return PageChunk(tuple(rows), place, None, searched, ended)
