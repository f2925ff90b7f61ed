"""Where events wait on disk while their store can't be written: small SQLite files beside it, one a tracker.

None is lost and none is doubled, whatever is killed when. A file belongs to whoever holds its lock; a file without
an owner is taken over by the next tracker that writes into the same store. The store itself notes how far a spool was
replayed, in the transaction of the very events (:func:`note`); only then do they go from the spool.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import peewee

from core.errors import BotpulseError, NoAccess, StorageFault
from core.storage.database import faults
from core.storage.files import share_like
from core.storage.location import Location
from core.tracking.records import FIELDS, EventRow
from core.tracking.spool_places import JOURNAL, REFUSED, SUFFIX, make_private, own_folder, places

log = logging.getLogger(__name__)

_encoded = json.JSONEncoder(allow_nan=False).encode
_SCHEMA: Final = (
    'CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY AUTOINCREMENT, "table" TEXT, row TEXT)',
    "CREATE TABLE IF NOT EXISTS doubt (note TEXT, number INTEGER, upto INTEGER)",
)

_INSERT: Final = 'INSERT INTO event ("table", row) VALUES (?, ?)'
_SELECT: Final = 'SELECT id, "table", row FROM event WHERE '


_NO_TABLE: Final = ""
"""In the place of a table's name, in notes of batches and of doubts."""


class SpoolMark(peewee.Model):
    """Up to which of its events a spool was replayed into this store; up to which batch a writer wrote on a server.

    The table is made when it is first needed.
    """

    spool = peewee.TextField()
    table = peewee.TextField()
    replayed = peewee.BigIntegerField()

    class Meta:
        table_name = "botpulse_spool"
        primary_key = peewee.CompositeKey("spool", "table")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A batch that the store may have already, and what tells.

    A server did not say whether it committed it: its note there tells. Or it was committed into a file that was moved
    or replaced just then: its last row tells, should the file come back.

    Attributes:
        note: the name under which the writer notes its batches; the table, id and timestamp of a row as JSON.
        number: the batch's; 0 where a row tells.
        upto: how many of the queue's oldest it holds; in a spool, the number of the last of them.
    """

    note: str
    number: int
    upto: int

    @classmethod
    def of_row(cls, record: EventRow, number: int, upto: int) -> Self:
        """A doubt that a row, with its id in the file, decides."""
        timestamp = dict(zip(FIELDS[record.model], record.values, strict=True))["timestamp"]
        return cls(_encoded([record.model._meta.table_name, number, timestamp]), 0, upto)


@dataclass(frozen=True, slots=True)
class SpoolBatch:
    """Events at the head of a spool.

    Attributes:
        spool: the spool's name.
        records: the events, oldest first.
        replayed: by table, the spool's number of the last of them.
        numbers: the spool's number of each.
        doubt: which of the spool's first the store may have already.
    """

    spool: str
    records: list[EventRow]
    replayed: Mapping[str, int]
    numbers: tuple[int, ...]
    doubt: Doubt | None


class Spool:
    """A file of waiting events, held by its lock while this is open. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Take where the file is, or is to be; nothing is opened yet."""
        self.path = path
        self.name = path.name.rpartition(SUFFIX)[2]
        self._connection: sqlite3.Connection | None = None
        self._replayed: dict[str, int] = {}

    def make(self) -> None:
        """Make the file, and hold it.

        Raises:
            BotpulseError: the folder or the disk does not take it; then nothing is left there.
        """
        try:
            with faults(self.path):
                if not self.path.parent.is_dir():
                    raise NoAccess(str(self.path), "unable to open: there is no folder for it")
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                self._share()
                self._open(is_new=True)
        except BaseException:
            self.remove()
            raise

    def _share(self) -> None:
        """Who may read the database may read it; one that lies elsewhere, as a server's, is its owner's alone."""
        database = self.path.with_name(re.split(f"{re.escape(SUFFIX)}|{re.escape(REFUSED)}", self.path.name)[0])
        if database.exists():
            share_like(database, self.path)

    def take(self) -> None:
        """Hold a file that is there.

        Raises:
            DatabaseLocked: somebody else holds it.
            BotpulseError: it is gone, or no spool.
        """
        with faults(self.path):
            self._open()

    def skip(self, replayed: Mapping[str, int]) -> None:
        """Leave out what the store already has, by its notes."""
        self._replayed |= replayed

    def append(self, records: Sequence[EventRow], doubt: Doubt | None = None) -> int:
        """Add events, on the disk on return; return how many can't be kept because they are no text or number.

        The first of them may be in the store already, if there is a ``doubt``.

        Raises:
            BotpulseError: none of them was added.
        """
        first = doubt.upto if doubt is not None else 0
        parts = [
            [row for record in part if (row := _row(record)) is not None] for part in (records[:first], records[first:])
        ]
        with self._transaction() as connection:
            connection.executemany(_INSERT, parts[0])
            if doubt is not None:
                last = "SELECT ?, ?, coalesce(max(id), 0) FROM event"
                connection.execute(f"INSERT INTO doubt {last}", (doubt.note, doubt.number))
            connection.executemany(_INSERT, parts[1])
        return len(records) - sum(len(part) for part in parts)

    def first(self, most: int) -> SpoolBatch | None:
        """The oldest events that this process has tables for; None where there are none.

        Raises:
            BotpulseError: the file can't be read.
        """
        tables = {str(model._meta.table_name): model for model in FIELDS}
        names, known = [*tables], ", ".join("?" * len(tables))
        rows = self._waiting(f'"table" IN ({known}) ORDER BY id LIMIT ?', *names, most)
        if not rows:
            return None
        try:
            records = [_record(tables[table], row) for _, table, row in rows]
        except ValueError as error:
            raise StorageFault(str(self.path), "what it holds are no events") from error
        numbers = tuple(number for number, _, _ in rows)
        return SpoolBatch(self.name, records, {table: number for number, table, _ in rows}, numbers, self.doubt)

    def forget(self, batch: SpoolBatch) -> None:
        """Let go of events that the store has.

        Raises:
            BotpulseError: they stay in the file; they won't be given again, here nor after a restart.
        """
        self._replayed |= batch.replayed
        with self._transaction() as connection:
            done = [*batch.replayed.items()]
            connection.executemany('DELETE FROM event WHERE "table" = ? AND id <= ?', done)

    @property
    def doubt(self) -> Doubt | None:
        """Which of the first events the store may have already.

        Raises:
            BotpulseError: the file can't be read.
        """
        with self._transaction() as connection:
            found = connection.execute("SELECT note, number, upto FROM doubt").fetchone()
        return None if found is None else Doubt(*found)

    @property
    def is_empty(self) -> bool:
        """Whether no event is left, of a table that this process does not know either.

        Raises:
            BotpulseError: the file can't be read.
        """
        return not self._waiting("1 LIMIT 1")

    def close(self) -> None:
        """Let go of the file; it stays, for whoever comes next."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def remove(self) -> None:
        """Let go of the file and delete it: it is of no more use."""
        self.close()
        for path in (self.path.with_name(self.path.name + JOURNAL), self.path):  # whoever is killed between leaves
            with suppress(OSError):  # an empty spool, which the next removes; a journal alone is nobody's
                path.unlink()

    def _open(self, *, is_new: bool = False) -> None:
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        try:
            connection.execute("PRAGMA locking_mode = exclusive")  # the lock is kept from the first write on
            if is_new:  # the empty tables come to the disk with the first events: these have waited for long enough
                connection.execute("PRAGMA synchronous = off")
            connection.execute("BEGIN EXCLUSIVE")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute("COMMIT")
            connection.execute("PRAGMA synchronous = full")
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _waiting(self, condition: str, *values: object) -> list[tuple[int, str, str]]:
        """Events that were not replayed yet, and meet a condition."""
        done = [value for pair in self._replayed.items() for value in pair]
        replayed = "".join('NOT ("table" = ? AND id <= ?) AND ' for _ in self._replayed)
        with self._transaction() as connection:
            return connection.execute(f"{_SELECT}{replayed}{condition}", (*done, *values)).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with faults(self.path):
            if self._connection is None:
                self._open()
            assert self._connection is not None
            self._connection.execute("BEGIN")
            with self._connection:
                yield self._connection


def make_spool(location: Location, suffix: str = SUFFIX) -> Spool:
    """A new spool for a store, made and held: beside it, or in the user's own data where that takes none.

    Raises:
        BotpulseError: neither takes one; what is said is of the first.
    """
    faults_met: list[BotpulseError] = []
    for folder, prefix in places(location):
        spool = Spool(folder / f"{prefix}{suffix}{uuid.uuid4().hex[:12]}")
        try:
            if folder == own_folder():
                make_private(folder)
            spool.make()
        except BotpulseError as fault:
            faults_met.append(fault)
        else:
            return spool
    raise faults_met[0]


def make_notes(database: peewee.Database) -> None:
    """Make the table of notes where it is not there."""
    with database.bind_ctx([SpoolMark]):
        if not database.table_exists(str(SpoolMark._meta.table_name)):
            SpoolMark.create_table(safe=True)


def claim(database: peewee.Database, note: str, number: int) -> bool:
    """Note on a server, in the transaction of a batch, that it is being written; False where it was before.

    A transaction of before that has not ended yet is waited for: one of the two has the batch.
    """
    key, mark = '(spool, "table")', SpoolMark._meta.table_name
    statement = (
        f'INSERT INTO {mark} (spool, "table", replayed) VALUES (%s, %s, %s) ON CONFLICT {key}'
        f" DO UPDATE SET replayed = excluded.replayed WHERE {mark}.replayed < excluded.replayed"
    )
    return bool(database.execute_sql(statement, (note, _NO_TABLE, number)).rowcount)


def unwritten(database: peewee.Database, batch: SpoolBatch) -> tuple[list[EventRow], Mapping[str, int]]:
    """Which of a spool's events the store has not got, and what is to be noted with them, in one transaction.

    It may have some although it never said so: the answer to a commit may be lost.
    """
    if isinstance(database, peewee.PostgresqlDatabase):
        for name in sorted(batch.replayed):  # a transaction of before, not ended yet, is waited for
            claim_row(database, batch.spool, name)
    done, notes, first = noted(database, batch.spool), dict(batch.replayed), 0
    if batch.doubt is not None and not done.get(_NO_TABLE):
        if _is_new(database, batch.doubt):
            notes[_NO_TABLE] = 1  # it has none of them
        else:
            first = batch.doubt.upto
    pairs = zip(batch.numbers, batch.records, strict=True)
    return [each for n, each in pairs if n > max(first, done.get(str(each.model._meta.table_name), 0))], notes


def _is_new(database: peewee.Database, doubt: Doubt) -> bool:
    return claim(database, doubt.note, doubt.number) if doubt.number else not has_row(database, doubt)


def has_row(database: peewee.Database, doubt: Doubt) -> bool:
    """Whether a file has the row that decides a doubt, and with it the batch."""
    table, number, timestamp = json.loads(doubt.note)
    asked = f'SELECT 1 FROM "{table}" WHERE rowid = ? AND timestamp = ?'
    return bool(database.execute_sql(asked, (number, timestamp)).fetchall())


def claim_row(database: peewee.Database, spool: str, table: str) -> None:
    """Hold the note of a spool and a table to the end of the transaction."""
    mark = SpoolMark._meta.table_name
    statement = (
        f'INSERT INTO {mark} (spool, "table", replayed) VALUES (%s, %s, 0) ON CONFLICT (spool, "table")'
        f" DO UPDATE SET replayed = {mark}.replayed"
    )
    database.execute_sql(statement, (spool, table))


def note(database: peewee.Database, spool: str, replayed: Mapping[str, int]) -> None:
    """Note in a store what it has of a spool; to be called in the transaction that stores it."""
    rows = [{"spool": spool, "table": name, "replayed": number} for name, number in replayed.items()]
    key = [SpoolMark.spool, SpoolMark.table]
    with database.bind_ctx([SpoolMark]):
        SpoolMark.insert_many(rows).on_conflict(conflict_target=key, preserve=[SpoolMark.replayed]).execute()


def noted(database: peewee.Database, spool: str) -> dict[str, int]:
    """What a store has of a spool: by table, the number of the last event."""
    if not database.table_exists(SpoolMark._meta.table_name):
        return {}
    with database.bind_ctx([SpoolMark]):
        query = SpoolMark.select(SpoolMark.table, SpoolMark.replayed).where(SpoolMark.spool == spool)
        return {str(table): int(number) for table, number in database.execute(query).fetchall()}


def drop_note(database: peewee.Database, spool: str) -> None:
    """Forget a spool whose file is gone."""
    with database.bind_ctx([SpoolMark]):
        SpoolMark.delete().where(SpoolMark.spool == spool).execute()


def _row(record: EventRow) -> tuple[str, str] | None:
    try:
        row = _encoded(dict(zip(FIELDS[record.model], record.values, strict=True)))
    except (KeyError, TypeError, ValueError):
        return None
    return str(record.model._meta.table_name), row


def _record(model: type[peewee.Model], row: str) -> EventRow:
    values = json.loads(row)
    if not isinstance(values, dict):
        raise ValueError(row)
    return EventRow(model, tuple(values.get(name) for name in FIELDS[model]))
