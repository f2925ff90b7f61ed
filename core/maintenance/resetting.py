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

from core.errors import HoldsUpBot, RefusedByTable
from core.maintenance import operation_journal
from core.maintenance.backups import Backup, back_up, opened
from core.maintenance.bringing_back import bring_back_at_once, bring_back_in_chunks, is_at_once, triggers_beside
from core.maintenance.chunks import Table, table_of
from core.maintenance.copying import Holding
from core.maintenance.faults import BackupFault
from core.maintenance.locking import Hold, check_room, connect, retrying, transact
from core.maintenance.operation_journal import Action
from core.maintenance.triggers import triggers_of
from core.maintenance.writing import (
    alone,
    checkpoint,
    clear,
    faults_of,
    file_to_write,
    longest_hold,
    prepare,
    what_came_stays,
)
from core.models import DailyStats
from core.storage import rollup_files
from core.storage.database import reading_query
from core.storage.location import Location, byte_size, real_path, sqlite_uri
from core.storage.structure import as_number, as_text
from core.tasks import Phase, Progress, Task, scaled
from core.text.formatting import rows_words
from core.text.translation import gettext as _

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
        left: rows of the backup in whose place there are others by now, by table. They are only in the backup.
        past_triggers: the triggers of the host's own, by name and table, that refused rows: they came back without
            their being seen by these.
    """

    rows: Mapping[str, int]
    left: Mapping[str, int]
    past_triggers: tuple[str, ...] = ()


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
        check_room(real_path(path).parent, byte_size(path) * (2 if backup is None else 1))
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
        made: Backup = backup or (yield from scaled(back_up(location, target), 0.0, 0.9))
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
            return (yield from _reset(connection, path, made, older_than, longest_hold(bot_stopped)))


def undo(location: Location | str | Path, backup: Backup | Path, *, bot_stopped: bool = False) -> Task[UndoResult]:
    """Bring the rows of a backup back that are not there any more; whatever came since stays.

    Few rows come in one transaction, and so does any number beside triggers of the host's own. Otherwise it is done in
    short transactions: it can be stopped at any time and done again, nothing is doubled.

    Args:
        location: the database.
        backup: where the rows are.
        bot_stopped: nobody else is writing: a transaction may last as long as it takes.

    Raises:
        BotpulseError: on a server, missing, read-only, locked, corrupt, disk full, not a backup, or it would hold up
            the bot. Its words tell whether nothing was changed, or what has come back so far stays.
    """
    path = file_to_write(location)
    found = yield from opened(backup, path)
    with faults_of(path), closing(connect(path)) as connection:
        yield from prepare(connection, path)
        yield from retrying(
            lambda: connection.execute("ATTACH ? AS backup", (sqlite_uri(found.path, reading_query(found.path)),))
        )
        triggers = yield from retrying(lambda: triggers_beside(connection, found))
        with operation_journal.undoing(path, found.path, at_once=is_at_once(found, triggers)):
            if is_at_once(found, triggers):
                longest = longest_hold(bot_stopped)
                done = yield from bring_back_at_once(connection, found, triggers, longest, str(path))
            else:
                with what_came_stays(path):
                    done = yield from bring_back_in_chunks(connection, found)
        yield from checkpoint(connection)
    past = (
        _(", past the triggers {past_triggers}").format(past_triggers=", ".join(done.past_triggers))
        if done.past_triggers
        else ""
    )
    log.info("%s: %d rows brought back from %s%s", path, sum(done.rows.values()), found.path, past)
    return UndoResult(done.rows, done.left, done.past_triggers)


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
    rollup_files.forget(Location(path=path))
    overwritten = not rewrite or (yield from _rewrite(connection, longest))
    yield from checkpoint(connection)
    log.info("%s: %d rows deleted in %.2f s, kept in %s", path, sum(rows.values()), hold.held, backup.path)
    return ResetResult(backup, rows, hold.held, overwritten)


def _rewrite(connection: sqlite3.Connection, longest: float | None) -> Task[bool]:
    """Rewrite a file that is all but empty: a moment's work. Tells whether it could be done."""
    try:
        told = Progress(0.98, _("overwriting what was deleted"), Phase.COMMITTED)
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
    among, upto = ("rowid <= ?", held.last) if table.has_id else ("?", 1)
    (there,) = connection.execute(f"SELECT count(*) FROM {table.source} WHERE {among}", (upto,)).fetchone()
    if there > held.rows:
        raise BackupFault(
            held.table,
            f"{rows_words(there - held.rows)} of {held.table}: not in the backup",
        )
    if older_than is None:
        gone = (
            clear(connection, table, held.last)
            if table.has_id
            else connection.execute(f"DELETE FROM {table.source}").rowcount
        )
        return _all_gone(connection, table, f"SELECT 1 FROM {table.source} WHERE {among} LIMIT 1", (upto,), gone)
    old, limit = (
        (as_text(table.structure, "date"), older_than.date().isoformat())
        if held.table == _DAYS
        else (as_number(table.structure, "timestamp"), older_than.timestamp())
    )
    condition = f"FROM {table.source} WHERE {among} AND {old} < ?"
    gone = connection.execute(f"DELETE {condition}", (upto, limit)).rowcount
    return _all_gone(connection, table, f"SELECT 1 {condition} LIMIT 1", (upto, limit), gone)


def _all_gone(
    connection: sqlite3.Connection, table: Table, remaining: str, values: tuple[object, ...], gone: int
) -> int:
    """A trigger may keep rows without a word: then it is no reset."""
    if connection.execute(remaining, values).fetchall():
        names = ", ".join(map(str, triggers_of(connection, [table.name])))
        raise RefusedByTable(table.name, f"rows of {table.name} were kept by a trigger: {names}")
    return gone
