"""Searches, writers, resets and odd values while pages are read; and how much each read looks at."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.filters import Field, Filter, Term
from core.storage.reader import Reader, reading
from core.tables.definitions import TABLES, Order, TableQuery, TableRecord
from core.tables.paging.pager import Pager
from core.tables.paging.pages import ids_there, whole_record
from core.tables.paging.searching import MOST_LOOKED_AT
from core.time_ranges import DAY, TimeRange
from tests.core.paged import (
    OLDEST,
    START,
    TIME,
    all_pages,
    brute_force,
    fill,
    opened,
    pager_of,
    rows_of,
    steady,
    walk,
)
from tests.core.rows import BOT, LOOSE, SEED, create


def watched(reader: Reader) -> list[int]:
    """Steps of SQLite's machine (in thousands) that each statement takes from now on."""
    steps: list[int] = [0]

    def step() -> int:
        steps[-1] += 1
        return 0

    connection = reader.database.connection()
    connection.set_trace_callback(lambda _statement: steps.append(0))
    connection.set_progress_handler(step, 1_000)
    return steps


RARE = [
    pytest.param((Filter.of(text="needle"),), None, id="rare word"),
    pytest.param((), TimeRange(START + 30_000 * 60, START + 40_000 * 60), id="span"),
    pytest.param((Filter.of(user="7"),), None, id="rare user"),
    pytest.param((Filter.of(user="1", text="needle"),), None, id="common user, rare word"),
    pytest.param((Filter((Term(Field.USER, "7"), Term(Field.USER, "1"))), Filter.of(outcome="failed")), None, id="two"),
    pytest.param((Filter.of(id=17),), None, id="one id"),
    pytest.param((Filter.of(text="needle"),), TimeRange(START + 600, START + 3e6), id="word in a span"),
]


@pytest.mark.parametrize(("chosen", "span"), RARE)
@pytest.mark.parametrize("analysed", [False, True])
@pytest.mark.parametrize("indexes", [(), ("timestamp", "user_id"), ("user_id", "command_name", "execution_time")])
def test_reads_look_at_a_bounded_number_of_rows(
    tmp_path: Path, chosen: Any, span: Any, analysed: bool, indexes: tuple[str, ...]
) -> None:
    path = tmp_path / "analytics.db"
    create(path, BOT)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) INSERT INTO command_usage"
            " (command_name, user_id, timestamp, success) SELECT CASE i WHEN 31007 THEN 'needle' ELSE 'comfy' END,"
            f" CASE i % 20000 WHEN 7 THEN '7' ELSE '1' END, {START} + i * 60, i % 30000 <> 5 FROM n"
        )
        for name in indexes:
            connection.execute(f"CREATE INDEX ix_{name} ON command_usage ({name})")
        if analysed:
            connection.execute("ANALYZE")
    with reading(path) as reader:
        pager = pager_of(reader, TableQuery("commands", span, chosen))
        expected = brute_force(reader, TableQuery("commands", span, chosen))
        steps = watched(reader)
        assert walk(pager) == expected
        pager.extent()
        pager.newer_than(1)
    assert max(steps) <= MOST_LOOKED_AT * 40 / 1_000, "a full scan takes ten times as many"


def test_an_index_leads_straight_to_a_rare_user(tmp_path: Path) -> None:
    rows = [(number, START + number, "comfy", "7" if number % 29_000 == 5 else "1") for number in range(1, 60_001)]
    path = fill(tmp_path / "analytics.db", BOT, rows)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX mine ON command_usage (user_id)")
    with reading(path) as reader:
        pages = list(pager_of(reader, TableQuery("commands", filters=(Filter.of(user="7"),))).pages(None))
    assert rows_of(iter(pages)) == [58_005, 29_005, 5]
    assert len(pages) == 1


def test_a_search_says_how_far_it_has_come_and_can_be_stopped(tmp_path: Path) -> None:
    path = fill(tmp_path / "analytics.db", BOT, steady(40_000))
    with reading(path) as reader, closing(sqlite3.connect(path, timeout=0.0)) as writer:
        pager = pager_of(reader, TableQuery("commands", filters=(Filter.of(text="nowhere"),)))
        pages = list(pager.pages(None))
        shares = [page.searched for page in pages]
        moments = [page.moment for page in pages if page.moment is not None]
        assert shares == sorted(shares) and shares[0] < 0.1 and shares[-1] == 1.0
        assert moments == sorted(moments, reverse=True) and len(moments) >= len(pages) - 1
        assert [page.ended for page in pages] == [False] * (len(pages) - 1) + [True]
        search = pager.pages(None)
        reached = next(search).reached
        search.close()
        with writer:
            writer.execute("DELETE FROM command_usage WHERE id = 1")
        assert next(pager.pages(reached)).searched > shares[0]


def test_a_writer_commits_between_any_two_chunks_and_its_rows_come_on_top(tmp_path: Path) -> None:
    path = fill(tmp_path / "analytics.db", BOT, steady(12_000))
    with reading(path) as reader, closing(sqlite3.connect(path, timeout=0.0)) as writer:
        pager = pager_of(reader, TableQuery("commands", filters=(Filter.of(user="1"),)))
        newest, found, written = pager.extent().newest, [], 0
        for page in all_pages(pager, older=True, count=500):
            found += [record.id for _, record in page.rows]
            with writer:
                writer.execute(
                    "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('new', ?, ?, 1)",
                    ("1" if written % 2 else "2", START + 10**6 + written),
                )
            written += 1
        assert found == list(range(12_000, 0, -1))
        assert written > 20
        new = [record.id for _, record in pager.newer_than(newest)]
        assert new == [newest + each for each in range(written, 0, -1) if each % 2 == 0]
        assert pager.newer_than(newest, most=2) == pager.newer_than(newest)[:2]
        assert pager.newer_than(newest + written) == ()
        assert pager.extent().newest == newest + written
        assert next(pager.pages(None, count=1)).rows[0][1].id == new[0]
        before = pager_of(reader, TableQuery("commands", order=OLDEST), upto=newest)
        assert walk(before)[-1] == newest


def test_new_rows_in_the_order_of_the_oldest_come_last(tmp_path: Path) -> None:
    with opened(steady(10)) as reader:
        pager = pager_of(reader, TableQuery("commands", order=OLDEST))
        assert [record.id for _, record in pager.newer_than(7)] == [8, 9, 10]
        assert [record.id for _, record in pager.newer_than(7, most=2)] == [9, 10]


@pytest.mark.parametrize("order", [TIME, Order("command")])
def test_rows_that_are_gone_are_left_out(tmp_path: Path, order: Order) -> None:
    path = fill(tmp_path / "analytics.db", BOT, steady(50))
    with reading(path) as reader, closing(sqlite3.connect(path)) as writer:
        pager = pager_of(reader, TableQuery("commands", order=order))
        first = next(pager.pages(None, count=10))
        assert first.reached is not None
        with writer:
            writer.execute("DELETE FROM command_usage WHERE id BETWEEN 20 AND 45")
        assert walk(pager, start=first.reached, count=7) == list(range(19, 0, -1))
        assert ids_there(reader, "commands", range(1, 51)) == {*range(1, 20), *range(46, 51)}
        assert whole_record(reader, "commands", 30) is None
        with writer:
            writer.execute("DELETE FROM command_usage")
        assert walk(pager) == []


def test_a_reset_while_it_is_open(tmp_path: Path) -> None:
    path = fill(tmp_path / "analytics.db", BOT, steady(9_000))
    with reading(path) as reader, closing(sqlite3.connect(path)) as writer:
        pager = pager_of(reader, TableQuery("commands"))
        assert pager.extent().rows == 9_000
        with writer:
            writer.execute("DELETE FROM command_usage")
            writer.execute(
                "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('a', '1', ?, 1)",
                (START + 10**7,),
            )
        assert walk(pager) == [9_001]
        assert pager.extent().rows == 1
        assert walk(pager, start=pager.key_at(0.5)) == [9_001]


def test_values_that_make_no_sense_are_none_and_text_is_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, LOOSE)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success, execution_time)"
            " VALUES (CAST(X'66ff6f' AS TEXT), 5, 'yesterday', NULL, 'fast'), (X'00ff', '', 1.75e12, 0, 2)"
        )
        connection.execute(
            "INSERT INTO image_stats (user_id, prompt, loras, timestamp, generation_time, upscale_factor)"
            " VALUES ('1', ?, '[\"a\", 2]', ?, 0.0, 1.5), ('1', NULL, 'not json', ?, 3, NULL)",
            ("\N{FOX FACE}" * 60_000, START, START),
        )
    with reading(path) as reader:
        commands = [record for page in Pager(reader, TableQuery("commands")).pages(None) for _, record in page.rows]
        assert commands[0].values == (None, "\0\ufffd", "", None, None, 2.0, False, 2)
        assert commands[1].values == (None, "f\ufffdo", "5", None, None, None, True, 1)
        images = [record for page in Pager(reader, TableQuery("images")).pages(None) for _, record in page.rows]
        assert images[0].values[2:9] == (None, None, ("not json",), None, None, "standard", 3.0)
        assert images[1].values[2:9] == ("\N{FOX FACE}" * 500, None, ("a", "2"), None, 1.5, "standard", None)
        whole = whole_record(reader, "images", 1)
        assert whole is not None and whole.values[2] == "\N{FOX FACE}" * 60_000
        pages = Pager(reader, TableQuery("images"), whole=True).pages(None)
        assert [record for page in pages for _, record in page.rows][1] == whole
        for column in TABLES["images"].columns:
            assert sorted(walk(pager_of(reader, TableQuery("images", order=Order(column.key))))) == [1, 2]


def test_columns_that_the_file_lacks_are_read_as_their_default(tmp_path: Path) -> None:
    path = tmp_path / "analytics.db"
    create(path, SEED)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO image_stats (user_id, timestamp) VALUES ('1', ?)", (START,))
        connection.execute("DROP TABLE user_activity")
        connection.execute("DROP TABLE daily_stats")
    with reading(path) as reader:
        ((page,), activity) = (
            list(Pager(reader, TableQuery("images")).pages(None)),
            Pager(reader, TableQuery("activity")),
        )
        values = dict(zip((each.key for each in TABLES["images"].columns), page.rows[0][1].values, strict=True))
        assert (values["type"], values["seconds"], values["media"], values["id"]) == ("standard", None, "image", 1)
        assert {values[each.key] for each in TABLES["images"].columns if each.came_later} == {None}
        assert walk(activity) == [] and activity.key_at(0.5) in (-1, 1) and activity.extent().rows == 0
        assert activity.share_of(5) == 0.0 and activity.moment_at(0.5) is None and activity.newer_than(0) == ()
        days = pager_of(reader, TableQuery("days"))
        assert walk(days) == [] and days.key_at(1.0) == -1 and days.share_of(3) == 0.0
        assert whole_record(reader, "activity", 1) is None and whole_record(reader, "days", "2025-01-01") is None


def days(path: Path, dates: Sequence[str]) -> Path:
    create(path, BOT)
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, date in enumerate(dates):
            connection.execute(
                "INSERT INTO daily_stats VALUES (?, ?, 1, 1, 0, '{\"comfy\": 2}', NULL)", (date, number % 3)
            )
    return path


def test_days_are_ordered_by_date_or_by_value(tmp_path: Path) -> None:
    dates = [f"2025-{month:02d}-{day:02d}" for month in range(1, 13) for day in range(1, 29)]
    with reading(days(tmp_path / "analytics.db", dates)) as reader:
        newest = pager_of(reader, TableQuery("days"))
        assert walk(newest, count=10) == walk(newest, older=False, count=9) == dates[::-1]
        assert walk(pager_of(reader, TableQuery("days", order=OLDEST))) == dates
        record = next(newest.pages(None, count=1)).rows[0][1]
        assert record == TableRecord("2025-12-28", ("2025-12-28", 2, 1, 1, None, '{"comfy": 2}', None))
        assert whole_record(reader, "days", "2025-12-28") == record
        assert ids_there(reader, "days", ["2025-12-28", "2025-12-29"]) == {"2025-12-28"}
        by_commands = walk(pager_of(reader, TableQuery("days", order=Order("commands"))))
        assert by_commands == [
            day for rest in (2, 1, 0) for n, day in reversed(list(enumerate(dates))) if n % 3 == rest
        ]
        assert walk(pager_of(reader, TableQuery("days", filters=(Filter.of(text="2025-03"),)))) == dates[83:55:-1]


def test_a_span_of_days_follows_the_zone(tmp_path: Path) -> None:
    with reading(days(tmp_path / "analytics.db", ["2025-06-19", "2025-06-20", "2025-06-21"])) as reader:
        start = datetime(2025, 6, 20, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()
        span = TimeRange(start, start + DAY)
        there = TableQuery("days", span, zone=ZoneInfo("Europe/Berlin"))
        assert walk(pager_of(reader, there)) == ["2025-06-20"]
        assert walk(pager_of(reader, TableQuery("days", span))) == ["2025-06-20", "2025-06-19"]
        assert len(walk(pager_of(reader, TableQuery("days", TimeRange(-math.inf, math.inf))))) == 3
