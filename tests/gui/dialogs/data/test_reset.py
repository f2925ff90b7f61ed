"""Reset and its undo by mouse and keys, on real files that a bot writes in another process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.maintenance import resetting
from core.tasks import Phase, Progress, Task
from gui.dialogs.data.undo import UndoDialog
from gui.style.severity import Severity
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.gui.data_menus import Heard, click, locked, opened, reset, rest, rows, said
from tests.gui.windows import ROOT, beside, press, texts


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
    assert heard.notices[-1][:3] == (Severity.GOOD, "400 rows deleted; they are in the backup.", "Undo")
    assert dialog.leave.isDefault()
    press(dialog, "Alt+U")
    qtbot.waitUntil(lambda: "400 rows are back" in texts(dialog))
    rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}
    assert heard.notices[-1][1:] == ("400 rows are back.", "", None)
    assert heard.changes == 2
    qtbot.keyClick(dialog.leave, Qt.Key.Key_Return)
    assert menu.dialog is None


def test_rows_are_not_lost_beside_a_bot_that_writes(qtbot: QtBot, menu: DataMenu, heard: Heard, database: Path) -> None:
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
    real = resetting.reset_with_backup

    def slow_to_tell(*arguments: Any, **options: Any) -> Task[resetting.ResetResult]:
        done = yield from real(*arguments, **options)
        while True:
            yield Progress(0.92, "deleting")
        return done

    monkeypatch.setattr(resetting, "reset_with_backup", slow_to_tell)
    dialog = reset(qtbot, menu)
    qtbot.waitUntil(lambda: rows(database)["command_usage"] == 0 and "Deleting…" in texts(dialog))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: "It was done before it could be stopped" in texts(dialog))
    assert heard.changes == 1
    click(qtbot, dialog, "Undo")
    rest(qtbot, dialog)
    assert rows(database) == {"command_usage": 300, "image_stats": 100}


def test_contents_of_the_file_are_told_to_the_end(qtbot: QtBot) -> None:
    from gui.dialogs.data.tasks import to_its_end

    def task() -> Task[int]:
        yield Progress(0.92)
        yield Progress(0.98, "tidying up", Phase.COMMITTED)
        return 4

    driven = to_its_end(task())
    assert next(driven).share == 0.92
    with pytest.raises(StopIteration) as end:
        next(driven)
    assert end.value.value == 4
