"""What an answer costs on a year of a million rows, and how long it holds up the bot's event loop.

The baseline is the plain way: a connection a call, a rollback journal, no index, a query a day and a number.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.time_ranges import local_days
from tests.benchmarks.report import Row
from tests.core import brute_force

ZONE = ZoneInfo("Europe/Berlin")
DAYS = 30
_TIMES_FASTER = 10
_TICK = 0.001
_KNOWN = "CASE WHEN generation_time > 0 AND generation_time <= 86400 THEN generation_time END"
_USERS = "(SELECT user_id, timestamp FROM command_usage UNION ALL SELECT user_id, timestamp FROM image_stats)"

Call = Callable[[], Any]


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes a tenth of the rows."""
    rows, calls = (100_000, 5) if quick else (1_000_000, 15)
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        path = Path(folder) / "analytics.db"
        write_history(path, days=365, rows=rows, zone=ZONE)
        plain = _plain_copy(path)
        with AnalyticsManager(path, timezone=ZONE) as manager:
            questions = _questions(manager, plain)
            answers = [_answer(name, call, other, rows) for name, (call, other) in questions.items()]
            _check(path, manager)
            idle = asyncio.run(_held_up(partial(time.sleep, 0.2), calls))
            held = [
                Row(f"event loop held up by {name} in a thread, p95 of calls", "ms", asyncio.run(_held_up(call, calls)),
                    5 + idle, note=f"idle loop: {idle:.2f} ms")
                for name, (call, _) in questions.items()
            ]  # fmt: skip
    return answers + held


def _questions(manager: AnalyticsManager, plain: Path) -> dict[str, tuple[Call, Call]]:
    """By name: how we answer, and how the plain way does."""
    return {
        f"get_command_stats({DAYS})": (partial(manager.get_command_stats, DAYS), partial(plain_commands, plain)),
        f"get_image_stats({DAYS})": (partial(manager.get_image_stats, DAYS), partial(plain_images, plain)),
        f"get_user_stats({DAYS})": (partial(manager.get_user_stats, DAYS), partial(plain_users, plain)),
        "get_summary_stats": (manager.get_summary_stats, partial(plain_summary, plain)),
    }


def _answer(name: str, call: Call, plain: Call, rows: int) -> Row:
    call()
    ours = statistics.median(_seconds(call) for _ in range(5))
    theirs = _seconds(plain)
    target = theirs / _TIMES_FASTER if f"({DAYS})" in name else None  # a summary has to read all there is
    return Row(name, "s", ours, target, theirs, note=f"{rows:,} rows, equal to brute force")


def _check(path: Path, manager: AnalyticsManager) -> None:
    """Every answer equals a plain count in Python; AssertionError where one does not."""
    now = time.time()
    recent = brute_force.read(path, local_days(DAYS, now, ZONE).edges[0])
    expected = (
        (manager.get_command_stats(DAYS), brute_force.command_stats(recent, DAYS, now, ZONE)),
        (manager.get_image_stats(DAYS), brute_force.image_stats(recent, DAYS, now, ZONE)),
        (manager.get_user_stats(DAYS), brute_force.user_stats(recent, DAYS, now, ZONE)),
    )
    summary = manager.get_summary_stats()
    del summary["uptime"]
    for ours, theirs in (*expected, (summary, brute_force.summary_stats(brute_force.read(path)))):
        assert brute_force.same(ours, theirs), "an answer is not equal to brute force"


def _plain_copy(path: Path) -> Path:
    """The same rows without indexes, with a rollback journal."""
    copy = path.with_name("plain.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
        for (name,) in names:
            connection.execute(f'DROP INDEX "{name}"')
    return copy


def plain_commands(path: Path) -> list[Any]:
    """A query a day."""
    return [_ask(path, f"SELECT command_name, COUNT(*) FROM command_usage WHERE {day} GROUP BY 1 ORDER BY 2 DESC, 1")
            for day in _days()]  # fmt: skip


def plain_images(path: Path) -> list[Any]:
    """A query a day and a number: totals and averages, resolutions, types."""
    parts = (
        f"SELECT COUNT(*), AVG({_KNOWN}), SUM(is_video) FROM image_stats WHERE {{day}}",
        "SELECT resolution, COUNT(*) FROM image_stats WHERE {day} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        "SELECT generation_type, COUNT(*) FROM image_stats WHERE {day} GROUP BY 1 ORDER BY 2 DESC, 1",
    )
    return [[_ask(path, part.format(day=day)) for part in parts] for day in _days()]


def plain_users(path: Path) -> list[Any]:
    """A query a day over both tables."""
    return [_ask(path, f"SELECT user_id, COUNT(*) FROM {_USERS} WHERE {day} GROUP BY 1 ORDER BY 2 DESC, 1")
            for day in _days()]  # fmt: skip


def plain_summary(path: Path) -> list[Any]:
    """A query a number."""
    return [_ask(path, query) for query in (
        "SELECT COUNT(*) FROM command_usage",
        "SELECT COUNT(*) FROM image_stats",
        f"SELECT COUNT(DISTINCT user_id) FROM {_USERS}",
        f"SELECT AVG({_KNOWN}) FROM image_stats",
        f"SELECT AVG({_KNOWN}) FROM image_stats WHERE is_video = 0",
        f"SELECT AVG({_KNOWN}) FROM image_stats WHERE is_video = 1",
        "SELECT command_name, COUNT(*) FROM command_usage GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        "SELECT resolution, COUNT(*) FROM image_stats GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        f"SELECT user_id, COUNT(*) FROM {_USERS} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 5",
        "SELECT is_video, COUNT(*) FROM image_stats GROUP BY 1",
    )]  # fmt: skip


def _days() -> list[str]:
    edges = local_days(DAYS, time.time(), ZONE).edges
    return [f"timestamp >= {start!r} AND timestamp < {end!r}" for start, end in pairwise(edges)]


def _ask(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def _seconds(call: Call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


async def _held_up(call: Call, calls: int) -> float:
    """The longest time for which the loop stood still during a call in a thread, in ms: the 95th percentile."""
    worst = []
    for _ in range(calls):
        task = asyncio.create_task(asyncio.to_thread(call))
        longest, before = 0.0, time.perf_counter()
        while not task.done():
            await asyncio.sleep(_TICK)
            now = time.perf_counter()
            longest, before = max(longest, now - before - _TICK), now
        await task
        worst.append(longest * 1000)
    return sorted(worst)[max(0, -(-95 * calls // 100) - 1)]
