"""``botpulse-db`` backup, restore, reset, undo, optimise, check: what they say, ask, do and return."""

from __future__ import annotations

import io
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from core.cli.main import main
from core.maintenance import backups
from tests.core import deployed
from tests.core.cli.test_main import ROOT, WAIT_SECONDS
from tests.core.storage.test_database import ask
from tests.core.stored import content, leftovers, rows
from tests.hang_guard import HANG_SECONDS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = deployed.create(tmp_path / "analytics.db", "seed")
    deployed.fill(path, commands=40, images=60, start=1.78e9, step=3600.0)
    return path


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_backup(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(path)]) == 0
    (made,) = backups.backups(path)
    assert capsys.readouterr().out.startswith("Backed up 100 rows")
    assert content(made.path) == content(path)
    assert main(["backup", str(path), str(tmp_path / "mine.db")]) == 0
    assert main(["backup", str(path), str(tmp_path / "mine.db")]) == 1
    assert "A backup never overwrites a file." in capsys.readouterr().err


def test_reset_asks_for_the_name(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = content(path)
    for wrong in ("", "yes\n", "analytics\n"):
        answer(monkeypatch, wrong)
        assert main(["reset", str(path)]) == 2
        assert capsys.readouterr().out.rstrip().endswith("Nothing was changed.")
    assert content(path) == before
    assert backups.backups(path) == ()
    answer(monkeypatch, "analytics.db\n")
    assert main(["reset", str(path)]) == 0
    out = capsys.readouterr().out
    assert "command_usage  40 rows will go, since 2026-" in out
    assert "Deleted 100 rows" in out
    assert not any(rows(path).values())


def test_reset_and_undo(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = rows(path)
    assert main(["undo", str(path)]) == 2
    assert main(["reset", str(path), "--yes"]) == 0
    assert main(["reset", str(path), "--yes"]) == 0
    assert "There is nothing to delete." in capsys.readouterr().out
    assert main(["undo", str(path)]) == 0
    assert "Brought 100 rows back" in capsys.readouterr().out
    assert rows(path) == before
    (made,) = backups.backups(path)
    assert main(["undo", str(path), str(made.path)]) == 0
    assert rows(path) == before


def test_reset_of_what_is_older(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reset", str(path), "--older-than", "2026-05-29", "--yes"]) == 0
    assert " of 60 rows will go" in capsys.readouterr().out
    assert 0 < ask(path, "SELECT count(*) FROM image_stats")[0][0] < 60


@pytest.mark.parametrize(
    ("day", "said"),
    [("1960-01-01", "nothing to delete"), ("0001-01-02", "nothing to delete"), ("3500-01-01", "Deleted 100 rows")],
)
def test_reset_of_what_is_older_than_any_day(
    path: Path, day: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reset", str(path), "--older-than", day, "--yes"]) == 0
    assert said in capsys.readouterr().out


def test_a_date_that_is_none_is_named(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["reset", str(path), "--older-than", "spring"])
    assert caught.value.code == 2
    assert "'spring' is not a date such as 2026-03-31" in capsys.readouterr().err


LONG = "x" * 300 + ".db"


@pytest.mark.parametrize(
    "command",
    [
        ("check", LONG),
        ("backup", LONG),
        ("backup", "FILE", LONG),
        ("reset", LONG, "--yes"),
        ("reset", "FILE", "--yes", "--backup-to", LONG),
        ("undo", "FILE", LONG),
        ("restore", "FILE", LONG),
        ("optimise", LONG),
        ("simulate", LONG, "--history-only"),
        ("export", LONG, "a.csv", "--table", "commands"),
        ("export", "FILE", LONG.replace("db", "csv"), "--table", "commands"),
    ],
)
def test_a_name_that_no_file_can_have_is_told_as_that(
    path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(path)
    assert main([str(path) if word == "FILE" else word for word in command]) == 1
    assert "This name is not allowed there" in capsys.readouterr().err
    assert rows(path) == before


def test_restore(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    main(["backup", str(path)])
    (made,) = backups.backups(path)
    before = rows(path)
    deployed.Bot(path).track_command()
    answer(monkeypatch, "no\n")
    assert main(["restore", str(path), str(made.path)]) == 2
    out = capsys.readouterr().out
    assert "Newer than the backup, and gone from the database afterwards: 1 row\n" in out
    answer(monkeypatch, "analytics.db\n")
    assert main(["restore", str(path), str(made.path)]) == 0
    assert rows(path) == before
    path.unlink()
    assert main(["restore", str(path), str(made.path)]) == 0
    assert rows(path) == before


def test_optimise(path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    before = content(path)
    answer(monkeypatch, "n\n")
    assert main(["optimise", str(path)]) == 2
    assert "adds the column is_video to image_stats" in capsys.readouterr().out
    assert content(path) == before
    assert main(["optimise", str(path), "--wal", "--yes"]) == 0
    assert ask(path, "PRAGMA journal_mode") == [("wal",)]
    assert main(["optimise", str(path), "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_check(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(path)]) == 0
    assert capsys.readouterr().out == "The database is sound.\n"
    with path.open("r+b") as file:
        file.seek(4096 + 3)
        file.write(b"\0\1")
    assert main(["check", str(path)]) == 1
    assert capsys.readouterr().out.startswith("The database is damaged: ")


def test_a_server_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "postgresql://someone:secret@server/bot"]) == 1
    errors = capsys.readouterr().err
    assert "pg_dump" in errors
    assert "secret" not in errors


HALF_WAY = """
import sys, time
from core.cli.main import main
from core.cli.terminal import TerminalLine

def wait_for_ctrl_c(line, progress):
    if progress.share > 0:
        print("half way", flush=True)
        while True:
            time.sleep(0.01)

TerminalLine.show_progress = wait_for_ctrl_c
sys.exit(main(sys.argv[1:]))
"""
"""The command line, which stops in the middle of a task until it is sent a signal."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_half_done(path: Path, number: signal.Signals) -> None:
    deployed.fill(path, commands=20_000)
    before = path.read_bytes()
    command = [sys.executable, "-c", HALF_WAY, "backup", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half way\n"
        assert leftovers(path) != []
        process.send_signal(number)
        output, errors = process.communicate(timeout=HANG_SECONDS)
    assert (process.returncode, output, errors) == (130, "", "")
    assert path.read_bytes() == before
    assert leftovers(path) == []
    assert backups.backups(path) == ()


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")
def test_a_terminal_sees_how_far_it_is(path: Path) -> None:
    import pty

    deployed.fill(path, commands=60_000)
    ours, theirs = pty.openpty()
    at_once = "import sys; from core.cli import main, terminal; terminal._SHOW_EVERY = 0; main.main(sys.argv[1:])"
    command = [sys.executable, "-c", at_once, "backup", str(path)]  # a quick machine would have nothing to show
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=ROOT) as process:
        output, _ = process.communicate(timeout=WAIT_SECONDS)
    os.set_blocking(ours, False)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    assert output.startswith("Backed up 60,100 rows")
    assert "%" in seen
    assert seen.endswith("\r")


def test_the_database_is_not_needed_open(path: Path) -> None:
    """Another program that holds the file open sees the rows go and come back."""
    with closing(sqlite3.connect(path)) as other:
        main(["reset", str(path), "--yes"])
        assert other.execute("SELECT count(*) FROM command_usage").fetchone() == (0,)
        main(["undo", str(path)])
        assert other.execute("SELECT count(*) FROM command_usage").fetchone() == (40,)


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "goes_on"), [("j", True), ("Ja", True), ("yes", True), ("n", False), ("", False)])
def test_in_german_a_question_takes_the_letter_that_it_names(path: Path, typed: str, goes_on: bool) -> None:
    command = [sys.executable, "-m", "core.cli.main", "optimise", str(path)]
    speaks = {**os.environ, "BOTPULSE_LANGUAGE": "de", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=ROOT, env=speaks, input=f"{typed}\n", capture_output=True, encoding="utf-8", check=False
    )
    assert "[j/N]" in done.stdout
    assert done.returncode == (0 if goes_on else 2), done.stdout + done.stderr
