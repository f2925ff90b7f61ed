"""What the host of a bot sees: how soon the window is there, how fresh it is, and whether it ever holds up the mouse.

Each number comes from a process of its own (see ``window_probe``): the real command on the offscreen platform, with
fresh settings, and a real bot's process writing beside it. Other work on the machine lengthens wall times: so there are
medians over repetitions, and where it helps the CPU time of the UI thread stands in the note.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from core.live_view import REFRESH_SECONDS
from core.simulation.history import write_history
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import locate
from core.time_ranges import host_zone
from tests.benchmarks.caches import caches_in, forget_files
from tests.benchmarks.report import Row
from tests.core import deployed

ROOT = Path(__file__).parents[2]
ROWS = 1_000_000
IMPORTS = "import sys, time, PySide6.QtWidgets, pyqtgraph; print(time.time() - float(sys.argv[1]))"
EVERY_SECOND = "1000"
"""The plain way to stay up to date: to look once a second."""

LIKE_SMALL: Final = 1.3
"""How many times what it costs with 10,000 rows a range may cost that was counted before."""

PLAIN_COMMANDS: Final = (
    "SELECT command_name, COUNT(*), SUM(success = 0) FROM command_usage WHERE {month} GROUP BY 1",
    "SELECT CAST(timestamp / 86400 AS INTEGER), COUNT(*) FROM command_usage WHERE {month} GROUP BY 1",
    "SELECT CAST(timestamp / 86400 AS INTEGER), execution_time FROM command_usage WHERE {month} ORDER BY 1, 2",
)
"""The plain way to a page of commands: counts, and the times of each day in their order, for p50 and p95."""

DAY: Final = ("--range", "24h")
"""A window that was there before would begin with the range of then."""

Answer = dict[str, Any]


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` has fewer rounds and shorter ones."""
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as name:
        stage = Stage(Path(name))
        return [
            *_start(stage, 3 if quick else 7),
            *_counted(stage, Path(name), 3 if quick else 7),
            *_latency(stage, 25 if quick else 100),
            *_traffic(stage, 5 if quick else 20),
            _idle(stage, 5 if quick else 10),
            *_beside(stage, 300 if quick else 3_000),
        ]


class Stage:
    """A folder with a database of so many rows in a year, and what is needed to run a window in it.

    Attributes:
        history: the database; it is made where it is not there yet.
        home: the window's home, where its settings and caches are; bytecode: that of our modules.
    """

    def __init__(self, folder: Path, rows: int = ROWS) -> None:
        self._folder = folder
        self.history = folder / "history.db"
        self._copies = 0
        self.home, self.bytecode = folder / "home", folder / "bytecode"
        if not self.history.exists():
            write_history(self.history, days=365, rows=rows)

    def database(self) -> Path:
        """A fresh copy of the history, in a place where no file of a journal is left from before."""
        self._copies += 1
        return Path(shutil.copyfile(self.history, self._folder / f"analytics-{self._copies}.db"))

    def deployed(self) -> Path:
        """The deployed bot's own file of 1 M rows: rollback journal, no index, no migration."""
        path = deployed.create(self._folder / "deployed.db", "seed")
        deployed.fill(path, commands=600_000, images=400_000, step=50.0)
        return path

    def count(self, database: Path) -> None:
        """Count all rows into cells, as is done in the background soon after a database was opened."""
        with caches_in(self.home):
            bring_up_to_date(locate(database), host_zone())

    def window(
        self, task: str, database: Path | None, number: float | None = None, *options: str, again: bool = False
    ) -> Answer:
        """Run a task of the probe in a window that has never been run before, or, ``again``, in one that has.

        ``number`` is the start by default.
        """
        if not again:
            shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir(exist_ok=True)
        number = time.time() if number is None else number
        module = ["-m", "tests.benchmarks.window_probe", task, str(database or ""), str(number), *options]
        answer: Answer = json.loads(self._output(module))
        return answer

    def imports(self) -> float:
        """Seconds from the start of a process to the end of importing Qt and pyqtgraph."""
        return float(self._output(["-c", IMPORTS, str(time.time())]))

    def _output(self, arguments: Sequence[str]) -> str:
        places = {name: str(self.home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
        surroundings = {**os.environ, **places, "QT_QPA_PLATFORM": "offscreen"}
        surroundings["PYTHONPYCACHEPREFIX"] = str(self.bytecode)  # a program that is installed has it
        for name in ("BOTPULSE_DATABASE", "PYTHONDONTWRITEBYTECODE"):
            surroundings.pop(name, None)
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=400)
        if done.returncode or not done.stdout:
            raise RuntimeError(f"{' '.join(arguments)} failed: {done.stderr}")
        return done.stdout.splitlines()[-1]


def holdups(moments: Sequence[float], clock: Sequence[float], window: float = REFRESH_SECONDS) -> list[float]:
    """How far ``clock`` went on between two ticks at most, in each ``window`` seconds of ``moments``; sorted.

    The window is that of a refresh, so there is one value for each of them: taken over all ticks, a quantile would
    drown the few gaps that matter among thousands of others. A gap belongs to the window in which it began.
    """
    longest: dict[int, float] = {}
    for moment, (before, after) in zip(moments, pairwise(clock), strict=False):
        place = int((moment - moments[0]) / window)
        longest[place] = max(after - before, longest.get(place, 0.0))
    return sorted(longest.values())


def _start(stage: Stage, rounds: int) -> list[Row]:
    database = stage.database()
    stage.window("start", database, None, "--range", "7d")  # the files are in the system's cache from here on
    imports, answers = [], []
    for _ in range(rounds):
        imports.append(stage.imports())
        answers.append(stage.window("start", database, None, "--range", "7d"))
    baseline = statistics.median(imports)
    opened = statistics.median(answer["opened"] for answer in answers)
    everything = statistics.median(answer["all"] for answer in answers)
    median = f"median of {rounds}"
    return [
        Row("1 M rows: process started until 7 days painted", "s", opened, 0.8, baseline,
            note=f"{median}; baseline: importing Qt and pyqtgraph alone"),
        *_cold(stage, database, rounds),
        Row("1 M rows: then All, until loaded and painted", "s", everything, 3.0, opened,
            note=f"{median}; baseline: the row above"),
        *_while_loading(answers),
        *(_switching(answers, key) for key in ("24h", "7d")),
        Row("memory with 7 days of 1 M rows shown", "MB", _megabytes(answers, 0),
            note=f"after All: {_megabytes(answers, 1):.0f} MB"),
    ]  # fmt: skip


def _cold(stage: Stage, database: Path, rounds: int) -> list[Row]:
    """The same while the system has none of the files in memory; where it can't be told to forget them, nothing."""
    if not hasattr(os, "posix_fadvise"):
        return []
    places = (database, stage.bytecode, ROOT / "core", ROOT / "gui", ROOT / "resources", Path(sys.prefix))
    opened, imports = [], []
    for _ in range(min(rounds, 3)):
        forget_files(*places)
        opened.append(stage.window("start", database, None, "--range", "7d")["opened"])
        forget_files(*places)
        imports.append(stage.imports())
    note = f"median of {len(opened)}; baseline: importing Qt and pyqtgraph alone, likewise"
    return [
        Row("the same with no file in the system's cache", "s", statistics.median(opened), None,
            statistics.median(imports), note=note)
    ]  # fmt: skip


def _counted(stage: Stage, folder: Path, rounds: int) -> list[Row]:
    """What was counted before: All opened again, and a page of 30 days; the latter also before anything was counted."""
    small = Stage(_made(folder / "small"), 10_000)
    again = {}
    uncounted = [stage.window("commands", stage.database())["seconds"] for _ in range(rounds)]
    for name, each in (("small", small), ("large", stage)):
        database = each.database()
        each.count(database)
        again[name] = statistics.median(each.window("again", database, rounds, *DAY, again=True)["all"])
    page = statistics.median(
        stage.window("commands", database, None, *DAY, again=True)["seconds"] for _ in range(rounds)
    )
    plain = _plain_commands(database)
    return [
        Row("1 M rows: All opened again, until painted", "ms", again["large"] * 1e3, LIKE_SMALL * again["small"] * 1e3,
            again["small"] * 1e3, note=f"median of {rounds}; baseline: 10,000 rows"),
        Row("1 M rows: 30 days of Commands, whole page painted", "s", page, 0.8, plain,
            note=f"median of {rounds}; baseline: three SELECTs with what it shows, and nothing drawn"),
        Row("the same before anything was counted", "s", statistics.median(uncounted), 0.8, plain,
            note=f"median of {rounds}; {min(uncounted):.2f} to {max(uncounted):.2f}"),
    ]  # fmt: skip


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _plain_commands(database: Path) -> float:
    began = time.perf_counter()
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        for query in PLAIN_COMMANDS:
            connection.execute(query.format(month=f"timestamp >= {time.time() - 30 * 86_400}")).fetchall()
    return time.perf_counter() - began


def _while_loading(answers: Sequence[Answer]) -> list[Row]:
    note = f"longest gap of a 1 ms timer in each {REFRESH_SECONDS:.2f} s, median of the rounds"
    spans = [holdups(answer["ticks"]["wall"], answer["ticks"]["wall"]) for answer in answers]
    return [
        Row(f"UI thread held up while All loads, {label}", "ms", _typical(spans, share), target, note=note)
        for label, share, target in (("p99", 0.99, 12), ("p50", 0.5, None))
    ]


def _switching(answers: Sequence[Answer], key: str) -> Row:
    first = statistics.median(answer["opened"] for answer in answers)
    seconds = [one for answer in answers for one in answer["switches"][key]]
    note = f"median of {len(seconds)}; p95 {quantile(seconds, 0.95) * 1e3:.0f} ms; baseline: from the process' start"
    return Row(f"range switched to {key} until painted", "ms", statistics.median(seconds) * 1e3, None, first * 1e3,
               note=note)  # fmt: skip


def _megabytes(answers: Sequence[Answer], place: int) -> float:
    return statistics.median(answer["bytes"][place] for answer in answers) / 1e6


def _latency(stage: Stage, events: int) -> list[Row]:
    ours = stage.window("latency", stage.database(), events)
    plain = stage.window("latency", stage.database(), max(20, events // 4), "--interval", EVERY_SECOND)
    note = f"{events} commits at random moments; baseline: the same window looking once a second"
    return [
        Row(f"commit in the bot until painted, {label}", "ms", quantile(ours["committed"], share) * 1e3, target,
            quantile(plain["committed"], share) * 1e3, note=note)
        for label, share, target in (("p95", 0.95, 300), ("p50", 0.5, None))
    ] + [
        Row("tracked in the bot until painted, p95", "ms", quantile(ours["tracked"], 0.95) * 1e3, None,
            quantile(plain["tracked"], 0.95) * 1e3, note="the bot's batch included"),
    ]  # fmt: skip


def _traffic(stage: Stage, seconds: float) -> list[Row]:
    answer = stage.window("traffic", stage.database(), seconds)
    idle = quantile(holdups(answer["idle"]["wall"], answer["idle"]["wall"]), 0.99) * 1e3
    rows = [_busy(answer[key], key, idle, seconds) for key in ("24h", "all")]
    before, after = answer["24h"]["bytes"]
    grown = (after - before) / 1e6
    share = answer["24h"]["share"] * 100
    return [
        *rows,
        Row("memory after the rows at 200/s", "MB", after / 1e6, None, before / 1e6, note=f"grown by {grown:.1f} MB"),
        Row("window at 200 new rows/s, share of a core", "%", share, note="all threads, with a timer of 1 ms in it"),
    ]


def _busy(answer: Answer, key: str, idle: float, seconds: float) -> Row:
    wall, cpu = (holdups(answer["wall"], answer[clock]) for clock in ("wall", "cpu"))
    p50, p99, used = (1e3 * quantile(*each) for each in ((wall, 0.5), (wall, 0.99), (cpu, 0.99)))
    note = (
        f"longest gap of a 1 ms timer in each {REFRESH_SECONDS:.2f} s of {seconds:g} s; p50 {p50:.1f}; p99 of the UI"
        f" thread's CPU time in it {used:.1f}; {answer['paints']:.1f} refreshes/s; baseline: idle"
    )
    return Row(f"UI thread held up at 200 new rows/s, {key}, p99", "ms", p99, 12, idle, note=note)


def _idle(stage: Stage, seconds: float) -> Row:
    ours = stage.window("idle", stage.database(), seconds)["share"] * 100
    empty = stage.window("idle", None, seconds)["share"] * 100
    note = f"CPU time of the process in {seconds:g} s; baseline: no database open"
    return Row("idle window, 1 M rows, share of a core", "%", ours, 1.0, empty, note=note)


def _beside(stage: Stage, commits: int) -> list[Row]:
    answer = stage.window("beside", stage.deployed(), commits)
    held = holdups(answer["ticks"]["wall"], answer["ticks"]["wall"])
    taken = answer["commits"]
    spread = f"p99 {quantile(taken, 0.99):.0f}; p50 {quantile(taken, 0.5):.1f}"
    note = f"{len(taken)} commits, {answer['loads']} loads of 30 days and All; {spread}"
    return [
        Row("a foreign writer's slowest commit beside the window that loads", "ms", taken[-1], 100, note=note),
        Row("rows lost by it", "rows", answer["lost"], 0),
        Row("UI thread held up meanwhile, p99", "ms", quantile(held, 0.99) * 1e3, 12),
    ]  # fmt: skip


def _typical(rounds: Sequence[list[float]], share: float) -> float:
    """Milliseconds: the median of the rounds' quantiles, so that another process on the machine counts once."""
    return statistics.median(quantile(each, share) for each in rounds) * 1e3


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies, roughly."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
