"""Which ids have no name: those that most rows tell of first, and none that was asked for in vain lately."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.manager import AnalyticsManager
from core.storage.labels import Label, LabelSource, fetched_label, host_label, write_labels
from core.storage.reader import reading
from core.storage.unnamed import ASKED_AGAIN_AFTER, UnnamedId, unnamed_ids, without_label
from core.time_ranges import DAY

ANNA, BEN, CLEO, DORA, GUILD, CHANNEL = (str(41771983423143930 + number) for number in range(6))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "analytics.db"
    with AnalyticsManager(path) as manager:
        for _ in range(3):
            manager.track_command("imagine", ANNA, GUILD, CHANNEL, 1.0)
        manager.track_command("imagine", BEN, None, "41771983423143999", 1.0)
        manager.track_image_generation(CLEO, "a fox", "1:1", [], 1, 2.0)
        manager.track_image_generation(CLEO, "a fox", "1:1", [], 1, 2.0)
        manager.track_user_activity(DORA, "vote", GUILD)
        manager.track_failure("command", "imagine", DORA, guild_id=GUILD, channel_id=CHANNEL, error="broken")
        for strange in ("unknown", "12", "1" * 25, "٣" * 17, "41771983423143930x", "'; DROP TABLE names"):
            manager.track_command("imagine", strange, None, None, 1.0)
        assert manager.flush(10)
    return path


def found(path: Path, now: float | None = None) -> list[UnnamedId]:
    with reading(path) as reader:
        ids = unnamed_ids(reader)
    return without_label(ids, time.time() if now is None else now)


def test_every_table_is_counted_and_what_is_no_id_is_left_out(database: Path) -> None:
    everything = found(database)
    assert {(kind, id): rows for kind, id, rows in everything} == {
        ("guild", GUILD): 5,
        ("channel", CHANNEL): 4,
        ("user", ANNA): 3,
        ("user", CLEO): 2,
        ("user", DORA): 2,
        ("user", BEN): 1,
    }
    assert [each.rows for each in everything] == [5, 4, 3, 2, 2, 1]


def test_a_row_of_names_or_a_label_is_a_name(database: Path) -> None:
    with AnalyticsManager(database) as manager:
        manager.note_name("user", ANNA, "Anna")
        manager.note_name("channel", ANNA, "not the user")
        assert manager.flush(10)
    write_labels([host_label("user", BEN, "Ben"), fetched_label("guild", GUILD, "Studio")])
    assert [(kind, id) for kind, id, _ in found(database)] == [("channel", CHANNEL), ("user", CLEO), ("user", DORA)]


def test_whom_discord_did_not_know_is_asked_for_again_after_a_while(database: Path) -> None:
    now = time.time()
    write_labels(
        [
            Label("user", ANNA, LabelSource.DISCORD, "", now - ASKED_AGAIN_AFTER + DAY),
            Label("user", BEN, LabelSource.DISCORD, "", now - ASKED_AGAIN_AFTER - DAY),
        ]
    )
    users = {id for kind, id, _ in found(database, now) if kind == "user"}
    assert ANNA not in users and BEN in users


def test_a_file_of_the_deployed_bot_is_only_read(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE command_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, command_name TEXT NOT NULL, "
            "user_id TEXT NOT NULL, guild_id TEXT, channel_id TEXT, timestamp REAL NOT NULL, "
            "execution_time REAL, success INTEGER)"
        )
        connection.execute(
            "INSERT INTO command_usage VALUES (1, 'imagine', ?, ?, ?, ?, 1.0, 1)", (ANNA, GUILD, CHANNEL, time.time())
        )
    before = path.read_bytes()
    assert {(kind, id) for kind, id, _ in found(path)} == {("user", ANNA), ("guild", GUILD), ("channel", CHANNEL)}
    assert path.read_bytes() == before
