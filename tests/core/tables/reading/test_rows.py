"""What a table's requests are answered with, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.storage.location import Location
from core.tables.definitions import Order, TableQuery
from core.tables.reading.messages import (
    AtShare,
    Beyond,
    MatchesResult,
    Result,
    RowsDone,
    RowsRequest,
    RowsResult,
    SortingResult,
    Target,
)
from core.tables.reading.rows import RowReader
from tests.core.paged import START, fill
from tests.core.rows import BOT

ROWS = 3_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Commands whose durations fall as their ids rise."""
    rows = [(number, START + number, "comfy", "1", float(ROWS - number)) for number in range(1, ROWS + 1)]
    return fill(tmp_path / "analytics.db", BOT, rows)


@pytest.fixture
def first_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 0)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", 500)


def answers(reader: RowReader, told: list[Result], target: Target) -> Iterator[Result]:
    """What comes of a request for 80 rows in the order of the duration, until it is done."""
    told.clear()
    reader.take(RowsRequest(1, TableQuery("commands", order=Order("duration")), target, 80))
    while not any(isinstance(each, RowsDone) for each in told):
        reader.turn()
    return (each for each in told if not isinstance(each, MatchesResult))


@pytest.mark.usefixtures("first_only")
@pytest.mark.parametrize("target", [AtShare(0.5), Beyond(None, older=False)])
def test_a_jump_beyond_the_first_rows_says_how_far_the_sorting_is(path: Path, target: Target) -> None:
    told = list[Result]()
    reader = RowReader(told.append)
    reader.open(Location(path=path))
    first = [each for each in answers(reader, told, Beyond(None)) if isinstance(each, RowsResult)]
    assert [record.id for _, record in first[0].page.rows] == list(range(1, 81))
    *sorting, page, done = answers(reader, told, target)
    shares = [each.progress.share for each in sorting if isinstance(each, SortingResult)]
    assert len(shares) == len(sorting) > 1 and shares == sorted(shares)
    assert isinstance(page, RowsResult) and isinstance(done, RowsDone)
    begin = ROWS // 2 + 1 if isinstance(target, AtShare) else ROWS - 79
    assert [record.id for _, record in page.page.rows] == list(range(begin, begin + 80))
    assert page.extent.exact
    reader.end()


@pytest.mark.usefixtures("first_only")
def test_a_page_among_the_first_rows_waits_for_no_sorting(path: Path) -> None:
    told = list[Result]()
    reader = RowReader(told.append)
    reader.open(Location(path=path))
    list(answers(reader, told, Beyond(None)))
    kinds = {type(each) for each in answers(reader, told, Beyond(79))}
    assert kinds == {RowsResult, RowsDone}
    reader.end()
