"""Pages of a table on a server: the same rows in the same order as in a file."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest

from core.filters import Field, Filter, Term
from core.models import CommandUsage, DailyStats, ImageStats
from core.storage.database import open_for_writing
from core.storage.reader import Reader, reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tables.paging.pages import ids_there, whole_record
from core.tasks import finish
from core.time_ranges import DAY, TimeRange
from tests.core.postgres.conftest import Database

START = 1.75e9
SPAN = TimeRange(START + DAY, START + 3 * DAY)
QUERIES = [
    TableQuery("commands"),
    TableQuery("commands", SPAN),
    TableQuery("commands", SPAN, order=Order("time", descending=False)),
    TableQuery("commands", filters=(Filter.of(user="7"),)),
    TableQuery("commands", filters=(Filter.of(id=17), Filter.of(text="comfy"))),
    TableQuery("commands", filters=(Filter((Term(Field.USER, "7", excluded=True),)), Filter.of(outcome="failed"))),
    TableQuery("commands", filters=(Filter().within(START, START + DAY),)),
    TableQuery("commands", order=Order("command")),
    TableQuery("commands", order=Order("duration", descending=False)),
    TableQuery("commands", SPAN, (Filter.of(text="é"),), Order("user")),
    *(TableQuery("images", order=Order(column)) for column in ("loras", "strengths", "media", "type", "resolution")),
    TableQuery("commands", order=Order("outcome", descending=False)),
    TableQuery("images", filters=(Filter.of(text="fox"),)),
    TableQuery("days"),
    TableQuery("days", TimeRange(START, START + 2 * DAY), order=Order("commands")),
]


def rows() -> list[dict[str, Any]]:
    chance = random.Random(1)
    return [
        {
            "id": number + (50_000_000 if number > 1_500 else 0),
            "command_name": chance.choice(("comfy", "Comfy", "stats", "é", "É")),
            "user_id": chance.choice(("1", "1", "1", "7", "🦊")),
            "timestamp": START + number * 120 - chance.choice((0, 0, 3_600)),
            "execution_time": chance.choice((None, 0.0, 0.25, 7.5, -3.0, 1e300, math.inf)),
            "success": chance.choice((0, 1)),
        }
        for number in range(1, 3_001)
    ]


def store(address: str | Path) -> None:
    database = open_for_writing(address)
    images = [
        {"user_id": "1", "prompt": f"a fox {n}" * 200, "loras": text, "timestamp": START + n}
        for n, text in enumerate((None, "[]", '["b", "a"]', "not json", '["B"]'))
    ]
    dates = [
        {"date": f"2025-06-{d}", "total_commands": d % 3, "total_images": 1, "unique_users": 1} for d in range(10, 20)
    ]
    with database.bind_ctx([CommandUsage, ImageStats, DailyStats]), database.atomic():
        for start in range(0, 3_000, 100):
            CommandUsage.insert_many(rows()[start : start + 100]).execute()
        ImageStats.insert_many(images).execute()
        DailyStats.insert_many(dates).execute()
    database.close()


def answers(reader: Reader, query: TableQuery) -> list[Any]:
    pager = Pager(reader, query)
    finish(pager.prepare())
    down = [pair for page in pager.pages(None, count=10_000) for pair in page.rows]
    up = [page.rows for page in pager.pages(None, older=False, count=10_000)]
    assert [pair for chunk in reversed(up) for pair in chunk] == down
    share = [record.id for page in pager.pages(pager.key_at(0.5), count=3) for _, record in page.rows]
    moment = [record.id for page in pager.pages(pager.key_at_time(START + DAY), count=3) for _, record in page.rows]
    return [down, share, moment, pager.extent(), pager.newer_than(50_002_990), pager.moment_at(0.5)]


@pytest.mark.slow
def test_pages_are_those_of_a_file(database: Database, tmp_path: Path) -> None:
    for address in (database.url, tmp_path / "analytics.db"):
        store(address)
    with reading(database.url) as server, reading(tmp_path / "analytics.db") as file:
        for query in QUERIES:
            there = answers(file, query)
            assert there[0], "every question has an answer"
            assert answers(server, query) == there, query
        assert whole_record(server, "images", 1) == whole_record(file, "images", 1)
        assert ids_there(server, "commands", range(1, 5_000)) == set(range(1, 1_501))
        assert ids_there(server, "days", ["2025-06-10", "2025-07-10"]) == {"2025-06-10"}


@pytest.mark.slow
def test_the_first_rows_of_a_server_are_those_of_a_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in (database.url, tmp_path / "analytics.db"):
        store(address)
    orders = [Order(column, falls) for column in ("command", "user", "duration", "outcome") for falls in (True, False)]
    with reading(tmp_path / "analytics.db") as file, reading(database.url) as server:
        for order in orders:
            expected = first_ids(file, TableQuery("commands", order=order))
            with monkeypatch.context() as patched:
                patched.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 0)
                patched.setattr("core.tables.paging.by_rank._LEADERS", 200)
                assert first_ids(server, TableQuery("commands", order=order)) == expected, order


def first_ids(reader: Reader, query: TableQuery) -> list[int | str]:
    pager = Pager(reader, query)
    finish(pager.prepare())
    return [record.id for page in pager.pages(None, count=150) for _, record in page.rows]


def test_tables_that_are_not_there_have_no_rows(database: Database) -> None:
    database.run(
        "CREATE TABLE command_usage (id SERIAL PRIMARY KEY, command_name TEXT, user_id TEXT, timestamp FLOAT8)"
    )
    database.run(f"INSERT INTO command_usage (command_name, user_id, timestamp) VALUES ('a', '1', {START})")
    with reading(database.url) as reader:
        for key, expected in (("commands", 1), ("images", 0), ("activity", 0), ("days", 0)):
            assert sum(len(page.rows) for page in Pager(reader, TableQuery(key)).pages(None)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("indexed", [False, True])
def test_a_rare_user_is_found_soon_with_an_index(database: Database, indexed: bool) -> None:
    store(database.url)
    database.run("UPDATE command_usage SET user_id = 'rare' WHERE id IN (2, 50002000)")
    if indexed:
        database.run("CREATE INDEX mine ON command_usage (user_id)")
    with reading(database.url) as reader:
        pages = list(Pager(reader, TableQuery("commands", filters=(Filter.of(user="rare"),))).pages(None))
    assert [record.id for page in pages for _, record in page.rows] == [50_002_000, 2]
    assert (len(pages) == 1) == indexed
