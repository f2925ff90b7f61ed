"""What tracking costs the bot; beside the plain way: a connection per call, rollback journal, a commit per event."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import peewee

from core.manager import AnalyticsManager
from core.storage.database import open_for_writing
from core.storage.location import locate
from core.tracking.records import FailureFacts, image_record
from core.tracking.spool_places import spool_files
from core.tracking.tracker import Tracker
from tests.benchmarks.report import Row

ROOT = Path(__file__).parents[2]
PROMPT = "a lighthouse in a storm, volumetric light, oil on canvas, highly detailed, " * 3
LORAS = ["detail.safetensors", "oil_painting.safetensors"]
INSERT = (
    "INSERT INTO image_stats (user_id, prompt, resolution, loras, upscale_factor, generation_time, timestamp)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
PROCESSES = 8
RATE = 2_000
_TICK = 0.001
_ROUND_SECONDS = 0.5

Call = Callable[[], None]


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` tracks fewer events."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *_calls(folder, 3_000 if quick else 20_000, 100 if quick else 500),
            *_named_and_failed(folder, 3_000 if quick else 20_000),
            _durable_rate(folder, 20_000 if quick else 200_000, 100 if quick else 500),
            _lost(folder, 2_000 if quick else 10_000, 20 if quick else 100),
            *_event_loop(folder, 3 if quick else 9),
            *_durable_latency(folder, 1.0 if quick else 5.0, 50 if quick else 200),
            *_spooled(folder, 5_000 if quick else 50_000),
        ]


def track(tracker: Tracker) -> None:
    """An image, from the bot's arguments to the queue."""
    record = image_record(41771983423143937, PROMPT, "16:9 [1344x768 landscape]", LORAS, 2, 12.5)
    assert tracker.track(record)


def plain(path: Path) -> None:
    """The same as the seed's document has it. A lock that lasts over 5 s raises: the event is lost."""
    values = ("41771983423143937", PROMPT, "16:9 [1344x768 landscape]", json.dumps(LORAS), 2, 12.5, time.time())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(INSERT, values)
        connection.commit()


def plain_file(path: Path) -> Path:
    """A file as the plain way has it: rollback journal, no index."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE image_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id TEXT NOT NULL, prompt TEXT, "
            "resolution TEXT, loras TEXT, upscale_factor INTEGER, generation_time REAL, timestamp REAL NOT NULL)"
        )
    return path


def _calls(folder: Path, number: int, plain_number: int) -> list[Row]:
    """At a rate that a very busy bot may reach, so that the writer is at work meanwhile."""
    path = plain_file(folder / "calls-plain.db")
    slow = _timed(lambda: plain(path), plain_number, 0.0)
    with Tracker(folder / "calls.db") as tracker:
        track(tracker)
        fast = _timed(lambda: track(tracker), number, 1 / (2 * RATE))
    p50, p99 = _quantile(fast, 0.5), _quantile(fast, 0.99)
    times = _quantile(slow, 0.5) / p50
    return [
        Row("track call accepted, p50", "µs", p50 * 1e6, 10, _quantile(slow, 0.5) * 1e6),
        Row("track call accepted, p99", "µs", p99 * 1e6, 100, _quantile(slow, 0.99) * 1e6),
        Row("track call, times faster than the plain way", "×", times, 50, higher_is_better=True),
    ]


def _named_and_failed(folder: Path, number: int) -> list[Row]:
    """What a command costs with the names of who ran it where, and a failure whose words came before, or never."""
    with AnalyticsManager(folder / "named.db") as manager:
        numbers = itertools.count()

        def named() -> None:
            user = 41771983423143937 + next(numbers) % 2_000
            manager.note_name("user", user, "Anna Karenina", "a1b2c3")
            manager.note_name("guild", 381870553235193850, "Studio", "d4e5f6")
            manager.note_name("channel", 381870553235193857, "#general")
            manager.track_command("comfy", user, 381870553235193850, 381870553235193857, 0.5)

        def failed(message: str) -> None:
            facts = FailureFacts(error_type="OutOfMemoryError", message=message, node="VAEDecode")
            manager.track_failure("generation", "comfy", 41771983423143937, **facts)

        again = "Allocation on device 0 would exceed allowed memory. (out of memory)"
        ways: tuple[tuple[str, Call], ...] = (
            ("a command with three names", named),
            ("a failure met before", lambda: failed(again)),
            ("a failure never met", lambda: failed(f"{again} Tried {next(numbers)} MiB of {PROMPT}")),
        )
        found = [(what, _timed(call, number // 4, 1 / (2 * RATE))) for what, call in ways]
    return [Row(f"tracking {what}, p50", "µs", _quantile(taken, 0.5) * 1e6, 10) for what, taken in found]


def _timed(call: Call, number: int, gap: float) -> list[float]:
    taken = []
    for _ in range(number):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
        if gap:
            time.sleep(gap)
    return taken


def _durable_rate(folder: Path, number: int, plain_number: int) -> Row:
    path = plain_file(folder / "rate-plain.db")
    slow = sum(_timed(lambda: plain(path), plain_number, 0.0))
    with Tracker(folder / "rate.db", capacity=number) as tracker:
        started = time.perf_counter()
        for _ in range(number):
            track(tracker)
        assert tracker.flush()
        taken = time.perf_counter() - started
    note = "tracked and on disk, from the first call"
    return Row(
        "events made durable by one process", "/s", number / taken, 20_000, plain_number / slow, True, note
    )  # fmt: skip


_OURS = """import sys; from pathlib import Path; from core.tracking.tracker import Tracker
from tests.benchmarks import bench_tracking as bench
with Tracker(sys.argv[1]) as tracker:
    for _ in range(int(sys.argv[2])):
        bench.track(tracker)
"""
_PLAIN = """import sys, sqlite3; from pathlib import Path
from tests.benchmarks import bench_tracking as bench
for _ in range(int(sys.argv[2])):
    try:
        bench.plain(Path(sys.argv[1]))
    except sqlite3.OperationalError:
        pass
"""


def _lost(folder: Path, number: int, plain_number: int) -> Row:
    ours, path = folder / "eight.db", plain_file(folder / "eight-plain.db")
    open_for_writing(ours).close()
    taken = _eight(_OURS, ours, number)
    lost = PROCESSES * number - _count(ours)
    plain_taken = _eight(_PLAIN, path, plain_number)
    plain_lost = PROCESSES * plain_number - _count(path)
    note = (
        f"of {PROCESSES * number:,} in {taken:.1f} s; the plain way: of {PROCESSES * plain_number:,} in "
        f"{plain_taken:.1f} s (start of the processes included)"
    )
    return Row(f"lost by {PROCESSES} processes at once", "events", lost, 0, plain_lost, note=note)


def _eight(code: str, path: Path, number: int) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-c", code, str(path), str(number)]
    processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(PROCESSES)]
    if any([process.wait(timeout=300) for process in processes]):
        raise RuntimeError("a process of the benchmark failed")
    return time.perf_counter() - started


def _count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM image_stats").fetchone()[0])


def _event_loop(folder: Path, rounds: int) -> list[Row]:
    """A ticker in the bot's loop; how late it is while the bot tracks in the same loop. By turns with an idle loop."""
    path = plain_file(folder / "loop-plain.db")
    idle, ours, slow = [], [], []
    with Tracker(folder / "loop.db") as tracker:
        for _ in range(rounds):
            idle.append(asyncio.run(_lateness(None)))
            ours.append(asyncio.run(_lateness(lambda: track(tracker))))
            slow.append(asyncio.run(_lateness(lambda: plain(path))))
    shares = (("p99", 0.99), ("longest in half a second, median", 1.0))
    return [_loop_row(label, *(_typical(each, share) for each in (ours, idle, slow))) for label, share in shares]


def _loop_row(label: str, ours: float, idle: float, slow: float) -> Row:
    what, note = f"event loop held up, {RATE:,} events/s, {label}", f"idle loop: {idle:.2f} ms"
    return Row(what, "ms", ours, 5 + idle, slow, note=note)


def _typical(rounds: list[list[float]], share: float) -> float:
    """Milliseconds: the median of the rounds' quantiles, so that another process on the machine counts once."""
    return statistics.median(_quantile(each, share) for each in rounds) * 1e3


async def _lateness(call: Call | None) -> list[float]:
    """Seconds that each tick came too late. The events of a tick are its share of the rate."""
    late, end = [], time.perf_counter() + _ROUND_SECONDS
    while (started := time.perf_counter()) < end:
        for _ in range(round(RATE * _TICK) if call is not None else 0):
            call()  # type: ignore[misc]
        await asyncio.sleep(_TICK)
        late.append(time.perf_counter() - started - _TICK)
    return late


def _durable_latency(folder: Path, seconds: float, lone: int) -> list[Row]:
    """From the call to the end of the commit that holds the event: a steady stream, and one event after the other."""
    accepted: list[float] = []
    delays: list[float] = []

    def committed(_: peewee.Database) -> None:
        now, written = time.perf_counter(), tracker.counters().written
        delays.extend(now - moment for moment in accepted[len(delays) : written])

    path = plain_file(folder / "latency-plain.db")
    slow = _timed(lambda: plain(path), lone, 0.0)
    with Tracker(folder / "latency.db", after_commit=committed) as tracker:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            accepted.append(time.perf_counter())
            track(tracker)
            time.sleep(1 / RATE)
        assert tracker.flush()
    stream, alone = _quantile(delays, 0.99), statistics.median(_lone(folder / "lone.db", lone))
    return [
        Row("accepted until durable, p99 of a stream", "ms", stream * 1e3, 250, _quantile(slow, 0.99) * 1e3),
        Row("accepted until durable, a lone event, median", "ms", alone * 1e3, 250, _quantile(slow, 0.5) * 1e3),
    ]


def _spooled(folder: Path, number: int) -> list[Row]:
    """The store is locked until the bot has ended: its events wait in a file, and the next start writes them."""
    path = folder / "spooled.db"
    with Tracker(path) as tracker:
        track(tracker)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        tracker = Tracker(path, busy_timeout=0.05)
        for _ in range(number):
            track(tracker)
        ending = time.perf_counter()
        tracker.close(0.0)
        put_aside = tracker.counters().spooled / (time.perf_counter() - ending)
    starting = time.perf_counter()
    with Tracker(path) as tracker:
        track(tracker)
        while spool_files(locate(path)) and time.perf_counter() < starting + 60:
            time.sleep(0.01)
    written = number / (time.perf_counter() - starting)
    with closing(sqlite3.connect(path)) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM image_stats").fetchone()
    what = "events of a bot that ended beside a locked store"
    return [
        Row(f"{what}, lost or doubled", "events", abs(stored - number - 2), 0, note=f"of {number:,}"),
        Row(f"{what}, put into a spool", "events/s", put_aside, higher_is_better=True),
        Row(f"{what}, written by the next start", "events/s", written, higher_is_better=True),
    ]


def _lone(path: Path, number: int) -> list[float]:
    with Tracker(path) as tracker:

        def call() -> None:
            track(tracker)
            tracker.flush()

        return _timed(call, number, 0.0)


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
