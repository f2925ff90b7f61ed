"""Which ends of a command are refusals: it was not run, because of who asked, when, where, or with what."""

from __future__ import annotations

from typing import Final

from discord import app_commands
from discord.ext import commands

_KINDS: Final = (
    app_commands.CheckFailure,  # a cooldown is one, too
    app_commands.TransformerError,
    commands.CheckFailure,
    commands.CommandOnCooldown,
    commands.DisabledCommand,
    commands.MaxConcurrencyReached,
    commands.UserInputError,
)


def refusal_in(error: BaseException) -> str:
    """Return what refused a command, by the error's name; empty where the error is a failure of the command."""
    cause = error.original if isinstance(error, commands.HybridCommandError) else error
    return type(cause).__name__ if isinstance(cause, _KINDS) else ""
