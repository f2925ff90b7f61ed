from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from gui.dialogs.key_list import PARTS, as_text, groups
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.settings import Settings
from gui.window import actions
from gui.window.actions import Actions
from gui.window.menus import RecentMenu, fill_menu_bar
from tests.gui.windows import plain, press, texts


@pytest.fixture
def main(qtbot: QtBot, memory: Settings) -> QMainWindow:
    """A window that has the real menus, and a recent database in one of them."""
    made = QMainWindow()
    qtbot.addWidget(made)
    memory.remember_database("/srv/bot/Quit")
    recent = RecentMenu(memory, lambda address: None, made)
    fill_menu_bar(made.menuBar(), Actions(made), recent)
    recent.aboutToShow.emit()
    made.recent = recent  # type: ignore[attr-defined]
    return made


@pytest.fixture
def dialog(qtbot: QtBot, main: QMainWindow) -> ShortcutsDialog:
    made = ShortcutsDialog(main.menuBar())
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    return made


def words(dialog: ShortcutsDialog) -> list[str]:
    return [entry.words for group in dialog.shown() for entry in group.entries]


def visible(dialog: ShortcutsDialog) -> list[str]:
    """What can be read in the list, headlines left out."""
    items = dialog.tree.findItems("*", Qt.MatchFlag.MatchWildcard | Qt.MatchFlag.MatchRecursive)
    return [item.text(0) for item in items if not item.isHidden() and item.parent() is not None]


def test_every_action_is_there_with_its_keys_under_its_menu(main: QMainWindow) -> None:
    found = {entry.words: (group.title, entry) for group in groups(main.menuBar()) for entry in group.entries}
    for spec in actions.ALL:
        title, entry = found[plain(spec.text)]
        assert entry.keys == actions.shortcut_text(spec)
        assert entry.tip == spec.tip
        assert title.split(" → ")[0] in {plain(action.text()) for action in main.menuBar().actions()}
    assert found["24 h"][0] == "View → Range"


def test_recent_databases_are_no_actions(main: QMainWindow) -> None:
    said = as_text(groups(main.menuBar()))
    assert "/srv/bot" not in said
    assert said.count("Quit") == 1


def test_the_keys_of_charts_and_tables_are_there(dialog: ShortcutsDialog) -> None:
    assert {group.title for group in PARTS} <= {group.title for group in dialog.shown()}
    assert "Zoom in and out" in visible(dialog)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("RELOAD", "Reload"),
        ("ctrl o", "Open…"),
        ("F11", "Full screen"),
        ("simulated", "Try the demo"),
        ("chart zoom", "Zoom in and out"),
    ],
)
def test_the_search_looks_in_words_keys_tips_and_groups(
    qtbot: QtBot, dialog: ShortcutsDialog, typed: str, found: str
) -> None:
    everything = len(words(dialog))
    qtbot.keyClicks(dialog.search, typed)
    assert found in words(dialog)
    assert words(dialog) == visible(dialog)
    assert len(words(dialog)) < everything / 2
    press(dialog, "Ctrl+A")
    qtbot.keyClick(dialog.search, Qt.Key.Key_Delete)
    assert len(visible(dialog)) == everything


def test_a_search_that_finds_nothing_says_so(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClicks(dialog.search, "zzz")
    assert any(line.startswith("Nothing matches") for line in texts(dialog))
    assert not dialog.tree.isVisible()
    assert not dialog.copy.isEnabled()


def test_words_of_an_action_are_read_to_their_end_where_its_keys_leave_room(dialog: ShortcutsDialog) -> None:
    """The widest keys are those of a chart; they take no room from others' tips."""
    (item,) = dialog.tree.findItems("Mask prompts", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive)
    dialog.tree.scrollToItem(item)
    name, keys = (dialog.tree.visualRect(dialog.tree.indexFromItem(item, column)) for column in (0, 1))
    picture = dialog.tree.viewport().grab(QRect(name.right() + 1, name.top(), keys.width() // 4, name.height()))
    image = picture.toImage()
    inks = {image.pixel(x, y) for x in range(image.width()) for y in range(6, image.height() - 6)}
    assert len(inks) > 2


@pytest.mark.slow
def test_shortcuts_that_are_shown_are_copied_as_text(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    qtbot.keyClicks(dialog.search, "theme")
    qtbot.mouseClick(dialog.copy, Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert copied.splitlines()[0] == "View → Theme"
    assert [line.strip() for line in copied.splitlines()[1:]] == words(dialog)
    assert "Open…" not in copied
    whole = as_text(dialog._groups)
    assert any(line.split() == ["Open…", "Ctrl+O"] for line in whole.splitlines())
    assert dialog.copy.text() == "Copied"
    qtbot.waitUntil(lambda: dialog.copy.text() == "&Copy as text")


def test_dialog_works_by_keyboard(qtbot: QtBot, dialog: ShortcutsDialog) -> None:
    assert dialog.search.hasFocus()
    qtbot.keyClick(dialog.search, Qt.Key.Key_Down)
    assert dialog.tree.hasFocus()
    first = dialog.tree.currentItem()
    assert first is not None
    qtbot.keyClick(dialog.tree, Qt.Key.Key_Down)
    assert dialog.tree.currentItem() is not first
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
