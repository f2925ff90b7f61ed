"""Where events wait on disk while their store can't be written: small SQLite files beside it, one a tracker.

None is lost and none is doubled, whatever is killed when. A file belongs to whoever holds its lock; a file without
an owner is taken over by the next tracker that writes into the same store. The store itself notes how far a spool was
replayed, in the transaction of the very events (:mod:`core.tracking.spool_notes`); only then do they go from the spool.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import peewee

from core.errors import BotpulseError, NoAccess, StorageFault
from core.storage.database import faults
from core.storage.files import share_like
from core.storage.location import Location
from core.storage.mentions import names_user, struck_text
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

    def leave_out(self, is_out: Callable[[EventRow], bool], user: str) -> int:
        """Remove events that tell of a user, and strike the id from others; return how many of those had to wait.

        No byte of them stays in the file, nor in its journal.

        Raises:
            BotpulseError: nothing was changed.
        """
        waiting = {number for number, _t, _r in self._waiting("instr(row, ?) > 0", user)}
        with self._transaction() as connection:
            there = connection.execute(f"{_SELECT}instr(row, ?) > 0", (user,)).fetchall()
            found = [(number, table, row) for number, table, row in there if names_user(row, user)]
            gone = [(number,) for number, table, row in found if _is_left_out(table, row, is_out)]
            connection.executemany("DELETE FROM event WHERE id = ?", gone)
            struck = [(struck_text(row, user), number) for number, _t, row in found]
            connection.executemany("UPDATE event SET row = ? WHERE id = ?", struck)
        if found:
            with faults(self.path):
                connection.execute("PRAGMA journal_size_limit = 0").fetchall()  # else the journal keeps what it held
                connection.execute("VACUUM")
        return len(waiting.intersection(number for (number,) in gone))

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
            connection.execute("PRAGMA secure_delete = on").fetchall()
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


def _is_left_out(table: str, row: str, is_out: Callable[[EventRow], bool]) -> bool:
    """Of a table that this process does not know, all that names the user goes."""
    model = next((model for model in FIELDS if model._meta.table_name == table), None)
    try:
        return model is None or is_out(_record(model, row))
    except ValueError:
        return True


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
