"""Going through a table by its row ids in short chunks, with a rest after each in which others get the lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import sleep
from typing import Any, Final

from core.maintenance.locking import retrying
from core.storage.chunked_reads import ChunkSize, IdChunks
from core.storage.seeks import IdSpan
from core.tasks import Progress, Task
from core.text.formatting import counted

CHUNK_SECONDS: Final = 0.02
"""How long one chunk should hold its lock."""

_SHORTEST_REST: Final = 0.002


@dataclass(frozen=True, slots=True)
class Table:
    """A table as SQLite knows it.

    Attributes:
        schema: the name under which its file is attached: "main".
        name: its own.
        columns: those that can be written.
        has_id: whether it has row ids; a small table WITHOUT ROWID is read in one chunk.
        id_column: the column that is the row id; None where the row id has no column of its own.
    """

    schema: str
    name: str
    columns: tuple[str, ...]
    has_id: bool
    id_column: str | None

    @property
    def source(self) -> str:
        """The table in SQL."""
        return f"{self.schema}.{quoted(self.name)}"

    def listed(self, columns: tuple[str, ...]) -> str:
        """Some of the columns in SQL, and the row id where no column holds it."""
        names = [quoted(name) for name in columns]
        return ", ".join(names if self.id_column or not self.has_id else ["rowid", *names])


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def table_of(connection: sqlite3.Connection, schema: str, name: str) -> Table | None:
    """A table as it is in a file; None where it is not there."""
    found = connection.execute(f"PRAGMA {schema}.table_xinfo({quoted(name)})").fetchall()
    columns = tuple(str(row[1]) for row in found if not row[6])
    keys = [row for row in found if row[5]]
    try:
        connection.execute(f"SELECT rowid FROM {schema}.{quoted(name)} LIMIT 0")
    except sqlite3.OperationalError as error:
        if "no such column" not in str(error) and found:
            raise
        return Table(schema, name, columns, False, None) if found else None
    alias = keys[0][1] if len(keys) == 1 and str(keys[0][2]).upper() == "INTEGER" else None
    return Table(schema, name, columns, True, alias)


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
    chunks, total = IdChunks(ids, size, work, partial(_next_id, connection, table)), 0
    while (step := (yield from retrying(lambda: next(chunks, None)))) is not None:
        chunk, found = step
        total += found
        yield Progress((chunk.upto - ids.after) / len(ids), f"{words}: {counted(total, 'row')}")
        sleep(max(_SHORTEST_REST, size.taken))
    return total


def count_rows(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[int]:
    """How many rows there are among some ids, counted in chunks."""
    counting = f"SELECT count(*) FROM {table.source} WHERE rowid > ? AND rowid <= ?"
    return in_chunks(connection, table, ids, executing(connection, counting), f"counting {table.name}")


def executing(connection: sqlite3.Connection, statement: str) -> Callable[[IdSpan], int]:
    """Work for :func:`in_chunks`: a statement about ids above one up to another; the number it gives, or alters."""

    def work(ids: IdSpan) -> int:
        cursor = connection.execute(statement, (ids.after, ids.upto))
        rows = cursor.fetchall()
        return int(rows[0][0]) if rows else cursor.rowcount

    return work


def _next_id(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> int | None:
    lowest = f"SELECT min(rowid) FROM {table.source} WHERE rowid > ? AND rowid <= ?"
    found: int | None = _scalar(connection, lowest, ids.after, ids.upto)
    return found


def _scalar(connection: sqlite3.Connection, statement: str, *values: object) -> Any:
    return connection.execute(statement, values).fetchall()[0][0]
