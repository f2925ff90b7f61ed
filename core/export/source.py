"""A query's rows for an export: whole, in its order, and so that the bot is never kept waiting."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.errors import DatabaseLocked
from core.storage.chunked_reads import Row
from core.storage.location import Location, wal_path
from core.storage.reader import Reader, reading
from core.storage.seeks import last_id
from core.tables.definitions import TABLES, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import Progress
from core.text.translation import gettext as _

LOCK_TIMEOUT: Final = 5.0
"""Seconds that a read waits for a writer."""

_REST: Final = 0.01
"""Seconds after a read in which nothing of ours is locked, where a reader stops the writer; writing the rows counts."""

_SORTING: Final = 0.3
"""The share of the work that sorting is, where there is any."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows as they are stored, and how much of the work is done with them, 0 to 1."""

    rows: Sequence[Row]
    share: float


class Stirred(DatabaseLocked):
    """A file that nobody was writing, and that was read as one which does not change, is written again."""

    title = _("The bot has begun to write")
    what_happened = _("The database was at rest when this began, and a program has opened it to write since then.")
    what_to_do = _("Do it again.")


def whole_rows(
    location: Location, query: TableQuery, fields: Sequence[Any], limit: int | None
) -> Generator[Chunk | Progress, None, None]:
    """Fields, the identity first, of the rows that a query chooses, at most ``limit`` of them.

    Before the first it is told how far the sorting is.
    In rollback mode, where a reader stops a writer's commit, nothing is locked for :data:`_REST` seconds after a read.

    Raises:
        Stirred: the file was at rest and no longer is; what came so far may not fit together.
        BotpulseError: the database can't be read.
    """
    if limit == 0:
        return
    with reading(location, timeout=LOCK_TIMEOUT) as reader:
        pager = Pager(reader, query, whole=True, upto=_upto(reader, query))
        before, found = 0.0, 0
        for progress in pager.prepare():
            before = _SORTING
            yield Progress(progress.share * before, progress.words)
        _check_rest(reader)
        for rows, share in pager.stored(fields, limit):
            _check_rest(reader)
            read_at = time.perf_counter()
            found += len(rows)
            done = max(share, found / limit) if limit else share
            yield Chunk(rows, before + (1 - before) * done)
            if reader.journal_mode == "rollback":
                time.sleep(max(0.0, read_at + _REST - time.perf_counter()))


def _upto(reader: Reader, query: TableQuery) -> int | None:
    """The last row that there is now; days have no numbers, and do not come while one waits."""
    table = TABLES[query.table]
    return last_id(reader, table.model) if table.has_time else None  # type: ignore[arg-type]


def _check_rest(reader: Reader) -> None:
    """A file that is taken for unchanging was so if, after the read, it still has no log."""
    path = reader.location.path
    if reader.immutable and path is not None and wal_path(path).exists():
        raise Stirred(str(reader.location))
