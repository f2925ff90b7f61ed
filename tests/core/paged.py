"""Tables to be paged through, every page of them, and the rows by brute force."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from core.filters import condition
from core.models import END_OF_TIME, CommandUsage
from core.storage.reader import Reader, reading
from core.tables.definitions import TABLES, Order, TableQuery
from core.tables.paging.pager import Pager
from core.tables.paging.pages import PageChunk
from core.tasks import finish
from core.time_ranges import TimeRange
from tests.core.rows import OURS, Schema, create

START = 1.75e9
TIME, OLDEST = Order(), Order("time", descending=False)
COMMANDS = TABLES["commands"]


def rows_of(pages: Iterator[PageChunk]) -> list[int | str]:
    """The ids of what pages hold, each chunk put in its place."""
    return [record.id for page in pages for _, record in page.rows]


def all_pages(pager: Pager, *, older: bool, count: int, start: int | None = None) -> Iterator[PageChunk]:
    """Page by page to the end, each going on where the one before has come to."""
    while True:
        page = None
        for page in pager.pages(start, older=older, count=count):
            yield page
        assert page is not None
        if page.ended:
            return
        start = page.reached


def walk(pager: Pager, *, older: bool = True, count: int = 200, start: int | None = None) -> list[int | str]:
    """All ids beyond a key, as they stand in the table."""
    chunks = [
        [record.id for _, record in page.rows] for page in all_pages(pager, older=older, count=count, start=start)
    ]
    return [each for chunk in (chunks if older else reversed(chunks)) for each in chunk]


def fill(path: Path, schema: Schema, rows: Sequence[tuple[Any, ...]]) -> Path:
    """A file with commands of these (id, timestamp, name, user, seconds, success); what is left out is plain."""
    create(path, schema)
    plain = (0, START, "comfy", "1", None, 1)
    values = [(*row, *plain[len(row) :]) for row in rows]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = off")
        connection.executemany(
            "INSERT INTO command_usage (id, timestamp, command_name, user_id, execution_time, success)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
    return path


def steady(count: int, *, first: int = 1, step: float = 60.0) -> list[tuple[Any, ...]]:
    return [(first + number, START + number * step) for number in range(count)]


@contextmanager
def opened(rows: Sequence[tuple[Any, ...]], schema: Schema = OURS) -> Iterator[Reader]:
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        path = fill(Path(folder) / "analytics.db", schema, rows)
        with reading(path) as reader:
            yield reader


def pager_of(reader: Reader, query: TableQuery, **options: Any) -> Pager:
    pager = Pager(reader, query, **options)
    finish(pager.prepare())
    return pager


def brute_force(reader: Reader, query: TableQuery) -> list[int]:
    """The ids of a query: everything read at once, chosen and sorted in plain Python."""
    chosen = condition(CommandUsage, *query.filters)
    question = CommandUsage.select(CommandUsage.id) if chosen is None else CommandUsage.select().where(chosen)
    matching = {row[0] for row in reader.rows(question)}
    fields = CommandUsage.select(
        CommandUsage.id, CommandUsage.timestamp, CommandUsage.command_name, CommandUsage.user_id,
        CommandUsage.execution_time, CommandUsage.success,
    )  # fmt: skip
    rows = [row for row in reader.rows(fields) if row[0] in matching and _inside(row[1], query.span)]
    return _in_order(rows, query.order)


def _inside(stored: Any, span: TimeRange | None) -> bool:
    if span is None:
        return True
    known = isinstance(stored, int | float) and 1_420_070_400 <= stored < END_OF_TIME
    return known and span.start <= stored < span.end


def _in_order(rows: list[tuple[Any, ...]], order: Order) -> list[int]:
    newest_first = sorted(rows, reverse=True, key=lambda row: row[0])
    if order.column in ("time", "id"):
        return [row[0] for row in (newest_first if order.descending else reversed(newest_first))]
    place = {"command": 2, "user": 3, "duration": 4, "outcome": 5}[order.column]
    values = {row[0]: _value(order.column, row[place]) for row in rows}
    known = [row[0] for row in newest_first if values[row[0]] is not None]
    unknown = [row[0] for row in newest_first if values[row[0]] is None]
    groups: dict[Any, list[int]] = {}
    for row_id in known:
        groups.setdefault(values[row_id], []).append(row_id)
    return [row_id for value in sorted(groups, reverse=order.descending) for row_id in groups[value]] + unknown


def _value(column: str, stored: Any) -> Any:
    if column == "outcome":
        return stored != 0
    if column == "duration":
        return float(stored) if isinstance(stored, int | float) and 0 <= stored <= 86_400 else None
    text = stored.decode(errors="surrogateescape") if isinstance(stored, bytes) else stored
    return "".join(map(_lower, text)).encode(errors="surrogateescape")[:40]


def _lower(letter: str) -> str:
    """Letters of ASCII, Latin, Greek, Cyrillic and Armenian, where they take as many bytes in lower case."""
    lower = letter.lower()
    is_cased = letter < "\u0600" or "\u1e00" <= letter < "\u1f00"
    return (
        lower
        if is_cased and len(lower) == 1 and len(lower.encode()) == len(letter.encode(errors="replace"))
        else letter
    )
