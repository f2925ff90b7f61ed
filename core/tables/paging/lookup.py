"""Rows by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.tables.definitions import TABLES, TableDefinition, TableRecord, record_of, stored_fields

_AT_ONCE: Final = 100
"""Older SQLite knows no more than 999 parameters; and a hundred prompts may be long ones."""


def rows_by_id(
    reader: Reader, table: TableDefinition, ids: Sequence[Any], fields: Sequence[Any]
) -> Iterator[list[Row]]:
    """The rows with these ids, as far as they are there, in chunks and in no order; ``fields`` begin with the id."""
    for start in range(0, len(ids), _AT_ONCE):
        wanted = list(ids[start : start + _AT_ONCE])
        yield reader.rows(table.model.select(*fields).where(table.identity.in_(wanted)))


def whole_record(reader: Reader, table: str, record_id: int | str) -> TableRecord | None:
    """All of a row, with uncut text; None where it is no longer there."""
    found = TABLES[table]
    (rows,) = rows_by_id(reader, found, [record_id], stored_fields(found, whole=True))
    return record_of(found, rows[0], whole=True) if rows else None


def ids_there(reader: Reader, table: str, ids: Iterable[int | str]) -> frozenset[int | str]:
    """Which of these ids are still in a table."""
    found = TABLES[table]
    return frozenset(row[0] for rows in rows_by_id(reader, found, list(ids), [found.identity]) for row in rows)
