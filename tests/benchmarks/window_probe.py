"""The measured process of the window's benchmark: ``python -m tests.benchmarks.window_probe TASK DATABASE STARTED``.

It is the real command (``gui.app.main.main``) on the offscreen platform, with a probe that notes when
what has been painted.
It prints one line of JSON. Nothing is imported here that the command itself would import later: its start is measured.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import peewee

    from core.feed.snapshot import Snapshot

ROOT = Path(__file__).parents[2]
TICK_MS = 1
RATE = 200
"""New rows per second of the busy bot."""
SPANS = {"24h": (0.9, 1.5), "7d": (5.9, 8.5), "30d": (28.5, 32.0), "all": (300.0, 800.0)}
"""Least and greatest length of a range's buckets, in days: they tell which range a snapshot shows."""
WRITER = "user-"
"""How the marked rows' users are called."""

_FOREIGN_RATE = 40
"""Commits a second of the deployed bot, each with a connection of its own."""

_SETTLED = 10.0
"""Seconds. By then the rhythm of all history, which tells silence from a usual pause, has been read in small chunks."""


@dataclass
class Ticks:
    """When a timer of :data:`TICK_MS` came, and the CPU time that the UI thread had used by then (both in seconds)."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def note(self) -> None:
        self.wall.append(time.perf_counter())
        self.cpu.append(time.thread_time())


def main(task: str, database: str, started: float, *further: str) -> int:
    """Run ``task`` in the window's process; with ``write``, be the bot."""
    if task == "write":
        return write(database, int(started))
    from core.worker.live import starting

    first = starting.started()  # before Qt, as the command does
    from gui.app.start import nothing_collected

    with nothing_collected():
        from gui.app import head_start

        process = head_start.begin(first, given := [*([database] if database else []), *further])
        from gui.app import main as app
        from tests.benchmarks.window_watch import beginning_with

    def begin(probe: Any) -> None:
        print(json.dumps(_task(task)(probe, database, started)), flush=True)

    with beginning_with(begin):
        return app.main(given, process)


def _task(name: str) -> Callable[[Any, str, float], dict[str, Any]]:
    if name == "page":
        from tests.benchmarks.page_probe import page

        return page
    return TASKS[name]


def start(probe: Any, database: str, started: float) -> dict[str, Any]:
    """From the start of the process to the last 7 days, then to all, then between the ranges."""
    del database
    probe.until(_shows("7d"))
    opened = time.time() - started
    opened_bytes = probe.byte_size()
    with probe.ticking() as ticks:
        loading = _switch(probe, "all")
    everything_bytes = probe.byte_size()
    _switch(probe, "7d")
    switches = [_switch(probe, key) for _ in range(5) for key in ("24h", "7d")]
    return {
        "opened": opened,
        "all": loading,
        "ticks": vars(ticks),
        "switches": {"24h": switches[::2], "7d": switches[1::2]},
        "bytes": [opened_bytes, everything_bytes],
    }


def again(probe: Any, database: str, number: float) -> dict[str, Any]:
    """From 7 days to all and back, ``number`` times; everything was counted before."""
    del database
    probe.until(_shows("24h"))
    seconds = []
    for _ in range(int(number)):
        _switch(probe, "7d")
        seconds.append(_switch(probe, "all"))
    return {"all": seconds}


def commands(probe: Any, database: str, number: float) -> dict[str, Any]:
    """From the Overview with a day to the page of commands with 30 days, all of it painted."""
    del database, number
    from core.feed.snapshot import Condition

    probe.until(_shows("24h"))
    probe.rest(1.0)
    shows, began = _shows("30d"), time.perf_counter()
    probe.window.ranges.choose("30d")
    probe.window.live.show_page("commands")
    probe.until(lambda each: each.page == "commands" and shows(each) and each.condition is Condition.LIVE)
    return {"seconds": time.perf_counter() - began}


def latency(probe: Any, database: str, number: float) -> dict[str, Any]:
    """From the commit in another process to the paint, ``number`` times."""
    probe.until(_shows("24h"))
    painted: dict[str, float] = {}

    def note(snapshot: Snapshot) -> bool:
        now = time.time()
        for event in snapshot.events:
            if event.user_id.startswith(WRITER):
                painted.setdefault(event.user_id, now)
        return len(painted) == int(number)

    command = [sys.executable, "-m", "tests.benchmarks.window_probe", "write", database, str(int(number))]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        probe.until(note)
        assert process.stdout is not None
        written = json.loads(process.stdout.read())
    seen = [painted[f"{WRITER}{i}"] for i in range(int(number))]
    return {
        "committed": [at - commit for at, (_, commit) in zip(seen, written, strict=True)],
        "tracked": [at - tracked for at, (tracked, _) in zip(seen, written, strict=True)],
    }


def write(database: str, number: int) -> int:
    """The bot: a row now and then, at moments that have nothing to do with the monitor's; prints when it was stored."""
    from core.tracking.records import command_record
    from core.tracking.tracker import Tracker

    tracked: list[float] = []
    committed: list[float] = []

    def note(_: peewee.Database) -> None:
        committed.extend([time.time()] * (tracker.counters().written - len(committed)))

    pause = random.Random(1)
    with Tracker(database, after_commit=note) as tracker:
        for i in range(number):
            tracked.append(time.time())
            tracker.track(command_record("comfy", f"{WRITER}{i}", "1", "2", 1.0, True))
            time.sleep(pause.uniform(0.05, 0.35))
    print(json.dumps(list(zip(tracked, committed, strict=True))))
    return 0


def traffic(probe: Any, database: str, seconds: float) -> dict[str, Any]:
    """The UI thread with nothing to do, then beside a busy bot, with a range of a day and with everything."""
    probe.until(_shows("24h"))
    probe.rest(1.0)
    result: dict[str, Any] = {"idle": _ticks(probe, seconds / 2)}
    command = [sys.executable, "-m", "core.cli.main", "simulate", database, "--days", "0", "--rate", str(RATE)]
    with subprocess.Popen([*command, "--until-stdin-ends"], cwd=ROOT, stdin=subprocess.PIPE) as bot:
        try:
            probe.until(lambda snapshot: any(snapshot.taken - (event.timestamp or 0) < 1 for event in snapshot.events))
            for key in ("24h", "all"):
                if key != "24h":
                    _switch(probe, key)
                probe.rest(2.0)
                before, painted, used = probe.byte_size(), probe.painted_times, probe.processor_time()
                result[key] = _ticks(probe, seconds)
                result[key]["share"] = (probe.processor_time() - used) / seconds
                result[key]["paints"] = (probe.painted_times - painted) / seconds
                result[key]["bytes"] = [before, probe.byte_size()]
        finally:
            assert bot.stdin is not None
            bot.stdin.close()
    return result


def idle(probe: Any, database: str, seconds: float) -> dict[str, Any]:
    """The share of a core that the process uses while nothing happens."""
    if database:
        probe.until(_shows("24h"))
    probe.rest(_SETTLED)
    began, used = time.perf_counter(), probe.processor_time()
    probe.rest(seconds)
    return {"share": (probe.processor_time() - used) / (time.perf_counter() - began)}


def beside(probe: Any, database: str, commits: float) -> dict[str, Any]:
    """The deployed bot in its own file, in rollback mode, while the window loads 30 days and All again and again."""
    probe.until(_shows("24h"))
    pace = [f"--rows-per-second={_FOREIGN_RATE}", f"--seconds={commits / _FOREIGN_RATE}"]
    command = [sys.executable, str(ROOT / "tests" / "core" / "deployed.py"), database, *pace]
    loads = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines: list[str] = []
        listener = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
        listener.start()
        with probe.ticking() as ticks:
            while process.poll() is None:
                _switch(probe, ("30d", "all")[loads % 2])
                loads += 1
        listener.join()
    taken = sorted(float(line.split()[1]) for line in lines)
    lost = sum(line.startswith("error") for line in lines)
    return {"commits": taken, "lost": lost, "loads": loads, "ticks": vars(ticks)}


TASKS: dict[str, Callable[[Any, str, float], dict[str, Any]]] = {
    "start": start,
    "again": again,
    "commands": commands,
    "latency": latency,
    "traffic": traffic,
    "idle": idle,
    "beside": beside,
}


def _ticks(probe: Any, seconds: float) -> dict[str, Any]:
    with probe.ticking() as ticks:
        probe.rest(seconds)
    return dict(vars(ticks))


def _switch(probe: Any, key: str) -> float:
    """Seconds from the choice of a range to its paint, all of it loaded; the window was at rest before."""
    probe.rest(0.3)
    began = time.perf_counter()
    probe.window.ranges.choose(key)
    probe.until(_shows(key))
    return time.perf_counter() - began


def _shows(key: str) -> Callable[[Snapshot], bool]:
    from core.feed.snapshot import Condition
    from core.time_ranges import DAY

    least, greatest = SPANS[key]

    def shows(snapshot: Snapshot) -> bool:
        edges = snapshot.buckets.edges
        return snapshot.condition is Condition.LIVE and least <= (edges[-1] - edges[0]) / DAY <= greatest

    return shows


def arguments(given: Sequence[str]) -> tuple[Any, ...]:
    task, database, number, *further = given
    return (task, database, float(number), *further)


if __name__ == "__main__":
    sys.exit(main(*arguments(sys.argv[1:])))
