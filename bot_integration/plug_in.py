"""Putting everything into a bot, and taking it out again."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack

from discord import app_commands
from discord.ext import commands

from bot_integration.comfyui import ComfyUI
from bot_integration.commands.analytics_commands import AnalyticsCommands
from bot_integration.commands.descriptions import translate_descriptions
from bot_integration.commands.manager_servers import watch_servers
from bot_integration.commands.permissions import show_to_role
from bot_integration.commands.privacy_command import PrivacyCommand
from bot_integration.commands.queue_status import QueueStatus
from bot_integration.discord_ids import NotAnId, id_number, id_numbers
from bot_integration.setup_checks import (
    AnyBot,
    AnyCommand,
    SetupFault,
    check_kinds,
    check_names,
    check_room,
    no_room,
    remover,
)
from bot_integration.state.bot_state import Installation, state_of
from bot_integration.tracking.command_tracking import CommandTracking
from bot_integration.tracking.lifecycle import BotLifecycle
from bot_integration.tracking.name_tracking import NameTracking
from core.manager import AnalyticsManager
from core.worker.process import WorkerProcess

__all__ = ["SetupFault", "setup", "teardown"]


async def setup(
    bot: AnyBot,
    manager: AnalyticsManager,
    *,
    manager_role_id: int | str | None = None,
    manager_guilds: Iterable[int | str] | None = None,
    comfyui: ComfyUI | None = None,
    extra: Iterable[AnyCommand] = (),
    close_at_sigterm: bool = True,
    privacy_command: bool = True,
    forget_in_backups: bool = False,
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
        comfyui: the server of a bot that uses ComfyUI. It gets ``/queue_status``, the client is closed with it, and
            what fails there is remembered.
        extra: commands of your own, added and removed together with these (docs/extending.md).
        close_at_sigterm: whether SIGTERM (``docker stop``, systemd, ``kill``) closes the bot, so that this is recorded
            as a shutdown. Where the bot has a handler of its own, that goes on alone in any case.
        privacy_command: whether users get ``/privacy``; False for a bot that has a command of that name.
        forget_in_backups: whether "Forget me" of ``/privacy`` removes the user from known backups, too; otherwise
            these are left alone, and the user is told so.

    Raises:
        SetupFault: done already, the bot has a command of the same name (for all servers, or for one) or no room for
            these, or an argument is not what is described above. Nothing is added.
    """
    commands_of_theirs = tuple(extra)
    check_kinds(bot, manager, comfyui, commands_of_theirs)
    try:
        role = None if manager_role_id is None else id_number(manager_role_id, "manager_role_id")
        guilds = None if manager_guilds is None else id_numbers(manager_guilds, "manager_guilds")
    except NotAnId as fault:
        raise SetupFault(f"{fault} Nothing was added to the bot.") from None
    installation = Installation(manager, WorkerProcess(), role, comfyui, guilds, privacy_command, forget_in_backups)
    await _install(bot, installation, commands_of_theirs, close_at_sigterm)


async def teardown(bot: AnyBot) -> None:
    """Take back all that :func:`setup` gave the bot. A bot that has closed needs none of it.

    The bot's ComfyUI stays open. A command that runs at this moment is still recorded when it ends.
    """
    state = state_of(bot)
    undo, state.undo = state.undo, None
    if undo is not None:
        await undo.aclose()


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
        if comfyui is not None and comfyui.manager is None:
            comfyui.manager = installation.manager
            undo.callback(setattr, comfyui, "manager", None)
        cogs: tuple[commands.Cog, ...] = (
            CommandTracking(bot),
            NameTracking(bot),
            BotLifecycle(bot, close_at_sigterm=close_at_sigterm),
            AnalyticsCommands(bot),
            *((PrivacyCommand(bot),) if installation.privacy_command else ()),
            *((QueueStatus(comfyui),) if comfyui is not None else ()),
        )
        await _add(bot, undo, cogs, extra)
        undo.callback(show_to_role(bot.tree, installation.manager_role_id))
        undo.callback(watch_servers(bot))
        if (take_back := await translate_descriptions(bot.tree)) is not None:
            undo.push_async_callback(take_back)
    except BaseException:
        await teardown(bot)
        raise


async def _add(
    bot: AnyBot, undo: AsyncExitStack, cogs: tuple[commands.Cog, ...], extra: tuple[AnyCommand, ...]
) -> None:
    wanted = [*(command for cog in cogs for command in cog.get_app_commands()), *extra]
    check_names(bot, cogs, wanted)
    check_room(bot, wanted)
    undo.callback(remover(bot.tree, wanted))
    try:
        for cog in cogs:
            undo.push_async_callback(_remove, bot, cog)
            await bot.add_cog(cog)
        for command in extra:
            bot.tree.add_command(command)
    except app_commands.CommandLimitReached as error:  # a tree of the bot's own takes fewer
        raise no_room(str(error)) from error


async def _remove(bot: AnyBot, cog: commands.Cog) -> None:
    """Take a cog out; discord.py leaves one half in whose commands did not all go in."""
    if bot.get_cog(cog.qualified_name) is cog:
        await bot.remove_cog(cog.qualified_name)
    else:
        await cog.cog_unload()
