"""Every command of a bot into the statistics, without touching its code: slash, context-menu, hybrid and prefix ones.

discord.py tells of a slash command's success by an event, of its failure only through error handlers that a bot may
replace at any time, and of some ends not at all: a check that raises something of its own, an error handler that fails,
a command that was cancelled. So the two methods are wrapped, on the bot's own objects, that see a command from its
beginning to its end:

- ``bot.invoke(ctx)``, public, runs every prefix command; ``ctx.command_failed`` tells how it went.
- ``tree._call(interaction)``, private, runs every application command (discord.py 2.4 to 2.7), error handlers and all;
  ``interaction.command_failed`` tells how it went, and for context menus, where discord.py leaves it alone, the event
  ``app_command_completion`` that comes, or does not.

Neither tells a refusal (a check, a cooldown, a wrong argument) from a failure. That is told by the error itself, which
``tree.on_error`` and the event ``command_error`` carry, and by the answer of ``tree.interaction_check``.

Where a later discord.py has no ``tree._call``, the public events and ``tree.on_error`` have to do: then a failure goes
unseen where the bot's ``@tree.error`` was set after us, and that of a hybrid command.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.replies import answer_privately, is_thinking
from bot_integration.state.command_run import CommandRun, Invocation, current_run, enter, is_own, leave, mark_refused
from bot_integration.tracking.error_handlers import hears_command_errors, hybrid_of
from bot_integration.tracking.method_patch import Method, overhear, wrap_method

log = logging.getLogger(__name__)

_CALL: Final = "_call"
_ON_ERROR: Final = "on_error"


class CommandTracking(commands.Cog):
    """Tracks all commands of the bot that it is added to; removing it puts everything back.

    Prefix commands that do not exist are not tracked: strangers type them. Autocompletion is no command.
    """

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot) -> None:
        self._bot = bot
        self._undo = ExitStack()
        self._sees_ends = False
        self._listens = False
        self._error_door: object = None

    async def cog_load(self) -> None:
        """Begin."""
        tree: app_commands.CommandTree[Any] = self._bot.tree
        self._sees_ends = inspect.iscoroutinefunction(getattr(tree, _CALL, None))
        self._undo.callback(wrap_method(self._bot, "invoke", self._watching_prefix))
        self._undo.callback(overhear(self._bot, "dispatch", _note_event))
        if self._sees_ends:
            self._undo.callback(wrap_method(tree, _CALL, self._watching_app))
            self._undo.callback(wrap_method(tree, "interaction_check", _watching_check))
        else:
            log.warning("This discord.py is newer than Botpulse knows: some failures of commands may go unseen")
            self._undo.callback(wrap_method(tree, _ON_ERROR, self._watching_errors))
        self._listens = True

    async def cog_unload(self) -> None:
        """End; what runs at this moment is still recorded."""
        self._listens = False
        self._undo.close()

    @commands.Cog.listener()
    async def on_app_command_completion(
        self, interaction: discord.Interaction[Any], _command: app_commands.Command[Any, ..., Any]
    ) -> None:
        """Note that discord.py is content."""
        run = current_run(interaction)
        run.completed = True
        if not self._sees_ends:
            leave(interaction, run)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Note the beginning, where nothing better tells of it."""
        if not self._sees_ends and interaction.type is discord.InteractionType.application_command:
            run = current_run(interaction)
            run.entered = True

    def _watching_app(self, call: Method) -> Method:
        async def watched(interaction: discord.Interaction[Any]) -> Any:
            if interaction.type is not discord.InteractionType.application_command:
                return await call(interaction)
            self._see_errors()
            return await _watch(interaction, call, self._end_app)

        return watched

    def _see_errors(self) -> None:
        """Stand before ``tree.on_error``, again where the bot has set another one (``@tree.error``) since."""
        tree = self._bot.tree
        if vars(tree).get(_ON_ERROR) is not self._error_door or self._error_door is None:
            self._undo.callback(wrap_method(tree, _ON_ERROR, _noting_error))
            self._error_door = vars(tree)[_ON_ERROR]

    def _watching_prefix(self, invoke: Method) -> Method:
        async def watched(ctx: commands.Context[Any], /) -> Any:
            if ctx.command is None:
                return await invoke(ctx)
            return await _watch(ctx, invoke, leave)

        return watched

    def _watching_errors(self, on_error: Method) -> Method:
        async def watched(interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> Any:
            run = current_run(interaction)
            run.end_by(error)
            leave(interaction, run)
            try:
                return None if is_own(interaction) else await on_error(interaction, error)
            finally:
                await _say_refusal(interaction, run)

        return watched

    def _end_app(self, interaction: discord.Interaction[Any], run: CommandRun) -> None:
        if _is_slash(interaction) or run.failed or not self._listens:
            leave(interaction, run)
        else:
            # discord.py has put the event's listeners into the loop's queue by now: they come before this.
            asyncio.get_running_loop().call_soon(_end_menu, interaction, run)


def _note_event(event: str, *args: Any, **_: Any) -> None:
    """Note the error of a prefix or hybrid command, as discord.py tells the bot of it."""
    if event == "command_error" and len(args) == 2 and args[0].command is not None:
        current_run(args[0]).end_by(args[1])


def _noting_error(on_error: Method) -> Method:
    """Note errors. Those of our own commands end here: the bot's handler would answer a second time."""

    async def noted(interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> Any:
        current_run(interaction).end_by(error)
        return None if is_own(interaction) else await on_error(interaction, error)

    return noted


def _watching_check(check: Method) -> Method:
    async def checked(interaction: discord.Interaction[Any], /) -> Any:
        allowed = await check(interaction)
        if not allowed and interaction.type is discord.InteractionType.application_command:
            mark_refused(interaction, "interaction_check")
        return allowed

    return checked


async def _watch(invocation: Any, call: Method, end: Callable[[Any, CommandRun], None]) -> Any:
    """CommandRun a command from beginning to end, and let ``end`` record it if nobody outside of this does."""
    run, begun = enter(invocation)
    try:
        return await call(invocation)
    except BaseException as error:
        run.end_by(error)
        raise
    finally:
        if begun:
            end(invocation, run)
        await _say_refusal(invocation, run)


async def _say_refusal(invocation: Invocation, run: CommandRun) -> None:
    """Tell a refused user why, unless the bot's error handlers have answered, or are about to."""
    words, run.refusal = run.refusal, None
    if words is None or not isinstance(invocation, discord.Interaction) or await _is_answered(invocation, run):
        return
    if hybrid_of(invocation) is None or not hears_command_errors(invocation.client):
        await answer_privately(invocation, words)


async def _is_answered(interaction: discord.Interaction[Any], run: CommandRun) -> bool:
    """Whether somebody has answered since the refusal; a deferral from before it is an answer once it is filled in."""
    if not interaction.response.is_done():
        return False
    if not run.answered:
        return True
    promised = interaction.response.type is discord.InteractionResponseType.deferred_channel_message
    return promised and not await is_thinking(interaction)


def _end_menu(interaction: discord.Interaction[Any], run: CommandRun) -> None:
    run.failed = run.failed or not run.completed
    leave(interaction, run)


def _is_slash(interaction: discord.Interaction[Any]) -> bool:
    data: Any = interaction.data or {}
    return bool(data.get("type", 1) == discord.AppCommandType.chat_input.value)
