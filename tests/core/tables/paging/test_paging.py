"""Pages are every row once and in order: compared with brute force, over gaps and clocks that step back."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.filters import EVERYTHING, Field, Filter, Term
from core.tables.definitions import Order, TableQuery
from core.time_ranges import DAY, HOUR, TimeRange
from tests.core.paged import (
    OLDEST,
    START,
    TIME,
    brute_force,
    opened,
    pager_of,
    rows_of,
    steady,
    walk,
)
from tests.core.rows import ABSURD_MOMENTS, BOT, LOOSE, OURS, Schema, quick

NAMES = (
    *(
        "comfy",
        "Comfy",
        "stats",
        "ß",
        "SS",
        "x" * 600,
        "X" * 39 + "é",
        "x" * 40 + "é",
        b"comfy",
        b"\xff\x00",
        b"",
        "z",
        "",
    ),
    *(
        "é",
        "É",
        "\N{KELVIN SIGN}",
        "\ufb01",
        "İ",
        "i",
        "Ế",
        "ế",
        "Кот",
        "кот",
        "雪",
        "雪a",
        "雪" * 14,
        "雪" * 20,
        "\U0010ffff",
        "Ⱥ",
    ),
)
"""Letters with a lower case and without, some of which begin as ASCII or in fewer bytes; and bytes."""


@st.composite
def tables(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Rows with gaps between their ids, clocks that step back by hours, and values that make no sense."""
    number, moment, rows = draw(st.integers(1, 10**9)), START, []
    for _ in range(draw(st.integers(0, 40))):
        number += draw(st.sampled_from((1, 1, 1, 1, 2, 90, 400, 3_000, 10**7)))
        moment += draw(st.sampled_from((0.0, 1.0, 60.0, 5 * HOUR, 3 * DAY)))
        seen = st.floats(0, 5.9 * HOUR).map(lambda late, moment=moment: moment - late)
        rows.append(
            (
                number,
                draw(st.one_of(seen, seen, st.just(moment), ABSURD_MOMENTS)),
                draw(st.sampled_from(NAMES)),
                draw(st.sampled_from(("1", "22", "333"))),
                draw(st.sampled_from((None, 0.0, 0.5, 0.5, 7, 86_400.5, -1.0, "fast", math.inf))),
                draw(st.sampled_from((0, 1, 1))),
            )
        )
    return rows


spans = st.one_of(
    st.none(),
    st.tuples(st.floats(-10, 40), st.floats(0.0, 20)).map(
        lambda two: TimeRange(START + two[0] * DAY, START + (two[0] + two[1]) * DAY)
    ),
    st.sampled_from((TimeRange(START + DAY, math.inf), TimeRange(-math.inf, START + 2 * DAY))),
)
filters = st.one_of(
    st.just(()),
    st.lists(
        st.sampled_from(
            (
                Filter.of(user="1"),
                Filter((Term(Field.USER, "1"), Term(Field.USER, "333"))),
                Filter.of(outcome="failed"),
                Filter.of(text="comfy"),
                Filter.of(command="stats"),
                Filter.of(slower=0.1),
                Filter((Term(Field.USER, "22", excluded=True),)),
                EVERYTHING.within(START + DAY, START + 9 * DAY),
                EVERYTHING,
            )
        ),
        max_size=2,
    ).map(tuple),
)
orders = st.builds(Order, st.sampled_from(("time", "id", "command", "duration", "user", "outcome")), st.booleans())


@pytest.mark.slow
@quick(70)
@given(tables(), st.sampled_from((OURS, BOT, LOOSE)), spans, filters, orders, st.integers(1, 9), st.data())
def test_every_row_once_and_in_order_both_ways(
    rows: list[tuple[Any, ...]], schema: Schema, span: Any, chosen: Any, order: Order, count: int, data: st.DataObject
) -> None:
    rows = [(row[0], "NULL" if row[1] is None and schema is not LOOSE else row[1], *row[2:]) for row in rows]
    with opened(rows, schema) as reader:
        query = TableQuery("commands", span, chosen, order)
        expected = brute_force(reader, query)
        pager = pager_of(reader, query)
        assert walk(pager, older=True, count=count) == expected
        assert walk(pager, older=False, count=count) == expected
        if expected:
            place = data.draw(st.integers(0, len(expected) - 1))
            keys = {record.id: key for page in pager.pages(None, count=len(expected)) for key, record in page.rows}
            middle = keys[expected[place]]
            assert walk(pager, older=True, count=count, start=middle) == expected[place + 1 :]
            assert walk(pager, older=False, count=count, start=middle) == expected[:place]


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 200_000])
def test_a_name_of_no_bytes_comes_first_as_it_is_shown(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 0)
    monkeypatch.setattr("core.tables.paging.by_rank._LEADERS", most)
    rows = [(2, START, "comfy", "1", None, 0), (3, START, b"", "1", None, 0)]
    with opened(rows, LOOSE) as reader:
        pager = pager_of(reader, TableQuery("commands", None, (), Order("command", False)))
        assert walk(pager, count=1) == [3, 2]


@pytest.mark.slow
@quick(70)
@given(tables(), st.sampled_from((BOT, LOOSE)), filters, orders, st.integers(1, 6))
def test_the_first_rows_are_found_without_the_others(
    rows: list[tuple[Any, ...]], schema: Schema, chosen: Any, order: Order, most: int
) -> None:
    rows = [(row[0], "NULL" if row[1] is None and schema is not LOOSE else row[1], *row[2:]) for row in rows]
    with pytest.MonkeyPatch.context() as patched, opened(rows, schema) as reader:
        patched.setattr("core.tables.paging.by_rank._QUICKLY_SORTED", 0)
        patched.setattr("core.tables.paging.by_rank._LEADERS", most)
        patched.setattr("core.tables.paging.leaders._CHUNK", (3, 2))
        query = TableQuery("commands", None, chosen, order)
        expected, pager = brute_force(reader, query), pager_of(reader, query)
        assert rows_of(pager.pages(None, count=most)) == expected[:most]
        assert walk(pager_of(reader, query), count=most) == expected


@pytest.mark.slow
@quick(40)
@given(tables(), st.booleans(), st.floats(0, 1))
def test_a_share_begins_with_its_row(rows: list[tuple[Any, ...]], descending: bool, share: float) -> None:
    rows = [(row[0], "NULL" if row[1] is None else row[1], *row[2:]) for row in rows]
    counted = not rows or rows[-1][0] - rows[0][0] < 4_000
    with opened(rows, BOT) as reader:
        for column in ("time", "user"):
            pager = pager_of(reader, TableQuery("commands", order=Order(column, descending)))
            everything, key = walk(pager), pager.key_at(share)
            found = walk(pager, start=key)
            if counted or column == "user":
                assert found == everything[min(int(share * len(rows) + 1e-6), max(len(rows) - 1, 0)) :]
            assert bool(found) == bool(rows)
            assert found == everything[len(everything) - len(found) :]
            assert 0 <= pager.share_of(key) <= 1


def gapped() -> list[tuple[Any, ...]]:
    return [
        *steady(3_000),
        *[(80_000_000 + number, START + (3_000 + number) * 60) for number in range(5_000)],
        *[(80_009_000 + number, START + (8_000 + number) * 60) for number in range(2_000)],
    ]


@pytest.mark.parametrize("descending", [True, False])
def test_shares_are_of_rows_and_gaps_of_ids_take_no_room(descending: bool) -> None:
    with opened(gapped(), BOT) as reader:
        pager = pager_of(reader, TableQuery("commands", order=Order("time", descending)))
        everything = walk(pager)
        extent = pager.extent()
        assert extent.newest == 80_010_999
        assert abs(extent.rows - 10_000) < 500
        for share in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0):
            (page,) = pager.pages(pager.key_at(share), count=1)
            ((key, record),) = page.rows
            place = everything.index(record.id) / len(everything)
            assert abs(place - share) < 0.05, share
            assert abs(pager.share_of(key) - share) < 0.05
            moment = pager.moment_at(share)
            assert moment is not None and record.values[0] is not None
            assert abs(moment - record.values[0]) <= 600


def test_gaps_of_millions_of_ids_are_stepped_over() -> None:
    rows = [*steady(300), *[(80_000_000 + n, START + DAY + n) for n in range(300)]]
    with opened(rows, BOT) as reader:
        for order in (TIME, OLDEST):
            pager = pager_of(reader, TableQuery("commands", filters=(Filter.of(text="comfy"),), order=order))
            chunks = list(pager.pages(None, count=1_000))
            assert len(rows_of(iter(chunks))) == 600
            assert len(chunks) < 20, "read id by id it would be thousands"


@pytest.mark.parametrize("schema", [OURS, BOT], ids=["index", "no index"])
@pytest.mark.parametrize("minutes", [(690, 720), (900, 1_000), (0, 710), (995, 5_000)])
def test_a_clock_that_stepped_back_by_hours_hides_no_row(schema: Schema, minutes: tuple[int, int]) -> None:
    rows = [*steady(1_000), *[(1_001 + n, START + (700 + n) * 60) for n in range(1_000)]]
    span = TimeRange(START + minutes[0] * 60, START + minutes[1] * 60)
    expected = [number for number, moment in reversed(rows) if span.start <= moment < span.end]
    with opened(rows, schema) as reader:
        assert walk(pager_of(reader, TableQuery("commands", span))) == expected
        limits = TableQuery("commands", filters=(EVERYTHING.within(span.start, span.end),))
        assert walk(pager_of(reader, limits)) == expected


def test_with_an_index_the_rows_of_a_range_are_counted() -> None:
    rows = steady(20_000)
    span = TimeRange(START + 60 * 3_000, START + 60 * 12_345)
    with opened(rows) as reader:
        extent = pager_of(reader, TableQuery("commands", span)).extent()
        assert (extent.rows, extent.exact) == (9_345, True)
    with opened(rows, BOT) as reader:
        extent = pager_of(reader, TableQuery("commands", span)).extent()
        assert not extent.exact
        assert extent.rows == pytest.approx(9_345, rel=0.05)


LATE = {
    "another bot's file was appended": [*steady(9_000), *steady(9_000, first=9_001)],
    "old rows came last": [*steady(9_000, first=1), *((9_001 + n, START + n * 7.0) for n in range(3_000))],
    "old rows came in between": [
        *steady(6_000),
        *((6_001 + n, START + 3_000 + n) for n in range(2_000)),
        *((8_001 + n, START + 360_000 + n * 60) for n in range(6_000)),
    ],
}


@pytest.mark.parametrize("whole", [False, True], ids=["table", "export"])
@pytest.mark.parametrize("hours", [(0, 1), (1, 2), (40, 43), (149, 150), (140, math.inf), (-math.inf, 3)], ids=str)
@pytest.mark.parametrize("rows", LATE.values(), ids=LATE)
def test_rows_that_came_late_are_found_wherever_their_ids_are(
    rows: list[tuple[Any, ...]], hours: tuple[float, float], whole: bool
) -> None:
    span = TimeRange(START + hours[0] * HOUR, START + hours[1] * HOUR)
    with opened(rows) as reader:
        pager = pager_of(reader, TableQuery("commands", span), whole=whole)
        expected = sorted((row[0] for row in rows if span.start <= row[1] < span.end), reverse=True)
        assert expected
        assert walk(pager) == expected


@pytest.mark.parametrize("descending", [True, False])
def test_from_a_moment_on(descending: bool) -> None:
    with opened(steady(5_000), BOT) as reader:
        pager = pager_of(reader, TableQuery("commands", order=Order("time", descending)))
        for number in (0, 1, 2_345, 4_999):
            (page,) = pager.pages(pager.key_at_time(START + number * 60), count=1)
            assert [record.id for _, record in page.rows] == [number + 1]
        before, after = pager.key_at_time(START - DAY), pager.key_at_time(START + 5_000 * DAY)
        assert walk(pager, start=before) == ([] if descending else walk(pager))
        assert walk(pager, start=after) == (walk(pager) if descending else [])
