"""Reading in chunks: nobody is kept from committing, gaps are stepped over, absurd rows lead no search astray."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.errors import DatabaseCorrupt
from core.filters import EVERYTHING, Filter
from core.models import CommandUsage, UserActivity
from core.storage.chunked_reads import ChunkSize, IdChunks, RowQuery, chunks, earliest
from core.storage.reader import Reader, reading
from core.storage.seeks import IdSpan, all_ids, first_id, last_id, lowest_id
from core.tables.definitions import TableQuery
from core.tables.paging.pager import Pager
from core.time_ranges import DAY, HOUR, TimeRange
from tests.core import deployed
from tests.core.rows import BOT, LOOSE, OURS, Schema, create

START = 1.75e9
EVER = TimeRange(-math.inf, math.inf)


def fill(path: Path, schema: Schema, rows: list[tuple[int, Any]]) -> Path:
    """A file with commands of these (id, timestamp)."""
    create(path, schema)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (?, 'c', '1', ?, 1)", rows
        )
    return path


def steady(count: int, *, first: int = 1, step: float = 60.0) -> list[tuple[int, Any]]:
    return [(first + number, START + number * step) for number in range(count)]


def ask(span: TimeRange = EVER, after: int = 0, upto: int = 10**9, chosen: Filter = EVERYTHING) -> RowQuery:
    return RowQuery(CommandUsage, (CommandUsage.id,), IdSpan(after, upto), span, chosen)


def ids(reader: Reader, query: RowQuery) -> list[int]:
    return [row_id for chunk in chunks(reader, query) for (row_id,) in chunk]


def said_to(reader: Reader) -> list[str]:
    """The statements that SQLite is given from now on."""
    statements: list[str] = []
    reader.database.connection().set_trace_callback(statements.append)
    return statements


@pytest.mark.parametrize("schema", [OURS, BOT], ids=["by time", "by id"])
def test_a_writer_commits_between_any_two_chunks(tmp_path: Path, schema: Schema) -> None:
    path = fill(tmp_path / "analytics.db", schema, steady(12_000))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
    with reading(path) as reader, closing(sqlite3.connect(path, timeout=0.05)) as writer:
        question = ask(TimeRange(START + 1, math.inf), upto=12_000)
        found = 0
        for number, chunk in enumerate(chunks(reader, question)):
            found += len(chunk)
            with writer:
                writer.execute(
                    "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('w', '1', ?, 1)",
                    (START + 10**6 + number,),
                )
        (written,) = writer.execute("SELECT count(*) FROM command_usage WHERE command_name = 'w'").fetchone()
    assert written == number + 1 > 2
    assert found == 11_999


@pytest.mark.parametrize("first", [1, 50_000_000])
def test_gaps_of_millions_of_ids_are_stepped_over(tmp_path: Path, first: int) -> None:
    rows = [*steady(30, first=first), *[(first + 80_000_000 + n, START + 10_000 + n) for n in range(30)]]
    with reading(fill(tmp_path / "analytics.db", BOT, rows)) as reader:
        question = ask(upto=last_id(reader, CommandUsage))
        statements = said_to(reader)
        found = ids(reader, question)
        assert len(statements) < 25, "read id by id this takes tens of thousands"
    assert found == [row_id for row_id, _ in rows]


def test_every_way_finds_the_rows_of_a_span(tmp_path: Path) -> None:
    rows = steady(5_000)
    wanted = [row_id for row_id, when in rows if START + 600 * 60 <= when < START + 700 * 60]
    for schema in (OURS, BOT):
        with reading(fill(tmp_path / schema.name, schema, rows)) as reader:
            span = TimeRange(START + 600 * 60, START + 700 * 60)
            assert ids(reader, ask(span, upto=5_000)) == wanted
            assert ids(reader, ask(span, after=wanted[0], upto=wanted[-2])) == wanted[1:-1]
            assert ids(reader, ask(span, upto=5_000, chosen=Filter.of(user="nobody"))) == []


def test_rows_with_equal_times_are_all_read_once_where_a_chunk_ends_among_them(tmp_path: Path) -> None:
    rows = [(n, START + n // 3_000) for n in range(1, 9_001)]
    with reading(fill(tmp_path / "analytics.db", OURS, rows)) as reader:
        assert ids(reader, ask(TimeRange(START, math.inf), upto=9_000)) == list(range(1, 9_001))


def test_rows_without_a_possible_time_never_match(tmp_path: Path) -> None:
    absurd: list[Any] = [None, "now", b"\x01", 0.0, -5.0, START * 1000, 253_402_300_799.0, math.inf, -math.inf]
    rows = [*enumerate(absurd, 1), (50, START)]
    with reading(fill(tmp_path / "analytics.db", LOOSE, rows)) as reader:
        assert ids(reader, ask(upto=50)) == [50]
        assert earliest(reader, CommandUsage) == START


@pytest.mark.parametrize("absurd", [None, "x", 0.0, START - 900 * DAY, START + 900 * DAY])
def test_a_search_by_id_is_not_led_astray_by_absurd_rows(tmp_path: Path, absurd: Any) -> None:
    """Every tenth row, and the very last ones, have a time that cannot be or is far off."""
    rows = steady(20_000)
    bad = {*range(0, 20_000, 10), 19_998, 19_999}
    mixed = [(row_id, absurd if number in bad else when) for number, (row_id, when) in enumerate(rows)]
    with reading(fill(tmp_path / "analytics.db", LOOSE, mixed)) as reader:
        for number in (1, 777, 9_999, 15_001, 19_997):
            start = rows[number][1]
            found = first_id(reader, CommandUsage, start, 20_000)
            assert found <= rows[number][0], "nothing that matters lies before it"
            assert number < 200 or found > rows[number][0] - 200, "and little else behind it"


def test_a_lonely_row_with_a_wrong_clock_hides_nothing_before_it(tmp_path: Path) -> None:
    rows: list[tuple[int, Any]] = [*steady(1_000), (1_000_000, START - 900 * DAY)]
    with reading(fill(tmp_path / "analytics.db", BOT, rows)) as reader:
        found = ids(reader, ask(TimeRange(START + 30_000, math.inf), upto=1_000_000))
    assert found == [row_id for row_id, when in rows if when >= START + 30_000]


def test_clocks_that_stepped_back_by_hours_lose_nothing_where_there_is_no_index(tmp_path: Path) -> None:
    times = [START + number * 60 - (number // 500 % 2) * 5.9 * HOUR for number in range(9_000)]
    with reading(fill(tmp_path / "analytics.db", BOT, list(enumerate(times, 1)))) as reader:
        for start in (START + 100_000, START + 250_000, START + 400_000):
            found = ids(reader, ask(TimeRange(start, math.inf), upto=9_000))
            assert found == [row_id for row_id, when in enumerate(times, 1) if when >= start]


def test_finding_the_first_row_takes_few_reads_without_an_index(tmp_path: Path) -> None:
    path = fill(tmp_path / "analytics.db", BOT, steady(200_000, step=1.0))
    with reading(path) as reader:
        statements = said_to(reader)
        found = first_id(reader, CommandUsage, START + 150_000, 200_000)
        assert 0 <= 150_001 - found <= 100
        assert len(statements) < 25


def test_the_ends_of_a_table(tmp_path: Path) -> None:
    with reading(fill(tmp_path / "analytics.db", OURS, steady(10, first=7))) as reader:
        assert (lowest_id(reader, CommandUsage), last_id(reader, CommandUsage)) == (7, 16)
        assert (lowest_id(reader, UserActivity), last_id(reader, UserActivity)) == (0, 0)
        assert earliest(reader, CommandUsage) == START
        assert earliest(reader, UserActivity) is None
        assert ids(reader, ask(upto=0)) == []


def test_a_read_that_does_not_come_further_is_ended() -> None:
    chunks_of_a_damaged_table = IdChunks(IdSpan(0, 10**9), ChunkSize(), lambda _ids: 0, lambda _ids, _number: -7)
    with pytest.raises(DatabaseCorrupt, match="not in their order"):
        list(chunks_of_a_damaged_table)


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """3,000 rows, each a billion ids behind the one before."""
    path = deployed.create(tmp_path / "sparse.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (?, 'comfy', ?, ?, 1)",
            [(number * 10**9, str(number % 7), 1.75e9 + number) for number in range(1, 3_001)],
        )
    return path


def test_where_every_row_has_its_gap_rows_are_counted_off(sparse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, reads = Reader.rows, 0

    def counted(reader: Reader, query: Any) -> Any:
        nonlocal reads
        reads += 1
        return plain(reader, query)

    with reading(sparse) as reader:
        monkeypatch.setattr(Reader, "rows", counted)
        assert earliest(reader, CommandUsage) == 1.75e9 + 1
        found = chunks(reader, RowQuery(CommandUsage, (CommandUsage.id,), all_ids(reader, CommandUsage)))
        assert sum(map(len, found)) == 3_000
        query = TableQuery("commands", filters=(Filter.of(user="3"),))
        rows = [row for page in Pager(reader, query).pages(None, count=5_000) for row in page.rows]
        assert len(rows) == 429
    assert reads < 1_500  # a read and a seek for each row were 15,000; on a slow machine chunks are smaller
