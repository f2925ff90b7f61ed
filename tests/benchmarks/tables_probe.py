"""What browsing a table takes in memory, in a process of its own: prints the figures in MB as JSON."""

from __future__ import annotations

import json
import sys

import psutil

from core.storage.reader import reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import finish
from tests.benchmarks.memory import peak_memory

PAGES, ROWS = 1_000, 200


def main(path: str, column: str) -> dict[str, float]:
    """Go through a thousand pages; then sort all rows by a column."""
    with reading(path) as reader:
        pager, start = Pager(reader, TableQuery("images")), None
        for number in range(PAGES):
            for page in pager.pages(start, count=ROWS):
                start = page.reached
            if number == 20:
                before = _used()
        settled = _used()
        sorting = Pager(reader, TableQuery("images", order=Order(column)))
        finish(sorting.prepare())
        count = sorting.matches()
        assert count is not None
        while not count.whole:
            count.step()
    peak = peak_memory()
    return {"growth": settled - before, "sorting": peak - settled, "peak": peak, "sorted": count.found}


def _used() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
