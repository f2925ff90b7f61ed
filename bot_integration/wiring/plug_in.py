"""Putting everything into a bot, and taking it out again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.analytics_commands import AnalyticsCommands
from bot_integration.comfyui import ComfyUI
from bot_integration.commands.manager_servers import watch_servers
from bot_integration.commands.permissions import show_to_role
from bot_integration.commands.queue_status import QueueStatus
from bot_integration.tracking.command_tracking import CommandTracking
from bot_integration.tracking.lifecycle import BotLifecycle
from bot_integration.wiring.installation import Installation, install, uninstall
from core.manager import AnalyticsManager
from core.worker.process import WorkerProcess

AnyBot = commands.Bot | commands.AutoShardedBot
AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group


class SetupFault(Exception):
    """A bot can't be given the commands: it has them already, or others of the same name.

    Attributes:
        words: what is wrong, and which line to change, for whoever writes the bot.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


@dataclass(slots=True)
class _Plugged:
    """What a bot was given, to be taken back in the opposite order."""

    cogs: list[commands.Cog] = field(default_factory=list)
    extra: list[AnyCommand] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)


_plugged: Final[WeakKeyDictionary[discord.Client, _Plugged]] = WeakKeyDictionary()


async def plug_in(
    bot: AnyBot,
    manager: AnalyticsManager,
    *,
    manager_role_id: int | None = None,
    manager_guilds: Iterable[int] | None = None,
    comfyui: ComfyUI | None = None,
    extra: Iterable[AnyCommand] = (),
    close_at_sigterm: bool = True,
) -> None:
    """Do what :func:`bot_integration.setup` says.

    Raises:
        SetupFault: done already, or a name is taken. Nothing is added then.
    """
    if bot in _plugged:
        raise SetupFault(
            "Botpulse is set up for this bot already: call setup once, in its setup_hook (on_ready comes again after "
            "every reconnect). To change something, await bot_integration.teardown(bot) first."
        )
    guilds = None if manager_guilds is None else frozenset(manager_guilds)
    plugged = _plugged[bot] = _Plugged()
    install(bot, Installation(manager, WorkerProcess(), manager_role_id, comfyui, guilds))
    try:
        cogs = (CommandTracking(bot), BotLifecycle(bot, close_at_sigterm=close_at_sigterm), AnalyticsCommands(bot))
        await _add(bot, plugged, (*cogs, QueueStatus(comfyui)) if comfyui is not None else cogs, tuple(extra))
        plugged.undo += [show_to_role(bot.tree, manager_role_id), watch_servers(bot)]
    except BaseException:
        await unplug(bot)
        raise


async def unplug(bot: AnyBot) -> None:
    """Do what :func:`bot_integration.teardown` says."""
    plugged = _plugged.pop(bot, None)
    if plugged is None:
        return
    while plugged.undo:
        plugged.undo.pop()()
    for command in plugged.extra:
        bot.tree.remove_command(command.name)
    for cog in reversed(plugged.cogs):
        if bot.get_cog(cog.qualified_name) is cog:
            await bot.remove_cog(cog.qualified_name)
    uninstall(bot)


async def _add(bot: AnyBot, plugged: _Plugged, cogs: tuple[commands.Cog, ...], extra: tuple[AnyCommand, ...]) -> None:
    _check_names(bot, cogs, extra)
    for cog in cogs:
        await bot.add_cog(cog)
        plugged.cogs.append(cog)
    for command in extra:
        bot.tree.add_command(command)
        plugged.extra.append(command)


def _check_names(bot: AnyBot, cogs: Iterable[commands.Cog], extra: Iterable[AnyCommand]) -> None:
    """discord.py adds the first of a cog's commands and then raises at the one whose name is taken: look before."""
    wanted = [command.name for cog in cogs for command in cog.get_app_commands()] + [each.name for each in extra]
    taken = {name for name in wanted if bot.tree.get_command(name) is not None or wanted.count(name) > 1}
    if taken:
        names = ", ".join(f"/{name}" for name in sorted(taken))
        raise SetupFault(
            f"The bot has {names} of its own. Two commands can't share a name: take the bot's own out (or rename it), "
            "for instance the analytics commands that Botpulse takes the place of; then call setup again. To keep a "
            "/queue_status of the bot's own, leave out comfyui=…"
        )
    cogs_taken = [cog.qualified_name for cog in cogs if bot.get_cog(cog.qualified_name) is not None]
    if cogs_taken:
        raise SetupFault(f"The bot has a cog of the name {cogs_taken[0]!r} already: give that one another name.")
