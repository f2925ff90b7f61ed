"""Labels: what users, servers and channels are called, kept in the user's own data, beside no database in particular.

A host names an id themselves, or has Discord asked for its name. Discord's ids mean the same in every database, so
there is one file for all of them. Where several names are known for an id, the host's own label comes first, then the
row of the database's table ``names``, then the label that Discord gave.

It is SQLite, opened for each call: everything here is disk, for threads and other processes than the window's.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from core.storage.own_folders import data_folder

LONGEST_LABEL: Final = 200
"""Characters that are kept of a name."""

FILE: Final = "labels.db"

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS label
    (kind TEXT NOT NULL, id TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, updated REAL NOT NULL,
     PRIMARY KEY (kind, id, source)) WITHOUT ROWID
"""
_WRITE: Final = """
INSERT INTO label (kind, id, source, name, updated) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (kind, id, source) DO UPDATE SET name = excluded.name, updated = excluded.updated
"""
_READ: Final = "SELECT kind, id, source, name, updated FROM label"
_AMONG: Final = 500
"""Ids in one query: SQLite takes 999 values in its oldest releases."""

_BUSY_SECONDS: Final = 5.0


class LabelSource(StrEnum):
    """Whose word a label is."""

    HOST = "host"
    DISCORD = "discord"


class Label(NamedTuple):
    """A label.

    Attributes:
        kind: "user", "guild" or "channel" (:class:`core.models.NameKind`).
        id: the id, as text.
        source: a :class:`LabelSource`.
        name: what it is called, untrusted text; empty where Discord knows nobody of this id.
        updated: when it was written, in epoch seconds.
    """

    kind: str
    id: str
    source: str
    name: str
    updated: float


def labels_path() -> Path:
    """Where the labels are; the file is made with the first of them."""
    return data_folder() / FILE


def read_labels(kind: str, ids: Collection[str], path: Path | None = None) -> list[Label]:
    """The labels of some ids, at most one of each source for an id; none where there is no file.

    Raises:
        OSError: the file can't be read, or is something else.
    """
    found: list[Label] = []
    wanted = list(ids)
    with _opened(path) as connection:
        if connection is None:
            return []
        for start in range(0, len(wanted), _AMONG):
            some = wanted[start : start + _AMONG]
            query = f"{_READ} WHERE kind = ? AND id IN ({', '.join('?' * len(some))})"
            found += map(Label._make, connection.execute(query, (kind, *some)))
    return found


def all_labels(path: Path | None = None) -> list[Label]:
    """Every label, in the order of kinds and ids.

    Raises:
        OSError: the file can't be read, or is something else.
    """
    with _opened(path) as connection:
        return [] if connection is None else list(map(Label._make, connection.execute(f"{_READ} ORDER BY 1, 2, 3")))


def labels_beginning(kind: str, beginning: str, limit: int, path: Path | None = None) -> dict[str, str]:
    """The ids of a kind with a label that begins so, without regard to case, with that label; at most ``limit``.

    Raises:
        OSError: the file can't be read, or is something else.
    """
    wanted = beginning.casefold()
    pattern = "".join(_PATTERN.get(sign, sign if sign.isascii() else "_") for sign in beginning) + "%"
    query = "SELECT id, name FROM label WHERE kind = ? AND name LIKE ? ESCAPE '\\'"
    with _opened(path) as connection:
        if connection is None or not wanted or "\0" in beginning:
            return {}
        found = connection.execute(query, (kind, pattern))
        return dict(islice(((id, name) for id, name in found if name.casefold().startswith(wanted)), limit))


_PATTERN: Final = {"%": "\\%", "_": "\\_", "\\": "\\\\"}
"""What a letter of SQLite's patterns is written as; letters beyond ASCII, whose case it does not know, match any."""


def write_labels(labels: Iterable[Label], path: Path | None = None) -> None:
    """Write labels in one transaction, each in the place of what this source said of the id before.

    Raises:
        OSError: the file can't be written.
    """
    rows = [(each.kind, each.id, str(each.source), _kept(each.name), each.updated) for each in labels]
    with _opened(path, make=True) as connection:
        assert connection is not None
        with connection:
            connection.executemany(_WRITE, rows)


def host_label(kind: str, id: str, name: str) -> Label:
    """A label of the host's own, as of now."""
    return Label(kind, id, LabelSource.HOST, name, time.time())


def fetched_label(kind: str, id: str, name: str) -> Label:
    """A label that Discord gave just now; without a name where it knows nobody."""
    return Label(kind, id, LabelSource.DISCORD, name, time.time())


def remove_label(kind: str, id: str, source: str = LabelSource.HOST, path: Path | None = None) -> bool:
    """Remove one label; whether there was one.

    Raises:
        OSError: the file can't be written.
    """
    with _opened(path) as connection:
        if connection is None:
            return False
        with connection:
            found = connection.execute(
                "DELETE FROM label WHERE kind = ? AND id = ? AND source = ?", (kind, id, str(source))
            )
        if found.rowcount > 0:
            connection.execute("VACUUM")  # labels that were moved within the file have left copies, which stay readable
        return found.rowcount > 0


def labels_state(path: Path | None = None) -> tuple[int, int]:
    """What is another whenever the labels are: the moment of the last change and the size; zeros without a file."""
    try:
        found = (path or labels_path()).stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def best_name(labels: Iterable[Label], noted: str | None = None) -> str | None:
    """What one id is called: the host's label, else the name that the database has, else Discord's; None: unknown."""
    by_source = {each.source: each.name for each in labels}
    return by_source.get(LabelSource.HOST) or noted or by_source.get(LabelSource.DISCORD) or None


def _kept(name: str) -> str:
    return " ".join(name.replace("\0", " ").split())[:LONGEST_LABEL]


@contextmanager
def _opened(path: Path | None, *, make: bool = False) -> Iterator[sqlite3.Connection | None]:
    """A connection; None where there is no file and none is to be made. Only its owner may read the file."""
    file = path or labels_path()
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
        raise OSError(f"{file}: {error}") from error
