"""How long the bot's event loop stands still while a command's answer is worked out on a million rows.

A ticker wants to wake every millisecond; how late it wakes at worst during a call is the number, the median of several
calls. Its baseline is the same ticker in a process that does nothing else, over the same seconds: what the machine
itself makes late is late there, too. Beside it: the same answer worked out in a thread. On a machine with other work to
do all of this is noise; what does not depend on it is the processor time that a call takes in the bot's process: for
no longer than that can it hold anything up.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.answers.commands import command_answer
from core.answers.files import csv_answer
from core.answers.images import image_answer
from core.answers.period import Period
from core.answers.summary import summary_answer
from core.answers.users import user_answer
from core.simulation.history import write_history
from core.storage.location import Location, locate
from core.worker.process import WorkerProcess
from tests.benchmarks.report import Row

ZONE: Final = ZoneInfo("Europe/Berlin")
_TICK: Final = 0.001
_MOST_MS: Final = 5.0
_IDLE_SECONDS: Final = 2.0
_MOST_BYTES: Final = 8 * 1024 * 1024
_NOTHING: Final = "nothing"

Question = Callable[[], Any]
"""A function with its arguments, to be called in a thread."""


@dataclass(frozen=True)
class Watch:
    """A ticker during one call: from when to when (of ``perf_counter``), and how late its ticks were, in ms.

    ``cost`` is the processor time of the thread that made the call, in ms.
    """

    began: float
    ended: float
    late: list[float]
    cost: float


@dataclass
class Idle:
    """An idle loop's ticks in a process of its own: when, and how late in ms. They are there once it has ended."""

    times: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    def during(self, watch: Watch) -> list[float]:
        """Its ticks while a call went on."""
        return self.late[bisect_left(self.times, watch.began) : bisect_right(self.times, watch.ended)] or [0.0]


@dataclass(frozen=True)
class Measured:
    """A question's calls in the worker process, and one in a thread of the bot's own, where that was tried."""

    what: str
    there: list[Watch]
    here: Watch | None = None
    judged: bool = True
    """Whether its processor time has a target: a large file does not come out of a pipe for nothing, but in chunks."""


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes a tenth of the rows."""
    rows, calls = (100_000, 2) if quick else (1_000_000, 5)
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        path = Path(folder) / "analytics.db"
        write_history(path, days=365, rows=rows, zone=ZONE)
        return measure(locate(path), calls)


def measure(location: Location, calls: int) -> list[Row]:
    """Every answer, in the worker process and in a thread, ``calls`` times each."""
    asyncio.run(_watched(partial(time.sleep, 0.2)))  # what the loop itself has to load
    with _idle_loop() as idle:
        found = [Measured(_NOTHING, [asyncio.run(_watched(partial(time.sleep, _IDLE_SECONDS))) for _ in range(calls)])]
        first = "command_answer, 7 days, and the start of the process"
        found.append(Measured(first, [_first(location) for _ in range(2 * calls)]))
        worker = WorkerProcess()
        try:
            for name, (function, arguments) in _questions(location).items():
                there = partial(worker.call, function, *arguments)
                watches = [asyncio.run(_watched(there)) for _ in range(calls)]
                here = asyncio.run(_watched(partial(function, *arguments)))
                found.append(Measured(name, watches, here, judged=function is not csv_answer))
        finally:
            worker.close()
    return [row for measured in found for row in _rows(measured, idle)]


def _questions(location: Location) -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    now, zone = time.time(), ZONE.key
    asked: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
        "summary_answer": (summary_answer, (location, zone, now, 60.0))
    }
    for days in (7, 365):
        for function in (command_answer, image_answer, user_answer):
            asked[f"{function.__name__}, {days} days"] = (function, (location, zone, Period(days), now))
    asked["csv_answer, 30 days"] = (csv_answer, (location, zone, Period(30), now, "images", _MOST_BYTES))
    return asked


def _first(location: Location) -> Watch:
    worker = WorkerProcess()
    try:
        return asyncio.run(_watched(partial(worker.call, command_answer, location, ZONE.key, Period(7), time.time())))
    finally:
        worker.close()


async def _watched(question: Question) -> Watch:
    def cost() -> float:
        began = time.thread_time()
        question()
        return (time.thread_time() - began) * 1000

    asked = asyncio.create_task(asyncio.to_thread(cost))
    late: list[float] = []
    began = before = time.perf_counter()
    while not asked.done():
        await asyncio.sleep(_TICK)
        now = time.perf_counter()
        late.append((now - before - _TICK) * 1000)
        before = now
    return Watch(began, before, late or [0.0], await asked)


_IDLE_LOOP: Final = f"""
import asyncio, json, sys, threading, time
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
async def tick():
    times, late = [], []
    print("ticking", flush=True)
    before = time.perf_counter()
    while not ended.is_set():
        await asyncio.sleep({_TICK})
        now = time.perf_counter()
        times.append(now)
        late.append((now - before - {_TICK}) * 1000)
        before = now
    json.dump([times, late], sys.stdout)
asyncio.run(tick())
"""


@contextmanager
def _idle_loop() -> Iterator[Idle]:
    """An idle loop beside whatever is done in the block; its ticks are there after it."""
    idle = Idle()
    with subprocess.Popen(
        [sys.executable, "-c", _IDLE_LOOP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield idle
        ticks, _ = process.communicate()
    idle.times, idle.late = json.loads(ticks)


def _rows(measured: Measured, idle: Idle) -> Iterator[Row]:
    """The latest tick; the target is so much above that of the idle loop in the same seconds. And what it costs."""
    ours, theirs = [watch.late for watch in measured.there], [idle.during(watch) for watch in measured.there]
    took = statistics.median(watch.ended - watch.began for watch in measured.there)
    note = f"p99 {_p99(ours):.2f} ms, idle loop's {_p99(theirs):.2f} ms; takes {took:.2f} s"
    if measured.here is not None:
        late = measured.here.late
        note += f"; in a thread: latest {max(late):.1f} ms, p99 {_p99([late]):.2f} ms"
    quiet = _latest(theirs)
    target = None if measured.what == _NOTHING else quiet + _MOST_MS
    yield Row(f"event loop held up by {measured.what}", "ms", _latest(ours), target, quiet, note=note)
    if measured.here is not None:
        cost, in_thread = max(watch.cost for watch in measured.there), measured.here.cost
        what = f"processor time of the bot's own for {measured.what}"
        yield Row(what, "ms", cost, _MOST_MS if measured.judged else None, in_thread, note="baseline: in a thread")


def _latest(calls: Sequence[list[float]]) -> float:
    return statistics.median(map(max, calls))


def _p99(calls: Sequence[list[float]]) -> float:
    late = sorted(tick for call in calls for tick in call)
    return late[min(len(late) - 1, len(late) * 99 // 100)]
