"""What the tasks that alter a database have in common."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from core.errors import BotpulseError, HoldsUpBot, NewerSchema
from core.maintenance.chunks import Table
from core.maintenance.copying import CACHE_KIB
from core.maintenance.locking import LONGEST_HOLD, Hold, check_writable, existing_file, retried, retrying
from core.storage.database import HISTORY_TABLE, faults, has_later
from core.storage.location import Location
from core.storage.structure import quoted
from core.tasks import Phase, Progress, Task
from core.text.translation import gettext as _

_SETTINGS: Final = (f"cache_size = -{CACHE_KIB}", "synchronous = full", "secure_delete = on", "temp_store = memory")

_CHECKPOINT_RETRY_SECONDS: Final = 2.0
_CHECKPOINT_PAUSE: Final = 0.05


def file_to_write(location: Location | str | Path) -> Path:
    """The file that is going to be altered.

    Raises:
        BotpulseError: on a server, missing, read-only.
    """
    path = existing_file(location)
    check_writable(path)
    return path


def longest_hold(bot_stopped: bool) -> float | None:
    """Seconds that a transaction may keep others waiting; None where there is nobody to wait."""
    return None if bot_stopped else LONGEST_HOLD


@contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Let exceptions of the driver and the system out as our own, and name the file in them.

    Raises:
        BotpulseError: what :func:`core.storage.driver_errors.translate` makes of it.
    """
    try:
        with faults(path):
            yield
    except HoldsUpBot as error:
        raise HoldsUpBot(str(path), error.detail) from error


@contextmanager
def what_came_stays(path: Path) -> Iterator[None]:
    """Work in several transactions: where it fails, a fault does not say that nothing was changed.

    Raises:
        BotpulseError: as :func:`faults_of`.
    """
    try:
        with faults_of(path):
            yield
    except BotpulseError as fault:
        fault.what_is_safe = _("The rows that have come back so far stay; all of them are in the backup.")
        fault.what_to_do = _("{what_to_do} Then undo once more: no row comes twice.").format(
            what_to_do=fault.what_to_do
        )
        raise


def prepare(connection: sqlite3.Connection, path: Path) -> Task[None]:
    """Make a connection's commits durable, and its deletions leave nothing readable behind.

    The file's journal mode stays as it is.

    Raises:
        NewerSchema: a later version has migrated the file: it is left alone.
    """
    for setting in _SETTINGS:
        yield from retrying(lambda setting=setting: connection.execute(f"PRAGMA {setting}").fetchall())  # type: ignore[misc]
    yield from check_version(connection, path)


def check_version(connection: sqlite3.Connection, path: Path) -> Task[None]:
    """Leave a file alone that a later version has migrated.

    Raises:
        NewerSchema: it was.
    """
    if has_later((yield from retrying(lambda: _applied(connection)))):
        raise NewerSchema(str(path))


def _applied(connection: sqlite3.Connection) -> list[str]:
    there = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE"
    if not connection.execute(there, (HISTORY_TABLE,)).fetchall():
        return []
    return [name for (name,) in connection.execute(f"SELECT name FROM {HISTORY_TABLE}").fetchall()]


def checkpoint(connection: sqlite3.Connection) -> Task[None]:
    """Bring the log into the file and empty it: what was overwritten is still readable there. It is no fault if not."""
    give_up = monotonic() + _CHECKPOINT_RETRY_SECONDS
    while monotonic() < give_up:
        try:
            ((busy, _n, _n),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError:
            busy = 1
        if not busy:
            return
        yield Progress(1.0, _("emptying the write-ahead log"), Phase.COMMITTED)
        sleep(_CHECKPOINT_PAUSE)


def alone(connection: sqlite3.Connection, statement: str, told: Progress, longest: float | None) -> Task[float]:
    """A statement that is a transaction by itself, tried again while locked; seconds for which it kept others waiting.

    Raises:
        HoldsUpBot: it would have lasted longer than ``longest`` seconds. Nothing was changed.
        sqlite3.Error: nothing was changed.
    """
    hold = Hold()

    def work() -> None:
        with hold.timed():
            connection.execute(statement)

    yield from retried(connection, work, told, hold, longest)
    return hold.held


def clear(connection: sqlite3.Connection, table: Table, upto: int) -> int:
    """Delete the rows with ids up to one; return how many went.

    SQLite empties a whole table many times faster than it deletes row by row, so the few newer rows are set aside
    meanwhile. A table with triggers is left to the plain way: they must see what is deleted, and no row twice.
    """
    (newer,) = connection.execute(f"SELECT count(*) FROM {table.source} WHERE rowid > ?", (upto,)).fetchone()
    if not newer:
        return connection.execute(f"DELETE FROM {table.source}").rowcount
    if _has_triggers(connection, table):
        return connection.execute(f"DELETE FROM {table.source} WHERE rowid <= ?", (upto,)).rowcount
    set_aside(connection, table, upto)
    everything = connection.execute(f"DELETE FROM {table.source}").rowcount
    put_back(connection, table)
    return everything - int(newer)


def set_aside(connection: sqlite3.Connection, table: Table, upto: int) -> None:
    """Keep the rows with higher ids in a temporary table, until :func:`put_back`."""
    connection.execute(
        f"CREATE TEMP TABLE botpulse_aside AS SELECT {_numbered(table)} FROM {table.source} WHERE rowid > {upto:d}"
    )


def put_back(connection: sqlite3.Connection, table: Table) -> None:
    """Insert what was set aside under the same ids; under a new one where the id is taken."""
    columns = ", ".join(quoted(name) for name in table.columns if name != table.id_column)
    free = f"CASE WHEN id_aside IN (SELECT rowid FROM {table.source}) THEN NULL ELSE id_aside END"
    connection.execute(
        f"INSERT INTO {table.source} ({quoted(table.id_column or 'rowid')}, {columns})"
        f" SELECT {free}, {columns} FROM temp.botpulse_aside"
    )
    connection.execute("DROP TABLE temp.botpulse_aside")


def _numbered(table: Table) -> str:
    return ", ".join(["rowid AS id_aside", *(quoted(name) for name in table.columns if name != table.id_column)])


def _has_triggers(connection: sqlite3.Connection, table: Table) -> bool:
    asked = "SELECT 1 FROM main.sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE"
    return bool(connection.execute(asked, (table.name,)).fetchall())
