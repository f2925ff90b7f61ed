"""Rows in the order of a column's values: their ids are sorted once, and a row's key is its rank.

The first rows are found without sorting: they are there while the rest is still being sorted, which
goes on beside, or when a page beyond them is wanted.
"""

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
from core.tables.paging.matches import MatchCount, RankCount
from core.tables.paging.pages import MOST_NEW, Extent, Keyed, News, PageChunk, rows_by_id
from core.tables.paging.sorting import RankedIds, ranked, sort_field
from core.tasks import Task, finish
from core.time_ranges import day_name

_AT_ONCE: Final = 200
_LEADERS: Final = 2_000
"""So many rows are found before all of them are sorted."""

_QUICKLY_SORTED: Final = 50_000
_DAYS_AT_ONCE: Final = 5_000
_UTC: Final = ZoneInfo("UTC")


class ByRank:
    """One query's rows, by rank. See :class:`core.tables.paging.Pager` for what its methods mean.

    Attributes:
        read_rows: so many have been read to be sorted.
    """

    def __init__(self, reader: Reader, query: TableQuery, *, whole: bool, upto: int | None) -> None:
        self._reader, self._query, self._whole = reader, query, whole
        self._table = TABLES[query.table]
        self._column = self._table.column(query.order.column)
        self._on_file = reader.journal_mode != "server"
        self._upto = upto
        self._by_time = self._then = self._made_by_time(upto)
        self._ids: RankedIds | None = None
        self._first: RankedIds | None = None
        self._sorting: Task[RankedIds] | None = None
        self._newest = self.read_rows = 0
        self._among = Extent(0, True, 0)
        """The rows among which the filters chose."""

    def prepare(self) -> Task[None]:
        """Find the first rows where that is quick; else read the values and sort the ids by them."""
        if self._table.has_time:
            self._among = self._by_time.extent()
            self._newest = self._among.newest
            upto = self._newest if self._upto is None else min(self._upto, self._newest)
            self._then = self._made_by_time(upto)  # what is sorted later is of the same rows
        if self._has_leaders:
            descending = self._query.order.descending
            self._first = yield from self._then.leading(self._column, descending=descending, most=_LEADERS)
        else:
            yield from self.sort_on()

    def sort_on(self) -> Task[None]:
        """Go on with sorting all of them, from where it was left."""
        while self._ids is None:
            if self._sorting is None:
                self._sorting = self._begun()
            try:
                progress = next(self._sorting)
            except StopIteration as end:
                self._take(end.value)
            except BaseException:
                self._sorting = None  # half of a read is of no use: the next time it begins again
                raise
            else:
                yield progress

    def reach(self, start: int | None, *, older: bool, count: int) -> Task[None]:
        """Sort all of them where the rows beyond a rank are not known."""
        if not self._is_there(start, older, min(count, _AT_ONCE)):
            yield from self.sort_on()

    def _begun(self) -> Task[RankedIds]:
        chunks = self._events() if self._table.has_time else self._days()
        self.read_rows = 0
        return ranked(chunks, self._column, descending=self._query.order.descending, numbered=self._table.has_time)

    def _take(self, ids: RankedIds) -> None:
        self._ids, self._first, self._sorting = ids, None, None
        if not self._table.has_time:
            self._newest = len(ids)

    def extent(self) -> Extent:
        """Rows of the span when it was sorted: where nothing is left out, as many as were sorted."""
        if self._ids is None:
            return Extent(self._among.rows, self._among.exact, self._newest)
        ranked_rows = len(self._ids)
        if not any(self._query.filters):
            return Extent(ranked_rows, True, self._newest)
        return Extent(max(self._among.rows, ranked_rows), self._among.exact, self._newest)

    def pages(self, start: int | None, *, older: bool, count: int) -> Iterator[PageChunk]:
        """Chunks of the rows beyond a rank; those that were deleted since are left out."""
        place, left = start, count
        while True:
            wanted = min(left, _AT_ONCE)
            while not self._is_there(place, older, wanted):
                yield from self._awaited(place, older)
            ids = self._ranked
            if place is None:
                place = -1 if older else len(ids)
            low, high = (place + 1, place + 1 + wanted) if older else (place - wanted, place)
            low, high = max(low, 0), min(high, len(ids))
            rows = self._read(ids.between(low, high), low)
            left -= len(rows)
            place = (max(high, low) - 1) if older else min(low, len(ids))
            ended = self._ids is not None and place >= len(ids) - 1 if older else place <= 0
            yield self._page(rows, place, older, ended)
            if ended or left <= 0:
                return

    def stored(self, fields: Sequence[Any], most: int | None) -> Iterator[tuple[list[Row], float]]:
        """Fields of rows as they are stored, in their order, at most so many, with the share that lies before."""
        rows = len(self._ranked) if most is None else min(most, len(self._ranked))
        for low in range(0, rows, _AT_ONCE):
            high = min(low + _AT_ONCE, rows)
            yield [row for _, row in self._ranked_rows(self._ranked.between(low, high), low, fields)], high / rows

    def matches(self) -> MatchCount | RankCount:
        """All that match are sorted; what came in since has no rank."""
        if self._ids is None:
            return RankCount(self)
        return MatchCount(None, IdSpan(0, 0), len(self._ids))

    def sorted_rows(self) -> int | None:
        """How many rows were sorted; None where that is not done."""
        return None if self._ids is None else len(self._ids)

    def newer_than(self, key: int, most: int = MOST_NEW) -> tuple[Keyed, ...]:
        """New rows have no rank."""
        return ()

    def news(self, row_id: int) -> News:
        """By their ids, in the order of time."""
        return self._by_time.news(row_id) if self._table.has_time else News(self._newest, False)

    def key_at(self, share: float) -> int:
        """The rank before."""
        rows = self._rows
        return min(int(min(max(share, 0.0), 1.0) * rows + 1e-6), max(rows - 1, 0)) - 1

    def key_at_time(self, moment: float) -> int:
        """Ranks know no time."""
        return -1

    def share_of(self, key: int) -> float:
        """By how many rows come before it."""
        rows = self._rows
        return min(max(key, 0) / rows, 1.0) if rows else 0.0

    def moment_at(self, share: float) -> float | None:
        """Ranks know no time."""
        return None

    @property
    def _has_leaders(self) -> bool:
        """Whether the first rows come sooner than all: where there are few, or an index gives them, sorting is quick.

        An export wants all of them.
        """
        is_led = self._table.has_time and not self._whole and not self._then.has_clue
        return is_led and self._among.rows > _QUICKLY_SORTED

    @property
    def _ranked(self) -> RankedIds:
        """As many as are there: the first of them, or all."""
        ids = self._first if self._ids is None else self._ids
        if ids is None:
            finish(self.prepare())
            return self._ranked
        return ids

    @property
    def _rows(self) -> int:
        """How many rows have a rank, about while only the first have theirs."""
        ids = self._ranked
        return len(ids) if self._ids is not None else max(self._among.rows, len(ids))

    def _is_there(self, place: int | None, older: bool, wanted: int) -> bool:
        """Whether the ranks beyond a place are known."""
        ids = self._ranked
        if self._ids is not None:
            return True
        if place is None:
            return older and len(ids) >= wanted
        return place + wanted < len(ids) if older else place <= len(ids)

    def _awaited(self, place: int | None, older: bool) -> Iterator[PageChunk]:
        """Sort all of them; chunks without rows say how far that is."""
        share = 0.0 if place is None else self.share_of(place)
        for progress in self.sort_on():
            yield PageChunk((), place, None, max(share, progress.share) if older else progress.share, False)

    def _events(self) -> Iterator[tuple[Sequence[Row], float]]:
        for rows, share in self._then.raw([self._table.identity, sort_field(self._column, self._on_file)]):
            self.read_rows += len(rows)
            yield rows, share

    def _made_by_time(self, upto: int | None) -> ByTime:
        return ByTime(self._reader, replace(self._query, order=Order()), whole=False, upto=upto)

    def _days(self) -> Iterator[tuple[Sequence[Row], float]]:
        """The last days first; each read of a chunk looks at no more than so many rows."""
        date, model = self._table.identity, self._table.model
        fields, within = [date, sort_field(self._column, self._on_file)], self._days_within()
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

    def _read(self, ids: Sequence[Any], first: int) -> list[Keyed]:
        """The rows with these ids; the rank of the first of them is ``first``."""
        fields = stored_fields(self._table, whole=self._whole)
        found = self._ranked_rows(ids, first, fields)
        return [(rank, record_of(self._table, row, whole=self._whole)) for rank, row in found]

    def _ranked_rows(self, ids: Sequence[Any], first: int, fields: Sequence[Any]) -> list[tuple[int, Row]]:
        ranks = {row_id: first + number for number, row_id in enumerate(ids)}
        rows = [row for chunk in rows_by_id(self._reader, self._table, list(ranks), fields) for row in chunk]
        return sorted(((ranks[row[0]], row) for row in rows if row[0] in ranks), key=lambda pair: pair[0])

    def _page(self, rows: list[Keyed], place: int, older: bool, ended: bool) -> PageChunk:
        share = self.share_of(place + 1 if older else place)
        searched = 1.0 if ended else share if older else 1.0 - share
        return PageChunk(tuple(rows), place, None, searched, ended)
