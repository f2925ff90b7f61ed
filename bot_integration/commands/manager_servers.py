"""On which servers the managers' commands work: their answers are about all servers of the bot together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Final

import discord
from discord.ext import commands

from bot_integration.state.bot_state import Installation, installation_of

log = logging.getLogger(__name__)

OPEN_TO_STRANGERS: Final = (
    "The bot is on %d servers, and the administrators of each may see and delete the statistics of all. "
    "Say who may: await bot_integration.setup(bot, manager, manager_guilds=[…]) with the ids of your own servers, "
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
    discord.py's cache (the guilds intent); else, where neither was said, all.
    """
    if installation.manager_guilds is not None:
        return guild_id in installation.manager_guilds
    role_id = installation.manager_role_id
    if role_id is None or role_id in role_ids:
        return True
    guild = client.get_guild(guild_id)
    return guild is not None and guild.get_role(role_id) is not None


def watch_servers(bot: commands.Bot | commands.AutoShardedBot) -> Callable[[], None]:
    """Warn once, as soon as the bot knows its servers, where strangers' administrators may see all, or nobody may.

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
        wrong = len(bot.guilds) > 1
        if wrong:
            log.warning(OPEN_TO_STRANGERS, len(bot.guilds))
    return wrong
