"""Full screen: no menus, pages that turn by themselves, and everything as it was afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.settings import Settings
from gui.window import walk
from gui.window.main_window import MainWindow
from gui.window.walk import WALK_SECONDS, PageWalk
from tests.gui.windows import press, texts, watch

LONG = 600


@pytest.fixture
def walking(qtbot: QtBot, window: MainWindow, database: Path, memory: Settings) -> PageWalk:
    """On the second page, in full screen, where each page stays for long."""
    memory.remember(WALK_SECONDS, LONG)
    watch(qtbot, window, database)
    press(window, "Alt+2")
    press(window, "F11")
    qtbot.waitUntil(window.isFullScreen)
    (found,) = window.findChildren(PageWalk)
    qtbot.waitUntil(lambda: found.walking)
    return found


def key_to_focus(window: MainWindow) -> QWidget:
    """Where keys go."""
    focused = QApplication.focusWidget()
    return focused if focused is not None else window


def page(window: MainWindow) -> str:
    return window.live.page


def test_the_menus_are_gone_and_the_keys_are_said(window: MainWindow, walking: PageWalk) -> None:
    assert not window.menuBar().isVisible() and not window.live.rail.isVisible()
    assert walking.hint.isVisible()
    (said,) = texts(walking.hint)
    assert "every 600 s" in said and "Esc: end" in said


def test_pages_turn_by_themselves(
    qtbot: QtBot, window: MainWindow, database: Path, memory: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "_SECOND_MS", 5)
    memory.remember(WALK_SECONDS, 5)
    watch(qtbot, window, database)
    seen: list[str] = []
    window.live.page_shown.connect(seen.append)
    press(window, "F11")
    qtbot.waitUntil(lambda: len(seen) > len(window.live.pages) >= 9)
    assert len(set(seen)) == 9, "all pages came, the first again"
    press(window, "F11")
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert page(window) == "overview"


def test_they_are_turned_by_hand_and_all_is_as_before(qtbot: QtBot, window: MainWindow, walking: PageWalk) -> None:
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Right)
    assert page(window) == "images"
    for _ in range(3):
        qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Left)
    assert page(window) == "health"
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert page(window) == "commands"
    assert window.menuBar().isVisible() and window.live.rail.isVisible()
    assert not walking.hint.isVisible() and not walking.walking


def test_a_page_that_the_host_turned_to_stays_afterwards(qtbot: QtBot, window: MainWindow, walking: PageWalk) -> None:
    press(window, "Alt+6")
    press(window, "F11")
    qtbot.waitUntil(lambda: not window.isFullScreen())
    assert page(window) == "failures" and not walking.walking


def test_space_stays_and_goes_on_and_the_pace_is_remembered(
    qtbot: QtBot, window: MainWindow, walking: PageWalk, memory: Settings
) -> None:
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Space)
    assert not walking.walking and "stays" in texts(walking.hint)[0]
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Space)
    assert walking.walking
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Minus)
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Minus)
    qtbot.keyClicks(key_to_focus(window), "+")
    qtbot.keyClicks(key_to_focus(window), "+")
    assert memory.number(WALK_SECONDS) == LONG
    memory.remember(WALK_SECONDS, 7)
    qtbot.keyClick(key_to_focus(window), Qt.Key.Key_Minus)
    assert memory.number(WALK_SECONDS) == WALK_SECONDS.least


def test_who_works_on_a_page_is_left_alone(
    qtbot: QtBot, window: MainWindow, walking: PageWalk, memory: Settings
) -> None:
    memory.remember(WALK_SECONDS, 5)
    press(window, "Ctrl+F")
    field = key_to_focus(window)
    qtbot.keyClicks(field, "a + b")
    assert getattr(field, "text", str)() == "a + b"
    assert "stays for a minute" in texts(walking.hint)[0] and page(window) == "commands"
    QTest.mouseMove(window.live, QPoint(5, 5))
    QTest.mouseMove(window.live, QPoint(90, 90))
    assert walking.walking and page(window) == "commands"
