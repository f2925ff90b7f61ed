"""Any file: thousands of databases that somebody altered or damaged, each looked at in every way.

Looking ends with an answer or a fault in words, within ten seconds, and changes no byte. A case is tried again by
``python -m tests.torture.files.worker SEED NUMBER``.
"""

from __future__ import annotations

import json
import queue
import selectors
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from tests.torture.files.worker import seconds_waited
from tests.torture.report import Figure

CASE_SECONDS: Final = 10.0
"""What a case may take, all looks together; waiting for a processor that others use is no part of it."""

WORKERS: Final = 4
"""On two cores: half of a case is rests between reads, which belong to the product."""

_LOOKS_EVERY: Final = 0.5
_DATABASES: Final = 5_000
_USUAL_SECONDS: Final = 300.0
_TOLD: Final = 12


@dataclass
class _Tally:
    """What the cases came to so far; guarded by its lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    tried: int = 0
    seconds: list[float] = field(default_factory=list)
    ended: Counter[str] = field(default_factory=Counter)
    broken: dict[str, list[str]] = field(default_factory=dict)

    def note(self, result: dict[str, Any]) -> None:
        with self.lock:
            self.tried += 1
            self.seconds.append(result["seconds"])
            self.ended.update(result["ended"].values())
            for what in ("unexpected", "not_found", "changed", "left"):
                for each in result[what]:
                    self.note_broken(what, result["number"], each)

    def note_broken(self, what: str, number: int, words: str) -> None:
        self.broken.setdefault(what, []).append(f"case {number}: {words}")


def run(seconds: float, seed: int) -> list[Figure]:
    """Try cases until the time is over."""
    tally, numbers = _Tally(), _Numbers()
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_drive, args=(tally, numbers, seed, until)) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return _figures(tally, seconds)


class _Numbers:
    """The numbers of the cases, each once."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._lock, self._next = threading.Lock(), 0

    def take(self) -> int:
        with self._lock:
            self._next += 1
            return self._next


def _drive(tally: _Tally, numbers: _Numbers, seed: int, until: float) -> None:
    """Hand cases to a process, and end it where one takes too long."""
    process = None
    while time.monotonic() < until:
        process = process or _start(seed)
        number = numbers.take()
        line = _ask(process, number)
        if line:
            tally.note(json.loads(line))
            continue
        with tally.lock:
            tally.tried += 1
            ended = process.poll() is not None
            tally.note_broken("ended" if ended else "slow", number, "the process ended" if ended else "took too long")
        process.kill()
        process.wait()
        process = None
    if process is not None:
        process.kill()
        process.wait()


def _start(seed: int) -> subprocess.Popen[str]:
    """A process that waits for cases: what it imports is no part of one."""
    command, pipe = [sys.executable, "-m", "tests.torture.files.worker", str(seed)], subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _ask(process: subprocess.Popen[str], number: int) -> str:
    """The line that answers; nothing where none comes in time."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(f"{number}\n")
        process.stdin.flush()
    except BrokenPipeError:
        return ""
    began, waited = time.monotonic(), seconds_waited(process.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() - began - (seconds_waited(process.pid) - waited) < CASE_SECONDS:
            if selector.select(_LOOKS_EVERY):
                return process.stdout.readline()
    return ""


def _figures(tally: _Tally, seconds: float) -> list[Figure]:
    for what, cases in sorted(tally.broken.items()):
        print(f"{what}: {len(cases)}", *(f"  {each}" for each in cases[:_TOLD]), sep="\n", flush=True)
    ended, looks = tally.ended, max(1, tally.ended.total())
    broken = {what: len(tally.broken.get(what, ())) for what in ("unexpected", "slow", "ended", "changed", "left")}
    return [
        Figure("databases", tally.tried, at_least=_DATABASES * min(1.0, seconds / _USUAL_SECONDS)),
        Figure("looks", looks),
        Figure("answered", 100 * ended["answered"] / looks, "%"),
        Figure("faults in words", 100 * (looks - ended["answered"] - ended["unexpected"]) / looks, "%"),
        Figure("kinds of faults", len(ended.keys() - {"answered", "unexpected"})),
        Figure("other exceptions", broken["unexpected"], at_most=0),
        Figure("over ten seconds", broken["slow"], at_most=0),
        Figure("processes that ended", broken["ended"], at_most=0),
        Figure("files changed", broken["changed"], at_most=0),
        Figure("files left behind", broken["left"], at_most=0),
        Figure("shown, but not found by a filter", len(tally.broken.get("not_found", ())), at_most=0),
        Figure("slowest case", max(tally.seconds, default=0.0), "s", at_most=CASE_SECONDS),
    ]
