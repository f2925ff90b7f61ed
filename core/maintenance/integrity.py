"""SQLite's own check of a file that nobody else is using."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from core.errors import DatabaseCorrupt, NotADatabase
from core.maintenance.locking import connect, in_thread
from core.storage.driver_errors import translate
from core.tasks import Progress, Task

_STEPS: Final = 20_000
_STEPS_A_PAGE: Final = 900
"""Of SQLite's virtual machine, roughly: only the progress depends on it."""

_MOST_PROBLEMS: Final = 100


def integrity(path: Path, words: str = "checking the copy") -> Task[tuple[str, ...]]:
    """What SQLite finds wrong with a file; empty where it is sound. The file must be a copy: it is read at length."""
    with closing(connect(path, "mode=ro")) as connection:
        try:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            done = 0

            def count() -> int:
                nonlocal done
                done += _STEPS
                return 0

            def told() -> Progress:
                return Progress(min(0.98, done / max(1, pages * _STEPS_A_PAGE)), words)

            connection.set_progress_handler(count, _STEPS)
            return (yield from in_thread(connection.interrupt, lambda: _check(connection), told))
        except sqlite3.DatabaseError as error:
            fault = translate(error, str(path))
            if isinstance(fault, DatabaseCorrupt | NotADatabase):
                return (str(error),)
            raise


def _check(connection: sqlite3.Connection) -> tuple[str, ...]:
    found = connection.execute(f"PRAGMA integrity_check({_MOST_PROBLEMS})").fetchall()
    return tuple(str(text) for (text,) in found if text != "ok")
