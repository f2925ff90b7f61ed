"""The record tables: what their columns are, and what stored values mean."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from core.filters import Field
from core.models import CommandUsage
from core.storage.values import LONGEST_TEXT, Kind, names_of, text_of
from core.tables.definitions import TABLES, TableDefinition, TableQuery, clean, record_of, stored_fields

EVERY = [pytest.param(table, id=key) for key, table in TABLES.items()]


@pytest.mark.parametrize("table", EVERY)
def test_columns_are_told_apart_and_the_first_ones_are_shown(table: TableDefinition) -> None:
    keys = [column.key for column in table.columns]
    assert len(set(keys)) == len(keys)
    assert set(table.default) <= set(keys)
    assert len({column.title for column in table.columns}) == len(keys)
    assert table.column("time") is table.columns[0]
    assert all(column.field.model is table.model for column in table.columns)


@pytest.mark.parametrize("table", EVERY)
def test_a_row_of_nothing_is_a_record_of_nothing(table: TableDefinition) -> None:
    fields = stored_fields(table)
    record = record_of(table, [7] + [None] * (len(fields) - 1))
    assert record.id == 7
    known = {Kind.OUTCOME: True, Kind.MEDIA: "image", Kind.TYPE: "standard"}
    assert record.values == tuple(known.get(column.kind) for column in table.columns)


def test_every_event_has_its_id_and_a_day_its_date() -> None:
    assert [table.columns[-1].key for table in TABLES.values() if table.has_time] == ["id"] * 4
    assert TABLES["days"].columns[0].kind is Kind.DATE and not TABLES["days"].has_time
    assert record_of(TABLES["days"], ["2025-01-01"] * 8).id == "2025-01-01"


@pytest.mark.parametrize("table", EVERY)
def test_a_column_is_filtered_by_at_most_one_field(table: TableDefinition) -> None:
    fields = [column.filter_by for column in table.columns if column.filter_by is not None]
    assert len(set(fields)) == len(fields)
    assert Field.TEXT not in fields


@pytest.mark.parametrize(
    ("key", "column", "stored", "value"),
    [
        ("commands", "time", 1.75e9, 1.75e9),
        ("commands", "time", 1.75e12, None),
        ("commands", "time", "1750000000", None),
        ("commands", "time", math.inf, None),
        ("commands", "duration", 0.0, 0.0),
        ("commands", "duration", -1, None),
        ("commands", "duration", "fast", None),
        ("commands", "duration", math.nan, None),
        ("commands", "outcome", 0, False),
        ("commands", "outcome", "yes", True),
        ("commands", "command", b"a\xff", "a\N{REPLACEMENT CHARACTER}"),
        ("commands", "user", 5, "5"),
        ("images", "seconds", 0.0, None),
        ("images", "seconds", 12, 12.0),
        ("images", "upscale", 2.0, 2),
        ("images", "upscale", 1.5, 1.5),
        ("images", "upscale", 1e300, None),
        ("images", "upscale", "2x", None),
        ("images", "media", "0", "image"),
        ("images", "media", 1, "video"),
        ("images", "type", None, "standard"),
        ("images", "loras", '["a.safetensors", "b"]', ("a.safetensors", "b")),
        ("images", "loras", "[]", ()),
        ("images", "loras", "", ()),
        ("images", "loras", "not json", ("not json",)),
        ("images", "loras", '{"a": 1}', ('{"a": 1}',)),
        ("images", "loras", "[" * 100_000, ("[" * LONGEST_TEXT,)),
        ("images", "prompt", "x" * 1_000, "x" * LONGEST_TEXT),
        ("images", "loras", '["flux\\\\style.pt", "flux/style.pt"]', ("flux/style.pt",)),
        ("images", "loras", '[{"name": "a.pt", "strength": 0.8}, ["b.pt", 1], "<lora:c:0.5>"]', ("a.pt", "b.pt", "c")),
        (
            "images",
            "strengths",
            '[{"name": "a.pt", "strength": 0.8}, ["b.pt", 1], "<lora:c:0.5>"]',
            "a.pt 0.8, b.pt 1, c 0.5",
        ),
        ("images", "strengths", '["a.pt"]', None),
        ("images", "resolution", "video", None),
        ("images", "resolution", "", None),
        ("images", "resolution", b"1:1", "1:1"),
        ("images", "type", "", "standard"),
        ("images", "type", None, "standard"),
        ("images", "id", 2**63 - 1, 2**63 - 1),
        ("days", "commands", -1, None),
        ("days", "commands", 3, 3),
        ("days", "commands", 2.5, None),
        ("days", "seconds", 0, None),
    ],
)
def test_values_mean_what_they_can_mean(key: str, column: str, stored: Any, value: Any) -> None:
    found = clean(TABLES[key].column(column), stored)
    assert found == value and type(found) is type(value)


def test_whole_values_are_not_cut() -> None:
    prompt = TABLES["images"].column("prompt")
    assert clean(prompt, "x" * 1_000, whole=True) == "x" * 1_000
    assert names_of(json.dumps(["y" * 1_000]), None) == ("y" * 1_000,)
    assert text_of(b"z" * 1_000, None) == "z" * 1_000


def test_long_texts_are_cut_where_they_are_read() -> None:
    fields = stored_fields(TABLES["images"])
    whole = stored_fields(TABLES["images"], whole=True)
    assert [mine is not other for mine, other in zip(fields, whole, strict=True)].count(True) == 3
    assert stored_fields(TABLES["commands"])[0] is CommandUsage.id


def test_a_query_is_of_the_newest_rows_unless_it_says_otherwise() -> None:
    query = TableQuery("commands")
    assert (query.order.column, query.order.descending, query.span, query.filters) == ("time", True, None, ())
