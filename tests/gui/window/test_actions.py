from __future__ import annotations

from itertools import pairwise

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.time_ranges import CALENDAR, CHOICES
from gui.style.theme import ThemeChoice
from gui.window import actions
from gui.window.actions import Actions
from gui.window.main_window import MainWindow
from tests.gui.windows import menu, plain


def menus(entries: list[QAction]) -> list[list[QAction]]:
    """A menu's entries, and those of the menus in it."""
    found = [entries]
    for entry in entries:
        below = entry.menu()
        if isinstance(below, QMenu):
            found += menus(below.actions())
    return found


def mnemonic(entry: QAction) -> str:
    return QKeySequence.mnemonic(entry.text()).toString()


def test_shortcuts_never_mean_two_things() -> None:
    shortcuts = [spec.shortcut for spec in actions.ALL if spec.shortcut]
    assert len(shortcuts) == len(set(shortcuts))
    assert all(not QKeySequence(shortcut).isEmpty() for shortcut in shortcuts)


def test_within_a_menu_a_letter_leads_to_one_entry(window: MainWindow) -> None:
    for entries in menus(window.menuBar().actions()):
        letters = sorted(filter(None, map(mnemonic, entries)))
        assert not [one for one, other in pairwise(letters) if one == other], [each.text() for each in entries]


def test_every_menu_is_reached_by_its_letter(window: MainWindow) -> None:
    top, *below = menus(window.menuBar().actions())
    assert all(map(mnemonic, top))
    assert len(below) >= 5


def test_every_action_is_in_a_menu_and_says_what_it_does(window: MainWindow) -> None:
    shown = [plain(entry.text()) for entries in menus(window.menuBar().actions()) for entry in entries]
    for spec in actions.ALL:
        assert plain(spec.text) in shown
        assert spec.tip
    assert menu(window, "File", "Open…").toolTip() == "Open a bot's database (Ctrl+O)"


def test_ranges_are_numbered_in_the_order_of_the_picker() -> None:
    assert [spec.shortcut for spec in actions.RANGES] == [
        *(f"Ctrl+{number}" for number in range(1, 9)),
        *("" for _ in CALENDAR),
    ]
    assert [spec.key for spec in actions.RANGES] == [f"range_{key}" for key in CHOICES]


def test_actions_of_a_group_exclude_each_other(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    made = Actions(owner)
    for choice in ThemeChoice:
        made[actions.theme_action(choice)].setChecked(True)
        assert [spec.key for spec in actions.THEMES if made[spec].isChecked()] == [actions.theme_action(choice)]


def test_an_action_does_what_was_asked(qtbot: QtBot) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    made, done = Actions(owner), []
    made.on(actions.RELOAD, lambda: done.append(1))
    made[actions.RELOAD].trigger()
    assert done == [1]


def test_on_macos_three_actions_go_into_the_programs_menu_and_no_other(window: MainWindow) -> None:
    roles = {spec.key: window.actions_[spec].menuRole() for spec in actions.ALL}
    assert {key for key, role in roles.items() if role is not QAction.MenuRole.NoRole} == {
        "quit",
        "preferences",
        "about",
    }
    assert roles["about"] is QAction.MenuRole.AboutRole
