"""A copy of a database that somebody is writing, made in chunks.

SQLite's own online backup begins anew at every commit of another process: beside 50 rows a second it never ends on a
large file in rollback mode, or holds the file for as long as the whole takes. Rows with ids never change once they are
written, so ranges of ids can be copied one after the other, each in a read of its own, and the copy is what the
database was when it was begun. SQLite's own check of a file is done on a copy, too.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from core.errors import BackupFault, DatabaseCorrupt, NotADatabase
from core.maintenance.chunks import Table, count_rows, ends, executing, in_chunks, quoted, table_of
from core.maintenance.locking import connect, in_thread, looking, retrying
from core.storage.driver_errors import translate
from core.storage.location import sqlite_uri
from core.storage.seeks import IdSpan
from core.tasks import Progress, Task, followed, in_turn
from core.text.formatting import counted

Result = TypeVar("Result")

CACHE_KIB: Final = 64_000
"""For connections that write much."""

_DRAIN_SECONDS: Final = 0.2

_STEPS: Final = 20_000
_STEPS_A_PAGE: Final = 900
"""Of SQLite's virtual machine, roughly: only the progress depends on it."""

_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Holding:
    """The rows of one table in a copy.

    Attributes:
        table: its name.
        rows: how many.
        first: the lowest row id; last: the highest; 0 where there are none.
    """

    table: str
    rows: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Schema:
    """The statements that make a database's tables, and what comes after their rows."""

    tables: tuple[tuple[str, str], ...]
    later: tuple[str, ...]


def copy(source: Path, target: Path) -> Task[tuple[Holding, ...]]:
    """Copy every table of ``source`` into the new file ``target``, and check that no row is missing.

    Whoever calls removes ``target`` where this raises or is closed. Tables of SQLite's extensions are left out.

    Raises:
        sqlite3.Error, BotpulseError: the copy is of no use.
    """
    return looking(source, lambda query: _copy(source, query, target))


def _copy(source: Path, query: str, target: Path) -> Task[tuple[Holding, ...]]:
    os.truncate(target, 0)  # of a try before
    with target.open("ab") as file, closing(connect(target, "mode=rwc")) as connection:
        yield from _prepare(connection, source, query)
        schema = yield from retrying(lambda: _schema(connection))
        yield from retrying(lambda: _make_tables(connection, schema))
        tables = yield from retrying(lambda: _tables(connection, schema))
        bounds = yield from retrying(lambda: [ends(connection, table) for table in tables])
        whole = list(zip(tables, bounds, strict=True))
        yield from _drained(in_turn(lambda each: _copy_table(connection, *each), whole, 0.0, 0.7), file.fileno())
        yield from _complete(connection, schema)
        yield from in_turn(lambda each: _compare(connection, *each), whole, 0.85, 0.95)
        yield from retrying(lambda: connection.execute("DETACH source"))
        held = tuple(holding(connection, table.name) for table in tables)
        os.fsync(file.fileno())  # durable before anything else relies on it
    yield Progress(1.0, "copied")
    return held


def holding(connection: sqlite3.Connection, name: str) -> Holding:
    """What a file that nobody else is using holds of a table; it takes a moment a million rows."""
    table = table_of(connection, "main", name)
    if table is None:
        return Holding(name, 0, 0, 0)
    (rows,) = connection.execute(f"SELECT count(*) FROM {table.source}").fetchone()
    ids = ends(connection, table)
    return Holding(name, rows, ids.after + 1 if rows and table.has_id else 0, ids.upto)


def _prepare(connection: sqlite3.Connection, source: Path, query: str) -> Task[None]:
    """A new file of the same kind: attaching wants the same encoding, and that is settled before the first table."""
    kinds = ("encoding", "page_size", "auto_vacuum", "user_version", "application_id")
    with closing(connect(source, query)) as other:
        values = yield from retrying(lambda: {kind: other.execute(f"PRAGMA {kind}").fetchone()[0] for kind in kinds})
    for kind, value in values.items():
        connection.execute(f"PRAGMA {kind} = '{value}'" if kind == "encoding" else f"PRAGMA {kind} = {int(value)}")
    connection.execute("PRAGMA journal_mode = memory").fetchall()
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA synchronous = off")  # it is brought to the disk as a whole, at the end
    yield from retrying(lambda: connection.execute("ATTACH ? AS source", (sqlite_uri(source, query),)))


def _schema(connection: sqlite3.Connection) -> _Schema:
    rows = connection.execute(
        "SELECT type, name, sql FROM source.sqlite_master WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'"
    ).fetchall()
    tables = tuple((n, s) for kind, n, s in rows if kind == "table" and not s.upper().startswith("CREATE VIRTUAL"))
    later = sorted(
        (row for row in rows if row[0] != "table"), key=lambda row: ("index", "view", "trigger").index(row[0])
    )
    return _Schema(tables, tuple(s for _, _, s in later))


def _make_tables(connection: sqlite3.Connection, schema: _Schema) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")  # of a try that found the source locked
    connection.execute("BEGIN")
    for _, statement in schema.tables:
        connection.execute(statement)
    connection.execute("COMMIT")


def _tables(connection: sqlite3.Connection, schema: _Schema) -> list[Table]:
    found = (table_of(connection, "source", name) for name, _ in schema.tables)
    return [table for table in found if table is not None]


def _copy_table(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[int]:
    """A row that was replaced meanwhile comes again under its new id: then the newer one stays."""
    columns = table.listed(table.columns)
    insert = f"INSERT OR REPLACE INTO main.{quoted(table.name)} ({columns}) SELECT {columns} FROM {table.source}"
    if not table.has_id:
        return (yield from retrying(lambda: connection.execute(insert).rowcount))
    work = executing(connection, f"{insert} WHERE rowid > ? AND rowid <= ?")
    return (yield from in_chunks(connection, table, ids, work, f"copying {table.name}"))


def _complete(connection: sqlite3.Connection, schema: _Schema) -> Task[None]:
    """Indexes, views, triggers, and how far the ids have been handed out."""
    for statement in schema.later:
        run: Callable[[], object] = lambda statement=statement: connection.execute(statement)  # type: ignore[misc] # noqa: E731
        yield from in_thread(connection.interrupt, run, lambda: Progress(0.75, "building the copy's indexes"))
    yield from retrying(lambda: _copy_counters(connection))


def _copy_counters(connection: sqlite3.Connection) -> None:
    named = "SELECT 1 FROM source.sqlite_master WHERE name = 'sqlite_sequence'"
    if connection.execute(named).fetchall():
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute("INSERT INTO main.sqlite_sequence SELECT name, seq FROM source.sqlite_sequence")


def _compare(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[None]:
    """Every row that is there below the highest copied id must have been copied; others may have gone since."""
    if not table.has_id:
        return
    there = yield from count_rows(connection, table, ids)
    counting = f"SELECT count(*) FROM main.{quoted(table.name)}"
    ((copied,),) = yield from retrying(lambda: connection.execute(counting).fetchall())
    if copied < there:
        raise BackupFault(table.name, f"of {counted(there, 'row')} of {table.name} only {copied:,} are in the copy")


def _drained(task: Task[Result], descriptor: int) -> Task[Result]:
    """Bring what is written to the disk now and then: all at once, at the end, would hold up the bot's commits."""
    brought = monotonic()

    def follow(progress: Progress) -> Progress:
        nonlocal brought
        if monotonic() - brought > _DRAIN_SECONDS:
            os.fsync(descriptor)
            brought = monotonic()
        return progress

    return followed(task, follow)


def integrity(path: Path, words: str = "checking the copy") -> Task[tuple[str, ...]]:
    """What SQLite finds wrong with a file; empty where it is sound. The file must be a copy: it is read at length."""
    with closing(connect(path, "mode=ro")) as connection:
        try:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            done = 0

            def count() -> int:
                nonlocal done
                done += _STEPS
                return 0

            def told() -> Progress:
                return Progress(min(0.98, done / max(1, pages * _STEPS_A_PAGE)), words)

            connection.set_progress_handler(count, _STEPS)
            return (yield from in_thread(connection.interrupt, lambda: _check(connection), told))
        except sqlite3.DatabaseError as error:
            fault = translate(error, str(path))
            if isinstance(fault, DatabaseCorrupt | NotADatabase):
                return (str(error),)
            raise


def _check(connection: sqlite3.Connection) -> tuple[str, ...]:
    found = connection.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})").fetchall()
    return tuple(str(text) for (text,) in found if text != "ok")
