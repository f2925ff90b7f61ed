"""From a slash command to the monitor: Discord, the bot, ComfyUI, the web handler, the database, the window.

The bot and ComfyUI are processes of their own; Discord is a loopback server; the window is the real one.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.pages.board import Board
from gui.window.main_window import MainWindow
from tests.bot_integration.loopback import Guild, LoopbackDiscord, Person
from tests.e2e.chain import (
    SHOW_AFTER_MS,
    STEP_SECONDS,
    STEPS,
    Bot,
    actions,
    stored,
)
from tests.gui.windows import words
from tests.platforms import asks_by_signals

PROMPT = "a fox in the *snow* @everyone"
pytestmark = pytest.mark.slow


@asks_by_signals
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_an_image_goes_from_the_command_to_the_monitor(
    ending: signal.Signals,
    discord: LoopbackDiscord,
    anna: Person,
    studio: Guild,
    path: Path,
    bot: Bot,
    window: MainWindow,
    qtbot: QtBot,
) -> None:
    window.watch(path)
    window.live.show_page("images")
    qtbot.waitUntil(lambda: isinstance(window.live.pages.get("images"), Board), timeout=SHOW_AFTER_MS)
    asked = discord.slash(anna, "imagine", where=studio, options={"prompt": PROMPT})
    reply = asked.wait_for(lambda reply: bool(reply.files), timeout=20)
    ((filename, picture),) = reply.files.items()
    assert filename.endswith(".png") and picture.startswith(b"\x89PNG")
    assert not reply.ephemeral

    board = window.live.pages["images"]
    assert isinstance(board, Board) and board.table is not None
    table = board.table
    qtbot.waitUntil(lambda: words(table.frame.state.text) == "1 row", timeout=SHOW_AFTER_MS)
    ((seconds, prompt, user, resolution),) = stored(
        path, "SELECT generation_time, prompt, user_id, resolution FROM image_stats"
    )
    assert (prompt, user, resolution) == (PROMPT, str(anna.id), "1:1 [1024x1024 square]")
    assert seconds >= STEPS * STEP_SECONDS
    shown = row(table.view, 0)
    assert PROMPT in shown
    assert f"{seconds:.1f} s" in shown

    summary = discord.slash(anna, "stats", where=studio).wait(timeout=20)
    fields = {each["name"]: each["value"] for each in summary.embeds[0]["fields"]}
    assert "1" in fields["Summary"] and summary.ephemeral

    bot.send_signal(ending)
    qtbot.waitUntil(lambda: bot.poll() is not None, timeout=SHOW_AFTER_MS)
    assert actions(path)[0] == "bot_start" and actions(path)[-1] == "bot_shutdown"
    assert stored(path, "SELECT command_name, success FROM command_usage ORDER BY id") == [("imagine", 1), ("stats", 1)]
    assert discord.violations == []


def row(view: Any, number: int) -> list[str]:
    """The words of a row of the table."""
    model = view.model()
    texts = (model.index(number, column).data(Qt.ItemDataRole.DisplayRole) for column in range(model.columnCount()))
    return [words(str(text)) for text in texts]
