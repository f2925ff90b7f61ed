"""Exports open in the programs they are for, and hold what the database holds, however absurd that is."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from core.export.formats import Format
from core.export.rows import export_rows
from core.export.sheet import cell_text
from core.storage.location import Location
from core.tables.definitions import Order, TableQuery
from core.tasks import finish
from tests.core import deployed

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN).timestamp()
"""The first of two half past twos."""

USER = "123456789012345678"
ABSURD = (
    '=HYPERLINK("https://example.org?"&A1,"click")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "a;=1+1",
    'two\nlines, and "quotes"',
    "windows\r\nlines",
    "\N{FOX FACE}\N{ZERO WIDTH JOINER}\N{SNOWFLAKE} \u202eright to left\u202c שלום עולם",
    "nothing\0there\x07",
    "_x0041_ <b>&amp;</b> ]]>",
    "https://example.org/a b",
    "0012",
    "1e5",
    "2026-11-24",
    "TRUE",
    " spaces ",
    "a fox " * 34_000,
    "caf\ufffd",
)
"""Prompts; the last one is no UTF-8 in the file."""

csv.field_size_limit(1_000_000)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = deployed.create(tmp_path_factory.mktemp("exports") / "bot.db")
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, prompt in enumerate(ABSURD):
            stored: str | bytes = prompt if "\ufffd" not in prompt else b"caf\xe9"
            connection.execute(
                "INSERT INTO image_stats (user_id, prompt, resolution, loras, generation_time, timestamp)"
                " VALUES (?, CAST(? AS TEXT), ?, ?, ?, ?)",
                (USER, stored, "16:9 [1344x768 landscape]", '["=a.safetensors", "b"]', 12.5, START + number * 1800.25),
            )
    return path


def exported(database: Path, folder: Path, kind: Format) -> Path:
    target = folder / f"out.{kind.value.split()[0]}"
    query = TableQuery("images", order=Order("time", descending=False))
    done = finish(export_rows(Location(path=database), query, target, kind, zone=BERLIN))
    assert done.rows == len(ABSURD)
    return target


def in_csv(text: str) -> str:
    """A text without what may be added (apostrophes) or taken away (control characters)."""
    return "".join(char for char in text if char >= " " or char in "\t\r\n").replace("'", "")


def expected_times() -> list[datetime]:
    moments = (datetime.fromtimestamp(START + number * 1800.25, BERLIN) for number in range(len(ABSURD)))
    return [moment.replace(tzinfo=None, fold=0) for moment in moments]


@pytest.mark.parametrize("kind", [Format.CSV, Format.CSV_FOR_EXCEL])
def test_csv_read_by_a_program(database: Path, tmp_path: Path, kind: Format) -> None:
    with exported(database, tmp_path, kind).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    fit: Callable[[str], str] = cell_text if kind is Format.CSV_FOR_EXCEL else str
    assert [in_csv(row["Prompt"]) for row in rows] == [in_csv(fit(prompt)) for prompt in ABSURD]
    assert not any(row["Prompt"].lstrip(' \t\r\n"').startswith(("=", "+", "-", "@")) for row in rows)
    assert [row["UTC offset"] for row in rows[:4]] == ["UTC+02:00", "UTC+01:00", "UTC+01:00", "UTC+01:00"]
    assert [float(row["Time (epoch seconds)"]) for row in rows] == [START + n * 1800.25 for n in range(len(ABSURD))]
    assert {row["User"] for row in rows} == {USER}
    assert {row["LoRAs"] for row in rows} == {"'=a.safetensors\nb"}


def test_json_lines_read_by_a_program(database: Path, tmp_path: Path) -> None:
    text = exported(database, tmp_path, Format.JSON_LINES).read_bytes()
    rows = [json.loads(line) for line in text.split(b"\n")[:-1]]
    assert [row["prompt"] for row in rows] == list(ABSURD)
    assert {tuple(row["loras"]) for row in rows} == {("=a.safetensors", "b")}
    assert [datetime.fromisoformat(row["time"]).timestamp() for row in rows] == pytest.approx(
        [row["time_epoch"] for row in rows], abs=0.001
    )


def test_a_workbook_read_by_a_program(database: Path, tmp_path: Path) -> None:
    check_sheet(exported(database, tmp_path, Format.XLSX))


def check_sheet(path: Path) -> None:
    """A workbook has every text as text, every time as a time, and no formula or link."""
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    head, *rows = ([*row] for row in sheet.iter_rows())
    place: dict[Any, int] = {cell.value: number for number, cell in enumerate(head)}
    assert not any(cell.data_type == "f" or cell.hyperlink for row in rows for cell in row)
    prompts = [row[place["Prompt"]].value for row in rows]
    assert [_as_stored(text) for text in prompts] == [cell_text(prompt) for prompt in ABSURD]
    assert {row[place["User"]].value for row in rows} == {USER}
    assert {row[place["Generation time (s)"]].value for row in rows} == {12.5}
    times = [row[place["Time"]].value for row in rows]
    assert all(
        abs((time - wanted).total_seconds()) < 0.001 for time, wanted in zip(times, expected_times(), strict=True)
    )
    assert [row[place["UTC offset"]].value for row in rows[:2]] == ["UTC+02:00", "UTC+01:00"]


def _as_stored(text: str) -> str:
    """openpyxl does not undo a workbook's own way to write a character by its number."""
    return text.replace("_x005F_", "_").replace("_x005f_", "_")


def converted(path: Path, folder: Path, to: str, options: str = "") -> Path:
    """A file as LibreOffice understands it, saved in another format."""
    assert SOFFICE is not None
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    command = [
        SOFFICE,
        home,
        "--headless",
        options,
        "--convert-to",
        to,
        "--outdir",
        str(folder / "converted"),
        str(path),
    ]
    subprocess.run([part for part in command if part], check=True, capture_output=True, timeout=120)
    return folder / "converted" / f"{path.stem}.{to.partition(':')[0]}"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_a_workbook_in_libreoffice(database: Path, tmp_path: Path) -> None:
    check_sheet(converted(exported(database, tmp_path, Format.XLSX), tmp_path, "xlsx"))


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("separator", [44, 59, 9])
def test_csv_in_libreoffice(database: Path, tmp_path: Path, separator: int) -> None:
    """Parted by commas, as it should be, and by semicolons and tabs, as half of the world has it set."""
    path = exported(database, tmp_path, Format.CSV)
    book = openpyxl.load_workbook(
        converted(path, tmp_path, "xlsx", f"--infilter=CSV:{separator},34,76,1,,1033,true,true")
    )
    sheet = book.active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    if separator == 44:
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        for row, prompt in zip(rows, ABSURD, strict=True):
            assert in_csv(_as_stored(str(row[4]))).split()[:6_000] == in_csv(prompt).split()[:6_000]
        assert {row[3] for row in rows} == {USER}
        assert [row[0] for row in rows] == [time.replace(microsecond=0) for time in expected_times()]
        headings = [str(cell.value) for cell in sheet[1]]
        took = next(place for place, heading in enumerate(headings) if heading.startswith("Generation"))
        assert {row[took] for row in rows} == {12.5}, headings
