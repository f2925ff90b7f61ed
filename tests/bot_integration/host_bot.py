"""A host's own bot on the loopback Discord, with as much of Botpulse as a test wants, and what it recorded."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.state.bot_state import Installation, state_of
from bot_integration.tracking.command_tracking import CommandTracking
from core.manager import AnalyticsManager
from core.models import ActionType
from core.worker.process import WorkerProcess
from tests.bot_integration.loopback import Channel, Guild, Invocation, LoopbackDiscord, Person
from tests.bot_integration.loopback.commands import Offer
from tests.bot_integration.loopback.interactions import COMMAND
from tests.bot_integration.running import RunningBot, running_bot
from tests.bot_integration.studio import Studio

PREFIX = "!"

Prepare = Callable[[Any], Awaitable[None]]
"""Gives a bot its commands and cogs."""


REFUSED = -1
"""Stands for the success of a command that was not run: there is an activity in place of its row."""


class Command(NamedTuple):
    """A row of ``command_usage``, or a refused command."""

    name: str
    user: str
    guild: str | None
    channel: str
    seconds: float
    success: int


class Activity(NamedTuple):
    """A row of ``user_activity``."""

    user: str
    guild: str | None
    action: str
    details: str | None


@contextmanager
def host_bot(
    studio: Studio,
    prepare: Prepare,
    *,
    installed: bool = True,
    with_role: bool = True,
    manager_guilds: frozenset[int] | None = None,
    kind: Callable[..., Any] = commands.Bot,
    intents: discord.Intents | None = None,
    expect_errors: bool = False,
    **more: Any,
) -> Iterator[RunningBot[Any]]:
    """Run a bot that ``prepare`` has given its commands, and Botpulse's cogs where they are wanted."""

    async def make() -> Any:
        bot = kind(
            more.pop("command_prefix", PREFIX),
            intents=_all() if intents is None else intents,
            help_command=None,
            **more,
        )
        if installed:
            role = studio.role.id if with_role else None
            state_of(bot).installation = Installation(
                studio.manager, WorkerProcess(), role, manager_guilds=manager_guilds
            )
        await prepare(bot)
        return bot

    with running_bot(make, studio.discord, expect_errors=expect_errors) as running:
        yield running


async def add(bot: Any, *things: Any) -> None:
    """Give a bot cogs, prefix commands and application commands."""
    for thing in things:
        if isinstance(thing, commands.Cog):
            await bot.add_cog(thing)
        elif isinstance(thing, commands.Command):
            bot.add_command(thing)
        else:
            bot.tree.add_command(thing)


def having(*things: Any) -> Prepare:
    """Give a bot these cogs and commands."""
    return lambda bot: add(bot, *things)


def tracking(*things: Any) -> Prepare:
    """Give a bot the tracking first, and then cogs and commands: later ones are tracked, too."""
    return lambda bot: add(bot, CommandTracking(bot), *things)


def _all() -> discord.Intents:
    intents = discord.Intents.default()
    intents.message_content = True
    return intents


def use_menu(loopback: LoopbackDiscord, person: Person, name: str, target: Person, guild: Guild) -> Invocation:
    """A person opens the menu of another person and picks an app's command there."""
    data: dict[str, Any] = {
        "id": str(loopback.world.snowflakes.next()),
        "name": name,
        "type": discord.AppCommandType.user.value,
        "target_id": str(target.id),
        "resolved": {"users": {str(target.id): target.payload()}},
    }
    channel: Channel = guild.channel
    return loopback._do(lambda: loopback._invoke(COMMAND, person, channel, Offer(name, data)))


def commands_in(manager: AnalyticsManager) -> list[Command]:
    """All commands recorded so far, in their order, the refused ones among them."""
    columns = "timestamp, command_name, user_id, guild_id, channel_id, execution_time, success"
    found = [(row[0], Command(*row[1:])) for row in _rows(manager, columns, "command_usage")]
    for when, user, guild, action, details in _rows(
        manager, "timestamp, user_id, guild_id, action_type, details", "user_activity"
    ):
        if action == ActionType.COMMAND_REFUSED:
            told = json.loads(details)
            assert told["reason"]
            found.append((when, Command(told["command"], user, guild, "", 0.0, REFUSED)))
    return [command for _, command in sorted(found, key=lambda each: each[0])]


def outcomes(manager: AnalyticsManager) -> list[tuple[str, int]]:
    """Name and success of all commands recorded so far."""
    return [(each.name, each.success) for each in commands_in(manager)]


def refusals(manager: AnalyticsManager) -> list[dict[str, str]]:
    """What is told of every refused command."""
    found = _rows(manager, "action_type, details", "user_activity")
    return [json.loads(details) for action, details in found if action == ActionType.COMMAND_REFUSED]


def activities_in(manager: AnalyticsManager) -> list[Activity]:
    """All activities recorded so far, in their order, but for refused commands."""
    columns = "user_id, guild_id, action_type, details"
    found = [Activity(*row) for row in _rows(manager, columns, "user_activity")]
    return [each for each in found if each.action != ActionType.COMMAND_REFUSED]


def _rows(manager: AnalyticsManager, columns: str, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table; none where it, or the file, is not there yet."""
    assert manager.flush(10) and manager.location.path is not None
    if not manager.location.path.exists():
        return []
    with closing(sqlite3.connect(manager.location.path)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone() is None:
            return []
        return connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()


def wait_for_commands(studio: Studio, number: int) -> list[Command]:
    """Wait until so many commands are recorded; a command is recorded a moment after its answer."""

    def enough() -> list[Command]:
        found = commands_in(studio.manager)
        return found if len(found) >= number else []

    return studio.discord.wait_for(enough, what=f"{number} commands were expected")


def wait_until_done(studio: Studio, running: RunningBot[Any]) -> None:
    """Wait until no application command runs any more, what comes after its recording included."""

    def done() -> bool:
        return not [task for task in asyncio.all_tasks() if task.get_name() == "CommandTree-invoker"]

    studio.discord.wait_for(lambda: running.call(done), what="Commands still run")


def slash_command(name: str, body: Callable[..., Awaitable[Any]]) -> app_commands.Command[Any, ..., Any]:
    """A command of a single function, without options."""

    @app_commands.command(name=name, description=name)
    async def command(interaction: discord.Interaction) -> None:
        await body(interaction)

    return command


async def fine(interaction: discord.Interaction) -> None:
    """What a command does that works."""
    await interaction.response.send_message("done")
