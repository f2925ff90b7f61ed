"""Putting everything into a bot, and taking it out again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack
from types import UnionType
from typing import Any

from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import ComfyUI
from bot_integration.commands.analytics_commands import AnalyticsCommands
from bot_integration.commands.manager_servers import watch_servers
from bot_integration.commands.permissions import show_to_role
from bot_integration.commands.queue_status import QueueStatus
from bot_integration.discord_ids import NotAnId, id_number, id_numbers
from bot_integration.state.bot_state import Installation, state_of
from bot_integration.tracking.command_tracking import CommandTracking
from bot_integration.tracking.lifecycle import BotLifecycle
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


async def setup(
    bot: AnyBot,
    manager: AnalyticsManager,
    *,
    manager_role_id: int | str | None = None,
    manager_guilds: Iterable[int | str] | None = None,
    comfyui: ComfyUI | None = None,
    extra: Iterable[AnyCommand] = (),
    close_at_sigterm: bool = True,
) -> None:
    """Give a bot the analytics commands, and track whatever commands it runs from now on.

    Call it once, best in the bot's ``setup_hook``. Discord learns of the commands when you sync, as with any others:
    ``await bot.tree.sync()``. The manager stays yours: close it when the bot has ended.

    Args:
        bot: a ``commands.Bot`` (or ``AutoShardedBot``), connected or not.
        manager: where events go and answers come from.
        manager_role_id: who has this role may use the managers' commands, as administrators of its server may.
        manager_guilds: the ids of the servers where the managers' commands work at all. With neither this nor the role
            only the owner of the bot's application, or its team, may use them.
        comfyui: the server of a bot that uses ComfyUI. It gets ``/queue_status``, and the client is closed with it.
        extra: commands of your own, added and removed together with these (docs/extending.md).
        close_at_sigterm: whether SIGTERM (``docker stop``, systemd, ``kill``) closes the bot, so that this is recorded
            as a shutdown. Where the bot has a handler of its own, that goes on alone in any case.

    Raises:
        SetupFault: done already, the bot has a command of the same name, or an argument is not what is described above.
            Nothing is added.
    """
    commands_of_theirs = tuple(extra)
    _check_kinds(bot, manager, comfyui, commands_of_theirs)
    try:
        role = None if manager_role_id is None else id_number(manager_role_id, "manager_role_id")
        guilds = None if manager_guilds is None else id_numbers(manager_guilds, "manager_guilds")
    except NotAnId as fault:
        raise SetupFault(f"{fault} Nothing was added to the bot.") from None
    await _install(
        bot, Installation(manager, WorkerProcess(), role, comfyui, guilds), commands_of_theirs, close_at_sigterm
    )


async def teardown(bot: AnyBot) -> None:
    """Take back all that :func:`setup` gave the bot. A bot that has closed needs none of it.

    The bot's ComfyUI stays open. A command that runs at this moment is still recorded when it ends.
    """
    state = state_of(bot)
    undo, state.undo = state.undo, None
    if undo is not None:
        await undo.aclose()


def _check_kinds(bot: object, manager: object, comfyui: object, extra: tuple[object, ...]) -> None:
    """Say at the door what would otherwise be an AttributeError from the inside."""
    wanted: list[tuple[str, object, type | UnionType, str]] = [
        ("a bot", bot, commands.Bot | commands.AutoShardedBot, "commands.Bot(…), or a class made from it; a "
         "discord.Client with a tree of its own has neither cogs nor prefix commands"),
        ("a manager", manager, AnalyticsManager, 'core.manager.AnalyticsManager("analytics.db")'),
        ("comfyui=…", comfyui, ComfyUI | None, 'bot_integration.comfyui.ComfyUI("http://127.0.0.1:8188")'),
        *(("extra=[…]", each, app_commands.Command | app_commands.Group, "slash commands and groups of them") for each in extra),
    ]  # fmt: skip
    for what, value, kind, right in wanted:
        if not isinstance(value, kind):
            raise SetupFault(
                f"setup was given something of the type {type(value).__name__} as {what}, which takes {right}. "
                "Nothing was added to the bot."
            )


async def _install(
    bot: AnyBot, installation: Installation, extra: tuple[AnyCommand, ...], close_at_sigterm: bool
) -> None:
    state, comfyui = state_of(bot), installation.comfyui
    if state.undo is not None:
        raise SetupFault(
            "Botpulse is set up for this bot already: call setup once, in its setup_hook (on_ready comes again after "
            "every reconnect). To change something, await bot_integration.teardown(bot) first."
        )
    undo = state.undo = AsyncExitStack()
    try:
        state.installation = installation
        undo.callback(setattr, state, "installation", None)
        cogs = (CommandTracking(bot), BotLifecycle(bot, close_at_sigterm=close_at_sigterm), AnalyticsCommands(bot))
        await _add(bot, undo, (*cogs, QueueStatus(comfyui)) if comfyui is not None else cogs, extra)
        undo.callback(show_to_role(bot.tree, installation.manager_role_id))
        undo.callback(watch_servers(bot))
    except BaseException:
        await teardown(bot)
        raise


async def _add(
    bot: AnyBot, undo: AsyncExitStack, cogs: tuple[commands.Cog, ...], extra: tuple[AnyCommand, ...]
) -> None:
    _check_names(bot, cogs, extra)
    for cog in cogs:
        await bot.add_cog(cog)
        undo.push_async_callback(_remove, bot, cog)
    for command in extra:
        bot.tree.add_command(command)
        undo.callback(bot.tree.remove_command, command.name)


async def _remove(bot: AnyBot, cog: commands.Cog) -> None:
    if bot.get_cog(cog.qualified_name) is cog:
        await bot.remove_cog(cog.qualified_name)


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
