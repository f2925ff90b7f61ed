"""A column at a time the same bytes are written as a cell at a time, whatever stands in it."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export import columns, sheet
from core.export.columns import ColumnMaker, chosen_columns, row_maker
from core.export.formats import Format, sheet_on
from core.export.sheet import Heading, write_rows
from core.tables.definitions import TABLES, record_of, stored_fields
from tests.core.rows import ZONES, moments_near_changes, quick

TEXTS = st.one_of(
    st.sampled_from(("a fox", "=1", "a;b", 'say "no"', "", "x\n=2", "_x0041_", "\ud800", "\x07", "50 %", "%s")),
    st.sampled_from(("a\u00a0b", "\x85")),
    st.text(max_size=12),
)
VALUES = st.one_of(TEXTS, st.none(), st.integers(), st.floats(), st.booleans(), st.lists(TEXTS, max_size=3).map(tuple))
COLUMNS = st.one_of(
    st.lists(TEXTS, min_size=6, max_size=6),
    st.lists(st.floats(), min_size=6, max_size=6),
    st.lists(st.one_of(st.none(), st.integers()), min_size=6, max_size=6),
    st.lists(VALUES, min_size=6, max_size=6),
    st.just([None] * 6),
)
MOMENTS = st.lists(st.one_of(st.none(), moments_near_changes, st.floats(1.42e9, 4.1e9)), min_size=6, max_size=6)


def a_cell(value: Any) -> str:
    """A CSV cell, plainly."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if not isinstance(value, str | tuple):
        return repr(value)
    text = value if isinstance(value, str) else "\n".join(map(str, value))
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", text)
    formula = "(^|[;\t\r\n])(?=[\\s\"']*[=+\\-@＝＋－＠])|^(?=[\t\r\n])"
    text = re.sub(formula, r"\1'", text)
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", text)
    return '"' + text.replace('"', '""') + '"'


def a_time(moment: float | None, zone: ZoneInfo) -> tuple[str, str, float]:
    assert moment is not None
    local = datetime.fromtimestamp(moment, zone)
    offset = local.utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    words = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    start = datetime(1970, 1, 1)
    shown = start + timedelta(milliseconds=math.floor((moment + offset.total_seconds()) * 1000))
    return str(start + timedelta(seconds=math.floor(moment + offset.total_seconds()))), words, shown.timestamp()


def written(kind: Format, rows: Sequence[Sequence[Any]], headings: Sequence[Heading], zone: ZoneInfo, step: int) -> str:
    file = io.BytesIO()
    with sheet_on(file, kind, "Images", headings, zone) as made:
        for first in range(0, len(rows), step):
            write_rows(made, rows[first : first + step])
    return file.getvalue().decode("utf-8", "surrogatepass")


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is given up soon."""
    monkeypatch.setattr(sheet, "_TRIED", 3)
    monkeypatch.setattr(sheet, "_MOST_REMEMBERED", 4)
    monkeypatch.setattr(columns, "_MOST_REMEMBERED", 3)


@quick(80)
@given(MOMENTS, COLUMNS, st.sampled_from(ZONES), st.integers(1, 6))
def test_csv(moments: list[float | None], values: list[Any], zone: ZoneInfo, step: int) -> None:
    rows = list(zip(moments, values, strict=True))
    lines = written(Format.CSV, rows, (Heading("T", "t", is_time=True), Heading("V", "v")), zone, step)
    expected = ['"T","UTC offset","T (epoch seconds)","V"']
    for moment, value in rows:
        cells = ("", "", "")
        if moment is not None:
            clock, offset, _ = a_time(moment, zone)
            cells = (clock, f'"UTC{offset}"', repr(moment))
        expected.append(",".join((*cells, a_cell(value))))
    assert lines.replace("?", "") == "".join(f"{line}\r\n" for line in expected).replace("?", "")


@quick(80)
@given(MOMENTS, COLUMNS, st.sampled_from(ZONES), st.integers(1, 6))
def test_json(moments: list[float | None], values: list[Any], zone: ZoneInfo, step: int) -> None:
    rows = list(zip(moments, values, strict=True))
    headings = (Heading("T", "t %s", is_time=True), Heading("V", "v"))
    found = [json.loads(line) for line in written(Format.JSON_LINES, rows, headings, zone, step).split("\n")[:-1]]
    assert json.loads(written(Format.JSON, rows, headings, zone, step)) == found
    for (moment, value), row in zip(rows, found, strict=True):
        assert list(row) == ["t %s", "t %s_epoch", "v"]
        unknown = isinstance(value, float) and not math.isfinite(value)
        assert row["v"] == (None if unknown else list(value) if isinstance(value, tuple) else value)
        assert row["t %s_epoch"] == moment
        if moment is None:
            assert row["t %s"] is None
        else:
            _, offset, shown = a_time(moment, zone)
            assert row["t %s"].endswith(offset)
            assert datetime.fromisoformat(row["t %s"]).replace(tzinfo=None).timestamp() == shown


STORED = st.one_of(
    st.none(),
    st.integers(-2, 2),
    st.floats(),
    st.sampled_from((1.5, 86_400.5, 2**70, True, 4e9, 1.7e9, b"caf\xc3\xa9", b"\xff")),
    st.sampled_from(("", "video", "1:1", "standard", '["a", "b"]', '[["a", 0.5]]', "0", "no list")),
    st.binary(max_size=3),
    TEXTS,
)


@quick(60)
@given(st.sampled_from(("commands", "images", "activity", "days")), st.booleans(), st.data())
def test_stored_values_mean_what_they_mean_in_records(key: str, masked: bool, data: st.DataObject) -> None:
    table = TABLES[key]
    every = stored_fields(table, whole=True)
    drawn = data.draw(st.lists(st.lists(STORED, min_size=len(every), max_size=len(every)), min_size=1, max_size=8))
    first = [next(i for i, each in enumerate(every) if each is field) for field in every]
    rows = [[row[place] for place in first] for row in drawn]  # a field that is read twice is the same
    picked = chosen_columns(table, None)
    make = row_maker(table, picked, masked=masked)
    expected = [make(record_of(table, row, whole=True).values) for row in rows]
    maker = ColumnMaker(table, picked, masked=masked)
    places = [next(i for i, each in enumerate(every) if each is field) for field in maker.fields]
    for _ in range(2):
        found = list(zip(*maker.columns_of([[row[place] for place in places] for row in rows]), strict=True))
        assert list(map(repr, found)) == [repr(tuple(row)) for row in expected]
