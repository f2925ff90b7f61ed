"""What the benchmark of the palette does in a window of its own: types words, letter by letter; prints JSON.

The real window on the offscreen platform, and the real process that reads: each figure is the seconds from a key that
is pressed until what fits is in the list and painted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.feed.snapshot import Snapshot
from core.time_ranges import host_zone
from core.worker.live.process import LiveProcess
from gui.settings import Settings
from gui.threads.monitor import Monitor
from gui.window import actions
from gui.window.main_window import MainWindow

LONGEST_WAIT = 60.0


def main(folder: str, database: str, rounds: int, *words: str) -> dict[str, list[float]]:
    """The seconds from Ctrl+K until all is looked through, and of each letter."""
    app = QApplication.instance() or QApplication([])
    memory = Settings(QSettings(str(Path(folder) / "find.ini"), QSettings.Format.IniFormat))
    window = MainWindow(memory, Monitor(host_zone(), process=LiveProcess()), host_zone())
    window.resize(1280, 800)
    window.show()
    shown: list[Snapshot] = []
    window.snapshot_shown.connect(shown.append)
    window.watch(database)

    def until(holds: Callable[[], bool]) -> float:
        began = time.perf_counter()
        while not holds():
            app.processEvents()
            time.sleep(0.0002)
            if time.perf_counter() - began > LONGEST_WAIT:
                raise TimeoutError(database)
        return time.perf_counter() - began

    until(lambda: bool(shown) and shown[-1].complete)
    found: dict[str, list[float]] = {"open": [], "letters": []}
    for _round in range(rounds):
        window.actions_[actions.ANYTHING].trigger()
        palette = window.finder.palette
        found["open"].append(until(lambda: window.finder.looked_through))
        for word in words:
            palette.edit.selectAll()
            for letter in word:
                began = time.perf_counter()
                QTest.keyClicks(palette.edit, letter)
                until(lambda palette=palette: palette.settled)  # type: ignore[misc]
                palette.repaint()
                found["letters"].append(time.perf_counter() - began)
        QTest.keyClick(palette.edit, Qt.Key.Key_Escape)
    window.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *sys.argv[4:])))
