"""What is said by a program without a terminal of its own; how terminals behave there, only Windows can tell."""

from __future__ import annotations

import sys

import pytest

from gui.app import start, windows_console


@pytest.mark.parametrize(("missing", "boxes"), [("stderr", 1), (None, 0)])
def test_a_fault_that_nobody_could_hear_is_shown(
    missing: str | None, boxes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(windows_console, "show_fault", shown.append)
    monkeypatch.setattr(windows_console, "borrow", lambda: None)
    monkeypatch.setitem(sys.modules, "PySide6.QtWidgets", None)
    if missing is not None:
        monkeypatch.setattr(sys, missing, None)
    assert start.main(["--version"]) == 1
    if missing is not None:
        getattr(sys, missing).close()  # nowhere, which took its place
    assert len(shown) == boxes
    assert all(words.startswith("The monitor is not installed") for words in shown)


def test_streams_that_are_there_stay(capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdout, sys.stderr
    windows_console.borrow()
    windows_console.give_back()
    assert (sys.stdout, sys.stderr) == before
