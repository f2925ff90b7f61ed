"""Who may use the managers' commands: administrators of the host's servers, the managers' role, the bot's owners."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import discord
from discord import app_commands
from discord.ext import commands

from bot_integration.commands.manager_servers import owner_ids, works_on
from bot_integration.replies import answer_privately
from bot_integration.state.bot_state import Installation, NotInstalled, installation_of
from bot_integration.state.command_run import Invocation, client_of, current_run, enter, interaction_of, leave
from bot_integration.tracking.error_handlers import has_error_handler, hears_command_errors, hybrid_of
from bot_integration.tracking.method_patch import Method, wrap_method
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

Target = TypeVar("Target")

IN_DIRECT_MESSAGES: Final = _(
    "This command works only on a server, because it depends on the role that you have there. "
    "Please use it in a channel of the server."
)
NOT_A_MANAGER: Final = _(
    "This command is for administrators of this server and for those who have the bot managers' role. "
    "If you should have it, please ask an administrator."
)
NOT_AN_OWNER: Final = _(
    "This command is for the owner of this bot, because it tells about everything that the bot does. If that is you, "
    "please use the account that owns the bot's application; how others may use it stands in the bot's log."
)
NOT_ON_THIS_SERVER: Final = _(
    "This command does not work on this server: it tells about everything that the bot does, and so it is kept to the "
    "server of those who run the bot. If that is you, please use it there."
)

ADMINISTRATORS: Final = discord.Permissions(administrator=True)
"""What Discord is told at first: it then offers the command to administrators only."""


class AnalyticsPermissionDenied(app_commands.CheckFailure, commands.CheckFailure):
    """The user may not use this command, here. It is a check failure of slash and of prefix commands.

    Attributes:
        words: why, for the user; ``str()`` gives the same.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__(words)


_REASON: Final = AnalyticsPermissionDenied.__name__


def has_analytics_permission() -> Callable[[Target], Target]:
    """Let only managers run a command (the seed's section "Adding New Commands"): role by id, or administrator.

    An administrator of any server will not do, as anybody is one of their own: it has to be the managers' role's server
    or one of those that ``setup`` was told of (:func:`bot_integration.commands.manager_servers.works_on`), and the bot
    has to be a member of it. Where neither was said, only those may whose bot it is
    (:func:`bot_integration.commands.manager_servers.owner_ids`).

    It goes on functions and methods that become slash, context-menu, hybrid or prefix commands, on such commands
    themselves, and on an ``app_commands.Group`` (instance or class: then all commands in it are guarded; a group within
    a group that is not a class of its own, and is added later, wants its own).

    Whoever may not is told so privately; it counts as a refusal, and error handlers get
    :class:`AnalyticsPermissionDenied` (of a hybrid command in a ``HybridCommandError``). A slash command's handler may
    answer in our place. Where a prefix command has a handler, its own, its cog's, or the bot's ``on_command_error``,
    the answer is left to that; and to the last where a hybrid command is used as a slash command.

    Discord itself is told to offer the command only on servers that the bot was added to, not through an app that users
    have added to their own account, and only to administrators (``default_member_permissions``), unless you have said
    otherwise. Discord can't be told of a role there: where a
    managers' role is set, :func:`show_to_role` lifts the second limit, so that those who have the role see the command;
    others see it too, and are refused. A server's administrators can narrow that for their server, in its settings
    under Integrations.
    """

    def decorate(target: Target) -> Target:
        if isinstance(target, app_commands.Group) or _is_group_class(target):
            _guard_group(target)
        else:
            _guard_command(target)
        _limit(target)
        return target

    return decorate


def require_permission(invocation: Invocation) -> None:
    """Return where the user is a manager, on the server that this comes from. It asks nobody, and tells nobody.

    It goes by what Discord sent with the interaction or message, so it needs no members intent. Only whether a server
    is the one of the managers' role is looked up in the cache.

    Raises:
        AnalyticsPermissionDenied: they are not, the commands do not work on this server, or this is a direct message.
    """
    asked = interaction_of(invocation) or invocation
    user = asked.user if isinstance(asked, discord.Interaction) else asked.author
    if isinstance(asked, discord.Interaction):
        guild_id = asked.guild_id
    else:
        guild_id = asked.guild.id if asked.guild is not None else None
    if guild_id is None:
        raise AnalyticsPermissionDenied(IN_DIRECT_MESSAGES)
    if isinstance(asked, discord.Interaction) and not asked.is_guild_integration():
        # A user has added the app to their account: they bring it to servers that never added the bot.
        raise AnalyticsPermissionDenied(NOT_ON_THIS_SERVER)
    client, role_ids = client_of(invocation), _role_ids(user)
    installed = _installed(client)
    if installed is None or not installed.names_managers:
        if user.id not in owner_ids(client):
            raise AnalyticsPermissionDenied(NOT_AN_OWNER)
        return
    if not works_on(client, installed, guild_id, role_ids):
        raise AnalyticsPermissionDenied(NOT_ON_THIS_SERVER)
    if installed.manager_role_id not in role_ids and not asked.permissions.administrator:
        raise AnalyticsPermissionDenied(NOT_A_MANAGER)


async def permitted(invocation: Invocation) -> bool:
    """The check itself: True, or the user is told, and it is counted as a refusal.

    Raises:
        AnalyticsPermissionDenied: the user may not.
    """
    try:
        require_permission(invocation)
    except AnalyticsPermissionDenied as denied:
        if _is_run(invocation):
            await _refused(invocation, denied.words)
        raise
    return True


def show_to_role(tree: app_commands.CommandTree[Any], manager_role_id: int | None) -> Callable[[], None]:
    """Where there is a managers' role, let Discord show the guarded commands to all members, at every sync from now on.

    Only the limit to administrators is lifted that :func:`has_analytics_permission` has set; a limit of your own stays.
    Return what puts everything back.
    """
    if manager_role_id is None:
        return lambda: None
    shown: list[Any] = []

    def show(guild: discord.abc.Snowflake | None) -> None:
        hidden = [each for each in tree.get_commands(guild=guild) if _is_hidden(each)]
        for command in hidden:
            command.default_permissions = None
        shown.extend(hidden)

    def showing(sync: Method) -> Method:
        async def show_and_sync(*, guild: discord.abc.Snowflake | None = None) -> Any:
            show(guild)
            return await sync(guild=guild)

        return show_and_sync

    def put_back() -> None:
        stop()
        for command in shown:
            command.default_permissions = ADMINISTRATORS

    stop = wrap_method(tree, "sync", showing)
    show(None)
    return put_back


def _is_run(invocation: Invocation) -> bool:
    """Whether the guarded command itself is run, not only asked about, as a help command does of all there are.

    While a prefix command is asked about, discord.py lets it pass for the one that is run; the word typed stays.
    """
    interaction = interaction_of(invocation)
    if interaction is not None:
        return _guards(interaction.command)
    if not isinstance(invocation, commands.Context) or invocation.command is None:
        return False
    names = (invocation.command.name, *invocation.command.aliases)
    return (invocation.invoked_with or "").lower() in [name.lower() for name in names]


async def _refused(invocation: Invocation, words: str) -> None:
    """Leave the answer to whoever watches the run's end, as the bot's error handlers come first; else answer now."""
    run, interaction = current_run(invocation), interaction_of(invocation)
    if run.entered and not run.recorded and interaction is not None:
        run.refused = _REASON
        run.refusal = words
        run.answered = interaction.response.is_done()
        return
    run, begun = enter(invocation)
    run.refused = _REASON
    if begun:
        leave(invocation, run)
    if not _left_to_the_bot(invocation):
        await answer_privately(invocation, words)


def _left_to_the_bot(invocation: Invocation) -> bool:
    """Whether a handler of the bot's own will hear of this refusal of a prefix or hybrid command, and so answers."""
    command = invocation.command if isinstance(invocation, commands.Context) else hybrid_of(invocation)
    return command is not None and (has_error_handler(command) or hears_command_errors(client_of(invocation)))


def _installed(client: discord.Client) -> Installation | None:
    try:
        return installation_of(client)
    except NotInstalled as fault:
        log.warning("Only the bot's owners are let through, and nobody else: %s", fault.words)
        return None


def _role_ids(user: discord.User | discord.Member | discord.ClientUser) -> frozenset[int]:
    """The ids of a member's roles.

    ``_roles`` is private, but ``roles`` knows nothing of a server that is not in the cache. Without it (discord.py 2.4
    to 2.7 have it) those servers' managers would be refused.
    """
    sent = getattr(user, "_roles", None)
    return frozenset(sent) if sent is not None else frozenset(role.id for role in getattr(user, "roles", ()))


def _is_group_class(target: object) -> bool:
    return isinstance(target, type) and issubclass(target, app_commands.Group)


def _guard_command(target: Any) -> None:
    if isinstance(target, type):
        raise TypeError("@has_analytics_permission() goes on commands and on groups of slash commands, not on a cog")
    app_commands.check(permitted)(_slash_part(target))
    if not isinstance(target, app_commands.Command | app_commands.ContextMenu):
        commands.check(permitted)(target)  # it may become a prefix command, or a hybrid one


def _guard_group(group: Any) -> None:
    """discord.py asks ``interaction_check`` of a command's own group, and of the class whose methods it is among."""
    original: Callable[..., Awaitable[bool]] = group.interaction_check

    async def interaction_check(*args: Any) -> bool:
        return await permitted(args[-1]) and await original(*args)

    interaction_check.guards_analytics = True  # type: ignore[attr-defined]
    group.interaction_check = interaction_check
    if isinstance(group, app_commands.Group):
        for inner in group.commands:
            if isinstance(inner, app_commands.Group):
                _guard_group(inner)


def _limit(target: Any) -> None:
    """Tell Discord whom to offer it to, and where, unless the bot has said so itself further down."""
    part = _slash_part(target)
    said = (
        getattr(part, name, None) for name in ("default_permissions", "__discord_app_commands_default_permissions__")
    )
    if not any(isinstance(each, discord.Permissions) for each in said):
        app_commands.default_permissions(administrator=True)(part)
    app_commands.guild_only()(part)
    app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)(part)
    app_commands.allowed_installs(guilds=True, users=False)(part)


def _slash_part(target: Any) -> Any:
    """What Discord knows of a hybrid command; anything else is itself."""
    return getattr(target, "app_command", None) or target


def _is_hidden(command: Any) -> bool:
    return command.default_permissions == ADMINISTRATORS and _guards(command)


def _guards(command: Any) -> bool:
    """Whether a command, or a group, is only for managers."""
    if permitted in getattr(command, "checks", ()):
        return True
    asked = (command, getattr(command, "parent", None), getattr(command, "binding", None))
    return any(hasattr(getattr(each, "interaction_check", None), "guards_analytics") for each in asked)
