"""What questions cost whose rows were counted before, at several sizes of history. The baseline reads the rows.

Both are measured in the same run on the same file: first without a cache of cells, then with one.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from core.manager import AnalyticsManager
from core.presenters.commands import COMMANDS as COMMANDS_PAGE
from core.presenters.presenter import page_of
from core.simulation.history import write_history
from core.statistics.rollups import reminder
from core.statistics.rollups.packing import FIELDS
from core.statistics.rollups.trust import seconds_of
from core.statistics.rollups.upkeep import bring_up_to_date
from core.statistics.window import collect
from core.storage.location import Location, locate
from core.storage.reader import reading
from core.storage.rollup_files import cache_path
from core.time_ranges import CHOICES, DAY, TimeRange, window
from tests.benchmarks.caches import caches_in
from tests.benchmarks.report import Row
from tests.core.brute_force import same

ZONE: Final = ZoneInfo("Europe/Berlin")
_CALLS: Final = 5
_TARGETS: Final = {"get_summary_stats": 0.05, "(365)": 0.1, "Commands page, 30 days": 0.8}
_LIKE_SMALL: Final = 1.3
"""How many times what it costs at the smallest size a question may cost at any other."""

Question = Callable[[], Any]


def run(quick: bool = False, long: bool = False) -> list[Row]:
    """Measure; ``quick`` leaves out a million rows, ``long`` takes ten millions, too."""
    sizes = [10_000, 100_000, *([] if quick else [1_000_000]), *([10_000_000] if long else [])]
    rows: list[Row] = []
    smallest: dict[str, float] = {}
    for size in sizes:
        with (
            tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder,
            caches_in(Path(folder) / "cache"),
            nothing_in_the_background(),
        ):
            path = Path(folder) / "analytics.db"
            write_history(path, days=365, rows=size, zone=ZONE)
            rows += _measured(locate(path), size, smallest)
    return rows


@contextmanager
def nothing_in_the_background() -> Iterator[None]:
    """Let nobody make a cache of himself."""
    many = reminder.MANY_ROWS
    reminder.MANY_ROWS = 2**63  # type: ignore[misc]
    try:
        yield
    finally:
        reminder.MANY_ROWS = many  # type: ignore[misc]


def _measured(location: Location, size: int, smallest: dict[str, float]) -> list[Row]:
    with AnalyticsManager(str(location.path), timezone=ZONE) as manager:
        asked = questions(manager, location)
        plain = {name: timed(question, 1 if size > 100_000 else 3) for name, question in asked.items()}
        built, _ = timed(partial(bring_up_to_date, location, ZONE), 1)
        ours = {name: timed(question, _CALLS) for name, question in asked.items()}
        with reading(location) as reader:
            summed, _ = timed(lambda: [seconds_of(reader, model, 2**62, 0) for model in FIELDS], _CALLS)
        compared, _ = timed(partial(bring_up_to_date, location, ZONE, compare=True), 1)
    rows = [_row(name, size, ours[name], plain[name], smallest) for name in asked]
    megabytes = cache_path(location, ZONE).stat().st_size / 1e6
    return [
        *rows,
        Row(f"cells of {size:,} rows counted, in the background", "s", built, note=f"{megabytes:.1f} MB"),
        Row(
            f"times of {size:,} rows summed up, when they are opened", "s", summed, 0.05 if size <= 1_000_000 else None
        ),
        Row(f"{size:,} rows compared with their cells, in the background", "s", compared),
    ]


def _row(name: str, size: int, ours: tuple[float, Any], plain: tuple[float, Any], smallest: dict[str, float]) -> Row:
    seconds, answer = ours
    assert same(comparable(answer), comparable(plain[1])), f"{name} is another answer by cells"
    target = next((most for part, most in _TARGETS.items() if part in name), None)
    if name.startswith("All"):
        target = smallest.setdefault(name, plain[0]) * _LIKE_SMALL
    return Row(f"{name}, {size:,} rows", "s", seconds, target, plain[0])


def comparable(answer: Any) -> Any:
    """An answer without what depends on when it was asked for."""
    return {key: value for key, value in answer.items() if key != "uptime"} if isinstance(answer, dict) else answer


def questions(manager: AnalyticsManager, location: Location) -> dict[str, Question]:
    """What is asked of a database, by name."""
    made: dict[str, Question] = {"get_summary_stats": manager.get_summary_stats}
    for days in (30, 365):
        for ask in (manager.get_command_stats, manager.get_image_stats, manager.get_user_stats):
            made[f"{ask.__name__}({days})"] = partial(ask, days)
    made["Commands page, 30 days"] = partial(_commands_page, location)
    made["All, opened again"] = partial(_all, location)
    return made


def _commands_page(location: Location) -> Any:
    now = time.time()
    with reading(location) as reader:
        aggregate = collect(reader, window(CHOICES["30d"], now, ZONE), now)
    COMMANDS_PAGE.present(page_of(aggregate, now))
    return dict(sorted(aggregate.whole.cell.commands.items()))


def _all(location: Location) -> Any:
    now = time.time()
    with reading(location) as reader:
        aggregate = collect(reader, window(CHOICES["all"], now, ZONE, TimeRange(now - 366 * DAY, now)), now)
    return dict(sorted(aggregate.whole.cell.commands.items()))


def timed(question: Question, calls: int) -> tuple[float, Any]:
    """The median of several calls in seconds, and the answer."""
    taken, answer = [], None
    for _ in range(calls):
        began = time.perf_counter()
        answer = question()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken), answer
