"""Commands that are for managers only, made in every way in which a host can make one, and bots that have them."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.permissions import has_analytics_permission
from bot_integration.tracking import track_command_usage
from tests.bot_integration.host_bot import Prepare, having, slash_command, tracking


async def welcome(interaction: discord.Interaction) -> None:
    """What the commands do for those who may use them."""
    await interaction.response.send_message("welcome")


def unguarded(name: str = "secret") -> app_commands.Command[Any, ..., Any]:
    """A command that is open, until somebody guards it."""
    return slash_command(name, welcome)


def offering(*things: Any, watched: bool = True, open_to_all: bool = True) -> Prepare:
    """Give a bot commands and cogs; with ``open_to_all`` Discord offers them everywhere, as before the last sync."""

    async def prepare(bot: commands.Bot) -> None:
        await (tracking if watched else having)(*things)(bot)
        for command in bot.tree.get_commands() if open_to_all else ():
            command.default_permissions = None
            if not isinstance(command, app_commands.ContextMenu):
                command.guild_only = False
            command.allowed_contexts = None

    return prepare


def guarded_function() -> app_commands.Command[Any, ..., Any]:
    """Guarded below the line that makes it a command, and tracked by itself."""

    @app_commands.command(name="secret", description="secret")
    @has_analytics_permission()
    @track_command_usage
    async def secret(interaction: discord.Interaction) -> None:
        await welcome(interaction)

    return secret


def guarded_command() -> app_commands.Command[Any, ..., Any]:
    """Guarded when it is a command already."""
    command: app_commands.Command[Any, ..., Any] = has_analytics_permission()(unguarded())
    return command


class Keeper(commands.Cog):
    """Commands in a cog."""

    @app_commands.command()
    @has_analytics_permission()
    async def secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await welcome(interaction)

    @commands.hybrid_command()
    @has_analytics_permission()
    async def both(self, ctx: commands.Context[Any]) -> None:
        """For managers, in both ways."""
        await ctx.send("welcome")

    @has_analytics_permission()
    @commands.hybrid_command()
    async def above(self, ctx: commands.Context[Any]) -> None:
        """For managers, in both ways, said the other way round."""
        await ctx.send("welcome")

    @commands.command()
    @has_analytics_permission()
    async def text(self, ctx: commands.Context[Any]) -> None:
        await ctx.send("welcome")


@has_analytics_permission()
class Vault(app_commands.Group):
    """A group whose commands are its methods, one of them in a group inside."""

    inner = app_commands.Group(name="inner", description="inner")

    @app_commands.command()
    async def secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await welcome(interaction)

    @inner.command(name="secret")
    async def inner_secret(self, interaction: discord.Interaction) -> None:
        """For managers."""
        await welcome(interaction)


def guarded_group() -> app_commands.Group:
    """A group that is guarded before it gets its commands, one of them in a group inside."""
    group = app_commands.Group(name="vault", description="vault")
    inner = app_commands.Group(name="inner", description="inner", parent=group)
    has_analytics_permission()(group)
    group.add_command(unguarded())
    inner.add_command(unguarded())
    return group
