"""Setting a bot up, and taking everything out again."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration import setup, teardown
from bot_integration.comfyui import ComfyUI
from bot_integration.plug_in import SetupFault
from bot_integration.state.bot_state import NotInstalled, installation_of
from core.manager import AnalyticsManager
from tests.bot_integration.studio import studio

OURS = {"stats", "command_stats", "image_stats", "user_stats", "reset_stats", "privacy"}
SWITCHING = Path(__file__).resolve().parents[2] / "docs" / "switching.md"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(tmp_path / "analytics.db") as made:
        yield made


def with_bot(work: Callable[[commands.Bot], Awaitable[None]], kind: type[Any] = commands.Bot) -> None:
    """Do something with a bot that is not connected."""

    async def run() -> None:
        async with kind(commands.when_mentioned, intents=discord.Intents.default()) as bot:
            await work(bot)

    asyncio.run(run())


def names(bot: commands.Bot) -> set[str]:
    return {command.name for command in bot.tree.get_commands()}


def state(bot: commands.Bot) -> tuple[object, ...]:
    """What setup puts into a bot, by kind."""
    listeners = {event: len(each) for event, each in bot.extra_events.items() if each}
    return names(bot), set(bot.cogs), listeners, bot.invoke, bot.close, set(vars(bot.tree))


def own_command(name: str) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name=name, description="The bot's own")
    async def command(interaction: discord.Interaction) -> None: ...

    return command


@pytest.mark.parametrize("kind", [commands.Bot, commands.AutoShardedBot])
def test_plug_in_comes_and_goes_with_all_that_it_brings(manager: AnalyticsManager, kind: type[Any]) -> None:
    async def work(bot: commands.Bot) -> None:
        before = (names(bot), set(bot.cogs), bot.invoke, bot.close)
        for _ in range(2):
            await setup(bot, manager, manager_role_id=5, extra=[own_command("votes")])
            assert names(bot) == OURS | {"votes"}
            assert installation_of(bot).manager_role_id == 5
            await teardown(bot)
            await teardown(bot)
            assert (names(bot), set(bot.cogs), bot.invoke, bot.close) == before
            with pytest.raises(NotInstalled):
                installation_of(bot)

    with_bot(work, kind)


def test_a_second_time_is_refused_and_the_first_stays(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        await setup(bot, manager)
        with pytest.raises(SetupFault, match="already"):
            await setup(bot, manager, manager_role_id=7)
        assert names(bot) == OURS and installation_of(bot).manager_role_id is None

    with_bot(work)


def test_a_client_of_comfyui_remembers_failures_as_long_as_the_bot_has_botpulse(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        comfyui = ComfyUI()
        await setup(bot, manager, comfyui=comfyui)
        assert comfyui.manager is manager
        await teardown(bot)
        assert comfyui.manager is None

    with_bot(work)


def test_a_client_that_has_a_manager_of_its_own_keeps_it(manager: AnalyticsManager, tmp_path: Path) -> None:
    async def work(bot: commands.Bot) -> None:
        comfyui = ComfyUI(manager=other)
        await setup(bot, manager, comfyui=comfyui)
        await teardown(bot)
        assert comfyui.manager is other

    with AnalyticsManager(tmp_path / "other.db") as other:
        with_bot(work)


@pytest.mark.parametrize("taken", ["stats", "queue_status", "votes"])
def test_a_name_that_is_taken_leaves_the_bot_as_it_was(manager: AnalyticsManager, taken: str) -> None:
    async def work(bot: commands.Bot) -> None:
        bot.tree.add_command(own_command(taken))
        with pytest.raises(SetupFault, match=f"/{taken}"):
            await setup(bot, manager, comfyui=ComfyUI(), extra=[own_command("votes")])
        assert names(bot) == {taken} and not bot.cogs
        bot.tree.remove_command(taken)
        await setup(bot, manager, comfyui=ComfyUI(), extra=[own_command("votes")])
        assert names(bot) == OURS | {"queue_status", "votes"}

    with_bot(work)


def test_a_bot_without_room_for_the_commands_is_told_and_left_as_it_was(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        for number in range(96):
            bot.tree.add_command(own_command(f"own{number}"))
        before = state(bot)
        with pytest.raises(SetupFault, match=r"at most 100 slash commands.*It has 96, and Botpulse would add 6"):
            await setup(bot, manager)
        assert state(bot) == before
        for number in (94, 95):
            bot.tree.remove_command(f"own{number}")
        await setup(bot, manager)
        assert len(bot.tree.get_commands()) == 100
        await teardown(bot)
        with pytest.raises(SetupFault, match="at most 100"):
            await setup(bot, manager, extra=[own_command("votes")])
        assert len(bot.tree.get_commands()) == 94

    with_bot(work)


def test_a_bot_with_a_command_of_the_name_leaves_privacy_out(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        own = own_command("privacy")
        bot.tree.add_command(own)
        with pytest.raises(SetupFault, match="privacy"):
            await setup(bot, manager)
        await setup(bot, manager, privacy_command=False)
        assert bot.tree.get_command("privacy") is own and names(bot) == OURS

    with_bot(work)


def test_a_tree_that_takes_fewer_commands_keeps_none_of_ours(manager: AnalyticsManager) -> None:
    class Narrow(app_commands.CommandTree[Any]):
        def add_command(self, *args: Any, **more: Any) -> None:
            if len(self.get_commands()) == 3:
                raise app_commands.CommandLimitReached(guild_id=None, limit=3)
            super().add_command(*args, **more)

    class Bot(commands.Bot):
        def __init__(self, prefix: Any, **more: Any) -> None:
            super().__init__(prefix, tree_cls=Narrow, **more)

    async def work(bot: commands.Bot) -> None:
        before = state(bot)
        for _ in range(2):
            with pytest.raises(SetupFault, match="at most 100"):
                await setup(bot, manager)
            assert state(bot) == before

    with_bot(work, Bot)


def test_a_command_that_the_bot_has_for_one_server_is_noticed(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        server = discord.Object(157)
        own = own_command("stats")
        bot.tree.add_command(own, guild=server)
        with pytest.raises(SetupFault, match=r"/stats \(on server 157\)"):
            await setup(bot, manager)
        assert bot.tree.get_command("stats", guild=server) is own and names(bot) == set()

    with_bot(work)


def test_teardown_takes_the_copies_for_single_servers_too(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        server, own = discord.Object(157), own_command("own")
        for _ in range(2):
            await setup(bot, manager, extra=[own_command("votes")])
            bot.tree.add_command(own)
            bot.tree.copy_global_to(guild=server)
            await teardown(bot)
            assert names(bot) == {"own"}
            assert bot.tree.get_commands(guild=server) == [own]
            bot.tree.clear_commands(guild=None)

    with_bot(work)


def test_without_comfyui_the_bots_own_queue_status_stays(manager: AnalyticsManager) -> None:
    async def work(bot: commands.Bot) -> None:
        own = own_command("queue_status")
        bot.tree.add_command(own)
        await setup(bot, manager)
        assert names(bot) == OURS | {"queue_status"} and bot.tree.get_command("queue_status") is own
        await teardown(bot)
        assert names(bot) == {"queue_status"}

    with_bot(work)


SWITCHED = """
import asyncio, discord
from discord import app_commands
from discord.ext import commands
{imports}
BOT_MANAGER_ROLE_ID = 5

@app_commands.command(name="queue_status", description="The bot's own, as the deployed bot has one")
async def queue_status(interaction: discord.Interaction) -> None: ...

class Bot(commands.Bot):
    async def setup_hook(self):
        bot = self
{hook}

async def main():
    async with Bot("!", intents=discord.Intents.default()) as bot:
        await bot.setup_hook()
        kept = bot.tree.get_command("queue_status") is queue_status
        print(sorted(each.name for each in bot.tree.get_commands()), kept)

asyncio.run(main())
analytics_manager.close()
"""


@pytest.mark.slow
@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_the_page_on_switching_holds_for_a_bot_with_a_queue_status_of_its_own(tmp_path: Path, first: str) -> None:
    (block,) = [each for each in re.findall(r"```python\n(.*?)```", SWITCHING.read_text(encoding="utf-8"), re.S)
                if "await setup(" in each]  # fmt: skip
    imports = "\n".join(line for line in block.splitlines() if "import" in line)
    lines = [line for line in block.splitlines() if line and "import" not in line]
    own = ["bot.tree.add_command(queue_status)"]
    hook = textwrap.indent("\n".join(lines + own if first == "ours" else own + lines), " " * 8)
    script = tmp_path / "bot.py"
    script.write_text(SWITCHED.format(imports=imports, hook=hook), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(SWITCHING.parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == f"{sorted(OURS | {'queue_status'})} True", done.stderr


def test_a_command_that_runs_during_teardown_is_recorded_when_it_ends(tmp_path: Path) -> None:
    goes_on: list[asyncio.Event] = []

    @app_commands.command(name="slow", description="The bot's own")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("working", ephemeral=True)
        await goes_on[0].wait()

    with studio(tmp_path / "analytics.db") as place, place.bot(extra=[]) as running:
        running.call(lambda: goes_on.append(asyncio.Event()))
        running.call(lambda: running.bot.tree.add_command(slow))
        running.run(running.bot.tree.sync())
        place.discord.slash(place.nobody, "slow", where=place.guild).wait()
        running.run(teardown(running.bot))
        running.call(goes_on[0].set)
        running.settle()
        assert place.tracked("slow") == [(str(place.nobody.id), str(place.guild.id), 1)]


def test_two_bots_in_one_process_have_their_own(manager: AnalyticsManager, tmp_path: Path) -> None:
    async def work(first: commands.Bot) -> None:
        with AnalyticsManager(tmp_path / "second.db") as other:
            async with commands.Bot(commands.when_mentioned, intents=discord.Intents.default()) as second:
                await setup(first, manager, manager_role_id=1)
                await setup(second, other, manager_role_id=2)
                assert installation_of(first).manager is manager
                assert installation_of(second).manager is other

    with_bot(work)


def test_setup_does_not_sync_by_itself(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place:
        with place.bot():
            pass
        assert sum(each.startswith("PUT") and each.endswith("/commands") for each in place.discord.requests) == 1
        assert {each["name"] for each in place.discord.commands()} == OURS


@pytest.mark.expect_log
def test_discord_is_told_who_may(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot(with_role=False):
        assert place.discord.offered(place.nobody, place.guild) == ["privacy", "stats"]
        assert set(place.discord.offered(place.admin, place.guild)) == OURS


def test_importing_the_package_loads_neither_discord_nor_aiohttp() -> None:
    script = "import sys, bot_integration; print(sorted({'discord', 'aiohttp', 'peewee', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == "[]"
