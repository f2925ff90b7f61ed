"""What the first picture does not need is not loaded before it, and is there soon after."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.app import loading_ahead
from gui.app.loading_ahead import other_pages_loaded
from gui.pages import layouts
from gui.pages.registry import PAGES, PageParts
from gui.window.main_window import MainWindow
from tests.gui.windows import ROOT, environment, watch

LATER = ("gui.pages.board", "gui.pages.health", "gui.tables.records.table", "gui.plots.heatmap.plot", "core.live_view")
"""Parts of pages that are not the first one, and what only the process that reads needs."""

NEVER = ("gui.dialogs.data", "gui.dialogs.export_table", "core.maintenance", "core.export.rows", "qtpy", "matplotlib")
"""What is loaded once the host asks for it."""

PROGRAM = """
import sys
from gui.app import head_start, main
from gui.pages.registry import PAGES
PAGES[0].load()
print(*sorted(sys.modules), sep="\\n")
"""


def test_the_first_picture_waits_for_nothing_that_it_does_not_show() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60
    )
    loaded = done.stdout.splitlines()
    assert "gui.pages.overview" in loaded, done.stderr
    assert [name for name in LATER if name in loaded] == []
    assert [name for name in loaded if name.startswith(NEVER) and name != "gui.dialogs.data.looking"] == [
        "gui.dialogs.data"
    ]


def test_the_other_pages_are_loaded_beside_the_window_once_the_first_shows_something(
    qtbot: QtBot, window: MainWindow, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded_in: list[str] = []

    def load() -> PageParts:
        loaded_in.append(threading.current_thread().name)
        return PageParts(lambda _tools: window.live.current)

    monkeypatch.setattr(loading_ahead, "pages", lambda: [replace(PAGES[1], load=load)])
    with other_pages_loaded(window):
        assert loaded_in == []
        watch(qtbot, window, database)
        qtbot.waitUntil(lambda: bool(loaded_in))
        window.snapshot_shown.emit(window.live.shown)  # a second one changes nothing
    assert loaded_in == ["botpulse-pages"]


def test_a_page_is_registered_with_the_table_of_its_layout() -> None:
    tables = {page.entry.key: page.table for page in PAGES if page.entry.key in layouts.OWN}
    assert tables == {key: layout.table for key, layout in layouts.OWN.items()}
    assert {page.entry.key for page in PAGES} - tables.keys() == {"overview", "health"}
