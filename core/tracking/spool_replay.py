"""What a writer has to do with spools: the one of its own, and those that others left behind."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from core.errors import BotpulseError, DatabaseLocked
from core.storage.location import Location
from core.tracking.batches import BatchWriter
from core.tracking.event_queue import BATCH, EventQueue
from core.tracking.records import EventRow
from core.tracking.server_store import StillBusy
from core.tracking.spool import Spool, SpoolBatch, make_spool
from core.tracking.spool_places import clear_up, spool_files
from core.tracking.standing import OptOutStanding

log = logging.getLogger(__name__)

_SEARCH_SECONDS: Final = 60.0
"""From one search for spools without an owner to the next."""

_ASIDE: Final = 10_000
"""Events that are put into a spool at a time: while they leave the queue, ``track`` waits."""


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

    @property
    def has_own(self) -> bool:
        """Whether events of this writer wait in its own spool."""
        return self._own is not None

    @property
    def has_left(self) -> bool:
        """Whether a spool that somebody left behind is being replayed."""
        return self._left is not None

    @property
    def has_any(self) -> bool:
        """Whether either is there."""
        return self.has_own or self.has_left

    def set_aside(self, queue: EventQueue, store: BatchWriter) -> bool:
        """Let the queue's oldest wait on disk: they then outlive the process. False where no disk takes them."""
        records = queue.oldest(_ASIDE)
        try:
            lost, left_out = self._append(records, store) if records else (0, 0)
        except BotpulseError as fault:
            log.debug("%s: events wait in memory: %s", self._location, fault)
            return False
        waiting = queue.set_aside(len(records), lost, left_out)
        log.debug("%s: %d events wait on disk", self._location, waiting)
        if lost:
            log.error("%s: %d events are lost, they can't be stored anywhere", self._location, lost)
        return True

    def give_up(self, queue: EventQueue, store: BatchWriter, trouble: str) -> None:
        """Where events end that could not be written before the tracker had to end: in the spool, if there can be one.

        All spools are left as they are, for the next writer.
        """
        while queue and self.set_aside(queue, store):
            pass
        self.close()
        self._own = self._left = None
        with queue.lock:
            lost, spooled = queue.lose_rest(), queue.leave_spooled()
        if spooled:
            log.warning("%s: %d events wait in a file, for the next start to write", self._location, spooled)
        if lost:
            log.error("%s: %d events could not be written and are lost: %s", self._location, lost, trouble)

    def next_batch(self, store: BatchWriter, queue: EventQueue) -> SpoolBatch | None:
        """The next events to be replayed, the writer's own before others'.

        None where a spool came to its end, or can't be read: it is let go of.
        """
        spool = self._current
        try:
            if (batch := spool.first(BATCH)) is not None:
                return batch
        except BotpulseError as fault:
            self._discard(spool, fault, queue)
            return None
        self._finish(spool, store)
        return None

    def owns(self, batch: SpoolBatch) -> bool:
        """Whether these are events of this writer."""
        return self._own is not None and batch.spool == self._own.name

    def forget(self, batch: SpoolBatch) -> None:
        """Let go of events that the store has: they won't be given again."""
        spool = self._current if self._left is None or self.owns(batch) else self._left
        self._replayed += len(batch.records)
        try:
            spool.forget(batch)
        except BotpulseError as fault:
            log.debug("%s keeps events that were replayed: %s", spool.path, fault)

    def search(self, store: BatchWriter) -> None:
        """Once a minute: take over a spool that nobody owns any more."""
        now = time.monotonic()
        if self._left is not None or now < self._search_at:
            return
        self._search_at = now + _SEARCH_SECONDS
        clear_up(self._location)
        for path in spool_files(self._location):
            if path.name not in self._discarded and self._take(Spool(path), store):
                return

    def leave_out(self, user: str, queue: EventQueue, standing: OptOutStanding) -> bool:
        """Remove what waits of a user who was forgotten; False where a file did not take that."""
        try:
            for spool in (self._own, self._left):
                gone = spool.leave_out(standing.is_forgotten, user) if spool is not None else 0
                if gone and spool is self._own:
                    queue.written(gone, 0, set_aside=True)
        except BotpulseError as fault:
            log.warning("%s: what waits of a user stays: %s", self._location, fault)
            return False
        return True

    def close(self) -> None:
        """Close all files, to be opened again when they are needed."""
        for spool in (self._own, self._left):
            if spool is not None:
                spool.close()

    @property
    def _current(self) -> Spool:
        spool = self._own or self._left
        assert spool is not None
        return spool

    def _append(self, records: Sequence[EventRow], store: BatchWriter) -> tuple[int, int]:
        """How many no file can hold, and how many their users want left out."""
        if self._own is None:
            self._own = make_spool(self._location)
        doubt, standing = store.doubt, store.standing
        standing.look()
        first = doubt.upto if doubt is not None else 0
        questioned, others = standing.struck(records[:first]), standing.struck(records[first:])
        if doubt is not None:
            doubt = replace(doubt, upto=len(questioned))
        kept = [*questioned, *others]
        lost = self._own.append(kept, doubt)
        if doubt is not None:
            store.hand_over_doubt()
        return lost, len(records) - len(kept)

    def _discard(self, spool: Spool, fault: BotpulseError, queue: EventQueue) -> None:
        """A spool can't be read: it is left as it is, with what is in it."""
        log.error("%s can't be read, its events stay in it: %s", spool.path, fault)
        if spool is self._own:
            queue.leave_spooled()
        self._let_go_of(spool)
        spool.close()

    def _finish(self, spool: Spool, store: BatchWriter) -> None:
        """A spool has nothing more for this writer: it goes, unless it holds events of a metric not known here.

        The next that was left behind is looked for.
        """
        self._let_go_of(spool)
        if self._replayed:
            log.info("%s: %d events that waited in %s were written", self._location, self._replayed, spool.path.name)
            self._replayed = 0
        try:
            if spool.is_empty:
                doubt = spool.doubt
                spool.remove()
                for name in (spool.name, *((doubt.note,) if doubt is not None else ())):
                    store.drop_note(name)
        except BotpulseError as fault:
            log.debug("%s: a note of %s stays: %s", self._location, spool.path.name, fault)
        finally:
            spool.close()
        self.search(store)

    def _take(self, spool: Spool, store: BatchWriter) -> bool:
        try:
            spool.take()
            with suppress(StillBusy):  # what the store has is left out at each write, too
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
