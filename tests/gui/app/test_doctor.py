"""``botpulse doctor``: what Qt adds to what the store's own doctor finds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gui.app import doctor

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.slow


def told(*arguments: str, **changed: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and what was observed by its subject."""
    done = subprocess.run(
        [sys.executable, "-m", "gui.app.start", "doctor", "--json", *arguments],
        cwd=ROOT,
        env={**os.environ, **changed},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    said = json.loads(done.stdout)
    return done.returncode, {each["subject"]: each for each in said["observations"]}


def test_qt_says_what_it_draws_with() -> None:
    code, observed = told()
    assert code == 0
    assert observed["Display"]["words"].startswith("offscreen: ")
    assert "Inter" in observed["Fonts"]["words"]
    assert {observed[each]["grade"] for each in ("Qt", "Display", "Preferences")} == {"ok"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems always have a display")
def test_a_session_without_a_screen_is_no_fault_and_pictures_are_named() -> None:
    bare = {"QT_QPA_PLATFORM": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    code, observed = told(**bare)
    assert (code, observed["Display"]["grade"]) == (0, "note")
    assert "botpulse snapshot" in observed["Display"]["advice"]
    assert observed["Qt"]["grade"] == "ok"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X servers are Linux's")
def test_a_display_that_does_not_answer_is_a_fault() -> None:
    code, observed = told(QT_QPA_PLATFORM="", DISPLAY=":4711", WAYLAND_DISPLAY="")
    assert (code, observed["Display"]["grade"]) == (1, "bad")
    assert "DISPLAY=:4711" in observed["Display"]["words"] and "apt-get" in observed["Display"]["advice"]


def test_without_qt_it_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "PySide6.py").write_text("raise ModuleNotFoundError(\"No module named 'PySide6'\", name='PySide6')")
    code, observed = told(PYTHONPATH=str(tmp_path))
    assert (code, observed["Window"]["grade"]) == (1, "bad")
    assert "[gui]" in observed["Window"]["advice"] and observed["Versions"]["grade"] == "ok"


def test_the_database_that_was_open_last_is_looked_at(memory: Any) -> None:
    from gui.settings import Settings

    Settings().remember_database("/nowhere/last.db")
    code, observed = told()
    assert code == 1 and "last.db" in observed["Database"]["words"]


def test_what_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_SECONDS", 0.01)
    answer, fault = doctor._asked({})
    assert answer is None and "timed out" in fault
