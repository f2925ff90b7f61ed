"""A small SQLite file that remembers which requests were counted and delivered: ids and times only.

Everything here is disk: it runs in threads.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS receipt
    (request_id TEXT PRIMARY KEY, stage TEXT NOT NULL, moment REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS receipt_moment ON receipt (moment);
"""

_WRITE: Final = """
INSERT INTO receipt VALUES (?, ?, ?)
ON CONFLICT (request_id) DO UPDATE SET stage = min(stage, excluded.stage), moment = excluded.moment
"""

_FORGET: Final = """
DELETE FROM receipt
WHERE moment < max(?, coalesce((SELECT moment FROM receipt ORDER BY moment DESC LIMIT 1 OFFSET ? - 1), 0))
"""


def receipts_beside(database: Path) -> Path:
    """Where the receipts of a bot lie that keeps its statistics in a file, unless it says otherwise."""
    return database.with_name(f"{database.name}.receipts")


class DeliveryStage(StrEnum):
    """How far a request has come; the last stage is the least in the order of the letters."""

    TRACKED = "T"
    """It is counted in the statistics."""
    DELIVERED = "D"
    """It is shown as well."""


class Receipt(NamedTuple):
    """How far a request had come at a moment, in epoch seconds."""

    request_id: str
    stage: DeliveryStage
    moment: float


class ReceiptFile:
    """The file, which only its owner may read. It is opened for each call."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Receipt]:
        """Return what it holds, oldest first.

        Raises:
            OSError: it can't be read, or is something else.
        """
        with self._opened() as connection:
            rows = connection.execute("SELECT request_id, stage, moment FROM receipt ORDER BY moment")
            return [Receipt(request_id, DeliveryStage(stage), moment) for request_id, stage, moment in rows]

    def write(self, receipt: Receipt, most: int, oldest: float) -> None:
        """Add a receipt, which is on the disk when this returns; keep ``most`` in all, and none before ``oldest``.

        Raises:
            OSError: it can't be written.
        """
        with self._opened() as connection, connection:
            connection.execute(_WRITE, receipt)
            connection.execute(_FORGET, (oldest, most))

    def forget(self, user: str) -> int:
        """Remove the receipts of requests whose ids name a user, as a bot may have made them; return how many.

        Raises:
            OSError: it can't be written.
        """
        if not self.path.is_file():
            return 0
        with self._opened() as connection:
            connection.execute("PRAGMA secure_delete = on").fetchall()
            with connection:
                gone = connection.execute("DELETE FROM receipt WHERE instr(request_id, ?) > 0", (user,)).rowcount
            if gone:
                connection.execute("VACUUM")
            return gone

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        try:
            with closing(sqlite3.connect(self.path)) as connection:
                connection.executescript(_SCHEMA)
                yield connection
        except (sqlite3.Error, ValueError) as error:
            raise OSError(str(error)) from error
