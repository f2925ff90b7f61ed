"""Back up, restore, optimise and check by mouse and keys; what all the Data menu's dialogs share."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from core.maintenance import backups, optimising
from core.maintenance.optimising import Optimisation
from core.storage.location import locate
from core.tasks import finish
from gui.dialogs.data.backup import BackUpDialog
from gui.dialogs.data.check import CheckDialog
from gui.dialogs.data.optimise import OptimiseDialog
from gui.dialogs.data.restore import RestoreDialog
from gui.dialogs.data.undo import UndoDialog
from gui.style.severity import Severity
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.gui.data_menus import Heard, click, opened, rest, rows, said
from tests.gui.windows import BERLIN, press, texts
from tests.platforms import allowed


def test_undo_says_so_where_there_is_nothing_to_undo(qtbot: QtBot, menu: DataMenu) -> None:
    dialog = opened(qtbot, menu, menu.undo)
    assert "There is nothing to undo" in texts(dialog)
    assert not dialog.go.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert menu.dialog is None


def test_a_backup_is_made_where_the_host_wants_it(
    qtbot: QtBot, menu: DataMenu, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, shown = tmp_path / "elsewhere", list[QUrl]()
    place.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_arguments: str(place))
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    dialog = opened(qtbot, menu, menu.back_up)
    assert isinstance(dialog, BackUpDialog)
    assert str(database.parent / "botpulse-backups") in texts(dialog)
    assert any(words.startswith("400 rows, ") for words in texts(dialog))
    click(qtbot, dialog, "Change…")
    click(qtbot, dialog, "Back up")
    assert "400 rows backed up" in rest(qtbot, dialog)
    (made,) = place.glob("*.db")
    assert rows(made) == rows(database)
    assert str(made) in texts(dialog)
    click(qtbot, dialog, "Show in folder")
    assert shown == [QUrl.fromLocalFile(str(place))]


def test_restore_says_what_is_lost_and_brings_the_backup_back(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path
) -> None:
    finish(backups.back_up(database))
    deployed.fill(database, commands=7)
    dialog = opened(qtbot, menu, menu.restore)
    assert isinstance(dialog, RestoreDialog)
    qtbot.waitUntil(lambda: "The backup holds 400 rows; the database has 407 rows now." in said(dialog))
    assert "7 commands are newer than the backup and will be gone from the database." in said(dialog)
    qtbot.waitUntil(lambda: dialog.list.item(0, 1) is not None and dialog.list.item(0, 1).text() == "400")  # type: ignore[union-attr]
    assert QApplication.focusWidget() is dialog.list
    press(dialog, "Alt+T")
    assert QApplication.focusWidget() is dialog.name.edit
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    assert "400 rows restored" in rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert heard.notices[-1][2] == "Undo…"
    click(qtbot, dialog, "Undo…")
    undo = menu.dialog
    assert isinstance(undo, UndoDialog)
    qtbot.waitUntil(undo.go.isEnabled)
    assert "The database becomes what it was before the restore." in said(undo)
    click(qtbot, undo, "Bring back")
    assert "407 rows are back" in rest(qtbot, undo)
    assert rows(database) == {"command_usage": 307, "image_stats": 100}


def test_restore_from_another_file_and_from_none(
    qtbot: QtBot, menu: DataMenu, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [tmp_path / "no.db", database, finish(backups.back_up(database, tmp_path)).path]
    answers[0].write_text("no database at all, and longer than sixteen bytes")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(answers.pop(0)), ""))
    dialog = opened(qtbot, menu, menu.restore)
    assert "There are no backups beside the database. Choose another file." in texts(dialog)
    for refusal in ("This file is not a database", "This file is not a backup"):
        press(dialog, "Alt+F")
        qtbot.waitUntil(lambda refusal=refusal: refusal in said(dialog))  # type: ignore[misc]
        assert not dialog.go.isEnabled()
    click(qtbot, dialog, "Another file…")
    qtbot.waitUntil(lambda: "The backup holds 400 rows" in said(dialog))
    assert dialog.list.rowCount() == 1


def test_a_database_that_is_gone_is_put_back_without_a_name(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(backups.back_up(database))
    database.unlink()
    dialog = opened(qtbot, menu, menu.restore)
    qtbot.waitUntil(dialog.go.isEnabled)
    assert not dialog.name.isVisible()
    click(qtbot, dialog, "Restore")
    assert "400 rows restored" in rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


def test_optimise_does_what_is_chosen_and_the_bot_goes_on(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path
) -> None:
    dialog = opened(qtbot, menu, menu.optimise)
    assert isinstance(dialog, OptimiseDialog)
    assert dialog.switches[Optimisation.SCHEMA].on
    assert not dialog.switches[Optimisation.WAL].on
    assert "The bot keeps working, whatever you choose." in texts(dialog)
    assert "adds an index on timestamp to command_usage" in said(dialog)
    dialog.switches[Optimisation.WAL].setFocus()
    QTest.keyClick(dialog.switches[Optimisation.WAL].switch, Qt.Key.Key_Space)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert "The database is optimised" in rest(qtbot, dialog)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
        assert connection.execute("PRAGMA index_list(command_usage)").fetchall()
    assert deployed.Bot(database).track_image()
    assert heard.changes == 1
    click(qtbot, dialog, "Close")
    dialog = opened(qtbot, menu, menu.optimise)
    assert "There is nothing to optimise" in texts(dialog)


def test_optimise_does_nothing_where_nothing_is_chosen(qtbot: QtBot, menu: DataMenu) -> None:
    dialog = opened(qtbot, menu, menu.optimise)
    for row in dialog.switches.values():
        if row.on:
            qtbot.mouseClick(row.switch, Qt.MouseButton.LeftButton)
    assert not dialog.go.isEnabled()


def test_a_sound_database_is_called_so(qtbot: QtBot, menu: DataMenu, heard: Heard) -> None:
    dialog = opened(qtbot, menu, menu.check)
    assert isinstance(dialog, CheckDialog)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert "The database is sound" in rest(qtbot, dialog)
    assert heard.notices == []
    assert heard.changes == 0


def test_damage_is_listed_and_copied(qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'image_stats'").fetchall()
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    dialog = opened(qtbot, menu, menu.check)
    click(qtbot, dialog, "Check")
    shown = rest(qtbot, dialog)
    assert any(words.startswith("The database is damaged: SQLite found") for words in shown)
    assert "Stop the bot, and put back the latest backup." in shown
    assert dialog.findChild(QPlainTextEdit).toPlainText()
    click(qtbot, dialog, "Copy list")
    assert QGuiApplication.clipboard().text()
    assert heard.notices[-1][0] is Severity.BAD


def test_a_server_has_tools_of_its_own(qtbot: QtBot, parent: QWidget) -> None:
    menu = DataMenu(parent, BERLIN)
    told: list[object] = []
    menu.available_changed.connect(told.append)
    menu.set_location(locate("postgresql://bot@localhost/stats"))
    assert not menu.available
    assert told == [False]
    for entry in (menu.reset, menu.restore, menu.optimise, menu.undo, menu.back_up):
        dialog = opened(qtbot, menu, entry)
        qtbot.waitUntil(lambda dialog=dialog: "This is done with the server's own tools" in texts(dialog))  # type: ignore[misc]
        dialog.reject()
    menu.set_location(None)
    menu.reset()
    assert menu.dialog is None


def test_dialogs_open_one_at_a_time(qtbot: QtBot, menu: DataMenu) -> None:
    first = opened(qtbot, menu, menu.check)
    menu.reset()
    assert menu.dialog is first


def test_the_name_of_a_file_is_plain_text(qtbot: QtBot, parent: QWidget, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / allowed("<b>R&D.db"))
    deployed.fill(path, commands=3)
    menu = DataMenu(parent, BERLIN)
    menu.set_location(locate(path))
    dialog = opened(qtbot, menu, menu.reset)
    assert str(path) in texts(dialog)
    assert dialog.name.edit.accessibleName() == f"Type {path.name} to confirm"
    qtbot.keyClicks(dialog.name.edit, path.name)
    assert dialog.go.isEnabled()
    menu.end()


def test_controls_are_all_reached_by_tab(qtbot: QtBot, menu: DataMenu) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    met = set[object]()
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        met.add(QApplication.focusWidget())
    assert {dialog.name.edit, dialog.leave, dialog.go, dialog.which.buttons["all"]} <= met


def test_dialogs_fit_a_small_window(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(backups.back_up(database))
    for entry in (menu.reset, menu.restore, menu.optimise, menu.back_up, menu.check, menu.undo):
        dialog = opened(qtbot, menu, entry)
        assert dialog.width() <= 900
        assert dialog.height() <= 600
        dialog.reject()


def space_below(dialog: OptimiseDialog) -> int:
    """Pixels between the last step and the buttons."""
    row = list(dialog.switches.values())[-1]
    return dialog.go.mapTo(dialog, QPoint()).y() - row.mapTo(dialog, QPoint(0, row.height())).y()


def test_optimise_is_as_high_as_its_steps(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    """Also when it asks again, with fewer of them."""
    dialog = opened(qtbot, menu, menu.optimise)
    assert len(dialog.switches) > 1
    qtbot.waitUntil(lambda: 0 < space_below(dialog) <= 40)
    first = dialog.height()
    finish(optimising.optimise(database, frozenset({Optimisation.SCHEMA, Optimisation.WAL, Optimisation.VACUUM})))
    dialog.show_question()
    qtbot.waitUntil(lambda: not dialog.looking.busy and set(dialog.switches) == {Optimisation.STATISTICS})
    qtbot.waitUntil(lambda: 0 < space_below(dialog) <= 40)
    assert dialog.height() < first
    dialog.reject()
    dialog = opened(qtbot, menu, menu.optimise)
    qtbot.waitUntil(lambda: 0 < space_below(dialog) <= 40)
