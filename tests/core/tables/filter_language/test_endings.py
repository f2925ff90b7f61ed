"""What is seen of an id can be typed: its end finds the rows of whoever has it, in the table and in what is counted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.filters import Field, Filter, Term
from core.storage.location import Location
from core.storage.reader import open_for_reading
from core.tables.definitions import TableQuery
from core.tables.filter_language.parsing import parse
from core.tables.filter_language.wording import chip, in_words
from core.tables.paging.pager import Pager
from tests.core import deployed

UTC = ZoneInfo("UTC")
ANNA, OTTO, TEST = "273849283749283158", "100000000000003159", "3158"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("user:3158", "…3158"),
        ("user:…3158", "…3158"),
        ("user:...58", "…58"),
        (f"user:{ANNA}", ANNA),
        ('user:"3158"', "3158"),
        ("user:77", "77"),
        ("user:<@3158>", "3158"),
        ("user:anna", "anna"),
    ],
)
def test_the_end_of_an_id_is_told_from_a_whole_one(text: str, value: str) -> None:
    assert parse(text, UTC, 0.0).filter.terms == (Term(Field.USER, value),)


@pytest.mark.parametrize("value", ["…3158", "3158", ANNA, "77", "…"])
@pytest.mark.parametrize("field", [Field.USER, Field.GUILD, Field.CHANNEL])
def test_both_are_written_so_that_they_are_read_alike(field: Field, value: str) -> None:
    chosen = Filter((Term(field, value), Term(field, value, excluded=True)))
    assert parse(in_words(chosen, UTC), UTC, 0.0).filter == chosen


def test_a_chip_says_it_as_the_table_does() -> None:
    assert chip(Term(Field.USER, "…3158"), UTC) == "user …3158"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("user:3158", {ANNA, TEST}),
        ("-user:3158", {OTTO}),
        ("…3158", {ANNA, TEST}),
        ('user:"3158"', {TEST}),
        ("user:3158 user:3159", {ANNA, OTTO, TEST}),
        ("user:…%", set()),
        ("guild:4821", {OTTO}),
        ("channel:7731", {ANNA}),
    ],
)
def test_rows_are_found_by_the_end_of_an_id(tmp_path: Path, text: str, found: set[str]) -> None:
    path = deployed.create(tmp_path / "analytics.db")
    rows = ((ANNA, None, "300000000000007731"), (OTTO, "200000000000004821", None), (TEST, None, None))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "INSERT INTO command_usage (command_name, user_id, guild_id, channel_id, timestamp, success)"
            " VALUES ('comfy', ?, ?, ?, 1790000000.0, 1)",
            rows,
        )
    with closing(open_for_reading(Location(path=path))) as reader:
        pager = Pager(reader, TableQuery("commands", filters=(parse(text, UTC, 0.0).filter,)))
        users = {record.values[2] for page in pager.pages(None) for _, record in page.rows}
    assert users == found
