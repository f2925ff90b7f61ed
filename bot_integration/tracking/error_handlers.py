"""Who else may answer a prefix or hybrid command that was refused: the handlers that the bot has of its own."""

from __future__ import annotations

from typing import Any

import discord
from discord.ext import commands


def hears_command_errors(client: discord.Client) -> bool:
    """Whether the bot has an ``on_command_error`` of its own, or a listener for it. discord.py calls them later on."""
    if not isinstance(client, commands.bot.BotBase):
        return False
    overridden = type(client).on_command_error is not commands.bot.BotBase.on_command_error
    return overridden or "on_command_error" in vars(client) or bool(client.extra_events.get("on_command_error"))


def has_error_handler(command: commands.Command[Any, ..., Any]) -> bool:
    """Whether the command has an error handler of its own, or its cog has one for all."""
    return command.has_error_handler() or (command.cog is not None and command.cog.has_error_handler())


def hybrid_of(interaction: discord.Interaction[Any]) -> commands.Command[Any, ..., Any] | None:
    """The hybrid command that is used as a slash command; None where it is an ordinary one."""
    wrapped = getattr(interaction.command, "wrapped", None)
    return wrapped if isinstance(wrapped, commands.Command) else None
