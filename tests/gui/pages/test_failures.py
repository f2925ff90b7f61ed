"""The Failures page as a host meets it: causes, their rows, reports on the clipboard, and a file that records none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gui.pages.failures import FailuresPage
from gui.plots.bars.plot import BarChartPlot
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.core.failure_files import COOLDOWN, LORA, OOM, failed, store
from tests.gui.boards import (
    act,
    bar_names,
    chips,
    click_bar,
    click_bucket,
    figures,
    newest_value,
    open_on,
    rows_in,
    says,
    settle,
    turn_to,
)


def recorded(path: Path) -> Path:
    """Five times out of memory, twice a LoRA that is missing, one refusal; all within the last hours."""
    now = time.time()
    rows = [failed(now - 600 - 60 * n, OOM, guild_id="200000000000000001") for n in range(5)]
    rows += [failed(now - 3_600 - n, LORA, name="video") for n in range(2)]
    rows.append(failed(now - 900, COOLDOWN, source="command", kind="refused"))
    return store(path, rows, [("comfy", "1", "9", now - 60 * n - 5, 1) for n in range(20)])


def page_on(qtbot: QtBot, window: MainWindow, path: Path) -> FailuresPage:
    page, _snapshot = open_on(qtbot, window, path, "failures")
    assert isinstance(page, FailuresPage)
    return page


def causes(page: FailuresPage) -> BarChartPlot:
    plot = page.plots["groups"]
    assert isinstance(plot, BarChartPlot)
    return plot


def test_causes_are_listed_with_the_most_frequent_first(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_on(qtbot, window, recorded(tmp_path / "a.db"))
    assert figures(page)["Errors"].startswith("7 ")
    assert [name.partition(":")[0] for name in bar_names(causes(page))] == [
        "OutOfMemoryError in VAEDecode",
        "FileNotFoundError in LoraLoader",
        "CommandOnCooldown",
    ]
    assert page.table is not None and rows_in(page.table) == 8


def test_shift_and_a_click_show_the_occurrences(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_on(qtbot, window, recorded(tmp_path / "a.db"))
    assert page.table is not None
    click_bar(qtbot, causes(page), 1, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, page.table)
    assert page.rows_text.startswith("error:") and rows_in(page.table) == 2
    assert newest_value(page.table, "command") == "video"


def test_the_cause_that_is_pointed_at_is_copied_as_a_report(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_on(qtbot, window, recorded(tmp_path / "a.db"))
    qtbot.waitUntil(page.report.isEnabled)
    view = causes(page).view
    view.setCurrentIndex(view.model().index(0, 0))
    QTest.mouseClick(page.report, Qt.MouseButton.LeftButton)
    report = QGuiApplication.clipboard().text()
    assert report.startswith("### OutOfMemoryError in VAEDecode\n\n- 5 times in ")
    assert "1 user on 1 server" in report and "by command: comfy 5" in report and OOM[1] in report
    assert "100000000000000001" not in report and "200000000000000001" not in report, "it names nobody"


def test_without_a_chosen_cause_the_keys_copy_all_of_them(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_on(qtbot, window, recorded(tmp_path / "a.db"))
    assert page.table is not None
    qtbot.waitUntil(page.report.isEnabled)
    page.table.first_focus.setFocus()
    qtbot.keyClick(
        page.table.first_focus,
        Qt.Key.Key_R,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    report = QGuiApplication.clipboard().text()
    assert report.startswith("### Failures in ")
    assert "- 5 × OutOfMemoryError" in report and "- 1 × CommandOnCooldown" in report


def test_a_click_filters_the_page_by_the_cause(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_on(qtbot, window, recorded(tmp_path / "a.db"))
    act(qtbot, window, lambda: click_bar(qtbot, causes(page), 1))
    assert [chip.partition(" ")[0] for chip in chips(window)] == ["cause"]
    assert figures(page)["Errors"].startswith("2 ")


def test_a_file_without_causes_says_so_and_leads_to_the_commands(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "deployed.db"
    deployed.create(path)
    deployed.fill(path, commands=40, start=time.time() - 4_000)
    page = page_on(qtbot, window, path)
    assert not causes(page).drawn and says(causes(page), "This database has no table of failures yet.")
    assert not page.report.isEnabled()
    turn_to(qtbot, window, page, "Where")
    by_command = page.plots["by_command"]
    assert isinstance(by_command, BarChartPlot)
    click_bar(qtbot, by_command, 0, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: window.live.page == "commands")
    commands = window.live.pages["commands"]
    assert "failed" in commands.rows_text and "command:" in commands.rows_text


@pytest.mark.slow
def test_what_failed_before_causes_were_recorded_opens_the_commands(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    now = time.time()
    ran = [("comfy", "1", "9", at, 0) for at in (now - 40_000, now - 40_000, now - 300)]
    path = store(tmp_path / "a.db", [failed(now - 300)], ran)
    board, snapshot = open_on(qtbot, window, path, "commands")
    chart, plot = snapshot.content.charts["over_time"], board.plots["over_time"]
    bucket = next(n for n, end in enumerate(chart.edges[1:]) if end > now - 40_000)
    assert click_bucket(qtbot, plot, chart, bucket, "failed") == 2
    qtbot.waitUntil(lambda: "failed" in board.table.frame.filter_box.text)
    settle(qtbot, board.table)
    assert window.live.page == "commands" and rows_in(board.table) == 2
    bucket = next(n for n, end in enumerate(chart.edges[1:]) if end > now - 300)
    click_bucket(qtbot, plot, chart, bucket, "failed")
    qtbot.waitUntil(lambda: window.live.page == "failures")
    settle(qtbot, window.live.pages["failures"].table)
    assert rows_in(window.live.pages["failures"].table) == 1
