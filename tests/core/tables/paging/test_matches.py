"""How many rows match: counted chunk by chunk, with gaps, and with what comes in meanwhile and later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.filters import Filter
from core.storage.location import Location
from core.storage.reader import Reader, open_for_reading
from core.tables.definitions import Order, TableQuery
from core.tables.paging import by_time
from core.tables.paging.matches import MatchCount
from core.tables.paging.pager import Pager
from core.time_ranges import TimeRange
from tests.core import deployed

START = 1_790_000_000.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """5,000 commands a second apart, of which every tenth failed, and a gap of a million ids in their middle."""
    made = deployed.create(tmp_path / "analytics.db")
    deployed.fill(made, commands=5_000, start=START)
    with closing(sqlite3.connect(made)) as connection, connection:
        connection.execute("UPDATE command_usage SET id = id + 1000000 WHERE id > 2500")
    return made


@pytest.fixture
def reader(path: Path) -> Iterator[Reader]:
    with closing(open_for_reading(Location(path=path))) as opened:
        yield opened


def counted(pager: Pager) -> MatchCount:
    found = pager.matches()
    assert found is not None
    while not found.whole:
        before = found.share
        found.step()
        assert found.share > before
    return found


def query(text: str = "", span: TimeRange | None = None, order: Order | None = None) -> TableQuery:
    filters = (Filter.of(outcome=text),) if text else ()
    return TableQuery("commands", span, filters, order or Order())


@pytest.mark.parametrize(
    ("asked", "matches"),
    [
        (query(), 5_000),
        (query("failed"), 500),
        (query(span=TimeRange(START + 100, START + 1_100)), 1_000),
        (query("failed", TimeRange(START + 100, START + 4_100)), 400),
        (query("failed", order=Order("duration")), 500),
        (query(order=Order("duration", descending=False)), 5_000),
        (TableQuery("commands", filters=(Filter.of(user="6"), Filter.of(command="video"))), 17),
        (TableQuery("commands", filters=(Filter.of(command="nosuch"),)), 0),
        (TableQuery("images"), 0),
        (TableQuery("days"), 0),
    ],
)
def test_every_match_is_counted_once(reader: Reader, asked: TableQuery, matches: int) -> None:
    found = counted(Pager(reader, asked))
    assert (found.found, found.share) == (matches, 1.0)


def test_what_comes_in_later_is_counted_beside_it(reader: Reader, path: Path) -> None:
    pager = Pager(reader, query("failed"))
    found = counted(pager)
    deployed.fill(path, commands=20, start=START + 5_000)
    found.go_on(pager.extent().newest)
    assert not found.whole
    while not found.whole:
        found.step()
    assert found.found == 502
    found.go_on(pager.extent().newest)
    assert found.whole, "nothing is counted twice"


def test_too_many_rows_are_not_counted_where_nothing_is_filtered(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_time, "MOST_COUNTED", 4_000)
    assert Pager(reader, query()).matches() is None
    assert counted(Pager(reader, query("failed"))).found == 500
