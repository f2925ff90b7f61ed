"""When the writer tries next."""

from __future__ import annotations

import logging
import math
import random
import time
from typing import Final

from core.errors import DatabaseLocked

log = logging.getLogger(__name__)

_SHORTEST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 5.0
_LONGEST_LOCKED_PAUSE: Final = 0.25
_USUAL_LOCK_SECONDS: Final = 1.0


class Schedule:
    """The time of the next try. Its state is guarded by the lock of the writer's queue.

    - A batch follows ``interval`` seconds after the last one began, or at once where it is pressing.
    - After a failure there is a pause, twice as long each time, up to five seconds and for a lock a quarter of one; it
      varies by chance, so that many writers don't meet again.
    - Writers wait for one another: only a lock that lasts a second is trouble, worth a warning. The same
      trouble is warned of once, until events are written again.
    - With a deadline, trouble ends there.
    """

    def __init__(self, name: str, interval: float) -> None:
        """The first try is due at once; ``name`` is what the log calls the store."""
        self.trouble = ""
        self._name = name
        self._interval = interval
        self._due = 0.0
        self._deadline = math.inf
        self._pause = _SHORTEST_PAUSE
        self._trouble_since = 0.0
        self._told = ""

    @property
    def seconds_left(self) -> float:
        """Until the next try, or until the deadline."""
        return min(self._due, self._deadline) - time.monotonic()

    @property
    def is_over(self) -> bool:
        """Whether what can't be written is to be given up."""
        return bool(self.trouble) and self.is_late

    @property
    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._deadline

    def hurry(self) -> None:
        """Try at once."""
        self._due = 0.0

    def end_within(self, timeout: float) -> None:
        """Set a deadline; it never moves back."""
        self._deadline = min(self._deadline, time.monotonic() + timeout)

    def succeeded(self, started: float, *, pressing: bool) -> bool:
        """Plan the next batch after one that began at ``started``; True where that ends trouble that was told of."""
        self._due = 0.0 if pressing else started + self._interval
        told, self._told, self.trouble, self._pause = self._told, "", "", _SHORTEST_PAUSE
        return bool(told)

    def failed(self, error: Exception) -> bool:
        """Plan the next try after one that failed; False for a lock that is usual so far."""
        locked, now = isinstance(error, DatabaseLocked), time.monotonic()
        longest = _LONGEST_LOCKED_PAUSE if locked else _LONGEST_PAUSE
        self._due = now + min(self._pause, longest) * random.uniform(0.5, 1.5)
        self._pause = min(self._pause * 2, longest)
        if not self.trouble:
            self._trouble_since = now
        self.trouble = f"{type(error).__name__}: {error}"
        return not (locked and now - self._trouble_since < _USUAL_LOCK_SECONDS)

    def warn(self, pending: int) -> None:
        """Log what keeps events waiting, unless that was the last that was said. Without the lock."""
        if self.trouble != self._told:
            self._told = self.trouble
            log.warning("%s: %d events have to wait: %s", self._name, pending, self.trouble)
