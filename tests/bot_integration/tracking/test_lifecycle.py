"""The bot's own life: what is recorded of its start, end, interruptions and servers."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands

from bot_integration.state.bot_state import Installation, NotInstalled, state_of
from bot_integration.tracking.lifecycle import BotLifecycle
from core.manager import AnalyticsManager
from core.models import ActionType
from core.worker.process import WorkerProcess
from tests.bot_integration.host_bot import Activity, activities_in, host_bot
from tests.bot_integration.loopback import LoopbackDiscord
from tests.bot_integration.studio import Studio

ROOT = Path(__file__).resolve().parents[3]


async def living(bot: commands.Bot) -> None:
    await bot.add_cog(BotLifecycle(bot))


def actions(manager: AnalyticsManager) -> list[str]:
    return [each.action for each in activities_in(manager)]


def wait_for(place: Studio, *expected: ActionType) -> list[Activity]:
    """Wait until exactly these are recorded."""
    place.discord.wait_for(
        lambda: actions(place.manager) == list(expected),
        what=f"{list(expected)} was expected, not {activities_in(place.manager)}",
    )
    return activities_in(place.manager)


def details(activity: Activity) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(activity.details or "{}")
    return found


def test_start_and_shutdown(place: Studio) -> None:
    with host_bot(place, living):
        (start,) = wait_for(place, ActionType.BOT_START)
    start, end = activities_in(place.manager)
    bot = str(place.discord.bot.id)
    assert start[:3] == (bot, None, "bot_start") and end[:3] == (bot, None, "bot_shutdown")
    said = details(start)
    assert len(said["life"]) == 12 and details(end) == {"life": said["life"]} and "shard_ids" not in said
    assert said["discord.py"] == discord.__version__ and said["python"] == ".".join(map(str, sys.version_info[:3]))
    assert (said["guilds"], said["shards"]) == (1, 1) and said["botpulse"]


def test_the_shutdown_is_on_disk_before_the_bot_is_closed(place: Studio) -> None:
    seen: list[list[str]] = []
    assert place.manager.location.path is not None
    path = place.manager.location.path

    class Bot(commands.Bot):
        async def close(self) -> None:
            with AnalyticsManager(path) as other:
                seen.append(actions(other))
            await super().close()

    with host_bot(place, living, kind=Bot) as running:
        wait_for(place, ActionType.BOT_START)
        asyncio.run_coroutine_threadsafe(running.bot.close(), running.loop)
        place.discord.wait_for(lambda: not place.discord.connected)
    assert seen == [["bot_start", "bot_shutdown"]]
    assert actions(place.manager) == ["bot_start", "bot_shutdown"]


def test_closing_twice_is_one_shutdown(place: Studio) -> None:
    with host_bot(place, living) as running:
        wait_for(place, ActionType.BOT_START)
        for _ in range(2):
            asyncio.run_coroutine_threadsafe(running.bot.close(), running.loop)
        place.discord.wait_for(lambda: not place.discord.connected)
    assert actions(place.manager) == ["bot_start", "bot_shutdown"]


def test_the_loop_does_not_wait_for_the_disk(place: Studio) -> None:
    """A database that can't be written while the bot closes: other tasks go on meanwhile."""
    asked, answer = threading.Event(), threading.Event()

    class Slow(AnalyticsManager):
        def flush(self, timeout: float | None = None) -> bool:
            asked.set()
            return answer.wait(10) and super().flush(timeout)

    async def prepare(bot: commands.Bot) -> None:
        state_of(bot).installation = Installation(manager, WorkerProcess())
        await living(bot)

    assert place.manager.location.path is not None
    with Slow(place.manager.location.path) as manager, host_bot(place, prepare) as running:
        wait_for(place, ActionType.BOT_START)
        closing = asyncio.run_coroutine_threadsafe(running.bot.close(), running.loop)
        assert asked.wait(10)
        assert running.call(lambda: "the loop turns") == "the loop turns"
        assert not closing.done() and place.discord.connected
        answer.set()
        place.discord.wait_for(lambda: not place.discord.connected)


@pytest.mark.expect_log
def test_a_database_that_stays_locked_does_not_keep_the_bot(place: Studio) -> None:
    class Stuck(AnalyticsManager):
        def flush(self, timeout: float | None = None) -> bool:
            return False

    async def prepare(bot: commands.Bot) -> None:
        state_of(bot).installation = Installation(manager, WorkerProcess())
        await living(bot)

    assert place.manager.location.path is not None
    with Stuck(place.manager.location.path) as manager, host_bot(place, prepare):
        wait_for(place, ActionType.BOT_START)
    assert actions(place.manager) == ["bot_start", "bot_shutdown"]


# Interruptions


def back(loopback: LoopbackDiscord, *, resumable: bool) -> None:
    """Cut the bot off, and wait until it is connected again."""
    before = len([each for each in loopback.gateway_log if each in ("RESUME", "IDENTIFY")])
    loopback.drop_gateway(resumable=resumable, politely=True)
    loopback.wait_for(lambda: [each for each in loopback.gateway_log if each in ("RESUME", "IDENTIFY")][before:], 30)


def test_a_session_that_is_resumed(place: Studio) -> None:
    with host_bot(place, living):
        wait_for(place, ActionType.BOT_START)
        back(place.discord, resumable=True)
        _, again = wait_for(place, ActionType.BOT_START, ActionType.BOT_RECONNECT)
    said = details(again)
    assert again[:2] == (str(place.discord.bot.id), None)
    assert said["cause"] == "resumed" and 0 <= said["away"] < 20 and set(said) == {"cause", "away"}


def test_a_session_that_is_lost(place: Studio) -> None:
    with host_bot(place, living):
        wait_for(place, ActionType.BOT_START)
        back(place.discord, resumable=False)
        _, again = wait_for(place, ActionType.BOT_START, ActionType.BOT_RECONNECT)
    assert details(again)["cause"] == "new session"
    assert actions(place.manager) == ["bot_start", "bot_reconnect", "bot_shutdown"]


def test_each_of_many_interruptions(place: Studio) -> None:
    with host_bot(place, living):
        wait_for(place, ActionType.BOT_START)
        for done in range(1, 6):
            back(place.discord, resumable=True)
            wait_for(place, ActionType.BOT_START, *[ActionType.BOT_RECONNECT] * done)


@pytest.mark.parametrize(("resumable", "cause"), [(True, "resumed"), (False, "new session")])
def test_shards(place: Studio, resumable: bool, cause: str) -> None:
    with host_bot(place, living, kind=commands.AutoShardedBot):
        (start,) = wait_for(place, ActionType.BOT_START)
        back(place.discord, resumable=resumable)
        _, again = wait_for(place, ActionType.BOT_START, ActionType.BOT_RECONNECT)
    assert details(start)["shards"] == 1
    said = details(again)
    assert (said["cause"], said["shard"]) == (cause, 0) and said["away"] >= 0
    assert actions(place.manager) == ["bot_start", "bot_reconnect", "bot_shutdown"]


# Servers


def test_servers_come_and_go(place: Studio) -> None:
    with host_bot(place, living):
        wait_for(place, ActionType.BOT_START)
        guild = place.discord.guild("Neue *Galerie* 🎨", place.nobody)
        place.discord.outage(place.guild)
        place.discord.outage_over(place.guild)
        place.discord.leave(guild)
        _, joined, left = wait_for(place, ActionType.BOT_START, ActionType.GUILD_JOIN, ActionType.GUILD_LEAVE)
    bot = str(place.discord.bot.id)
    assert joined[:3] == (bot, str(guild.id), "guild_join") and left[:3] == (bot, str(guild.id), "guild_leave")
    assert details(joined) == details(left) == {"name": "Neue *Galerie* 🎨", "members": 3}


# The cog itself


def test_reloading_is_no_second_start(place: Studio) -> None:
    with host_bot(place, living) as running:
        wait_for(place, ActionType.BOT_START)
        bot = running.bot

        async def reload() -> None:
            await bot.remove_cog("BotLifecycle")
            assert "close" not in vars(bot)
            await living(bot)

        running.run(reload())
        back(place.discord, resumable=True)
        wait_for(place, ActionType.BOT_START, ActionType.BOT_RECONNECT)
    assert actions(place.manager) == ["bot_start", "bot_reconnect", "bot_shutdown"]


def test_added_to_a_bot_that_is_ready(place: Studio) -> None:
    async def later(bot: commands.Bot) -> None:
        return None

    with host_bot(place, later) as running:
        running.run(living(running.bot))
        wait_for(place, ActionType.BOT_START)
    assert actions(place.manager) == ["bot_start", "bot_shutdown"]


def test_a_bot_that_never_was_ready_records_nothing(place: Studio) -> None:
    async def start() -> None:
        async with commands.Bot("!", intents=discord.Intents.none()) as bot:
            state_of(bot).installation = Installation(place.manager, WorkerProcess())
            await living(bot)

    asyncio.run(start())
    assert actions(place.manager) == []


def test_lifecycle_wants_an_installation() -> None:
    async def start() -> None:
        async with commands.Bot("!", intents=discord.Intents.none()) as bot:
            with pytest.raises(NotInstalled):
                BotLifecycle(bot)

    asyncio.run(start())


def test_processes_with_some_of_the_shards_and_later_lives_are_told_apart(place: Studio) -> None:
    lived = (ActionType.BOT_START, ActionType.BOT_SHUTDOWN)
    for number, shard_id in enumerate((0, 1, 0)):
        with host_bot(place, living, shard_id=shard_id, shard_count=2):
            wait_for(place, *lived * number, ActionType.BOT_START)
    told = [details(each) for each in activities_in(place.manager)]
    assert [each["shard_ids"] for each in told] == [[0], [0], [1], [1], [0], [0]]
    assert len({each["life"] for each in told}) == 3
    assert all(start["life"] == end["life"] for start, end in zip(told[::2], told[1::2], strict=True))
