"""Forget a user, by mouse and keys, on a real file: who, what there is, the deed, and the receipt."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPlainTextEdit
from pytestqt.qtbot import QtBot

from core.maintenance.backups import back_up, backups
from core.models import NameKind
from core.storage.labels import host_label, write_labels
from core.storage.location import Location
from core.storage.own_folders import pictures_folder
from core.tasks import finish
from core.text.names import NAMES
from core.tracking.spool import make_spool
from gui.dialogs.data.forget import ForgetDialog
from gui.status.log_buffer import session_log
from gui.style.severity import Severity
from gui.widgets.log_view import LogView
from gui.window.data_menu import DataMenu
from tests.core.maintenance.test_forgetting import OTHER, USER, of_user, traces, waiting_events
from tests.gui.data_menus import Heard, click, opened, rest, rows, said
from tests.gui.windows import texts


@pytest.fixture(autouse=True)
def no_names() -> Iterator[None]:
    yield
    NAMES.mask(False)
    NAMES.forget()


@pytest.fixture
def theirs(database: Path) -> Path:
    """A file with rows of the user, their names, and a backup."""
    of_user(database)
    write_labels([host_label("user", USER, "Heron"), host_label("user", OTHER, "Herbert")])
    finish(back_up(database))
    return database


def typed(qtbot: QtBot, dialog: ForgetDialog, digits: str = USER[-4:]) -> None:
    qtbot.keyClicks(dialog.name.edit, digits)
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)


def receipt_of(dialog: ForgetDialog) -> str:
    return dialog.findChildren(QPlainTextEdit)[-1].toPlainText()


def test_a_user_is_found_by_name_counted_and_forgotten(
    qtbot: QtBot, menu: DataMenu, heard: Heard, theirs: Path
) -> None:
    (pictures_folder() / "ab12").parent.mkdir(parents=True)
    (pictures_folder() / "ab12").write_bytes(b"a picture")
    dialog = opened(qtbot, menu, menu.forget)
    assert QApplication.focusWidget() is dialog.who.edit
    assert not dialog.name.isVisible()
    qtbot.keyClicks(dialog.who.edit, "he")
    qtbot.waitUntil(lambda: len(dialog.who.choices.offered.choices) == 2)
    assert [each.shown for each in dialog.who.choices.offered.choices] == ["Herbert", "Heron"]
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(dialog.who.choices.popup(), key)
    assert dialog.who.said == f"Heron · {USER}"
    qtbot.waitUntil(lambda: {"Images", "Commands", "30"} <= set(texts(dialog)))
    assert {"Labels of your own", "Small copies of pictures, everybody's", "60 rows in 1"} <= set(texts(dialog))
    assert "can't be undone" in said(dialog)
    qtbot.keyClicks(dialog.name.edit, "0418")
    assert not dialog.go.isEnabled()
    dialog.name.edit.clear()
    typed(qtbot, dialog)
    assert "Forgotten: 60 rows" in rest(qtbot, dialog)
    assert "the id is nowhere in them" in said(dialog)
    assert traces(theirs.parent) == []
    assert rows(theirs) == {"command_usage": 300, "image_stats": 100}
    click(qtbot, dialog, "Copy receipt")
    receipt = QGuiApplication.clipboard().text()
    assert "Small copies of pictures: 1" in receipt and "From the backup" in receipt
    assert USER not in receipt
    assert heard.notices[-1][:2] == (Severity.GOOD, "Forgotten: 60 rows.")
    assert (heard.busy, heard.changes) == ([True, False], 1)


def test_backups_may_stay_which_is_said_and_counts_too(qtbot: QtBot, menu: DataMenu, theirs: Path) -> None:
    dialog = opened(qtbot, menu, lambda: menu.forget(USER))
    assert QApplication.focusWidget() is dialog.name.edit
    click(qtbot, dialog, "Delete")
    assert "the way back to the rows of others" in said(dialog)
    click(qtbot, dialog, "Leave")
    assert "a restore brings the user back" in said(dialog)
    dialog.keep.switch.click()
    typed(qtbot, dialog)
    assert "Forgotten: 60 rows; but not in every file" in rest(qtbot, dialog)
    (backup,) = backups(theirs)
    assert traces(theirs.parent) == [backup.path]
    assert f"The id is still in {backup.path}" in receipt_of(dialog)
    assert rows(theirs) == {"command_usage": 330, "image_stats": 130}


def test_a_spool_that_a_bot_holds_is_told_of_and_done_again(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    spool = make_spool(Location(path=database))
    spool.append(waiting_events())
    with closing(spool):
        dialog = opened(qtbot, menu, lambda: menu.forget(USER))
        assert "Files of events that wait" in texts(dialog)
        typed(qtbot, dialog)
        rest(qtbot, dialog)
        assert f"The id is still in {spool.path}" in receipt_of(dialog)
        assert "Forgotten: 0 rows; but not in every file" in texts(dialog)
    click(qtbot, dialog, "Do it again…")
    qtbot.waitUntil(lambda: not dialog.looking.busy)
    assert dialog.bot_stopped.isVisible() and dialog.name.edit.text() == ""
    typed(qtbot, dialog)
    assert "Forgotten: 0 rows" in rest(qtbot, dialog)
    assert traces(database.parent) == []


def test_what_this_window_knows_goes_too(
    qtbot: QtBot, menu: DataMenu, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "core.told")
    view = LogView(session_log())
    qtbot.addWidget(view)
    logger = logging.getLogger("core.told")
    logger.info("of %s", USER)
    logger.info("of %s", OTHER)
    view.refresh()
    assert USER in view.text.toPlainText()
    write_labels([host_label("user", USER, "Heron")])
    dialog = opened(qtbot, menu, lambda: menu.forget(USER))
    qtbot.waitUntil(lambda: dialog.who.said == f"Heron · {USER}")
    typed(qtbot, dialog)
    rest(qtbot, dialog)
    view.refresh()
    assert USER not in view.text.toPlainText()
    assert OTHER in view.text.toPlainText()
    assert NAMES.own_name(NameKind.USER, USER) == ""


def test_masked_names_are_not_offered(qtbot: QtBot, menu: DataMenu, theirs: Path) -> None:
    NAMES.mask(True)
    dialog = opened(qtbot, menu, menu.forget)
    qtbot.keyClicks(dialog.who.edit, "he")
    assert not dialog.who._typing.isActive()
    assert dialog.who.choices.offered.choices == ()
    qtbot.keyClicks(dialog.who.edit, "ron")
    dialog.who.edit.setText(USER)
    assert dialog.who.said == f"…{USER[-4:]}"


def test_a_server_that_is_away_is_told_of(qtbot: QtBot, menu: DataMenu) -> None:
    menu.set_location(Location(url="postgresql://bot@127.0.0.1:1/analytics"))
    assert (menu.available, menu.open) == (False, True)
    dialog = opened(qtbot, menu, lambda: menu.forget(USER))
    assert "The server does not answer" in rest(qtbot, dialog)
