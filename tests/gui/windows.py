"""The window as a host meets it: what is to be read in it, its menus, keys, and other processes beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from core.feed.snapshot import Event, Snapshot
from core.time_ranges import CHOICES
from core.worker.live.process import LiveProcess
from gui import settings
from gui.pages.problem import ProblemPage
from gui.pages.welcome import WelcomePage
from gui.settings import Settings
from gui.style.theme import apply_theme
from gui.tables.events.list import EventList
from gui.threads.monitor import Monitor
from gui.widgets.live_light import LiveLight
from gui.widgets.notice import Notice
from gui.widgets.stat_tile import StatTile
from gui.widgets.text import PlainLabel
from gui.window.main_window import MainWindow
from resources.design import Theme

ROOT = Path(__file__).resolve().parents[2]
BERLIN = ZoneInfo("Europe/Berlin")
INTERVAL_MS = 20

W = TypeVar("W", bound=Any)

LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""
"""A process that holds a database for itself until it is told a line."""


def settings_in(folder: Path) -> Settings:
    """Settings in a file of their own; they outlive a window."""
    return Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))


def open_window(
    qtbot: QtBot, memory: Settings, zone: ZoneInfo = BERLIN, process: LiveProcess | None = None
) -> MainWindow:
    """A window that is shown and active; it is closed with the test. A thread reads, unless there is a process."""
    window = MainWindow(memory, Monitor(zone, INTERVAL_MS, process=process), zone)
    qtbot.addWidget(window)
    if memory.byte_array(settings.GEOMETRY).isEmpty():
        window.resize(1280, 800)  # the offscreen screen has less room
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is window)
    return window


def show_alone(qtbot: QtBot, qapp: QApplication, widget: W, theme: Theme, width: int, height: int) -> W:
    """A part of the window, shown in a theme and a size without the window around it."""
    qtbot.addWidget(widget)
    apply_theme(qapp, theme)
    widget.resize(width, height)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def watch(qtbot: QtBot, window: MainWindow, path: Path) -> Snapshot:
    """Open a database, and wait until all of it is shown."""
    return shown_after(qtbot, window, lambda: window.watch(path))


def shown_after(qtbot: QtBot, window: MainWindow, act: Callable[[], object], **wanted: object) -> Snapshot:
    """Do something, and return the first snapshot after it in which the history of the chosen range is whole.

    One of before may still have been under way: shown part by part, or read for the range before.
    """
    began = time.time()

    def fits(snapshot: Snapshot) -> bool:
        if snapshot.taken < began:
            return False
        width = CHOICES[window.live.top.picker.current].width
        if width is not None and snapshot.buckets.label != width.label:
            return False
        return snapshot.progress == 1 and all(getattr(snapshot, name) == value for name, value in wanted.items())

    with qtbot.waitSignal(window.snapshot_shown, timeout=10_000, check_params_cb=fits) as caught:
        act()
    (snapshot,) = caught.args
    assert isinstance(snapshot, Snapshot)
    return snapshot


def words(text: str) -> str:
    """A text with plain spaces."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def tile(window: QWidget, label: str) -> str:
    """The number in a tile."""
    return next(words(each.tile.value) for each in window.findChildren(StatTile) if each.tile.label == label)


def events(window: QWidget) -> list[Event]:
    """The rows of the list of events, the newest first."""
    return window.findChild(EventList).model.rows


def light(window: QWidget) -> str:
    """What the light says."""
    return words(window.findChild(LiveLight).accessibleName()).removeprefix("State: ")


def place(window: QWidget) -> str:
    """Which of the window's three faces is shown."""
    for name, kind in (("welcome", WelcomePage), ("problem", ProblemPage)):
        if window.findChild(kind).isVisible():
            return name
    return "pages"


def texts(widget: QWidget) -> list[str]:
    """Every visible line of text in labels."""
    return [words(each.text()) for each in widget.findChildren(PlainLabel) if each.isVisible() and each.text()]


def notice(window: QWidget) -> str:
    """The words of the notice; empty while it is not shown."""
    bar = window.findChild(Notice)
    return " ".join(texts(bar)) if bar.isVisible() else ""


def menu(window: MainWindow, *path: str) -> QAction:
    """An entry by the words on the way to it: ``menu(window, "View", "Theme", "Dark")``; menus open on the way."""
    return next(each for each in entries(window, *path[:-1]) if plain(each.text()) == path[-1])


def entries(window: MainWindow, *path: str) -> list[QAction]:
    """The entries of an open menu, by the words on the way to it."""
    actions = window.menuBar().actions()
    for title in path:
        opened = next(each for each in actions if plain(each.text()) == title).menu()
        assert isinstance(opened, QMenu)
        opened.aboutToShow.emit()
        actions = opened.actions()
    return actions


def plain(text: str) -> str:
    """A menu's text as it is read: without mnemonics."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def press(window: QWidget, keys: str) -> None:
    """Press a shortcut such as ``Ctrl+P`` wherever the focus is."""
    QTest.keySequence(QApplication.focusWidget() or window, keys)


def tab(window: QWidget, backwards: bool = False) -> QWidget | None:
    """Press Tab, and return what has the focus then."""
    key = Qt.Key.Key_Backtab if backwards else Qt.Key.Key_Tab
    QTest.keyClick(QApplication.focusWidget() or window, key)
    return QApplication.focusWidget()


def environment(**changed: str | None) -> Mapping[str, str]:
    """This process's environment with changes; None takes a variable away."""
    merged = {**os.environ, "PYTHONPATH": str(ROOT), **changed}
    return {name: value for name, value in merged.items() if value is not None}


@contextmanager
def beside(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run Python in another process for as long as the block lasts."""
    command = [sys.executable, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def do_beside(qtbot: QtBot, code: str, *arguments: str | Path) -> None:
    """Run a segment of code in another process; the window goes on meanwhile."""
    with beside("-c", code, *arguments) as process:
        qtbot.waitUntil(lambda: process.poll() is not None, timeout=20_000)
        assert process.returncode == 0
