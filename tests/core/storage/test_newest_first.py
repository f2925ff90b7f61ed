"""History read from its end: what is said to be known is known."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.coverage import Coverage
from core.models import CommandUsage
from core.storage import chunked_reads
from core.storage.chunked_reads import RowQuery
from core.storage.newest_first import newest_first, together
from core.storage.reader import reading
from core.storage.seeks import IdSpan
from core.time_ranges import TimeRange
from tests.core import deployed

START = 1_790_000_000.0
INDEX = "CREATE INDEX by_time ON command_usage (timestamp)"
FIELDS = (CommandUsage.timestamp,)


@pytest.fixture(autouse=True)
def _short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked_reads.ChunkSize.__init__, "__defaults__", (50, 50, 50, 0.015, 0.0))


@pytest.fixture(params=["by id", "by time"])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Two thousand commands, some of them at the same moment, with gaps in their ids."""
    path = deployed.create(tmp_path / "analytics.db")
    dice, moment = random.Random(1), START
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(2_000):
            moment += dice.choice((0.0, 0.0, 1.0, 30.0, 4_000.0))
            row = (number * 7 + (5_000 if number > 900 else 0) + 1, "comfy", "1", moment, 1)
            connection.execute(
                "INSERT INTO command_usage (id, command_name, user_id, timestamp, success) VALUES (?, ?, ?, ?, ?)", row
            )
        if request.param == "by time":
            connection.execute(INDEX)
    return path


@pytest.mark.parametrize("begin", [0.0, START + 100_000])
def test_every_row_since_the_moment_that_is_told_has_been_given(path: Path, begin: float) -> None:
    with closing(sqlite3.connect(path)) as connection:
        times = [moment for (moment,) in connection.execute("SELECT timestamp FROM command_usage")]
    wanted, given, known = [moment for moment in times if moment >= begin], [], []
    query = RowQuery(CommandUsage, FIELDS, IdSpan(0, 10**6), TimeRange(begin, float("inf")))
    with reading(path) as reader:
        for chunk in newest_first(reader, query):
            given += [moment for (moment,) in chunk.rows]
            known.append(chunk.coverage)
            since = chunk.coverage.since
            assert sorted(m for m in given if m >= since) == sorted(m for m in wanted if m >= since)
    assert sorted(given) == sorted(wanted)
    assert known[-1].whole and len(known) > 10
    assert [each.share for each in known] == sorted(each.share for each in known)


def test_tables_are_read_side_by_side(path: Path) -> None:
    fast: Iterator[Coverage] = iter([])
    with reading(path) as reader:
        query = RowQuery(CommandUsage, FIELDS, IdSpan(0, 10**6))
        slow = (chunk.coverage for chunk in newest_first(reader, query))
        told = list(together([(0, fast), (10**6, slow)]))
    assert told[0].pending or told[0].share < 0.5
    assert [each.since for each in told] == sorted((each.since for each in told), reverse=True)
    assert told[-1].whole and not any(each.whole for each in told[:-1])
