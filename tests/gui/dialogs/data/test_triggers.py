"""A host's own triggers in the dialogs that alter the database: named before, and at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.maintenance import resetting
from core.tasks import finish
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.core.storage.test_database import ask
from tests.core.stored import COUNTS, change
from tests.gui.data_menus import click, opened, rest, said

KEEP = "CREATE TRIGGER keep AFTER INSERT ON image_stats BEGIN INSERT INTO archive VALUES (new.id, new.prompt); END"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A file with an archive that takes no image twice."""
    path = deployed.create(tmp_path / "analytics.db")
    deployed.fill(path, commands=5, images=3)
    change(path, "CREATE TABLE archive (id INTEGER PRIMARY KEY, prompt TEXT)",
           "INSERT INTO archive SELECT id, prompt FROM image_stats", KEEP)  # fmt: skip
    return path


def test_a_reset_names_the_triggers_before_it_promises_an_undo(qtbot: QtBot, menu: DataMenu) -> None:
    dialog = opened(qtbot, menu, menu.reset)
    qtbot.waitUntil(lambda: "keep (on image_stats)" in said(dialog))
    qtbot.keyClicks(dialog.name.edit, "analytics.db")
    click(qtbot, dialog, "Reset statistics")
    rest(qtbot, dialog)
    click(qtbot, dialog, "Undo")
    assert "These triggers refused rows, which came back without them: keep (on image_stats)." in rest(qtbot, dialog)


def test_an_undo_says_which_triggers_rows_came_back_without(qtbot: QtBot, menu: DataMenu, database: Path) -> None:
    finish(resetting.reset_with_backup(database))
    dialog = opened(qtbot, menu, menu.undo)
    click(qtbot, dialog, "Bring back")
    assert any("keep (on image_stats)" in words for words in rest(qtbot, dialog))
    assert ask(database, COUNTS) == [(5, 3)]
