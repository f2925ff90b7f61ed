from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app.demo import Demo, DemoFailed, DemoHost
from gui.window.main_window import MainWindow
from tests.gui.windows import ROOT, environment, events, light, menu, place, shown_after
from tests.platforms import KILL, asks_by_signals


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where demos put their databases in this test."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    return place


@pytest.fixture
def demo(qapp: QApplication, folder: Path) -> Iterator[Demo]:
    made = Demo()
    yield made
    made.stop()


def bots(folder: Path) -> list[psutil.Process]:
    """The simulated bots that write into a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(argument.startswith(str(folder)) for argument in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue  # it has ended meanwhile
    return [process for process in found if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow
def test_demo_leaves_neither_a_process_nor_a_folder(qtbot: QtBot, demo: Demo, folder: Path) -> None:
    with qtbot.waitSignal(demo.ready, timeout=20_000) as caught:
        demo.start()
    assert caught.args == [demo.path]
    assert demo.path.is_file()
    assert len(bots(folder)) == 1
    demo.stop()
    demo.stop()
    assert bots(folder) == []
    assert list(folder.iterdir()) == []


def test_demo_says_why_the_bot_could_not_be_started(
    qtbot: QtBot, folder: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "no python here"))
    demo = Demo()
    with qtbot.waitSignal(demo.failed) as caught:
        demo.start()
    assert isinstance(caught.args[0], DemoFailed)
    assert caught.args[0].detail
    demo.stop()


def test_demo_says_so_where_the_bot_ends_at_once(
    qtbot: QtBot, folder: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", str(folder))  # no Python comes up with that
    demo = Demo()
    with qtbot.waitSignal(demo.failed, timeout=10_000) as caught:
        demo.start()
    assert isinstance(caught.args[0], DemoFailed)
    demo.stop()


@pytest.mark.slow
def test_the_window_shows_the_demo_and_ends_it(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    host = DemoHost(window)
    shown_after(qtbot, window, menu(window, "File", "Try the demo").trigger)
    qtbot.waitUntil(lambda: light(window).startswith("live"), timeout=20_000)
    assert window.windowTitle() == "Demo – Botpulse"
    assert events(window)
    shown_after(qtbot, window, menu(window, "File", "Try the demo").trigger)
    assert len(bots(folder)) == 1
    window.close()
    host.stop()
    assert bots(folder) == []
    assert list(folder.iterdir()) == []


def test_the_window_says_that_the_demo_failed(
    qtbot: QtBot, window: MainWindow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(folder / "no python here"))
    host = DemoHost(window)
    with qtbot.waitSignal(window.fault_shown):
        host.start()
    assert place(window) == "problem"


@pytest.mark.slow
@pytest.mark.parametrize("number", [KILL, pytest.param(signal.SIGTERM, marks=asks_by_signals)], ids=["killed", "asked"])
def test_the_bot_ends_with_the_monitor_however_that_ends(qtbot: QtBot, folder: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "gui.app.main", "--demo"]
    with subprocess.Popen(command, cwd=ROOT, env=environment()) as process:
        qtbot.waitUntil(lambda: bool(list(folder.glob("*/demo.db"))), timeout=20_000)
        assert len(bots(folder)) == 1
        process.send_signal(number)
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=10_000)
    qtbot.waitUntil(lambda: bots(folder) == [], timeout=10_000)
    if number is not KILL:
        assert list(folder.glob("botpulse-demo-*")) == []
