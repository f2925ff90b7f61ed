"""A file with commands and images of strangers, and its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.tables.records.table import TablePanel
from tests.core import deployed
from tests.gui.table_actions_tools import PROMPT
from tests.gui.table_windows import (
    alter,
    collecting_between,
    open_table,
)

collecting = pytest.fixture(autouse=True)(collecting_between)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = deployed.create(tmp_path / "analytics.db")
    deployed.fill(made, commands=40, images=20, step=10)
    bot = deployed.Bot(made)
    bot.track_command("=cmd|' /C calc'!A0", user="123456789012345678", success=False)
    bot.track_image(user="123456789012345678", prompt=PROMPT)
    alter(made, "UPDATE command_usage SET guild_id = NULL WHERE id = 40")
    return made


@pytest.fixture
def commands(qtbot: QtBot, qapp: QApplication, path: Path) -> TablePanel:
    return open_table(qtbot, qapp, "commands", path)


@pytest.fixture
def images(qtbot: QtBot, qapp: QApplication, path: Path) -> TablePanel:
    return open_table(qtbot, qapp, "images", path)
