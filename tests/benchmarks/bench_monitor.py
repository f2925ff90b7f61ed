"""What looking costs, and what it costs the bot: beside a connection a look and one query a figure."""

from __future__ import annotations

import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from core import live_view
from core.feed.change_feed import Feed
from core.feed.snapshot import Snapshot
from core.live_view import LiveView
from core.simulation.history import write_history
from core.time_ranges import CHOICES, DAY
from tests.benchmarks.report import Row
from tests.core import deployed

ZONE = ZoneInfo("Europe/Berlin")
TABLES = ("command_usage", "image_stats", "user_activity")
ROWS_A_SECOND = 20


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` leaves the 10 M rows out."""
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        sizes = [10_000, 1_000_000] if quick else [10_000, 1_000_000, 10_000_000]
        files = {size: Path(folder) / f"{size}.db" for size in sizes}
        for size, path in files.items():
            write_history(path, days=min(365, 365 * size / 1_000_000), rows=size)  # equally busy days, where it can be
        return [
            *_looks(files[1_000_000]),
            *_refreshes(files),
            *_loads(files[1_000_000]),
            *_beside_the_bot(Path(folder) / "deployed.db", 6 if quick else 15),
        ]


def _looks(path: Path) -> list[Row]:
    feed = Feed(path)
    feed.look()
    ours = _median(feed.look, 2_000) * 1e6
    plain = _median(lambda: _count_all(path), 5) * 1e6
    return [
        Row("look without news, 1 M rows, p50", "µs", ours, 50, plain, note="plain: a connection and COUNT(*)"),
        Row("idle monitor at 10 looks/s, share of a core", "%", _idle_share(feed), 1.0),
    ]


def _idle_share(feed: Feed, seconds: float = 3.0) -> float:
    began, used = time.monotonic(), _cpu()
    while time.monotonic() < began + seconds:
        feed.look()
        time.sleep(0.1)
    share = (_cpu() - used) / (time.monotonic() - began)
    feed.close()
    return share * 100


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _refreshes(files: dict[int, Path]) -> list[Row]:
    """The whole dashboard after 100 new rows, the range being 7 days."""
    costs = {size: _refresh(path) for size, path in files.items()}
    rows = [
        Row(f"100 new rows, dashboard refreshed, {size:,} rows, p50", "ms", ours * 1000, 10, plain * 1000)
        for size, (ours, plain) in costs.items()
    ]
    smallest = costs[min(costs)][0]
    ratio = costs[max(costs)][0] / smallest
    return [*rows, Row(f"the same, {max(costs):,} rows against {min(costs):,}", "x", ratio, 1.5)]


def _refresh(path: Path) -> tuple[float, float]:
    view = LiveView(path, ZONE, CHOICES["7d"])
    _settle(view)
    ours = []
    with closing(sqlite3.connect(path)) as writer:
        for _ in range(15):
            _insert(writer, 100)
            time.sleep(live_view.REFRESH_SECONDS)
            began = time.perf_counter()
            snapshot = view.advance()
            ours.append(time.perf_counter() - began)
            assert snapshot is not None
        plain = _median(lambda: _plain_dashboard(path), 3)
    view.close()
    return statistics.median(ours), plain


def _insert(writer: sqlite3.Connection, rows: int) -> None:
    now = time.time()
    writer.executemany(
        "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success)"
        " VALUES ('comfy', ?, ?, 2, 1)",
        ((str(i), now) for i in range(rows)),
    )
    writer.commit()


def _loads(path: Path) -> list[Row]:
    week, everything = _load(path, "7d"), _load(path, "all")
    return [
        Row("load the last 7 days of 1 M rows", "s", week, None, _timed(lambda: _plain_dashboard(path))),
        Row("load All of 1 M rows", "s", everything, 3.0, _timed(lambda: _plain_dashboard(path, days=365))),
    ]


def _load(path: Path, key: str) -> float:
    view = LiveView(path, ZONE, CHOICES[key])
    seconds = _timed(lambda: _settle(view))
    view.close()
    return seconds


def _beside_the_bot(path: Path, seconds: int) -> list[Row]:
    """The deployed bot's own file: rollback journal, no index; each commit with a connection of its own."""
    deployed.create(path, "seed")
    deployed.fill(path, commands=600_000, images=400_000, step=50.0)
    alone, lost_alone = _writer_beside(path, seconds, lambda: time.sleep(0.05))
    view = LiveView(path, ZONE, CHOICES["all"])
    loads: list[float] = []
    ours, lost = _writer_beside(path, 2 * seconds, lambda: _load_and_follow(view, loads))
    view.close()
    plain, lost_plain = _writer_beside(path, seconds, lambda: _read_in_one_go(path))
    return [
        Row("the bot's slowest commit while All is loaded and followed, 1 M rows", "ms", ours, 150, plain,
            note=f"alone {alone:.0f} ms; {len(loads)} loads; plain: one SELECT"),
        Row("events lost by it", "events", lost, 0, lost_plain, note=f"alone {lost_alone}"),
    ]  # fmt: skip


def _load_and_follow(view: LiveView, loads: list[float]) -> None:
    view.advance()
    if not view.loading:
        loads.append(time.monotonic())
        for _ in range(20):
            time.sleep(0.05)
            view.advance()
        view.choose(CHOICES["all"])


def _writer_beside(path: Path, seconds: int, work: Callable[[], None]) -> tuple[float, int]:
    """The slowest commit (ms) and the number of lost events of the bot while we do something again and again."""
    pace = [f"--rows-per-second={ROWS_A_SECOND}", f"--seconds={seconds}"]
    command = [sys.executable, deployed.__file__, str(path), *pace]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            work()
        lines = [line.split() for line in process.stdout.read().splitlines()]
    return max(float(line[1]) for line in lines), sum(line[0] == "error" for line in lines)


def _settle(view: LiveView) -> Snapshot:
    while True:
        snapshot = view.advance()
        if snapshot is not None and not view.loading:
            return snapshot


def _count_all(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()


def _read_in_one_go(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for table in TABLES:
            for _ in connection.execute(f"SELECT * FROM {table}"):
                pass


def _plain_dashboard(path: Path, days: int = 7) -> None:
    """The plain way: a connection, and a few queries a day over the table."""
    midnight = time.time() // DAY * DAY
    with closing(sqlite3.connect(path)) as connection:
        for day in range(days):
            span = (midnight - day * DAY, midnight - (day - 1) * DAY)
            for question in (
                "SELECT command_name, COUNT(*), SUM(success = 0), AVG(execution_time) FROM command_usage {} GROUP BY 1",
                "SELECT COUNT(DISTINCT user_id) FROM command_usage {}",
                "SELECT resolution, COUNT(*), AVG(generation_time) FROM image_stats {} GROUP BY 1",
            ):
                where = "WHERE timestamp >= ? AND timestamp < ?"
                connection.execute(question.format(where), span).fetchall()


def _median(action: Callable[[], object], times: int) -> float:
    return statistics.median(_timed(action) for _ in range(times))


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
