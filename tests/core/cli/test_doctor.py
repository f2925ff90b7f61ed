"""``botpulse-db doctor``: what it finds, what it advises, and what it never says or changes."""

from __future__ import annotations

import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import pytest
import tzlocal

from core.cli.doctor import comfyui as comfyui_facts
from core.cli.doctor.observations import _SUBJECTS
from core.cli.main import main
from core.manager import AnalyticsManager

ROOT = Path(__file__).resolve().parents[3]
STATS = {
    "system": {"comfyui_version": "0.3.40"},
    "devices": [{"name": "cuda:0", "vram_total": 24_000_000_000, "vram_free": 6_000_000_000}],
}
WORD = "hush-hush-9"


@pytest.fixture(autouse=True)
def nothing_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMFYUI_URL", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "bot" / "analytics.db"
    path.parent.mkdir()
    manager = AnalyticsManager(str(path))
    manager.track_command("stats", "4711")
    assert manager.flush(10)
    manager.close()
    return path


class Answers(BaseHTTPRequestHandler):
    """A server that answers as its address asks."""

    def do_GET(self) -> None:
        place, _, query = self.path.partition("?")
        self.server.asked.append((query, self.headers.get("Authorization")))  # type: ignore[attr-defined]
        wanted = {"/system_stats": 200, "/closed/system_stats": 401, "/moved/system_stats": 302}
        self.send_response(wanted.get(place, 200))
        self.send_header("Location", "/system_stats")
        self.end_headers()
        huge = json.dumps(STATS).replace("24000000000", "9" * 400)
        odd = {"/deep/system_stats": "[" * 200_000, "/huge/system_stats": huge}
        words = json.dumps(STATS) if place == "/system_stats" else odd.get(place, "<html>")
        self.wfile.write(words.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def comfyui() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, dict[str, str]]]:
    """The exit code, and what was observed by its subject."""
    code = main(["doctor", "--json", *map(str, arguments)])
    said = json.loads(capsys.readouterr().out)
    assert said["fine"] is (code == 0)
    return code, {each["subject"]: each for each in said["observations"]}


def test_a_machine_without_a_database_is_fine(capsys: pytest.CaptureFixture[str]) -> None:
    code, observed = told(capsys)
    assert code == 0
    assert observed["Database"]["grade"] == "note" and "doctor path/to" in observed["Database"]["advice"]
    assert {"Versions", "Libraries", "System", "Clock", "Log", "Spool", "Cache", "Backups"} <= set(observed)


def test_a_sound_database_is_described_and_left_as_it_is(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = database.read_bytes(), sorted(path.name for path in database.parent.iterdir())
    code, observed = told(capsys, database)
    assert code == 0
    assert {observed[each]["grade"] for each in ("Database", "Tables", "Newest event", "Rights")} == {"ok"}
    assert str(database) in observed["Database"]["words"] and "WAL" in observed["Database"]["words"]
    assert (database.read_bytes(), sorted(path.name for path in database.parent.iterdir())) == before


def test_lines_for_a_person_end_with_what_that_comes_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "gone.db")]) == 1
    said = capsys.readouterr().out
    assert "bad   Database       The database is not there" in said
    assert "→ Start the bot, or choose another file." in said
    assert said.splitlines()[-1] == "1 thing to mend, marked bad."


def test_every_subject_has_words_for_a_person() -> None:
    sources = [*(ROOT / "core" / "cli" / "doctor").glob("*.py"), *(ROOT / "gui" / "app").glob("doctor*.py")]
    text = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'(?:Observation|room)\(\s*"([^"]+)"', text)) | {
        "Log",
        "Spool",
        "Cache",
        "Backups",
        "Database",
    }
    assert len(named) > 15
    assert named - _SUBJECTS.keys() == {"Qt"}


@pytest.mark.slow
def test_in_german_words_and_grades_are_german_and_a_program_knows_the_subjects_all_the_same(database: Path) -> None:
    def said(*more: str) -> str:
        command = [sys.executable, "-m", "core.cli.main", "doctor", str(database), *more]
        speaks = {**os.environ, "BOTPULSE_LANGUAGE": "de", "PYTHONIOENCODING": "utf-8", "COMFYUI_URL": "ftp://x"}
        done = subprocess.run(command, cwd=ROOT, env=speaks, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 1, done.stderr
        return done.stdout

    lines = said().splitlines()
    assert lines[-1] == "1 Punkt zu beheben, mit „Fehler“ markiert."
    assert any(re.match(r"ok +Neuestes Ereignis .* etwa 1 Ereignis$", line) for line in lines)
    assert any(re.match(r"Fehler +ComfyUI +seine Adresse", line) for line in lines)
    observed = {each["subject"]: each for each in json.loads(said("--json"))["observations"]}
    assert (observed["Newest event"]["grade"], observed["ComfyUI"]["grade"]) == ("ok", "bad")
    assert "Ereignis" in observed["Newest event"]["words"]


def test_the_database_of_this_folder_or_of_the_environment_is_looked_at(
    database: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(database.parent)
    assert "analytics.db" in told(capsys)[1]["Database"]["words"]
    monkeypatch.setenv("BOTPULSE_DATABASE", "other.db")
    assert "other.db" in told(capsys)[1]["Database"]["words"]


def test_an_older_database_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            "CREATE TABLE command_usage (id INTEGER PRIMARY KEY, command_name TEXT, user_id TEXT, timestamp REAL)"
        )
    code, observed = told(capsys, path)
    assert (code, observed["Tables"]["grade"]) == (0, "note")
    assert "image_stats" in observed["Tables"]["words"] and "optimise" in observed["Tables"]["advice"]
    assert observed["Newest event"]["grade"] == "note"


def test_an_event_of_the_future_tells_of_two_clocks(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(database)) as bot, bot:
        bot.execute("UPDATE command_usage SET timestamp = ?", (time.time() + 3_600,))
    code, observed = told(capsys, database)
    assert (code, observed["Newest event"]["grade"]) == (1, "bad")
    assert "clocks" in observed["Newest event"]["advice"]


@pytest.mark.parametrize(("name", "subject"), [("spool-1", "Spool files"), ("refused-1", "Refused")])
def test_events_that_wait_beside_it_are_told(
    database: Path, name: str, subject: str, capsys: pytest.CaptureFixture[str]
) -> None:
    database.with_name(f"{database.name}.{name}").write_bytes(b"")
    code, observed = told(capsys, database)
    assert (code, observed[subject]["grade"]) == (1, "bad")


def test_a_time_zone_that_is_not_known_is_told(
    database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unknown() -> None:
        raise ZoneInfoNotFoundError("Nowhere/Land")

    monkeypatch.setattr(tzlocal, "get_localzone", unknown)
    code, observed = told(capsys, database)
    assert (code, observed["Clock"]["grade"], observed["Database"]["grade"]) == (1, "bad", "ok")


def test_a_folder_in_which_no_file_can_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("core.cli.doctor.machine.own_folder", lambda: tmp_path / "file")
    code, observed = told(capsys)
    assert (code, observed["Spool"]["grade"]) == (1, "bad")
    assert str(tmp_path / "file") in observed["Spool"]["advice"]


def test_comfyui_says_what_it_runs_on(comfyui: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://bot:{WORD}@127.0.0.1:{comfyui.server_port}/?token={WORD}"
    code, observed = told(capsys, "--comfyui", address)
    words = observed["ComfyUI"]["words"]
    assert code == 0 and "0.3.40" in words and "cuda:0" in words and "(6.0 GB of 24.0 GB free)" in words
    assert WORD not in str(observed)
    ((query, login),) = comfyui.asked  # type: ignore[attr-defined]
    assert query == f"token={WORD}" and login.startswith("Basic ")


@pytest.mark.parametrize(("place", "says"), [("closed", "401"), ("moved", "302"), ("else", "no ComfyUI")])
def test_what_is_no_open_comfyui_is_told(
    comfyui: HTTPServer, place: str, says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYUI_URL", f"http://bot:{WORD}@127.0.0.1:{comfyui.server_port}/{place}")
    code, observed = told(capsys)
    assert code == 1 and says in observed["ComfyUI"]["words"] and observed["ComfyUI"]["advice"]
    assert WORD not in str(observed)
    assert len(comfyui.asked) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(("place", "says"), [("deep", "is no ComfyUI"), ("huge", "version 0.3.40, cuda:0")])
def test_whatever_stands_in_an_answer_a_program_can_read_what_is_said(
    comfyui: HTTPServer, place: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _code, observed = told(capsys, "--comfyui", f"http://127.0.0.1:{comfyui.server_port}/{place}")
    assert observed["ComfyUI"]["words"].endswith(says)


@pytest.mark.parametrize("sent", [b"HTTP/1.0 200 OK\r\n\r\n {", b"HTTP/1.0 200 OK\r\nX: "], ids=["body", "headers"])
def test_who_sends_a_byte_now_and_then_is_not_waited_for(
    sent: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comfyui_facts, "_WHOLE_SECONDS", 0.2)
    given_up = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            with listening.accept()[0] as connection, suppress(OSError):
                connection.sendall(sent)
                while not given_up.wait(0.02):
                    connection.sendall(b" ")

        thread = threading.Thread(target=drip)
        thread.start()
        _code, observed = told(capsys, "--comfyui", f"http://127.0.0.1:{listening.getsockname()[1]}")
        given_up.set()
        thread.join()
    assert "takes longer than 0.2 s" in observed["ComfyUI"]["words"]


@pytest.mark.parametrize("address", ["file:///etc/passwd", "127.0.0.1:8188", "http://", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_told(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, observed = told(capsys, "--comfyui", address)
    assert (code, observed["ComfyUI"]["grade"]) == (1, "bad")


def test_a_servers_password_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, observed = told(capsys, f"postgresql://bot:{WORD}@127.0.0.1:9/statistics")
    assert (code, observed["Database"]["grade"]) == (1, "bad")
    assert WORD not in str(observed)
