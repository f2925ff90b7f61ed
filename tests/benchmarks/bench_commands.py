"""How long the bot's event loop is held up while it answers commands on a year of a million rows.

The bot is a process of its own with the real discord.py, Discord a loopback in this one. A clock in the bot's loop
ticks every millisecond; what counts is the longest time by which it came late. Beside it: the longest while nobody asks
the bot anything, and that of the same clock in a process that does nothing else, at the same moments; the worse of the
two is what the machine itself does. What the bot's process worked from one tick to the next leaves the machine out, but
counts all of its threads, and does not see a wait for the disk. The baseline is the plain way: numbers and chart made
in a thread of the bot.
"""

from __future__ import annotations

import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import locate
from tests.benchmarks.bench_statistics import ZONE
from tests.benchmarks.commands_probe import TICK
from tests.benchmarks.report import Row
from tests.bot_integration.loopback import ADMINISTRATOR, Guild, Invocation, LoopbackDiscord, Person

_TARGET = 5.0
_FLAT = "/user_stats 365"
"""Held to the target whatever the machine does beside."""

_IDLE_SECONDS = 5.0
_AFTER_SECONDS = 0.1
"""What a command still does after its answer is there: tracking, letting go."""

Ask: TypeAlias = Callable[[], Invocation]
Ticks: TypeAlias = npt.NDArray[Any]
"""A line a tick: its moment, its lateness, what the process had worked since the one before; in seconds."""


@dataclass(frozen=True)
class Spans:
    """When something went on, on the system's monotonic clock, and how long each took."""

    times: list[tuple[float, float]] = field(default_factory=list)

    def seconds(self) -> float:
        """The median."""
        return sorted(end - start for start, end in self.times)[len(self.times) // 2]


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes a tenth of the rows and fewer calls."""
    rows, calls = (100_000, 3) if quick else (1_000_000, 6)
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        path = Path(folder) / "analytics.db"
        write_history(path, days=365, rows=rows, zone=ZONE)
        with LoopbackDiscord() as discord:
            admin = discord.person("anna")
            guild = discord.guild("Studio", admin)
            discord.role(guild, "Admins", admin, permissions=ADMINISTRATOR)
            clocks = {"idle": (), "bot": (str(path), discord.world.base, discord.token, str(guild.id))}
            with ExitStack() as running:
                for name, arguments in clocks.items():
                    running.enter_context(_probe(Path(folder) / name, arguments))
                discord.wait_for(lambda: discord.connected, 60, "The bot did not come")
                first = Spans([_first(discord, admin, guild, path)])
                bring_up_to_date(locate(path), ZONE)  # as is done in the background soon after the first question
                spans = _ask_everything(discord, admin, guild, calls)
            assert discord.violations == [], discord.violations
        heard = {name: np.fromfile(Path(folder) / name).reshape(-1, 3) for name in clocks}
        answered = _answered(spans, path)
    return [*answered, *_report(spans, heard["bot"], heard["idle"], rows), _first_row(first, heard["bot"])]


@contextmanager
def _probe(ticks: Path, arguments: tuple[str, ...]) -> Iterator[None]:
    command = [sys.executable, "-m", "tests.benchmarks.commands_probe", str(ticks), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        try:
            yield
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(60)


def _first(discord: LoopbackDiscord, admin: Person, guild: Guild, path: Path) -> tuple[float, float]:
    """The first command of all lets the manager sum up the days, in a thread: here a year of them."""

    def summed_up() -> bool:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("SELECT count(*) FROM daily_stats").fetchone()[0])

    start = time.monotonic()
    discord.slash(admin, "picture", where=guild).wait(60)
    discord.wait_for(summed_up, 300, "No day was summed up")
    return start, time.monotonic()


def _ask_everything(discord: LoopbackDiscord, admin: Person, guild: Guild, calls: int) -> dict[str, Spans]:
    """Every command and button by its words, and when it was at work."""

    def slash(name: str, **options: int | bool) -> Ask:
        return lambda: discord.slash(admin, name, where=guild, options=options)

    questions: dict[str, Ask] = {"a picture that is there already (discord.py alone)": slash("picture")}
    questions["/stats"] = slash("stats")
    for name in ("command_stats", "image_stats", "user_stats"):
        questions |= {f"/{name} {days}": slash(name, days=days) for days in (7, 365)}
    spans = {words: _ask(ask, calls) for words, ask in questions.items()}
    spans |= {f"/plain {days}": _ask(slash("plain", days=days), 2) for days in (7, 365)}
    page = discord.slash(admin, "command_stats", where=guild, options={"days": 30}).wait(120)
    spans["the button Previous 30 days"] = _ask(lambda: discord.click(admin, page, "◀ Previous 30 days"), calls)
    spans["the button Commands as CSV, 30 days"] = _ask(lambda: discord.click(admin, page, "Commands as CSV"), calls)
    spans["eight commands at once"] = _together(discord, admin, guild, calls)
    spans["nothing"] = _idle()
    spans["/reset_stats, the question"] = _ask(slash("reset_stats"), calls)
    spans["/reset_stats, the deed"] = Spans([_timed(lambda: slash("reset_stats", confirm=True)().wait(300))])
    return spans


def _answered(spans: dict[str, Spans], path: Path) -> list[Row]:
    """How soon an answer is there, and a chart of the public API; beside the plain way's queries alone."""
    with AnalyticsManager(path, timezone=ZONE) as manager:
        taken = [_seconds(lambda: manager.generate_command_chart(30)) for _ in range(6)][1:]
    return [
        Row("/user_stats 365 answered, with its picture", "s", spans["/user_stats 365"].seconds(), 0.8,
            _plain_seconds(path, "user_id", 365), note="from asked to seen; baseline: its counts by plain SQL alone"),
        Row("generate_command_chart(30)", "s", statistics.median(taken), 0.25, _plain_seconds(path, "command_name", 30),
            note="median of 5; baseline: its counts by plain SQL alone"),
    ]  # fmt: skip


def _plain_seconds(path: Path, column: str, days: int) -> float:
    """Counts by day and by name, by SQL alone."""
    query = (
        f"SELECT CAST(timestamp / 86400 AS INTEGER), {column}, COUNT(*), AVG(execution_time) FROM command_usage"
        f" WHERE timestamp >= {time.time() - days * 86_400} GROUP BY 1, 2"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return _seconds(lambda: connection.execute(query).fetchall())


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _ask(ask: Ask, calls: int) -> Spans:
    """After one call that warms up."""
    ask().wait(300)
    spans = Spans()
    for _ in range(calls):
        spans.times.append(_timed(lambda: ask().wait(300)))
    return spans


def _together(discord: LoopbackDiscord, admin: Person, guild: Guild, calls: int) -> Spans:
    names = ("stats", "command_stats", "image_stats", "user_stats") * 2

    def ask() -> None:
        asked = [discord.slash(admin, name, where=guild) for name in names]
        for each in asked:
            each.wait(300)

    return Spans([_timed(ask) for _ in range(calls)])


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    start = time.monotonic()
    work()
    end = time.monotonic()
    time.sleep(_AFTER_SECONDS)
    return start, end


def _idle() -> Spans:
    time.sleep(1.0)
    start = time.monotonic()
    time.sleep(_IDLE_SECONDS)
    return Spans([(start, time.monotonic())])


def _report(spans: dict[str, Spans], heard: Ticks, beside: Ticks, rows: int) -> list[Row]:
    at_rest = _longest(_within(spans.pop("nothing"), heard))
    plain = {days: _longest(_within(spans.pop(f"/plain {days}"), heard)) for days in (7, 365)}
    report, most_work = [], 0.0
    for words, found in spans.items():
        ticks, machine = _within(found, heard), _longest(_within(found, beside))
        most_work = max(most_work, work := _work(ticks))
        baseline = next((value for days, value in plain.items() if words.endswith(f"_stats {days}")), None)
        p99 = np.percentile(ticks[:, 1], 99) * 1000
        note = (
            f"p99 {p99:.2f}, at rest {at_rest:.1f}, another process {machine:.1f}, own work {work:.1f} ms; "
            f"{len(found.times)} × {found.seconds():.2f} s"
        )
        what = f"event loop held up by {words}, longest"
        target = _TARGET + (0.0 if words == _FLAT else max(at_rest, machine))
        report.append(Row(what, "ms", _longest(ticks), target, baseline, note=note))
    return [*report, Row("work of the bot's process between two ticks, most", "ms", most_work, note=f"{rows:,} rows")]


def _first_row(first: Spans, heard: Ticks) -> Row:
    ticks = _within(first, heard)
    note = f"own work {_work(ticks):.1f} ms; {first.seconds():.1f} s"
    return Row(
        "event loop held up while a year of days is summed up, longest", "ms", _longest(ticks), _TARGET, note=note
    )


def _work(ticks: Ticks) -> float:
    """The most that the process worked from one tick to the next, where it was late at all; in milliseconds."""
    return float(np.minimum(ticks[:, 1] + TICK, ticks[:, 2]).max() * 1000)


def _longest(ticks: Ticks) -> float:
    """In milliseconds."""
    return float(ticks[:, 1].max() * 1000)


def _within(spans: Spans, heard: Ticks) -> Ticks:
    """The ticks of these spans; one that was held up within a span and came after it counts too."""
    moments = heard[:, 0] - heard[:, 1]
    chosen = np.zeros(len(heard), bool)
    for start, end in spans.times:
        chosen |= (heard[:, 0] >= start) & (moments <= end + _AFTER_SECONDS)
    return heard[chosen]
