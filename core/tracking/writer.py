"""The thread that writes tracked events, and the queue before it.

Records stay in the queue until the transaction that holds them is on disk, so that whatever goes wrong in
between is met by trying again. When that takes long they wait on disk (:mod:`core.tracking.spool`) instead.
"""

from __future__ import annotations

import logging
import math
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Final

import peewee

from core.errors import BotpulseError, DatabaseLocked
from core.tracking.batches import BatchWriter
from core.tracking.counters import TrackingCounters
from core.tracking.records import Record
from core.tracking.spool import SpoolBatch
from core.tracking.spool_replay import Spooling

log = logging.getLogger(__name__)

BATCH: Final = 2_000
"""Events in one transaction at most: it lasts some milliseconds, so that other writers get their turn."""

_ASIDE: Final = 10_000
"""Events that are put into a spool at a time: while they leave the queue, ``accept`` waits."""

EXIT_TIMEOUT: Final = 10.0
"""Seconds that the end of the process waits for a store that can't be written."""

_SHORTEST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 5.0
_LONGEST_LOCKED_PAUSE: Final = 0.25
_USUAL_LOCK_SECONDS: Final = 1.0
"""Writers wait for one another: only a lock that lasts longer is worth a warning, and a spool."""

_JOIN_GRACE: Final = 1.0
_FORK_TIMEOUT: Final = 5.0
_REFUSAL_LOG_SECONDS: Final = 60.0

_inherited: Final[list[object]] = []
"""Stores and spools that came over with a fork. They are kept as they are: closing one would disturb the parent's."""


class Writer:
    """The queue and the thread behind a tracker; apart from it so that a forgotten tracker can be collected.

    ``_lock`` guards all state. It is reentrant because a signal handler or a finalizer may track an event in the
    middle of ``accept``. Only the thread uses the store, and never under ``_lock`` while anybody may wait.
    """

    def __init__(
        self,
        store: BatchWriter,
        spools: Spooling,
        name: str,
        commit_interval: float,
        capacity: int,
        after_commit: Callable[[peewee.Database], None] | None,
    ) -> None:
        self._store = store
        self._spools = spools
        self._name = name
        self._interval = commit_interval
        self._capacity = capacity
        self._after_commit = after_commit
        self._closing = False
        self._begin()

    def _begin(self) -> None:
        """An empty queue, no thread, and locks that nobody holds."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._queue: deque[Record] = deque()
        self._thread: threading.Thread | None = None
        self._resting = True
        self._forking = self._still = False
        self._written = self._lost = self._refused = 0
        self._aside = self._spooled = 0
        self._sets_aside = False
        self._deadline = math.inf
        self._not_before = 0.0
        self._flush_to = 0
        self._pause = _SHORTEST_PAUSE
        self._trouble = self._told = ""
        self._trouble_since = 0.0
        self._quiet_until = -math.inf
        self._quiet_refusals = 0

    def accept(self, record: Record) -> bool:
        """Queue an event; False where it was refused."""
        with self._lock:
            accepted = not self._closing and len(self._queue) < self._capacity
            if accepted:
                self._queue.append(record)
                if self._resting:
                    self._wake()
        if not accepted:
            self._refuse()
        return accepted

    def counters(self) -> TrackingCounters:
        """What became of the events so far."""
        with self._lock:
            pending, failed = self._pending, self._lost + self._refused
            accepted = self._settled + pending
            return TrackingCounters(accepted, self._written, pending, failed, self._refused, self._spooled)

    def flush(self, timeout: float | None) -> bool:
        """Wait for what was accepted before; False on time-out, or where nobody can write."""
        with self._lock:
            target = self._settled + self._pending
            if self._settled == target:
                return True
            self._flush_to = max(self._flush_to, target)
            if not self._hurry() or self._thread is threading.current_thread():
                return False
            return self._changed.wait_for(lambda: self._settled >= target, timeout)

    def stop(self, timeout: float | None = None) -> threading.Thread | None:
        """Accept no more, and let the thread end when all is written; return the thread."""
        with self._lock:
            self._closing = True
            if timeout is not None:
                self._deadline = min(self._deadline, time.monotonic() + timeout)
            if self._pending or self._thread is not None:
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
        """Before a fork: let the thread end its write, close its connection and stand still.

        SQLite's connections must not be carried into another process. Ends with the lock held.
        """
        self._lock.acquire()
        if self._thread is None or self._thread is threading.current_thread():
            return
        self._forking = True
        self._changed.notify_all()
        if not self._changed.wait_for(lambda: self._still or self._thread is None, _FORK_TIMEOUT):
            log.warning("%s: a fork in the middle of a write", self._name)

    def release(self) -> None:
        """After a fork, in the parent: go on."""
        self._forking = False
        self._changed.notify_all()
        self._lock.release()

    def begin_anew(self) -> None:
        """After a fork, in the child: the parent writes what was pending."""
        _inherited.extend((self._store, self._spools))
        self._store, self._spools = self._store.another(), self._spools.another()
        self._begin()

    @property
    def _settled(self) -> int:
        return self._written + self._lost + self._spooled

    @property
    def _pending(self) -> int:
        return self._aside + len(self._queue)

    def _refuse(self) -> None:
        """Count and log, once a minute at most."""
        now = time.monotonic()
        with self._lock:
            self._refused += 1
            self._quiet_refusals += 1
            if now < self._quiet_until:
                return
            self._quiet_until = now + _REFUSAL_LOG_SECONDS
            number, self._quiet_refusals = self._quiet_refusals, 0
        reason = "the tracker is closed" if self._closing else f"{self._capacity} events are waiting"
        log.error("%s: %d events were refused, %s", self._name, number, reason)

    def _wake(self) -> bool:
        """Let the thread look at the queue. False where there is none and none can be started."""
        if self._thread is None and not self._start():
            return False
        self._resting = False
        self._changed.notify_all()
        return True

    def _start(self) -> bool:
        thread = threading.Thread(target=self._run, name="botpulse-writer", daemon=True)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError as error:
            self._thread = None
            log.error("%s: no thread can be started, events have to wait: %s", self._name, error)
            return False
        self._close_at_exit_of_worker_process()
        return True

    def _close_at_exit_of_worker_process(self) -> None:
        """The processes that multiprocessing starts skip atexit and have an exit register of their own."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None and sys.modules["multiprocessing"].parent_process() is not None:
            util.Finalize(None, self.close, args=(EXIT_TIMEOUT,), exitpriority=0)

    def _hurry(self) -> bool:
        self._not_before = 0.0
        return self._wake()

    def _run(self) -> None:
        try:
            while (work := self._next_work()) is not None:
                work()
        finally:
            self._store.close()
            self._spools.close()
            with self._lock:
                self._changed.notify_all()
                self._thread, self._resting = None, True

    def _next_work(self) -> Callable[[], object] | None:
        """Wait for something to do, and for its moment. None when the end has come."""
        with self._lock:
            self._stand_still()
            while not (self._queue or self._spools.has_own or self._spools.has_left or self._closing):
                self._resting = True
                self._changed.wait()
                self._stand_still()
            self._resting = False
            while (pause := min(self._not_before, self._deadline) - time.monotonic()) > 0:
                self._changed.wait(min(pause, self._interval) if self._sets_aside else pause)
                self._stand_still()
                if self._sets_aside and self._queue:
                    return self._set_aside
            return self._due_work()

    def _due_work(self) -> Callable[[], object] | None:
        if not (self._queue or self._spools.has_own):
            return None if self._closing else self._replay
        if self._trouble and time.monotonic() >= self._deadline:
            return self._give_up
        return self._replay if self._spools.has_own else partial(self._deliver, list(islice(self._queue, BATCH)))

    def _stand_still(self) -> None:
        """Keep out of the way of a fork, without a connection."""
        while self._forking:
            self._store.close()
            self._spools.close()
            self._still = True
            self._changed.notify_all()
            self._changed.wait()
        self._still = False

    def _deliver(self, batch: list[Record]) -> None:
        """Write a batch; on trouble leave it in the queue and set the time of the next try."""
        started = time.monotonic()
        if (refused := self._try(batch)) is None:
            return
        with self._lock:
            for _ in batch:
                self._queue.popleft()
            self._settle(len(batch), refused, started)
        self._follow_up()
        if self._spools.has_left:
            self._replay()  # a chunk of what others left, after each batch: it must neither wait nor keep ours waiting

    def _replay(self) -> None:
        """Write a batch of the writer's own spool, or of one that was left behind."""
        started = time.monotonic()
        try:
            batch = self._spools.first(BATCH)
        except BotpulseError as fault:
            if self._spools.discard(fault):
                self._count_spooled()
            return
        if batch is None:
            self._spools.finish(self._store)
            return
        if (refused := self._try(batch.records, batch)) is None:
            return
        with self._lock:
            own = len(batch.records) if self._spools.owns(batch) else 0
            self._aside -= own
            self._settle(own, refused if own else 0, started)
        self._spools.forget(batch)
        self._follow_up()

    def _count_spooled(self) -> None:
        with self._lock:
            self._spooled += self._aside
            self._aside = 0
            self._changed.notify_all()

    def _try(self, records: list[Record], batch: SpoolBatch | None = None) -> int | None:
        """How many were refused; None where nothing was written, and has to be tried again."""
        try:
            return self._store.write(records, batch)
        except BotpulseError as fault:
            self._defer(fault)
        except Exception as error:
            log.debug("%s: unexpected", self._name, exc_info=True)
            self._store.close()
            self._defer(error)
        return None

    def _settle(self, written: int, refused: int, started: float) -> None:
        self._written += written - refused
        self._lost += refused
        at_once = self._closing or self._settled < self._flush_to or self._pending >= BATCH or self._spools.has_own
        self._not_before = 0.0 if at_once else started + self._interval
        told, self._told, self._trouble, self._pause = self._told, "", "", _SHORTEST_PAUSE
        self._sets_aside = False
        self._changed.notify_all()
        if told:
            log.info("%s: events are written again", self._name)

    def _follow_up(self) -> None:
        if not self._closing:
            self._spools.search(self._store)
        self._call_after_commit()

    def _defer(self, error: Exception) -> None:
        """Wait before the next try: longer each time, by chance, so that many writers don't meet again."""
        locked, now = isinstance(error, DatabaseLocked), time.monotonic()
        longest = _LONGEST_LOCKED_PAUSE if locked else _LONGEST_PAUSE
        with self._lock:
            self._not_before = now + min(self._pause, longest) * random.uniform(0.5, 1.5)
            self._pause = min(self._pause * 2, longest)
            if not self._trouble:
                self._trouble_since = now
            self._trouble = f"{type(error).__name__}: {error}"
            pending = self._pending
        if locked and now - self._trouble_since < _USUAL_LOCK_SECONDS:
            return
        if self._trouble != self._told:
            self._told = self._trouble
            log.warning("%s: %d events have to wait: %s", self._name, pending, self._trouble)
        self._set_aside()

    def _set_aside(self) -> bool:
        """Let events wait on disk: they then outlive the process. False where no disk takes them: memory keeps them."""
        with self._lock:
            records = list(islice(self._queue, _ASIDE))
        try:
            lost = self._spools.set_aside(records) if records else 0
        except BotpulseError as fault:
            self._sets_aside = False
            log.debug("%s: events wait in memory: %s", self._name, fault)
            return False
        with self._lock:
            for _ in records:
                self._queue.popleft()
            self._aside += len(records) - lost
            self._lost += lost
            self._sets_aside = True
        log.debug("%s: %d events wait on disk", self._name, self._aside)
        if lost:
            log.error("%s: %d events are lost, they can't be stored anywhere", self._name, lost)
        return True

    def _give_up(self) -> None:
        """Where events end that could not be delivered before the tracker had to end."""
        while self._queue and self._set_aside():
            pass
        self._spools.leave()
        with self._lock:
            spooled, lost = self._aside, len(self._queue)
            self._queue.clear()
            self._lost += lost
            self._count_spooled()
        if spooled:
            log.warning("%s: %d events wait in a file beside it, for the next start to write", self._name, spooled)
        if lost:
            log.error("%s: %d events could not be written and are lost: %s", self._name, lost, self._trouble)

    def _call_after_commit(self) -> None:
        if self._after_commit is None or self._store.database is None:
            return
        try:
            self._after_commit(self._store.database)
        except Exception as error:
            log.error("%s: what follows a commit went wrong: %s", self._name, error, exc_info=True)
