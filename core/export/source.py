"""A query's rows for an export: whole, in its order, and so that the bot is never kept waiting."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import DatabaseLocked
from core.location import Location, wal_path
from core.paging import Page, Pager, whole_record
from core.reading import Reader, reading
from core.tables import Record, TableQuery
from core.tasks import Progress

PATIENCE: Final = 5.0
"""Seconds that a read waits for a writer."""

_REST: Final = 0.005
"""Seconds between two reads in which nothing of ours is locked, beside the time that writing the rows takes."""

_CUT: Final = 500
"""Characters from which on a text of a page may have been cut."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows (their values in the table's order), and how much of the table has been looked through, 0 to 1."""

    rows: Sequence[tuple[Any, ...]]
    share: float


class Stirred(DatabaseLocked):
    """A file that nobody was writing, and was read as one that does not change, is written again."""

    title = "The bot began to write"
    what_happened = "The database was at rest when the export began, and somebody has opened it to write since then."
    what_to_do = "Export again."


def whole_rows(location: Location, query: TableQuery, limit: int | None) -> Generator[Piece | Progress, None, None]:
    """The rows that a query chooses, at most ``limit`` of them; before the first how far the sorting is.

    Raises:
        Stirred: the file was at rest and is no longer; what came so far may be wrong.
        BotpulseError: the database can't be read, or can't be sorted so.
    """
    with reading(location, timeout=PATIENCE) as reader:
        pager = Pager(reader, query)
        yield from pager.prepare()
        extent = pager.extent()
        wanted = sys.maxsize if limit is None else limit
        for page in pager.pages(None, older=True, count=wanted):
            rows = _whole(reader, query.table, page.records)
            _check_rest(reader)
            yield Piece(rows, _share(page, extent, query))
            time.sleep(_REST)


def _check_rest(reader: Reader) -> None:
    path = reader.location.path
    if reader.immutable and path is not None and wal_path(path).exists():
        raise Stirred(str(reader.location))


def _whole(reader: Reader, table: str, records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """Records' values with uncut texts: only those that may have been cut are read again."""
    return [
        (whole_record(reader, table, record.id) or record).values if _may_be_cut(record) else record.values
        for record in records
    ]


def _may_be_cut(record: Record) -> bool:
    return any(isinstance(value, str) and len(value) >= _CUT for value in record.values)


def _share(page: Page, extent: Any, query: TableQuery) -> float:
    span = max(extent.last - extent.first, 1)
    return min(max((extent.last - page.reached) / span, 0.0), 1.0)
