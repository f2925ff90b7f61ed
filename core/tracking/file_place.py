"""Which file lies at the place of a store: whether it is still the one that is open, and whether a new one is made."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Final

from core.errors import DatabaseMissing
from core.storage.location import file_state, size, wal_path

_AWAY_SECONDS: Final = 1.0
"""For how long a file that was there before may be away until a new one is made in its place."""

_BELIEVABLE_SHIFTS: Final = 2


class FilePlace:
    """The place of one store, as its writer knows it. A server's is always the same. Used by one thread."""

    def __init__(self, path: Path | None) -> None:
        """Take the path; nothing is looked at yet."""
        self._path = path
        self._held: tuple[int, int] | None = None
        self._shifts = 0
        self._away_since = math.inf
        self._was_held = False

    @property
    def now(self) -> tuple[int, int] | None:
        """Which file is there now; None for none."""
        return identity_of(self._path)

    def hold(self, identity: tuple[int, int] | None) -> None:
        """This one is open."""
        self._held, self._was_held = identity, True

    def is_elsewhere(self) -> bool:
        """Whether the open file is no longer the one at the path: SQLite would go on writing into the void.

        A file that seems to be another one time after time lies on a file system that can't tell files apart: there
        it is taken for the same, rather than written to again and again.
        """
        if self._path is None or self.now == self._held:
            self._shifts = 0
            return False
        self._shifts += 1
        return self._shifts <= _BELIEVABLE_SHIFTS

    def may_create(self) -> bool:
        """Whether a new file is to be made: there is none, and none comes back.

        One that was just moved away may be put back in the place of a new one, with which all would go that was written
        to it; and the new one would take the log of the other, as it has the same name.

        Raises:
            DatabaseMissing: it is not there, and has not been away for long.
        """
        path = self._path
        if path is None or path.exists():
            self._away_since = math.inf
            return path is None
        if not self._was_held and not size(wal_path(path)):
            return True
        now = time.monotonic()
        self._away_since = min(self._away_since, now)
        if now < self._away_since + _AWAY_SECONDS:
            raise DatabaseMissing(str(path), "it was there a moment ago")
        return True


def identity_of(path: Path | None) -> tuple[int, int] | None:
    """Which file stands at a path; None for none."""
    try:
        return file_state(path).identity
    except OSError:
        return None
