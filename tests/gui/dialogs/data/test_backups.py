"""The list of backups: exact where it can be told apart only so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from core.maintenance.backups import Backup
from core.maintenance.copying import Holding
from gui.dialogs.data.backup_list import BackupList

MADE = datetime(2026, 11, 24, 9, 15, 3, tzinfo=UTC)


@pytest.fixture
def listed(qtbot: QtBot) -> BackupList:
    shown = BackupList(ZoneInfo("Europe/Berlin"))
    qtbot.addWidget(shown)
    shown.resize(560, 150)
    for number, rows in enumerate((130_074, 1_234_567_890)):
        path = Path(f"/backups/analytics-2026-11-24T0915{number:02d}.db")
        shown.add(
            Backup(path, MADE + timedelta(seconds=number), 31_400_000, (Holding("command_usage", rows, 1, rows),))
        )
    shown.show()
    return shown


def texts(shown: BackupList, column: int) -> list[str]:
    items = (shown.item(row, column) for row in range(shown.rowCount()))
    return [item.text() for item in items if item is not None]


def test_two_backups_of_a_minute_can_be_told_apart(listed: BackupList) -> None:
    made = [text.replace("\u00a0", " ") for text in texts(listed, 0)]
    assert made == ["24 Nov 2026, 10:15:04", "24 Nov 2026, 10:15:03"]


@pytest.mark.parametrize("column", range(3))
def test_numbers_and_moments_are_never_shortened(qtbot: QtBot, listed: BackupList, column: int) -> None:
    metrics = QFontMetrics(listed.font())
    widest = max(map(metrics.horizontalAdvance, texts(listed, column)))
    qtbot.waitUntil(lambda: listed.columnWidth(column) >= widest + 6)
    assert "130,074" in texts(listed, 1)
