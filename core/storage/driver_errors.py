"""From a driver's exception to one of our own, by its code rather than by its words."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from typing import Final

from core import errors
from core.storage import postgres

_BY_EXTENDED_CODE: Final[dict[int, type[errors.BotpulseError]]] = {
    sqlite3.SQLITE_READONLY_RECOVERY: errors.UnfinishedWrite,
    sqlite3.SQLITE_READONLY_ROLLBACK: errors.UnfinishedWrite,
    sqlite3.SQLITE_READONLY_DBMOVED: errors.DatabaseMissing,
}

_BY_CODE: Final[dict[int, type[errors.BotpulseError]]] = {
    sqlite3.SQLITE_BUSY: errors.DatabaseLocked,
    sqlite3.SQLITE_LOCKED: errors.DatabaseLocked,
    sqlite3.SQLITE_CORRUPT: errors.DatabaseCorrupt,
    sqlite3.SQLITE_NOTADB: errors.NotADatabase,
    sqlite3.SQLITE_CANTOPEN: errors.NoAccess,
    sqlite3.SQLITE_READONLY: errors.NoAccess,
    sqlite3.SQLITE_PERM: errors.NoAccess,
    sqlite3.SQLITE_AUTH: errors.NoAccess,
    sqlite3.SQLITE_FULL: errors.DiskFull,
    sqlite3.SQLITE_IOERR: errors.StorageFault,
}


_BY_ERRNO: Final[dict[int | None, type[errors.BotpulseError]]] = {
    errno.ENOENT: errors.DatabaseMissing,
    errno.ENOTDIR: errors.DatabaseMissing,
    errno.EACCES: errors.NoAccess,
    errno.EPERM: errors.NoAccess,
    errno.ENOSPC: errors.DiskFull,
    errno.EINVAL: errors.NameNotAllowed,
    errno.ENAMETOOLONG: errors.NameNotAllowed,
    errno.EILSEQ: errors.NameNotAllowed,
}


def driver_error(error: BaseException) -> BaseException:
    """The exception that the driver raised, under peewee's wrapper."""
    wrapped = getattr(error, "orig", None)
    return wrapped if isinstance(wrapped, BaseException) else error


def translate(error: BaseException, subject: str) -> errors.BotpulseError:
    """The expected fault behind an exception of a driver or of the operating system.

    ``subject`` is what was being used (a path or a URL without its password). A fault without a code of its
    own becomes a :class:`core.errors.StorageFault`.
    """
    if isinstance(error, errors.BotpulseError):
        return error
    if isinstance(error, OSError):
        return _BY_ERRNO.get(error.errno, errors.StorageFault)(subject, error.strerror or "")
    for origin in _chain(error):
        code = getattr(origin, "sqlite_errorcode", 0)
        kind = _BY_EXTENDED_CODE.get(code) or _BY_CODE.get(code & 0xFF) or postgres.fault_kind(origin)
        if kind is not None:
            return kind(subject, str(origin))
    return errors.StorageFault(subject, str(driver_error(error)).strip())


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The driver's exceptions, the last first: after a full disk the ROLLBACK fails too, and hides what it was."""
    while error is not None:
        yield driver_error(error)
        error = error.__context__
