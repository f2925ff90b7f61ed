"""What browsing a table takes in memory, in a process of its own: prints the figures in MB as JSON."""

from __future__ import annotations

import json
import sys

import psutil

from core.storage.reader import reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import finish
from core.time_ranges import TimeRange
from tests.benchmarks.memory import peak_memory

PAGES, ROWS = 1_000, 200


def main(path: str, sorted_from: float) -> dict[str, float]:
    """Go through a thousand pages; then sort what was stored since a moment."""
    with reading(path) as reader:
        pager, start = Pager(reader, TableQuery("images")), None
        for number in range(PAGES):
            for page in pager.pages(start, count=ROWS):
                start = page.reached
            if number == 20:
                before = _used()
        growth = _used() - before
        span = TimeRange(sorted_from, float("inf"))
        by_prompt = Pager(reader, TableQuery("images", span, order=Order("prompt")))
        finish(by_prompt.prepare())
        rows = by_prompt.extent().rows
    return {"growth": growth, "peak": peak_memory(), "sorted": rows}


def _used() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], float(sys.argv[2]))))
