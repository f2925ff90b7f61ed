"""Discord, the example bot, ComfyUI and a database: what a test of the whole chain is made of."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.bot_integration.loopback import ADMINISTRATOR, Guild, LoopbackDiscord, Person
from tests.gui.windows import beside

STEP_SECONDS = 0.04
STEPS = 25
"""Of the example's sampler: a generation takes a second, and what surrounds it."""

TOO_MUCH = "a mountain of 8192 by 8192"
"""The prompt at which ComfyUI's memory is at its end."""

SHOW_AFTER_MS = 30_000

Bot = subprocess.Popen[str]


@pytest.fixture
def discord() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord() as server:
        yield server


@pytest.fixture
def anna(discord: LoopbackDiscord) -> Person:
    return discord.person("anna")


@pytest.fixture
def studio(discord: LoopbackDiscord, anna: Person) -> Guild:
    guild = discord.guild("Studio", anna)
    discord.role(guild, "Admin", anna, permissions=ADMINISTRATOR)
    return guild


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def comfyui() -> Iterator[str]:
    with beside(
        "-m", "tests.bot_integration.comfyui.server", "--step-seconds", str(STEP_SECONDS), "--too-much", TOO_MUCH
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


@pytest.fixture
def bot(
    discord: LoopbackDiscord,
    studio: Guild,
    comfyui: str,
    path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bot]:
    """The example bot, ready, with its commands known to Discord."""
    told = {
        "DISCORD_TOKEN": discord.token,
        "COMFYUI_URL": comfyui,
        "COMFYUI_CHECKPOINT": "sd15.safetensors",
        "BOTPULSE_DATABASE": str(path),
        "BOTPULSE_WEB_PORT": "0",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    with beside("-m", "tests.bot_integration.example_on_loopback", discord.rest_url, discord.gateway_url) as process:
        qtbot.waitUntil(lambda: path.exists() and "bot_start" in actions(path), timeout=SHOW_AFTER_MS)
        yield process


def stored(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What the database holds."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def actions(path: Path) -> list[str]:
    """The bot's own life, as recorded."""
    try:
        return [action for (action,) in stored(path, "SELECT action_type FROM user_activity ORDER BY id")]
    except sqlite3.OperationalError:  # the tables are being made
        return []
