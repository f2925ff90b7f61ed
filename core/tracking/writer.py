"""The thread that writes tracked events.

Its loop (``Writer._run``) takes a step at a time: a batch of the queue (:mod:`core.tracking.event_queue`) at its time
(:mod:`core.tracking.schedule`). When writing fails for long, events wait on disk (:mod:`core.tracking.spool_replay`).
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import peewee

from core.errors import BotpulseError
from core.storage.location import Location
from core.tracking.batches import BatchWriter
from core.tracking.event_queue import BATCH, EventQueue, TrackingCounters
from core.tracking.leaving import Leaving
from core.tracking.opening import Opening
from core.tracking.records import EventRow
from core.tracking.schedule import Schedule
from core.tracking.server_store import ServerStore, StillBusy
from core.tracking.spool import SpoolBatch
from core.tracking.spool_replay import Spooling
from core.tracking.standing import OptOutStanding

log = logging.getLogger(__name__)

EXIT_TIMEOUT: Final = 10.0
"""Seconds that the end of the process waits for a store that can't be written."""

_JOIN_GRACE: Final = 4.0
"""A last try to connect to a server that is frozen takes so long."""

_FORK_TIMEOUT: Final = 5.0

_inherited: Final[list[object]] = []
"""Stores and spools that came over with a fork. They are kept as they are: closing one would disturb the parent's."""


_ASIDE_SHARE: Final = 0.5
"""Of the interval between commits, while events go into a spool: trying the store has taken some of their time."""


@dataclass(frozen=True, slots=True)
class WriterOptions:
    """What a tracker's writer is made with; see :class:`core.tracking.tracker.Tracker`."""

    location: Location
    commit_interval: float
    capacity: int
    busy_timeout: float
    after_commit: Callable[[peewee.Database], None] | None


class _ForkGate:
    """Keeps the thread out of the way of a fork, without a connection: SQLite's must not go into another process."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._shut = self._thread_waits = False

    def shut(self, is_gone: Callable[[], bool]) -> bool:
        """Wait until the thread has ended its write and stands still, or is gone; False where it takes too long."""
        self._shut = True
        self._changed.notify_all()
        return self._changed.wait_for(lambda: self._thread_waits or is_gone(), _FORK_TIMEOUT)

    def open(self) -> None:
        """Let the thread go on."""
        self._shut = False
        self._changed.notify_all()

    def pass_through(self, close_files: Callable[[], None]) -> None:
        """In the thread: stand still while the gate is shut."""
        while self._shut:
            close_files()
            self._thread_waits = True
            self._changed.notify_all()
            self._changed.wait()
        self._thread_waits = False


class Writer:
    """The thread behind a tracker; apart from it so that a forgotten tracker can be collected.

    The queue's lock guards all state. Only the thread uses the store and the spools, and never under the lock while
    anybody may wait.
    """

    def __init__(self, options: WriterOptions) -> None:
        self._options = options
        self._name = str(options.location)
        self.standing = OptOutStanding(options.location)
        self._begin(closed=False)

    def _begin(self, *, closed: bool) -> None:
        """An empty queue, no thread, nothing open, and locks that nobody holds."""
        options = self._options
        make = BatchWriter if options.location.path is not None else ServerStore
        self._store = make(options.location, busy_timeout=options.busy_timeout, standing=self.standing)
        self._spools = Spooling(options.location)
        self._queue = EventQueue(self._name, options.capacity, closed=closed)
        self._schedule = Schedule(self._name, options.commit_interval)
        self._gate = _ForkGate(self._queue.changed)
        self._opening = Opening(options.location, options.busy_timeout)
        self._leaving = Leaving(self._queue, self._spools, self.standing)
        self._thread: threading.Thread | None = None
        self._resting = True
        self._sets_aside = False

    def accept(self, record: EventRow) -> bool:
        """Queue an event; False where it was refused."""
        with self._queue.lock:
            accepted = self._queue.add(record)
            if accepted and self._resting:
                self._wake()
        if not accepted:
            self._queue.refuse()
        return accepted

    def counters(self) -> TrackingCounters:
        """What became of the events so far."""
        return self._queue.counters()

    def flush(self, timeout: float | None) -> bool:
        """Wait for what was accepted before; False on time-out, or where nobody can write."""
        queue = self._queue
        with queue.lock:
            target = queue.settled + queue.pending
            if queue.settled == target:
                return True
            queue.flush_to = max(queue.flush_to, target)
            if not self._hurry() or self._thread is threading.current_thread():
                return False
            return queue.changed.wait_for(lambda: queue.settled >= target, timeout)

    def leave_out(self, user: str, timeout: float | None) -> bool:
        """Write no event of a user that was accepted before; False where it took too long, or a spool keeps some."""
        return self._leaving.ask(user, lambda: self._resting or self._thread is None, timeout)

    def stop(self, timeout: float | None = None) -> threading.Thread | None:
        """Accept no more, and let the thread end when all is written; return the thread."""
        with self._queue.lock:
            self._queue.closed = True
            if timeout is not None:
                self._schedule.end_within(timeout)
                self._store.end_within(timeout)
            if self._queue.pending or self._thread is not None:
                self._hurry()
            return self._thread

    def close(self, timeout: float | None) -> None:
        """Stop, and wait for the end of the thread."""
        thread = self.stop(timeout)
        if thread is None:
            self._run()  # nothing was ever tracked, or no thread can be started any more (Python is shutting down)
        elif thread is not threading.current_thread():
            thread.join(None if timeout is None else timeout + _JOIN_GRACE)
            if thread.is_alive():
                log.error("%s: still busy; %d events are not on disk yet", self._name, self.counters().pending)

    def hold(self) -> None:
        """Before a fork: let the thread stand still. Ends with the lock held."""
        self._queue.lock.acquire()
        is_others = self._thread not in (None, threading.current_thread())
        if is_others and not self._gate.shut(lambda: self._thread is None):
            log.warning("%s: a fork in the middle of a write", self._name)

    def release(self) -> None:
        """After a fork, in the parent: go on."""
        self._gate.open()
        self._queue.lock.release()

    def begin_anew(self) -> None:
        """After a fork, in the child: the parent writes what was pending."""
        _inherited.extend((self._store, self._spools))
        self._begin(closed=self._queue.closed)

    def _hurry(self) -> bool:
        self._schedule.hurry()
        return self._wake()

    def _wake(self) -> bool:
        """Let the thread look at the queue. False where there is none and none can be started."""
        if self._thread is None and not self._start():
            return False
        self._resting = False
        self._queue.changed.notify_all()
        return True

    def _start(self) -> bool:
        thread = threading.Thread(target=self._run, name="botpulse-writer", daemon=True)
        if self._thread is not None:  # a signal handler tracked since it was asked: two must not write
            return True
        self._thread = thread
        try:
            thread.start()
        except RuntimeError as error:
            self._thread = None
            log.error("%s: no thread can be started, events have to wait: %s", self._name, error)
            return False
        _at_exit_of_worker_process(self.close)
        return True

    def _run(self) -> None:
        """The thread: wait for the next step and take it, until the end."""
        try:
            while (step := self._next_step()) is not None:
                step()
        finally:
            self._store.end()
            self._close_files()
            with self._queue.lock:
                self._queue.changed.notify_all()
                self._thread, self._resting = None, True

    def _next_step(self) -> Callable[[], None] | None:
        """Wait for something to do, and for its moment; None at the end."""
        changed, interval = self._queue.changed, self._options.commit_interval
        with self._queue.lock:
            self._gate.pass_through(self._stand_still)
            while not (self._queue or self._spools.has_any or self._leaving.is_due(self._store) or self._queue.closed):
                self._resting = True
                changed.wait()
                self._gate.pass_through(self._stand_still)
            self._resting = False
            while (seconds := self._schedule.seconds_left) > 0 and not self._leaving.is_due(self._store):
                changed.wait(min(seconds, interval * _ASIDE_SHARE) if self._sets_aside else seconds)
                self._gate.pass_through(self._stand_still)
                if self._sets_aside and self._queue:
                    return self._set_aside
            if self._leaving.is_due(self._store):
                return self._leave_out
            if not (self._queue or self._spools.has_own):
                return None if self._queue.closed else self._replay
            if self._schedule.is_over or (self._opening.goes_on and self._schedule.is_late):
                return lambda: self._spools.give_up(self._queue, self._store, self._schedule.trouble)
            if self._opening.goes_on:
                return self._await_opening
            return self._replay if self._spools.has_own else self._write

    def _leave_out(self) -> None:
        if self._sets_aside:
            self._set_aside()  # others' events may name the user: in the spool that is struck
        self._leaving.carry_out()

    def _write(self) -> None:
        """Write the queue's oldest; on trouble they stay in it until the next try."""
        started = time.monotonic()
        doubt = self._store.doubt
        records = self._queue.oldest(BATCH if doubt is None else doubt.upto)
        if (refused := self._try(records)) is None:
            return
        with self._queue.lock:
            self._queue.written(len(records), refused)
            recovered = self._plan_next(started)
        self._follow_up(recovered)
        if self._spools.has_left:
            self._replay()  # a chunk of what others left, after each batch: it must neither wait nor keep ours waiting

    def _replay(self) -> None:
        """Write a batch of the writer's own spool, or of one that was left behind."""
        started = time.monotonic()
        batch = self._store.unanswered or self._spools.next_batch(self._store, self._queue)
        if batch is None or (refused := self._try(batch.records, batch)) is None:
            return
        with self._queue.lock:
            if self._spools.owns(batch):
                self._queue.written(len(batch.records), refused, set_aside=True)
            recovered = self._plan_next(started)
        self._spools.forget(batch)
        self._follow_up(recovered)

    def _try(self, records: list[EventRow], batch: SpoolBatch | None = None) -> int | None:
        """How many were refused; None where nothing was written, and has to be tried again."""
        try:
            if self._store.database is None and self._opening.begin(create=self._store.place.may_create()):
                return None
            return self._store.write(records, batch)
        except BotpulseError as fault:
            self._defer(fault)
        except Exception as error:
            log.debug("%s: unexpected", self._name, exc_info=True)
            self._store.close()
            self._defer(error)
        return None

    def _await_opening(self) -> None:
        """Tables are made or altered, which may last: what is accepted meanwhile is on the disk in time."""
        if not self._opening.wait(self._options.commit_interval * _ASIDE_SHARE):
            self._set_aside()
        elif (fault := self._opening.fault) is not None:
            self._defer(fault)

    def _defer(self, error: Exception) -> None:
        with self._queue.lock:
            lasts = self._schedule.failed(error)
            if isinstance(error, StillBusy):
                self._schedule.hurry()  # asking again is waiting for the answer
            pending = self._queue.pending
        if lasts:
            self._schedule.warn(pending)
        self._set_aside()

    def _set_aside(self) -> None:
        """Let events wait on disk for as long as the trouble lasts, if a disk takes them."""
        self._sets_aside = self._spools.set_aside(self._queue, self._store)

    def _plan_next(self, started: float) -> bool:
        self._sets_aside = False
        return self._schedule.succeeded(started, pressing=self._queue.is_pressing or self._spools.has_own)

    def _follow_up(self, recovered: bool) -> None:
        if recovered:
            log.info("%s: events are written again", self._name)
        if not self._queue.closed:
            self._spools.search(self._store)
        try:
            if self._options.after_commit is not None:
                self._store.follow(self._options.after_commit)
        except Exception as error:
            log.error("%s: what follows a commit went wrong: %s", self._name, error, exc_info=True)

    def _close_files(self) -> None:
        self._store.close()
        self._spools.close()

    def _stand_still(self) -> None:
        """Before a fork: no connection of ours may be open."""
        self._opening.wait(_FORK_TIMEOUT)
        self._close_files()


def _at_exit_of_worker_process(close: Callable[[float | None], None]) -> None:
    """The processes that multiprocessing starts skip atexit and have an exit register of their own."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None and sys.modules["multiprocessing"].parent_process() is not None:
        util.Finalize(None, close, args=(EXIT_TIMEOUT,), exitpriority=0)
