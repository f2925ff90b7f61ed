from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import DatabaseMissing, NoAccess
from core.models import CommandUsage, ImageStats
from core.storage.database import open_for_writing
from core.storage.reader import reading
from tests.core import deployed
from tests.platforms import moves_open_files

SEED = {
    "command_usage": [
        ("id", "INTEGER", 1),
        ("command_name", "TEXT", 1),
        ("user_id", "TEXT", 1),
        ("guild_id", "TEXT", 0),
        ("channel_id", "TEXT", 0),
        ("timestamp", "REAL", 1),
        ("execution_time", "REAL", 0),
        ("success", "INTEGER", 1),
    ],
    "image_stats": [
        ("id", "INTEGER", 1),
        ("user_id", "TEXT", 1),
        ("prompt", "TEXT", 0),
        ("resolution", "TEXT", 0),
        ("loras", "TEXT", 0),
        ("upscale_factor", "INTEGER", 0),
        ("generation_time", "REAL", 0),
        ("timestamp", "REAL", 1),
        ("is_video", "INTEGER", 0),
        ("generation_type", "TEXT", 0),
    ],
    "user_activity": [
        ("id", "INTEGER", 1),
        ("user_id", "TEXT", 1),
        ("guild_id", "TEXT", 0),
        ("action_type", "TEXT", 1),
        ("timestamp", "REAL", 1),
        ("details", "TEXT", 0),
    ],
    "daily_stats": [
        ("date", "TEXT", 1),
        ("total_commands", "INTEGER", 1),
        ("total_images", "INTEGER", 1),
        ("unique_users", "INTEGER", 1),
        ("avg_generation_time", "REAL", 0),
        ("popular_commands", "TEXT", 0),
        ("popular_resolutions", "TEXT", 0),
    ],
}

START_AND_TRACK = """
import sys
from core.storage.database import open_for_writing
sys.stdin.readline()
database = open_for_writing(sys.argv[1])
with database.atomic("IMMEDIATE"):
    database.execute_sql("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'bot_start', 1.8e9)")
database.close()
"""


def columns(path: Path, table: str) -> list[tuple[str, str, int]]:
    with closing(sqlite3.connect(path)) as connection:
        return [
            (name, kind, notnull) for _, name, kind, notnull, _, _ in connection.execute(f"PRAGMA table_info({table})")
        ]


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.mark.parametrize("table", SEED)
def test_a_new_database_has_the_seeds_tables(path: Path, table: str) -> None:
    open_for_writing(path).close()
    as_real = [(name, {"DOUBLE": "REAL"}.get(kind, kind), notnull) for name, kind, notnull in columns(path, table)]
    assert as_real[: len(SEED[table])] == SEED[table]
    assert not any(notnull for _, _, notnull in as_real[len(SEED[table]) :]), "whoever inserts by name goes on"


def test_ids_are_never_handed_out_twice(path: Path) -> None:
    open_for_writing(path).close()
    bot = deployed.Bot(path)
    assert bot.track_command() and bot.reset() and bot.track_command()
    assert ask(path, "SELECT id FROM command_usage") == [(2,)]


def test_floats_stay_floats(path: Path) -> None:
    open_for_writing(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1800000000)")
    assert ask(path, "SELECT typeof(timestamp) FROM user_activity") == [("real",)]


def test_write_ahead_log_and_whole_commits(path: Path) -> None:
    database = open_for_writing(path)
    assert database.execute_sql("PRAGMA journal_mode").fetchone() == ("wal",)
    assert database.execute_sql("PRAGMA synchronous").fetchone() == (2,)
    database.close()
    assert [p.name for p in path.parent.iterdir()] == ["analytics.db"]


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    open_for_writing(path).close()
    assert columns(path, "daily_stats")


def test_missing_folder_is_no_access_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(NoAccess):
        open_for_writing(tmp_path / "nowhere" / "analytics.db")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_eight_processes_start_at_once_on_a_new_file(path: Path) -> None:
    command = [sys.executable, "-c", START_AND_TRACK, str(path)]
    root = Path(__file__).parents[3]
    running = [subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=30)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 8, "\n".join(said)
    assert ask(path, "SELECT COUNT(*), COUNT(DISTINCT id) FROM user_activity") == [(8, 8)]
    assert ask(path, "SELECT COUNT(*), COUNT(DISTINCT name) FROM botpulse_migration") == [(5, 5)]
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_while_somebody_reads_the_journal_stays_and_the_write_ahead_log_comes_later(path: Path) -> None:
    deployed.create(path)
    open_for_writing(path).close()
    assert ask(path, "PRAGMA journal_mode = delete") == [("delete",)]
    deployed.fill(path, commands=10)
    with closing(sqlite3.connect(path)) as reader:
        cursor = reader.execute("SELECT * FROM command_usage")
        cursor.fetchone()
        database = open_for_writing(path, timeout=0.1)
        assert database.execute_sql("PRAGMA journal_mode").fetchone() == ("delete",)
        database.close()
        cursor.close()
    open_for_writing(path).close()
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]


def test_while_another_writes_it_waits(path: Path) -> None:
    deployed.create(path)
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE');"
        "c.execute(\"INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'x', 1)\");"
        "print('holding', flush=True); sys.stdin.readline(); c.commit()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        assert holder.stdout.readline().rstrip() == b"holding"
        holder.stdin.write(b"\n")
        holder.stdin.flush()
        open_for_writing(path, timeout=10).close()
    with reading(path) as reader:
        assert not reader.added_columns
    assert ask(path, "SELECT COUNT(*) FROM user_activity") == [(1,)]


def test_rows_that_were_written_are_read(path: Path) -> None:
    database = open_for_writing(path)
    CommandUsage.insert(command_name="a", user_id="1", timestamp=1.8e9, success=1).execute(database)
    ImageStats.insert(user_id="1", timestamp=1.8e9).execute(database)
    database.close()
    with reading(path) as reader:
        assert reader.indexed == {"command_usage", "image_stats", "user_activity", "failures"}
        assert reader.rows(ImageStats.select(ImageStats.is_video, ImageStats.generation_type)) == [(0, "standard")]


@moves_open_files
def test_no_new_file_takes_the_log_of_one_that_was_moved_away(tmp_path: Path) -> None:
    """SQLite would delete it, and what was committed to it would be gone when the file is put back."""
    path, away = tmp_path / "a.db", tmp_path / "away.db"
    database = open_for_writing(path)
    database.execute_sql("INSERT INTO user_activity (user_id, action_type, timestamp) VALUES ('1', 'join', 1.7e9)")
    path.rename(away)
    with pytest.raises(DatabaseMissing):
        open_for_writing(path)
    assert not path.exists()
    away.rename(path)
    open_for_writing(path).close()
    assert ask(path, "SELECT count(*) FROM user_activity") == [(1,)]
    database.close()
