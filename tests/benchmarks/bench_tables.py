"""A table of ten million rows: what a page costs, from anywhere and under any filter, and what that costs the bot.

The file is the deployed bot's: rollback journal, no index. The baseline is the plain way: one SELECT with ORDER BY,
LIMIT and OFFSET.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from core.filters import Filter
from core.simulation.history import write_history
from core.storage.reader import Reader, reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.time_ranges import DAY, TimeRange
from tests.benchmarks import tables_probe
from tests.benchmarks.report import Row
from tests.core import deployed

WORD = "quetzalcoatl"
EVERY = 100_000
"""One prompt of so many holds the rare word."""

PAGE = 100
COLUMNS = "user_id, prompt, resolution, loras, upscale_factor, generation_time"
ROWS_A_SECOND = 20


@dataclass(frozen=True)
class Store:
    """The file: how many images, of which time, and an image's user who is as rare as can be."""

    path: Path
    rows: int
    span: TimeRange
    rare_user: str


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` takes 300,000 rows."""
    with tempfile.TemporaryDirectory(prefix="botpulse-bench-") as folder:
        store = _make(Path(folder), 300_000 if quick else 10_000_000)
        rows = [*_pages(store), *_searches(store), *_sorting(store), *_memory(store)]
        rows += _beside_the_bot(store, 6 if quick else 15)
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute("CREATE INDEX mine ON image_stats (user_id)")
        return [*rows, *_by_index(store)]


def _make(folder: Path, rows: int) -> Store:
    """A simulated lot of images, again and again, each lot later than the one before."""
    small, path, lots = folder / "lot.db", folder / "analytics.db", max(1, rows // 40_000)
    days = min(10.0, 2_500 / lots)
    write_history(small, days=days, rows=100_000, zone=ZoneInfo("UTC"))
    deployed.create(path, "seed")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = off")
        connection.execute("ATTACH ? AS small", (str(small),))
        (lot,) = connection.execute("SELECT count(*) FROM small.image_stats").fetchone()
        lots = -(-rows // lot)
        for number in range(lots):
            connection.execute(
                f"INSERT INTO main.image_stats ({COLUMNS}, timestamp) SELECT {COLUMNS}, timestamp - ?"
                " FROM small.image_stats ORDER BY id LIMIT ?",
                ((lots - 1 - number) * days * DAY, min(lot, rows - number * lot)),
            )
        places = [(f" {WORD}", place) for place in range(rows - EVERY // 2, 0, -EVERY)]
        connection.executemany("UPDATE image_stats SET prompt = prompt || ? WHERE id = ?", places)
        connection.execute("UPDATE image_stats SET user_id = '42' WHERE id = ?", (rows // 3,))
        connection.commit()
        first, last = connection.execute(
            "SELECT (SELECT timestamp FROM image_stats WHERE id = 1), (SELECT timestamp FROM image_stats WHERE id = ?)",
            (rows,),
        ).fetchone()
    small.unlink()
    return Store(path, rows, TimeRange(first, last), "42")


def _pages(store: Store) -> list[Row]:
    middle = (store.span.start + store.span.end) / 2
    week = TimeRange(middle, middle + 7 * DAY)
    size, half = f"{store.rows:,} rows", store.rows // 2
    return [
        _first(store, f"first page, newest, {size}", TableQuery("images"), plain="ORDER BY timestamp DESC LIMIT 100"),
        _first(store, "first page, oldest", TableQuery("images", order=Order("time", descending=False))),
        _first(
            store, "page in the middle (by a share)", TableQuery("images"), lambda pager: pager.key_at(0.5),
            plain=f"ORDER BY id DESC LIMIT 100 OFFSET {half}",
        ),
        _first(store, "page at a moment", TableQuery("images"), lambda pager: pager.key_at_time(middle)),
        _first(
            store, "first page, one week in the middle", TableQuery("images", week),
            plain=f"WHERE timestamp >= {week.start} AND timestamp < {week.end} ORDER BY timestamp DESC LIMIT 100",
        ),
        _first(store, "one id", TableQuery("images", filters=(Filter.of(id=half),))),
    ]  # fmt: skip


def _searches(store: Store) -> list[Row]:
    word = TableQuery("images", filters=(Filter.of(text=WORD),))
    common = TableQuery("images", filters=(Filter.of(user=_usual_user(store)),))
    with reading(store.path) as reader:
        whole = _timed(lambda: _drain(Pager(reader, word)))
    return [
        _first_match(store, f"rare word (1 of {EVERY:,}), first match", word, 300),
        Row("rare word, the whole table", "s", whole, note=f"{store.rows / whole:,.0f} rows/s"),
        _first_match(store, "a usual user, no index, first match", common, 300),
        _first_match(store, "a user of one row, no index, first match", _of_user(store), None),
    ]


def _by_index(store: Store) -> list[Row]:
    user = "user_id"
    return [
        _first(store, "a user of one row, with an index", _of_user(store),
               plain=f"WHERE {user} = '{store.rare_user}' ORDER BY timestamp DESC LIMIT 100"),
        _first(store, "a usual user, with an index",
               TableQuery("images", filters=(Filter.of(user=_usual_user(store)),))),
    ]  # fmt: skip


def _sorting(store: Store) -> list[Row]:
    """The first page, what is sorted beside it, and a page at the other end."""
    rows = []
    for column in PLAIN_COLUMNS:
        plain = _timed(lambda column=column: _plain(store, f"ORDER BY {PLAIN_COLUMNS[column]} DESC, id DESC LIMIT 100"))
        with reading(store.path) as reader:
            pager = Pager(reader, TableQuery("images", order=Order(column)))
            began = time.perf_counter()
            longest = _longest_step(pager.prepare())
            _drain_one(pager, None)
            first = time.perf_counter() - began
            whole = _timed(lambda pager=pager: _sorted(pager))
            pages = [_timed(lambda pager=pager, at=at: _drain_one(pager, pager.key_at(at))) for at in (0.5, 0.99)]
        what = f"sorted by {column}, {store.rows:,} rows"
        target = 0.3 if store.rows <= 1_000_000 else 1.0
        rows.append(Row(f"{what}: first page", "s", first, target, plain, note=f"longest step {longest * 1000:.0f} ms"))
        rows.append(Row(f"{what}: until all have their rank", "s", first + whole))
        rows.append(Row(f"{what}: a page anywhere, then", "ms", max(pages) * 1000, 50))
    return rows


PLAIN_COLUMNS = {
    "seconds": "generation_time",
    "user": "user_id",
    "prompt": "prompt",
    "resolution": "resolution",
    "loras": "loras",
}


def _sorted(pager: Pager) -> None:
    count = pager.matches()
    assert count is not None
    while not count.whole:
        count.step()


def _memory(store: Store) -> list[Row]:
    rows = []
    for column in ("seconds", "prompt"):
        command = [sys.executable, "-m", tables_probe.__name__, str(store.path), column]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        what = f"memory that sorting {found['sorted']:,} rows by {column} adds, most"
        rows.append(Row(what, "MB", found["sorting"], 150, note=f"{found['peak']:.0f} MB in all"))
    grown = Row("memory that 1,000 pages of 200 rows add", "MB", max(0.0, found["growth"]), 5)
    return [grown, *rows]


def _beside_the_bot(store: Store, seconds: int) -> list[Row]:
    query = TableQuery("images", filters=(Filter.of(text="nowhere at all"),))
    alone, _ = _writer_beside(store.path, seconds, iter(lambda: time.sleep(0.05), 1))
    with reading(store.path) as reader:
        ours, lost = _writer_beside(store.path, seconds, _endless(lambda: Pager(reader, query).pages(None)))
    plain, lost_plain = _writer_beside(store.path, seconds, _endless(lambda: _plain_search(store)))
    return [
        Row("the bot's slowest commit while a word is searched", "ms", ours, 150, plain, note=f"alone {alone:.0f} ms"),
        Row("events lost by it", "events", lost, 0, lost_plain),
    ]


def _writer_beside(path: Path, seconds: int, work: Iterator[object]) -> tuple[float, int]:
    """The slowest commit (ms) and the number of lost events of the bot while we work on."""
    pace = [f"--rows-per-second={ROWS_A_SECOND}", f"--seconds={seconds}"]
    with subprocess.Popen(
        [sys.executable, deployed.__file__, str(path), *pace], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        while process.poll() is None:
            next(work)
        lines = [line.split() for line in process.stdout.read().splitlines()]
    return max(float(line[1]) for line in lines), sum(line[0] == "error" for line in lines)


def _endless(make: Callable[[], Iterator[object]]) -> Iterator[object]:
    while True:
        yield from make()


def _plain_search(store: Store) -> Iterator[object]:
    with closing(sqlite3.connect(store.path)) as connection:
        yield connection.execute("SELECT * FROM image_stats WHERE prompt LIKE '%nowhere at all%'").fetchall()


def _first(
    store: Store, what: str, query: TableQuery, place: Callable[[Pager], int] | None = None, plain: str = ""
) -> Row:
    """Opening the file, and a whole page, with how much there is."""
    taken = [_timed(lambda: _open_page(store, query, place)) * 1000 for _ in range(7)]
    baseline = _timed(lambda: _plain(store, plain)) * 1000 if plain else None
    return Row(what, "ms", statistics.median(taken), 100, baseline, note=f"slowest of 7: {max(taken):.0f} ms")


def _first_match(store: Store, what: str, query: TableQuery, target: float | None) -> Row:
    with reading(store.path) as reader:
        return Row(what, "ms", _timed(lambda: _until_first(reader, query)) * 1000, target)


def _open_page(store: Store, query: TableQuery, place: Callable[[Pager], int] | None) -> None:
    with reading(store.path) as reader:
        pager = Pager(reader, query)
        assert pager.extent().rows
        start = place(pager) if place is not None else None
        rows = sum(len(page.rows) for page in pager.pages(start, count=PAGE))
        assert rows == PAGE or (query.filters and rows)


def _until_first(reader: Reader, query: TableQuery) -> None:
    assert any(page.rows for page in Pager(reader, query).pages(None, count=PAGE))


def _drain(pager: Pager) -> None:
    assert sum(len(page.rows) for page in pager.pages(None, count=10**9))


def _drain_one(pager: Pager, start: int | None) -> None:
    assert sum(len(page.rows) for page in pager.pages(start, count=PAGE)) == PAGE


def _plain(store: Store, rest: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute(f"SELECT * FROM image_stats {rest}").fetchall()


def _usual_user(store: Store) -> str:
    with closing(sqlite3.connect(store.path)) as connection:
        (user,) = connection.execute(
            "SELECT user_id FROM image_stats WHERE id > ? GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            (store.rows - 10_000,),
        ).fetchone()
    return str(user)


def _of_user(store: Store) -> TableQuery:
    return TableQuery("images", filters=(Filter.of(user=store.rare_user),))


def _longest_step(task: Iterator[object]) -> float:
    longest, before = 0.0, time.perf_counter()
    for _ in task:
        longest, before = max(longest, time.perf_counter() - before), time.perf_counter()
    return max(longest, time.perf_counter() - before)


def _timed(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began
