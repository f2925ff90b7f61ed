"""What is kept of each bot, for as long as it lives. It is found by the client: ``interaction.client``, ``ctx.bot``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.state.installation import Installation, NotInstalled
from bot_integration.state.session import CommandSession

AnyCommand = app_commands.Command[Any, ..., Any] | app_commands.Group


@dataclass(slots=True)
class Additions:
    """What ``setup`` put into a bot, to be taken back in the opposite order.

    Attributes:
        cogs: ours.
        commands: the host's own, which came along.
        undo: takes back everything else.
    """

    cogs: list[commands.Cog] = field(default_factory=list)
    commands: list[AnyCommand] = field(default_factory=list)
    undo: list[Callable[[], None]] = field(default_factory=list)


@dataclass(slots=True)
class BotState:
    """One bot's. It outlives the cogs, which may be reloaded.

    Attributes:
        installation: what the bot was set up with; None before that, and after ``teardown``.
        additions: what ``setup`` put into it; None where there is nothing to take back.
        session: what its commands share. A closed one stays: whoever still asks is told that the bot is stopping.
        started: whether its start is recorded, and its shutdown not yet.
        lost: since when each shard is cut off (seconds of a monotonic clock); None stands for a bot without shards.
        warned: whether the log says already that its commands are not tracked.
    """

    installation: Installation | None = None
    additions: Additions | None = None
    session: CommandSession | None = None
    started: bool = False
    lost: dict[int | None, float] = field(default_factory=dict)
    warned: bool = False


_states: Final[WeakKeyDictionary[discord.Client, BotState]] = WeakKeyDictionary()


def state_of(client: discord.Client) -> BotState:
    """Return what is kept of a bot: an empty state where nothing is known of it yet."""
    return _states.setdefault(client, BotState())


def installation_of(client: discord.Client) -> Installation:
    """Return what a bot was set up with.

    Raises:
        NotInstalled: ``setup`` was never called for it, or ``teardown`` was.
    """
    installation = state_of(client).installation
    if installation is None:
        raise NotInstalled
    return installation


def session_of(client: discord.Client) -> CommandSession:
    """Return what a bot's commands share.

    Raises:
        NotInstalled: ``setup`` was never called for it.
    """
    session = state_of(client).session
    if session is None:
        raise NotInstalled
    return session
