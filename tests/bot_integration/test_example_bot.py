"""The example bot: what it needs to be told, and what its users hear when ComfyUI is not there."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot_integration.comfyui import ClientClosed, Unreachable
from bot_integration.example_bot import SHAPES, BotSettings, ExampleBot, text_to_image
from core.manager import AnalyticsManager
from tests.bot_integration.comfyui.server import FakeComfyUI
from tests.bot_integration.loopback import Guild, LoopbackDiscord, Person
from tests.bot_integration.running import running_bot
from tests.gui.windows import environment

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"DISCORD_TOKEN": None}, "DISCORD_TOKEN"),
        ({"DISCORD_TOKEN": "x", "BOTPULSE_WEB_PORT": "ten"}, "BOTPULSE_WEB_PORT"),
    ],
)
def test_environment_that_is_missing_or_wrong_is_told_in_a_sentence(changed: dict[str, str | None], named: str) -> None:
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
    settings = BotSettings.from_environment({"DISCORD_TOKEN": "secret-one", "BOTPULSE_WEB_TOKEN": "secret-two"})
    assert "secret" not in repr(settings)
    assert len(BotSettings.from_environment({"DISCORD_TOKEN": "x"}).web_token) >= 32


@pytest.mark.expect_log
def test_a_comfyui_that_is_not_there_is_told_privately_and_counts_as_a_failure(
    discord: LoopbackDiscord, anna: Person, studio: Guild, manager: AnalyticsManager, path: Path
) -> None:
    settings = BotSettings(discord.token, "token", web_port=0, comfyui_url=MISSING)
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


@contextmanager
def drawing(size: int) -> Iterator[str]:
    """A ComfyUI whose pictures have so many bytes."""
    command = [sys.executable, "-m", "tests.bot_integration.comfyui.server", "--step-seconds", "0.001"]
    command += ["--image-bytes", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@pytest.mark.expect_log
@pytest.mark.parametrize("told", [True, False])
def test_a_picture_that_is_too_large_for_discord_is_told_with_its_size_and_counted_once(
    discord: LoopbackDiscord,
    anna: Person,
    studio: Guild,
    manager: AnalyticsManager,
    path: Path,
    told: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not told:  # as with a bot that does not look first
        monkeypatch.setattr("bot_integration.example_bot.require_fits", lambda image, most: None)
    with drawing(11 * 2**20) as url:
        settings = BotSettings(discord.token, "token", web_port=0, comfyui_url=url, checkpoint="sd15.safetensors")
        with running_bot(lambda: ExampleBot(settings, manager), discord, sync=False) as running:
            asked = discord.slash(anna, "imagine", where=studio, options={"prompt": "a fox"})
            reply = asked.wait_for(lambda reply: bool(reply.followups), timeout=20)
            running.settle()
    (refusal,) = reply.followups
    assert "11.0 MB" in refusal.content and "too much for Discord" in refusal.content and refusal.ephemeral
    assert ("10.0 MB" in refusal.content) is told
    assert len(discord.violations) == (0 if told else 1)
    assert rows(path, "SELECT command_name, success FROM command_usage") == [("imagine", 0)]
    assert rows(path, "SELECT count(*) FROM image_stats") == [(1,)]
    assert manager.flush(10)
    kept = rows(path, "SELECT name, user_id, guild_id, error_type, model FROM failures WHERE source = 'delivery'")
    assert kept == [("imagine", str(anna.id), str(studio.id), "TooLarge", "sd15.safetensors")]


@pytest.mark.expect_log
def test_a_picture_is_kept_with_its_message_and_with_what_made_it(
    discord: LoopbackDiscord, anna: Person, studio: Guild, manager: AnalyticsManager, path: Path
) -> None:
    with drawing(1_000) as url:
        settings = BotSettings(discord.token, "token", web_port=0, comfyui_url=url, checkpoint="sd15.safetensors")
        with running_bot(lambda: ExampleBot(settings, manager), discord, sync=False) as running:
            asked = discord.slash(anna, "imagine", where=studio, options={"prompt": "a fox"})
            reply = asked.wait_for(lambda reply: bool(reply.message and reply.message.files), 20)
            running.settle()
    assert reply.message is not None and discord.violations == []
    assert manager.flush(10)
    columns = "guild_id, channel_id, message_id, model, sampler, steps, outputs"
    place = (str(studio.id), str(asked.channel.id), str(reply.message.id))
    made = ("sd15.safetensors", "dpmpp_2m", 25, '["botpulse_00001_.png"]')
    assert rows(path, f"SELECT {columns} FROM image_stats") == [(*place, *made)]
    ((seed, waited, worked, whole),) = rows(
        path, "SELECT seed, queue_time, execution_time, generation_time FROM image_stats"
    )
    assert str(seed).isdigit() and isinstance(waited, float) and isinstance(worked, float) and isinstance(whole, float)
    assert 0 <= waited + worked <= whole + 0.05
    assert rows(path, "SELECT * FROM failures") == []


@pytest.mark.expect_log
def test_a_generation_that_fails_is_kept_with_who_asked_where_and_why(
    discord: LoopbackDiscord, anna: Person, studio: Guild, manager: AnalyticsManager, path: Path
) -> None:
    with drawing(1_000) as url:
        settings = BotSettings(discord.token, "token", web_port=0, comfyui_url=url, checkpoint="gone.safetensors")
        with running_bot(lambda: ExampleBot(settings, manager), discord, sync=False) as running:
            asked = discord.slash(anna, "imagine", where=studio, options={"prompt": "a fox"})
            asked.wait_for(lambda reply: bool(reply.followups), 20)
            running.settle()
    assert manager.flush(10)
    told = rows(
        path,
        "SELECT name, user_id, guild_id, channel_id, error_type, node, message, model, resolution FROM failures "
        "WHERE source = 'generation'",
    )
    who = ("imagine", str(anna.id), str(studio.id), str(asked.channel.id))
    why = ("MissingModel", "CheckpointLoaderSimple", "node model: ckpt_name gone.safetensors is not installed")
    assert told == [(*who, *why, "gone.safetensors", "1024x1024")]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM can't be handled there")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_stopped_while_pictures_are_made_it_tells_its_users_and_leaves_nothing(
    ending: signal.Signals, discord: LoopbackDiscord, anna: Person, studio: Guild, path: Path
) -> None:
    with comfyui_process() as url, bot_process(discord, path, url) as bot:
        discord.wait_for(lambda: started(path), 30)
        asked = [discord.slash(anna, "imagine", where=studio, options={"prompt": f"fox {n}"}) for n in range(3)]
        asked[0].wait_for(lambda reply: reply.message is not None and "Working" in reply.content, 30)
        bot.send_signal(ending)
        log, _ = bot.communicate(timeout=30)
        assert bot.returncode == 0 and "Unclosed" not in log and "Traceback" not in log, log
        for each in asked:
            (said,) = each.reply.followups
            assert (said.content, said.ephemeral) == (ClientClosed.words, True)
            assert each.original is not None and each.original.deleted, "what told the progress is taken away"
        discord.wait_for(lambda: queue(url) == {"queue_running": [], "queue_pending": []}, 5)
    assert discord.violations == []
    assert rows(path, "SELECT command_name, success FROM command_usage") == [("imagine", 0)] * 3
    assert rows(path, "SELECT action_type FROM user_activity") == [("bot_start",), ("bot_shutdown",)]


def queue(url: str) -> object:
    with urllib.request.urlopen(f"{url}/queue", timeout=10) as answer:
        return json.load(answer)


def started(path: Path) -> bool:
    try:
        return path.exists() and rows(path, "SELECT action_type FROM user_activity") == [("bot_start",)]
    except sqlite3.OperationalError:  # the tables are being made
        return False


@contextmanager
def comfyui_process() -> Iterator[str]:
    """A ComfyUI that takes its time: 12 s for a picture."""
    command = [sys.executable, "-m", "tests.bot_integration.comfyui.server", "--step-seconds", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


@contextmanager
def bot_process(discord: LoopbackDiscord, path: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """The example bot in a process of its own; its log is its output."""
    told = {"DISCORD_TOKEN": discord.token, "COMFYUI_URL": url, "COMFYUI_CHECKPOINT": "sd15.safetensors"}
    told |= {"BOTPULSE_DATABASE": str(path), "BOTPULSE_WEB_PORT": "0"}
    module = "tests.bot_integration.example_on_loopback"
    command = [sys.executable, "-W", "ignore", "-m", module, discord.rest_url, discord.gateway_url]
    with subprocess.Popen(
        command, env=environment(**told), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("shape", SHAPES)
def test_comfyui_accepts_its_workflow(shape: str) -> None:
    async def generate() -> tuple[int, float]:
        from bot_integration.comfyui import ComfyUI

        async with FakeComfyUI(step_seconds=0.001) as server, ComfyUI(server.url) as comfyui:
            generation = await comfyui.get_images(text_to_image("a fox", SHAPES[shape], 7, "sd15.safetensors"))
            return len(generation.outputs), generation.seconds

    outputs, seconds = asyncio.run(generate())
    assert outputs == 1 and seconds > 0
