"""``@track_command_usage``, which tracks a command's runs where not all commands are tracked anyway."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping
from types import FunctionType
from typing import Any, ParamSpec, TypeVar, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.state.command_run import enter, leave

P = ParamSpec("P")
T = TypeVar("T")


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
    except BaseException as error:
        run.end_by(error)
        raise
    finally:
        if begun:
            leave(invocation, run, function.__name__)


def _globals_of(function: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = getattr(inspect.unwrap(function), "__globals__", {})
    return found
