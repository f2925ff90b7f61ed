"""Pause: what is shown stays, and afterwards all of it comes."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from core.feed.snapshot import Snapshot
from gui.threads.monitor import _ThreadReader
from gui.widgets.range_picker import RangePicker
from gui.window.main_window import MainWindow
from tests.core import deployed
from tests.gui.window_controls import button, click
from tests.gui.windows import events, light, menu, press, shown_after, tile, watch


def _reader_is_paused(window: MainWindow) -> bool:
    """The thread that reads hears of it at its next turn."""
    reader = window._monitor._reader
    assert isinstance(reader, _ThreadReader)
    watched = reader._watcher._watched
    return watched is not None and watched.paused


def test_paused_nothing_new_appears_and_afterwards_all_of_it(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    qtbot.waitUntil(lambda: window.live.shown is not None and window.live.shown.complete)
    press(window, "Ctrl+P")
    qtbot.waitUntil(lambda: light(window) == "paused" and _reader_is_paused(window))
    assert menu(window, "View", "Pause").isChecked()
    bot = deployed.Bot(database)
    for number in range(5):
        bot.track_command(f"missed {number}")

    def brings_news(snapshot: Snapshot) -> bool:
        """One that was made before the reader heard of the pause may still come."""
        return any(event.title.startswith("missed") for event in snapshot.events)

    with qtbot.waitSignal(window.snapshot_shown, timeout=400, raising=False, check_params_cb=brings_news) as news:
        pass
    assert not news.signal_triggered
    assert tile(window, "Commands") == "300"
    press(window, "Ctrl+P")
    qtbot.waitUntil(lambda: tile(window, "Commands") == "305")
    assert [event.title for event in events(window)[:5]] == [f"missed {number}" for number in reversed(range(5))]
    assert light(window).startswith("live")


def test_the_pause_button_and_the_menu_agree(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    click(qtbot, button(window, "Pause"))
    assert menu(window, "View", "Pause").isChecked()
    menu(window, "View", "Pause").trigger()
    assert button(window, "Pause")
    assert light(window).startswith("live")


def test_another_range_can_be_looked_at_while_paused(qtbot: QtBot, window: MainWindow, database: Path) -> None:
    watch(qtbot, window, database)
    press(window, "Ctrl+P")
    for keys in ("Ctrl+1", "Ctrl+4"):
        press(window, keys)
    snapshot = shown_after(qtbot, window, lambda: press(window, "Ctrl+2"))
    qtbot.waitUntil(lambda: snapshot is not None and tile(window, "Commands") == "300")
    assert (window.findChild(RangePicker).current, light(window)) == ("1h", "paused")
