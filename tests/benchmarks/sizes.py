"""``make bench-sizes``: what the main figures cost with 10 k to 10 M rows of a year, and the picture of it in the docs.

The databases are kept in build/bench, so that only the first run has to make them; a run takes some minutes, of which
counting 10 M rows into cells is the longest part. Prints a table, and writes build/sizes.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from core.manager import AnalyticsManager
from core.storage.reader import reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import finish
from core.time_ranges import host_zone
from tests.benchmarks.bench_window import DAY, ROOT, Stage, quantile
from tests.benchmarks.caches import caches_in
from tests.benchmarks.report import machine
from tests.benchmarks.sizes_picture import draw

BUILD: Final = ROOT / "build"
PICTURE: Final = ROOT / "docs" / "images" / "cost_against_size.svg"
MEMORY: Final = "memory of both processes (MB)"
SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000)

_CALLS: Final = 5
_ROUNDS: Final = 3
_MANY: Final = 10_000_000
"""So many rows are opened once only."""

Costs = dict[str, float]
"""Seconds by what they are for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and draw what was measured; with ``--drawn`` only draw it again."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.sizes", description=__doc__)
    parser.add_argument("--most", type=int, default=SIZES[-1], help="the largest number of rows (default: 10,000,000)")
    parser.add_argument("--drawn", action="store_true", help="measure nothing: draw build/sizes.json again")
    options = parser.parse_args(arguments)
    result = BUILD / "sizes.json"
    if not options.drawn:
        measured = {str(size): _measured(size) for size in SIZES if size <= options.most}
        result.write_text(json.dumps({"machine": machine(), "seconds": measured}, indent=2) + "\n", encoding="utf-8")
    seconds = {int(size): costs for size, costs in json.loads(result.read_text(encoding="utf-8"))["seconds"].items()}
    print(_table(seconds))
    draw({name: {size: seconds[size][name] for size in seconds} for name in _timed_names(seconds)}, PICTURE)
    print(f"written: {result}, {PICTURE}")
    return 0


def _measured(size: int) -> Costs:
    began = time.monotonic()
    folder = BUILD / "bench" / str(size)
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(folder, size)
    costs = {**_opened(stage, 1 if size >= _MANY else _ROUNDS)}
    stage.count(stage.history)
    costs["All, opened again"] = statistics.median(
        stage.window("again", stage.history, _CALLS, *DAY, again=True)["all"]
    )
    costs |= _asked(stage)
    costs["Images by time taken, first page"] = _seconds(partial(_sorted_page, stage.history))
    print(f"{size:,} rows: {time.monotonic() - began:.0f} s", flush=True)
    return costs


def _opened(stage: Stage, rounds: int) -> Costs:
    """A window that nothing was counted for: 7 days, then All; and what both processes take in memory after that."""
    stage.window("start", stage.history, None, "--range", "7d")  # bytecode and files are there from here on
    answers = [stage.window("start", stage.history, None, "--range", "7d") for _ in range(rounds)]
    return {
        "start until 7 days painted": statistics.median(answer["opened"] for answer in answers),
        "All, the first time": statistics.median(answer["all"] for answer in answers),
        MEMORY: quantile([answer["bytes"][1] / 1e6 for answer in answers], 0.5),
    }


def _asked(stage: Stage) -> Costs:
    """What the bot asks, by cells."""
    with caches_in(stage.home), AnalyticsManager(str(stage.history), timezone=host_zone()) as manager:
        asked: dict[str, Callable[[], object]] = {"get_summary_stats": manager.get_summary_stats}
        for ask in (manager.get_command_stats, manager.get_image_stats, manager.get_user_stats):
            asked[f"{ask.__name__}(365)"] = partial(ask, 365)
        return {name: _seconds(question) for name, question in asked.items()}


def _sorted_page(database: Path) -> object:
    """A hundred rows of those that took longest."""
    with reading(database) as reader:
        pager = Pager(reader, TableQuery("images", order=Order("seconds")))
        finish(pager.prepare())
        return next(iter(pager.pages(None, count=100)))


def _seconds(work: Callable[[], object]) -> float:
    """The median of several, after one that warms up."""
    work()
    taken = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _timed_names(seconds: dict[int, Costs]) -> list[str]:
    return [name for name in next(iter(seconds.values())) if name != MEMORY]


def _table(seconds: dict[int, Costs]) -> str:
    """A line for each figure: seconds at each size, and how often the first the last is."""
    lines = ["".join([f"{'seconds':34}", *(f"{size:>12,}" for size in seconds), f"{'last ÷ first':>14}"])]
    for name in next(iter(seconds.values())):
        costs = [seconds[size][name] for size in seconds]
        shown = (f"{cost:>12.0f}" if name == MEMORY else f"{cost:>12.4f}" for cost in costs)
        lines.append("".join([f"{name:34}", *shown, f"{costs[-1] / costs[0]:>13.1f}×"]))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
