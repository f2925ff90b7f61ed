"""``botpulse-db stats`` as people use it: what it prints, refuses and returns."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from core.cli.main import main
from core.text.columns import width_of
from tests.core import deployed
from tests.core.stored import change

ZONE = ("--zone", "Europe/Berlin")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The deployed bot's file: 400 commands and images, ten minutes apart, the last a moment ago."""
    path = deployed.create(tmp_path / "bot.db")
    deployed.fill(path, 400, 400, step=600.0)
    return path


def run(*arguments: str | Path) -> int:
    return main(["stats", *map(str, arguments)])


def table(text: str) -> list[list[str]]:
    """The cells of a printed table, its headings first, its total last."""
    body = text.split("\n\n")[1].splitlines()
    return [line.split() for line in body if not line.startswith("---")]


def test_without_options_it_is_the_last_seven_days(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = database.read_bytes()
    assert run(database, *ZONE) == 0
    said = capsys.readouterr()
    headings, *days, total = table(said.out)
    assert headings[:3] == ["day", "commands", "failed"]
    assert len(days) == 7
    assert days[-1][1:3] == ["still", "filling"]
    assert days[0][1:4] == ["before", "records", "—"]
    assert total[:3] == ["total", "400", "40"]
    assert total[-1] == "300", "different users, not the sum of those of each day"
    assert said.err == ""
    assert database.read_bytes() == before


def test_csv_is_whole_and_its_notes_are_apart(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(database, "--by", "day,command", "--csv", "--limit", "3", *ZONE) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert len(rows) == 3
    assert list(rows[0]) == [
        "day", "command", "bucket", "commands", "failed", "execution_p50", "execution_p95", "users",
    ]  # fmt: skip
    assert float(rows[0]["execution_p50"]) == pytest.approx(1.5, rel=0.01)
    assert re.search(r"^3 of 1\d rows; the total is of all\.$", said.err, re.MULTILINE)


def test_json_says_null_where_nothing_is_known(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(database, "UPDATE image_stats SET generation_time = NULL")
    assert run(database, "--by", "type", "--json", "--range", "all", *ZONE) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == [
        {"type": "standard", "images": 400, "videos": 0, "generation_p50": None, "generation_p95": None, "users": 300}
    ]
    assert (told["by"], told["time_zone"], told["rows_left_out"]) == (["type"], "Europe/Berlin", 0)


def test_sorted_limited_and_masked(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(database, "UPDATE command_usage SET user_id = '123456789012344821' WHERE id <= 200")
    asked = ("--by", "user", "--table", "commands", "--sort", "commands", "--limit", "2", "--masked")
    assert run(database, *asked, *ZONE) == 0
    headings, first, second, total = table(capsys.readouterr().out)
    assert (headings[0], first[:2], second[0], total[1]) == ("user", ["…4821", "200"], "••••••", "400")
    assert run(database, "--by", "command", "--sort", "command", "--ascending", "--csv", *ZONE) == 0
    names = [row["command"] for row in csv.DictReader(io.StringIO(capsys.readouterr().out))]
    assert names == ["comfy", "redux", "stats", "video"]


def test_filters_are_those_of_the_filter_box(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(database, "--by", "all", "--filter", "command:comfy failed", "--csv", *ZONE) == 0
    said = capsys.readouterr()
    (row,) = csv.DictReader(io.StringIO(said.out))
    assert (row["commands"], row["failed"], row["images"]) == ("20", "20", "")
    assert "Images are recorded without what the filter asks for" in said.err


def test_text_of_the_bots_users_is_harmless(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(database, "UPDATE command_usage SET command_name = '=x\x1b[31m\u202e' WHERE id % 2")
    assert run(database, "--by", "command", *ZONE) == 0
    assert not {"\x1b", "\u202e"} & set(capsys.readouterr().out)
    assert run(database, "--by", "command", "--csv", *ZONE) == 0
    assert "\"'=x[31m" in capsys.readouterr().out
    assert run(database, "--by", "command", "--json", *ZONE) == 0
    assert capsys.readouterr().out.isascii()


def test_it_fits_the_terminal(
    database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(database, "UPDATE command_usage SET command_name = command_name || ' of a rather long name'")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((50, 24)))
    assert run(database, "--by", "command", *ZONE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(width_of, lines)) <= 50
    assert lines[3].startswith("comfy of")
    assert " ".join(lines[-2:]) == "No room for users: a wider window, --csv or --json shows them."


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--by", "moon"], "'moon' is nothing to break down by. There are: hour, day, week"),
        (["--by", "day,user,command"], "--by takes one or two; these are 3."),
        (["--by", "command,lora"], "No table records all of this: command, LoRA."),
        (["--sort", "moon"], "There is no column 'moon' to sort by. There are: day, commands, failed"),
        (["--range", "fortnight"], "--range: “fortnight” is no time range"),
        (["--filter", "usr:1"], "The filter is not understood:"),
        (["--zone", "Mars/Olympus"], "There is no time zone 'Mars/Olympus'"),
    ],
)
def test_arguments_without_a_meaning_are_refused(
    tmp_path: Path, asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "none.db", *asked) == 2, "before the database is opened"
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_database_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.db") == 1
    assert capsys.readouterr().err.startswith("The database is not there: ")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_says_that_nothing_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(deployed.create(tmp_path / "bot.db"), "--by", "user", *ZONE) == 0
    said = capsys.readouterr().out
    assert "No commands are recorded.\nNo images are recorded.\n" in said
    assert table(said)[-1] == ["total", *["—"] * 8]


def test_it_stops_when_it_is_asked_to(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    stop.set()
    monkeypatch.setattr("core.cli.stats.stopped_by_signals", lambda: nullcontext(stop))
    assert run(database) == 130


def test_a_bot_that_writes_meanwhile_loses_nothing(database: Path) -> None:
    bot = deployed.Bot(database)
    assert bot.track_command(at=time.time())
    assert run(database, "--by", "hour", "--range", "all") == 0
    assert bot.track_command(at=time.time())
    assert bot.errors == []
