"""What is looked at before anything is put into a bot: what ``setup`` was given, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import UnionType
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import ComfyUI
from core.manager import AnalyticsManager

AnyBot = commands.Bot | commands.AutoShardedBot
AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group

MOST_COMMANDS: Final = 100
"""Slash commands that Discord takes of one bot for all servers together."""

_EXTRA: Final = app_commands.Command | app_commands.Group


class SetupFault(Exception):
    """A bot can't be given the commands: it has them already, others of the same name, or no room for them.

    Attributes:
        words: what is wrong, and which line to change, for whoever writes the bot.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


def check_kinds(bot: object, manager: object, comfyui: object, extra: Iterable[object]) -> None:
    """Say at the door what would otherwise be an AttributeError from the inside.

    Raises:
        SetupFault: an argument is of another kind than ``setup`` takes.
    """
    client = "a discord.Client with a tree of its own has neither cogs nor prefix commands"
    wanted: list[tuple[str, object, type | UnionType, str]] = [
        ("a bot", bot, AnyBot, f"commands.Bot(…), or a class made from it: {client}"),
        ("a manager", manager, AnalyticsManager, 'core.manager.AnalyticsManager("analytics.db")'),
        ("comfyui=…", comfyui, ComfyUI | None, 'bot_integration.comfyui.ComfyUI("http://127.0.0.1:8188")'),
        *(("extra=[…]", each, _EXTRA, "slash commands and groups of them") for each in extra),
    ]
    for what, value, kind, right in wanted:
        if not isinstance(value, kind):
            raise SetupFault(
                f"setup was given something of the type {type(value).__name__} as {what}, which takes {right}. "
                "Nothing was added to the bot."
            )


def check_names(bot: AnyBot, cogs: Iterable[commands.Cog], wanted: Iterable[AnyCommand]) -> None:
    """Look whether the names are free, for all servers and for single ones: Discord shows a server its own first.

    Raises:
        SetupFault: a command or a cog of the bot has one of them.
    """
    names = [command.name for command in wanted]
    scopes = [None, *servers_of(bot.tree)]
    taken = {(name, scope) for name in names for scope in scopes if bot.tree.get_command(name, guild=scope) is not None}
    taken |= {(name, None) for name in names if names.count(name) > 1}
    if taken:
        told = ", ".join(sorted(f"/{name}" + (f" (on server {scope.id})" if scope else "") for name, scope in taken))
        raise SetupFault(
            f"The bot has {told} of its own. Two commands can't share a name: take the bot's own out (or rename it), "
            "for instance the analytics commands that Botpulse takes the place of; then call setup again. To keep a "
            "/queue_status of the bot's own, leave out comfyui=…"
        )
    cogs_taken = [cog.qualified_name for cog in cogs if bot.get_cog(cog.qualified_name) is not None]
    if cogs_taken:
        raise SetupFault(f"The bot has a cog of the name {cogs_taken[0]!r} already: give that one another name.")


def check_room(bot: AnyBot, wanted: Iterable[AnyCommand]) -> None:
    """Look whether Discord would take so many commands.

    Raises:
        SetupFault: there would be more than :data:`MOST_COMMANDS`.
    """
    has = len(bot.tree.get_commands(type=discord.AppCommandType.chat_input))
    more = sum(1 for _ in wanted)
    if has + more > MOST_COMMANDS:
        raise no_room(f"It has {has}, and Botpulse would add {more}")


def no_room(reason: str) -> SetupFault:
    """The fault of a bot that has too many commands."""
    return SetupFault(
        f"Discord takes at most {MOST_COMMANDS} slash commands of a bot for all servers together. {reason}. "
        "Nothing was added. Put some of the bot's own into groups (a group counts as one), or register those that are "
        "for one server there (guild=…); then call setup again."
    )


def servers_of(tree: app_commands.CommandTree[Any]) -> list[discord.Object]:
    """The servers that have commands of their own in a tree.

    ``_guild_commands`` is private, but nothing public tells them (discord.py 2.4 to 2.7).
    """
    return [discord.Object(server) for server in getattr(tree, "_guild_commands", ())]


def remove_everywhere(tree: app_commands.CommandTree[Any], command: AnyCommand) -> None:
    """Take a command out, and the copies of it that ``copy_global_to`` made; others of its name stay."""
    for scope in (None, *servers_of(tree)):
        if tree.get_command(command.name, guild=scope) is command:
            tree.remove_command(command.name, guild=scope)


def remover(tree: app_commands.CommandTree[Any], wanted: Iterable[AnyCommand]) -> Callable[[], None]:
    """Return what takes these commands out."""
    kept = tuple(wanted)

    def remove() -> None:
        for command in kept:
            remove_everywhere(tree, command)

    return remove
