"""Processes that are killed: forked, so that hundreds of them cost little, and what they accepted until then."""

from __future__ import annotations

import logging
import mmap
import os
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_EVENTS: Final = 20_000
PROMISED: Final = 0.25
"""Seconds after which an accepted event is on the disk."""

STALL: Final = 0.03
"""Seconds: a process that got no turn for so long is judged by its flushes alone."""

_HEAD: Final = struct.Struct("=qqd")
_MOMENT: Final = struct.Struct("=d")


class Ledger:
    """What a writer says of itself in shared memory: when each event was accepted, and up to which one it flushed."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + MOST_EVENTS * _MOMENT.size)
        self._head = (0, 0, 0.0)

    def accept(self, moment: float) -> None:
        """One more was accepted."""
        count, flushed, stalled = self._head
        _MOMENT.pack_into(self._memory, _HEAD.size + count * _MOMENT.size, moment)
        self._write(count + 1, flushed, stalled)

    def flush(self, upto: int) -> None:
        """So many were on the disk, as a flush said."""
        self._write(self._head[0], upto, self._head[2])

    def stall(self, moment: float) -> None:
        """The process got no turn for a while, until then."""
        self._write(self._head[0], self._head[1], moment)

    def due(self, killed: float) -> tuple[int, int]:
        """How many events were accepted, and how many of them have to be on the disk after a kill at a moment."""
        count, flushed, stalled = _HEAD.unpack_from(self._memory, 0)
        if killed - stalled < 2 * PROMISED:
            return count, flushed
        moments = (
            _MOMENT.unpack_from(self._memory, _HEAD.size + number * _MOMENT.size)[0] for number in range(flushed, count)
        )
        return count, flushed + sum(moment < killed - PROMISED for moment in moments)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()

    def _write(self, count: int, flushed: int, stalled: float) -> None:
        self._head = (count, flushed, stalled)
        _HEAD.pack_into(self._memory, 0, count, flushed, stalled)


@dataclass(slots=True)
class Child:
    """A forked process.

    Attributes:
        pid: its number; killed: when it was killed, by the monotonic clock; 0.0 while it was not.
        status: what it ended with, as the system tells; None while it runs.
    """

    pid: int
    killed: float = 0.0
    status: int | None = None

    def kill(self) -> bool:
        """End it at once, and wait for that; False where it had ended before."""
        if self.status is None:
            self.killed = time.monotonic()
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitpid(self.pid, 0)[1]
        return self.was_killed

    def wait(self, timeout: float) -> bool:
        """Wait for its end; False where that takes too long: it is killed then."""
        give_up = time.monotonic() + timeout
        while self.status is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.status, self.killed = status, self.killed or time.monotonic()
            elif time.monotonic() > give_up:
                self.kill()
                return False
            else:
                time.sleep(0.002)
        return True

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended it, its own or ours."""
        return self.status is not None and os.WIFSIGNALED(self.status)

    @property
    def well(self) -> bool:
        """Whether it came to its end by itself, and said that all was well."""
        return self.status == 0


def fork(home: Path, work: Callable[[], object], *, nobody: bool = False) -> Child:
    """A process that does some work, with a data folder of its own, and as a user without rights where asked."""
    pid = os.fork()
    if pid:
        return Child(pid)
    status = 1
    try:
        logging.disable(logging.CRITICAL)
        os.environ["XDG_DATA_HOME"] = str(home)
        if nobody and os.geteuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
        work()
        status = 0
    finally:
        os._exit(status)
