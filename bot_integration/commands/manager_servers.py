"""Where the managers' commands work, and whose bot it is: their answers are about all servers of the bot together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Final

import discord
from discord.ext import commands

from bot_integration.state.bot_state import Installation, installation_of

log = logging.getLogger(__name__)

_DEVELOPERS: Final = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)

OWNERS_ONLY: Final = (
    "Only the owner of the bot's application, or its team, may use the managers' commands, as setup was not told who "
    "else may. To let the administrators of your own servers use them: "
    "await bot_integration.setup(bot, manager, manager_guilds=[…]) with the ids of these servers, "
    "or manager_role_id=… with a role's id"
)
NONE_NAMED: Final = (
    "The bot is on none of the servers that setup was given as manager_guilds (%s), so nobody may use the managers' "
    "commands. Are these the ids of servers?"
)
ROLE_NOWHERE: Final = (
    "None of the bot's servers has the managers' role %d, so nobody may use the managers' commands. "
    "Is this the id of a role, and has the bot the guilds intent? Else give setup manager_guilds=[…]"
)


def works_on(client: discord.Client, installation: Installation, guild_id: int, role_ids: Collection[int]) -> bool:
    """Whether a server is one whose managers count: not every one is, as anybody may add a bot to theirs.

    Those are that were named; else the one that the managers' role belongs to, which the user has, or which is in
    discord.py's cache (the guilds intent). Where neither was said, every one does, for the bot's owners alone.
    """
    if installation.manager_guilds is not None:
        return guild_id in installation.manager_guilds
    role_id = installation.manager_role_id
    if role_id is None or role_id in role_ids:
        return True
    guild = client.get_guild(guild_id)
    return guild is not None and guild.get_role(role_id) is not None


def owner_ids(client: discord.Client) -> frozenset[int]:
    """Return whose bot it is: whom it names as its owners itself, else those whom Discord does.

    That is the application's owner, or of its team whoever may develop it. Nobody before the bot has logged in.
    """
    named = getattr(client, "owner_id", None), *(getattr(client, "owner_ids", None) or ())
    if any(named):
        return frozenset(each for each in named if each)
    application = client.application
    if application is None:
        return frozenset()
    if application.team is None:
        return frozenset((application.owner.id,))
    members = (each for each in application.team.members if each.role in _DEVELOPERS)
    joined = (each for each in members if each.membership_state is discord.TeamMembershipState.accepted)
    return frozenset(each.id for each in joined)


def watch_servers(bot: commands.Bot | commands.AutoShardedBot) -> Callable[[], None]:
    """Warn once, as soon as the bot knows its servers, where only its owners are managers, or nobody is.

    Return what stops it.
    """
    installation, warned = installation_of(bot), False

    async def look(_guild: discord.Guild | None = None) -> None:
        nonlocal warned
        if not warned and bot.is_ready():
            warned = _warn(bot, installation)

    events = ("on_ready", "on_guild_join")

    def stop() -> None:
        for event in events:
            bot.remove_listener(look, event)

    for event in events:
        bot.add_listener(look, event)
    if bot.is_ready():
        warned = _warn(bot, installation)
    return stop


def _warn(bot: discord.Client, installation: Installation) -> bool:
    """Whether there was something to warn of."""
    role_id, named = installation.manager_role_id, installation.manager_guilds
    if named is not None:
        wrong = bool(bot.guilds) and not any(guild.id in named for guild in bot.guilds)
        if wrong:
            log.warning(NONE_NAMED, ", ".join(map(str, sorted(named))))
    elif role_id is not None:
        wrong = bool(bot.guilds) and not any(guild.get_role(role_id) for guild in bot.guilds)
        if wrong:
            log.warning(ROLE_NOWHERE, role_id)
    else:
        wrong = True
        log.warning(OWNERS_ONLY)
    return wrong
