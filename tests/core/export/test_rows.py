"""Whole tables as files: in the query's order, beside a bot that writes, stopped at any moment, from real databases."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DatabaseMissing
from core.export.clipboard import Style, as_text
from core.export.faults import IsTheDatabase, NoSuchColumn
from core.export.formats import Format
from core.export.rows import Exported, export_rows
from core.filters import Filter
from core.manager import AnalyticsManager
from core.storage.database import open_for_writing
from core.storage.location import Location
from core.tables.definitions import TABLES, Order, TableQuery, TableRecord
from core.tasks import Progress, Task, finish
from core.text.masking import MASK
from core.time_ranges import TimeRange
from tests.core import deployed
from tests.parameters import slow_after

BERLIN = ZoneInfo("Europe/Berlin")
START = 1_764_000_000.0
LONG = "a fox " * 30_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The deployed bot's file: 3000 commands and 3000 images, a second apart."""
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, 3_000, 3_000, start=START)
    return path


def exported(path: Path, query: TableQuery, target: Path, kind: Format = Format.JSON_LINES, **more: Any) -> Exported:
    return finish(export_rows(Location(path=path), query, target, kind, zone=BERLIN, **more))


def rows(path: Path, query: TableQuery, **more: Any) -> list[dict[str, Any]]:
    target = path.with_name("out.jsonl")
    done = exported(path, query, target, **more)
    found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert (done.rows, done.byte_size, done.target) == (len(found), target.stat().st_size, target)
    return found


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def add(path: Path, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_all_rows_the_newest_first(database: Path) -> None:
    found = rows(database, TableQuery("commands"))
    assert [row["id"] for row in found] == list(range(3_000, 0, -1))
    assert found[-1] == {
        "time": "2025-11-24T17:00:00.000+01:00", "time_epoch": START, "command": "comfy", "user": "0", "server": "77",
        "channel": "5", "duration": 1.5, "outcome": "failed", "id": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", [Format.CSV, Format.JSON_LINES])
def test_a_growing_file_is_brought_to_the_disk_before_its_end(
    database: Path, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.storage.files.MOST_BEHIND", 100_000)
    sizes, bring = [0], os.fsync

    def bring_noted(descriptor: int) -> None:
        size = os.fstat(descriptor).st_size
        sizes.append(size if not stat.S_ISDIR(os.fstat(descriptor).st_mode) else sizes[-1])
        bring(descriptor)

    monkeypatch.setattr(os, "fsync", bring_noted)
    done = exported(database, TableQuery("images"), database.with_name("out"), kind)
    assert sizes[-1] == done.byte_size
    assert any(0 < size < done.byte_size for size in sizes)


def test_as_filtered_and_sorted(database: Path) -> None:
    query = TableQuery(
        "commands",
        TimeRange(START + 100, START + 200),
        (Filter.of(command="comfy"), Filter.of(outcome="failed")),
        Order("user", descending=False),
    )
    found = rows(database, query, columns=["user", "id"])
    wanted = [(str(i % 300), i + 1) for i in range(100, 200) if i % 4 == 0 and i % 10 == 0]
    assert [tuple(row.values()) for row in found] == sorted(wanted, key=lambda each: (each[0], -each[1]))
    assert list(found[0]) == ["user", "id"]


def test_the_oldest_first_and_no_more_than_wanted(database: Path) -> None:
    query = TableQuery("images", order=Order("time", descending=False))
    assert [row["id"] for row in rows(database, query, limit=2_500)] == list(range(1, 2_501))
    assert rows(database, query, limit=0) == []
    assert len(rows(database, TableQuery("images", order=Order("user")), limit=1_700)) == 1_700


def test_texts_are_whole(database: Path) -> None:
    loras = [f"{'x' * 200}{i}.safetensors" for i in range(200)]
    add(database, "UPDATE image_stats SET prompt = ?, loras = ? WHERE id % 500 = 7", LONG, json.dumps(loras))
    found = {row["id"]: row for row in rows(database, TableQuery("images"))}
    assert (found[507]["prompt"], found[507]["loras"]) == (LONG, loras)
    assert (found[508]["prompt"], found[508]["loras"]) == ("a prompt 507", [])


def test_values_that_are_not_utf_8_or_can_not_be_used(database: Path) -> None:
    add(database, "UPDATE image_stats SET prompt = CAST(? AS TEXT) WHERE id = 3", b"caf\xe9 \xff")
    add(database, "UPDATE image_stats SET generation_time = 'soon', timestamp = 9e18, loras = 'no list' WHERE id = 4")
    found = {row["id"]: row for row in rows(database, TableQuery("images"))}
    assert len(found) == 3_000
    assert found[3]["prompt"] == "caf\ufffd \ufffd"
    assert (found[4]["seconds"], found[4]["time"], found[4]["loras"]) == (None, None, ["no list"])


def test_masked_prompts_and_details(database: Path) -> None:
    add(database, "UPDATE image_stats SET prompt = NULL WHERE id = 2")
    found = {row["id"]: row["prompt"] for row in rows(database, TableQuery("images"), masked=True)}
    assert set(found.values()) == {MASK, None}
    assert found[2] is None


def test_days(database: Path) -> None:
    add(database, "INSERT INTO daily_stats VALUES ('2026-01-02', 5, 2, 1, NULL, '{\"comfy\": 5}', '{}')")
    assert rows(database, TableQuery("days")) == [
        {
            "date": "2026-01-02", "commands": 5, "images": 2, "users": 1, "seconds": None,
            "popular_commands": '{"comfy": 5}', "popular_resolutions": "{}",
        }
    ]  # fmt: skip


def test_a_table_that_is_not_there_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    add(path, deployed.COMMAND_USAGE)
    assert rows(path, TableQuery("activity")) == []


@pytest.mark.slow
def test_rows_that_come_in_meanwhile_are_left_out(database: Path) -> None:
    bot = deployed.Bot(database)
    for order in (Order(), Order("time", descending=False), Order("user")):
        before = len(rows(database, TableQuery("commands")))
        target = database.with_name("out.jsonl")
        task = export_rows(
            Location(path=database), TableQuery("commands", order=order), target, Format.JSON_LINES, zone=BERLIN
        )
        next(task)
        assert bot.track_command()
        assert finish(task).rows == before
    assert bot.errors == []


def test_the_bot_can_write_at_every_moment(database: Path) -> None:
    bot = deployed.Bot(database)
    task = export_rows(
        Location(path=database), TableQuery("images"), database.with_name("o.csv"), Format.CSV, zone=BERLIN
    )
    steps = 0
    for _ in task:
        steps += 1
        assert bot.track_command()
    assert steps > 3
    assert bot.errors == []


@pytest.mark.parametrize("kind", slow_after(1, Format))
def test_stopped_at_any_moment(database: Path, kind: Format) -> None:
    target = database.with_name("out")
    target.write_bytes(b"before")
    steps = 1
    while stopped_after(steps, export_rows(Location(path=database), TableQuery("images"), target, kind, zone=BERLIN)):
        assert target.read_bytes() == b"before"
        assert names(database.parent) == ["bot.db", "out"]
        steps += 1
    assert steps > 3
    assert target.read_bytes() != b"before"


def stopped_after(steps: int, task: Task[Exported]) -> bool:
    """Stop a task after so many steps; False where it was done before."""
    for _ in range(steps):
        if next(task, None) is None:
            return False
    task.close()
    return True


def test_export_says_how_far_it_is(database: Path) -> None:
    seen: list[Progress] = []
    task = export_rows(
        Location(path=database), TableQuery("images"), database.with_name("o.csv"), Format.CSV, zone=BERLIN
    )
    finish(task, seen.append)
    shares = [progress.share for progress in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert any("1,000 rows" in progress.words or "3,000 rows" in progress.words for progress in seen)


def test_a_file_at_rest_that_is_written_again_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "ours.db"
    open_for_writing(path).close()
    deployed.fill(path, 0, 3_000, start=START)
    target = tmp_path / "out.jsonl"
    task = export_rows(Location(path=path), TableQuery("images"), target, Format.JSON_LINES, zone=BERLIN)
    next(task)
    next(task)
    with closing(sqlite3.connect(path)) as writer:
        with writer:
            writer.execute("UPDATE image_stats SET prompt = 'new'")
        assert finish(task).rows == 3_000
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert {line["prompt"] for line in lines} == {"new"}


def test_into_a_stream(database: Path) -> None:
    stream = io.BytesIO()
    done = finish(export_rows(Location(path=database), TableQuery("days"), stream, Format.CSV, zone=BERLIN))
    assert (done.target, done.rows) == (None, 0)
    assert stream.getvalue().startswith(b'"Date","Commands"')


def test_the_databases_faults_leave_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_bytes(b"before")
    with pytest.raises(DatabaseMissing) as caught:
        exported(tmp_path / "none.db", TableQuery("commands"), target)
    assert "untouched" in caught.value.what_is_safe
    assert names(tmp_path) == ["out.csv"]
    assert target.read_bytes() == b"before"


def test_the_database_is_not_written_over(database: Path) -> None:
    before = database.read_bytes()
    with pytest.raises(IsTheDatabase):
        exported(database, TableQuery("commands"), database)
    assert database.read_bytes() == before


def test_an_unknown_column_is_named(database: Path) -> None:
    with pytest.raises(NoSuchColumn, match="nothing") as caught:
        exported(database, TableQuery("commands"), database.with_name("o.csv"), columns=["time", "nothing"])
    assert "outcome" in caught.value.detail


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Format.CSV, Format.JSON_LINES, Format.XLSX])
def test_memory_does_not_grow_with_the_rows(database: Path, kind: Format) -> None:
    def peak(limit: int) -> int:
        tracemalloc.reset_peak()
        exported(database, TableQuery("images"), database.with_name("out"), kind, limit=limit)
        return tracemalloc.get_traced_memory()[1]

    deployed.fill(database, 0, 7_000, start=START + 3_000)
    peak(100)
    tracemalloc.start()
    try:
        little, much = peak(2_000), peak(10_000)
    finally:
        tracemalloc.stop()
    assert much < 2 * little + 1_000_000


RECORDS = [
    TableRecord(7, (START, "comfy", "1", None, "5", 1.5, True, 7)),
    TableRecord(6, (None, "=cmd\nx", "1", "77", "5", None, False, 6)),
]


def test_records_as_text_for_the_clipboard() -> None:
    text = as_text(RECORDS, "commands", ["time", "command", "server", "duration", "outcome"], Style.TEXT, zone=BERLIN)
    assert text.splitlines() == [
        "Time\tCommand\tServer\tDuration (s)\tOutcome",
        "2025-11-24 17:00:00\tcomfy\t\t1.5\tsucceeded",
        "\t'=cmd x\t77\t\tfailed",
    ]


def test_records_as_csv_and_json_for_the_clipboard() -> None:
    csv = as_text(RECORDS, "commands", ["id", "command"], Style.CSV, zone=BERLIN)
    assert csv == '"Id","Command"\r\n7,"comfy"\r\n6,"\'=cmd\nx"\r\n'
    found = json.loads(as_text(RECORDS, "commands", None, Style.JSON, zone=BERLIN))
    assert [row["command"] for row in found] == ["comfy", "=cmd\nx"]


def test_copies_are_masked() -> None:
    values = {"time": START, "user": "1", "prompt": "a secret fox", "media": "image", "id": 1}
    record = TableRecord(1, tuple(values.get(column.key) for column in TABLES["images"].columns))
    for style in Style:
        text = as_text([record], "images", None, style, zone=BERLIN, masked=True)
        assert MASK in text
        assert "fox" not in text


@pytest.mark.parametrize("kind", [Format.CSV, Format.JSON_LINES, Format.XLSX])
def test_names_stand_in_columns_of_their_own_beside_the_ids(tmp_path: Path, kind: Format) -> None:
    path, target = tmp_path / "named.db", tmp_path / "out"
    with AnalyticsManager(path) as manager:
        manager.track_command("comfy", "11", "22", "33")
        manager.track_command("comfy", "12", None)
        manager.note_name("user", "11", "=Anna\n1")
        manager.flush()
    query, location = TableQuery("commands", order=Order(descending=False)), Location(path=path)
    columns = ["user", "server", "command"]
    for named in (False, True):
        finish(export_rows(location, query, target, kind, zone=BERLIN, columns=columns, named=named))
        content = (
            zipfile.ZipFile(target).read("xl/worksheets/sheet1.xml") if kind is Format.XLSX else target.read_bytes()
        )
        assert (b"Anna" in content) is named
    if kind is Format.CSV:
        lines = target.read_text(encoding="utf-8").splitlines()
        assert lines[0] == '"User","User name","Server","Server name","Command"'
        assert lines[1:] == ['"11","\'=Anna 1","22",,"comfy"', '"12",,,,"comfy"']
    elif kind is Format.JSON_LINES:
        first = json.loads(target.read_text(encoding="utf-8").splitlines()[0])
        assert first == {"user": "11", "user_name": "=Anna 1", "server": "22", "server_name": None, "command": "comfy"}


def test_a_file_without_names_is_exported_without_columns_for_them(database: Path, tmp_path: Path) -> None:
    query, target = TableQuery("commands"), tmp_path / "out.csv"
    made = []
    for named in (False, True):
        finish(export_rows(Location(path=database), query, target, Format.CSV, zone=BERLIN, named=named))
        made.append(target.read_bytes())
    assert made[0] == made[1]
