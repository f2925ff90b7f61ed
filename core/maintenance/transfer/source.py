"""The database that is copied from: only read, in chunks, while its bot goes on writing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, Final, TypeVar

import peewee

from core.errors import DatabaseLocked
from core.maintenance.locking import LOCK_TIMEOUT
from core.maintenance.transfer.values import Row, in_order
from core.models import EventModel, table_name
from core.storage import postgres
from core.storage.chunked_reads import CHUNK_SECONDS, ChunkSize, IdChunks
from core.storage.database import faults
from core.storage.location import FileState, Location, file_state
from core.storage.reader import Reader, open_for_reading
from core.storage.seeks import IdSpan, all_ids, next_id
from core.tasks import Progress, Task
from core.text.translation import gettext as _

Result = TypeVar("Result")

_WAIT: Final = 0.25
_REST: Final = 0.02


class Source:
    """A database that is read at length. What raises because of a lock can be asked again.

    Attributes:
        location: where it is.
    """

    def __init__(self, location: Location) -> None:
        self.location = location
        self._reader: Reader | None = None
        self._state: FileState = file_state(None)

    def close(self) -> None:
        """Close the connection."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def ids(self, model: type[EventModel]) -> IdSpan:
        """All ids of a table, at this moment."""
        return self._ask(lambda reader: all_ids(reader, model))

    def rows(self, model: type[EventModel], ids: IdSpan) -> list[Row]:
        """The rows with some ids, by id."""
        query = model.select(*model._meta.sorted_fields).where(ids.within(model)).order_by(model.id)
        return self._ask(lambda reader: reader.rows(query))

    def whole(self, model: type[peewee.Model]) -> list[Row]:
        """All rows of a small table."""
        query = model.select(*model._meta.sorted_fields)
        return in_order(self._ask(lambda reader: reader.rows(query)))

    def chunks(self, model: type[EventModel], ids: IdSpan) -> IdChunks[list[Row]]:
        """The rows with some ids, chunk by chunk; each holds the bot up for a moment only."""
        return IdChunks(
            ids,
            ChunkSize(),
            lambda some: self.rows(model, some),
            lambda rest, number: self._ask(lambda reader: next_id(reader, model, rest, number=number)),
        )

    def rest(self) -> None:
        """Let others have the lock, where a reader stops the writer, for as long as a chunk holds it."""
        if self._reader is not None and self._reader.journal_mode == "rollback":
            sleep(CHUNK_SECONDS)

    def counter(self, model: type[EventModel]) -> int:
        """The highest id that was ever handed out, as far as it is known; 0 where it is not."""
        return self._ask(lambda reader: _counter(reader.database, table_name(model)))

    def other_tables(self, known: Sequence[str], prefix: str) -> tuple[str, ...]:
        """The tables that begin with ``prefix`` and are not ``known`` here."""
        there = self._ask(lambda reader: reader.database.get_tables())
        return tuple(sorted(name for name in there if name.startswith(prefix) and name not in known))

    def _ask(self, question: Callable[[Reader], Result]) -> Result:
        """A file that rests is read as one that does not change: where it was written meanwhile, it is read again."""
        with faults(self.location):
            while True:
                reader = self._open()
                answer = question(reader)
                if not reader.immutable or file_state(self.location.path) == self._state:
                    return answer
                self.close()

    def _open(self) -> Reader:
        if self._reader is None:
            self._state = file_state(self.location.path)
            self._reader = open_for_reading(self.location, timeout=_WAIT)
            if isinstance(self._reader.database, peewee.SqliteDatabase):
                self._reader.database.connection().text_factory = _keeping
        return self._reader


@contextmanager
def source_at(location: Location) -> Iterator[Source]:
    """A source for the length of a ``with`` block."""
    source = Source(location)
    try:
        yield source
    finally:
        source.close()


def in_its_turn(action: Callable[[], Result]) -> Task[Result]:
    """Do something on a database, again where others hold its lock.

    Raises:
        DatabaseLocked: it is still locked after some seconds.
    """
    began = monotonic()
    while True:
        try:
            return action()
        except DatabaseLocked:
            if monotonic() - began > LOCK_TIMEOUT:
                raise
        sleep(_REST)
        yield Progress(0.0, _("waiting for another program's write to end"))


def _keeping(text: bytes) -> str:
    """Bytes that are no text stay recognisable."""
    return text.decode(errors="surrogateescape")


def _counter(database: peewee.Database, table: str) -> int:
    if isinstance(database, postgres.ServerDatabase):
        return postgres.last_handed_out(database, table)
    if "sqlite_sequence" not in _kept_tables(database):
        return 0
    found = database.execute_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchall()
    return int(found[0][0]) if found and isinstance(found[0][0], int) else 0


def _kept_tables(database: Any) -> set[str]:
    """The names of SQLite's own tables in a file."""
    rows = database.execute_sql("SELECT name FROM main.sqlite_master WHERE name LIKE 'sqlite\\_%' ESCAPE '\\'")
    return {name for (name,) in rows.fetchall()}
