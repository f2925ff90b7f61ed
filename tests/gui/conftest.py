"""A real window on a real file."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.settings import Settings
from gui.style import focus_ring
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.windows import open_window, settings_in
from tests.waiting_qtbot import qtbot

__all__ = ["qtbot"]


@pytest.fixture(autouse=True, scope="module")
def _leaves_no_widgets_behind() -> Iterator[None]:
    """What is left of a window in a cycle is deleted here, not by whichever thread of a later test collects."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _collects_between_tests() -> Iterator[None]:
    """Cycles with widgets in them are collected in this thread, never in a monitor's: the program sees to that too."""
    gc.collect(1)
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def _focus_is_not_seen_yet() -> None:
    """Nobody has used the keyboard so far, whatever the test before has done."""
    app = QApplication.instance()
    for follower in app.findChildren(focus_ring._Follower) if app is not None else ():
        follower._by_keys = False


@pytest.fixture
def memory(tmp_path: Path) -> Settings:
    """What the window remembers; it starts empty."""
    return settings_in(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, memory: Settings) -> MainWindow:
    """A window without a database."""
    return open_window(qtbot, memory)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file of the deployed bot: 300 commands and 100 images, ten seconds apart, ending now."""
    folder = tmp_path / "bot"
    folder.mkdir()
    path = deployed.create(folder / "analytics.db")
    deployed.fill(path, commands=300, images=100, step=10)
    return path
