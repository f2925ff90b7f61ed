"""Find anything: how long a letter takes in the palette, on a million rows; beside the plain way, a question a letter.

The window and the process that reads are the real ones (``find_probe``).
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from core.simulation.history import write_history
from core.statistics.rollups.upkeep import bring_up_to_date
from core.storage.location import locate
from core.time_ranges import host_zone
from tests.benchmarks.report import Row

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = 1_000_000
NAMES: Final = 50_000
WORDS: Final = ("comfy", "anime", "failures", "zq", "mo 48", "dragon", "dark")
SYLLABLES: Final = ["an", "na", "bo", "to", "ka", "li", "mo", "ra", "se", "ti", "ur", "ve", "xi", "zo", "el"]

PLAIN: Final = (
    "SELECT DISTINCT command_name FROM command_usage WHERE command_name LIKE ? LIMIT 8",
    "SELECT DISTINCT model FROM image_stats WHERE model LIKE ? LIMIT 8",
    "SELECT DISTINCT loras FROM image_stats WHERE loras LIKE ? LIMIT 8",
    "SELECT prompt FROM image_stats WHERE prompt LIKE ? ORDER BY id DESC LIMIT 8",
    "SELECT id, name FROM names WHERE name LIKE ? LIMIT 8",
)
"""The plain way: whatever has the letters in it, of each kind."""


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes 50,000 rows."""
    rows = 50_000 if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as name:
        folder = Path(name)
        path = folder / "analytics.db"
        write_history(path, days=365, rows=rows)
        return measured(folder, path, rows, 2 if quick else 7)


def measured(folder: Path, path: Path, rows: int, rounds: int) -> list[Row]:
    """The rows of a database with a year of history in it."""
    _add_names(path)
    bring_up_to_date(locate(path), ZoneInfo(host_zone().key))
    arguments = [sys.executable, "-m", "tests.benchmarks.find_probe", str(folder), str(path), str(rounds), *WORDS]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    told = subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = json.loads(told.stdout.splitlines()[-1])
    letters, plain, of = sorted(found["letters"]), _plain(path), f"{rows:,} rows, {NAMES:,} names"
    return [
        Row("a letter, median", "ms", 1e3 * statistics.median(letters), 50, 1e3 * statistics.median(plain), note=of),
        Row("a letter, p95", "ms", 1e3 * letters[len(letters) * 95 // 100], 50, 1e3 * plain[len(plain) * 95 // 100]),
        Row("a letter, longest", "ms", 1e3 * letters[-1], baseline=1e3 * plain[-1], note=f"of {len(letters)}"),
        Row("Ctrl+K until all is looked through", "ms", 1e3 * statistics.median(found["open"]), 1_000),
    ]


def _add_names(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT OR IGNORE INTO names (kind, id, name, updated) VALUES ('user', ?, ?, 0)",
            ((str(10**17 + 7919 * number), _name(number)) for number in range(NAMES)),
        )


def _name(number: int) -> str:
    parts = []
    while number:
        number, place = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[place])
    return "".join(parts) + " " + "".join(reversed(parts))


def _plain(path: Path) -> list[float]:
    """Seconds of each letter, sorted."""
    taken = []
    with closing(sqlite3.connect(path)) as connection:
        for word in WORDS:
            for end in range(1, len(word) + 1):
                began = time.perf_counter()
                for question in PLAIN:
                    connection.execute(question, (f"%{word[:end]}%",)).fetchall()
                taken.append(time.perf_counter() - began)
    return sorted(taken)
