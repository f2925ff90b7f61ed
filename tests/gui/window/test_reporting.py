"""File → Report… and Copy summary, by keys and clicks: what is shown, handed on."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.text.markdown import units
from gui.dialogs.report import ReportDialog
from gui.window.main_window import MainWindow
from tests.core.stored import change
from tests.gui.app.test_report import read, safe
from tests.gui.window_controls import click
from tests.gui.windows import menu, notice, press, watch


def opened(window: MainWindow) -> ReportDialog:
    press(window, "Ctrl+Shift+P")
    (dialog,) = window.findChildren(ReportDialog)
    return dialog


def chosen(dialog: ReportDialog, *keys: str) -> None:
    for key, box in dialog.pages.items():
        box.setChecked(key in keys)


def test_a_report_of_the_range_and_filter_that_are_shown(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    watch(qtbot, window, database)
    dialog, out = opened(window), tmp_path / "r.html"
    assert dialog.note.text().startswith("analytics.db · ")
    chosen(dialog, "overview", "commands")
    dialog.file.line.setText(str(out))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.write.isEnabled()
    qtbot.waitUntil(out.exists)
    qtbot.waitUntil(lambda: "The report is written" in notice(window))
    found = read(out.read_text(encoding="utf-8"))
    safe(found)
    assert "Commands\n300\n" in found.words


def test_a_file_that_is_there_is_replaced_only_if_the_host_says_so(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    watch(qtbot, window, database)
    out = tmp_path / "r.html"
    out.write_text("mine", encoding="utf-8")
    dialog = opened(window)
    chosen(dialog, "commands")
    dialog.file.line.setText(str(out))
    click(qtbot, dialog.write)
    qtbot.waitUntil(lambda: dialog.write.text() == "&Replace")
    assert out.read_text(encoding="utf-8") == "mine"
    click(qtbot, dialog.write)
    qtbot.waitUntil(lambda: out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>"))


def test_without_a_page_there_is_nothing_to_write_and_escape_leaves_no_file(
    qtbot: QtBot, window: MainWindow, database: Path, tmp_path: Path
) -> None:
    watch(qtbot, window, database)
    dialog = opened(window)
    chosen(dialog)
    assert not dialog.write.isEnabled()
    chosen(dialog, *dialog.pages)
    dialog.file.line.setText(str(tmp_path / "r.html"))
    click(qtbot, dialog.write)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible() and not dialog.making.running
    assert not (tmp_path / "r.html").exists()


def test_the_summary_is_that_of_overview_whatever_page_is_shown(
    qtbot: QtBot, window: MainWindow, database: Path
) -> None:
    change(database, "UPDATE command_usage SET command_name = '@everyone **x** [y](http://evil)' WHERE id % 2")
    watch(qtbot, window, database)
    press(window, "Alt+4")
    QApplication.clipboard().setText("before")
    menu(window, "File", "Copy summary").trigger()
    qtbot.waitUntil(lambda: QApplication.clipboard().text() != "before")
    text = QApplication.clipboard().text()
    assert "- Commands: **300**" in text and units(text) <= 2_000
    assert "@everyone" not in text and "[y](http" not in text and "Most used:" in text
    assert "summary of the range is on the clipboard" in notice(window)


@pytest.mark.parametrize("key", ["report", "copy_summary"])
def test_without_a_database_there_is_nothing_to_hand_on(window: MainWindow, key: str) -> None:
    assert not window.actions_[key].isEnabled()
