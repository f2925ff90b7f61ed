"""A table on a large file in a process of its own: ``python -m tests.benchmarks.table_probe FILE ROUNDS``.

Prints a JSON object: milliseconds by what was done, the longest hold-ups of the UI thread meanwhile, and the memory.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import psutil
from PySide6.QtCore import QEventLoop, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.storage.location import locate
from gui.style.theme import apply_theme
from gui.tables.records.table import TablePanel
from resources.design import Theme

WAIT_SECONDS = 60.0
SIZE = 1600, 1000
_WORTH_COUNTING = 0.001
"""Seconds. A quantile over the thousands of empty turns of an event loop would say nothing."""


class Stage:
    """A table that is shown, and what the event loop of its thread does while something is waited for."""

    def __init__(self, app: QApplication, path: Path) -> None:
        self._app = app
        self.table = TablePanel("commands", ZoneInfo("Europe/Berlin"))
        apply_theme(app, Theme.DARK)
        self.table.resize(*SIZE)
        self.table.show()
        self.location = locate(path)
        self.gaps: list[float] = []

    def until(self, done: Callable[[], bool]) -> float:
        """Run events until something holds and is painted; return how long that took, in milliseconds."""
        began, moments = time.perf_counter(), [time.thread_time()]
        while not done():
            if time.perf_counter() - began > WAIT_SECONDS:
                raise TimeoutError(done)
            self.pass_on()
            moments.append(time.thread_time())
        self.table.view.viewport().repaint()
        moments.append(time.thread_time())
        self.gaps += [after - before for before, after in pairwise(moments)]
        return (time.perf_counter() - began) * 1000

    def pass_on(self) -> None:
        """Let some events come."""
        self._app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)

    def settle(self) -> None:
        """Let everything come in that is read ahead."""
        self.until(lambda: not self.table.browser.requests.loading)

    def took(self, act: Callable[[], object]) -> float:
        """Do something, and wait until other rows are there; in milliseconds."""
        rows = self.table.model.rows
        shown = rows[0] if rows else None
        act()
        return self.until(lambda: bool(rows) and rows[0] is not shown)


def measure(path: Path, rounds: int) -> dict[str, Any]:
    """Everything, on a file whose commands are mostly "comfy"."""
    app = QApplication([])
    stage = Stage(app, path)
    table = stage.table
    answer: dict[str, Any] = {"opened": [], "jump": [], "paint": [], "filter": [], "indexed": []}
    stage.until(lambda: True)
    table.set_location(stage.location)
    stage.settle()
    stage.gaps.clear()  # the first paint of a process reads the fonts
    for _ in range(rounds):
        table.set_location(None)
        answer["opened"].append(stage.took(lambda: table.set_location(stage.location)))
        stage.settle()
    for number in range(3 * rounds):
        share = (number * 0.37 + 0.11) % 1
        answer["jump"].append(stage.took(lambda share=share: table.frame.bar.jump_asked.emit(share)))
        stage.settle()
    answer["paging"] = _paging(stage, 20 * rounds)
    for number in range(10 * rounds):
        began = time.thread_time()
        table.view.viewport().repaint()
        answer["paint"].append((time.thread_time() - began) * 1000)
        table.view.verticalScrollBar().setValue(table.view.verticalScrollBar().value() + number)
    answer["rows_painted"] = table.view.rows_seen
    for word in ("failed", "rareword", "command:rareword"):
        answer["filter"].append(stage.took(lambda word=word: table.frame.filter_box.set_text(word)))
        table.browser.stop()
        stage.took(lambda: table.frame.filter_box.set_text(""))
        stage.settle()
    answer["gaps"] = [gap * 1000 for gap in sorted(stage.gaps) if gap > _WORTH_COUNTING]
    answer["memory"] = psutil.Process().memory_info().rss / 1e6
    table.close()
    return answer


def _paging(stage: Stage, presses: int) -> list[float]:
    """Page Down again and again, as fast as the rows come."""
    taken, view, rows = [], stage.table.view, stage.table.model.rows

    def seen() -> int:
        return rows[max(view.currentIndex().row(), 0)].key

    for _ in range(presses):
        before, began = seen(), time.perf_counter()
        while seen() == before:
            QTest.keyClick(view, Qt.Key.Key_PageDown)
            stage.pass_on()
        view.viewport().repaint()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def main() -> None:
    """Measure and print."""
    answer = measure(Path(sys.argv[1]), int(sys.argv[2]))
    print(json.dumps({**answer, "median_paint": statistics.median(answer["paint"])}))


if __name__ == "__main__":
    main()
