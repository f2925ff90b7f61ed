"""The table of records on 10 M rows, as a host meets it: first page, jumps, paging, filters, painting, memory."""

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
from typing import Any

from core.storage.database import open_for_writing
from tests.benchmarks.report import Row

ROOT = Path(__file__).parents[2]
ROWS, FEWER = 10_000_000, 1_000_000

FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
INSERT INTO command_usage (command_name, user_id, guild_id, channel_id, timestamp, execution_time, success)
SELECT
    CASE WHEN i % 100000 = 7 THEN 'rareword' WHEN i % 7 = 0 THEN 'redux' ELSE 'comfy' END,
    CAST(100000000000000000 + i * 7919 % 5000 AS TEXT), '77', '5', :start + i * 3.0, i % 97 / 10.0, i % 50 > 0
FROM n
"""


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` has a million rows and fewer rounds."""
    rows = FEWER if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as name:
        path = Path(name) / "analytics.db"
        fill(path, rows)
        return _rows(_probe(path, 3 if quick else 10), rows)


def fill(path: Path, rows: int) -> None:
    """Make a file with so many commands, three seconds apart, ending now."""
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(FILL, {"rows": rows, "start": time.time() - rows * 3.0})


def _probe(path: Path, rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.table_probe", str(path), str(rounds)]
    surroundings = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise RuntimeError(f"the probe failed: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _rows(answer: dict[str, Any], rows: int) -> list[Row]:
    millions = f"{rows // 1_000_000} M rows"
    gaps = answer["gaps"]
    return [
        Row(f"{millions}: table opened until its first page is painted", "ms", _late(answer["opened"]), 100,
            note="the slowest of all rounds"),
        Row(f"{millions}: jump to anywhere until painted", "ms", _late(answer["jump"]), 100, note="the slowest"),
        Row(f"{millions}: Page Down until painted", "ms", _late(answer["paging"]), 100, note="p95"),
        Row(f"{millions}: filter without an index until the first matches are painted", "ms", max(answer["filter"]),
            300, note="one row in 50, and one in 100,000 twice"),
        Row("painting a screen of rows", "ms", answer["median_paint"], 8,
            note=f"median; {answer['rows_painted']} rows at 1600 × 1000"),
        Row(f"{millions}: UI thread, longest step while all that went on", "ms", gaps[round(0.99 * (len(gaps) - 1))],
            16, note=f"p99 of those above 1 ms, CPU time; the longest was {gaps[-1]:.1f} ms"),
        Row(f"{millions}: memory of the process", "MB", answer["memory"], 300),
    ]  # fmt: skip


def _late(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 20 else max(values)
