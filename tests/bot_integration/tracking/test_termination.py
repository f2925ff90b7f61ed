"""How a bot's process is ended, and what is recorded of it: Ctrl+C, SIGTERM, and a kill."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.bot_integration.commands.test_queue_status import comfyui
from tests.bot_integration.host_bot import activities_in
from tests.bot_integration.studio import Studio
from tests.hang_guard import HANG_SECONDS
from tests.platforms import KILL

ROOT = Path(__file__).resolve().parents[3]
DEFAULT_URL = "http://127.0.0.1:8188"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals can't be sent to a single process there")

ON_LOOPBACK = """
import sys
import yarl
from discord import utils
from discord.gateway import DiscordWebSocket
from discord.http import Route

Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, TOKEN = sys.argv[1], yarl.URL(sys.argv[2]), sys.argv[3]
if (zlib := getattr(utils, "_ZlibDecompressionContext", None)) is not None:
    utils._ActiveDecompressionContext = zlib
"""

SCRIPT = """
import asyncio, signal
import discord
from discord.ext import commands
from bot_integration.state.bot_state import Installation, state_of
from bot_integration.tracking.lifecycle import BotLifecycle
from core.manager import AnalyticsManager
from core.worker.process import WorkerProcess

class Bot(commands.Bot):
    async def setup_hook(self):
        state_of(self).installation = Installation(manager, WorkerProcess())
        {before}
        await self.add_cog(BotLifecycle(self{option}))
        {after}

with AnalyticsManager("analytics.db") as manager:
    Bot("!", intents=discord.Intents.default(), guild_ready_timeout=0.05).run(TOKEN, log_handler=None)
print("ended")
"""

BOTH = ["bot_start", "bot_shutdown"]


def script(*, before: str = "pass", option: str = "", after: str = "pass") -> str:
    return SCRIPT.format(before=before, option=option, after=after)


@contextmanager
def process(place: Studio, folder: Path, text: str) -> Iterator[subprocess.Popen[str]]:
    """A bot in a process of its own, which has recorded its start in the studio's file."""
    (folder / "bot.py").write_text(ON_LOOPBACK + text, encoding="utf-8")
    command = [sys.executable, "-W", "ignore", "bot.py", place.discord.rest_url, place.discord.gateway_url]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*command, place.discord.token],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as bot:  # fmt: skip
        try:
            place.discord.wait_for(lambda: actions(place) == ["bot_start"], HANG_SECONDS)
            yield bot
        finally:
            bot.kill()


def actions(place: Studio) -> list[str]:
    return [each.action for each in activities_in(place.manager)]


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_are_a_shutdown(place: Studio, tmp_path: Path, sent: signal.Signals) -> None:
    with process(place, tmp_path, script()) as bot:
        bot.send_signal(sent)
        out, errors = bot.communicate(timeout=HANG_SECONDS)
    assert (bot.returncode, out, errors) == (0, "ended\n", "")
    assert actions(place) == BOTH


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sent"),
    [(script(), KILL), (script(option=", close_at_sigterm=False"), signal.SIGTERM)],
)
def test_a_kill_is_none_and_sigterm_can_be_left_alone(
    place: Studio, tmp_path: Path, text: str, sent: signal.Signals
) -> None:
    with process(place, tmp_path, text) as bot:
        bot.send_signal(sent)
        assert bot.wait(HANG_SECONDS) == -sent
    assert actions(place) == ["bot_start"]


OWN = [
    'asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: print("own", flush=True))',
    'signal.signal(signal.SIGTERM, lambda *_: print("own", flush=True))',
]


@pytest.mark.slow
@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_handler_of_the_bots_own_goes_on_alone(place: Studio, tmp_path: Path, own: str, when: str) -> None:
    with process(place, tmp_path, script(**{when: own})) as bot:
        bot.send_signal(signal.SIGTERM)
        assert bot.stdout is not None and bot.stdout.readline() == "own\n"
        assert actions(place) == ["bot_start"]
        bot.send_signal(signal.SIGINT)
        bot.communicate(timeout=HANG_SECONDS)
    assert actions(place) == BOTH


REMOVED = (
    "asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: asyncio.ensure_future(self.give_up()))\n"
    "    async def give_up(self):\n"
    '        await self.remove_cog("BotLifecycle")\n'
    '        print("given up", flush=True)'
)


@pytest.mark.slow
def test_after_its_removal_sigterm_ends_the_program_as_ever(place: Studio, tmp_path: Path) -> None:
    with process(place, tmp_path, script(after=REMOVED)) as bot:
        bot.send_signal(signal.SIGUSR1)
        assert bot.stdout is not None and bot.stdout.readline() == "given up\n"
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(HANG_SECONDS) == -signal.SIGTERM


SECOND = (
    "other = Other('?', intents=discord.Intents.none()); "
    "state_of(other).installation = Installation(manager, WorkerProcess()); "
    "await other.add_cog(BotLifecycle(other))\n"
    "class Other(commands.Bot):\n"
    "    async def close(self):\n"
    "        print('the other is closed')\n"
    "        await super().close()"
)


@pytest.mark.slow
def test_every_bot_of_the_program_is_closed(place: Studio, tmp_path: Path) -> None:
    with process(place, tmp_path, script(after=SECOND)) as bot:
        bot.send_signal(signal.SIGTERM)
        out, errors = bot.communicate(timeout=HANG_SECONDS)
    assert (sorted(out.splitlines()), errors) == (["ended", "the other is closed"], "")
    assert actions(place) == BOTH


@pytest.mark.slow
def test_the_bot_of_the_page_ends_cleanly_at_sigterm(place: Studio, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "bot.md").read_text(encoding="utf-8")
    block = re.findall(r"```python\n(.*?)```", page, re.S)[0]
    assert block.count(DEFAULT_URL) == 1
    with comfyui([], []) as url, process(place, tmp_path, block.replace(DEFAULT_URL, url)) as bot:
        place.discord.wait_for(lambda: place.discord.commands(), HANG_SECONDS)
        assert place.discord.slash(place.nobody, "queue_status", where=place.guild).wait(HANG_SECONDS).embeds
        bot.send_signal(signal.SIGTERM)
        _, errors = bot.communicate(timeout=HANG_SECONDS)
    assert bot.returncode == 0 and "Unclosed" not in errors and "Traceback" not in errors, errors
    assert actions(place) == BOTH
