"""What managers are handed and can do: the rows of a period as a file, and a reset."""

from __future__ import annotations

import csv
import io
import random
import sqlite3
import zipfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.answers.files import csv_answer
from core.answers.period import Period
from core.answers.reset import reset_answer
from core.storage.location import locate
from tests.core.rows import (
    OURS,
    Lot,
    create,
    insert,
)

NOON = datetime(2025, 6, 15, 12, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """Images of twenty days, their prompts being formulas that zip badly."""
    path = tmp_path / "analytics.db"
    create(path, OURS)
    images = [
        {
            "user_id": "1",
            "prompt": f"=cmd|{hash((n, 'x')):x}{hash((n, 'y')):x}",
            "timestamp": NOON - n * 4_320,
            "is_video": 0,
        }
        for n in range(400)
    ]
    insert(path, Lot(images=tuple(reversed(images))))
    return path


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def test_rows_of_a_period_as_csv_without_formulas(prompts: Path) -> None:
    answer = csv_answer(locate(prompts), "Europe/Berlin", Period(7), NOON, "images", 8_000_000)
    assert answer.name == "images-2025-06-09-to-2025-06-15.csv"
    rows = rows_of(answer.data)
    assert len(rows) == answer.rows == answer.total == 131
    assert all(row["Prompt"].startswith("'=") for row in rows)
    assert rows[0]["Time"] > rows[-1]["Time"] >= "2025-06-09"
    assert "131 rows" in answer.words


def test_files_too_large_are_zipped_and_then_cut_to_the_newest(prompts: Path) -> None:
    ask = lambda most: csv_answer(locate(prompts), "Europe/Berlin", Period(20), NOON, "images", most)  # noqa: E731
    whole = ask(10**9)
    zipped = ask(len(whole.data) - 1)
    assert (zipped.name, zipped.rows) == ("images-2025-05-27-to-2025-06-15.zip", whole.rows)
    cut = ask(len(zipped.data) // 2)
    assert len(cut.data) <= len(zipped.data) // 2
    assert 0 < cut.rows < cut.total == whole.rows
    for answer in (zipped, cut):
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            (name,) = archive.namelist()
            assert rows_of(archive.read(name)) == rows_of(whole.data)[: answer.rows]
    assert f"the newest {cut.rows}" in cut.words.replace(",", "")


@pytest.mark.slow
def test_a_file_that_is_cut_is_as_large_as_may_be_and_read_once(tmp_path: Path) -> None:
    """No row is left out that had room, but for what a zipped file may still hold back; a second try takes less."""
    path, most = tmp_path / "analytics.db", 4_000_000
    create(path, OURS)
    noise = random.Random(1)
    images = [
        {"user_id": "1", "prompt": noise.randbytes(3_000).hex(), "timestamp": NOON - n * 60, "is_video": 0}
        for n in range(1_700)
    ]
    insert(path, Lot(images=tuple(reversed(images))))
    answer = csv_answer(locate(path), "Europe/Berlin", Period(7), NOON, "images", most)
    assert 0.92 * most < len(answer.data) <= most
    assert (answer.total, answer.name[-4:]) == (1_700, ".zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        (entry,) = archive.infolist()
        rows = rows_of(archive.read(entry))
    assert [row["Prompt"] for row in rows] == [image["prompt"] for image in images[: answer.rows]]
    assert entry.date_time == (2025, 6, 15, 12, 0, 0)


def test_a_period_without_rows_is_a_file_with_headings(prompts: Path) -> None:
    for most in (8_000_000, 10):
        answer = csv_answer(locate(prompts), "Europe/Berlin", Period(7), NOON, "commands", most)
        assert (answer.rows, answer.total) == (0, 0)
    assert answer.name == "commands-2025-06-09-to-2025-06-15.zip"


def test_a_reset_keeps_everything_in_a_backup(prompts: Path) -> None:
    done = reset_answer(locate(prompts), NOON)
    assert done.rows == 400
    assert done.tables["image_stats"] == 400
    assert done.backup is not None
    assert done.folder is not None
    with closing(sqlite3.connect(prompts.parent / done.folder / done.backup)) as connection:
        assert connection.execute("SELECT count(*) FROM image_stats").fetchone() == (400,)
    with closing(sqlite3.connect(prompts)) as connection:
        assert connection.execute("SELECT count(*) FROM image_stats").fetchone() == (0,)
    assert "400 rows" in done.words
    assert done.backup in done.words
