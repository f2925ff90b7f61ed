"""A table of many rows: its size, its resets, and a look at news."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.tables.records.table import TablePanel
from tests.gui.table_windows import (
    last_id,
    settle,
)

ROWS = 4_000
Key = Qt.Key


def resets(table: TablePanel) -> list[bool]:
    kept: list[bool] = []
    table.model.modelReset.connect(lambda: kept.append(True))
    return kept


def follow(qtbot: QtBot, table: TablePanel, path: Path) -> None:
    table.follow(last_id(path))
    settle(qtbot, table)
