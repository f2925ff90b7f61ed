"""What a pager gives: chunks of a page, and how much there is; and rows by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import peewee

from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.tables.definitions import TABLES, TableDefinition, TableRecord, record_of, stored_fields

Keyed: TypeAlias = tuple[int, TableRecord]
"""A record with its key. Keys are for a pager of the same query: row ids in the order of time, else ranks."""

MOST_NEW: Final = 1_000
"""So many rows are given of those that came in on top."""


_AT_ONCE: Final = 100
"""Older SQLite knows no more than 999 parameters; and a hundred prompts may be long ones."""


@dataclass(frozen=True, slots=True)
class PageChunk:
    """A chunk of what was asked for; chunks follow one another in the direction of reading.

    Attributes:
        rows: those that match, as they stand in the table (also where it is read upwards); may be empty.
        reached: the key up to which everything was looked at: ``pages(reached, …)`` goes on from there. None where
            there is nothing at all.
        moment: the time that the search has come to, in epoch seconds; None where it is not known.
        searched: how much of the way through the whole table lies behind it, 0 to 1.
        ended: whether there is nothing beyond, in this direction.
    """

    rows: tuple[Keyed, ...]
    reached: int | None
    moment: float | None
    searched: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is.

    Attributes:
        rows: of the span, whatever the filters (an estimate, unless ``exact``).
        exact: whether they were counted.
        newest: the highest id of the whole table; 0 where it is empty.
    """

    rows: int
    exact: bool
    newest: int


@dataclass(frozen=True, slots=True)
class News:
    """What came in since.

    Attributes:
        newest: the highest id of the whole table, now; lower than before where rows are gone.
        found: whether any row that came in is one of the query's.
    """

    newest: int
    found: bool


def rows_by_id(
    reader: Reader, table: TableDefinition, ids: Sequence[Any], fields: Sequence[Any]
) -> Iterator[list[Row]]:
    """The rows with these ids, as far as they are there, in chunks and in no order; ``fields`` begin with the id."""
    for start in range(0, len(ids), _AT_ONCE):
        wanted = [peewee.Value(each, converter=False) for each in _stored(reader, ids[start : start + _AT_ONCE])]
        yield reader.rows(table.model.select(*fields).where(table.identity.in_(wanted)))


def _stored(reader: Reader, ids: Sequence[Any]) -> Iterator[Any]:
    """Ids in the ways in which they may be stored: SQLite takes a text and the same in bytes for two."""
    yield from ids
    if isinstance(reader.database, peewee.SqliteDatabase):
        yield from (each.encode() for each in ids if isinstance(each, str))


def whole_record(reader: Reader, table: str, record_id: int | str) -> TableRecord | None:
    """All of a row, with uncut text; None where it is no longer there."""
    found = TABLES[table]
    (rows,) = rows_by_id(reader, found, [record_id], stored_fields(found, whole=True))
    return record_of(found, rows[0], whole=True) if rows else None


def ids_there(reader: Reader, table: str, ids: Iterable[int | str]) -> frozenset[int | str]:
    """Which of these ids are still in a table."""
    found = TABLES[table]
    return frozenset(row[0] for rows in rows_by_id(reader, found, list(ids), [found.identity]) for row in rows)
