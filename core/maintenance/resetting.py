"""Reset, and its undo: nothing is deleted that is not in a verified backup."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from core.errors import BackupFault, HoldsUpBot
from core.maintenance import operation_journal
from core.maintenance.backups import Backup, back_up, opened
from core.maintenance.chunks import Table, ends, executing, in_chunks, table_of
from core.maintenance.copying import Holding
from core.maintenance.locking import Hold, check_room, connect, retrying, transact
from core.maintenance.operation_journal import Action
from core.maintenance.writing import (
    alone,
    checkpoint,
    clear,
    faults_of,
    file_to_write,
    longest_hold,
    prepare,
)
from core.models import DailyStats
from core.storage.database import reading_query
from core.storage.location import Location, byte_size, sqlite_uri
from core.storage.seeks import IdSpan
from core.tasks import Phase, Progress, Task, in_turn, scaled
from core.text.formatting import counted

log = logging.getLogger(__name__)

_DAYS: Final = str(DailyStats._meta.table_name)

_LARGE: Final = 200_000_000
"""Bytes of a file whose pages take too long to be overwritten one by one while the bot waits. Its tables are emptied,
and the little that is left is rewritten after that.
"""


@dataclass(frozen=True, slots=True)
class ResetResult:
    """What a reset did.

    Attributes:
        backup: where every deleted row is; :func:`undo` brings them back.
        rows: how many rows went, by table.
        held: seconds for which other writers had to wait.
        overwritten: False where what the rows held may still be readable in the file's unused room, because other
            programs left no moment to rewrite it; :mod:`core.maintenance.optimising` makes up for it (VACUUM).
    """

    backup: Backup
    rows: Mapping[str, int]
    held: float
    overwritten: bool


@dataclass(frozen=True, slots=True)
class UndoResult:
    """What an undo did.

    Attributes:
        rows: how many rows came back, by table; those that were there already are not counted.
        left: rows of the backup whose ids belong to other rows by now, by table. They are only in the backup.
    """

    rows: Mapping[str, int]
    left: Mapping[str, int]


def reset_with_backup(
    location: Location | str | Path,
    older_than: datetime | None = None,
    *,
    target: Path | None = None,
    backup: Backup | None = None,
    bot_stopped: bool = False,
) -> Task[ResetResult]:
    """Delete all statistics, or what is older than a moment, in one transaction, after a backup.

    Exactly the rows that are in the verified backup go: those that the bot writes meanwhile stay. What the deleted rows
    held is overwritten. Ids go on. The bot writes on; it waits for :attr:`ResetResult.held` seconds once.

    Args:
        location: the database.
        older_than: an aware datetime: rows with an earlier timestamp go, and the daily rows of earlier dates. None
            for everything.
        target: where the backup goes (:func:`core.maintenance.backups.back_up`).
        backup: a backup that was made before; it must hold everything that is to be deleted.
        bot_stopped: nobody else is writing: the transaction may last as long as it takes.

    Raises:
        BotpulseError: on a server, missing, read-only, locked, corrupt, disk full, newer schema, not verified, or it
            would hold up the bot. Every row is still there then, and also where the task is closed before its end.
    """
    path = file_to_write(location)
    with faults_of(path):
        check_room(path.resolve().parent, byte_size(path) * (2 if backup is None else 1))
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
        made: Backup = backup or (yield from scaled(back_up(location, target), 0.0, 0.9))
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
            return (yield from _reset(connection, path, made, older_than, longest_hold(bot_stopped)))


def undo(location: Location | str | Path, backup: Backup | Path) -> Task[UndoResult]:
    """Bring the rows of a backup back that are not there any more; whatever came since stays.

    In short transactions: it can be stopped at any time and done again, nothing is doubled.

    Raises:
        BotpulseError: on a server, missing, read-only, locked, corrupt, disk full, not a backup. What has come back so
            far stays.
    """
    path = file_to_write(location)
    found = yield from opened(backup, path)
    with faults_of(path), closing(connect(path)) as connection:
        yield from prepare(connection, path)
        yield from retrying(
            lambda: connection.execute("ATTACH ? AS backup", (sqlite_uri(found.path, reading_query(found.path)),))
        )
        note = operation_journal.begin(Action.UNDO, path, found.path)
        counts = yield from in_turn(lambda held: _bring_back(connection, held), found.holdings)
        tables = [held.table for held in found.holdings]
        rows = {table: back for table, (back, _) in zip(tables, counts, strict=True)}
        left = {table: others for table, (_, others) in zip(tables, counts, strict=True)}
        operation_journal.forget(note)
        yield from checkpoint(connection)
    log.info("%s: %d rows brought back from %s", path, sum(rows.values()), found.path)
    return UndoResult(rows, left)


def _reset(
    connection: sqlite3.Connection, path: Path, backup: Backup, older_than: datetime | None, longest: float | None
) -> Task[ResetResult]:
    hold = Hold()
    rewrite = older_than is None and byte_size(path) > _LARGE
    connection.execute(f"PRAGMA secure_delete = {'off' if rewrite else 'on'}").fetchall()
    note = operation_journal.begin(Action.RESET, path, backup.path)
    try:
        rows = yield from transact(
            connection,
            lambda: {held.table: _delete(connection, held, older_than) for held in backup.holdings},
            Progress(0.92, "deleting"),
            hold,
            longest=longest,
        )
    finally:
        operation_journal.settle(note, done=hold.committed)
    yield Progress(0.98, "deleted", Phase.COMMITTED)
    overwritten = not rewrite or (yield from _rewrite(connection, longest))
    yield from checkpoint(connection)
    log.info("%s: %d rows deleted in %.2f s, kept in %s", path, sum(rows.values()), hold.held, backup.path)
    return ResetResult(backup, rows, hold.held, overwritten)


def _rewrite(connection: sqlite3.Connection, longest: float | None) -> Task[bool]:
    """Rewrite a file that is all but empty: a moment's work. Tells whether it could be done."""
    try:
        told = Progress(0.98, "overwriting what was deleted", Phase.COMMITTED)
        yield from alone(connection, "VACUUM", told, longest)
    except (sqlite3.OperationalError, HoldsUpBot) as error:
        log.warning("what was deleted could not be overwritten yet: %s", error)
        return False
    return True


def _delete(connection: sqlite3.Connection, held: Holding, older_than: datetime | None) -> int:
    """Within the transaction: the rows of one table that are in the backup, or the old ones of them."""
    table = table_of(connection, "main", held.table)
    if table is None or not held.rows:
        return 0
    (there,) = connection.execute(f"SELECT count(*) FROM {table.source} WHERE rowid <= ?", (held.last,)).fetchone()
    if there > held.rows:
        raise BackupFault(held.table, f"{counted(there - held.rows, 'row')} of {held.table}: not in the backup")
    if older_than is None:
        return clear(connection, table, held.last)
    old, limit = (
        ("date", older_than.date().isoformat()) if held.table == _DAYS else ("timestamp", older_than.timestamp())
    )
    statement = f"DELETE FROM {table.source} WHERE rowid <= ? AND {old} < ?"
    return connection.execute(statement, (held.last, limit)).rowcount


def _bring_back(connection: sqlite3.Connection, held: Holding) -> Task[tuple[int, int]]:
    """The missing rows of one table, and how many could not come back.

    The first row comes last: whoever watches the ends of the tables sees by it that the others are there.
    """
    source = yield from retrying(lambda: table_of(connection, "backup", held.table))
    table = yield from retrying(lambda: table_of(connection, "main", held.table))
    if source is None or table is None:
        return 0, held.rows
    if held.table == _DAYS:
        return (yield from retrying(lambda: _days(connection, source, table))), 0
    work, ids = executing(connection, _insertion(source, table)), ends(connection, source)
    words = f"bringing back {held.table}"
    first = min(ids.after + 1, ids.upto)
    back = yield from scaled(in_chunks(connection, source, IdSpan(first, ids.upto), work, words), 0.0, 0.8)
    back += yield from scaled(in_chunks(connection, source, IdSpan(ids.after, first), work, words), 0.8, 0.8)
    left = yield from scaled(_others(connection, source, table, ids), 0.8, 1.0)
    return back, left


def _insertion(source: Table, table: Table) -> str:
    shared = tuple(name for name in source.columns if name in table.columns)
    return (
        f"INSERT INTO {table.source} ({table.listed(shared)}) SELECT {source.listed(shared)}"
        f" FROM {source.source} AS old WHERE rowid > ? AND rowid <= ?"
        f" AND NOT EXISTS (SELECT 1 FROM {table.source} AS new WHERE new.rowid = old.rowid)"
    )


def _days(connection: sqlite3.Connection, source: Table, table: Table) -> int:
    """A day that is there again was counted after the reset: the fuller of the two rows stays."""
    columns = ", ".join(f'"{name}"' for name in source.columns if name in table.columns)
    return connection.execute(
        f"INSERT OR REPLACE INTO {table.source} ({columns}) SELECT {columns} FROM {source.source} AS old"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table.source} AS new WHERE new.date = old.date"
        " AND new.total_commands + new.total_images >= old.total_commands + old.total_images)"
    ).rowcount


def _others(connection: sqlite3.Connection, source: Table, table: Table, ids: IdSpan) -> Task[int]:
    """How many ids belong to another row here than in the backup: where ids are not handed out once and for all."""
    shared = [name for name in ("timestamp", "user_id") if name in source.columns and name in table.columns]
    other = " OR ".join(f"old.{name} IS NOT new.{name}" for name in shared) or "0"
    counting = (
        f"SELECT count(*) FROM {source.source} AS old JOIN {table.source} AS new ON new.rowid = old.rowid"
        f" WHERE old.rowid > ? AND old.rowid <= ? AND ({other})"
    )
    return in_chunks(connection, source, ids, executing(connection, counting), f"comparing {table.name}")
