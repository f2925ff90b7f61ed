"""Health in the whole window: what the rail says of it, what leads there, and where its findings lead."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.pages.health import HealthPage
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.windows import shown_after


def test_the_rail_carries_the_count_of_what_is_amiss(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE command_usage SET success = 1")
    window.live.show_page("health")
    shown_after(qtbot, window, lambda: window.watch(database), page="health", complete=True)
    button = window.live.rail.button("health")
    qtbot.waitUntil(lambda: button.text() == "Health · 1")
    assert button.accessibleName() == "Health, 1 warning"
    window.watch(deployed.create(tmp_path / "empty.db"))
    qtbot.waitUntil(lambda: button.text() == "Health")


def test_the_rail_does_not_seem_to_know_what_was_not_looked_into(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    button = window.live.rail.button("health")
    assert (button.text(), button.accessibleName()) == ("Health", "Health")  # no database, nothing to know
    shown_after(qtbot, window, lambda: window.watch(database), complete=True)
    assert (button.text(), button.accessibleName()) == ("Health · ?", "Health, not looked into yet")
    shown_after(qtbot, window, lambda: window.live.show_page("health"), page="health", complete=True)
    qtbot.waitUntil(lambda: "?" not in button.text())
    window.live.show_page("overview")
    shown_after(qtbot, window, lambda: window.watch(deployed.create(tmp_path / "empty.db")), complete=True)
    assert button.text() == "Health · ?"


def test_a_success_rate_that_is_not_recorded_leads_to_health(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE command_usage SET success = 1")
    shown_after(qtbot, window, lambda: window.watch(database), complete=True)
    qtbot.mouseClick(window.live.pages["overview"].tiles["success"], Qt.MouseButton.LeftButton)
    assert window.live.page == "health"


@pytest.mark.parametrize("by", ["click", "Enter"])
def test_a_finding_leads_to_its_rows_whatever_the_range(
    qtbot: QtBot, window: MainWindow, database: Path, by: str
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE image_stats SET generation_time = 0, timestamp = timestamp - 9000000 WHERE id <= 7")
    window.live.show_page("health")
    shown_after(qtbot, window, lambda: window.watch(database), page="health", complete=True)
    page = window.live.pages["health"]
    assert isinstance(page, HealthPage)
    qtbot.waitUntil(lambda: any("no known generation" in row.finding.title for row in page.findings.rows))
    row = next(row for row in page.findings.rows if "no known generation" in row.finding.title)
    if by == "click":
        qtbot.mouseClick(row.link, Qt.MouseButton.LeftButton)
    else:
        row.setFocus()
        QTest.keyClick(row, Qt.Key.Key_Return)
    assert (window.live.page, window.ranges.choice.key) == ("images", "all")
    table = window.live.current.table
    assert table is not None
    qtbot.waitUntil(lambda: sorted(each.record.id for each in table.model.rows) == list(range(1, 8)), timeout=10_000)
    assert [row.link.isVisibleTo(row) for row in page.findings.rows] == [
        row.finding.opens is not None for row in page.findings.rows
    ]
