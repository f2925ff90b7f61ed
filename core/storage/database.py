"""Opening the store: for writing (creates and migrates) or for reading (touches nothing).

What an open file may look like is in :mod:`core.storage.reader`; a driver's faults come out as
:class:`core.errors.BotpulseError`.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import traceback
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import new_class
from typing import Any, Final

import peewee
from playhouse.migrate import SchemaMigrator, migrate
from playhouse.migrations import Runner
from playhouse.sqlite_ext import AutoIncrementField

from core import models
from core.errors import (
    BotpulseError,
    DatabaseMissing,
    NewerSchema,
    NoAccess,
    NotADatabase,
    UnexpectedFault,
    UnfinishedWrite,
)
from core.storage.answer_limit import AnswerLimit
from core.storage.driver_errors import translate
from core.storage.limited_connection import LimitedConnection
from core.storage.location import Location, journal_path, locate, shm_path, size, sqlite_uri, wal_path
from core.storage.postgres import ServerDatabase, connection_to
from core.storage.rights import may_write
from core.storage.structure import folded, names, structure_of

log = logging.getLogger(__name__)

HISTORY_TABLE: Final = "botpulse_migration"
"""Which migrations a database has had. Other programs' migrations keep their own."""

SQLITE_VERSION: Final = sqlite3.sqlite_version
"""The SQLite library in use, for reports of faults."""

_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(7305808869229)"

MIGRATIONS: Final = Path(__file__).with_name("migrations")

KNOWN_MIGRATIONS: Final = frozenset(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))
"""Listed once, at import: a process that gives up its rights later still opens databases."""

_LONGEST_ANSWER: Final = 20.0
"""Seconds that a look waits for a server's answer: no chunk of a read takes nearly as long."""

READ_ONLY: Final = "mode=ro"

_LOOKS: Final = 4
_MOMENT: Final = 0.05
"""How often, and how many seconds apart, an unfinished write has to be seen before it is taken for one."""

RESTING: Final = "mode=ro&immutable=1"
"""How a file is opened that nobody has open: as one that does not change."""

_told: Final[set[str]] = set()
"""Bugs that are in the log already."""

_HEADER_BYTES: Final = 20
_READ_VERSION: Final = 19
_MAGIC: Final = b"SQLite format 3\0"
_WAL_VERSION: Final = 2


@contextmanager
def faults(subject: object) -> Iterator[None]:
    """Let exceptions of the driver and of the operating system out as our own.

    Raises:
        BotpulseError: what :func:`core.storage.driver_errors.translate` makes of it.
    """
    try:
        yield
    except (peewee.DatabaseError, peewee.InterfaceError, sqlite3.Error, OSError) as error:
        raise translate(error, str(subject)) from error


@contextmanager
def shown_faults(subject: object) -> Iterator[None]:
    """The same for a thread that goes on whatever happens: what nobody expected is a fault as well.

    Raises:
        BotpulseError: an :class:`core.errors.UnexpectedFault` is in the log, too, once for each place.
    """
    try:
        with faults(subject):
            yield
    except Exception as bug:
        if isinstance(bug, BotpulseError):
            raise
        *_, last = traceback.extract_tb(bug.__traceback__)
        place = f"{type(bug).__name__} in {Path(last.filename).name}:{last.lineno}"
        if place not in _told:
            _told.add(place)
            log.error("%s: %s", subject, place, exc_info=True)
        raise UnexpectedFault(str(subject), place) from bug


def open_for_writing(
    address: str | Path | Location,
    *,
    timeout: float = 5.0,
    limit: AnswerLimit | None = None,
    create: bool | None = None,
) -> peewee.Database:
    """Open a database to write, in the calling thread; create it and bring its tables up to date first.

    An SQLite file is put into write-ahead-log mode, where a commit is on the disk when it returns
    (``synchronous=FULL``) and readers never stop the writer.

    Args:
        address: a path or a ``postgresql://`` URL.
        timeout: seconds to wait for another writer before giving up.
        limit: how long a server's answers are waited for.
        create: whether a file is made where there is none; None: unless a log lies there, which a new file would take
            from the one that was just moved away.

    Raises:
        BotpulseError: missing, locked, corrupt, not a database, newer schema, no access, disk full, server away.
    """
    location = locate(address)
    with faults(location):
        database: peewee.Database
        if location.url:
            database = connection_to(location)
            database.settle(read_only=False, lock_timeout=timeout, limit=limit)
        else:
            left = size(wal_path(_path(location))) > 0
            database = _sqlite_writer(_path(location), timeout, create=not left if create is None else create)
        try:
            database.connect()
            if is_newer(database):
                raise NewerSchema(str(location))
            _use_write_ahead_log(database)
            _migrate(database, location)
            add_tables(database, models.ADDED_MODELS)
        except BaseException:
            database.close()
            raise
    return database


@contextmanager
def writing(address: str | Path | Location) -> Iterator[peewee.Database]:
    """A database opened to write, for the length of a ``with`` block; see :func:`open_for_writing`."""
    database = open_for_writing(address)
    try:
        with faults(locate(address)):
            yield database
    finally:
        database.close()


def connect_for_reading(location: Location, *, timeout: float, own: bool) -> tuple[peewee.Database, bool]:
    """Connect without being able to write. Also tells whether the file is taken for unchanging (``immutable``).

    Nothing is created beside the file: a file in WAL mode without a log has no writer at this moment, and is
    read as it stands; SQLite would otherwise leave a log and its index behind.

    Raises:
        BotpulseError: missing, no access, not a database, locked, unfinished write, server away.
    """
    with faults(location):
        database: peewee.Database
        if location.url:
            database, immutable = connection_to(location), False
            database.settle(read_only=True, lock_timeout=timeout, limit=AnswerLimit(seconds=_LONGEST_ANSWER))
        else:
            query = reading_query(_path(location)) if not own else READ_ONLY
            immutable = query == RESTING
            uri = sqlite_uri(_path(location), query)
            limited = partial(LimitedConnection, byte_size=size(_path(location)))
            database = peewee.SqliteDatabase(uri, uri=True, timeout=timeout, autoconnect=False, factory=limited)
        database.connect()
        if location.path is not None:
            database.connection().limit_values()
    return database, immutable


def is_newer(database: peewee.Database) -> bool:
    """Whether a later version has migrated this database."""
    return has_later(applied_migrations(database))


def applied_migrations(database: peewee.Database) -> tuple[str, ...]:
    """The names of the migrations that a database has had, in order; none for a file that the bot itself made."""
    if not has_table(database, HISTORY_TABLE):
        return ()
    rows = database.execute_sql(f"SELECT name FROM {HISTORY_TABLE} ORDER BY name").fetchall()
    return tuple(str(name) for (name,) in rows)


def has_table(database: peewee.Database, name: str) -> bool:
    """Whether a database has a table of this name."""
    if not isinstance(database, peewee.SqliteDatabase):
        return bool(database.table_exists(name))
    return folded(name) in map(folded, names(database.execute_sql, kinds=("table",)))


def has_later(applied: Iterable[str]) -> bool:
    """Whether one of the migrations that a database has had is of a later version than this."""
    return not KNOWN_MIGRATIONS.issuperset(applied)


def _path(location: Location) -> Path:
    assert location.path is not None
    return location.path


def _sqlite_writer(path: Path, timeout: float, *, create: bool) -> peewee.SqliteDatabase:
    if path.is_dir():
        raise NotADatabase(str(path), "it is a folder")
    if not path.parent.is_dir():
        raise NoAccess(str(path), f"there is no folder {path.parent}")
    if path.exists() and not may_write(path):
        raise NoAccess(str(path), "the file is read-only")
    if not create and not path.exists():
        raise DatabaseMissing(str(path))
    name = str(path) if create else sqlite_uri(path, "mode=rw")
    return peewee.SqliteDatabase(name, timeout=timeout, uri=not create, pragmas={"synchronous": "full"})


def _use_write_ahead_log(database: peewee.Database) -> None:
    """A file that another program is just using keeps its journal: that is slower, but right."""
    if not isinstance(database, peewee.SqliteDatabase):
        return
    try:
        database.execute_sql("PRAGMA journal_mode = wal").fetchall()
    except peewee.OperationalError as error:
        log.info("the write-ahead log has to wait: %s", error)


def _migrate(database: peewee.Database, location: Location) -> None:
    """Under the write lock from the first look on: two bots that start together must not both begin."""
    runner = Runner(database, str(MIGRATIONS), HISTORY_TABLE)
    if all(step.applied for step in runner.status()):
        return
    with _altering(database):
        applied = runner.up()
    log.info("%s: migrations applied: %s", location, ", ".join(applied) or "none")


def add_tables(database: peewee.Database, tables: Iterable[type[peewee.Model]]) -> None:
    """Make the tables of metrics that are not there yet, and the columns that they lack.

    Raises what the driver raises; then nothing was altered.
    """
    lacking = [model for model in tables if _lacks(database, model)]
    if not lacking:
        return
    with _altering(database):
        for model in lacking:
            _add_table(database, model)
    log.info("tables of metrics made or widened: %s", ", ".join(str(model._meta.table_name) for model in lacking))


def _lacks(database: peewee.Database, model: type[peewee.Model]) -> set[str]:
    """The columns that a model has and its table lacks; all of them where there is no table."""
    table, wanted = str(model._meta.table_name), set(model._meta.columns)
    if isinstance(database, peewee.SqliteDatabase):
        found = structure_of(database.execute_sql, table)
        return wanted - (found.columns.keys() if found is not None else set())
    return wanted - {column.name for column in database.get_columns(table)} if database.table_exists(table) else wanted


def _add_table(database: peewee.Database, model: type[peewee.Model]) -> None:
    """Under the write lock: another process may have been quicker. No id is handed out twice, as in every table."""
    missing, table = _lacks(database, model), model._meta.table_name
    if "id" not in missing:
        migrator = SchemaMigrator.from_database(database)
        for name in missing:
            migrate(migrator.add_column(table, name, model._meta.columns[name]))
        return
    serial = peewee.AutoField if isinstance(database, peewee.PostgresqlDatabase) else AutoIncrementField
    own = {"id": serial(), "Meta": type("Meta", (), {"table_name": table})}
    made: type[peewee.Model] = new_class(table, (model,), exec_body=lambda body: body.update(own))
    with database.bind_ctx([made]):
        made.create_table()


def writing_at_once(database: peewee.Database) -> Any:
    """A transaction that has SQLite's write lock from the start: one that reads first could not wait for it later."""
    return database.atomic("IMMEDIATE") if isinstance(database, peewee.SqliteDatabase) else database.atomic()


@contextmanager
def _altering(database: peewee.Database) -> Iterator[None]:
    """A transaction that alters tables, on a server too only one at a time."""
    if not isinstance(database, ServerDatabase):
        with writing_at_once(database):
            yield
        return
    with database.unlimited(), database.atomic():
        database.execute_sql(_ONE_AT_A_TIME)
        yield


def reading_query(path: Path) -> str:
    """How a file is opened to be read only, so that nothing is written: to it, nor beside it.

    Raises:
        UnfinishedWrite: only a writer can say what its last transaction came to.
        NotADatabase: it is none.
        OSError: it can't be reached.
    """
    for _ in range(_LOOKS - 1):
        # A writer that is alive has a journal, or a log without its index, for a moment.
        with suppress(UnfinishedWrite):
            return RESTING if _rests_in_wal_mode(path) else READ_ONLY
        time.sleep(_MOMENT)
    return RESTING if _rests_in_wal_mode(path) else READ_ONLY


def _rests_in_wal_mode(path: Path) -> bool:
    """Whether the file is in WAL mode (or empty) and nobody has it open.

    A log without its index is what a copy, or a crash of the machine, leaves. SQLite would build the index in
    the folder and, being read-only, leave it there. And it would delete the log of an empty file.
    """
    if not size(path):
        return True
    log = wal_path(path)
    if log.exists() and shm_path(path).exists():
        return False
    if size(log):
        raise UnfinishedWrite(str(path), f"{log.name} is there without its index")
    header = _header(path)
    if header and not header.startswith(_MAGIC):
        raise NotADatabase(str(path))
    rests = len(header) == _HEADER_BYTES and header[_READ_VERSION] == _WAL_VERSION
    if rests and _is_begun(journal_path(path)):
        raise UnfinishedWrite(str(path), f"{journal_path(path).name} is there")
    return rests


def _is_begun(journal: Path) -> bool:
    """Whether SQLite would play a rollback journal back: one that was ended has zeros at its beginning."""
    try:
        with journal.open("rb") as file:
            return file.read(1) not in (b"", b"\0")
    except FileNotFoundError:
        return False


def _header(path: Path) -> bytes:
    """The first bytes of a file, without ever closing it where POSIX's locks are used.

    They are the process's, not the descriptor's: any close of the file drops those that another connection of this very
    process holds, in the middle of a write transaction too, and the next program that comes gets the lock as well.
    SQLite knows when a descriptor may be closed, so they are read by one of its own.
    """
    if os.name != "posix":
        with path.open("rb") as file:
            return file.read(_HEADER_BYTES)
    with closing(sqlite3.connect(sqlite_uri(path, RESTING), uri=True)):
        return os.pread(_descriptor_of(path), _HEADER_BYTES, 0)


def _descriptor_of(path: Path) -> int:
    """A descriptor by which this process has a file open; where they can't be listed, one that is never closed."""
    wanted = path.stat()
    with suppress(FileNotFoundError):
        for number in sorted(int(each.name) for each in Path("/dev/fd").iterdir()):
            with suppress(OSError):  # it was closed just now
                if os.path.samestat(os.fstat(number), wanted):
                    return number
    return os.open(path, os.O_RDONLY)
