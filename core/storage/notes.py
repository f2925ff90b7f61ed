"""Notes: what a host wrote down at a moment ("new driver"), kept in the user's own data, never in the host's file.

It is SQLite, opened for each call, so several windows may write: everything here is disk, for threads and other
processes than the window's.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unicodedata import category

from core.storage.location import Location, address_digest
from core.storage.mentions import names_user, struck_text
from core.storage.own_folders import data_folder

log = logging.getLogger(__name__)

LONGEST_NOTE: Final = 200
"""Characters that are kept of a note."""

FILE: Final = "notes.db"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS note
    (id TEXT PRIMARY KEY, database TEXT NOT NULL, moment REAL NOT NULL, text TEXT NOT NULL, written REAL NOT NULL)
    WITHOUT ROWID
"""
_WRITE: Final = """
INSERT INTO note (id, database, moment, text, written) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET moment = excluded.moment, text = excluded.text, written = excluded.written
"""
_MOST: Final = 2_000
"""Notes of a database that are read, the newest moments first."""

_BUSY_SECONDS: Final = 5.0
_DROPPED: Final = frozenset({"Cc", "Cf", "Cs", "Cn"})
_JOINERS: Final = "\u200c\u200d"
"""They make one sign of several, and words of some scripts what they are."""


@dataclass(frozen=True, slots=True)
class Note:
    """A note.

    Attributes:
        moment: what it is about, in epoch seconds.
        text: the host's own words, on one line.
        id: tells it from all others.
    """

    moment: float
    text: str
    id: str = ""


def new_note(moment: float, text: str) -> Note:
    """A note that was not there before; it is empty where nothing of the text can be kept."""
    return Note(moment, _kept(text), uuid.uuid4().hex)


def notes_path() -> Path:
    """Where the notes of all databases are; the file is made with the first of them."""
    return data_folder() / FILE


def note_files() -> list[Path]:
    """That file, and those that were damaged and laid aside."""
    return sorted(notes_path().parent.glob(f"{FILE}*"))


def notes_of(location: Location) -> tuple[Note, ...]:
    """A database's notes, in the order of their moments; none where there is no file.

    Raises:
        OSError: the file can't be read, or is something else.
    """
    query = "SELECT moment, text, id FROM note WHERE database = ? ORDER BY moment DESC, id LIMIT ?"
    with _opened() as connection:
        if connection is None:
            return ()
        found = connection.execute(query, (address_digest(location), _MOST)).fetchall()
    return tuple(Note(float(moment), str(text), str(id)) for moment, text, id in reversed(found))


def write_note(location: Location, note: Note) -> None:
    """Keep a note of a database, in the place of the one with the same id.

    Raises:
        OSError: the file can't be written.
    """
    with _opened(make=True) as connection:
        assert connection is not None
        with connection:
            connection.execute(_WRITE, (note.id, address_digest(location), note.moment, _kept(note.text), time.time()))


def remove_note(note: Note) -> None:
    """Remove a note; one that is not there any more is no fault.

    Raises:
        OSError: the file can't be written.
    """
    with _opened() as connection:
        if connection is not None:
            with connection:
                connection.execute("DELETE FROM note WHERE id = ?", (note.id,))


def strike_notes(user: str) -> int:
    """Put a 0 in the place of a user's id in all notes, of every database; returns how many had it.

    Raises:
        OSError: the file can't be written.
    """
    with _opened() as connection:
        if connection is None:
            return 0
        found = connection.execute("SELECT text, id FROM note WHERE instr(text, ?)", (user,)).fetchall()
        struck = [(struck_text(text, user), id) for text, id in found if names_user(text, user)]
        with connection:
            connection.executemany("UPDATE note SET text = ? WHERE id = ?", struck)
        if struck:
            connection.execute("VACUUM")  # what was moved within the file has left copies
        return len(struck)


def notes_that_name(user: str) -> int:
    """How many notes mention a user's id.

    Raises:
        OSError: the file can't be read.
    """
    with _opened() as connection:
        found = [] if connection is None else connection.execute("SELECT text FROM note").fetchall()
    return sum(names_user(text, user) for (text,) in found)


def _kept(text: str) -> str:
    """One line without controls and marks that turn the direction; what joins letters and signs stays."""
    kept = (each if category(each) not in _DROPPED or each in _JOINERS else " " * (each in "\t\n\r") for each in text)
    return " ".join("".join(kept).split())[:LONGEST_NOTE]


@contextmanager
def _opened(*, make: bool = False) -> Iterator[sqlite3.Connection | None]:
    """A connection; None where there is no file and none is to be made. Only its owner may read the file."""
    file = notes_path()
    if make:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    elif not file.exists():
        yield None
        return
    try:
        with closing(sqlite3.connect(file, timeout=_BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute(_SCHEMA)
            yield connection
    except (sqlite3.Error, ValueError) as error:
        if _is_damaged(error):
            _lay_aside(file)
        raise OSError(f"{file}: {error}") from error


def _is_damaged(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def _lay_aside(file: Path) -> None:
    """It would stand in the way of every note: it is kept beside, and the next note begins a new one."""
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y-%m-%d-%H%M%S')}")
    with suppress(OSError):
        file.replace(aside)
        log.warning("the notes can't be read, and are laid aside as %s", aside)
