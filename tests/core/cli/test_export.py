"""``botpulse-db export`` as people use it: what it writes, prints, refuses and returns."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest

from core.cli.main import main
from core.export.separators import SEMICOLONS
from core.storage.labels import host_label, write_labels
from core.text.masking import MASK
from tests.core import deployed

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 60.0
NOW = time.time()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The deployed bot's file: 400 commands and images, ten minutes apart, the last a moment ago."""
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, 400, 400, step=600.0)
    return path


def run(*arguments: str | Path) -> int:
    return main(["export", *map(str, arguments)])


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_table_to_a_file(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = database.with_name("out.csv")
    assert run(database, target, "--table", "commands", "--time-zone", "Europe/Berlin") == 0
    rows = list(csv.DictReader(io.StringIO(target.read_bytes().decode(), newline="")))
    assert [row["Id"] for row in rows] == [str(i) for i in range(400, 0, -1)]
    assert {row["UTC offset"] for row in rows} <= {"UTC+01:00", "UTC+02:00"}
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"Exported 400 rows to {target} (")
    assert "\r" not in said.err


def test_every_format_by_the_end_of_the_name(database: Path) -> None:
    for end in ("csv", "jsonl", "json", "xlsx"):
        assert run(database, database.with_name(f"out.{end}"), "--table", "images", "--limit", "7") == 0
    assert len(lines(database.with_name("out.jsonl"))) == 7
    assert len(json.loads(database.with_name("out.json").read_text(encoding="utf-8"))) == 7
    sheet = openpyxl.load_workbook(database.with_name("out.xlsx")).active
    assert sheet is not None
    assert (sheet.title, sheet.max_row) == ("Images", 8)


def test_for_excel_it_is_as_the_region_has_it(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.cli.export.host_separators", lambda: SEMICOLONS)
    plain, excel = database.with_name("plain.csv"), database.with_name("excel.csv")
    assert run(database, plain, "--table", "images", "--limit", "3") == 0
    assert run(database, excel, "--table", "images", "--limit", "3", "--excel") == 0
    assert plain.read_text(encoding="utf-8").startswith('"Time","UTC offset",')
    assert excel.read_text(encoding="utf-8-sig").startswith('"Time";"UTC offset";')


def test_filter_sort_columns_and_masks(database: Path) -> None:
    target = database.with_name("out.jsonl")
    asked = ["--filter", "user:7", "--sort", "id", "--ascending", "--columns", "id, user,prompt", "--mask-prompts"]
    assert run(database, target, "--table", "images", *asked) == 0
    assert lines(target) == [{"id": i, "user": "7", "prompt": MASK} for i in (8, 308)]


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        (["--range", "1h"], 5, 8),
        (["--range", "all"], 400, 400),
        (["--range", "last 6 h"], 34, 37),
        (["--range", "45min"], 4, 7),
        (["--range", "2020-01-01 to 2020-12-31"], 0, 0),
        (["--since", "2h"], 11, 13),
        (["--until", "2h"], 387, 389),
        (["--since", "1d", "--until", "12h"], 70, 74),
        (["--since", "@0", "--until", "@1"], 0, 0),
    ],
)
def test_times(database: Path, asked: list[str], least: int, most: int) -> None:
    target = database.with_name("out.jsonl")
    assert run(database, target, "--table", "commands", *asked) == 0
    assert least <= len(lines(target)) <= most


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--sort", "prompt"], "commands has no column 'prompt'. Its columns: time, command, user"),
        (["--columns", "time,nothing"], "commands has no column 'nothing'"),
        (["--since", "soon"], "--since 'soon': a time is expected"),
        (["--range", "1h", "--since", "2h"], "Give --range, or --since and --until"),
        (["--range", "fortnight"], "no time range"),
        (["--since", "1h", "--until", "2h"], "--since is not before --until"),
        (["--time-zone", "Mars/Olympus"], "There is no time zone 'Mars/Olympus'"),
        (["--time-zone", "../etc"], "There is no time zone '../etc'"),
        (["--excel", "--format", "json"], "--excel is for CSV only"),
    ],
)
def test_arguments_without_a_meaning_are_refused(
    database: Path, asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = database.with_name("out.csv")
    assert run(database, target, "--table", "commands", *asked) == 2
    assert said in capsys.readouterr().err
    assert not target.exists()


def test_names_that_are_known_stand_beside_the_ids_unless_they_are_masked(database: Path) -> None:
    target = database.with_name("out.jsonl")
    assert run(database, target, "--table", "commands", "--limit", "1") == 0
    (row,) = lines(target)
    assert "user_name" not in row, "a file without names is exported as before"
    write_labels([host_label("user", str(row["user"]), "Anna")])
    assert run(database, target, "--table", "commands", "--limit", "1") == 0
    (named,) = lines(target)
    assert (named["user"], named["user_name"], named["server_name"]) == (row["user"], "Anna", None)
    assert run(database, target, "--table", "commands", "--limit", "1", "--mask-names") == 0
    assert lines(target) == [row]


def test_a_number_of_rows_is_none_or_more(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("-1", "few", "1.5"):
        with pytest.raises(SystemExit) as ended:
            run(database, database.with_name("out.csv"), "--table", "commands", "--limit", wrong)
        assert ended.value.code == 2
        assert f"argument --limit: '{wrong}' is not a number of rows, from 0 on" in capsys.readouterr().err
    assert not database.with_name("out.csv").exists()


def test_a_filter_that_is_not_understood_is_marked(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(database, "-", "--table", "images", "--filter", "fox usr:4821 slow>abc") == 2
    said = capsys.readouterr()
    assert said.out == ""
    found = said.err.splitlines()
    assert found[0] == "The filter is not understood:"
    assert found[1:3] == ["  fox usr:4821 slow>abc", "      ^^^^^^^^"]
    assert "user:" in found[3]
    assert found[4:6] == ["  fox usr:4821 slow>abc", "               ^^^^^^^^"]
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("target", "said"),
    [("none/out.csv", "The folder is not there: "), ("out.docx", "The kind of file is not known: "),
     ("bot.db", "The kind of file is not known"), (".", "The kind of file is not known")],
)  # fmt: skip
def test_faults_of_the_target_come_in_words(
    database: Path, target: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(database, database.parent / target, "--table", "commands") == 1
    assert said in capsys.readouterr().err


def test_the_database_itself_is_refused(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = database.read_bytes()
    assert run(database, database, "--table", "commands", "--format", "csv") == 1
    assert "This is the database itself" in capsys.readouterr().err
    assert database.read_bytes() == before


def test_missing_database_is_told_and_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.db", tmp_path / "out.csv", "--table", "days") == 1
    assert capsys.readouterr().err.startswith("The database is not there: ")
    assert list(tmp_path.glob("*")) == []


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "core.cli.main", "export", *map(str, arguments)]


def test_printed(database: Path) -> None:
    done = subprocess.run(
        command(database, "-", "--table", "commands", "--limit", "2", "--columns", "id,command", "--format", "jsonl"),
        cwd=ROOT, capture_output=True, timeout=WAIT_SECONDS, check=True,
    )  # fmt: skip
    assert done.stdout == b'{"id": 400, "command": "stats"}\n{"id": 399, "command": "video"}\n'
    assert done.stderr.startswith(b"Exported 2 rows in ")


def test_a_workbook_is_not_printed(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(database, "-", "--table", "commands", "--format", "xlsx") == 2
    assert "cannot be printed" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
def test_a_reader_that_has_seen_enough(database: Path) -> None:
    deployed.fill(database, 100_000, step=1.0)
    with subprocess.Popen(
        command(database, "-", "--table", "commands"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'"Time"')
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_half_way_it_leaves_nothing(database: Path, number: signal.Signals) -> None:
    deployed.fill(database, 400_000, step=0.5)
    target = database.with_name("out.xlsx")
    target.write_bytes(b"before")
    with subprocess.Popen(
        command(database, target, "--table", "commands"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        until = time.monotonic() + WAIT_SECONDS
        while not list(database.parent.glob(".botpulse-*.part")) and time.monotonic() < until:
            assert process.poll() is None
        process.send_signal(number)
        output, said = process.communicate(timeout=WAIT_SECONDS)
    assert (process.returncode, output, said) == (130, b"", b"")
    assert target.read_bytes() == b"before"
    assert sorted(entry.name for entry in database.parent.iterdir() if entry.is_file()) == ["bot.db", "out.xlsx"]
