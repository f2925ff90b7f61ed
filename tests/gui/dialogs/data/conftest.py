"""The Data menu over a window, on a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.maintenance import locking
from core.storage.location import locate
from gui.window.data_menu import DataMenu
from tests.gui.data_menus import Heard
from tests.gui.windows import BERLIN


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


@pytest.fixture
def menu(parent: QWidget, database: Path) -> Iterator[DataMenu]:
    made = DataMenu(parent, BERLIN)
    made.set_location(locate(database))
    yield made
    made.end()


@pytest.fixture
def heard(menu: DataMenu) -> Heard:
    return Heard(menu)


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds are long in a test."""
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 0.2)
