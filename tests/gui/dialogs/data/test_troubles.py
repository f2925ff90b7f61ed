"""Locks, full disks, folders without rights, processes that are killed: what the Data menu says of them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.maintenance import backups, locking, operation_journal
from core.storage.location import locate
from core.tasks import finish
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.gui.data_menus import Heard, click, locked, opened, posix, reset, rest, rows, said
from tests.gui.windows import BERLIN, ROOT, texts

NOBODY = 65_534


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("entry", ["reset", "back_up", "check", "restore"])
def test_a_lock_is_told_in_words_and_asked_again(qtbot: QtBot, menu: DataMenu, database: Path, entry: str) -> None:
    finish(backups.back_up(database))
    dialog = opened(qtbot, menu, getattr(menu, entry))
    if hasattr(dialog, "name"):
        qtbot.keyClicks(dialog.name.edit, "analytics.db")
    qtbot.waitUntil(dialog.go.isEnabled)
    with locked(database):
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
        shown = rest(qtbot, dialog)
    assert {"The database is locked", "What happened", "What is safe", "What to do"} <= set(shown)
    assert "Nothing was changed, and the bot's work goes on." in shown
    click(qtbot, dialog, "Back")
    rest(qtbot, dialog)
    assert dialog.go.isVisible()
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


@pytest.mark.usefixtures("short_waits")
def test_a_lock_while_it_is_asked_is_told(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    with locked(database):
        dialog = opened(qtbot, menu, menu.reset)
        qtbot.waitUntil(lambda: "The database is locked" in texts(dialog))
    click(qtbot, dialog, "Back")
    qtbot.waitUntil(lambda: "300" in texts(dialog))


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) FROM n"


@pytest.mark.slow
def test_task_that_would_hold_up_the_bot_is_offered_again_with_the_bot_stopped(
    qtbot: QtBot, menu: DataMenu, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.maintenance.writing.LONGEST_HOLD", 0.0)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"CREATE TRIGGER slow BEFORE DELETE ON command_usage WHEN old.id = 1 BEGIN {SLOW}; END")
        connection.execute("CREATE TABLE t (a)")
    dialog = reset(qtbot, menu)
    assert not dialog.bot_stopped.isVisible()
    assert "This would keep the bot waiting too long" in rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    click(qtbot, dialog, "Back")
    rest(qtbot, dialog)
    assert dialog.bot_stopped.isVisible()
    dialog.bot_stopped.setFocus()
    qtbot.keyClick(dialog.bot_stopped.switch, Qt.Key.Key_Space)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    click(qtbot, dialog, "Reset statistics")
    assert "400 rows deleted" in rest(qtbot, dialog)


def test_too_little_room_is_told(qtbot: QtBot, menu: DataMenu, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = locking.shutil.disk_usage(database)
    monkeypatch.setattr(locking.shutil, "disk_usage", lambda place: usage._replace(free=1_000))
    dialog = reset(qtbot, menu)
    assert "There is not enough room on the disk" in rest(qtbot, dialog)
    assert "are needed" in said(dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


@posix
@pytest.mark.parametrize("entry", ["reset", "back_up"])
def test_full_disk_half_way_is_told_and_all_is_as_it_was(
    qtbot: QtBot, menu: DataMenu, database: Path, entry: str
) -> None:
    """A file may not grow beyond a limit: the write that would is refused by the system, in the middle."""
    import resource

    dialog = opened(qtbot, menu, getattr(menu, entry))
    if entry == "reset":
        qtbot.keyClicks(dialog.name.edit, "analytics.db")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
        shown = rest(qtbot, dialog)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {"The storage does not answer as it should", "The disk is full"} & set(shown)
    assert "What is safe" in shown
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    folder = database.parent / "botpulse-backups"
    assert [each.name for each in folder.iterdir()] == []


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Be a user who may read a folder, but not write there."""
    if os.getuid() == 0:
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            yield
        finally:
            os.setresuid(0, 0, 0)
        return
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


@posix
def test_a_read_only_folder_is_told(qtbot: QtBot, parent: QWidget) -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are shut to other users
        Path(place).chmod(0o755)
        path = deployed.create(Path(place) / "analytics.db")
        deployed.fill(path, commands=3)
        menu = DataMenu(parent, BERLIN)
        menu.set_location(locate(path))
        dialog = opened(qtbot, menu, menu.reset)
        qtbot.keyClicks(dialog.name.edit, "analytics.db")
        with without_rights(Path(place)):
            click(qtbot, dialog, "Reset statistics")
            rest(qtbot, dialog)
        assert "No access to the database" in texts(dialog)
        assert "is read-only" in said(dialog)
        assert rows(path)["command_usage"] == 3
        menu.end()


def test_a_database_that_vanished_is_told(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    database.unlink()
    dialog = opened(qtbot, menu, menu.optimise)
    qtbot.waitUntil(lambda: "The database is not there" in texts(dialog))


KILLED = """
import sys
from pathlib import Path
from core.maintenance import resetting
for progress in resetting.reset_with_backup(Path(sys.argv[1])):
    print(progress.words, flush=True)
    if progress.words == sys.argv[2]:
        sys.stdin.read()
"""


@posix
@pytest.mark.parametrize("moment", ["deleting", "deleted"])
def test_a_reset_that_was_killed_is_found_and_undone(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path, moment: str
) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:  # 400 rows are gone before that can be told
        few = SLOW.replace("4000000", "400000")
        connection.execute(f"CREATE TRIGGER slow BEFORE DELETE ON command_usage WHEN old.id = 1 BEGIN {few}; END")
    command = [sys.executable, "-c", KILLED, str(database), moment]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.strip() == moment for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    menu.set_location(locate(database))
    if moment == "deleting":
        qtbot.waitUntil(lambda: bool(heard.notices))
        assert heard.notices[0][1].startswith("A reset, begun ")
        assert heard.notices[0][2] == "Look…"
        look = heard.notices[0][3]
        assert look is not None
        dialog = opened(qtbot, menu, look)
        assert "It was interrupted" in said(dialog)
    else:
        dialog = opened(qtbot, menu, menu.undo)
    qtbot.keyClick(dialog.go, Qt.Key.Key_Return)
    assert {"400 rows are back", "Nothing was missing"} & set(rest(qtbot, dialog))
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert operation_journal.unfinished(database) == ()
