"""What an export of a million rows costs, in time and memory, and what it costs the bot; beside one plain SELECT."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

from core.export.formats import Format
from core.export.rows import Exported, export_rows
from core.storage.location import Location
from core.tables.definitions import Order, TableQuery
from core.tasks import Progress, finish
from tests.benchmarks.memory import peak_memory
from tests.benchmarks.report import Row
from tests.core import deployed

ZONE = ZoneInfo("Europe/Berlin")
FORMATS = (Format.CSV, Format.JSON_LINES, Format.XLSX)
SPEEDS = {Format.CSV: 200_000, Format.JSON_LINES: 200_000, Format.XLSX: 40_000}
ROWS_A_SECOND = 20
_ALONE = "import sys; from tests.benchmarks import bench_export as b; b.measure_alone(*sys.argv[1:])"


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes a tenth of the rows."""
    rows, seconds = (100_000, 5) if quick else (1_000_000, 30)
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        path = deployed.create(Path(folder) / "deployed.db", "seed")
        deployed.fill(path, images=rows, step=50.0)
        resting = path.with_name("wal.db")
        shutil.copyfile(path, resting)
        with closing(sqlite3.connect(resting)) as connection:
            connection.execute("PRAGMA journal_mode = wal")
        return [
            *(row for kind in FORMATS for row in _alone(resting, kind, rows)),
            *_beside_the_bot(path, seconds),
        ]


def _alone(path: Path, kind: Format, rows: int) -> Iterator[Row]:
    command = [sys.executable, "-c", _ALONE, str(path), str(path.with_name(f"out.{kind}")), kind]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=1200)
    speed, memory, pause, size = map(float, done.stdout.split())
    plain = rows / _timed(lambda: _plain(path)) if kind is Format.CSV else None
    what = f"export of {rows:,} images as {kind}"
    yield Row(what, "rows/s", speed, SPEEDS[kind], plain, True, f"{size / 1e6:.0f} MB; plain: one SELECT, csv.writer")
    yield Row(f"{what}: peak memory of the process", "MB", memory, 150)
    yield Row(f"{what}: longest time without a word", "ms", pause, 100)


def measure_alone(path: str, target: str, kind: str) -> None:
    """In a process of its own: print rows/s, peak memory (MB), the longest step (ms) and the file's bytes."""
    last, longest = time.perf_counter(), 0.0

    def listen(_: Progress) -> None:
        nonlocal last, longest
        now = time.perf_counter()
        last, longest = now, max(longest, now - last)

    task = export_rows(Location(path=Path(path)), TableQuery("images"), Path(target), Format(kind), zone=ZONE)
    done = finish(task, listen)
    print(done.rows / done.seconds, peak_memory(), longest * 1000, done.byte_size)


def _beside_the_bot(path: Path, seconds: int) -> Iterator[Row]:
    alone, _ = _writer_beside(path, seconds, lambda: time.sleep(0.05))
    plain, lost_plain = _writer_beside(path, seconds, lambda: _plain(path))
    for kind in FORMATS:
        yield from _beside(path, seconds, kind, Order(), alone, plain, lost_plain)
    yield from _beside(path, seconds, Format.CSV, Order("prompt"), alone, plain, lost_plain)


def _beside(
    path: Path, seconds: int, kind: Format, order: Order, alone: float, plain: float, lost_plain: int
) -> Iterator[Row]:
    done = list[Exported]()
    steps = _exports(path, kind, order, done)
    ours, lost = _writer_beside(path, seconds, lambda: next(steps))
    steps.close()
    what = f"{kind}, sorted by {order.column}"
    if done:
        speed = sum(each.rows for each in done) / sum(each.seconds for each in done)
        target = 60_000 if kind is not Format.XLSX and order == Order() else None
        yield Row(f"export beside the bot in rollback mode ({what})", "rows/s", speed, target, None, True)
    yield Row(
        f"the bot's slowest commit beside an export ({what})", "ms", ours, 100, plain, note=f"alone {alone:.0f} ms"
    )
    yield Row(f"events lost by it ({what})", "events", lost, 0, lost_plain)


def _exports(path: Path, kind: Format, order: Order, done: list[Exported]) -> Generator[Progress, None, None]:
    """Step by step, again and again."""
    target = path.with_name(f"beside.{kind}")
    while True:
        query = TableQuery("images", order=order)
        done.append((yield from export_rows(Location(path=path), query, target, kind, zone=ZONE)))


def _writer_beside(path: Path, seconds: int, work: Callable[[], object]) -> tuple[float, int]:
    """The slowest commit (ms) and the number of lost events of the bot while we do something again and again."""
    pace = [f"--rows-per-second={ROWS_A_SECOND}", f"--seconds={seconds}"]
    command = [sys.executable, deployed.__file__, str(path), *pace]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            work()
        lines = [line.split() for line in process.stdout.read().splitlines()]
    return max(float(line[1]) for line in lines), sum(line[0] == "error" for line in lines)


def _plain(path: Path) -> None:
    """The plain way: all rows of one SELECT through csv.writer."""
    with closing(sqlite3.connect(path)) as connection, path.with_name("plain.csv").open("w", newline="") as file:
        csv.writer(file).writerows(connection.execute("SELECT * FROM image_stats ORDER BY id DESC"))


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
