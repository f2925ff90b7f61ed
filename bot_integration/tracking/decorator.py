"""Commands into the statistics: ``@track_command_usage``, and ``mark_failed`` for errors that a command answers itself.

Each time somebody runs a command, that is a *run*. Whoever enters it first (the listener of
:mod:`bot_integration.tracking.command_tracking`, else the decorator) leaves and records it; so a run is counted once.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.wiring.installation import NotInstalled, installation_of
from core.manager import AnalyticsManager

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

Invocation: TypeAlias = discord.Interaction[Any] | commands.Context[Any]
"""What a command is called with: an interaction (slash, context menu), or a context (prefix, hybrid)."""

_KEY: Final = "botpulse.run"
_SUB_COMMANDS: Final = (
    discord.AppCommandOptionType.subcommand.value,
    discord.AppCommandOptionType.subcommand_group.value,
)


@dataclass(slots=True)
class Run:
    """One run of a command.

    Attributes:
        started: when it was entered, in seconds of a monotonic clock.
        entered: whether somebody will leave it, and so record it.
        failed: whether it is known to have failed.
        completed: whether discord.py said that it ended well.
        recorded: whether it is in the statistics.
        refusal: words for the user that are still to be said, unless somebody else has answered by then.
        answered: whether there was an answer of some kind, a deferral say, already when it was refused.
        manager: takes it, also where the bot has given up Botpulse meanwhile; None: none was there at the beginning.
    """

    started: float = field(default_factory=time.perf_counter)
    entered: bool = False
    failed: bool = False
    completed: bool = False
    recorded: bool = False
    refusal: str | None = None
    answered: bool = False
    manager: AnalyticsManager | None = None


_of_contexts: Final[WeakKeyDictionary[commands.Context[Any], Run]] = WeakKeyDictionary()
_told: Final[WeakSet[discord.Client]] = WeakSet()


def track_command_usage(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Track every run of a command (the seed's section "Adding New Commands"): put it right above ``async def``.

    For slash and context-menu commands, prefix and hybrid ones, as functions or in cogs and groups. Recorded are the
    full name with its group, user, server (None in direct messages), channel, seconds, and success: false where the
    function raised (the exception goes on untouched), was cancelled, or called :func:`mark_failed`.

    The function returned has the name, signature, docstring and metadata of the old one and lives in its module, so
    that types which are known only there are found. Where all commands are tracked anyway the run is counted once.

    Raises:
        TypeError: this is no ``async def``; a command already made is not, either.
    """
    if isinstance(function, app_commands.Command | app_commands.ContextMenu | app_commands.Group | commands.Command):
        raise TypeError("put @track_command_usage below the line that makes the command, right above its async def")
    if not inspect.iscoroutinefunction(function):
        raise TypeError("@track_command_usage goes above an async def, the function that a command runs")
    run = _run_tracked

    async def tracked(*args: P.args, **kwargs: P.kwargs) -> T:
        return await run(function, args, kwargs)

    # discord.py resolves annotations with the callback's own globals: the wrapper must have those of its function,
    # and so it uses no global name itself.
    moved = FunctionType(
        tracked.__code__, _globals_of(function), function.__name__, tracked.__defaults__, tracked.__closure__
    )
    return cast("Callable[P, Coroutine[Any, Any, T]]", functools.update_wrapper(moved, function))


def mark_failed(invocation: Invocation) -> None:
    """Say that the command has failed, though it raises nothing: it has told the user about its error itself.

    From anywhere while the command runs, also deep inside of helpers; later it has no effect.
    """
    _run(invocation).failed = True


def enter(invocation: Invocation) -> tuple[Run, bool]:
    """Begin a run, or find the one that goes on; True if it was begun here, and so is to be left here."""
    run = _run(invocation)
    if run.recorded:
        run = _keep(invocation, Run())
    if run.entered:
        return run, False
    run.entered = True
    with contextlib.suppress(NotInstalled):
        run.manager = installation_of(client_of(invocation)).manager
    return run, True


def leave(invocation: Invocation, run: Run, name: str = "") -> None:
    """Record a run that has ended, once. It never raises; ``name`` is used where the command has none."""
    if run.recorded:
        return
    run.recorded = True
    seconds = time.perf_counter() - run.started
    try:
        manager = run.manager or installation_of(client_of(invocation)).manager
        _record(manager, invocation, name, seconds, not (run.failed or invocation.command_failed))
    except NotInstalled as fault:
        _tell_once(invocation, fault)
    except Exception:  # a bot's own kind of interaction or context: its command must not suffer from it
        log.exception("A command was not tracked")


def interaction_of(invocation: Invocation) -> discord.Interaction[Any] | None:
    """The interaction behind a command; None for a prefix command."""
    return invocation.interaction if isinstance(invocation, commands.Context) else invocation


def client_of(invocation: Invocation) -> discord.Client:
    """The bot that runs the command."""
    client: discord.Client = invocation.bot if isinstance(invocation, commands.Context) else invocation.client
    return client


def current_run(invocation: Invocation) -> Run:
    """The run that goes on; a new one, not entered, where there is none."""
    return _run(invocation)


async def _run_tracked(
    function: Callable[..., Coroutine[Any, Any, T]], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> T:
    """Call a command's function within its run; without one where it is called with neither interaction nor context."""
    invocation = next((each for each in args[:2] if isinstance(each, discord.Interaction | commands.Context)), None)
    if invocation is None:
        return await function(*args, **kwargs)
    run, begun = enter(invocation)
    try:
        return await function(*args, **kwargs)
    except BaseException:
        run.failed = True
        raise
    finally:
        if begun:
            leave(invocation, run, function.__name__)


def _globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = getattr(inspect.unwrap(function), "__globals__", {})
    return found


def _run(invocation: Invocation) -> Run:
    interaction = interaction_of(invocation)
    if interaction is not None:
        run: Run | None = interaction.extras.get(_KEY)
    else:
        run = _of_contexts.get(cast("commands.Context[Any]", invocation))
    return run if run is not None else _keep(invocation, Run())


def _keep(invocation: Invocation, run: Run) -> Run:
    interaction = interaction_of(invocation)
    if interaction is not None:
        interaction.extras[_KEY] = run
    else:
        _of_contexts[cast("commands.Context[Any]", invocation)] = run
    return run


def _record(manager: AnalyticsManager, invocation: Invocation, name: str, seconds: float, success: bool) -> None:
    interaction = interaction_of(invocation)
    if interaction is not None:
        user, guild, channel = interaction.user.id, interaction.guild_id, interaction.channel_id
    else:
        context = cast("commands.Context[Any]", invocation)
        user, guild, channel = context.author.id, context.guild.id if context.guild else None, context.channel.id
    manager.track_command(_name(invocation) or name, user, guild, channel, seconds, success)


def _name(invocation: Invocation) -> str:
    """The full name of the command; where the bot no longer has it, as Discord called it."""
    if invocation.command is not None:
        return invocation.command.qualified_name
    return _name_in(invocation.data or {}) if isinstance(invocation, discord.Interaction) else ""


def _name_in(data: Mapping[str, Any]) -> str:
    names = [data.get("name", "")]
    options = data.get("options") or []
    while options and options[0].get("type") in _SUB_COMMANDS:
        names.append(options[0]["name"])
        options = options[0].get("options") or []
    return " ".join(names)


def _tell_once(invocation: Invocation, fault: NotInstalled) -> None:
    client = client_of(invocation)
    if client not in _told:
        _told.add(client)
        log.warning("Commands are not tracked: %s", fault.words)
