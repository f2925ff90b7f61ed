"""A store's tables are made, or brought up to date, in a thread of its own: on a large file that takes seconds.

The writer's thread meanwhile has what is accepted on the disk in time, in a spool.
"""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import peewee

from core.models import ADDED_MODELS, table_name
from core.storage.database import KNOWN_MIGRATIONS, READ_ONLY, applied_migrations, open_for_writing
from core.storage.location import Location, size, sqlite_uri
from core.storage.rights import may_write


class Opening:
    """Opens a file once, ahead of the writer, where that has more to do than to open. Used by the writer's thread.

    Attributes:
        fault: what went wrong the last time, if anything did.
    """

    def __init__(self, location: Location, timeout: float) -> None:
        """Take where the store is, and the seconds that one try waits for other writers."""
        self.fault: Exception | None = None
        self._location = location
        self._timeout = timeout
        self._thread: threading.Thread | None = None
        self._done = threading.Event()
        self._is_fresh = False

    @property
    def goes_on(self) -> bool:
        """Whether it was begun, and its end was not waited for yet."""
        return self._thread is not None

    def begin(self, *, create: bool) -> bool:
        """Begin where there is something to do; False where there is nothing, or no thread can be started.

        Nor after one that went well: what is behind then stays so, as the journal of a file that others are using.
        """
        path, is_fresh = self._location.path, self._is_fresh
        self._is_fresh = False
        if path is None or is_fresh or not _is_behind(path):
            return False
        self.fault = None
        self._done.clear()
        thread = threading.Thread(target=self._open, args=(create,), name="botpulse-opening", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def wait(self, seconds: float) -> bool:
        """Wait for its end for so many seconds; whether it has come, or there was nothing to wait for."""
        if self._thread is None:
            return True
        if not self._done.wait(seconds):
            return False
        self._thread.join()
        self._thread, self._is_fresh = None, self.fault is None
        return True

    def _open(self, create: bool) -> None:
        try:
            open_for_writing(self._location, timeout=self._timeout, create=create).close()
        except Exception as error:
            self.fault = error
        finally:
            self._done.set()


def _is_behind(path: Path) -> bool:
    """Whether a file has to be made, switched to the write-ahead log, or altered. What can't be told is no reason."""
    if not size(path):
        return True
    if not may_write(path):
        return False  # looking would leave a log and an index that nobody may write, also once the file may be written
    database = peewee.SqliteDatabase(sqlite_uri(path, READ_ONLY), uri=True, timeout=0, autoconnect=False)
    try:
        with closing(database):
            database.connect()
            tables = set(database.get_tables())
            mode = database.execute_sql("PRAGMA journal_mode").fetchall()[0][0]
            added = {table_name(model) for model in ADDED_MODELS}
            applied = KNOWN_MIGRATIONS.issubset(applied_migrations(database))
            return mode != "wal" or not applied or not added <= tables
    except peewee.PeeweeException:
        return False
