"""The file in which cells are kept: one for a database and a zone, in the user's folder for caches.

It may be deleted at any time. Whoever can't open, read or write it does without: a :class:`CacheUnusable` never reaches
the user.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from core.models import EventModel, table_name
from core.statistics.bucket_counts import BucketCounts
from core.statistics.rollups.calendar import Level
from core.statistics.rollups.packing import FIELDS, Counters, DamagedCell, PackedPart, Part, pack, take_in, unpack
from core.storage.rollup_files import throw_away
from core.time_ranges import DAY

log = logging.getLogger(__name__)

_BUSY_SECONDS: Final = 0.5
_KEPT_BY: Final = "kept_by"

_PASSING: Final = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
    )
)
"""What says nothing about what is in the file."""

_SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE progress (name TEXT PRIMARY KEY, bound INTEGER NOT NULL, rows INTEGER NOT NULL,
    sample TEXT NOT NULL, verified REAL NOT NULL, took REAL NOT NULL, hours_since REAL NOT NULL,
    edition INTEGER NOT NULL, seconds INTEGER) WITHOUT ROWID;
CREATE TABLE fingerprint (name TEXT, start REAL, rows INTEGER NOT NULL, digest INTEGER NOT NULL,
    PRIMARY KEY (name, start)) WITHOUT ROWID;
CREATE TABLE cell (name TEXT, level INTEGER, part INTEGER, start REAL, data BLOB NOT NULL,
    PRIMARY KEY (name, level, part, start)) WITHOUT ROWID;
"""


class CacheUnusable(Exception):
    """The file is not there, can't be used at the moment, or was just thrown away: do without."""


class Fingerprint(NamedTuple):
    """What tells the rows of an hour from others: how many they are, and the sum of their checksums."""

    rows: int
    digest: int

    def plus(self, other: Fingerprint) -> Fingerprint:
        """That of both together."""
        return Fingerprint(self.rows + other.rows, self.digest + other.digest)


NO_ROWS: Final = Fingerprint(0, 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a table's rows are in its cells.

    Attributes:
        bound: all rows up to this id are.
        rows: how many those are.
        sample: checksums of some of them by id, "id:checksum …", the first row and the one at the bound included.
        verified: epoch seconds at which all of them were last compared; took: how many seconds that took.
        hours_since: epoch seconds, where a day begins: from then on there are cells of hours, before it of days.
        edition: counted up at every change.
        seconds: the sum of the rows' times (:func:`core.statistics.rollups.trust.seconds_of`); None: it is not known.
    """

    bound: int = 0
    rows: int = 0
    sample: str = ""
    verified: float = 0.0
    took: float = 0.0
    hours_since: float = 0.0
    edition: int = 0
    seconds: int | None = None


class CacheFile:
    """An open cache, whose reads and writes within one block all see the same state. See :func:`reading_cache`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def progress(self, model: type[EventModel]) -> Progress:
        """How far a table is in it; bound 0 where it is not."""
        query = "SELECT bound, rows, sample, verified, took, hours_since, edition, seconds FROM progress WHERE name = ?"
        found = self._connection.execute(query, (table_name(model),)).fetchone()
        return Progress(*found) if found else Progress()

    def set_progress(self, model: type[EventModel], progress: Progress) -> None:
        """Write how far a table is."""
        values = (table_name(model), *astuple(progress))
        self._connection.execute("INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def cells(
        self, model: type[EventModel], level: Level, part: Part, start: float, end: float
    ) -> Iterator[tuple[float, Counters]]:
        """One part of the cells that begin in ``[start, end)``, in order, each with its start."""
        for each, packed in self.packed(model, level, part, start, end):
            yield each, packed.counters

    def packed(
        self, model: type[EventModel], level: Level, part: Part, start: float, end: float
    ) -> Iterator[tuple[float, PackedPart]]:
        """The same, not unpacked yet."""
        names = FIELDS[model][part]
        query = "SELECT start, data FROM cell WHERE name = ? AND level = ? AND part = ? AND start >= ? AND start < ?"
        rows = self._connection.execute(query, (table_name(model), level, part, start, end)).fetchall()
        for each, data in rows:
            yield each, PackedPart(_place(model, level, part, each), data, names)

    def add(self, model: type[EventModel], level: Level, more: Mapping[float, BucketCounts]) -> None:
        """Add to cells, by their start."""
        for start, counts in more.items():
            for part, names in FIELDS[model].items():
                cell = self._cell(model, level, part, start)
                cell.add(counts, names)
                self._put(model, level, part, start, cell)

    def replace(
        self, model: type[EventModel], level: Level, start: float, old: BucketCounts, new: BucketCounts
    ) -> None:
        """Take something out of a cell, and put something else in."""
        for part, names in FIELDS[model].items():
            cell = self._cell(model, level, part, start)
            cell.take_away(old, names)
            cell.add(new, names)
            self._put(model, level, part, start, cell)

    def whole(self, model: type[EventModel], level: Level, start: float) -> BucketCounts:
        """All parts of a cell; an empty one where there is none."""
        cell = BucketCounts()
        for part, names in FIELDS[model].items():
            cell.add(self._cell(model, level, part, start), names)
        return cell

    def drop_hours(self, model: type[EventModel], start: float, end: float) -> None:
        """Drop the cells of the hours that begin in ``[start, end)``; what is above them stays."""
        query = "DELETE FROM cell WHERE name = ? AND level = ? AND start >= ? AND start < ?"
        self._connection.execute(query, (table_name(model), int(Level.HOUR), start, end))

    def fingerprints(self, model: type[EventModel], since: float = -1.0) -> dict[float, Fingerprint]:
        """Those of a table's hours that begin at or after ``since``; of -1 are rows without a usable timestamp."""
        query = "SELECT start, rows, digest FROM fingerprint WHERE name = ? AND start >= ?"
        rows = self._connection.execute(query, (table_name(model), since)).fetchall()
        return {start: Fingerprint(count, digest) for start, count, digest in rows}

    def has_rows(self, model: type[EventModel], start: float, end: float) -> bool:
        """Whether any hour that begins in ``[start, end)`` has rows."""
        query = "SELECT 1 FROM fingerprint WHERE name = ? AND start >= ? AND start < ? AND rows > 0 LIMIT 1"
        return self._connection.execute(query, (table_name(model), start, end)).fetchone() is not None

    def set_fingerprints(self, model: type[EventModel], some: Mapping[float, Fingerprint]) -> None:
        """Write those of some hours."""
        rows = [(table_name(model), start, *each) for start, each in some.items()]
        self._connection.executemany("INSERT OR REPLACE INTO fingerprint VALUES (?, ?, ?, ?)", rows)

    def forget(self, model: type[EventModel]) -> None:
        """Drop all cells of a table; the next edition begins with nothing."""
        before = self.progress(model)
        for table in ("fingerprint", "cell"):
            self._connection.execute(f"DELETE FROM {table} WHERE name = ?", (table_name(model),))
        self.set_progress(model, Progress(edition=before.edition + 1))

    def _cell(self, model: type[EventModel], level: Level, part: Part, start: float) -> BucketCounts:
        query = "SELECT data FROM cell WHERE name = ? AND level = ? AND part = ? AND start = ?"
        found = self._connection.execute(query, (table_name(model), level, part, start)).fetchone()
        cell = BucketCounts()
        if found is not None:
            take_in(cell, unpack(_place(model, level, part, start), found[0], FIELDS[model][part]))
        return cell

    def _put(self, model: type[EventModel], level: Level, part: Part, start: float, cell: BucketCounts) -> None:
        data = pack(_place(model, level, part, start), cell, FIELDS[model][part])
        values = (table_name(model), int(level), int(part), start, data)
        self._connection.execute("INSERT OR REPLACE INTO cell VALUES (?, ?, ?, ?, ?)", values)


@contextmanager
def reading_cache(path: Path, signature: str) -> Iterator[CacheFile]:
    """A cache as it is at one moment.

    Raises:
        CacheUnusable: there is none, or it is not to be believed, in which case it was thrown away.
    """
    if not path.exists():
        raise CacheUnusable("there is none")
    with _opened(path, signature) as connection:
        connection.execute("BEGIN")
        yield CacheFile(connection)


@contextmanager
def writing_cache(path: Path, signature: str) -> Iterator[CacheFile]:
    """A cache to be written to, in one transaction; it is made where there is none.

    Raises:
        CacheUnusable: it can't be made or written to, or another process is writing.
    """
    try:
        _make(path, signature)
    except (OSError, sqlite3.Error) as error:
        raise CacheUnusable(str(error)) from error
    with _opened(path, signature) as connection:
        connection.execute("PRAGMA secure_delete = on")  # nothing stays of a user whose rows were deleted
        connection.execute("BEGIN IMMEDIATE")
        yield CacheFile(connection)
        connection.execute("COMMIT")


@contextmanager
def _opened(path: Path, signature: str) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
            if _kept_by(connection) != signature:
                raise DamagedCell("of another kind")
            _note_use(path)
            yield connection
    except OSError as error:
        raise CacheUnusable(str(error)) from error
    except (sqlite3.Error, DamagedCell) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _PASSING:
            raise CacheUnusable(str(error)) from error
        log.info("the cache %s is not what this version writes (%s): it is thrown away", path.name, error)
        throw_away(path)
        raise CacheUnusable(str(error)) from error


def _kept_by(connection: sqlite3.Connection) -> Any:
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        return None
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (_KEPT_BY,)).fetchone()
    return found[0] if found else None


def _make(path: Path, signature: str) -> None:
    if path.exists() and path.stat().st_size:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("BEGIN IMMEDIATE")
        if _kept_by(connection) is None:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES (?, ?)", (_KEPT_BY, signature))
        connection.execute("COMMIT")


def _note_use(path: Path) -> None:
    """Let the file's time say that it is in use: it is otherwise only written when there is much that is new."""
    with contextlib.suppress(OSError):
        if path.stat().st_mtime < time.time() - DAY:
            os.utime(path)


def _place(model: type[EventModel], level: Level, part: Part, start: float) -> str:
    return f"{table_name(model)} {int(level)} {int(part)} {start!r}"
