"""A database opened to look: every variant that is out there reads like the current schema.

Where a table is not as the models have it, a temporary view of the connection's own stands in for it, on a server a
query (:mod:`core.storage.stand_ins`): nothing is written, no right but to read is needed, and the same models work.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import peewee

from core.errors import ForeignDatabase, NewerSchema, NoAccess, NotADatabase, StandbyConflict
from core.models import METRIC_PREFIX, TOLD_BY, all_models, table_name
from core.storage import postgres
from core.storage.database import connect_for_reading, faults, is_newer, open_for_writing
from core.storage.driver_errors import driver_error, translate
from core.storage.location import Location, locate
from core.storage.own_tables import is_own
from core.storage.rights import may_read
from core.storage.stand_ins import stand_in
from core.storage.structure import as_number, folded, indexed_by, names, quoted, structure_of

_OUR_PREFIXES: Final = ("botpulse_", METRIC_PREFIX)
_MOST_NAMED: Final = 8

_MOST_CONFLICTS: Final = 2
"""How often rows are read again at once where a standby ended the query."""

_TIME: Final = "timestamp"


@dataclass(frozen=True, slots=True)
class Reader:
    """An open connection that cannot write. It belongs to the thread that opened it.

    Attributes:
        database: runs the models' queries.
        location: what was opened.
        immutable: the file rests in WAL mode without a writer; open it again once a log appears.
        journal_mode: "WAL", "rollback" or "server".
        tables: the names of our tables that the database really has.
        added_columns: (table, column) pairs that a view supplies, because the database lacks them.
        indexed: the names of tables with an index that begins with ``timestamp``.
    """

    database: peewee.Database
    location: Location
    immutable: bool
    journal_mode: str
    tables: frozenset[str]
    added_columns: frozenset[tuple[str, str]]
    indexed: frozenset[str]

    def close(self) -> None:
        """Close the connection. It may be called twice."""
        self.database.close()

    def rows(self, query: peewee.Query) -> list[tuple[Any, ...]]:
        """All rows as the file holds them. They are fetched at once: an open cursor would hold the lock.

        Text that is not UTF-8 comes with replacement characters: one such row must not hide all others.
        """
        for _ in range(_MOST_CONFLICTS):
            try:
                return list(self.database.execute(query).fetchall())
            except (sqlite3.OperationalError, peewee.OperationalError) as error:
                if not self._can_be_read_again(error):
                    raise
        return list(self.database.execute(query).fetchall())

    def _can_be_read_again(self, error: Exception) -> bool:
        """A standby that put its own work first has done it; text that is not UTF-8 is read more forgivingly."""
        if isinstance(self.database, postgres.ServerDatabase):
            passes = postgres.fault_kind(driver_error(error)) is StandbyConflict
            if passes and not self.database.lives():  # it may end the session along with the query
                self.database.close()
                self.database.connect()
            return passes
        if hasattr(driver_error(error), "sqlite_errorcode"):
            return False
        self.database.connection().text_factory = _forgiving
        return True


def open_for_reading(address: str | Path | Location, *, timeout: float = 0.0, own: bool = False) -> Reader:
    """Open a database to look at it, in the calling thread. The file, and the folder around it, stay as they are.

    Args:
        address: a path or a ``postgresql://`` URL.
        timeout: seconds to wait for a lock at each statement.
        own: this very process also writes the file. It is then opened as any reader would, and may as yet hold the
            tables of another program alone.

    Raises:
        BotpulseError: missing, no access, not a database, corrupt, locked, newer schema, unfinished write.
    """
    location = locate(address)
    if location.path is not None:
        _check_file(location.path)
    database, immutable = connect_for_reading(location, timeout=timeout, own=own)
    try:
        with faults(location):
            return _examine(database, location, immutable, own=own)
    except BaseException:
        database.close()
        raise


@contextmanager
def reading(address: str | Path | Location, *, timeout: float = 5.0, own: bool = False) -> Iterator[Reader]:
    """A reader for the length of a ``with`` block; the arguments are those of :func:`open_for_reading`."""
    reader = open_for_reading(address, timeout=timeout, own=own)
    try:
        with faults(reader.location):
            yield reader
    finally:
        reader.close()


@contextmanager
def bots_own(location: Location) -> Iterator[Reader]:
    """A reader of the bot's own database, which is made where the bot has not written to it yet.

    Raises:
        BotpulseError: it can't be read.
    """
    if location.path is not None and not location.path.exists():
        open_for_writing(location).close()
    with reading(location, own=True) as reader:  # without a worker process this is the bot's own
        yield reader


def _check_file(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise translate(error, str(path)) from error
    if not stat.S_ISREG(mode):
        raise NotADatabase(str(path), "it is a folder" if stat.S_ISDIR(mode) else "it is not a file")
    if not may_read(path):
        raise NoAccess(str(path), os.strerror(errno.EACCES))


def _examine(database: peewee.Database, location: Location, immutable: bool, *, own: bool) -> Reader:
    on_server = not isinstance(database, peewee.SqliteDatabase)
    there = (
        {*database.get_tables(), *(view.name for view in database.get_views())}
        if on_server
        else names(database.execute_sql)
    )
    if not own:
        refuse_foreign(location, there)
    if is_newer(database):
        raise NewerSchema(str(location))
    ours = frozenset(table_name(model) for model in all_models() if is_own(database, model))
    tables = ours & (frozenset(there) if on_server else frozenset(map(folded, there)))
    added = frozenset((table_name(model), column) for model in all_models() for column in stand_in(database, model))
    indexed = frozenset(table for table in tables if _is_indexed(database, table))
    return Reader(database, location, immutable, journal_mode(database, immutable), tables, added, indexed)


def _is_indexed(database: peewee.Database, table: str) -> bool:
    """Whether an index begins with the timestamp, and serves for what is read of it."""
    if not isinstance(database, peewee.SqliteDatabase):
        return any(index.columns[:1] == [_TIME] for index in database.get_indexes(table))
    found = structure_of(database.execute_sql, table)
    return as_number(found, _TIME) == quoted(_TIME) and indexed_by(database.execute_sql, table, _TIME)


def refuse_foreign(location: Location, present: Collection[str]) -> None:
    """Tell a bot's database from another program's; one that is empty is welcome.

    Raises:
        ForeignDatabase: there are tables or views, and none of ours; some are named.
    """
    ours = {table_name(model) for model in all_models() if model not in TOLD_BY}
    foreign = sorted(name for name in present if not folded(name).startswith("sqlite_"))
    if not foreign or any(folded(name) in ours or folded(name).startswith(_OUR_PREFIXES) for name in foreign):
        return
    named = ", ".join("".join(filter(str.isprintable, name[:40])) for name in foreign[:_MOST_NAMED])
    raise ForeignDatabase(str(location), f"its tables: {named}{', …' if len(foreign) > _MOST_NAMED else ''}")


def journal_mode(database: peewee.Database, immutable: bool) -> str:
    """ "WAL", "rollback" or "server"; a file that is taken for unchanging rests in WAL mode, unless it is empty."""
    if not isinstance(database, peewee.SqliteDatabase):
        return "server"
    if immutable:
        ((pages,),) = database.execute_sql("PRAGMA page_count").fetchall()
        return "WAL" if pages else "rollback"
    (mode,) = database.execute_sql("PRAGMA journal_mode").fetchone()
    return "WAL" if mode == "wal" else "rollback"


def _forgiving(text: bytes) -> str:
    return text.decode(errors="replace")
