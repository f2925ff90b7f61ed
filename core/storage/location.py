"""Where a database is: a path to an SQLite file, or the URL of a PostgreSQL server's database."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PureWindowsPath
from typing import Final

from core.errors import InvalidLocation, NameNotAllowed

_LONGEST_NAME: Final = 255
_LONGEST_PATH: Final = 4_095
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"|?*\x00-\x1f]')
_PORTS: Final = (f"{port}{digit}" for port in ("COM", "LPT") for digit in "123456789¹²³")
_DEVICES: Final = frozenset(("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", *_PORTS))

_SERVER_SCHEMES = frozenset({"postgresql", "postgres"})
_WITHOUT_SLASHES = tuple(f"{scheme}:" for scheme in _SERVER_SCHEMES)

_NAME_OF_SCHEME: Final = re.compile(r"[A-Za-z][\w+.-]{0,30}")
_SETTING: Final = r"(?:host(?:addr|name)?|server|port|db(?:name)?|database|user(?:name| id)?|uid|sslmode|service)\s*="
_SERVER_WITHOUT_SCHEME: Final = re.compile(
    rf"pass(?:word|wd|phrase)?\s*=|(?:^|[\s;])pwd\s*=|^\s*{_SETTING}[^/\\]*?[\s;]{_SETTING}|^\s*[^\s/\\:@]{{2,}}:[^@]+@.",
    re.IGNORECASE,
)
"""Settings as libpq and ADO.NET write them ("host=… password=…"), and "name:password@host"."""


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
        NameNotAllowed: no file can be called so.
    """
    if isinstance(address, Location):
        return address
    text = str(address)
    scheme, separator, _ = text.partition("://")
    if len(scheme) == 1 and scheme.isalpha():
        separator = ""  # a drive of Windows, before a path with one slash too many
    if not text.strip() or "\0" in text:
        raise InvalidLocation(text or "(empty)")
    if not separator:
        _require_no_server(text)
        path = _expanded(text)
        require_name(path)
        return Location(path=path)
    if scheme.lower() not in _SERVER_SCHEMES:
        raise InvalidLocation(f"{scheme if _NAME_OF_SCHEME.fullmatch(scheme) else '…'}://…")
    if _read_url(text) is not None:
        return Location(url=text)
    raise InvalidLocation(f"{scheme}://…", "signs like : / ? @ in a name or a password are written %3A %2F %3F %40")


def _require_no_server(text: str) -> None:
    """Return where a text may be meant as a file: as a file's name, a server's password would be shown and logged."""
    if text.lower().startswith(_WITHOUT_SLASHES):
        raise InvalidLocation(f"{text.partition(':')[0]}:…", "two slashes follow the colon: postgresql://")
    if _SERVER_WITHOUT_SCHEME.search(text):
        raise InvalidLocation("…", "a server is written postgresql://USER:PASSWORD@HOST:PORT/DATABASE")


def require_name(path: PurePath) -> None:
    """Return where a file may be called so, as far as the name tells; the file system may have rules of its own.

    Raises:
        NameNotAllowed: it is too long, or has signs or words that are kept for others.
    """
    why = _name_fault(path)
    if why:
        raise NameNotAllowed(str(path), why)


def real_path(path: Path) -> Path:
    """A path without links, as far as they can be followed: on Windows that fails where a share drops meanwhile."""
    try:
        return Path(os.path.realpath(path))
    except OSError:
        return path.absolute()


def address_digest(location: Location) -> str:
    """What stands for a database in files of ours: it tells nothing of the address, which may have a password in it.

    Links and relative paths lead to the same one as the file itself.
    """
    address = str(real_path(location.path)) if location.path is not None else str(location)
    return hashlib.sha256(address.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def wal_path(path: Path) -> Path:
    """The write-ahead log that belongs to an SQLite file. It lies beside the file itself, not beside a link to it."""
    return _beside(path, "-wal")


def shm_path(path: Path) -> Path:
    """The index of the write-ahead log: it is there while somebody has the file open in WAL mode."""
    return _beside(path, "-shm")


def journal_path(path: Path) -> Path:
    """The rollback journal that belongs to an SQLite file; one that was not ended is played back by the next writer."""
    return _beside(path, "-journal")


def _beside(path: Path, ending: str) -> Path:
    real = real_path(path)
    return real.with_name(real.name + ending)


def sqlite_uri(path: Path, query: str) -> str:
    """The URI of a file for SQLite, with a query as in "mode=ro"."""
    uri = real_path(path).as_uri()
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


def _name_fault(path: PurePath) -> str:
    """What no system of this kind takes in a path; empty where it may."""
    windows = isinstance(path, PureWindowsPath)
    names = path.parts[1:] if path.anchor else path.parts
    if "\0" in str(path):
        return "it holds a sign that ends a name"
    if any(_length(name, windows) > _LONGEST_NAME for name in names) or _length(str(path), windows) > _LONGEST_PATH:
        return f"a name may have {_LONGEST_NAME} characters"
    if windows:
        return next(filter(None, map(_windows_fault, names)), "")
    return ""


def _length(name: str, windows: bool) -> int:
    """As the system counts it."""
    return len(name.encode("utf-16-le", "surrogatepass")) // 2 if windows else len(os.fsencode(name))


def _windows_fault(name: str) -> str:
    if found := _NOT_ON_WINDOWS.search(name):
        return f"Windows takes no {found[0]!r} in a name"
    if name.rstrip(". ") != name and name not in (".", ".."):
        return "on Windows a name does not end in a dot or a space"
    word = name.partition(".")[0].rstrip(" ").upper()
    return f"on Windows {word} is a device" if word in _DEVICES else ""


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
