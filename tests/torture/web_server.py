"""``python -m tests.torture.web_server FOLDER [LIMITS]``: the web handlers in a process that measures itself.

They listen on a port of their own, and mounted in an application of somebody else's on another. It says both as a line
of JSON, answers each line of its standard input with what it has measured so far, and stops when that ends. ``LIMITS``
is JSON: the fields of ``Limits`` that differ from the usual ones.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import sys
import time
from array import array
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil
from aiohttp import web

from bot_integration.web_handlers import FinalImage, Limits, WebHandlers
from core.manager import AnalyticsManager

TOKEN: Final = "the-token-of-the-campaign_0123456789"
PREFIX: Final = "/botpulse"
_BEAT: Final = 0.005
_SCHEDULING: Final = Path("/proc/thread-self/schedstat")
_SAMPLE_EVERY: Final = 40
"""Beats between two looks at memory and descriptors."""


class Lines(logging.Handler):
    """Counts the lines of the log by who wrote them."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.written: Counter[str] = Counter()
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written[record.name.partition(".")[0]] += 1
        if record.levelno >= logging.WARNING and len(self.kept) < 20:
            self.kept.append(f"{record.name}: {record.getMessage()[:200]}")


class Measured:
    """Beats in the event loop: how late each is, and how much of this thread's CPU went by between two.

    What a beat waits for a processor that others use is no hold-up of ours: it is told apart where the system does so.
    """

    def __init__(self, lines: Lines) -> None:
        self._process = psutil.Process()
        self._lines = lines
        self.shown: Counter[str] = Counter()
        self.begin()

    def begin(self) -> None:
        """Measure afresh."""
        gc.collect()
        self._late, self._all_late, self._busy = array("d"), array("d"), array("d")
        self._most_memory = self._memory = self._process.memory_info().rss
        self._most_descriptors = self._descriptors = self._process.num_fds()
        self._lines.written.clear()

    async def beat(self) -> None:
        """Go on until it is cancelled."""
        loop = asyncio.get_running_loop()
        beats = 0
        while True:
            due, used, waited = loop.time() + _BEAT, time.thread_time(), _waited_for_processor()
            await asyncio.sleep(_BEAT)
            late = loop.time() - due
            self._all_late.append(late)
            self._late.append(max(0.0, late - (_waited_for_processor() - waited)))
            self._busy.append(time.thread_time() - used)
            beats += 1
            if beats % _SAMPLE_EVERY == 0:
                self._most_memory = max(self._most_memory, self._process.memory_info().rss)
                self._most_descriptors = max(self._most_descriptors, self._process.num_fds())

    def report(self) -> dict[str, Any]:
        """What was measured since it began."""
        gc.collect()
        late = sorted(self._late) or [0.0]
        return {
            "latest": late[-1],
            "late_p99": late[int(len(late) * 0.99)],
            "latest_with_others": max(self._all_late, default=0.0),
            "busiest": max(self._busy, default=0.0),
            "memory": self._process.memory_info().rss - self._memory,
            "memory_peak": self._most_memory - self._memory,
            "descriptors": self._process.num_fds() - self._descriptors,
            "descriptors_peak": self._most_descriptors - self._descriptors,
            "tasks": len(asyncio.all_tasks()),
            "lines": dict(self._lines.written),
            "complaints": self._lines.kept,
            "shown": len(self.shown),
            "shown_twice": sum(times > 1 for times in self.shown.values()),
        }


def _waited_for_processor() -> float:
    """Seconds that this thread could have run, but did not; 0 where the system does not say."""
    try:
        return int(_SCHEDULING.read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


async def _serve(folder: Path, limits: Limits) -> None:
    lines = Lines()
    logging.getLogger().addHandler(lines)
    logging.getLogger().setLevel(logging.INFO)
    measured = Measured(lines)

    async def deliver(image: FinalImage) -> None:
        measured.shown[image.request_id] += 1

    with AnalyticsManager(folder / "own.db") as own_manager, AnalyticsManager(folder / "mounted.db") as other_manager:
        own = WebHandlers(own_manager, token=TOKEN, deliver=deliver, limits=limits)
        app = web.Application()
        WebHandlers(other_manager, token=TOKEN, deliver=deliver, limits=limits).add_to(app, PREFIX)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        beating = asyncio.create_task(measured.beat())
        _say({"own": await own.start(port=0), "mounted": runner.addresses[0][1]})
        await _answer(measured)
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await own.stop()
        await runner.cleanup()


async def _answer(measured: Measured) -> None:
    """Answer ``begin`` and ``report``, a line each."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        if line.strip() == "begin":
            measured.begin()
        _say(measured.report())


def _say(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), Limits(**json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))))
