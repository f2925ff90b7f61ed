"""Batches of records into the store, one transaction each: opening, reopening, and keeping bad rows out."""

from __future__ import annotations

import logging
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import peewee

from core.errors import BotpulseError, DatabaseLocked, DatabaseMissing
from core.models import ALL_MODELS, TOLD_BY, table_name
from core.storage.answer_limit import AnswerLimit
from core.storage.database import add_tables, faults, open_for_writing, writing_at_once
from core.storage.driver_errors import is_refusal, translate
from core.storage.location import Location
from core.storage.own_tables import is_own
from core.tracking.file_place import FilePlace
from core.tracking.insertion import RAISED, Insertion, Refusals
from core.tracking.records import EventRow, settled
from core.tracking.refused import RefusedEvents
from core.tracking.spool import Doubt, SpoolBatch
from core.tracking.spool_notes import SpoolMark, claim, drop_note, has_row, make_notes, note, noted, unwritten
from core.tracking.standing import OptOutStanding

log = logging.getLogger(__name__)

_LONGEST_ANSWER: Final = 3.0
"""Seconds that a server may take for a statement: one that is frozen must not keep events in memory for long."""

_LAST_ANSWER: Final = 0.5


class BatchWriter:
    """Writes batches into one store over a connection of its own, opened when it is first needed.

    Used by one thread.

    Attributes:
        place: which file is where the store is.
        standing: who opted out: nothing is written but by way of it.
    """

    def __init__(self, location: Location, *, busy_timeout: float, standing: OptOutStanding | None = None) -> None:
        """Take where the store is, and the seconds that one try waits for other writers."""
        self._location, self._busy_timeout = location, busy_timeout
        self._limit = AnswerLimit(seconds=_LONGEST_ANSWER)
        self._database: peewee.Database | None = None
        self._insertion: Insertion | None = None
        self._refused_events = RefusedEvents(location)
        self.place = FilePlace(location.path)
        self.standing = standing or OptOutStanding(location)
        self._tables: set[type[peewee.Model]] = set()
        self._taken: frozenset[type[peewee.Model]] = frozenset()
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

    @property
    def unanswered(self) -> SpoolBatch | None:
        """The batch of a spool that is being written at this moment; a file is written at once."""
        return None

    def hand_over_doubt(self) -> None:
        """A spool has the records in question, and the doubt."""
        self._begin_notes()

    def _begin_notes(self) -> None:
        self._note, self._number, self._refused = uuid.uuid4().hex, 1, 0
        self._doubt = None

    def write(self, records: Sequence[EventRow], batch: SpoolBatch | None = None) -> int:
        """Write all records in one transaction, durable on return; return how many the database refused.

        A refused row (by a constraint, say) keeps no other row out; it is kept in a file of its own
        (:mod:`core.tracking.refused`). Of the batch of a spool that they are, it is noted in the same transaction that
        the store has it.

        Raises:
            BotpulseError: nothing of the batch is in the store; trying again later may help.
        """
        database, refusals = self._ready(), Refusals()
        records = [settled(each) for each in records]  # before the transaction: striking takes its time
        while not self._try(database, records, batch, refusals):
            pass
        refused, doubt = len(refusals), self._doubt
        if batch is None:
            refused = refused or self._refused
            self._doubt, self._refused, self._number = None, 0, self._number + 1
        self._refused_events.tell(refusals)
        if self.place.is_elsewhere():
            if batch is None and self._insertion is not None:
                self._doubt, self._refused = self._insertion.doubt(len(records)) or doubt, refused
            self.close()
            raise DatabaseMissing(str(self._location), "it was removed or replaced during a write")
        return refused

    def _try(
        self, database: peewee.Database, records: Sequence[EventRow], batch: SpoolBatch | None, refusals: Refusals
    ) -> bool:
        """One transaction; False where it has to be done again without rows that were refused."""
        refusals.news = False
        try:
            self._add_tables(database, dict.fromkeys(record.model for record in records))
            if batch is not None:
                make_notes(database)
            with writing_at_once(database):
                if not refusals.tries:  # later tries must meet the same events
                    self.standing.refresh(database)
                refusals.tries += 1
                if batch is None:
                    self._write_noted(database, records, refusals)
                else:
                    self._replay(database, batch, refusals)
                self._refused_events.keep(refusals)
        except RAISED as error:
            if refusals.news:
                return False
            if self._is_refused_at_commit(error) and not refusals.careful:
                refusals.learn()
                return False
            if not isinstance(error, peewee.PeeweeException | sqlite3.Error):
                raise
            if self._notes and batch is None:
                self._doubt = Doubt(self._note, self._number, len(records))
            raise self._fault(error) from error
        return True

    def _is_refused_at_commit(self, error: BaseException) -> bool:
        """A constraint may be deferred to the commit: then it is said of no row."""
        return is_refusal(error) and self._insertion is not None and not self._insertion.failed

    def _write_noted(self, database: peewee.Database, records: Sequence[EventRow], refusals: Refusals) -> None:
        """Not what the store has already: by the batch's note on a server, by its last row in a file that came back."""
        if self._notes:
            is_new = claim(database, self._note, self._number)
        else:
            is_new = self._doubt is None or not has_row(database, self._doubt)
        if is_new:
            self._insert(records, refusals)
            self._refused = len(refusals)

    def _replay(self, database: peewee.Database, batch: SpoolBatch, refusals: Refusals) -> None:
        records, notes = unwritten(database, batch)
        self._insert(records, refusals)
        note(database, batch.spool, notes)

    def _insert(self, records: Sequence[EventRow], refusals: Refusals) -> None:
        assert self._insertion is not None
        kept = self.standing.struck(records)
        self._insertion.insert([each for each in kept if each.model not in self._taken], refusals)

    def follow(self, action: Callable[[peewee.Database], None]) -> None:
        """Call something with the open database, if it is open."""
        if self._database is not None:
            action(self._database)

    def end(self) -> None:
        """Take back the note of the last batch, and close."""
        if self._notes and self._doubt is None and self._database is not None:
            with suppress(BotpulseError):
                self.drop_note(self._note)
            self._begin_notes()
        self.close()

    def noted(self, spool: str) -> dict[str, int]:
        """How far the store has the events of a spool, by table (:func:`core.tracking.spool_notes.noted`).

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
        database, self._database, self._insertion = self._database, None, None
        if database is not None:
            with suppress(peewee.PeeweeException, sqlite3.Error):
                database.close()

    def _ready(self) -> peewee.Database:
        if self._database is not None and self.place.is_elsewhere():
            log.warning("%s was removed or replaced: its place is opened anew", self._location)
            self._save_log(self._database)
            self.close()
        if self._database is None:
            create, before = self.place.may_create(), self.place.now
            self._database = open_for_writing(
                self._location, timeout=self._busy_timeout, limit=self._limit, create=create
            )
            self._insertion = Insertion(self._database)
            self.place.hold(before)
            if not create and self.place.is_elsewhere():
                self.close()
                raise DatabaseMissing(str(self._location), "it was removed or replaced as it was opened")
            self.place.hold(self.place.now)
            self._tables = {*ALL_MODELS, *TOLD_BY}
            with faults(self._location):
                self._notes = _takes_notes(self._database)
                self._taken = _taken(self._database)
                self.standing.learn(self._database)
        return self._database

    def _add_tables(self, database: peewee.Database, models: Iterable[type[peewee.Model]]) -> None:
        """A metric's table is made with its first row."""
        for model in models:
            if model not in self._tables:
                add_tables(database, [model])
                self._tables.add(model)

    def _save_log(self, database: peewee.Database) -> None:
        """A file that was renamed gets what its write-ahead log still holds; a new file's log is left alone."""
        if self.place.now is None:
            with suppress(peewee.PeeweeException):
                database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _fault(self, error: BaseException) -> BotpulseError:
        fault = translate(error, str(self._location))
        if not isinstance(fault, DatabaseLocked):
            self.close()
        return fault


def _taken(database: peewee.Database) -> frozenset[type[peewee.Model]]:
    """The tables whose names somebody else's tables have: nothing of ours is written into those."""
    found = frozenset(model for model in TOLD_BY if not is_own(database, model))
    for model in found:
        log.warning(
            "a table %s is there that is not Botpulse's: what would go into it is not recorded", table_name(model)
        )
    return found


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
