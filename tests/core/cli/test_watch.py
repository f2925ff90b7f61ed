"""``botpulse-db watch`` as a program of its own, beside a bot that writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.alarms.quiet_hours import QuietHours
from core.alarms.secrets import VARIABLE
from core.cli.main import main
from core.manager import AnalyticsManager
from core.simulation.history import write_history
from core.time_ranges import DAY
from tests.core.alarms.test_webhook import channel
from tests.core.tracked import ROOT, until

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = 1_764_543_600.0  # in Berlin


@contextmanager
def watching(database: Path, *options: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "core.cli.main", "watch", str(database), *options]
    surroundings = os.environ | {"BOTPULSE_LANGUAGE": "en"} | environment
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found = json.loads(process.stdout.readline())
    assert isinstance(found, dict)
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "analytics.db"
    write_history(path, days=20, rows=6_000, now=time.time() - 60)
    return path


@pytest.mark.slow
def test_it_tells_a_burst_here_and_in_discord_and_never_twice(store: Path) -> None:
    options = ("--json", "--every", "0.2", "--without", "disk", "--without", "silence")
    with channel() as discord:
        with watching(store, *options, **{VARIABLE: discord.address}) as process:
            assert process.stderr is not None and "Watching" in process.stderr.readline()
            manager = AnalyticsManager(store)
            for number in range(30):
                manager.track_failure("command", "comfy", 1000 + number, error=KeyError("no such key"))
                manager.track_command("comfy", 1000 + number, success=False, outcome="error")
            manager.close()
            first = told(process)
            assert first["event"] == "begun" and first["kind"] in {"failures", "new error"}
            until(lambda: bool(discord.messages))
        with watching(store, *options, **{VARIABLE: discord.address}) as again:
            assert again.stderr is not None and "Watching" in again.stderr.readline()
        assert len(discord.messages) == 1
    assert "KeyError" in str(discord.messages[0])


@pytest.mark.slow
def test_it_ends_by_a_signal_and_says_what_it_can_not_read(tmp_path: Path) -> None:
    with watching(tmp_path / "missing.db") as process:
        _, words = process.communicate(timeout=30)
    assert process.returncode == 1 and "missing.db" in words


def test_a_try_says_what_would_have_been_told(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(store), "--try", "--zone", "Europe/Berlin"]) == 0
    assert "In the last 30 days this would have s" in capsys.readouterr().out
    assert main(["watch", str(store), "--try", "--json"]) == 0
    for line in capsys.readouterr().out.splitlines():
        assert json.loads(line)["event"] == "ended"


@pytest.mark.parametrize("odd", ["23", "7-7", "25-3", "a-b", "-1-4", "23-7-8"])
def test_quiet_hours_that_are_none_are_refused_in_words(
    odd: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(store), f"--quiet-hours={odd}"]) == 2
    assert "23-7" in capsys.readouterr().err


def test_an_address_that_is_no_webhook_is_refused_and_not_repeated(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "https://example.com/secret")
    assert main(["watch", str(store)]) == 1
    words = capsys.readouterr().err
    assert "no address of a Discord webhook" in words and "secret" not in words


@pytest.mark.parametrize(("hour", "quiet"), [(22, False), (23, True), (0, True), (6, True), (7, False), (12, False)])
def test_quiet_hours_go_over_midnight(hour: int, quiet: bool) -> None:
    assert QuietHours(23, 7).holds(MIDNIGHT + hour * 3600.0, BERLIN) is quiet
    assert QuietHours(8, 9).holds(MIDNIGHT + DAY + 8 * 3600.0, BERLIN)
