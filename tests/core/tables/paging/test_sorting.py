"""Sorted tables: the first rows before all have their rank, and what comes or fails meanwhile."""

from __future__ import annotations

import gc
import sqlite3
import tempfile
from collections import deque
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pytest

from core.filters import Filter
from core.storage.reader import Reader, reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging.pager import Pager
from core.tasks import Progress, finish
from tests.core.paged import (
    START,
    brute_force,
    opened,
    pager_of,
    rows_of,
    steady,
    walk,
)
from tests.core.rows import LOOSE, OURS, create
from tests.core.stored import change

SECONDS = (None, 0.0, 2.5, 7, 7, -1.0, "fast", 86_400.5, 0.125, 3)


def timed(number: int) -> list[tuple[Any, ...]]:
    """Commands with durations, many of them alike, some unknown or absurd, and gaps between the ids."""
    return [
        (each + each // 500 * 3_000, START + each * 60, "comfy", "1", SECONDS[each * 7 % 10] if each % 3 else each)
        for each in range(1, number + 1)
    ]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("chosen", [(), (Filter.of(user="1"), Filter.of(slower=1.0))])
def test_the_first_rows_are_those_of_all(
    descending: bool, chosen: tuple[Filter, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 500)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", 90)
    monkeypatch.setattr("core.tables.paging.leaders._CHUNK", (40, 20))
    query = TableQuery("commands", filters=chosen, order=Order("duration", descending))
    with opened(timed(3_000), LOOSE) as reader:
        expected = brute_force(reader, query)
        pager = pager_of(reader, query)
        count = pager.matches()
        assert count is not None and not count.whole, "all of them are sorted later"
        assert rows_of(pager.pages(None, count=80)) == expected[:80]
        assert not count.whole
        while not count.whole:
            count.step()
        assert (count.found, count.share) == (len(expected), 1.0)
        assert walk(pager) == expected
        assert walk(pager_of(reader, query), count=70) == expected
        assert rows_of(pager_of(reader, query).pages(None, older=False, count=30)) == expected[-30:]
        jumped = pager_of(reader, query)
        assert walk(jumped, start=jumped.key_at(0.0)) == expected


def test_a_row_that_comes_while_the_rest_is_sorted_moves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 500)
    query = TableQuery("commands", order=Order("duration"))
    with opened(timed(1_000), LOOSE) as reader:
        expected, pager = brute_force(reader, query), pager_of(reader, query)
        assert reader.location.path is not None
        change(
            reader.location.path,
            "INSERT INTO command_usage SELECT 900000, command_name, user_id, guild_id, channel_id, timestamp, 86000.0,"
            " success FROM command_usage LIMIT 1",
        )
        assert pager.news(expected[0]).found
        assert walk(pager, count=300) == expected
        assert walk(pager_of(reader, query))[0] == 900_000


def test_columns_that_are_unknown_everywhere_are_in_the_order_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 500)
    with opened(steady(2_000)) as reader:
        pager = pager_of(reader, TableQuery("commands", order=Order("duration")))
        assert rows_of(pager.pages(None, count=3)) == [2_000, 1_999, 1_998]


def test_a_fault_while_the_rest_is_sorted_can_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 500)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", 50)
    query = TableQuery("commands", order=Order("duration"))
    with opened(timed(2_000), LOOSE) as reader:
        expected, pager = brute_force(reader, query), pager_of(reader, query)
        count = pager.matches()
        assert count is not None
        count.step()
        with monkeypatch.context() as patched:
            patched.setattr(Reader, "rows", locked)
            with pytest.raises(OSError, match="locked"):
                count.step()
        while not count.whole:
            count.step()
        assert walk(pager) == expected


@pytest.mark.parametrize("steps", [2, 8, 10**9])
def test_keys_in_a_file_are_let_go_of_wherever_the_sorting_ends(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.paging.buckets.MOST_BYTES", 0)
    monkeypatch.setattr("core.tables.paging.buckets._AT_ONCE", 100)
    files = list[IO[bytes]]()
    make = tempfile.TemporaryFile
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **how: files.append(make(**how)) or files[-1])
    rows = [(row[0], row[1], "comfy", f"{row[0] * 7919 % 3_001}") for row in steady(3_000)]
    with opened(rows) as reader:
        query = TableQuery("commands", order=Order("user"))
        pager = Pager(reader, query)
        sorting = pager.prepare()
        deque(islice(sorting, steps), maxlen=0)
        sorting.close()
        del pager
        gc.collect()
        assert [file.closed for file in files] == [True]
        assert walk(pager_of(reader, query)) == brute_force(reader, query)


def locked(*_: object) -> list[tuple[Any, ...]]:
    raise OSError("locked")


def test_sorting_says_how_far_it_is() -> None:
    with opened(steady(30_000)) as reader:
        pager, told = Pager(reader, TableQuery("commands", order=Order("user"))), list[Progress]()
        finish(pager.prepare(), told.append)
    shares = [progress.share for progress in told]
    assert shares == sorted(shares) and 0 < shares[0] < 0.1 and shares[-1] == 0.95
    assert told[-1].words == "30,000 rows"


def test_an_unknown_table_or_column_is_a_bug_of_the_caller() -> None:
    with opened([]) as reader:
        with pytest.raises(KeyError):
            Pager(reader, TableQuery("nothing"))
        with pytest.raises(KeyError):
            Pager(reader, TableQuery("commands", order=Order("prompt")))


IMAGES = (
    (None, None, None, "standard", 0),
    ('["Ink", "b"]', "video", "\udcff", "", 1),
    ("[]", "512x512", "雪", "UPSCALED", None),
    ('[["ink", 0.5]]', "1024x1024", "雪の夜", None, "0"),
    ('[{"name": "\\ud83d", "strength": 1}]', "", "Снег", "img2img", 2),
    ("not json", b"video", "снег", "x", 0),
)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("key", ["loras", "strengths", "type", "media", "resolution", "prompt", "upscale", "user"])
def test_the_first_rows_by_any_column_are_those_of_all(
    tmp_path: Path, key: str, descending: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, query = tmp_path / "analytics.db", TableQuery("images", order=Order(key, descending))
    create(path, OURS)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO image_stats (user_id, timestamp, loras, resolution, prompt, generation_type, is_video,"
            " upscale_factor) VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?)",
            [
                (number % 3, START + number, *row[:2], row[2] and row[2].encode(errors="surrogateescape"), *row[3:], 1)
                for number in range(400)
                for row in [IMAGES[(number * 7 + number // 9) % 6]]
            ],
        )
    monkeypatch.setattr("core.tables.paging.leaders._CHUNK", (30, 20))
    monkeypatch.setattr("core.tables.paging.leaders._MOST_BEATEN", 2)
    with reading(path) as reader:
        expected = walk(pager_of(reader, query))
        assert len(expected) == 400
        monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 0)
        for most in (7, 90, 1_000):
            monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", most)
            pager = pager_of(reader, query)
            first = rows_of(pager.pages(None, count=min(most, 300)))
            assert first == expected[: len(first)] and len(first) == min(most, 300)
            count = pager.matches()
            assert count is not None and not count.whole, "they were found without the others"
