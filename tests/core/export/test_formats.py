"""Sheets as programs read them: every format holds what was written, and nothing in it is taken for a command."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.faults import UnknownFormat
from core.export.formats import Format, format_of, sheet_on
from core.export.separators import COMMAS, SEMICOLONS, Separators, host_separators
from core.export.sheet import CUT, LONGEST_CELL, Heading, cell_text, write_rows
from core.export.workbook import workbook
from core.text.plain import neutralised

csv.field_size_limit(1_000_000)

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = datetime(2026, 11, 24, 10, 35, 7, 125_000, tzinfo=BERLIN).timestamp()
HEADINGS = (Heading("Time", "time", is_time=True), Heading("Prompt", "prompt"), Heading("Seconds", "seconds"))

ABSURD = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "  =1",
    '"=1"',
    "'=1",
    "two\nlines",
    "windows\r\nlines",
    'he said "no", and; left',
    "\N{FOX FACE} שלום \u202eabc",
    "a\0b\x07c",
    "\ud800 half",
    "\ufffd not UTF-8",
    "_x0041_ & <b>",
    "https://example.org",
    "0123456789012345678",
    "1e5",
    "2026-11-24",
    "",
    " ",
    "x" * 200_000,
    "\N{FOX FACE}" * 20_000,
)


def written(
    kind: Format,
    rows: Sequence[Sequence[Any]],
    headings: Sequence[Heading] = HEADINGS,
    separators: Separators = COMMAS,
) -> bytes:
    file = io.BytesIO()
    with sheet_on(file, kind, "Images", headings, BERLIN, separators) as sheet:
        for row in rows:
            write_rows(sheet, [row])
    return file.getvalue()


def texts(kind: Format, values: Sequence[str]) -> bytes:
    return written(kind, [(value,) for value in values], (Heading("Prompt", "prompt"),))


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def read_workbook(data: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return [list(sheet.iter_rows(values_only=True)) for sheet in book]


def test_csv_parts_time_and_keeps_numbers_bare() -> None:
    data = written(Format.CSV, [(MOMENT, "a fox", 12.5), (None, None, None)])
    assert data.decode().split("\r\n") == [
        '"Time","UTC offset","Time (epoch seconds)","Prompt","Seconds"',
        f'2026-11-24 10:35:07,"UTC+01:00",{MOMENT!r},"a fox",12.5',
        ",,,,",
        "",
    ]


def test_csv_for_excel_begins_with_a_byte_order_mark() -> None:
    assert written(Format.CSV_FOR_EXCEL, []).startswith(b'\xef\xbb\xbf"Time"')


def test_csv_for_excel_is_as_the_region_has_it() -> None:
    rows = [(MOMENT, "a; fox, 1.5", 12.5), (MOMENT, None, 1e-05), (None, ["x.y"], 7)]
    data = written(Format.CSV_FOR_EXCEL, rows, separators=SEMICOLONS)
    assert data.decode("utf-8-sig").split("\r\n") == [
        '"Time";"UTC offset";"Time (epoch seconds)";"Prompt";"Seconds"',
        '2026-11-24 10:35:07;"UTC+01:00";1795512907,125;"a; fox, 1.5";12,5',
        '2026-11-24 10:35:07;"UTC+01:00";1795512907,125;;1e-05',
        ';;;"x.y";7',
        "",
    ]
    assert written(Format.CSV, rows, separators=SEMICOLONS) == written(Format.CSV, rows)


@pytest.mark.skipif(shutil.which("locale") is None, reason="the system's own command says what its locale has")
@pytest.mark.parametrize(("said", "expected"), [(",", SEMICOLONS), (".", COMMAS), ("", COMMAS), ("\u066b", COMMAS)])
def test_the_separators_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: Separators
) -> None:
    command = tmp_path / "locale"
    command.write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    command.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert host_separators() == expected


def test_without_the_systems_word_they_are_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert host_separators() == COMMAS


def test_csv_for_excel_has_no_text_longer_than_a_cell() -> None:
    for kind, length in ((Format.CSV, 50_000), (Format.CSV_FOR_EXCEL, LONGEST_CELL)):
        rows = read_csv(texts(kind, ["x" * 50_000, "short", "\n-" * 16_000]))
        lengths = [len(cell) for (cell,) in rows[1:]]
        assert lengths == [length, 5, min(length, 48_001)]


def test_csv_holds_every_text_but_for_the_apostrophes() -> None:
    rows = read_csv(texts(Format.CSV, ABSURD))
    assert rows[0] == ["Prompt"]
    for text, (cell,) in zip(ABSURD, rows[1:], strict=True):
        assert cell.replace("'", "") == text.replace("'", "").replace("\0", "").replace("\x07", "").replace(
            "\ud800", ""
        )


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(st.lists(st.text(st.sampled_from("=+-@\t\r\n;, \"'a1＝"), max_size=12), min_size=1, max_size=4))
def test_formulas_are_met_by_no_reader_of_any_separator(separator: str, values: list[str]) -> None:
    text = written(Format.CSV, [values], [Heading("a", "a") for _ in values]).decode()
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
        for cell in row:
            bare = cell.lstrip(' "\t\r\n')
            assert not bare.startswith(("=", "+", "-", "@", "＝")), (cell, text)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a - b", "a - b"),
        ("well-known; fine", "well-known; fine"),
        ("(a:1.2), -b", "(a:1.2), -b"),
        ("=1", "'=1"),
        (' "=1', "' \"=1"),
        ("a;=1", "a;'=1"),
        ("a\n- b", "a\n'- b"),
        ("\tx", "'\tx"),
        ("\n \t=1", "'\n \t'=1"),
        ("a\n\n\n=1;;+1", "a\n\n\n'=1;;'+1"),
        *((f"{unseen}=1", f"'{unseen}=1") for unseen in "\u200b\u2060\u202e\ufeff\u00ad\u3000\x00\x85\u180e"),
        *((f"a;{unseen}@x", f"a;'{unseen}@x") for unseen in "\u200b\u2066\u061c"),
        ("\n\t" * 200_000 + "a", "'" + "\n\t" * 200_000 + "a"),
        ("＝1", "'＝1"),
        ("", ""),
    ],
)
def test_only_what_may_be_a_formula_gets_an_apostrophe(text: str, safe: str) -> None:
    assert neutralised(text) == safe


def test_json_lines_hold_types_and_every_text_as_it_is() -> None:
    data = written(Format.JSON_LINES, [(MOMENT, ("a.safetensors", "=b"), 2), (None, None, float("inf"))])
    assert [json.loads(line) for line in data.splitlines()] == [
        {
            "time": "2026-11-24T10:35:07.125+01:00", "time_epoch": MOMENT,
            "prompt": ["a.safetensors", "=b"], "seconds": 2,
        },
        {"time": None, "time_epoch": None, "prompt": None, "seconds": None},
    ]  # fmt: skip
    lines = texts(Format.JSON_LINES, ABSURD).decode("utf-8").splitlines()
    assert [json.loads(line)["prompt"] for line in texts(Format.JSON_LINES, ABSURD).split(b"\n")[:-1]] == list(ABSURD)
    assert len(lines) >= len(ABSURD)


def test_json_is_one_list_and_names_are_told_apart() -> None:
    twice = [Heading("p50", "p50"), Heading("p50", "p50")]
    assert json.loads(written(Format.JSON, [(1, 2), (3, 4)], twice)) == [
        {"p50": 1, "p50 (2)": 2},
        {"p50": 3, "p50 (2)": 4},
    ]
    assert json.loads(written(Format.JSON, [])) == []


def test_the_hour_that_an_autumn_night_has_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN).timestamp()
    lines = written(Format.CSV, [(first, "a", 1), (first + 3600, "b", 1)]).decode().splitlines()
    assert [line[:31] for line in lines[1:]] == ['2026-10-25 02:30:00,"UTC+02:00"', '2026-10-25 02:30:00,"UTC+01:00"']


def test_a_workbook_has_real_times_and_numbers() -> None:
    rows = [(MOMENT, "a fox", 12.5), (None, None, None), (None, None, 1)]
    ((head, row, empty, last),) = read_workbook(written(Format.XLSX, rows))
    assert head == ("Time", "UTC offset", "Prompt", "Seconds")
    assert row == (datetime(2026, 11, 24, 10, 35, 7, 125_000), "UTC+01:00", "a fox", 12.5)
    assert empty == (None, None, None, None)
    assert last == (None, None, None, 1)


def test_a_workbook_looks_as_it_should_and_is_read_row_by_row_to_its_end() -> None:
    data = written(Format.XLSX, [(MOMENT, "a fox", 12.5)] * 3)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [cell.font.bold for cell in sheet[1]] == [True] * 4
    assert [cell.font.bold for cell in sheet[2]] == [False] * 4
    assert sheet["A2"].number_format.replace("\\", "") == "yyyy-mm-dd hh:mm:ss"
    assert [round(sheet.column_dimensions[letter].width) for letter in "ABCD"] == [20, 11, 13, 13]
    streamed = openpyxl.load_workbook(io.BytesIO(data), read_only=True).active
    assert streamed is not None
    assert len([*streamed.iter_rows()]) == 4


def test_a_workbook_holds_every_text_as_text() -> None:
    data = texts(Format.XLSX, ABSURD)
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    cells = [cell for (cell,) in sheet.iter_rows(min_row=2)]
    for text, cell in zip(ABSURD, cells, strict=True):
        assert (cell.data_type, cell.hyperlink) in (("s", None), ("inlineStr", None), ("n", None))
        assert (cell.value or "").replace("_x005F_", "_") == cell_text(text)
    assert sheet.freeze_panes == "A2"
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")


@given(st.text(max_size=50))
def test_a_workbooks_xml_is_well_formed_whatever_the_text(text: str) -> None:
    data = written(Format.XLSX, [(text,)], (Heading(text, text),))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))


@pytest.mark.parametrize("sign", ["x", "\N{FOX FACE}"])
def test_a_cell_too_long_is_cut_with_a_mark(sign: str) -> None:
    text = cell_text(sign * LONGEST_CELL)
    if sign == "x":
        assert text == sign * LONGEST_CELL
    text = cell_text(sign * (LONGEST_CELL + 1))
    assert text.endswith(CUT)
    assert LONGEST_CELL - 1 <= len(text.encode("utf-16-le")) // 2 <= LONGEST_CELL
    assert set(text.removesuffix(CUT)) == {sign}


def test_more_rows_than_a_sheet_holds_go_on_on_the_next() -> None:
    file = io.BytesIO()
    with workbook(file, "Images", [Heading("n", "n")], BERLIN, most_rows=4) as book:
        write_rows(book, [(number,) for number in range(7)])
    assert openpyxl.load_workbook(file).sheetnames == ["Images", "Images 2", "Images 3"]
    assert read_workbook(file.getvalue()) == [
        [("n",), (0,), (1,), (2,)],
        [("n",), (3,), (4,), (5,)],
        [("n",), (6,)],
    ]


@pytest.mark.parametrize(("rows", "filtered"), [(0, ["A1:A1"]), (2, ["A1:A3"]), (4, ["A1:A4", "A1:A2"])])
def test_every_sheet_can_be_filtered_over_its_rows_and_printed(rows: int, filtered: list[str]) -> None:
    file = io.BytesIO()
    with workbook(file, "It's images", [Heading("n", "n")], BERLIN, most_rows=4) as book:
        write_rows(book, [(number,) for number in range(rows)])
    sheets = openpyxl.load_workbook(file).worksheets
    assert [sheet.auto_filter.ref for sheet in sheets] == filtered
    for sheet in sheets:
        assert sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert "Page" in sheet.oddFooter.right.text and sheet.oddHeader.center.text == "&A"
    names = zipfile.ZipFile(file).read("xl/workbook.xml").decode()
    assert names.count("_FilterDatabase") == len(filtered)


@pytest.mark.parametrize("title", ["a/b:c*[d]?\\", "'", "", "x" * 80, "\ud800"])
def test_any_title_gives_a_sheet_a_name(title: str) -> None:
    file = io.BytesIO()
    with workbook(file, title, [Heading("n", "n")], BERLIN, most_rows=2) as book:
        write_rows(book, [(1,), (2,)])
    names = openpyxl.load_workbook(file).sheetnames
    assert len(set(names)) == 2
    assert all(0 < len(name) <= 31 for name in names)


def test_the_end_of_a_name_tells_the_format() -> None:
    assert [format_of(f"a.{end}") for end in ("csv", "CSV", "jsonl", "ndjson", "json", "xlsx")] == [
        Format.CSV, Format.CSV, Format.JSON_LINES, Format.JSON_LINES, Format.JSON, Format.XLSX,
    ]  # fmt: skip
    with pytest.raises(UnknownFormat, match=r"report\.docx"):
        format_of("report.docx")
