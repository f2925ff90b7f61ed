"""One PostgreSQL server for many bots and monitors, with ten million rows; beside a commit an event."""

from __future__ import annotations

import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from core.feed.change_feed import Feed
from core.filters import Filter
from core.live_view import LiveView
from core.maintenance.transfer.task import transfer
from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.database import open_for_writing
from core.storage.location import locate
from core.storage.reader import reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import finish
from core.time_ranges import CHOICES, DAY
from tests.benchmarks import bench_rollups
from tests.benchmarks.caches import caches_in
from tests.benchmarks.report import Row
from tests.core.brute_force import same
from tests.core.postgres.conftest import free_port, make, programs_of_server
from tests.core.postgres.standby import Node

ROOT = Path(__file__).parents[2]
BOTS = 8
RATE = 2_000
MONITORS = 5
PAGE = 100

_SETTINGS = {"fsync": "on", "shared_buffers": "256MB", "max_wal_size": "4GB"}
_STORED = "SELECT (SELECT count(*) FROM command_usage) + (SELECT count(*) FROM image_stats)"

FILL = (
    """
    INSERT INTO command_usage (command_name, user_id, guild_id, channel_id, timestamp, execution_time, success)
    SELECT (ARRAY['comfy', 'redux', 'video', 'stats'])[1 + n % 4], (n::bigint * 7919 % 5000)::text, (n % 40)::text, '5',
        {start} + n * {step}, 0.2 + n % 100 / 50.0, (n % 20 <> 0)::int
    FROM generate_series(1, {rows}) AS n""",
    """
    INSERT INTO image_stats (user_id, prompt, resolution, loras, upscale_factor, generation_time, timestamp)
    SELECT (n::bigint * 7919 % 5000)::text, 'a lighthouse in a storm, oil on canvas, number ' || n, '1:1',
        '["detail.safetensors"]', 1, 4 + n % 300 / 20.0, {start} + n * {step}
    FROM generate_series(1, {rows}) AS n""",
)
"""Half of the rows each, a year of them."""


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes 300,000 rows and a third of the time."""
    programs = programs_of_server()
    if programs is None:
        raise RuntimeError("no PostgreSQL server is installed (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        make(programs, Path(folder))
        node = Node(free_port(), Path(folder), programs)
        node.start(**_SETTINGS)
        try:
            return _measured(node, 300_000 if quick else 10_000_000, 5.0 if quick else 15.0)
        finally:
            node.end(signal.SIGINT)


def _measured(node: Node, rows: int, seconds: float) -> list[Row]:
    url = node.url("postgres")
    open_for_writing(url).close()
    filled = _fill(node, rows)
    return [
        Row(f"{rows:,} rows made by generate_series", "s", filled),
        *_looks(url, rows),
        *_sorted(url, rows),
        *_asked(url, rows),
        *_retention(node, rows),
        *_at_work(node, seconds),
        *_copied(node, rows // 20),
    ]


def _fill(node: Node, rows: int) -> float:
    began, half = time.perf_counter(), rows // 2
    year = {"start": time.time() - 365 * DAY, "step": 365 * DAY / half, "rows": half}
    node.run("postgres", *(statement.format(**year) for statement in FILL), "VACUUM ANALYZE")
    return time.perf_counter() - began


def _looks(url: str, rows: int) -> list[Row]:
    with closing(Feed(url)) as feed:
        feed.look()
        quiet = _median(feed.look, 500)
    query = TableQuery("commands", None, (), Order(), ZoneInfo("UTC"))
    chosen = TableQuery("commands", None, (Filter.of(user="4711"),), Order(), ZoneInfo("UTC"))
    of = f"of {rows:,} rows"
    return [
        Row(f"look without news, {of}, p50", "ms", quiet * 1e3, 5),
        Row(f"load the last 24 hours {of}", "s", statistics.median(_load(url, "24h") for _ in range(5))),
        Row(f"load the last 30 days {of}", "s", statistics.median(_load(url, "30d") for _ in range(3))),
        Row(f"load the last 90 days {of}", "s", _load(url, "90d")),
        Row(f"the newest {PAGE} {of}", "ms", _median(lambda: _page(url, query), 20) * 1e3, 50),
        Row(f"the newest {PAGE} of one user {of}", "ms", _median(lambda: _page(url, chosen), 5) * 1e3),
    ]


def _load(url: str, key: str) -> float:
    view = LiveView(url, ZoneInfo("UTC"), CHOICES[key])
    began = time.perf_counter()
    while view.advance() is None or view.loading:
        pass
    taken = time.perf_counter() - began
    view.close()
    return taken


def _page(url: str, query: TableQuery) -> None:
    """Connecting included, as the window does after a pause."""
    with reading(url) as reader:
        found = 0
        for page in Pager(reader, query).pages(None, older=True, count=PAGE):
            found += len(page.rows)
            if page.ended or found >= PAGE:
                return


def _sorted(url: str, rows: int) -> Iterator[Row]:
    """The first page in the order of a column, beside one statement of SQL."""
    for table, name, column, stored in (
        ("commands", "command_usage", "duration", "execution_time"),
        ("images", "image_stats", "prompt", 'lower(prompt) COLLATE "C"'),
    ):
        plain = f"SELECT * FROM {name} ORDER BY {stored} DESC, id DESC LIMIT {PAGE}"
        ours = _median(lambda table=table, column=column: _sorted_page(url, table, column), 5)
        baseline = _median(lambda plain=plain: _plain(url, plain), 5)
        target = 0.3 if rows <= 2_000_000 else 1.0
        yield Row(f"{rows // 2:,} {table} sorted by {column}, the first {PAGE}", "s", ours, target, baseline)


def _sorted_page(url: str, table: str, column: str) -> None:
    with reading(url) as reader:
        pager = Pager(reader, TableQuery(table, order=Order(column)))
        finish(pager.prepare())
        assert sum(len(page.rows) for page in pager.pages(None, count=PAGE)) == PAGE


def _plain(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        assert connection.execute(statement).fetchall()


def _asked(url: str, rows: int) -> list[Row]:
    """What is asked of the statistics: from cells, and before there are any."""
    location, zone = locate(url), bench_rollups.ZONE
    with (
        tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder,
        caches_in(Path(folder)),
        bench_rollups.nothing_in_the_background(),
        AnalyticsManager(url, timezone=zone) as manager,
    ):
        asked = bench_rollups.questions(manager, location)
        plain = {name: bench_rollups.timed(question, 1) for name, question in asked.items()}
        built = _timed(lambda: bring_up_to_date(location, zone))
        ours = {name: bench_rollups.timed(question, 5) for name, question in asked.items()}
    for name in asked:
        before, after = (bench_rollups.comparable(each[name][1]) for each in (plain, ours))
        assert same(after, before), f"{name} is another answer by cells"
    of = f"of {rows:,} rows on the server"
    return [
        *(Row(f"{name} {of}", "s", ours[name][0], None, plain[name][0]) for name in asked),
        Row(f"cells {of} counted, in the background", "s", built),
    ]


def _retention(node: Node, rows: int) -> list[Row]:
    """The oldest month: deleted row by row (and taken back), and dropped as a partition would be."""
    oldest = f"FROM command_usage WHERE timestamp < {time.time() - 335 * DAY}"
    with closing(node.connect()) as connection:
        deleted = _timed(lambda: connection.execute(f"DELETE {oldest}"))
        connection.rollback()
    node.run("postgres", f"CREATE TABLE month AS SELECT * {oldest}", "CREATE INDEX ON month (timestamp)")
    dropped = _timed(lambda: node.run("postgres", "DROP TABLE month"))
    what = f"a month of {rows // 2:,} commands"
    return [
        Row(f"{what} dropped as a partition", "ms", dropped * 1e3, baseline=deleted * 1e3, note="plain: DELETE"),
    ]


def _copied(node: Node, rows: int) -> list[Row]:
    """What botpulse-db copy does; every row is compared."""
    node.run("postgres", "CREATE DATABASE copied")
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        path = Path(folder) / "analytics.db"
        write_history(path, days=min(2000, rows / 4000), rows=rows)
        there = _timed(lambda: finish(transfer(path, node.url("copied"))))
        back = _timed(lambda: finish(transfer(node.url("copied"), Path(folder) / "back.db")))
    return [
        Row(
            f"a file of {rows:,} rows copied to the server, and compared", "rows/s", rows / there, higher_is_better=True
        ),
        Row(f"the same {rows:,} rows copied back", "rows/s", rows / back, higher_is_better=True),
    ]


def _at_work(node: Node, seconds: float) -> list[Row]:
    """All bots and monitors at once, on the cores that the server has, too."""
    url = node.url("postgres")
    before = int(node.value(_STORED))
    with _probes("monitor", MONITORS, url) as monitors, _probes("bot", BOTS, url, str(RATE), str(seconds)) as bots:
        _start(monitors)
        _start(bots)
        tracked = [_result(probe) for probe in bots]
        seen = [_result(probe) for probe in monitors]
    stored = int(node.value(_STORED)) - before - BOTS
    accepted = round(sum(each["accepted"] for each in tracked))
    rate = sum(each["written"] / each["seconds"] for each in tracked)
    return [
        Row(f"events brought to the server by {BOTS} bots of {RATE:,}/s", "/s", rate, BOTS * RATE * 0.9,
            _plain_rate(url) , True, note="plain: one process, a connection and a commit an event"),
        Row("events lost or doubled", "events", abs(stored - accepted), 0, note=f"of {accepted:,}"),
        Row("track call accepted, median", "µs", _of(tracked, "call") * 1e6, 50),
        Row("accepted until on the server, median", "ms", _of(tracked, "arrived") * 1e3, 250,
            note="what takes longer waits in a spool"),
        Row("accepted until on the server, p99 of a bot, median", "ms", _of(tracked, "arrived_p99") * 1e3),
        Row("a bot's process, share of a core, median", "%", _of(tracked, "cpu") * 100),
        Row(f"{MONITORS} monitors beside them: event until seen, median", "ms", _of(seen, "age") * 1e3, 1000),
        Row(f"{MONITORS} monitors beside them: look with news, median", "ms", _of(seen, "look") * 1e3),
        Row("a monitor's process, share of a core, median", "%", _of(seen, "cpu") * 100),
    ]  # fmt: skip


@contextmanager
def _probes(kind: str, number: int, *arguments: str) -> Iterator[list[subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "tests.benchmarks.server_probe", kind, *arguments]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    probes = [subprocess.Popen(command, cwd=ROOT, **pipes) for _ in range(number)]
    try:
        yield probes
    finally:
        for probe in probes:
            probe.kill()
            probe.communicate()


def _start(probes: Sequence[subprocess.Popen[str]]) -> None:
    """Let all of them begin once all are ready."""
    for probe in probes:
        assert probe.stdout is not None
        if probe.stdout.readline() != "ready\n":
            raise RuntimeError("a process of the benchmark failed")
    for probe in probes:
        assert probe.stdin is not None
        probe.stdin.write("go\n")
        probe.stdin.flush()


def _result(probe: subprocess.Popen[str]) -> dict[str, float]:
    output, _ = probe.communicate(timeout=300)  # it closes the standard input, too
    found: dict[str, float] = json.loads(output)
    return found


def _plain_rate(url: str) -> float:
    statement = (
        "INSERT INTO command_usage (command_name, user_id, timestamp, execution_time, success)"
        " VALUES ('comfy', '1', %s, 1.5, 1)"
    )

    def plain() -> None:
        with psycopg.connect(url) as connection:
            connection.execute(statement, (time.time(),))

    return 1 / _median(plain, 50)


def _of(results: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(each[key] for each in results)


def _median(action: Any, times: int) -> float:
    return statistics.median(_timed(action) for _ in range(times))


def _timed(action: Any) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
