"""The example bot: what it needs to be told, and what its users hear when ComfyUI is not there."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot_integration.comfyui import Unreachable
from bot_integration.example_bot import SHAPES, ExampleBot, Settings, text_to_image
from core.manager import AnalyticsManager
from tests.bot_integration.comfyui_server import FakeComfyUI
from tests.bot_integration.loopback import Guild, LoopbackDiscord, Person
from tests.bot_integration.running import running_bot
from tests.gui.windows import environment

MISSING = "http://127.0.0.1:9"
"""The discard port: nobody listens."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.fixture
def manager(path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(path) as manager:
        yield manager


@pytest.fixture
def discord() -> Iterator[LoopbackDiscord]:
    with LoopbackDiscord() as server:
        yield server


@pytest.fixture
def anna(discord: LoopbackDiscord) -> Person:
    return discord.person("anna")


@pytest.fixture
def studio(discord: LoopbackDiscord, anna: Person) -> Guild:
    return discord.guild("Studio", anna)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DISCORD_TOKEN": None}, "DISCORD_TOKEN"),
        ({"DISCORD_TOKEN": "x", "BOTPULSE_WEB_PORT": "ten"}, "BOTPULSE_WEB_PORT"),
    ],
)
def test_what_is_missing_or_wrong_in_the_environment_is_told_in_a_sentence(
    changed: dict[str, str | None], named: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot_integration.example_bot"],
        env=environment(**changed),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert named in done.stderr and "Traceback" not in done.stderr


def test_the_tokens_are_not_in_what_the_settings_look_like() -> None:
    settings = Settings.from_environment({"DISCORD_TOKEN": "secret-one", "BOTPULSE_WEB_TOKEN": "secret-two"})
    assert "secret" not in repr(settings)
    assert len(Settings.from_environment({"DISCORD_TOKEN": "x"}).web_token) >= 32


@pytest.mark.expect_log
def test_a_comfyui_that_is_not_there_is_told_privately_and_counts_as_a_failure(
    discord: LoopbackDiscord, anna: Person, studio: Guild, manager: AnalyticsManager, path: Path
) -> None:
    settings = Settings(discord.token, "token", web_port=0, comfyui_url=MISSING)
    with running_bot(lambda: ExampleBot(settings, manager), discord, sync=False) as running:
        asked = discord.slash(anna, "imagine", where=studio, options={"prompt": "a fox"})
        reply = asked.wait_for(lambda reply: bool(reply.followups), timeout=20)
        running.settle()
        (refusal,) = reply.followups
        assert refusal.content == Unreachable.words and refusal.ephemeral
        assert len(running.bot.web.pending) == 0
    assert discord.violations == []
    assert rows(path, "SELECT command_name, success FROM command_usage") == [("imagine", 0)]
    assert rows(path, "SELECT count(*) FROM image_stats") == [(0,)]


@pytest.mark.parametrize("shape", SHAPES)
def test_comfyui_accepts_its_workflow(shape: str) -> None:
    async def generate() -> tuple[int, float]:
        from bot_integration.comfyui import ComfyUI

        async with FakeComfyUI(step_seconds=0.001) as server, ComfyUI(server.url) as comfyui:
            generation = await comfyui.get_images(text_to_image("a fox", SHAPES[shape], 7, "sd15.safetensors"))
            return len(generation.outputs), generation.seconds

    outputs, seconds = asyncio.run(generate())
    assert outputs == 1 and seconds > 0
