"""Rows in the order of time: ids are handed out in it, so a page is a range of ids, and its key a row's id."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property, reduce
from operator import and_
from typing import Any, Final

from core.filters import Field, condition
from core.models import DISCORD_EPOCH, END_OF_TIME
from core.storage.chunked_reads import LOOK_BACK, Row
from core.storage.reader import Reader
from core.storage.seeks import BELOW_ALL, IdSpan, all_ids, id_after, is_indexed, last_id, moment_around
from core.storage.values import moment_or_none
from core.tables.definitions import TABLES, Column, TableQuery, record_of, stored_fields
from core.tables.paging.leaders import leading
from core.tables.paging.matches import MOST_COUNTED, MatchCount
from core.tables.paging.pages import MOST_NEW, Extent, Keyed, News, PageChunk
from core.tables.paging.searching import Search, SearchChunk, search
from core.tables.paging.seeking import Landscape, ids_of_span, rows_by_index, survey
from core.tables.paging.sorting import RankedIds
from core.tasks import Task
from core.time_ranges import TimeRange

_FEW: Final = 4_000
"""Ids. So many rows of a time range are counted rather than estimated."""

_GROWN: Final = 1.05
"""A table that has grown by more is surveyed again."""

_INDEX_SECONDS: Final = 0.04
"""Seconds in which some half a million rows of a range are looked up: a page has to be there in 100 ms."""

_NEARBY: Final = 200


class ByTime:
    """One query's rows, by id. See :class:`core.tables.paging.Pager` for what its methods mean."""

    def __init__(self, reader: Reader, query: TableQuery, *, whole: bool, upto: int | None) -> None:
        self._reader, self._query, self._whole = reader, query, whole
        self._table = TABLES[query.table]
        self._model: Any = self._table.model
        self._descending = query.order.descending
        self._upto = upto
        self._span = _narrowed(query)
        self._surveyed: tuple[IdSpan, Landscape] | None = None
        self._counted: tuple[int, int] | None = None
        """How many rows the span had, and the table's last id then."""

    def prepare(self) -> Task[None]:
        """There is nothing to prepare."""
        yield from ()

    def reach(self, start: int | None, *, older: bool, count: int) -> Task[None]:
        """Every row has its place."""
        yield from ()

    def extent(self) -> Extent:
        """Rows of the span, counted or estimated."""
        landscape, ids = self._landscape(), self._ids()
        rows, exact, upto = landscape.total, landscape.exact, self._surveyed[0].upto if self._surveyed else ids.upto
        if self._counted is not None:
            (rows, upto), exact = self._counted, True
        since = max(0, ids.upto - upto)
        return Extent(round(rows) + since, exact and not since, last_id(self._reader, self._model))

    def pages(self, start: int | None, *, older: bool, count: int) -> Iterator[PageChunk]:
        """Chunks of matching rows beyond an id."""
        falling, ids = self._descending == older, self._ids()
        if not ids:
            yield PageChunk((), start, None, 1.0, True)
            return
        begin = (ids.upto + 1 if falling else ids.after) if start is None else start
        fields = stored_fields(self._table, whole=self._whole)
        for chunk in self._search.run(fields, begin, ids, falling=falling, most=count):
            yield self._page(chunk, older)

    def newer_than(self, key: int, most: int = MOST_NEW) -> tuple[Keyed, ...]:
        """The newest rows above an id."""
        ids = self._ids()
        ids = IdSpan(max(ids.after, key), ids.upto)
        found: list[Row] = []
        if ids:
            fields = stored_fields(self._table, whole=self._whole)
            for chunk in self._search.run(fields, ids.upto + 1, ids, falling=True, most=most):
                found += chunk.rows
        return self._keyed(found, in_order=self._descending)

    def news(self, row_id: int) -> News:
        """One row is enough; those that come in meanwhile are found the next time at the latest."""
        newest = last_id(self._reader, self._model)
        return News(newest, newest > row_id and bool(self.newer_than(row_id, 1)))

    def key_at(self, share: float) -> int:
        """Beside the id of the row at this share."""
        landscape = self._landscape()
        rank = min(max(share, 0.0), 1.0) * landscape.total
        if self._descending:
            return landscape.id_of(landscape.total - 1 - rank, up=True) + 1
        return landscape.id_of(rank) - 1

    def key_at_time(self, moment: float) -> int:
        """Beside the first row at a moment, as it is read downwards."""
        high = id_after(self._reader, self._model, moment, self._ids())
        row_id, stored = self._model.id, self._model.timestamp
        nearby = self._model.select(row_id, stored).where(IdSpan(high - _NEARBY - 1, high).within(self._model))
        rows = [(each, moment_or_none(when)) for each, when in self._reader.rows(nearby.order_by(row_id))]
        if self._descending:
            earlier = [each for each, when in rows if when is not None and when <= moment]
            return earlier[-1] + 1 if earlier else high - _NEARBY
        later = [each for each, when in rows if when is not None and when >= moment]
        return later[0] - 1 if later else high

    def share_of(self, key: int) -> float:
        """By how many rows come before it."""
        landscape = self._landscape()
        if not landscape.total:
            return 0.0
        before = landscape.total - landscape.rows_below(key + 1) if self._descending else landscape.rows_below(key)
        return before / landscape.total

    def moment_at(self, share: float) -> float | None:
        """By the rows around it."""
        return moment_around(self._reader, self._model, self.key_at(share))

    def matches(self) -> MatchCount | None:
        """A count of the rows that match; None where there are too many to count for nothing but a number."""
        if not any(self._query.filters) and self.extent().rows > MOST_COUNTED:
            return None
        return MatchCount(self._search, self._ids())

    def raw(self, fields: Sequence[Any]) -> Iterator[tuple[list[Row], float]]:
        """All matching rows, the newest first, with the share that has been looked at; ``fields`` begin with the id."""
        ids = self._ids()
        if ids:
            for chunk in self._search.run(fields, ids.upto + 1, ids, falling=True, most=None):
                yield chunk.rows, (ids.upto + 1 - chunk.reached) / ids.size

    def stored(self, fields: Sequence[Any], most: int | None) -> Iterator[tuple[list[Row], float]]:
        """Fields of rows as they are stored, down the order, at most so many, with the share that was looked at."""
        ids, falling = self._ids(), self._descending
        if ids:
            begin = ids.upto + 1 if falling else ids.after
            for chunk in self._search.run(fields, begin, ids, falling=falling, most=most):
                looked_at = ids.upto + 1 - chunk.reached if falling else chunk.reached - ids.after
                yield chunk.rows, min(1.0, looked_at / ids.size)

    def leading(self, column: Column, *, descending: bool, most: int) -> Task[RankedIds]:
        """The first rows in the order of a column's values (:func:`core.tables.paging.leaders.leading`)."""
        return leading(self._search, self._ids(), column, descending=descending, most=most)

    @property
    def has_clue(self) -> bool:
        """Whether an index gives the matching rows."""
        return self._search.clue is not None

    @cached_property
    def _search(self) -> Search:
        parts = [self._in_span, condition(self._model, *self._query.filters)]
        known = [part for part in parts if part is not None]
        return search(self._reader, self._model, reduce(and_, known) if known else None, self._query.filters)

    @property
    def _in_span(self) -> Any:
        span = self._query.span
        if span is None:
            return None
        low, high = max(span.start, DISCORD_EPOCH), min(span.end, END_OF_TIME)
        return (self._model.timestamp >= low) & (self._model.timestamp < high)

    @cached_property
    def _bounds(self) -> tuple[int, int | None]:
        """Where rows of the span may be: after an id, up to one, if not to the end of the table."""
        whole = all_ids(self._reader, self._model)
        if self._span is None:
            return BELOW_ALL, None
        ids = ids_of_span(self._reader, self._model, self._span, whole, LOOK_BACK)
        known = self._by_index(self._span)
        if known is not None:
            late, rows = known
            self._counted = rows, whole.upto
            if late:
                ids = IdSpan(min(ids.after, late.after), max(ids.upto, late.upto))
        return (ids.after if ids.after > whole.after else BELOW_ALL), (ids.upto if ids.upto < whole.upto else None)

    def _by_index(self, span: TimeRange) -> tuple[IdSpan, int] | None:
        """An export must leave nothing out, however long that takes; a table must be there at once."""
        if not is_indexed(self._reader, self._model):
            return None
        return rows_by_index(self._reader, self._model, span, math.inf if self._whole else _INDEX_SECONDS)

    def _ids(self) -> IdSpan:
        """The ids that are looked at: of the rows that are there now."""
        whole, (after, upto) = all_ids(self._reader, self._model), self._bounds
        upper = [each for each in (whole.upto, upto, self._upto) if each is not None]
        return IdSpan(max(whole.after, after), min(upper))

    def _landscape(self) -> Landscape:
        ids = self._ids()
        if self._surveyed is not None:
            before, landscape = self._surveyed
            if before.after == ids.after and before.upto <= ids.upto and ids.size <= _GROWN * before.size:
                return landscape
        landscape = self._survey(ids)
        self._surveyed = ids, landscape
        return landscape

    def _survey(self, ids: IdSpan) -> Landscape:
        if self._span is not None and ids.size > _FEW:
            return survey(self._reader, self._model, ids_of_span(self._reader, self._model, self._span, ids, 0.0))
        return survey(self._reader, self._model, ids, self._in_span)

    def _page(self, chunk: SearchChunk, older: bool) -> PageChunk:
        rows = self._keyed(chunk.rows, in_order=older)
        share = self.share_of(chunk.reached)
        searched = 1.0 if chunk.ended else share if older else 1.0 - share
        moment = rows[-1 if older else 0][1].values[0] if rows else None
        if moment is None:
            moment = moment_around(self._reader, self._model, chunk.reached)
        return PageChunk(rows, chunk.reached, moment, searched, chunk.ended)

    def _keyed(self, rows: Sequence[Row], *, in_order: bool) -> tuple[Keyed, ...]:
        keyed = [(row[0], record_of(self._table, row, whole=self._whole)) for row in rows]
        return tuple(keyed if in_order else reversed(keyed))


def _narrowed(query: TableQuery) -> TimeRange | None:
    """The span, within the limits that filters set to the time."""
    terms = [term for chosen in query.filters for term in chosen.terms if not term.excluded]
    starts = [float(term.value) for term in terms if term.field is Field.AFTER]
    ends = [float(term.value) for term in terms if term.field is Field.BEFORE]
    if query.span is not None:
        starts, ends = [*starts, query.span.start], [*ends, query.span.end]
    if not starts and not ends:
        return None
    return TimeRange(max(starts, default=DISCORD_EPOCH), min(ends, default=END_OF_TIME))
