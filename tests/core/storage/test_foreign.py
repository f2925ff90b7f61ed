"""Another program's database is not taken for that of a bot without events."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import FAULT, main
from core.errors import ForeignDatabase
from core.maintenance import optimising, survey
from core.storage.database import open_for_writing
from core.storage.reader import open_for_reading, reading
from core.tasks import finish
from tests.core.stored import change


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    path = tmp_path / "queue_data.db"
    change(path, "CREATE TABLE queue (id INTEGER PRIMARY KEY, prompt TEXT)", "CREATE TABLE workers (name TEXT)")
    return path


@pytest.mark.parametrize(
    "look",
    [
        open_for_reading,
        lambda path: finish(survey.survey(path)),
        lambda path: finish(optimising.plan_optimisation(path)),
        lambda path: finish(optimising.optimise(path)),
    ],
)
def test_a_foreign_file_is_said_to_be_one(foreign: Path, look: Callable[[Path], Any]) -> None:
    before = foreign.read_bytes()
    with pytest.raises(ForeignDatabase, match="its tables: queue, workers"):
        look(foreign)
    assert foreign.read_bytes() == before


def test_an_export_of_a_foreign_file_fails(foreign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(foreign), "-", "--table", "images"]) == FAULT
    assert "not a bot's database" in capsys.readouterr().err


@pytest.mark.parametrize(
    "statement",
    [
        "PRAGMA user_version = 1",
        "CREATE TABLE botpulse_metric_votes (id INTEGER PRIMARY KEY)",
        "CREATE TABLE Command_Usage (id INTEGER PRIMARY KEY)",
        "CREATE TABLE images (id INTEGER PRIMARY KEY); CREATE VIEW image_stats AS SELECT * FROM images",
    ],
)
def test_an_empty_file_or_any_table_of_ours_is_welcome(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "analytics.db"
    change(path, *statement.split(";"))
    with reading(path):
        pass


def test_a_bot_may_keep_its_statistics_in_a_file_of_its_own_tables(foreign: Path) -> None:
    with reading(foreign, own=True) as reader:
        assert not reader.tables
    open_for_writing(foreign).close()
    with reading(foreign) as reader:
        assert "command_usage" in reader.tables
    with closing(sqlite3.connect(foreign)) as connection:
        assert connection.execute("SELECT count(*) FROM queue").fetchone() == (0,)
