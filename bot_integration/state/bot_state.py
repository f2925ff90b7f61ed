"""What is kept of each bot, for as long as it lives. It is found by the client: ``interaction.client``, ``ctx.bot``."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import discord

from bot_integration.state.session import CommandSession

if TYPE_CHECKING:
    from bot_integration.comfyui import ComfyUI
    from core.manager import AnalyticsManager
    from core.worker.process import WorkerProcess


class NotInstalled(Exception):
    """A bot uses a part of Botpulse without having been set up for it.

    Attributes:
        words: which line is missing, for whoever writes the bot.
    """

    words = (
        "Botpulse is not set up for this bot. Add to its setup_hook, before the commands are synced: "
        "await bot_integration.setup(bot, manager)"
    )

    def __init__(self) -> None:
        super().__init__(self.words)


@dataclass(frozen=True, slots=True)
class Installation:
    """What Botpulse's commands and trackers need of one bot.

    Attributes:
        manager: takes the events.
        worker: answers questions about them in a process of its own.
        manager_role_id: whoever has this role may use the managers' commands; None: administrators only.
        manager_guilds: ids of the servers where these work at all; None: where the role is. Without either they work
            everywhere, for the bot's owners alone.
        privacy_command: whether users get ``/privacy``.
        forget_in_backups: whether a user who is forgotten by ``/privacy`` goes from known backups, too.
        comfyui: the server that ``/queue_status`` asks about, closed with the bot; None where there is none.
    """

    manager: AnalyticsManager
    worker: WorkerProcess
    manager_role_id: int | None = None
    comfyui: ComfyUI | None = None
    manager_guilds: frozenset[int] | None = None
    privacy_command: bool = True
    forget_in_backups: bool = False

    @property
    def names_managers(self) -> bool:
        """Whether it was said who the managers are; else only the bot's owners are."""
        return self.manager_role_id is not None or self.manager_guilds is not None


@dataclass(slots=True)
class BotState:
    """One bot's. It outlives the cogs, which may be reloaded.

    Attributes:
        installation: what the bot was set up with; None before that, and after ``teardown``.
        undo: takes back what ``setup`` put into it; None where that was not called.
        session: what its commands share. A closed one stays: whoever still asks is told that the bot is stopping.
        started: whether its start is recorded, and its shutdown not yet.
        life: the name of its life since then, among those of other bots and processes.
        lost: since when each shard is cut off (seconds of a monotonic clock); None stands for a bot without shards.
        warned: whether the log says already that its commands are not tracked.
    """

    installation: Installation | None = None
    undo: AsyncExitStack | None = None
    session: CommandSession | None = None
    started: bool = False
    life: str = ""
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
