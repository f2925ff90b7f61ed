"""Databases whose names and folders are longer than a dialog is wide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.maintenance import backups
from core.storage.location import locate
from core.tasks import finish
from gui.dialogs.data.parts import PathLabel
from gui.widgets.text import PlainLabel
from gui.window.data_menu import DataMenu
from tests.core import deployed
from tests.gui.data_menus import click, opened, rest, rows, said
from tests.gui.windows import BERLIN, press, texts

LONG = f"{'analytics' * 9}.db"
FOLDERS = Path("unbroken" * 11, "folder_name" * 9, "botpulse")


@pytest.fixture
def menus(parent: QWidget) -> Iterator[Any]:
    """Makes the menu over a file."""
    made: list[DataMenu] = []

    def over(path: Path) -> DataMenu:
        path.parent.mkdir(parents=True, exist_ok=True)
        deployed.fill(deployed.create(path), commands=300, images=100, step=10)
        made.append(DataMenu(parent, BERLIN))
        made[-1].set_location(locate(path))
        return made[-1]

    yield over
    for each in made:
        each.end()


def cut(dialog: QWidget) -> list[str]:
    """The words that have less room than they need."""
    labels = [each for each in dialog.findChildren(PlainLabel) if each.isVisible() and each.wordWrap()]
    return [
        each.text()
        for each in labels
        if each.minimumSizeHint().width() > each.width() or each.heightForWidth(each.width()) > each.height()
    ]


def paste(field: QWidget, words: str) -> None:
    QApplication.clipboard().setText(words)
    field.setFocus()
    press(field, "Ctrl+V")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("a bot's  two  spaces.db", "a bot's two spaces.db"),
        ("naïve — 統計\u202e 😀.db", "naïve — 統計 😀.db"),
        ("W" * 37 + ".db", "W" * 37 + ".db"),
        ("W" * 38 + ".db", ""),
        (LONG, ""),
    ],
)
@pytest.mark.parametrize("action", ["reset", "restore"])
def test_any_name_can_be_confirmed(
    qtbot: QtBot, menus: Any, tmp_path: Path, action: str, name: str, asked: str
) -> None:
    """The name as it is shown, and as it is; for one that nobody would type, a word."""
    path, wanted = tmp_path / "bot" / name, asked or action
    menu = menus(path)
    finish(backups.back_up(path))
    dialog = opened(qtbot, menu, getattr(menu, action))
    qtbot.waitUntil(lambda: any(words.startswith("&Type") for words in texts(dialog)))
    assert f"&Type  {wanted}  to confirm" in texts(dialog)
    assert dialog.name.edit.accessibleName() == f"Type {wanted} to confirm"
    qtbot.waitUntil(lambda: cut(dialog) == [])
    paste(dialog.name.edit, wanted[:-1])
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.name.edit, wanted[-1])
    qtbot.waitUntil(dialog.go.isEnabled)
    dialog.name.edit.clear()
    paste(dialog.name.edit, f" {name if asked else wanted} ")
    assert dialog.go.isEnabled()
    click(qtbot, dialog, {"reset": "Reset statistics", "restore": "Restore"}[action])
    rest(qtbot, dialog)
    assert sum(rows(path).values()) == {"reset": 0, "restore": 400}[action]


@pytest.mark.slow
def test_dialogs_are_not_cut_at_the_edge(qtbot: QtBot, menus: Any, tmp_path: Path) -> None:
    path = tmp_path / FOLDERS / LONG
    menu = menus(path)
    ways = (("back_up", "Back up"), ("reset", "Reset statistics"), ("undo", "Bring back"), ("restore", "Restore"),
            ("undo", "Bring back"), ("optimise", "Optimise"), ("check", "Check"))  # fmt: skip
    for action, words in ways:
        dialog = opened(qtbot, menu, getattr(menu, action))
        if hasattr(dialog, "name"):
            qtbot.keyClicks(dialog.name.edit, action)
        qtbot.waitUntil(dialog.go.isEnabled)
        qtbot.waitUntil(lambda: cut(menu.dialog) == [])
        assert dialog.height() <= 620
        click(qtbot, dialog, words)
        rest(qtbot, dialog)
        qtbot.waitUntil(lambda: cut(menu.dialog) == [])
        if action not in ("undo", "optimise", "check"):
            assert str(path.parent / "botpulse-backups") in said(dialog)
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_tip_of_a_path_on_one_line_has_all_of_it(
    qtbot: QtBot, menus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the folder that is browsed from is that one, not what is shown of it."""
    path, asked = tmp_path / "two  spaces" / FOLDERS / LONG, list[str]()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: asked.append(given[2]) or "")
    menu = menus(path)
    dialog = opened(qtbot, menu, menu.back_up)
    named, folder = dialog.findChildren(PathLabel)
    assert named.toolTip().endswith(f"{os.sep}{LONG}</p>")
    assert folder.toolTip().endswith(f"{os.sep}botpulse-backups</p>")
    click(qtbot, dialog, "Change…")
    assert asked == [str(path.parent / "botpulse-backups")]
