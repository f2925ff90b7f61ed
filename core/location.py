"""Where a database is: a path to an SQLite file, or the URL of a PostgreSQL server's database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from core.errors import InvalidLocation

_SERVER_SCHEMES = frozenset({"postgresql", "postgres"})


@dataclass(frozen=True, slots=True)
class Location:
    """An address that was understood: either ``path`` or ``url`` is set."""

    path: Path | None = None
    url: str | None = None

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
        host = parts.hostname or ""
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
        return Location(path=Path(text).expanduser())
    if scheme.lower() in _SERVER_SCHEMES:
        return Location(url=text)
    raise InvalidLocation(text.partition("@")[2] or text)


def wal_path(path: Path) -> Path:
    """The write-ahead log that belongs to an SQLite file."""
    return path.with_name(path.name + "-wal")


def octets(path: Path) -> int:
    """The size of a file and of its write-ahead log, in bytes; 0 where they are not there."""
    total = 0
    for part in (path, wal_path(path)):
        try:
            total += part.stat().st_size
        except FileNotFoundError:
            continue
    return total
