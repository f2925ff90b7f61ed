"""Batches of records into the store, one transaction each: opening, reopening, and keeping bad rows out."""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

import peewee

from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing
from core.models import ALL_MODELS
from core.storage.answer_limit import AnswerLimit
from core.storage.database import add_tables, faults, open_for_writing, writing_at_once
from core.storage.driver_errors import driver_error, translate
from core.storage.location import Location, file_state
from core.tracking.records import FIELDS, EventRow
from core.tracking.spool import Doubt, SpoolBatch, SpoolMark, claim, drop_note, make_notes, note, noted, unwritten

log = logging.getLogger(__name__)

_ROWS_A_STATEMENT: Final = (64, 8, 1)
"""Few sizes, so that few statements are prepared; 64 rows stay below SQLite's lowest limit of 999 variables."""

_LONGEST_ANSWER: Final = 3.0
"""Seconds that a server may take for a statement: one that is frozen must not keep events in memory for long."""

_LAST_ANSWER: Final = 0.5

_BELIEVABLE_SHIFTS: Final = 2

_REFUSED: Final = (
    peewee.IntegrityError,
    peewee.DataError,
    peewee.InterfaceError,
    peewee.ProgrammingError,
    OverflowError,
    ValueError,
    TypeError,
)
"""What a database, or its driver, raises for a row's content."""


class BatchWriter:
    """Writes batches into one store over a connection of its own, opened when it is first needed.

    Used by one thread.
    """

    def __init__(self, location: Location, *, busy_timeout: float) -> None:
        """Take where the store is, and the seconds that one try waits for other writers."""
        self._location = location
        self._busy_timeout = busy_timeout
        self._limit = AnswerLimit(seconds=_LONGEST_ANSWER)
        self._database: peewee.Database | None = None
        self._connection: Any = None
        self._identity: tuple[int, int] | None = None
        self._shifts = 0
        self._statements: dict[tuple[type[peewee.Model], int], str] = {}
        self._tables: set[type[peewee.Model]] = set()
        self._doubt: Doubt | None = None
        self._notes = False
        self._begin_notes()

    @property
    def database(self) -> peewee.Database | None:
        """The open database, if it is open."""
        return self._database

    def end_within(self, timeout: float) -> None:
        """Wait for no answer of a server for much longer; called by another thread."""
        self._limit.ends = min(self._limit.ends, time.monotonic() + timeout + _LAST_ANSWER)

    @property
    def doubt(self) -> Doubt | None:
        """The batch of which it is not known whether a server has it: :meth:`write` takes the same records again."""
        return self._doubt

    def hand_over_doubt(self) -> None:
        """A spool has the records in question, and the doubt."""
        self._begin_notes()

    def _begin_notes(self) -> None:
        self._note, self._number, self._refused = uuid.uuid4().hex, 1, 0
        self._doubt = None

    def write(self, records: Sequence[EventRow], batch: SpoolBatch | None = None) -> int:
        """Write all records in one transaction, durable on return; return how many the database refused.

        A refused row (by a constraint, say) keeps no other row out. Of the batch of a spool that they are, it is
        noted in the same transaction that the store has it.

        Raises:
            BotpulseError: nothing of the batch is in the store; trying again later may help.
        """
        database = self._ready()
        try:
            self._add_tables(database, _by_table(records))
            if batch is not None:
                make_notes(database)
            with writing_at_once(database):
                refused = self._write_noted(database, records) if batch is None else self._replay(database, batch)
        except (peewee.PeeweeException, sqlite3.Error) as error:
            if self._notes and batch is None:
                self._doubt = Doubt(self._note, self._number, len(records))
            raise self._fault(error) from error
        if batch is None:
            self._doubt, self._refused, self._number = None, 0, self._number + 1
        if self._is_elsewhere():
            self.close()
            raise DatabaseMissing(str(self._location), "it was removed or replaced during a write")
        return refused

    def _write_noted(self, database: peewee.Database, records: Sequence[EventRow]) -> int:
        """On a server a batch carries a note, by which it is known when the answer to its commit is lost."""
        if not self._notes or claim(database, self._note, self._number):
            self._refused = self._insert_all(database, records)
        return self._refused

    def _replay(self, database: peewee.Database, batch: SpoolBatch) -> int:
        records, notes = unwritten(database, batch)
        refused = self._insert_all(database, records)
        note(database, batch.spool, notes)
        return refused

    def _insert_all(self, database: peewee.Database, records: Sequence[EventRow]) -> int:
        return sum(self._insert(database, model, rows) for model, rows in _by_table(records).items())

    def end(self) -> None:
        """Take back the note of the last batch, and close."""
        if self._notes and self._doubt is None and self._database is not None:
            with suppress(BotpulseError):
                self.drop_note(self._note)
            self._begin_notes()
        self.close()

    def noted(self, spool: str) -> dict[str, int]:
        """How far the store has the events of a spool, by table (:func:`core.tracking.spool.noted`).

        Raises:
            BotpulseError: the store can't be read.
        """
        with faults(self._location):
            return noted(self._ready(), spool)

    def drop_note(self, spool: str) -> None:
        """Forget a spool that is gone.

        Raises:
            BotpulseError: the note stays, which does no harm.
        """
        with faults(self._location):
            drop_note(self._ready(), spool)

    def close(self) -> None:
        """Close the connection; the next write opens a new one."""
        database, self._database, self._connection = self._database, None, None
        if database is not None:
            with suppress(peewee.PeeweeException, sqlite3.Error):
                database.close()

    def _ready(self) -> peewee.Database:
        if self._database is not None and self._is_elsewhere():
            log.warning("%s was removed or replaced: its place is opened anew", self._location)
            self._save_log(self._database)
            self.close()
        if self._database is None:
            self._database = open_for_writing(self._location, timeout=self._busy_timeout, limit=self._limit)
            self._connection = self._database.connection()
            self._identity = _identity(self._location.path)
            self._statements.clear()
            self._tables = set(ALL_MODELS)
            with faults(self._location):
                self._notes = _takes_notes(self._database)
        return self._database

    def _add_tables(self, database: peewee.Database, models: Iterable[type[peewee.Model]]) -> None:
        """A metric's table is made with its first row."""
        for model in models:
            if model not in self._tables:
                add_tables(database, [model])
                self._tables.add(model)

    def _is_elsewhere(self) -> bool:
        """Whether the open file is no longer the one at the path: SQLite would go on writing into the void.

        A file that seems to be another one time after time lies on a file system that can't tell files apart: there
        it is taken for the same, rather than written to again and again.
        """
        if self._location.path is None or _identity(self._location.path) == self._identity:
            self._shifts = 0
            return False
        self._shifts += 1
        return self._shifts <= _BELIEVABLE_SHIFTS

    def _save_log(self, database: peewee.Database) -> None:
        """A file that was renamed gets what its write-ahead log still holds; a new file's log is left alone."""
        if _identity(self._location.path) is None:
            with suppress(peewee.PeeweeException):
                database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _fault(self, error: BaseException) -> BotpulseError:
        fault = translate(error, str(self._location))
        if not isinstance(fault, DatabaseLocked):
            self.close()
        return fault

    def _insert(self, database: peewee.Database, model: type[peewee.Model], rows: Sequence[EventRow]) -> int:
        """Insert rows of one table; halve them where one is refused, until it stands alone."""
        try:
            with database.atomic():
                for part in _parts(rows):
                    self._execute(database, model, part)
        except _REFUSED as error:
            if not _is_content(error):
                raise
            if len(rows) > 1:
                half = len(rows) // 2
                return sum(self._insert(database, model, part) for part in (rows[:half], rows[half:]))
            log.error("%s refused a row of %s: %s", self._location, model._meta.table_name, type(error).__name__)
            return 1
        return 0

    def _execute(self, database: peewee.Database, model: type[peewee.Model], rows: Sequence[EventRow]) -> None:
        """By the driver's own cursor: peewee would log every prompt where the bot logs at level DEBUG."""
        statement = self._statement(database, model, len(rows))
        with peewee.__exception_wrapper__, closing(self._connection.cursor()) as cursor:  # type: ignore[attr-defined]
            cursor.execute(statement, [*chain.from_iterable(row.values for row in rows)])

    def _statement(self, database: peewee.Database, model: type[peewee.Model], count: int) -> str:
        """The INSERT of ``count`` rows in this database's dialect."""
        key = (model, count)
        if key not in self._statements:
            fields = [model._meta.fields[name] for name in FIELDS[model]]
            query = model.insert_many([[None] * len(fields)] * count, fields)
            sql, _ = database.get_sql_context().sql(query).query()
            self._statements[key] = sql
        return self._statements[key]


def _takes_notes(database: peewee.Database) -> bool:
    """Whether batches can carry a note: on a server that lets this user. A file's commit is never in doubt."""
    if not isinstance(database, peewee.PostgresqlDatabase):
        return False
    try:
        make_notes(database)
        rights = " AND ".join(f"has_table_privilege(%s, '{right}')" for right in ("SELECT", "INSERT", "UPDATE"))
        table = SpoolMark._meta.table_name
        allowed = bool(database.execute_sql(f"SELECT {rights}", (table,) * 3).fetchone()[0])
    except peewee.ProgrammingError:
        allowed = False
    if not allowed:
        log.warning("batches carry no note here, so one is written twice where the answer to its commit is lost")
    return allowed


def _by_table(records: Sequence[EventRow]) -> dict[type[peewee.Model], list[EventRow]]:
    tables: defaultdict[type[peewee.Model], list[EventRow]] = defaultdict(list)
    for record in records:
        tables[record.model].append(record)
    return tables


def _parts(rows: Sequence[EventRow]) -> Iterator[Sequence[EventRow]]:
    done = 0
    for size in _ROWS_A_STATEMENT:
        while len(rows) - done >= size:
            yield rows[done : done + size]
            done += size


def _is_content(error: BaseException) -> bool:
    """Whether a row is to blame. A server says ProgrammingError of a missing table too, sqlite3 only of bad values."""
    return not isinstance(error, peewee.ProgrammingError) or isinstance(driver_error(error), sqlite3.ProgrammingError)


def _identity(path: Path | None) -> tuple[int, int] | None:
    """Which file stands at a path; None for none."""
    try:
        return file_state(path).identity
    except OSError:
        return None
