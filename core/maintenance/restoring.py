"""Restore: the tables become what a backup holds, in one transaction, with the file open in other programs."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.maintenance import operation_journal
from core.maintenance.backups import TABLES, Backup, back_up, copied, opened, our_tables
from core.maintenance.chunks import Table, count_rows, ends, table_of
from core.maintenance.locking import Hold, check_room, connect, file_of, looking, retrying, transact
from core.maintenance.operation_journal import Action
from core.maintenance.triggers import Trigger, past_triggers, refusals, refuse, triggers_of, without
from core.maintenance.writing import (
    checkpoint,
    faults_of,
    file_to_write,
    longest_hold,
    prepare,
    put_back,
    set_aside,
)
from core.storage import rollup_files
from core.storage.database import reading_query
from core.storage.location import Location, byte_size, real_path, sqlite_uri
from core.storage.seeks import IdSpan
from core.storage.structure import folded, quoted
from core.tasks import Phase, Progress, Task, in_turn, scaled
from core.text.translation import gettext as _

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a restore would change.

    Attributes:
        backup: what is to be restored.
        now: how many rows there are now, by table.
        newer: how many of them have higher ids than any in the backup: they would go.
    """

    backup: Backup
    now: Mapping[str, int]
    newer: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What a restore did.

    Attributes:
        backup: what was restored.
        safety: a backup of what was there before; None where there was no database.
        rows: how many rows there were restored, by table.
        held: seconds for which other writers had to wait.
        past_triggers: the triggers of the host's own, by name and table, that refused rows: these came back without
            their being seen by them.
    """

    backup: Backup
    safety: Backup | None
    rows: Mapping[str, int]
    held: float
    past_triggers: tuple[str, ...] = ()


def compare(location: Location | str | Path, backup: Backup | Path) -> Task[Difference]:
    """What a restore would change; the database is read in chunks.

    Raises:
        BotpulseError: on a server, no access, locked, corrupt, not a backup.
    """
    path = file_of(location)
    found = yield from scaled(opened(backup, path), 0.0, 0.3)
    now: dict[str, int] = {}
    newer: dict[str, int] = {}
    if path.exists():
        with faults_of(path):
            counts = yield from looking(path, lambda query: _counted(path, query, found))
        now = {name: rows for name, (rows, _n) in counts.items()}
        newer = {name: rows for name, (_n, rows) in counts.items()}
    return Difference(found, now, newer)


def _counted(path: Path, query: str, backup: Backup) -> Task[dict[str, tuple[int, int]]]:
    with closing(connect(path, query)) as connection:
        names = yield from retrying(lambda: _every(connection, "main"))
        counts = yield from in_turn(lambda name: _counts(connection, name, backup), names, 0.3, 1.0)
        return dict(zip(names, counts, strict=True))


def restore(
    location: Location | str | Path, backup: Backup | Path, *, bot_stopped: bool = False
) -> Task[RestoreResult]:
    """Make the statistics what they are in a backup, after a backup of what is there now.

    The file is never replaced: programs that have it open go on, and see the rows of the backup after one transaction.
    Rows that the bot writes after the safety backup was begun stay. Other programs' tables are left alone. Where there
    is no database, the backup is copied to its place.

    Raises:
        BotpulseError: on a server, read-only, locked, corrupt, disk full, newer schema, not a backup, or it would hold
            up the bot. The database is as it was then, and also where the task is closed before its end.
    """
    path = file_of(location)
    found: Backup = yield from scaled(opened(backup, path), 0.0, 0.1)
    if not path.exists():
        return (yield from _put_in_place(path, found))
    path = file_to_write(path)
    with faults_of(path):
        check_room(real_path(path).parent, 2 * byte_size(path) + 2 * found.byte_size)
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
        safety: Backup = yield from scaled(back_up(path), 0.1, 0.6)
        with closing(connect(path)) as connection:
            yield from prepare(connection, path)
            return (yield from _restore(connection, path, found, safety, longest_hold(bot_stopped)))


def _restore(
    connection: sqlite3.Connection, path: Path, backup: Backup, safety: Backup, longest: float | None
) -> Task[RestoreResult]:
    yield from retrying(
        lambda: connection.execute("ATTACH ? AS backup", (sqlite_uri(backup.path, reading_query(backup.path)),))
    )
    hold, told = Hold(), Progress(0.7, "restoring")
    triggers = yield from retrying(lambda: triggers_of(connection, _every(connection, "backup")))

    def body(aside: Sequence[Trigger]) -> dict[str, int]:
        with without(connection, aside):
            return {name: _replace(connection, name, safety) for name in _every(connection, "backup")}

    work = lambda aside: transact(connection, partial(body, aside), told, hold, longest=longest)  # noqa: E731
    note = operation_journal.begin(Action.RESTORE, path, safety.path)
    try:
        rows, aside = yield from past_triggers(work, triggers, str(path))
    finally:
        operation_journal.settle(note, done=hold.committed)
    yield Progress(0.98, "restored", Phase.COMMITTED)
    rollup_files.forget(Location(path=path))
    yield from checkpoint(connection)
    past = tuple(map(str, aside))
    words = _(", past the triggers {past}").format(past=", ".join(past)) if past else ""
    log.info("%s: restored %s in %.2f s, what was there is in %s%s", path, backup.path, hold.held, safety.path, words)
    return RestoreResult(backup, safety, rows, hold.held, past)


def _every(connection: sqlite3.Connection, schema: str) -> tuple[str, ...]:
    """The seed's tables, there or not, and those of metrics that a file has."""
    return tuple(dict.fromkeys((*TABLES, *our_tables(connection, schema))))


def _replace(connection: sqlite3.Connection, name: str, safety: Backup) -> int:
    """Within the transaction: one table's rows make room for the backup's. Returns how many came."""
    source = table_of(connection, "backup", name)
    if source is None:
        return 0
    table = _fitting(connection, name, source)
    held = safety.held(name)
    with refusals(name):
        set_aside(connection, table, held.last if held else 0)
        connection.execute(f"DELETE FROM {table.source}")
        _expect(connection, table, 0)
        columns = table.listed(source.shared(table))
        connection.execute(f"INSERT INTO {table.source} ({columns}) SELECT {columns} FROM {source.source}")
        restored = _expect(connection, table, _rows_of(connection, source.source))
        newer = _rows_of(connection, "temp.botpulse_aside")
        put_back(connection, table)
        _expect(connection, table, restored + newer)
    return restored


def _rows_of(connection: sqlite3.Connection, source: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0])


def _expect(connection: sqlite3.Connection, table: Table, rows: int) -> int:
    """Let a table hold so many rows: a trigger may leave out some without a word."""
    if _rows_of(connection, table.source) != rows:
        refuse(table.name)
    return rows


def _fitting(connection: sqlite3.Connection, name: str, source: Table) -> Table:
    """The database's own table, made or widened where the backup has more; what is added has the backup's defaults."""
    if table_of(connection, "main", name) is None:
        made = table_of(connection, "backup", name)
        assert made is not None
        connection.execute(made.structure.sql)
    table = table_of(connection, "main", name)
    assert table is not None
    for _n, column, kind, _n, default, *_n in connection.execute(
        f"PRAGMA backup.table_info({quoted(name)})"
    ).fetchall():
        if folded(column) not in table.structure.columns:
            extra = f" DEFAULT {default}" if default is not None else ""
            connection.execute(f"ALTER TABLE {table.source} ADD COLUMN {quoted(column)} {kind}{extra}")
    widened = table_of(connection, "main", name)
    assert widened is not None
    return widened


def _counts(connection: sqlite3.Connection, name: str, backup: Backup) -> Task[tuple[int, int]]:
    table = yield from retrying(lambda: table_of(connection, "main", name))
    held = backup.held(name)
    if table is None:
        return 0, 0
    ids = yield from retrying(lambda: ends(connection, table))
    highest = held.last if held else 0
    older = yield from count_rows(connection, table, IdSpan(ids.after, min(ids.upto, highest)))
    newer = yield from count_rows(connection, table, IdSpan(max(ids.after, highest), ids.upto))
    return older + newer, newer


def _put_in_place(path: Path, backup: Backup) -> Task[RestoreResult]:
    """Where there is no file, a whole copy gets its name."""
    made = yield from scaled(copied(backup.path, path), 0.1, 1.0)
    return RestoreResult(made, None, {held.table: held.rows for held in made.holdings}, 0.0)
