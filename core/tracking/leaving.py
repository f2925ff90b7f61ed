"""Users who were forgotten, until the writer's thread has let go of what waits of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from core.tracking.batches import BatchWriter
from core.tracking.event_queue import EventQueue
from core.tracking.spool_replay import Spooling
from core.tracking.standing import OptOutStanding


class Leaving:
    """Who waits for a user's events to go, and what came of it; the queue's lock guards it."""

    def __init__(self, queue: EventQueue, spools: Spooling, standing: OptOutStanding) -> None:
        """Nobody waits yet."""
        self._queue, self._spools, self._standing = queue, spools, standing
        self._users: dict[str, bool | None] = {}

    def ask(self, user: str, rests: Callable[[], bool], timeout: float | None) -> bool:
        """Have a user's events of before go, and wait for it; False where it took too long, or a spool keeps some.

        Where the thread ``rests`` nothing waits, and there is nothing to be done.
        """
        self._standing.forget(user, time.time())
        with self._queue.lock:
            if rests():
                return True
            self._users[user] = None
            self._queue.changed.notify_all()
            self._queue.changed.wait_for(lambda: self._users.get(user) is not None or rests(), timeout)
            return bool(self._users.pop(user, False))

    def is_due(self, store: BatchWriter) -> bool:
        """Whether somebody waits, and no batch is under way that may be in the store already."""
        return None in self._users.values() and store.unanswered is None

    def carry_out(self) -> None:
        """In the writer's thread: let the events go, and tell who waits."""
        with self._queue.lock:
            users = [user for user, done in self._users.items() if done is None]
        for user in users:
            done = self._spools.leave_out(user, self._queue, self._standing)
            with self._queue.lock:
                if user in self._users:  # nobody may wait for it any more
                    self._users[user] = done
                self._queue.changed.notify_all()
