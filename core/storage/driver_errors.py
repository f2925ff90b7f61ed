"""From a driver's exception to one of our own, by its code rather than by its words."""

from __future__ import annotations

import errno
import re
import sqlite3
from collections.abc import Iterator
from typing import Final

from core import errors
from core.storage import postgres

_BY_EXTENDED_CODE: Final[dict[int, type[errors.BotpulseError]]] = {
    sqlite3.SQLITE_READONLY_RECOVERY: errors.UnfinishedWrite,
    sqlite3.SQLITE_READONLY_ROLLBACK: errors.UnfinishedWrite,
    sqlite3.SQLITE_READONLY_DBMOVED: errors.DatabaseMissing,
    sqlite3.SQLITE_ERROR_MISSING_COLLSEQ: errors.NeedsItsProgram,
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
    sqlite3.SQLITE_CONSTRAINT: errors.RefusedByTable,
    sqlite3.SQLITE_PROTOCOL: errors.DatabaseLocked,
    sqlite3.SQLITE_ERROR: errors.SchemaFault,
    sqlite3.SQLITE_SCHEMA: errors.SchemaFault,
    sqlite3.SQLITE_MISMATCH: errors.SchemaFault,
    sqlite3.SQLITE_INTERRUPT: errors.TookTooLong,
    sqlite3.SQLITE_TOOBIG: errors.TooLarge,
}

_ANOTHER_PROGRAMS: Final = re.compile(
    r"(no such|unknown) (collation sequence|function|module|tokenizer)\b", re.IGNORECASE
)
"""SQLite has one code for all of these: its words tell them apart."""

_NOT_READABLE: Final = "Could not decode to UTF-8"

_OF_THE_STORE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_FULL,
    }
)
"""SQLite's codes that speak of the file, the disk or other programs, whichever row is written."""

_OF_ROWS: Final = ("09", "0A", "21", "22", "23", "27", "38", "39", "42", "44", "54", "P0")
_OF_A_ROW: Final = frozenset({"55000"})
_OF_RIGHTS: Final = frozenset({"42501"})
"""A server's codes, or how they begin: of values, constraints, triggers, a table's shape; a right can be granted."""

_OF_VALUES: Final = frozenset({"ProgrammingError", "DataError", "IntegrityError"})
"""What a driver raises for a value, before anything is sent."""

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
    known = [(kind, str(each)) for each in _chain(error) if (kind := _of_file(each) or postgres.fault_kind(each))]
    for kind, words in sorted(known, key=lambda each: each[0] is errors.SchemaFault):  # SQLite's code for whatever else
        return kind(subject, words)
    return errors.StorageFault(subject, str(driver_error(error)).strip())


def is_refusal(error: BaseException) -> bool:
    """Whether a table, its constraints or its triggers refuse what was to be written, though the store is well."""
    first = driver_error(error)
    code = getattr(first, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) not in _OF_THE_STORE
    state = getattr(first, "sqlstate", None)
    if state is not None:
        return state in _OF_A_ROW or (str(state).startswith(_OF_ROWS) and state not in _OF_RIGHTS)
    names = {each.__name__ for each in type(first).__mro__}
    unfit = isinstance(first, sqlite3.InterfaceError | OverflowError | ValueError | TypeError)
    return unfit or not names.isdisjoint(_OF_VALUES)


def _of_file(error: BaseException) -> type[errors.BotpulseError] | None:
    """What an exception of SQLite's driver means; None for one that is not its, or not known."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code & 0xFF == sqlite3.SQLITE_ERROR and _ANOTHER_PROGRAMS.search(str(error)):
        return errors.NeedsItsProgram
    if not code and _NOT_READABLE in str(error):
        return errors.SchemaFault
    return _BY_EXTENDED_CODE.get(code) or _BY_CODE.get(code & 0xFF)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The driver's exceptions, the last first: after a full disk the ROLLBACK fails too, and hides what it was."""
    while error is not None:
        yield driver_error(error)
        error = error.__context__
