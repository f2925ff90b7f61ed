"""The events between ``track`` and the disk, and what became of all others, in numbers."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Final

from core.tracking.records import EventRow

log = logging.getLogger(__name__)

BATCH: Final = 2_000
"""Events in one transaction at most: it lasts some milliseconds, so that other writers get their turn."""

_REFUSAL_LOG_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class TrackingCounters:
    """What became of the events of this process, at any time:

    ``accepted == written + pending + spooled + (failed - refused)``.

    Attributes:
        accepted: events that ``track`` took.
        written: events that are on disk, or left out because their users want it so.
        pending: events that wait to be written.
        failed: events that are not stored, and won't be by themselves; those that a table refused are in a file.
        refused: those of the failed that ``track`` did not take: the queue was full, or the tracker closed.
        spooled: events that were left in a spool file when the tracker ended: the next one there writes them.
    """

    accepted: int
    written: int
    pending: int
    failed: int
    refused: int
    spooled: int = 0


class EventQueue:
    """Events that wait to be written, oldest first, ``capacity`` at most; what comes then, or too late, is refused.

    An event stays here until the transaction, or the spool, that holds it is on disk: whatever goes wrong in between
    is met by trying again.

    ``lock`` guards the queue and the state of its writer, and ``changed`` belongs to it. It is reentrant because a
    signal handler or a finalizer may track an event in the middle of another's ``add``.
    """

    def __init__(self, name: str, capacity: int, *, closed: bool = False) -> None:
        """An empty queue, and a lock that nobody holds; ``name`` is what the log calls it."""
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.closed = closed
        self.flush_to = 0
        self._name = name
        self._capacity = capacity
        self._events: deque[EventRow] = deque()
        self._set_aside = 0
        self._written = self._lost = self._refused = self._spooled = 0
        self._quiet_until = -math.inf
        self._quiet_refusals = 0

    def __len__(self) -> int:
        """How many wait in memory."""
        return len(self._events)

    def add(self, record: EventRow) -> bool:
        """Take an event, with the lock held; False where there is no room for it."""
        accepted = not self.closed and len(self._events) < self._capacity
        if accepted:
            self._events.append(record)
        return accepted

    def refuse(self) -> None:
        """Count an event that was not taken, and log, once a minute at most."""
        now = time.monotonic()
        with self.lock:
            self._refused += 1
            self._quiet_refusals += 1
            if now < self._quiet_until:
                return
            self._quiet_until = now + _REFUSAL_LOG_SECONDS
            number, self._quiet_refusals = self._quiet_refusals, 0
        reason = "the tracker is closed" if self.closed else f"{self._capacity} events are waiting"
        log.error("%s: %d events were refused, %s", self._name, number, reason)

    @property
    def settled(self) -> int:
        """How many need no more work."""
        return self._written + self._lost + self._spooled

    @property
    def pending(self) -> int:
        """How many wait, in memory or in the writer's own spool."""
        return self._set_aside + len(self._events)

    @property
    def is_pressing(self) -> bool:
        """Whether the next batch is not to wait for its time: at the end, for a flush, or with a full batch."""
        return self.closed or self.settled < self.flush_to or self.pending >= BATCH

    def counters(self) -> TrackingCounters:
        """What became of the events so far."""
        with self.lock:
            pending, failed = self.pending, self._lost + self._refused
            accepted = self.settled + pending
            return TrackingCounters(accepted, self._written, pending, failed, self._refused, self._spooled)

    def oldest(self, most: int) -> list[EventRow]:
        """The first events; they stay in the queue."""
        with self.lock:
            return list(islice(self._events, most))

    def written(self, number: int, refused: int, *, set_aside: bool = False) -> None:
        """So many of the oldest (or of those set aside) are on disk, but for those that the database refused."""
        with self.lock:
            if set_aside:
                self._set_aside -= number
            else:
                self._drop(number)
            self._written += number - refused
            self._lost += refused
            self.changed.notify_all()

    def set_aside(self, number: int, lost: int, left_out: int = 0) -> int:
        """The oldest are in the writer's own spool; return how many are there.

        Not those that no file can hold, nor those that their users want left out: these count as written.
        """
        with self.lock:
            self._drop(number)
            self._set_aside += number - lost - left_out
            self._lost += lost
            self._written += left_out
            self.changed.notify_all()
            return self._set_aside

    def leave_spooled(self) -> int:
        """What was set aside stays in its spool for the next start; return how many events that are."""
        with self.lock:
            left, self._set_aside = self._set_aside, 0
            self._spooled += left
            self.changed.notify_all()
            return left

    def lose_rest(self) -> int:
        """Give up what is still in memory; return how many events that are."""
        with self.lock:
            lost = len(self._events)
            self._events.clear()
            self._lost += lost
            self.changed.notify_all()
            return lost

    def _drop(self, number: int) -> None:
        for _ in range(number):
            self._events.popleft()
