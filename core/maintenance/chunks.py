"""Going through a table by its row ids in short chunks, with a rest after each in which others get the lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Any, Final

from core.maintenance.locking import Hold, retrying, transact
from core.storage.chunked_reads import ChunkSize, IdChunks
from core.storage.seeks import IdSpan
from core.storage.structure import Structure, folded, quoted, structure_of
from core.tasks import Progress, Task
from core.text.formatting import rows_words
from core.text.translation import gettext as _

CHUNK_SECONDS: Final = 0.02
"""How long one chunk should hold its lock."""

AMONG: Final = "rowid >= ? AND rowid <= ?"
"""In a statement about some ids: the parameters are the first and the last of them."""

_SHORTEST_REST: Final = 0.002


@dataclass(frozen=True, slots=True)
class Table:
    """A table as SQLite knows it.

    Attributes:
        schema: the name under which its file is attached: "main".
        name: its own, as it was asked for.
        columns: those that can be written.
        has_id: whether it has row ids, by that name; a small table WITHOUT ROWID is read in one chunk.
        id_column: the column that is the row id; None where the row id has no column of its own.
        structure: all that is known of it.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    has_id: bool
    id_column: str | None
    structure: Structure

    @property
    def source(self) -> str:
        """The table in SQL."""
        return f"{self.schema}.{quoted(self.name)}"

    def listed(self, columns: tuple[str, ...]) -> str:
        """Some of the columns in SQL, and the row id where no column holds it."""
        names = [quoted(name) for name in columns]
        return ", ".join(names if self.id_column or not self.has_id else ["rowid", *names])

    def shared(self, other: Table) -> tuple[str, ...]:
        """The columns that both have and that can be written in both."""
        theirs = frozenset(map(folded, other.columns))
        return tuple(name for name in self.columns if folded(name) in theirs)


def table_of(connection: sqlite3.Connection, schema: str, name: str) -> Table | None:
    """A table, or a view in its place, as it is in a file; None where neither is there."""
    found = structure_of(connection.execute, name, schema)
    if found is None:
        return None
    return Table(schema, name, found.writable, found.row_id == "rowid", found.id_column, found)


def ends(connection: sqlite3.Connection, table: Table) -> IdSpan:
    """All rows of a table, by two seeks. ``IdSpan(0, 0)`` for an empty one, and for one without row ids."""
    if not table.has_id:
        return IdSpan(0, 0)
    first = _scalar(connection, f"SELECT min(rowid) FROM {table.source}")
    last = _scalar(connection, f"SELECT max(rowid) FROM {table.source}")
    return IdSpan(0, 0) if first is None or last is None else IdSpan(first - 1, last)


def in_chunks(
    connection: sqlite3.Connection, table: Table, ids: IdSpan, work: Callable[[IdSpan], int], words: str
) -> Task[int]:
    """Do some work on rows, so many at a time that each chunk takes about :data:`CHUNK_SECONDS`.

    ``work`` returns how many rows it found; the sum is returned. ``words`` says what is being done.
    """
    size = ChunkSize(1_000, 100, 50_000, CHUNK_SECONDS)
    chunks, total = IdChunks(ids, size, work, partial(_numbered, connection, table)), 0
    while (step := (yield from retrying(lambda: next(chunks, None)))) is not None:
        chunk, found = step
        total += found
        yield Progress((chunk.upto - ids.after) / ids.size, f"{words}: {rows_words(total)}")
        sleep(max(_SHORTEST_REST, size.taken))
    return total


def count_rows(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[int]:
    """How many rows there are among some ids, counted in chunks."""
    counting = f"SELECT count(*) FROM {table.source} WHERE {AMONG}"
    return in_chunks(
        connection, table, ids, executing(connection, counting), _("counting {name}").format(name=table.name)
    )


def count_where(connection: sqlite3.Connection, table: Table, condition: str) -> Task[int]:
    """How many rows a condition holds for, counted in chunks."""
    statement = f"SELECT count(*) FROM {table.source} WHERE {condition}"
    if not table.has_id:
        return int((yield from retrying(lambda: connection.execute(statement).fetchall()))[0][0])
    ids = yield from retrying(lambda: ends(connection, table))
    work = executing(connection, f"{statement} AND {AMONG}")
    words = _("counting {name}").format(name=table.name)
    return (yield from in_chunks(connection, table, ids, work, words)) if ids.size > 0 else 0


def alter_rows(
    connection: sqlite3.Connection, table: Table, statement: str, where: str, words: str, longest: float | None
) -> Task[int]:
    """Delete or update the rows for which ``where`` holds, so that the bot never waits long; how many they were.

    A table without row ids is done at once, within ``longest`` seconds. ``words`` says what is being done.

    Raises:
        HoldsUpBot, sqlite3.Error: what was done by then stays done.
    """
    if table.has_id:
        ids = yield from retrying(lambda: ends(connection, table))
        work = executing(connection, f"{statement} WHERE {AMONG} AND {where}")
        return (yield from in_chunks(connection, table, ids, work, words)) if ids.size > 0 else 0
    work_at_once = lambda: connection.execute(f"{statement} WHERE {where}").rowcount  # noqa: E731
    return (yield from transact(connection, work_at_once, Progress(0.5, words), Hold(), longest=longest))


def executing(connection: sqlite3.Connection, statement: str) -> Callable[[IdSpan], int]:
    """Work for :func:`in_chunks`: a statement about rows :data:`AMONG` some ids; the number it gives, or alters."""

    def work(ids: IdSpan) -> int:
        cursor = connection.execute(statement, (ids.first, ids.upto))
        rows = cursor.fetchall()
        return int(rows[0][0]) if rows else cursor.rowcount

    return work


def _numbered(connection: sqlite3.Connection, table: Table, ids: IdSpan, number: int) -> int | None:
    wanted = f"SELECT rowid FROM {table.source} WHERE {AMONG} ORDER BY rowid LIMIT 1 OFFSET ?"
    rows = connection.execute(wanted, (ids.first, ids.upto, number - 1)).fetchall()
    return int(rows[0][0]) if rows else None


def _scalar(connection: sqlite3.Connection, statement: str) -> Any:
    return connection.execute(statement).fetchall()[0][0]
