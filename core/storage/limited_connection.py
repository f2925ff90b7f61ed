"""A connection to a file that no question holds on to for ever, whatever the file makes of it.

A view may ask for all numbers there are, a generated column for a text of a gigabyte: both stand in the file, not in
what we ask.
"""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import Any, Final

_LEAST_SECONDS: Final = 5.0
_BYTES_A_SECOND: Final = 1_000_000
"""A statement may read the whole file, and this slowly."""

_STEPS: Final = 200_000
"""Of SQLite's virtual machine, between two looks at the clock: some milliseconds."""

_LONGEST_VALUE: Final = 100_000_000
"""Bytes. No prompt comes near it."""


class _Clock:
    """When the statement began, and how long it may last."""

    def __init__(self, seconds: float) -> None:
        self.began, self._seconds = monotonic(), seconds

    def is_over(self) -> bool:
        return monotonic() - self.began > self._seconds


_DAMAGED: Final = "malformed database schema"


def _in_words(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    """What SQLite said, where it quoted a name that is no text: its driver for Python says only that."""
    told = sqlite3.DatabaseError(bytes(error.object).decode(errors="replace"))
    told.sqlite_errorcode = sqlite3.SQLITE_CORRUPT if _DAMAGED in str(told) else sqlite3.SQLITE_ERROR
    return told


class _Cursor(sqlite3.Cursor):
    """A cursor whose faults are the driver's own."""

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        try:
            super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _in_words(error) from error
        return self

    def fetchall(self) -> list[Any]:
        try:
            return super().fetchall()
        except UnicodeDecodeError as error:
            raise _in_words(error) from error


class LimitedConnection(sqlite3.Connection):
    """Ends a statement with ``SQLITE_INTERRUPT`` that lasts longer than reading the whole file could.

    ``sqlite3.connect`` makes it by its argument ``factory``.
    """

    def __init__(self, *values: Any, byte_size: int = 0, **more: Any) -> None:
        super().__init__(*values, **more)
        self._clock = _Clock(_LEAST_SECONDS + byte_size / _BYTES_A_SECOND)
        self.set_progress_handler(self._clock.is_over, _STEPS)

    def limit_values(self) -> None:
        """Refuse values that nobody can show."""
        self.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run a statement; its time begins now."""
        cursor: sqlite3.Cursor = self.cursor()
        return cursor.execute(sql, parameters)

    def cursor(self, factory: Any = _Cursor) -> Any:
        """A cursor; the time of its statement begins now."""
        self._clock.began = monotonic()
        return super().cursor(factory)
