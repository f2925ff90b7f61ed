"""A query's rows for an export: whole, in its order, and so that the bot is never kept waiting."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.errors import DatabaseLocked
from core.storage.location import Location, wal_path
from core.storage.reader import Reader, reading
from core.storage.seeks import last_id
from core.tables.definitions import TABLES, TableQuery, TableRecord
from core.tables.paging.pager import Pager
from core.tables.paging.pages import PageChunk
from core.tasks import Progress

LOCK_TIMEOUT: Final = 5.0
"""Seconds that a read waits for a writer."""

_REST: Final = 0.01
"""Seconds after a read in which nothing of ours is locked, where a reader stops the writer; writing the rows counts."""

_SORTING: Final = 0.3
"""The share of the work that sorting is, where there is any."""

_AT_ONCE: Final = 1_000
"""Rows that are asked for at once, and so at most that are in memory."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records, and how much of the work is done with them, 0 to 1."""

    records: Sequence[TableRecord]
    share: float


class Stirred(DatabaseLocked):
    """A file that nobody was writing, and that was read as one which does not change, is written again."""

    title = "The bot has begun to write"
    what_happened = "The database was at rest when this began, and a program has opened it to write since then."
    what_to_do = "Do it again."


def whole_records(location: Location, query: TableQuery, limit: int | None) -> Generator[Chunk | Progress, None, None]:
    """The records that a query chooses, at most ``limit`` of them; before the first, how far the sorting is.

    Raises:
        Stirred: the file was at rest and no longer is; what came so far may not fit together.
        BotpulseError: the database can't be read, or can't be sorted so.
    """
    wanted, found = sys.maxsize if limit is None else limit, 0
    with reading(location, timeout=LOCK_TIMEOUT) as reader:
        pager = Pager(reader, query, whole=True, upto=_upto(reader, query))
        before = 0.0
        for progress in pager.prepare():
            before = _SORTING
            yield Progress(progress.share * before, progress.words)
        _check_rest(reader)
        for page in _pages(pager, wanted):
            _check_rest(reader)
            found += len(page.rows)
            share = max(page.searched, found / wanted)
            read_at = time.perf_counter()
            yield Chunk([record for _, record in page.rows], before + (1 - before) * share)
            if reader.journal_mode == "rollback":
                time.sleep(max(0.0, read_at + _REST - time.perf_counter()))


def _pages(pager: Pager, wanted: int) -> Iterator[PageChunk]:
    """All pages down the order, some rows at a time: in another order than that of time they come at once."""
    start: int | None = None
    while wanted > 0:
        for page in pager.pages(start, older=True, count=min(_AT_ONCE, wanted)):
            yield page
            wanted -= len(page.rows)
            if page.ended:
                return
            start = page.reached


def _upto(reader: Reader, query: TableQuery) -> int | None:
    """The last row that there is now; days have no numbers, and do not come while one waits."""
    table = TABLES[query.table]
    return last_id(reader, table.model) if table.has_time else None  # type: ignore[arg-type]


def _check_rest(reader: Reader) -> None:
    """A file that is taken for unchanging was so if, after the read, it still has no log."""
    path = reader.location.path
    if reader.immutable and path is not None and wal_path(path).exists():
        raise Stirred(str(reader.location))
