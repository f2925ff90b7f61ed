"""Names, reasons and pictures, from Discord and ComfyUI to the window, with real processes in between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from gui import settings
from gui.pages.board import Board
from gui.plots.bars.plot import BarChartPlot
from gui.settings import Settings
from gui.tables.records.table import TablePanel
from gui.window.main_window import MainWindow
from tests.bot_integration.loopback import Guild, LoopbackDiscord, Person
from tests.e2e.chain import SHOW_AFTER_MS, TOO_MUCH, Bot, stored
from tests.gui.windows import words

PROMPT = "a fox in the snow"

pytestmark = pytest.mark.slow


def test_a_name_a_rename_a_node_error_a_refusal_and_a_picture(
    discord: LoopbackDiscord,
    anna: Person,
    studio: Guild,
    comfyui: str,
    path: Path,
    bot: Bot,
    memory: Settings,
    window: MainWindow,
    qtbot: QtBot,
) -> None:
    def within(what: str, condition: Callable[[], bool]) -> None:
        """Wait for something in the window; `pytest -s` prints how long that took."""
        began = monotonic()
        qtbot.waitUntil(condition, timeout=SHOW_AFTER_MS)
        print(f"{what}: {monotonic() - began:.3f} s")

    ben = discord.person("ben")
    discord.join(studio, ben)
    memory.remember(settings.COMFYUI_ADDRESS, comfyui)
    window.preferences.apply(settings.COMFYUI_ADDRESS, comfyui)
    window.watch(path)
    images = table_of(qtbot, window, "images")

    asked = discord.slash(anna, "imagine", where=studio, options={"prompt": PROMPT})
    asked.wait_for(lambda reply: bool(reply.files), timeout=20)
    within("a name", lambda: "anna" in shown(images, 0))
    shelf = board(window, "images").shelf
    assert shelf is not None
    within("a picture", lambda: any(each.outputs for each in shelf.strip.rows))
    ((server, channel, message, model, steps, seed),) = stored(
        path, "SELECT guild_id, channel_id, message_id, model, steps, seed FROM image_stats"
    )
    assert (server, model, steps) == (str(studio.id), "sd15.safetensors", 25)
    assert channel and message and seed

    discord.rename(anna, "Anna Karenina")
    discord.slash(anna, "stats", where=studio).wait(timeout=20)
    within("a rename", lambda: "Anna Karenina" in shown(images, 0))

    failures = table_of(qtbot, window, "failures")
    refused = discord.slash(anna, "imagine", where=studio, options={"prompt": TOO_MUCH})
    refused.wait_for(lambda reply: "memory" in reply.content.casefold() or bool(reply.followups), timeout=20)
    within("a node error", lambda: "VAEDecode" in shown(failures, 0))
    within("its cause", lambda: any("memory" in each.casefold() for each in causes(window)))
    assert TOO_MUCH not in str(stored(path, "SELECT * FROM failures"))

    discord.allow(studio, "reset_stats", ben)  # as a server's owner may; the bot itself refuses all the same
    discord.slash(ben, "reset_stats", where=studio).wait(timeout=20)
    within("a refusal", lambda: "ben" in shown(failures, 0))
    assert stored(path, "SELECT source, kind, name FROM failures ORDER BY id") == [
        ("generation", "error", "imagine"),
        ("command", "refused", "reset_stats"),
    ]


def board(window: MainWindow, page: str) -> Board:
    found = window.live.pages[page]
    assert isinstance(found, Board)
    return found


def table_of(qtbot: QtBot, window: MainWindow, page: str) -> TablePanel:
    window.live.show_page(page)
    qtbot.waitUntil(lambda: isinstance(window.live.pages.get(page), Board), timeout=SHOW_AFTER_MS)
    table = board(window, page).table
    assert table is not None
    return table


def shown(table: TablePanel, number: int) -> list[str]:
    """The words of a row of a table; none where it is not there."""
    model: Any = table.view.model()
    if model.rowCount() <= number:
        return []
    return [words(str(model.index(number, column).data() or "")) for column in range(model.columnCount())]


def causes(window: MainWindow) -> list[str]:
    plots = board(window, "failures").plots.values()
    charts = [plot.chart for plot in plots if isinstance(plot, BarChartPlot) and plot.chart is not None]
    return [bar.name for chart in charts for bar in chart.bars]
