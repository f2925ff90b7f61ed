"""A table on a real file of many rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.tables.records.table import TablePanel
from tests.core import deployed
from tests.gui.record_tables import ROWS
from tests.gui.table_windows import (
    collecting_between,
    open_table,
)

collecting = pytest.fixture(autouse=True)(collecting_between)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file of the deployed bot: 6000 commands ten seconds apart, every tenth failed, and 50 images."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=ROWS, images=50, step=10)
    return path


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication, many: Path) -> TablePanel:
    return open_table(qtbot, qapp, "commands", many)
