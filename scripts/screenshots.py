"""Make the pictures of docs/images anew: every page in both themes, and the dialogs, on a simulated bot.

make screenshots
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from core.feed.snapshot import Condition, Snapshot
from core.simulation.history import write_history
from gui.app.startup import make_application
from gui.pages.board import Board
from gui.pages.registry import PAGES
from gui.settings import Settings
from gui.style.theme import ThemeChoice
from gui.threads.monitor import Monitor
from gui.window import actions
from gui.window.main_window import MainWindow

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
ZONE = ZoneInfo("Europe/Berlin")
SIZE = (1280, 800)
ROWS, DAYS = 120_000, 400.0
LONGEST_WAIT_MS = 60_000
SETTLE_MS = 400

DIALOGS = (
    ("reset", actions.RESET),
    ("export-chart", actions.EXPORT_CHART),
    ("export-table", actions.EXPORT_TABLE),
    ("preferences", actions.PREFERENCES),
    ("shortcuts", actions.SHORTCUTS),
)


def main() -> int:
    """Write every picture; returns the exit code, 1 where prompts of the simulated bot would show as boxes."""
    app = make_application()
    systems = QFontDatabase.WritingSystem
    if not {systems.Arabic, systems.Japanese} <= set(QFontDatabase.writingSystems()):
        print("Prompts would show as boxes, so no picture was made.", file=sys.stderr)
        print("apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="botpulse-") as folder:
        database = Path(folder) / "analytics.db"
        print(f"Simulating {ROWS:,} events over {DAYS:g} days", flush=True)
        write_history(database, days=DAYS, rows=ROWS)
        with opened_window(Path(folder), database) as window:
            for theme in (ThemeChoice.DARK, ThemeChoice.LIGHT):
                window.preferences.choose_theme(theme)
                _take_pages(window, theme)
            window.preferences.choose_theme(ThemeChoice.DARK)
            _take_dialogs(window)
            _take_comparison(window)
        app.processEvents()
    return 0


@contextmanager
def opened_window(folder: Path, database: Path) -> Iterator[MainWindow]:
    """Yield a window of its own settings on a database, as long as the block runs."""
    memory = Settings(QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat))
    window = MainWindow(memory, Monitor(ZONE), ZONE)
    window.resize(*SIZE)
    window.ranges.choose("30d")
    window.show()
    window.watch(database, title="analytics.db")
    try:
        yield window
    finally:
        window.quit()


def _take_pages(window: MainWindow, theme: ThemeChoice) -> None:
    for page in PAGES:
        key = page.entry.key
        until_shown(window, partial(window.live.show_page, key))
        _save(window, f"{key}-{theme.value}")
        board = window.live.pages[key]
        if theme is ThemeChoice.DARK and isinstance(board, Board):
            for section in range(1, len(board.sections.buttons)):
                until_shown(window, partial(board.sections.set_current, section))
                _save(window, f"{key}-{section + 1}-{theme.value}")
            board.sections.set_current(0)


def _take_dialogs(window: MainWindow) -> None:
    """A dialog stands in the window's way, so its picture is taken by a clock."""
    until_shown(window, lambda: window.live.show_page("commands"))
    for name, spec in DIALOGS:
        QTimer.singleShot(4 * SETTLE_MS, partial(_take_dialog, name))
        window.actions_[spec].trigger()
        settle(6 * SETTLE_MS)


def _take_comparison(window: MainWindow) -> None:
    """Seven days beside the seven before."""
    until_shown(window, lambda: window.live.show_page("overview"))
    until_shown(window, partial(window.ranges.choose, "7d"))
    until_shown(window, window.actions_[actions.COMPARE].trigger)
    _save(window, "compare-dark")
    window.actions_[actions.COMPARE].trigger()


def _take_dialog(name: str) -> None:
    for widget in QApplication.topLevelWidgets():
        if isinstance(widget, QDialog) and widget.isVisible():
            _save(widget, f"dialog-{name}")
            widget.reject()


def until_shown(window: MainWindow, act: Callable[[], object]) -> None:
    """Do something, and wait until all of what it asks for is shown."""
    loop = QEventLoop()

    def look(snapshot: Snapshot) -> None:
        if snapshot.page == window.live.page and snapshot.complete and snapshot.condition is Condition.LIVE:
            loop.quit()

    window.snapshot_shown.connect(look)
    QTimer.singleShot(LONGEST_WAIT_MS, loop.quit)
    act()
    loop.exec()
    window.snapshot_shown.disconnect(look)
    settle(SETTLE_MS)


def settle(milliseconds: int) -> None:
    """Let the window work for so long."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def _save(widget: QWidget, name: str) -> None:
    path = FOLDER / f"{name}.png"
    widget.grab().save(str(path), "PNG")
    print(path.relative_to(FOLDER.parents[1]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
