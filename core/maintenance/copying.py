"""A copy of a database that somebody is writing, made in chunks.

SQLite's own online backup begins anew at every commit of another process: beside 50 rows a second it never ends on a
large file in rollback mode, or holds the file for as long as the whole takes. Rows with ids never change once they are
written, so ranges of ids can be copied one after the other, each in a read of its own, and the copy is what the
database was when it was begun. SQLite's own check of a file is done on a copy, too.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, TypeVar

from core.errors import DatabaseCorrupt, NotADatabase
from core.maintenance.chunks import AMONG, Table, count_rows, ends, executing, in_chunks, table_of
from core.maintenance.faults import BackupFault
from core.maintenance.locking import connect, in_thread, looking, retrying
from core.maintenance.strangers import Entry, entries, is_ignorance, make, unknown_tables
from core.storage.driver_errors import translate
from core.storage.location import sqlite_uri
from core.storage.seeks import IdSpan
from core.storage.structure import quoted
from core.tasks import Progress, Task, followed, in_turn
from core.text.formatting import rows_words
from core.text.translation import gettext as _

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
class Copied:
    """What is in a copy.

    Attributes:
        holdings: every table's rows.
        left_out: the names of tables, indexes, views and triggers that only another program can make.
    """

    holdings: tuple[Holding, ...]
    left_out: tuple[str, ...]


def copy(source: Path, target: Path) -> Task[Copied]:
    """Copy every table of ``source`` into the new file ``target``, and check that no row is missing.

    Whoever calls removes ``target`` where this raises or is closed. Tables of SQLite's extensions are left out, and
    what only another program can make.

    Raises:
        sqlite3.Error, BotpulseError: the copy is of no use.
    """
    return looking(source, lambda query: _copy(source, query, target))


def _copy(source: Path, query: str, target: Path) -> Task[Copied]:
    os.truncate(target, 0)  # of a try before
    with target.open("ab") as file, closing(connect(target, "mode=rwc", source)) as connection:
        yield from _prepare(connection, source, query)
        schema = yield from retrying(lambda: entries(connection, "source"))
        left = yield from retrying(lambda: _make_tables(connection, schema))
        tables = yield from retrying(lambda: _tables(connection, schema, left))
        bounds = yield from retrying(lambda: [ends(connection, table) for table in tables])
        whole = list(zip(tables, bounds, strict=True))
        yield from _drained(in_turn(lambda each: _copy_table(connection, *each), whole, 0.0, 0.7), file.fileno())
        left += yield from _complete(connection, schema, left)
        yield from in_turn(lambda each: _compare(connection, *each), whole, 0.85, 0.95)
        yield from retrying(lambda: connection.execute("DETACH source"))
        held = tuple(holding(connection, table.name) for table in tables)
        os.fsync(file.fileno())  # durable before anything else relies on it
    yield Progress(1.0, "copied")
    return Copied(held, tuple(each.name for each in left))


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
    connection.execute("PRAGMA ignore_check_constraints = on")  # the rows are there, whatever they were checked for
    connection.execute("PRAGMA synchronous = off")  # it is brought to the disk as a whole, at the end
    yield from retrying(lambda: connection.execute("ATTACH ? AS source", (sqlite_uri(source, query),)))


def _make_tables(connection: sqlite3.Connection, schema: Sequence[Entry]) -> tuple[Entry, ...]:
    if connection.in_transaction:
        connection.execute("ROLLBACK")  # of a try that found the source locked
    connection.execute("BEGIN")
    left = make(connection, [each for each in schema if each.kind == "table"])
    connection.execute("COMMIT")
    return left


def _tables(connection: sqlite3.Connection, schema: Sequence[Entry], left: Sequence[Entry]) -> list[Table]:
    made = (each for each in schema if each.kind == "table" and each not in left)
    found = (table_of(connection, "source", each.name) for each in made)
    return [table for table in found if table is not None]


def _copy_table(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[int]:
    """A row that was replaced meanwhile comes again under its new id: then the newer one stays."""
    columns = table.listed(table.columns)
    insert = f"INSERT OR REPLACE INTO main.{quoted(table.name)} ({columns}) SELECT {columns} FROM {table.source}"
    if not table.has_id:
        return (yield from retrying(lambda: connection.execute(insert).rowcount))
    work = executing(connection, f"{insert} WHERE {AMONG}")
    return (yield from in_chunks(connection, table, ids, work, _("copying {name}").format(name=table.name)))


def _complete(
    connection: sqlite3.Connection, schema: Sequence[Entry], left: Sequence[Entry]
) -> Task[tuple[Entry, ...]]:
    """Indexes, views, triggers, and how far the ids have been handed out; what can't be made is returned."""
    gone = {each.name for each in left}
    lost = [each for each in schema if each.kind != "table" and each.table in gone]
    for entry in (each for each in schema if each.kind != "table" and each.table not in gone):
        run: Callable[[], tuple[Entry, ...]] = lambda entry=entry: make(connection, [entry])  # type: ignore[misc] # noqa: E731
        told = Progress(0.75, _("building the copy's indexes"))
        lost += yield from in_thread(connection.interrupt, run, lambda told=told: told)  # type: ignore[misc]
    yield from retrying(lambda: _copy_counters(connection))
    return tuple(lost)


def _copy_counters(connection: sqlite3.Connection) -> None:
    named = "SELECT 1 FROM {}.sqlite_master WHERE name = 'sqlite_sequence'"
    if all(connection.execute(named.format(schema)).fetchall() for schema in ("source", "main")):
        connection.execute("DELETE FROM main.sqlite_sequence")
        connection.execute(
            "INSERT INTO main.sqlite_sequence SELECT name, seq FROM source.sqlite_sequence"
            " WHERE name IN (SELECT name FROM main.sqlite_master)"
        )


def _compare(connection: sqlite3.Connection, table: Table, ids: IdSpan) -> Task[None]:
    """Every row that is there below the highest copied id must have been copied; others may have gone since."""
    if not table.has_id:
        return
    there = yield from count_rows(connection, table, ids)
    counting = f"SELECT count(*) FROM main.{quoted(table.name)}"
    ((copied,),) = yield from retrying(lambda: connection.execute(counting).fetchall())
    if copied < there:
        raise BackupFault(
            table.name,
            f"of {rows_words(there)} of {table.name} only {copied:,} are in the copy",
        )


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


@dataclass(frozen=True, slots=True)
class Integrity:
    """What SQLite finds wrong with a file, and the names of the tables that only another program can look at."""

    problems: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def integrity(path: Path, words: str = _("checking the copy")) -> Task[Integrity]:
    """SQLite's own check. The file must be a copy: it is read at length."""
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

            connection.execute("PRAGMA ignore_check_constraints = on")  # a row that breaks a rule is no damage
            connection.set_progress_handler(count, _STEPS)
            return (yield from in_thread(connection.interrupt, lambda: _check(connection), told))
        except sqlite3.DatabaseError as error:
            fault = translate(error, str(path))
            if isinstance(fault, DatabaseCorrupt | NotADatabase):
                return Integrity((str(error),))
            raise


def _check(connection: sqlite3.Connection) -> Integrity:
    """The file as a whole; where a table of it needs another program, each table by itself."""
    try:
        return Integrity(_problems(connection, str(_MOST_PROBLEMS)), unknown_tables(connection))
    except sqlite3.OperationalError as error:
        if not is_ignorance(error):
            raise
    problems: list[str] = []
    left: list[str] = []
    for entry in (each for each in entries(connection) if each.kind == "table"):
        try:
            problems += _problems(connection, quoted(entry.name)) if not entry.is_virtual else ()
        except sqlite3.OperationalError as error:
            if not is_ignorance(error):
                raise
            left.append(entry.name)
    return Integrity(tuple(problems), (*left, *unknown_tables(connection)))


def _problems(connection: sqlite3.Connection, what: str) -> tuple[str, ...]:
    found = connection.execute(f"PRAGMA integrity_check({what})").fetchall()
    return tuple(str(text) for (text,) in found if text != "ok")
