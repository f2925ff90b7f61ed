"""Where a database is: a path to an SQLite file, or the URL of a PostgreSQL server's database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

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
        return self._read.database or "postgresql"

    def __str__(self) -> str:
        """The whole path, or the URL without its password."""
        if self.path is not None:
            return str(self.path)
        read = self._read
        user = f"{read.user}@" if read.user else ""
        return f"{read.scheme}://{user}{read.hosts}{read.slash}{read.database}"

    @property
    def _read(self) -> _Url:
        return _read_url(self.url or "") or _Url("postgresql", "", "…", "", "")


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
    if scheme.lower() not in _SERVER_SCHEMES:
        raise InvalidLocation(f"{scheme}://…")
    if _read_url(text) is not None:
        return Location(url=text)
    raise InvalidLocation(f"{scheme}://…", "signs like : / ? @ in a name or a password are written %3A %2F %3F %40")


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


@dataclass(frozen=True, slots=True)
class _Url:
    """What may be shown of a server's URL."""

    scheme: str
    user: str
    hosts: str
    slash: str
    database: str


_URL: Final = re.compile(
    r"(?P<scheme>\w+)://((?P<user>[^:@/]*)(:[^@/]*)?@)?"
    r"(?P<hosts>(\[[^\]/?,@]*\]|[^:/?,@\[]*)(:\d*)?(,(\[[^\]/?,@]*\]|[^:/?,@\[]*)(:\d*)?)*)"
    r"((?P<slash>/)(?P<database>[^?@]*))?(\?.*)?",
    re.DOTALL,
)
"""As the server's own client library reads it: a # is a sign like others, and a user's name goes to the first colon."""


def _read_url(text: str) -> _Url | None:
    """None where a part of a password might stand in another place: before a second @, or as a port."""
    found = _URL.fullmatch(text)
    if found is None or "?" in (found["user"] or ""):
        return None
    hosts = found["hosts"]
    return _Url(found["scheme"], found["user"] or "", hosts, found["slash"] or "", found["database"] or "")
