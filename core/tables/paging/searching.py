"""The rows that match, read up or down the ids in short chunks: each looks at a bounded number of rows, however
few of them match, and is a transaction of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter, or_
from typing import Any, Final, TypeAlias

import peewee

from core.filters import Field, Filter, Term, clues, condition
from core.models import EventModel, balanced
from core.storage.chunked_reads import ChunkSize, Row
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, check_order, next_id
from core.tables.definitions import TABLES, Column

MOST_LOOKED_AT: Final = 10_000
"""Rows that one read looks at, at most; it is fewer where that would take too long for one chunk."""

_MOST_CLUES: Final = 500
"""Ids that are looked up in an index at a time. Older SQLite knows no more than 999 parameters."""

_DETOUR: Final = 2_000
_MOST_ALTERNATIVES: Final = 8

_BY_INDEX: Final = re.compile(r"USING (COVERING INDEX \S+ \(\w+=\?|INTEGER PRIMARY KEY \(rowid=\?)")

_INDEXABLE: Final = frozenset(
    {Field.COMMAND, Field.USER, Field.GUILD, Field.CHANNEL, Field.RESOLUTION, Field.ACTION, Field.ID}
)

Clue: TypeAlias = tuple[Any, ...]
"""Conditions that are alternatives to each other, each of which an index answers."""


@dataclass(frozen=True, slots=True)
class SearchChunk:
    """What one read found.

    Attributes:
        rows: those that match, in the direction of reading; the first field is the id.
        reached: everything up to this id was looked at, itself included.
        ended: whether there is nothing beyond it.
    """

    rows: list[Row]
    reached: int
    ended: bool


@dataclass(frozen=True, slots=True)
class Search:
    """Rows of one table.

    Attributes:
        where: what must hold of them; None: every row matches.
        clue: see :data:`Clue`; None where no index helps.
    """

    reader: Reader
    model: type[EventModel]
    where: Any
    clue: Clue | None = None

    def run(
        self, fields: Sequence[Any], start: int, ids: IdSpan, *, falling: bool, most: int | None
    ) -> Iterator[SearchChunk]:
        """Read beyond ``start`` to the end of ``ids``, towards lower ids or higher ones, until ``most`` rows match.

        ``fields`` begin with the id.
        """
        size, left, is_sparse = ChunkSize(250, 20, MOST_LOOKED_AT), most, False
        while True:
            wanted = size.rows if left is None else min(size.rows, left)
            looked_at = (
                self._part(start, ids, falling, size.rows) if is_sparse else _next(start, ids, falling, size.rows)
            )
            with size.measured():
                chunk = self._read(fields, start, ids, falling, wanted, looked_at)
            is_sparse = size.is_sparse and self.where is not None and self.clue is None
            left = None if left is None else left - len(chunk.rows)
            yield chunk
            if chunk.ended or left == 0:
                return
            check_order(chunk.reached < start if falling else chunk.reached > start)
            start = chunk.reached

    def count(self, ids: IdSpan) -> int:
        """How many rows with these ids match, in one read."""
        where = ids.within(self.model)
        if self.where is not None:
            where &= self._unplanned(self.where)
        if self.clue is not None:
            where &= balanced(or_, self.clue)
        ((found,),) = self.reader.rows(self.model.select(peewee.fn.COUNT(self.model.id)).where(where))
        return int(found)

    def first_of(self, fields: Sequence[Any], ids: IdSpan, more: Any, order: Sequence[Any], most: int) -> list[Row]:
        """The first rows in some order with these ids that match and of which ``more`` holds, too, in one read."""
        where = ids.within(self.model) & (more if self.where is None else self.where & more)
        return self.reader.rows(self.model.select(*fields).where(where).order_by(*order).limit(most))

    def those_of(self, fields: Sequence[Any], ids: IdSpan, more: Any) -> list[Row]:
        """The rows with these ids that match and of which ``more`` holds, too, the newest first, in one read."""
        where = more if self.where is None else self.where & more
        query = self.model.select(*fields).where(ids.within(self.model) & self._unplanned(where))
        if self.reader.journal_mode == "server":  # which else reads them one by one along their key
            return sorted(self.reader.rows(query), key=itemgetter(0), reverse=True)
        return self.reader.rows(query.order_by(self.model.id.desc()))

    def _part(self, start: int, ids: IdSpan, falling: bool, size: int) -> IdSpan:
        """The ids of the next so many rows, where each has a gap of its own."""
        beyond = _beyond(start, ids, falling)
        edge = next_id(self.reader, self.model, beyond, falling=falling, number=size) if beyond.size > size else None
        if edge is None:
            return beyond
        return IdSpan(edge - 1, beyond.upto) if falling else IdSpan(beyond.after, edge)

    def _read(
        self, fields: Sequence[Any], start: int, ids: IdSpan, falling: bool, most: int, part: IdSpan
    ) -> SearchChunk:
        if self.where is None:
            rows = self._rows(fields, None, _beyond(start, ids, falling), falling, most)
            return _complete(rows, most, ids, falling)
        if self.clue is not None:
            return self._by_clue(fields, start, ids, falling, most, min(part.size, MOST_LOOKED_AT))
        return self._through(fields, part, ids, falling, most)

    def _through(self, fields: Sequence[Any], part: IdSpan, ids: IdSpan, falling: bool, most: int) -> SearchChunk:
        """Some ids are looked at, one by one."""
        rows = self._rows(fields, self._unplanned(self.where), part, falling, most)
        if len(rows) == most:
            return _complete(rows, most, ids, falling)
        return self._past_gap(rows, part.first if falling else part.upto, ids, falling)

    def _unplanned(self, where: Any) -> Any:
        """A condition in a form that lures SQLite to no other index than that of the ids, which bounds the read."""
        on_server = not isinstance(self.reader.database, peewee.SqliteDatabase)
        return where if on_server else peewee.Case(None, [(where, 1)], 0) == 1

    def _rows(self, fields: Sequence[Any], where: Any, ids: IdSpan, falling: bool, most: int) -> list[Row]:
        row_id, inside = self.model.id, ids.within(self.model)
        query = self.model.select(*fields).where(inside if where is None else inside & where)
        return self.reader.rows(query.order_by(row_id.desc() if falling else row_id).limit(most))

    def _past_gap(self, rows: list[Row], edge: int, ids: IdSpan, falling: bool) -> SearchChunk:
        """A read that found nothing may be in a gap of millions of ids: one seek steps over it."""
        beyond = _beyond(edge, ids, falling)
        if rows or not beyond:
            return SearchChunk(rows, edge, not beyond)
        following = next_id(self.reader, self.model, beyond, falling=falling)
        if following is None:
            return SearchChunk([], ids.first if falling else ids.upto, True)
        return SearchChunk([], following + (1 if falling else -1), False)

    def _by_clue(
        self, fields: Sequence[Any], start: int, ids: IdSpan, falling: bool, most: int, size: int
    ) -> SearchChunk:
        """An index gives the next few ids that may match; the rest is looked up by those ids."""
        beyond = _beyond(start, ids, falling)
        known, edge = self._clues_in(beyond, falling, min(size, _MOST_CLUES))
        if abs(edge - start) <= min(size, _DETOUR):
            # They are so many that the index is a detour.
            return self._through(fields, _next(start, ids, falling, min(size, _DETOUR)), ids, falling, most)
        where = self._unplanned(self.where) & self.model.id.in_(known)
        rows = self._rows(fields, where, beyond, falling, most) if known else []
        if len(rows) == most:
            return _complete(rows, most, ids, falling)
        return SearchChunk(rows, edge, not _beyond(edge, ids, falling))

    def _clues_in(self, beyond: IdSpan, falling: bool, size: int) -> tuple[list[int], int]:
        """The next ids of which the clue holds, some ``size`` of them, and up to which id they are complete."""
        assert self.clue is not None
        each_size = max(1, size // len(self.clue))
        found = [
            [row[0] for row in self._rows([self.model.id], each, beyond, falling, each_size)] for each in self.clue
        ]
        edges = [some[-1] for some in found if len(some) == each_size]
        edge = (max(edges) if falling else min(edges)) if edges else (beyond.first if falling else beyond.upto)
        return [each for each in sorted({*chain(*found)}) if (each >= edge if falling else each <= edge)], edge


def search(reader: Reader, model: type[EventModel], where: Any, filters: Sequence[Filter]) -> Search:
    """A search for the rows of which ``where`` holds (the filters and whatever else)."""
    return Search(reader, model, where, next(_clues(reader, model, filters), None))


def _clues(reader: Reader, model: type[EventModel], filters: Sequence[Filter]) -> Iterator[Clue]:
    for chosen in filters:
        alternatives: dict[Field, list[Term]] = {}
        for term in chosen.terms:
            if not term.excluded and term.field in _INDEXABLE:
                alternatives.setdefault(term.field, []).append(term)
        for field, terms in alternatives.items():
            clue = tuple(each for term in terms for each in clues(model, term) or (condition(model, Filter((term,))),))
            if len(terms) <= _MOST_ALTERNATIVES and all(_is_indexed(reader, model, field, each) for each in clue):
                yield clue


def _is_indexed(reader: Reader, model: type[EventModel], field: Field, clue: Any) -> bool:
    """Whether the next ids of which it holds come from an index, in their order: SQLite is asked for its plan."""
    if field is Field.ID:
        return True
    if not isinstance(reader.database, peewee.SqliteDatabase):
        name = next((each.field.column_name for each in _columns(model) if each.filter_by is field), None)
        return any(index.columns[:1] == [name] for index in reader.database.get_indexes(model._meta.table_name))
    inside = (model.id >= 1) & (model.id <= 2)
    query = model.select(model.id).where(inside & clue).order_by(model.id.desc()).limit(1)
    sql, parameters = query.bind(reader.database).sql()
    plan = reader.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
    return len(plan) == 1 and _BY_INDEX.search(plan[0][-1]) is not None


def _columns(model: type[EventModel]) -> Iterator[Column]:
    return (column for table in TABLES.values() if table.model is model for column in table.columns)


def _beyond(start: int, ids: IdSpan, falling: bool) -> IdSpan:
    return IdSpan(ids.after, min(ids.upto, start - 1)) if falling else IdSpan(max(ids.after, start), ids.upto)


def _next(start: int, ids: IdSpan, falling: bool, size: int) -> IdSpan:
    beyond = _beyond(start, ids, falling)
    if falling:
        return IdSpan(max(beyond.after, beyond.upto - size), beyond.upto)
    return IdSpan(beyond.after, min(beyond.upto, beyond.after + size))


def _complete(rows: list[Row], most: int, ids: IdSpan, falling: bool) -> SearchChunk:
    """What a read found that nothing but the number of rows has limited."""
    end = ids.first if falling else ids.upto
    reached = rows[-1][0] if len(rows) == most else end
    return SearchChunk(rows, reached, len(rows) < most or reached == end)
