"""The write path: events are accepted in microseconds, and one thread writes them in batches.

``Tracker.track`` puts a record into a queue. The writer thread (:mod:`core.tracking.writer`) commits what has gathered
(:mod:`core.tracking.batches`), at most once in ``commit_interval``, and the first event after a pause at once.
"""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import peewee

from core.storage.location import Location, locate
from core.tracking.event_queue import TrackingCounters
from core.tracking.records import EventRow
from core.tracking.writer import EXIT_TIMEOUT, Writer, WriterOptions

__all__ = ["Tracker", "TrackingCounters"]


class Tracker:
    """Takes events from any thread or event loop, and has them on disk within 250 ms.

    Several trackers, in any number of processes, may write to one store. While the store can't be written (locked,
    disk full, gone; a server slow or frozen) events wait in a spool file, or in memory where no file can be made, and
    writing is tried again for as long as the tracker lives. What is in a spool when it ends is written by the next
    tracker of that store. At exit, and when it is forgotten, a tracker writes what it still holds.
    After a fork the child's tracker starts empty; the parent writes its own events.
    """

    def __init__(
        self,
        location: str | Path | Location,
        *,
        commit_interval: float = 0.1,
        capacity: int = 200_000,
        busy_timeout: float = 0.05,
        after_commit: Callable[[peewee.Database], None] | None = None,
    ) -> None:
        """Nothing is opened, and no thread started, before the first event.

        Args:
            location: a path (taken from the current folder, now) or a ``postgresql://`` URL.
            commit_interval: seconds from one commit to the next.
            capacity: events that may wait in memory; more are refused.
            busy_timeout: seconds that one try waits for another writer.
            after_commit: called in the writer thread after a commit; what it raises is logged.

        Raises:
            InvalidLocation: the address is none.
        """
        where = locate(location)
        if where.path is not None:
            where = replace(where, path=where.path.absolute())
        self._writer = Writer(WriterOptions(where, commit_interval, capacity, busy_timeout, after_commit))
        self._finalizer = weakref.finalize(self, self._writer.stop)
        self._finalizer.atexit = False
        _writers[id(self._writer)] = self._writer

    def track(self, record: EventRow) -> bool:
        """Accept an event, in microseconds; False where it was refused because the queue is full or closed."""
        return self._writer.accept(record)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until every event accepted before the call is on disk, or counted as failed.

        False where ``timeout`` seconds did not suffice; the events go on waiting. Not for an event loop.
        """
        return self._writer.flush(timeout)

    def leave_out(self, user: str, timeout: float | None = None) -> bool:
        """Write no event of a user that was tracked before now: what waits in memory or in a spool held here goes.

        It still counts as written. True: what was written before is committed, nothing more will be, and no spool that
        is held here has a byte of it. False where ``timeout`` seconds did not suffice, or a disk did not take it.
        """
        return self._writer.leave_out(user, timeout)

    def counters(self) -> TrackingCounters:
        """How many events were accepted, written, are pending, failed: consistent with one another."""
        return self._writer.counters()

    def close(self, timeout: float | None = None) -> None:
        """Write what is pending and end the thread; it may be called again. Events are refused from now on.

        After ``timeout`` seconds (None: however long it takes) what could not be written is left in a spool file, and
        counts as spooled. Where none can be made it counts as failed, and an error with the number is logged.
        """
        self._writer.close(timeout)

    def __enter__(self) -> Self:
        """Return the tracker itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


_writers: Final[weakref.WeakValueDictionary[int, Writer]] = weakref.WeakValueDictionary()
"""All that are alive: a running thread keeps its own alive, the tracker's fate notwithstanding."""

_held: Final[list[Writer]] = []
"""Those that stand still for a fork."""


def _living() -> list[Writer]:
    return [writer for reference in _writers.valuerefs() if (writer := reference()) is not None]


def _close_all() -> None:
    writers = _living()
    for writer in writers:
        writer.stop(EXIT_TIMEOUT)
    for writer in writers:
        writer.close(EXIT_TIMEOUT)


def _hold_all() -> None:
    _held.extend(_living())
    for writer in _held:
        writer.hold()


def _release_all() -> None:
    while _held:
        _held.pop().release()


def _begin_all_anew() -> None:
    while _held:
        _held.pop().begin_anew()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold_all, after_in_parent=_release_all, after_in_child=_begin_all_anew)
