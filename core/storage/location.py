"""Where a database is: a path to an SQLite file, or the URL of a PostgreSQL server's database."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from core.errors import InvalidLocation

_SERVER_SCHEMES = frozenset({"postgresql", "postgres"})


@dataclass(frozen=True, slots=True)
class Location:
    """An address that was understood: either ``path`` or ``url`` is set."""

    path: Path | None = None
    url: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The short name for a title: the file's name, or the server's database."""
        if self.path is not None:
            return self.path.name
        return urlsplit(self.url or "").path.strip("/") or "postgresql"

    def __str__(self) -> str:
        """The whole path, or the URL without its password."""
        if self.path is not None:
            return str(self.path)
        parts = urlsplit(self.url or "")
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        user = f"{parts.username}@" if parts.username else ""
        port = f":{parts.port}" if parts.port else ""
        return urlunsplit((parts.scheme, f"{user}{host}{port}", parts.path, "", ""))


def locate(address: str | Path | Location) -> Location:
    """Understand an address.

    Raises:
        InvalidLocation: the text is empty, or a URL of a kind that we do not speak.
    """
    if isinstance(address, Location):
        return address
    text = str(address)
    scheme, separator, _ = text.partition("://")
    if not text.strip() or "\0" in text:
        raise InvalidLocation(text or "(empty)")
    if not separator:
        return Location(path=_expanded(text))
    if scheme.lower() in _SERVER_SCHEMES and _is_url(text):
        return Location(url=text)
    raise InvalidLocation(text.rpartition("@")[2])


def wal_path(path: Path) -> Path:
    """The write-ahead log that belongs to an SQLite file. It lies beside the file itself, not beside a link to it."""
    return Path(os.path.realpath(path) + "-wal")


def shm_path(path: Path) -> Path:
    """The index of the write-ahead log: it is there while somebody has the file open in WAL mode."""
    return Path(os.path.realpath(path) + "-shm")


def journal_path(path: Path) -> Path:
    """The rollback journal that belongs to an SQLite file; one that was not ended is played back by the next writer."""
    return Path(os.path.realpath(path) + "-journal")


def sqlite_uri(path: Path, query: str) -> str:
    """The URI of a file for SQLite, with a query as in "mode=ro"."""
    uri = path.resolve().as_uri()
    if not uri.startswith("file:///"):
        uri = uri.replace("file://", "file:////", 1)  # of a Windows share: SQLite takes no host
    return f"{uri}?{query}"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it stands at a path.

    Attributes:
        identity: another one once another file has taken its place.
        written: another one whenever the file, or its write-ahead log, was written to.
    """

    identity: tuple[int, int]
    written: tuple[int, int, int]


NO_FILE: Final = FileState((0, 0), (0, 0, 0))
"""A server's database, whatever happens to it."""


def file_state(path: Path | None) -> FileState:
    """Look at a file without opening it; None is a server's database.

    Raises:
        OSError: there is none, or it can't be reached.
    """
    if path is None:
        return NO_FILE
    status = path.stat()
    written = status.st_mtime_ns, status.st_size, size(wal_path(path))
    return FileState((status.st_dev, status.st_ino), written)


def size(path: Path) -> int:
    """The size of a file in bytes; 0 where it is not there, or can't be reached."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def byte_size(path: Path) -> int:
    """The size of a file and of its write-ahead log, in bytes; 0 where they are not there."""
    return size(path) + size(wal_path(path))


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise InvalidLocation(text, str(error)) from error


def _is_url(text: str) -> bool:
    """Whether host and port can be told from it; what is before an @ may be a password, and is no path."""
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - the port is only parsed when it is asked for
    except ValueError:
        return False
    return "@" not in parts.path
