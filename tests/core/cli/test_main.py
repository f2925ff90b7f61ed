"""``botpulse-db`` as a process of its own: what it writes, says and returns."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.cli.main import main
from core.simulation.ownership import Standing, standing
from tests.parameters import slow_after

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 30.0


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, for the log."""
    for variable in ("HOME", "XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    return tmp_path / "home"


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the command line."""
    return subprocess.Popen(
        [sys.executable, "-m", "core.cli.main", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},  # on Windows a pipe has the code page of the region
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Run it to its end; return exit code, output and errors."""
    process = start(*arguments)
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, output, errors


def count(path: Path, table: str = "command_usage") -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def real_database(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE command_usage (id INTEGER PRIMARY KEY AUTOINCREMENT, command_name TEXT NOT NULL,"
            " user_id TEXT NOT NULL, guild_id TEXT, channel_id TEXT, timestamp REAL NOT NULL, execution_time REAL,"
            " success INTEGER NOT NULL)"
        )
        connection.execute(
            "INSERT INTO command_usage (command_name, user_id, timestamp, success) VALUES ('stats', '1', 1.7e9, 1)"
        )
        connection.commit()
    return path


@pytest.mark.slow
def test_history_only(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    code, output, errors = run("simulate", path, "--days", "3", "--rows", "500", "--history-only")
    assert (code, errors) == (0, "")
    assert "Wrote 500 events" in output
    assert sum(count(path, table) for table in ("command_usage", "image_stats", "user_activity")) == 500


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("number", slow_after(1, [signal.SIGTERM, signal.SIGINT]))
def test_live_until_it_is_asked_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "a.db"
    process = start("simulate", path, "--days", "0.1", "--rate", "80")
    assert process.stdout is not None
    past, live = process.stdout.readline(), process.stdout.readline()
    assert past.startswith("Wrote ")
    assert live.startswith("Live: about 80 events a second")
    before, deadline = count(path), time.monotonic() + WAIT_SECONDS
    while count(path) < before + 20 and time.monotonic() < deadline:
        assert process.poll() is None
    process.send_signal(number)
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, errors) == (0, "")
    assert output.startswith("Stopped after ")
    with closing(sqlite3.connect(path)) as connection:
        last = connection.execute("SELECT action_type FROM user_activity ORDER BY id DESC LIMIT 1").fetchone()
    assert last == ("bot_shutdown",)
    assert count(path) >= before + 20


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
def test_the_past_can_be_interrupted_at_a_whole_step(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    process = start("simulate", path, "--days", "900", "--rows", "3000000", "--history-only")
    deadline = time.monotonic() + WAIT_SECONDS
    while standing(path) is not Standing.SIMULATED and time.monotonic() < deadline:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, output, errors) == (130, "", "")
    assert 0 < count(path) < 1_500_000


def test_an_existing_simulation_gets_a_past_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    assert main(["simulate", str(path), "--days", "2", "--rows", "200", "--history-only"]) == 0
    before = count(path)
    assert main(["simulate", str(path), "--history-only"]) == 0
    assert count(path) == before


@pytest.mark.slow
def test_a_real_bots_database_is_left_alone(tmp_path: Path) -> None:
    path = real_database(tmp_path / "analytics.db")
    before = hashlib.sha256(path.read_bytes()).digest()
    code, output, errors = run("simulate", path, "--days", "1", "--history-only")
    assert (code, output) == (2, "")
    assert errors.startswith("This looks like a real bot's database: ")
    assert "--force" in errors
    assert "Traceback" not in errors
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [entry.name for entry in tmp_path.glob("analytics*")] == ["analytics.db"]


def test_force_mixes_all_the_same(tmp_path: Path) -> None:
    path = real_database(tmp_path / "analytics.db")
    arguments = ["simulate", str(path), "--days", "1", "--rows", "100", "--history-only", "--force"]
    assert main(arguments) == 0
    assert count(path) > 1


def test_a_fault_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("This is a list of things to buy, and no database at all.\n" * 9)
    assert main(["simulate", str(path), "--history-only"]) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("This file is not a database: ")
    assert "Choose the bot's database" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("wrong", [["--days", "-1"], ["--days", "soon"], ["--rows", "0"], ["--rate", "nan"]])
def test_wrong_arguments_are_named(tmp_path: Path, wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["simulate", str(tmp_path / "a.db"), *wrong])
    assert caught.value.code == 2
    assert f"argument {wrong[0]}: '{wrong[1]}' is not a " in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("botpulse-db ")


def test_a_missing_file_is_not_said_to_be_watched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(tmp_path / "none.db"), str(tmp_path)]) != 0
    said = capsys.readouterr().err
    assert "The database is not there" in said
    assert "watched" not in said and "by itself" not in said
