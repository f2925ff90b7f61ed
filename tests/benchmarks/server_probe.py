"""``python -m tests.benchmarks.server_probe bot|monitor URL …``: a bot that tracks, or a monitor that looks.

It says "ready", begins with the first line of its standard input, and prints what it measured as JSON.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import threading
import time
from zoneinfo import ZoneInfo

import peewee

from core.live_view import LiveView
from core.time_ranges import CHOICES
from core.tracking.records import command_record, image_record
from core.tracking.tracker import Tracker
from tests.benchmarks.bench_tracking import LORAS, PROMPT

_TICK = 0.002
_LOOKS_A_SECOND = 10
_FLUSH_SECONDS = 60.0


def bot(url: str, rate: float, seconds: float) -> dict[str, float]:
    """Track commands and images by turns at a rate, then wait until all are on the server."""
    accepted: list[float] = []
    delays: list[float] = []
    calls: list[float] = []

    def committed(_: peewee.Database) -> None:
        now, written = time.perf_counter(), tracker.counters().written
        delays.extend(now - moment for moment in accepted[len(delays) : written])

    with Tracker(url, after_commit=committed) as tracker:
        tracker.track(command_record("warm", 1))
        tracker.flush(_FLUSH_SECONDS)
        delays.clear()
        accepted.append(time.perf_counter())  # for the one that is counted as written already
        _begin()
        started = time.perf_counter()
        while (elapsed := time.perf_counter() - started) < seconds:
            while len(accepted) - 1 < elapsed * rate:
                began = time.perf_counter()
                _track(tracker, len(accepted))
                calls.append(time.perf_counter() - began)
                accepted.append(began)
            time.sleep(_TICK)
        tracker.flush(_FLUSH_SECONDS)
        taken, counters = time.perf_counter() - started, tracker.counters()
    return {
        "accepted": counters.accepted - 1,
        "written": counters.written - 1,
        "failed": counters.failed,
        "seconds": taken,
        "call": statistics.median(calls),
        "arrived": statistics.median(delays),
        "arrived_p99": sorted(delays)[int(len(delays) * 0.99)],
        "cpu": _cpu() / taken,
    }


def monitor(url: str) -> dict[str, float]:
    """Show the last 24 hours, and look ten times a second until standard input ends."""
    view = LiveView(url, ZoneInfo("UTC"), CHOICES["24h"])
    began = time.perf_counter()
    while view.advance() is None or view.loading:
        pass
    loaded = time.perf_counter() - began
    _begin()
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    costs, ages, used, started = [], [], _cpu(), time.perf_counter()
    while not ended.wait(1 / _LOOKS_A_SECOND):
        began = time.perf_counter()
        snapshot = view.advance()
        costs.append(time.perf_counter() - began)
        if snapshot is not None and snapshot.last_seen is not None:
            ages.append(time.time() - snapshot.last_seen)
    share = (_cpu() - used) / (time.perf_counter() - started)
    view.close()
    return {
        "loaded": loaded,
        "look": statistics.median(costs),
        "age": statistics.median(ages),
        "cpu": share,
        "faults": float(view.fault is not None),
    }


def _track(tracker: Tracker, number: int) -> None:
    if number % 2:
        tracker.track(command_record("comfy", number % 5000, 77, 5, 1.5, number % 20 != 0))
    else:
        tracker.track(image_record(number % 5000, PROMPT, "16:9 [1344x768 landscape]", LORAS, 2, 12.5))


def _begin() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Run as a process."""
    kind, url, *numbers = sys.argv[1:]
    result = bot(url, *map(float, numbers)) if kind == "bot" else monitor(url)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
