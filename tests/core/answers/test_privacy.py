"""What a user is told of themselves: out of every file that is out there, bounded, and of nobody else."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.answers.privacy import choose_answer, forget_answer, personal_answer, personal_file
from core.models import METRIC_PREFIX
from core.storage.location import Location
from core.storage.receipts import DeliveryStage, Receipt, ReceiptFile, receipts_beside
from core.tracking.records import command_record
from core.tracking.spool import make_spool
from core.tracking.spool_places import REFUSED
from tests.core import deployed
from tests.core.stored import change

USER, OTHER = "482100000000000417", "482100000000000418"


@pytest.fixture(params=[*deployed.SCHEMAS])
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A file of the deployed bot's, in each of its shapes."""
    return deployed.create(tmp_path / "analytics.db", request.param)


@pytest.fixture
def seed(tmp_path: Path) -> Path:
    return deployed.create(tmp_path / "analytics.db", "seed")


def fill(path: Path) -> Location:
    """Two users' rows, some stored as numbers or in bytes, with a moment that can be none."""
    with closing(sqlite3.connect(path)) as connection, connection:
        command = "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('comfy', ?, ?, 1)"
        connection.executemany(command, [(USER, 1.78e9), (int(USER), 1.79e9), (USER.encode(), 1e300), (OTHER, 1.7e9)])
        image = "INSERT INTO image_stats (user_id, prompt, timestamp) VALUES (?, ?, 1.78e9)"
        connection.executemany(image, [(USER, f"{number} " + "a fox " * 100) for number in range(50)])
        connection.execute(image, (OTHER, "a heron"))
    return Location(path=path)


def test_any_file_tells_what_it_has_of_a_user(path: Path) -> None:
    found = personal_answer(fill(path), "UTC", USER, time.time())
    counted = [(table.title, table.rows, table.first, table.last) for table in found.tables]
    assert counted == [("Commands", 3, 1.78e9, 1.79e9), ("Images", 50, 1.78e9, 1.78e9)]
    assert (found.names, found.has_opted_out, found.on_server) == ((), False, False)


def test_a_file_that_was_opted_out_of_says_so(seed: Path) -> None:
    location = fill(seed)
    choose_answer(location, "UTC", USER, True, time.time())
    assert [personal_answer(location, "UTC", each, 0.0).has_opted_out for each in (USER, OTHER)] == [True, False]
    choose_answer(location, "UTC", USER, False, time.time())
    assert not personal_answer(location, "UTC", USER, 0.0).has_opted_out


def test_the_newest_rows_are_kept_where_all_are_too_many(seed: Path) -> None:
    location = fill(seed)
    whole = personal_file(location, "Asia/Tokyo", USER, 1.79e9, 1_000_000)
    cut = personal_file(location, "Asia/Tokyo", USER, 1.79e9, 40_000)
    images = [[row["prompt"] for row in json.loads(each.data)["image_stats"]] for each in (whole, cut)]
    assert len(images[0]) == 50 and images[1] == images[0][-len(images[1]) :] and 5 < len(images[1]) < 50
    assert "53 rows" in whole.words and "53 rows" in cut.words and len(cut.data) <= 40_000 < len(whole.data)
    content = json.loads(whole.data)
    assert content["made"] == "2026-09-21T23:13:20+09:00" and content["has_opted_out"] is False
    assert [row["timestamp"] for row in content["command_usage"]] == [1.78e9, 1.79e9, 1e300]


def test_a_metric_s_rows_are_told_whatever_its_columns_are_called(seed: Path) -> None:
    table = f'"{METRIC_PREFIX}odd %s ""votes"'
    change(seed, f'CREATE TABLE {table} (id INTEGER PRIMARY KEY, timestamp, "select", "save %", _meta)')
    change(seed, f"INSERT INTO {table} VALUES (1, 1.78e9, 1, {USER}, 2), (2, 1.78e9, 3, {OTHER}, 4)")
    for number, columns in enumerate(("x", "id TEXT, timestamp, x", "id, timestamp, x", "id INTEGER PRIMARY KEY, x")):
        change(seed, f"CREATE TABLE {METRIC_PREFIX}other_{number} ({columns})")
        change(seed, f"INSERT INTO {METRIC_PREFIX}other_{number} (x) VALUES ({USER})")
    wide = ", ".join(f"c{number}" for number in range(1_500))
    change(seed, f"CREATE TABLE {METRIC_PREFIX}wide (id INTEGER PRIMARY KEY, timestamp, {wide})")
    location = Location(path=seed)
    ((found),) = personal_answer(location, "UTC", USER, 0.0).tables
    assert (found.rows, found.title) == (1, 'Odd %s "votes')
    content = json.loads(personal_file(location, "UTC", USER, 0.0, 100_000).data)
    assert content[f'{METRIC_PREFIX}odd %s "votes'] == [
        {"id": 1, "timestamp": 1.78e9, "select": 1, "save %": int(USER), "_meta": 2}
    ]


def test_what_waits_or_was_refused_goes_unless_somebody_holds_it(seed: Path) -> None:
    location = fill(seed)
    refused, waiting = make_spool(location, REFUSED), make_spool(location)
    for spool in (refused, waiting):
        spool.append([command_record("comfy", USER)])
    refused.close()
    ReceiptFile(receipts_beside(seed)).write(Receipt(f"{USER}-7", DeliveryStage.TRACKED, 1.0), 10, 0.0)
    words = forget_answer(location, USER, in_backups=False)
    assert "Removed: 54 rows" in words and "Traces may stay" in words and not refused.path.exists()
    waiting.close()
    again = forget_answer(location, USER, in_backups=False)
    assert "Removed: 1 row" in again and "Traces" not in again
    assert [file for file in seed.parent.iterdir() if USER.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("name", ["", "\u202egnp", "@everyone " * 50])
def test_names_are_told_as_they_are_stored(seed: Path, name: str) -> None:
    location = fill(seed)
    choose_answer(location, "UTC", OTHER, True, 0.0)  # the file is brought up to date
    change(seed, f"INSERT INTO names (kind, id, name, updated) VALUES ('user', '{USER}', '{name}', 1)")
    assert personal_answer(location, "UTC", USER, 0.0).names == (name,)
