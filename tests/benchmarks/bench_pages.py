"""Every page of the window beside a bot that writes 200 rows a second: is it smooth, fresh, and does memory stay flat?

Each page is the real window in a process of its own, with 24 h of 1 M rows. Its time is shared by its sections, and
what is judged is all of them together; the note names the worst. Wall times grow with whatever else the machine does:
the UI thread's own CPU time stands beside them.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from gui.pages.registry import PAGES
from tests.benchmarks.bench_window import Answer, Stage, quantile
from tests.benchmarks.report import Row

_QUICK, _NORMAL, _LONG = 5.0, 40.0, 300.0
_FLAT = 2.0
"""MB a minute that new rows may take: counters and the table's rows grow a little until they are full."""
_LONG_ENOUGH = 2.0
"""Minutes from which on growth can be told from the allocator's first steps."""


def run(quick: bool = False, long: bool = False) -> list[Row]:
    """Measure; 40 seconds a page, 5 with ``quick``, 300 with ``long``."""
    seconds = _QUICK if quick else _LONG if long else _NORMAL
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as name:
        stage = Stage(Path(name))
        pages = {page.entry.title: _measure(stage, page.entry.key, seconds) for page in PAGES}
    return [row for title, answer in pages.items() for row in rows(title, answer)]


def rows(title: str, answer: Answer) -> list[Row]:
    """What a page's answer says."""
    wall, cpu = _all(answer, "wall"), _all(answer, "cpu")
    refreshes, seconds = _all(answer, "refreshes"), sum(each["seconds"] for each in answer["sections"].values())
    share = sum(each["share"] * each["seconds"] for each in answer["sections"].values()) / seconds
    held = f"of {seconds:.0f} s; longest {max(wall) * 1e3:.0f}; UI thread's CPU time p99 {_ms(cpu, 0.99):.1f}"
    held += _worst(answer, "wall", 0.99)
    cost = f"p95 {_ms(refreshes, 0.95):.1f}; {len(refreshes) / seconds:.1f} a second; {share:.0%} of a core in all"
    cost += _worst(answer, "refreshes", 0.5)
    return [
        Row(f"{title}: UI thread held up, p99", "ms", _ms(wall, 0.99), 12, note=held),
        Row(f"{title}: refresh in the worker, median", "ms", _ms(refreshes, 0.5), 10, note=cost),
        Row(f"{title}: commit until painted, p95", "ms", _ms(answer["latencies"], 0.95), 300,
            note=_marked(answer["latencies"])),
        _memory(title, answer),
    ]  # fmt: skip


def _marked(latencies: list[float]) -> str:
    overtaken = sum(map(math.isinf, latencies))
    missed = f"; {overtaken} overtaken by others before they were shown" if overtaken else ""
    return f"p50 {_ms(latencies, 0.5):.0f} of {len(latencies)}{missed}"


def _memory(title: str, answer: Answer) -> Row:
    rested, before, after = (data / 1e6 for data in answer["bytes"])
    minutes = answer["minutes"]
    note = f"{rested:.0f} MB at rest, {before:.0f} after a fifth, {after:.0f} at the end ({minutes:.1f} min later)"
    target = _FLAT if minutes >= _LONG_ENOUGH else None
    return Row(f"{title}: memory's growth a minute", "MB", (after - before) / minutes, target, note=note)


def _measure(stage: Stage, key: str, seconds: float) -> Answer:
    database = stage.database()
    answer = stage.window("page", database, seconds, "--range", "24h", "--page", key)
    database.unlink()
    return answer


def _all(answer: Answer, what: str) -> list[float]:
    return list(chain.from_iterable(each[what] for each in answer["sections"].values()))


def _worst(answer: Answer, what: str, share: float) -> str:
    """The section with the greatest quantile, where there are several."""
    found = {title: _ms(each[what], share) for title, each in answer["sections"].items() if each[what]}
    if len(found) < 2:
        return ""
    title = max(found, key=found.__getitem__)
    return f"; {title}: {found[title]:.1f}"


def _ms(seconds: Sequence[float], share: float) -> float:
    return quantile(seconds, share) * 1e3
