"""What a writer has to do with spools: the one of its own, and those that others left behind."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Final

from core.errors import BotpulseError, DatabaseLocked
from core.storage.location import Location
from core.tracking.batches import BatchWriter
from core.tracking.records import Record
from core.tracking.spool import Spool, SpoolBatch, new_spool, spool_files

log = logging.getLogger(__name__)

_SEARCH_SECONDS: Final = 60.0
"""From one search for spools without an owner to the next."""


class Spooling:
    """The spools beside one store: at most one of the writer's own, and one that was left behind. For one thread."""

    def __init__(self, location: Location) -> None:
        """Nothing is opened, or looked for, before it is needed."""
        self._location = location
        self._own: Spool | None = None
        self._left: Spool | None = None
        self._search_at = 0.0
        self._discarded: set[str] = set()
        self._replayed = 0

    def another(self) -> Spooling:
        """The same for another process, with nothing open."""
        return Spooling(self._location)

    @property
    def has_own(self) -> bool:
        """Whether events of this writer wait in its own spool."""
        return self._own is not None

    @property
    def has_left(self) -> bool:
        """Whether a spool that somebody left behind is being replayed."""
        return self._left is not None

    def set_aside(self, records: Sequence[Record]) -> int:
        """Put events into the writer's own spool; return how many can't be kept in it.

        Raises:
            BotpulseError: none of them was.
        """
        if self._own is None:
            spool = new_spool(self._location)
            spool.make()
            self._own = spool
        return self._own.append(records)

    def first(self, most: int) -> SpoolBatch | None:
        """The next events to be replayed, the writer's own before others'; None: there are none any more.

        Raises:
            BotpulseError: that spool can't be read.
        """
        spool = self._own or self._left
        return None if spool is None else spool.first(most)

    def owns(self, batch: SpoolBatch) -> bool:
        """Whether these are events of this writer."""
        return self._own is not None and batch.spool == self._own.name

    def forget(self, batch: SpoolBatch) -> None:
        """Let go of events that the store has: they won't be given again."""
        spool = self._own if self.owns(batch) else self._left
        assert spool is not None
        self._replayed += len(batch.records)
        try:
            spool.forget(batch)
        except BotpulseError as fault:
            log.debug("%s keeps events that were replayed: %s", spool.path, fault)

    def finish(self, store: BatchWriter) -> None:
        """A spool has nothing more for this writer: it goes, unless it holds events of a metric not known here.

        The next that was left behind is looked for.
        """
        spool = self._own or self._left
        assert spool is not None
        self._let_go_of(spool)
        if self._replayed:
            log.info("%s: %d events that waited in %s were written", self._location, self._replayed, spool.path.name)
            self._replayed = 0
        try:
            if spool.is_empty:
                spool.remove()
                store.drop_note(spool.name)
        except BotpulseError as fault:
            log.debug("%s: a note of %s stays: %s", self._location, spool.path.name, fault)
        finally:
            spool.close()
        self.search(store)

    def discard(self, fault: BotpulseError) -> bool:
        """A spool can't be read: it is left as it is, with what is in it. True where it is the writer's own."""
        spool, own = self._own or self._left, self.has_own
        assert spool is not None
        log.error("%s can't be read, its events stay in it: %s", spool.path, fault)
        self._let_go_of(spool)
        spool.close()
        return own

    def leave(self) -> None:
        """Leave all spools as they are, for the next writer."""
        self.close()
        self._own = self._left = None

    def search(self, store: BatchWriter) -> None:
        """Once a minute: take over a spool that nobody owns any more."""
        now = time.monotonic()
        if self._left is not None or now < self._search_at:
            return
        self._search_at = now + _SEARCH_SECONDS
        for path in spool_files(self._location):
            if path.name not in self._discarded and self._take(Spool(path), store):
                return

    def close(self) -> None:
        """Close all files, to be opened again when they are needed."""
        for spool in (self._own, self._left):
            if spool is not None:
                spool.close()

    def _take(self, spool: Spool, store: BatchWriter) -> bool:
        try:
            spool.take()
            spool.skip(store.noted(spool.name))
        except DatabaseLocked:  # it has an owner, or the store is locked just now
            spool.close()
            return False
        except BotpulseError as fault:
            log.warning("%s is left alone: %s", spool.path, fault)
            spool.close()
            self._let_go_of(spool)
            return False
        self._left = spool
        return True

    def _let_go_of(self, spool: Spool) -> None:
        """It is not looked at again by this writer."""
        if spool is self._own:
            self._own = None
            return
        self._left = None
        self._discarded.add(spool.path.name)
        self._search_at = 0.0
