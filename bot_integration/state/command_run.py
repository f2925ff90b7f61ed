"""One run of a command: what is known of it while it goes on, and its record in the statistics.

Whoever enters a run first (:mod:`bot_integration.tracking.command_tracking`, else the decorator
``@track_command_usage``) leaves and records it; so a run is counted once.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

import discord
from discord.ext import commands

from bot_integration.failures import track_once
from bot_integration.names import note_names
from bot_integration.origin import RequestOrigin, current_origin
from bot_integration.state.bot_state import NotInstalled, installation_of, state_of
from bot_integration.state.private_texts import private_texts
from bot_integration.state.reasons import FailureReason, reason_of
from bot_integration.state.refusals import refusal_in
from core.manager import AnalyticsManager
from core.models import ActionType, Outcome
from core.text.command_names import is_slash_name

log = logging.getLogger(__name__)

Invocation: TypeAlias = discord.Interaction[Any] | commands.Context[Any]
"""What a command is called with: an interaction (slash, context menu), or a context (prefix, hybrid)."""

OWN: Final = {"botpulse": True}
"""What Botpulse's own commands have in their ``extras``: their refusals and errors are answered by us alone."""

_KEY: Final = "botpulse.run"
_SLASH: Final = discord.AppCommandType.chat_input.value
_LONGEST_PREFIX: Final = 20
_SUB_COMMANDS: Final = (
    discord.AppCommandOptionType.subcommand.value,
    discord.AppCommandOptionType.subcommand_group.value,
)


@dataclass(slots=True)
class CommandRun:
    """One run.

    Attributes:
        started: when it was entered, in seconds of a monotonic clock.
        entered: whether somebody will leave it, and so record it.
        failed: whether it is known to have failed.
        refused: what refused it before it began; empty where nothing did. It then counts as no run at all.
        error: what it failed by, or was refused by: the first that was heard of it; None where nothing was.
        completed: whether discord.py said that it ended well.
        recorded: whether it is in the statistics.
        refusal: words for the user that are still to be said, unless somebody else has answered by then.
        answered: whether there was an answer of some kind, a deferral say, already when it was refused.
        manager: takes it, also where the bot has given up Botpulse meanwhile; None: none was there at the beginning.
    """

    started: float = field(default_factory=time.perf_counter)
    entered: bool = False
    failed: bool = False
    refused: str = ""
    error: BaseException | str | None = None
    completed: bool = False
    recorded: bool = False
    refusal: str | None = None
    answered: bool = False
    manager: AnalyticsManager | None = None

    def end_by(self, error: BaseException) -> None:
        """Note the error that it ended by: a refusal, or a failure."""
        refused = refusal_in(error)
        self.refused = self.refused or refused
        self.failed = self.failed or not refused
        self.error = error if self.error is None else self.error


_of_contexts: Final[WeakKeyDictionary[commands.Context[Any], CommandRun]] = WeakKeyDictionary()


def mark_failed(invocation: Invocation, reason: BaseException | str | None = None) -> None:
    """Say that the command has failed, though it raises nothing: it has told the user about its error itself.

    From anywhere while the command runs, also deep inside of helpers; later it has no effect. ``reason`` is kept for
    the host: an exception, or words. Within an ``except`` block it is the exception that is handled, if left out.
    """
    run = current_run(invocation)
    run.failed = True
    run.error = run.error or reason or sys.exception()


def mark_refused(invocation: Invocation, reason: str = "refused") -> None:
    """Say that the command was not run, as this user may not, or not now; ``reason`` is a word or two for the host.

    It then counts neither as a run nor as an error, but as an activity, ``command_refused``.
    """
    run = current_run(invocation)
    run.refused = reason
    run.error = run.error or sys.exception()


def enter(invocation: Invocation) -> tuple[CommandRun, bool]:
    """Begin a run, or find the one that goes on; True if it was begun here, and so is to be left here."""
    run = current_run(invocation)
    if run.recorded:
        run = _keep(invocation, CommandRun())
    if run.entered:
        return run, False
    run.entered = True
    current_origin.set(_origin(invocation))
    with contextlib.suppress(NotInstalled):
        run.manager = installation_of(client_of(invocation)).manager
    return run, True


def _origin(invocation: Invocation) -> RequestOrigin:
    """Whose command it is, for what goes wrong deep within it; a bot's own kind of invocation may not tell."""
    try:
        return RequestOrigin(*_whence(invocation), _name(invocation))
    except Exception:
        return RequestOrigin()


def leave(invocation: Invocation, run: CommandRun, name: str = "") -> None:
    """Record a run that has ended, once. It never raises; ``name`` is used where the command has none."""
    if run.recorded:
        return
    run.recorded = True
    seconds = time.perf_counter() - run.started
    try:
        manager = run.manager or installation_of(client_of(invocation)).manager
        note_names(manager, invocation)
        if run.refused:
            _record_refusal(manager, invocation, name, run)
        else:
            _record(manager, invocation, name, seconds, run)
    except NotInstalled as fault:
        _tell_once(invocation, fault)
    except Exception:  # a bot's own kind of interaction or context: its command must not suffer from it
        log.exception("A command was not tracked")


def is_own(interaction: discord.Interaction[Any]) -> bool:
    """Whether the command is one of Botpulse's own."""
    extras = getattr(interaction.command, "extras", None)
    return isinstance(extras, dict) and OWN.items() <= extras.items()


def interaction_of(invocation: Invocation) -> discord.Interaction[Any] | None:
    """The interaction behind a command; None for a prefix command."""
    return invocation.interaction if isinstance(invocation, commands.Context) else invocation


def client_of(invocation: Invocation) -> discord.Client:
    """The bot that runs the command."""
    client: discord.Client = invocation.bot if isinstance(invocation, commands.Context) else invocation.client
    return client


def current_run(invocation: Invocation) -> CommandRun:
    """Return the run that goes on; a new one, not entered, where there is none."""
    interaction = interaction_of(invocation)
    if interaction is not None:
        run: CommandRun | None = interaction.extras.get(_KEY)
    else:
        run = _of_contexts.get(cast("commands.Context[Any]", invocation))
    return run if run is not None else _keep(invocation, CommandRun())


def _keep(invocation: Invocation, run: CommandRun) -> CommandRun:
    interaction = interaction_of(invocation)
    if interaction is not None:
        interaction.extras[_KEY] = run
    else:
        _of_contexts[cast("commands.Context[Any]", invocation)] = run
    return run


def _record(manager: AnalyticsManager, invocation: Invocation, name: str, seconds: float, run: CommandRun) -> None:
    user, guild, channel = _whence(invocation)
    called, outcome = _name(invocation) or name, Outcome.COMPLETED
    if run.failed or invocation.command_failed:
        reason = reason_of(run.error, cancelled=_was_swallowed(invocation, run))
        outcome = reason.outcome
        _record_reason(manager, invocation, called, reason)
    manager.track_command(called, user, guild, channel, seconds, outcome is Outcome.COMPLETED, outcome=outcome)


def _record_refusal(manager: AnalyticsManager, invocation: Invocation, name: str, run: CommandRun) -> None:
    user, guild, _ = _whence(invocation)
    called = _name(invocation) or name
    manager.track_user_activity(user, ActionType.COMMAND_REFUSED, guild, {"command": called, "reason": run.refused})
    _record_reason(manager, invocation, called, reason_of(run.error, refused=run.refused))


def _record_reason(manager: AnalyticsManager, invocation: Invocation, name: str, reason: FailureReason) -> None:
    user, guild, channel = _whence(invocation)
    track_once(
        manager,
        reason.error,
        reason.source,
        name,
        user,
        guild_id=guild,
        channel_id=channel,
        error_type=reason.error_type,
        message=reason.message,
        kind=reason.outcome,
        private=private_texts(invocation, reason.error),
    )


def _was_swallowed(invocation: Invocation, run: CommandRun) -> bool:
    """Whether discord.py ended a prefix or hybrid command that was cancelled: of that it tells nobody."""
    is_text = isinstance(invocation, commands.Context) or isinstance(
        getattr(invocation.command, "wrapped", None), commands.Command
    )
    return is_text and invocation.command_failed and not run.failed


def _whence(invocation: Invocation) -> tuple[int, int | None, int | None]:
    """The ids of user, server and channel."""
    interaction = interaction_of(invocation)
    if interaction is not None:
        return interaction.user.id, interaction.guild_id, interaction.channel_id
    context = cast("commands.Context[Any]", invocation)
    return context.author.id, context.guild.id if context.guild else None, context.channel.id


def _name(invocation: Invocation) -> str:
    """The full name of the command, as it is called: ``votes`` as a slash command, ``!votes`` by its prefix.

    Where the bot no longer has it, the name is what Discord called it.
    """
    command, interaction = invocation.command, interaction_of(invocation)
    if interaction is None:
        prefix = cast("commands.Context[Any]", invocation).prefix or ""
        called = "@" if prefix.startswith("<@") else prefix.strip()[:_LONGEST_PREFIX]
        return f"{called}{command.qualified_name}" if command is not None else ""
    data: Mapping[str, Any] = interaction.data or {}
    name = command.qualified_name if command is not None else _name_in(data)
    is_menu = data.get("type", _SLASH) != _SLASH
    return f"{name} (menu)" if is_menu and is_slash_name(name) else name


def _name_in(data: Mapping[str, Any]) -> str:
    names = [data.get("name", "")]
    options = data.get("options") or []
    while options and options[0].get("type") in _SUB_COMMANDS:
        names.append(options[0]["name"])
        options = options[0].get("options") or []
    return " ".join(names)


def _tell_once(invocation: Invocation, fault: NotInstalled) -> None:
    state = state_of(client_of(invocation))
    if not state.warned:
        state.warned = True
        log.warning("Commands are not tracked: %s", fault.words)
