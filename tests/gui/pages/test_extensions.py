"""Metrics in the window: their pages, the dialogs that look after the data, and one that can't be loaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from core.manager import AnalyticsManager
from core.presenters.by_key import presenter_named
from core.storage.location import locate
from core.tables import extensions
from core.tables.definitions import TABLES
from core.tables.extensions import ExtensionFault
from core.tables.metric import Metric
from gui.dialogs.data.words import tables_words
from gui.pages.registry import PAGES, pages
from gui.settings import Settings
from gui.style import icons
from gui.window.data_menu import DataMenu
from gui.window.main_window import MainWindow
from tests.core.votes import votes
from tests.extending import PAGE
from tests.gui.boards import open_on, says, segment, turn_to
from tests.gui.data_menus import opened
from tests.gui.windows import BERLIN, menu, open_window, shown_after, texts


@pytest.fixture
def metric() -> Iterator[Metric]:
    """A metric with three comparisons and an icon that there is not."""
    declared = votes(ranked=("vote", "image", "user_id"), icon="nowhere")
    extensions.register(declared)
    yield declared
    extensions.unregister(declared)


def track(path: Path, metric: Metric, number: int) -> None:
    with AnalyticsManager(path) as manager:
        for n in range(number):
            manager.track(metric.record(vote="up", image=n % 2, user_id=4711))


def test_metrics_can_not_take_the_key_of_a_page() -> None:
    assert {page.entry.key for page in PAGES} <= extensions.TAKEN | set(TABLES)


def test_every_page_is_known_to_the_process_that_reads(metric: Metric) -> None:
    assert [presenter_named(page.entry.key) for page in pages()] == [page.presenter for page in pages()]


def test_the_icons_that_the_page_lists_are_there() -> None:
    (line,) = re.findall(r"^Icons: (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", line)) <= set(icons.names())


def test_its_page_is_in_rail_and_menu_and_its_comparisons_in_sections(
    qtbot: QtBot, qapp: QApplication, memory: Settings, metric: Metric, database: Path
) -> None:
    track(database, metric, 6)
    window = open_window(qtbot, memory)
    assert pages()[-1].entry.icon == "metric"
    board, _ = open_on(qtbot, window, database, "votes")
    assert menu(window, "View", "Votes").isChecked()
    assert menu(window, "View", "Votes").shortcut().toString() == "Alt+0"
    snapshot = turn_to(qtbot, window, board, "Compared")
    assert segment(board, "Compared").isChecked()
    assert set(snapshot.content.charts) == {"by_image", "by_user_id"}


def test_the_reset_dialog_lists_its_rows_whether_the_extension_is_there_or_not(
    qtbot: QtBot, qapp: QApplication, database: Path
) -> None:
    unregistered = votes()
    track(database, unregistered, 6)
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    data = DataMenu(parent, BERLIN)
    data.set_location(locate(database))
    dialog = opened(qtbot, data, data.reset)
    qtbot.waitUntil(lambda: "Votes" in texts(dialog))
    lines = texts(dialog)
    assert lines[lines.index("Votes") + 1] == "6"
    data.end()
    assert tables_words({"botpulse_metric_votes": 6, "command_usage": 2}) == "6 votes, 2 commands"


def test_extension_that_can_not_be_loaded_is_on_the_page_health(
    qtbot: QtBot, window: MainWindow, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "_faults", [ExtensionFault("votes.py", "RuntimeError: no")])
    window.live.show_page("health")
    shown_after(qtbot, window, lambda: window.watch(database), page="health", complete=True)
    health = window.live.pages["health"]
    qtbot.waitUntil(lambda: says(health, "An extension can't be used: votes.py"))
    assert says(health, "RuntimeError: no") and says(health, "take it out of BOTPULSE_EXTENSIONS")
