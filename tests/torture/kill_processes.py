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
"""Seconds: what got no turn of the processor, or of the disk, for so long is judged by its flushes alone."""

TICK: Final = 0.01

_COUNTS: Final = struct.Struct("=qq")
_BEATS: Final = struct.Struct("=dd")
_MOMENT: Final = struct.Struct("=d")
_HEAD: Final = _COUNTS.size + _BEATS.size


class Heart:
    """Beats in shared memory for as long as its thread, or process, gets its turns; remembers when it did not."""

    def __init__(self, memory: mmap.mmap, offset: int = 0) -> None:
        self._memory, self._offset = memory, offset

    def beat(self, work: Callable[[], object] = lambda: None) -> None:
        """For ever: some work, a moment's sleep."""
        before, stalled = time.monotonic(), 0.0
        while True:
            work()
            time.sleep(TICK)
            now = time.monotonic()
            stalled = now if now - before > TICK + STALL else stalled
            before = now
            _BEATS.pack_into(self._memory, self._offset, now, stalled)

    def was_well(self, moment: float) -> bool:
        """Whether it got its turns in the time before a moment; it may go on after that."""
        last, stalled = _BEATS.unpack_from(self._memory, self._offset)
        return bool(moment - stalled > 2 * PROMISED and moment - last < TICK + STALL)


def disk_heart() -> Heart:
    """One that brings something to a disk at each beat, in the process that calls :func:`beat_by_disk`."""
    return Heart(mmap.mmap(-1, mmap.PAGESIZE))


def beat_by_disk(heart: Heart, folder: Path) -> None:
    """For ever."""
    with (folder / "beat").open("wb", buffering=0) as file:

        def work() -> None:
            file.write(b"beat")
            os.fsync(file.fileno())

        heart.beat(work)


class Ledger:
    """What a writer says of itself in shared memory: when each event was accepted, and up to which one it flushed."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD + MOST_EVENTS * _MOMENT.size)
        self._counts = (0, 0)
        self.heart = Heart(self._memory, _COUNTS.size)

    def accept(self, moment: float) -> None:
        """One more was accepted."""
        count, flushed = self._counts
        _MOMENT.pack_into(self._memory, _HEAD + count * _MOMENT.size, moment)
        self._write(count + 1, flushed)

    def flush(self, upto: int) -> None:
        """So many were on the disk, as a flush said."""
        self._write(self._counts[0], upto)

    @property
    def flushed(self) -> int:
        """How many were on the disk, as the last flush said."""
        return int(_COUNTS.unpack_from(self._memory, 0)[1])

    def due(self, killed: float, disk: Heart) -> tuple[int, int]:
        """How many events were accepted, and how many of them have to be on the disk after a kill at a moment."""
        count, flushed = _COUNTS.unpack_from(self._memory, 0)
        if not (self.heart.was_well(killed) and disk.was_well(killed)):
            return count, flushed
        moments = (
            _MOMENT.unpack_from(self._memory, _HEAD + number * _MOMENT.size)[0] for number in range(flushed, count)
        )
        return count, flushed + sum(moment < killed - PROMISED for moment in moments)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()

    def _write(self, count: int, flushed: int) -> None:
        self._counts = (count, flushed)
        _COUNTS.pack_into(self._memory, 0, count, flushed)


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
