"""The Data menu by mouse and keys, on real files that a bot writes in another process."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core import maintenance
from core.location import locate
from core.maintenance import Change, access
from core.tasks import Progress, Task, finish
from gui import actions
from gui.data_menu import DataMenu, Deed
from gui.dialogs.data.backup import BackUpDialog
from gui.dialogs.data.check import CheckDialog
from gui.dialogs.data.optimise import OptimiseDialog
from gui.dialogs.data.reset import ResetDialog
from gui.dialogs.data.restore import RestoreDialog
from gui.dialogs.data.task_dialog import TaskDialog
from gui.dialogs.data.undo import UndoDialog
from gui.widgets.mood import Mood
from tests.core import deployed
from tests.gui.windows import BERLIN, ROOT, beside, press, texts

TABLES = ("command_usage", "image_stats")
NOBODY = 65_534
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX's limits, signals and permissions")


class Heard:
    """What the menu told the window."""

    def __init__(self, menu: DataMenu) -> None:
        self.notices: list[tuple[Mood, str, str, Callable[[], object] | None]] = []
        self.busy: list[bool] = []
        self.changes = 0
        menu.notice_requested.connect(lambda *notice: self.notices.append(notice))  # type: ignore[arg-type]
        menu.busy_changed.connect(self.busy.append)
        menu.done.connect(self._note_change)

    def _note_change(self) -> None:
        self.changes += 1


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


@pytest.fixture
def menu(parent: QWidget, database: Path) -> Iterator[DataMenu]:
    made = DataMenu(parent, BERLIN)
    made.set_location(locate(database))
    yield made
    made.end()


@pytest.fixture
def heard(menu: DataMenu) -> Heard:
    return Heard(menu)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds of patience are long in a test."""
    monkeypatch.setattr(access, "PATIENCE", 0.2)


def opened(qtbot: QtBot, menu: DataMenu, act: Callable[[], object]) -> Any:
    """The dialog that an entry opens, once it has looked at the database."""
    act()
    dialog = menu.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog and not dialog.looking.busy)
    return dialog


def rest(qtbot: QtBot, dialog: TaskDialog) -> list[str]:
    """Wait until the work is over; all that is to be read then."""
    qtbot.waitUntil(lambda: not dialog.working and not dialog.looking.busy, timeout=20_000)
    return texts(dialog)


def said(dialog: TaskDialog) -> str:
    return "\n".join(texts(dialog))


def click(qtbot: QtBot, dialog: TaskDialog, words: str) -> None:
    found = [each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == words]
    qtbot.mouseClick(next(each for each in found if each.isVisible()), Qt.MouseButton.LeftButton)


def rows(path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}


def reset(qtbot: QtBot, menu: DataMenu) -> ResetDialog:
    """Open the dialog, type the name, and press Return."""
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    assert isinstance(dialog, ResetDialog)
    return dialog


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_the_entries_are_those_of_the_menu() -> None:
    assert {str(deed) for deed in Deed} == {spec.key for spec in actions.WRITERS if spec is not None}


def test_reset_shows_what_will_go_and_wants_the_name(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    shown = texts(dialog)
    assert {"300", "100", "What will be deleted"} <= set(shown)
    assert any(words.startswith("400 rows · a file of") for words in shown)
    assert f"in {database.parent / 'botpulse-backups'}" in said(dialog)
    assert "rows that come in meanwhile stay" in said(dialog)
    assert QApplication.focusWidget() is dialog.name.edit
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.name.edit, "analytics")
    qtbot.keyClick(dialog.name.edit, Qt.Key.Key_Return)
    assert not dialog.working
    qtbot.keyClicks(dialog.name.edit, ".db")
    assert dialog.go.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert menu.dialog is None
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


def test_reset_by_keyboard_and_undo_in_the_result(qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path) -> None:
    dialog = reset(qtbot, menu)
    assert "400 rows deleted" in rest(qtbot, dialog)
    assert "300 commands, 100 images. The bot noticed nothing." in said(dialog)
    (backup,) = (database.parent / "botpulse-backups").glob("*.db")
    assert str(backup) in texts(dialog)
    assert rows(database) == {"command_usage": 0, "image_stats": 0}
    assert heard.busy == [True, False]
    assert heard.notices[-1][:3] == (Mood.GOOD, "400 rows deleted; they are in the backup.", "Undo")
    assert dialog.leave.isDefault()
    press(dialog, "Alt+U")
    qtbot.waitUntil(lambda: "400 rows are back" in texts(dialog))
    rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert heard.notices[-1][1:] == ("400 rows are back.", "", None)
    assert heard.changes == 2
    qtbot.keyClick(dialog.leave, Qt.Key.Key_Return)
    assert menu.dialog is None


def test_no_row_is_lost_beside_a_bot_that_writes(qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path) -> None:
    with beside(ROOT / "tests/core/deployed.py", database, "--rows-per-second", "50", "--seconds", "60") as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline().startswith("ok")
        dialog = reset(qtbot, menu)
        rest(qtbot, dialog)
        click(qtbot, dialog, "Close")
        undo = heard.notices[-1][3]
        assert undo is not None
        undo()  # what the notice's button does, later in the session
        assert isinstance(menu.dialog, UndoDialog)
        rest(qtbot, menu.dialog)
        bot.terminate()
        written = ["ok", *bot.stdout.read().splitlines()]
    assert all(line.startswith("ok") for line in written)
    assert rows(database) == {"command_usage": 300 + len(written), "image_stats": 100}


def test_only_what_is_older_than_a_date(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=400)
    deployed.fill(database, commands=25, start=long_ago.timestamp())
    dialog = opened(qtbot, menu, menu.reset)
    assert not dialog.date.isEnabled()
    press(dialog, "Shift+Tab")
    click(qtbot, dialog, "Only what is older than")
    qtbot.waitUntil(lambda: not dialog.looking.busy)
    assert "25 of 325" in texts(dialog)
    dialog.date.setDate(QDate(2001, 1, 1))
    qtbot.waitUntil(lambda: "There is nothing to delete." in texts(dialog))
    dialog.date.setDate(QDate(long_ago.year, long_ago.month, long_ago.day).addDays(30))
    qtbot.waitUntil(lambda: "25 of 325" in texts(dialog))
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    assert dialog.go.isEnabled()
    dialog.date.setDate(dialog.date.date().addDays(1))
    assert not dialog.go.isEnabled()  # it is not counted yet what would go now
    qtbot.waitUntil(dialog.go.isEnabled)
    click(qtbot, dialog, "Reset statistics")
    assert "25 rows deleted" in rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_a_reset_is_stopped_while_that_is_safe(qtbot: QtBot, menu: DataMenu, database: Path, way: str) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    with locked(database):
        click(qtbot, dialog, "Reset statistics")
        qtbot.waitUntil(lambda: "Waiting for another program's write to end…" in texts(dialog))
        assert not dialog.go.isVisible()
        if way == "Escape":
            qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        else:
            click(qtbot, dialog, way)
        qtbot.waitUntil(lambda: "Stopped. Nothing was deleted." in texts(dialog))
    rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert not dialog.go.isEnabled()  # the name has to be typed anew


def test_a_dialog_that_is_closed_during_the_work_goes_when_that_has_tidied_up(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path
) -> None:
    dialog = opened(qtbot, menu, menu.back_up)
    with locked(database):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
        assert dialog.working
        dialog.close()
        assert menu.dialog is dialog
        qtbot.waitUntil(lambda: menu.dialog is None)
    assert heard.busy == [True, False]
    assert not list((database.parent / "botpulse-backups").glob("*.db"))


def test_a_stop_that_comes_too_late_is_told(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit came through between the click and the end of the work: the host is not told that nothing happened."""
    real = maintenance.reset_with_backup

    def slow_to_tell(*arguments: Any, **options: Any) -> Task[maintenance.ResetDone]:
        done = yield from real(*arguments, **options)
        while True:
            yield Progress(0.92, "deleting")
        return done

    monkeypatch.setattr(maintenance, "reset_with_backup", slow_to_tell)
    dialog = reset(qtbot, menu)
    qtbot.waitUntil(lambda: rows(database)["command_usage"] == 0 and "Deleting…" in texts(dialog))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "It was done before it could be stopped" in texts(dialog))
    assert heard.changes == 1
    click(qtbot, dialog, "Undo")
    rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


def test_what_is_in_the_file_is_told_to_the_end(qtbot: QtBot) -> None:
    from gui.dialogs.data.tasks import to_its_end

    def task() -> Task[int]:
        yield Progress(0.92)
        yield Progress(0.98)
        return 4

    driven = to_its_end(task())
    assert next(driven).share == 0.92
    with pytest.raises(StopIteration) as end:
        next(driven)
    assert end.value.value == 4


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("entry", ["reset", "back_up", "check", "restore"])
def test_a_lock_is_told_in_words_and_asked_again(qtbot: QtBot, menu: DataMenu, database: Path, entry: str) -> None:
    finish(maintenance.back_up(database))
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


@pytest.mark.usefixtures("impatient")
def test_a_lock_while_it_is_asked_is_told(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    with locked(database):
        dialog = opened(qtbot, menu, menu.reset)
        qtbot.waitUntil(lambda: "The database is locked" in texts(dialog))
    click(qtbot, dialog, "Back")
    qtbot.waitUntil(lambda: "300" in texts(dialog))


SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT count(*) FROM n"


def test_what_would_hold_up_the_bot_is_offered_again_with_the_bot_stopped(
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
    usage = access.shutil.disk_usage(database)
    monkeypatch.setattr(access.shutil, "disk_usage", lambda place: usage._replace(free=1_000))
    dialog = reset(qtbot, menu)
    assert "There is not enough room on the disk" in rest(qtbot, dialog)
    assert "are needed" in said(dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


@posix
@pytest.mark.parametrize("entry", ["reset", "back_up"])
def test_no_room_half_way_is_told_and_all_is_as_it_was(
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
from core import maintenance
for progress in maintenance.reset_with_backup(Path(sys.argv[1])):
    print(progress.words, flush=True)
    if progress.words == sys.argv[2]:
        sys.stdin.read()
"""


@posix
@pytest.mark.parametrize("moment", ["deleting", "deleted"])
def test_a_reset_that_was_killed_is_found_and_undone(
    qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path, moment: str
) -> None:
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
        assert "It was cut off" in said(dialog)
    else:
        dialog = opened(qtbot, menu, menu.undo)
    qtbot.keyClick(dialog.go, Qt.Key.Key_Return)
    assert {"400 rows are back", "Nothing was missing"} & set(rest(qtbot, dialog))
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert maintenance.unfinished(database) == ()


def test_there_may_be_nothing_to_undo(qtbot: QtBot, menu: DataMenu) -> None:
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
    finish(maintenance.back_up(database))
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
    answers = [tmp_path / "no.db", database, finish(maintenance.back_up(database, tmp_path)).path]
    answers[0].write_text("no database at all, and longer than sixteen octets")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_arguments: (str(answers.pop(0)), ""))
    dialog = opened(qtbot, menu, menu.restore)
    assert "There are no backups beside the database. Choose another file." in texts(dialog)
    for refusal in ("This file is not a database", "This file is no backup"):
        press(dialog, "Alt+F")
        qtbot.waitUntil(lambda refusal=refusal: refusal in said(dialog))  # type: ignore[misc]
        assert not dialog.go.isEnabled()
    click(qtbot, dialog, "Another file…")
    qtbot.waitUntil(lambda: "The backup holds 400 rows" in said(dialog))
    assert dialog.list.rowCount() == 1


def test_a_database_that_is_gone_is_put_back_without_a_name(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(maintenance.back_up(database))
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
    assert dialog.switches[Change.SCHEMA].on
    assert not dialog.switches[Change.WAL].on
    assert "The deployed bot keeps working, whatever you choose." in texts(dialog)
    assert "adds an index on timestamp to command_usage" in said(dialog)
    dialog.switches[Change.WAL].setFocus()
    QTest.keyClick(dialog.switches[Change.WAL].switch, Qt.Key.Key_Space)
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


def test_nothing_chosen_is_nothing_done(qtbot: QtBot, menu: DataMenu) -> None:
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
    assert heard.notices[-1][0] is Mood.BAD


def test_a_server_has_tools_of_its_own(qtbot: QtBot, parent: QWidget) -> None:
    menu = DataMenu(parent, BERLIN)
    told: list[object] = []
    menu.available_changed.connect(told.append)
    menu.set_location(locate("postgresql://bot@localhost/stats"))
    assert menu.available == frozenset()
    assert told == [frozenset()]
    for entry in (menu.reset, menu.restore, menu.optimise, menu.undo, menu.back_up):
        dialog = opened(qtbot, menu, entry)
        qtbot.waitUntil(lambda dialog=dialog: "This is done with the server's own tools" in texts(dialog))  # type: ignore[misc]
        dialog.reject()
    menu.set_location(None)
    menu.reset()
    assert menu.dialog is None


def test_one_dialog_at_a_time(qtbot: QtBot, menu: DataMenu) -> None:
    first = opened(qtbot, menu, menu.check)
    menu.reset()
    assert menu.dialog is first


def test_the_name_of_a_file_is_plain_text(qtbot: QtBot, parent: QWidget, tmp_path: Path) -> None:
    path = deployed.create(tmp_path / "<b>R&D.db")
    deployed.fill(path, commands=3)
    menu = DataMenu(parent, BERLIN)
    menu.set_location(locate(path))
    dialog = opened(qtbot, menu, menu.reset)
    assert str(path) in texts(dialog)
    assert dialog.name.edit.accessibleName() == "Type <b>R&D.db to confirm"
    qtbot.keyClicks(dialog.name.edit, "<b>R&D.db")
    assert dialog.go.isEnabled()
    menu.end()


def test_everything_is_reached_by_tab(qtbot: QtBot, menu: DataMenu) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    met = set[object]()
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        met.add(QApplication.focusWidget())
    assert {dialog.name.edit, dialog.leave, dialog.go, dialog.which.buttons["all"]} <= met


def test_dialogs_fit_a_small_window(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(maintenance.back_up(database))
    for entry in (menu.reset, menu.restore, menu.optimise, menu.back_up, menu.check, menu.undo):
        dialog = opened(qtbot, menu, entry)
        assert dialog.width() <= 900
        assert dialog.height() <= 600
        dialog.reject()
