"""Setting a bot up, and taking everything out again."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot_integration import setup, teardown
from bot_integration.installation import NotInstalled, installation_of
from bot_integration.wiring import SetupFault
from core.manager import AnalyticsManager
from tests.bot_integration.studio import studio

OURS = {"stats", "command_stats", "image_stats", "user_stats", "reset_stats", "queue_status"}


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


def own_command(name: str) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(name=name, description="The bot's own")
    async def command(interaction: discord.Interaction) -> None: ...

    return command


@pytest.mark.parametrize("kind", [commands.Bot, commands.AutoShardedBot])
def test_everything_comes_and_goes(manager: AnalyticsManager, kind: type[Any]) -> None:
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


@pytest.mark.parametrize("taken", ["stats", "queue_status", "votes"])
def test_a_name_that_is_taken_leaves_the_bot_as_it_was(manager: AnalyticsManager, taken: str) -> None:
    async def work(bot: commands.Bot) -> None:
        bot.tree.add_command(own_command(taken))
        with pytest.raises(SetupFault, match=f"/{taken}"):
            await setup(bot, manager, extra=[own_command("votes")])
        assert names(bot) == {taken} and not bot.cogs
        bot.tree.remove_command(taken)
        await setup(bot, manager, extra=[own_command("votes")])
        assert names(bot) == OURS | {"votes"}

    with_bot(work)


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


def test_what_discord_is_told_about_who_may(tmp_path: Path) -> None:
    with studio(tmp_path / "analytics.db") as place, place.bot(with_role=False):
        assert place.discord.offered(place.nobody, place.guild) == ["queue_status", "stats"]
        assert set(place.discord.offered(place.admin, place.guild)) == OURS


def test_importing_the_package_loads_neither_discord_nor_aiohttp() -> None:
    script = "import sys, bot_integration; print(sorted({'discord', 'aiohttp', 'peewee', 'numpy'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert found.stdout.strip() == "[]"
