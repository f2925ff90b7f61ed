"""Names by themselves: a bot's servers at its start, and new names of whom and what it has met."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord.ext import commands

from bot_integration.names import note_channel, note_guild, note_guilds, note_names, note_user, was_met
from bot_integration.state.bot_state import installation_of
from core.models import NameKind

_USED: Final = (discord.InteractionType.component, discord.InteractionType.modal_submit)


class NameTracking(commands.Cog):
    """Notes what a bot's servers are called, and renames, as far as its intents tell of them.

    Users, servers and channels of a command are noted with it (:mod:`bot_integration.state.command_run`), and so are
    those of a button or a form. A new name of somebody who was met since the start is noted at once (users: with the
    members intent), anybody else's with the next event. Strangers are never noted.
    """

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot) -> None:
        """Take a bot that is installed.

        Raises:
            NotInstalled: it is not.
        """
        self._bot = bot
        self._manager = installation_of(bot).manager

    async def cog_load(self) -> None:
        """Note the servers of a bot that is ready already, as far as it knows them."""
        if self._bot.is_ready():
            await note_guilds(self._manager, tuple(self._bot.guilds))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """The bot knows its servers."""
        await note_guilds(self._manager, tuple(self._bot.guilds))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A server has added the bot."""
        note_guild(self._manager, guild)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """A server has removed the bot: its name stays."""
        note_guild(self._manager, guild)

    @commands.Cog.listener()
    async def on_guild_update(self, _before: discord.Guild, after: discord.Guild) -> None:
        """A server has another name or icon, perhaps."""
        note_guild(self._manager, after)

    @commands.Cog.listener()
    async def on_user_update(self, _before: discord.User, after: discord.User) -> None:
        """A user has another name, perhaps."""
        if was_met(self._manager, NameKind.USER, after.id):
            note_user(self._manager, after)

    @commands.Cog.listener()
    async def on_guild_channel_update(self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel) -> None:
        """A channel has another name, perhaps."""
        if was_met(self._manager, NameKind.CHANNEL, after.id):
            note_channel(self._manager, after)

    @commands.Cog.listener()
    async def on_thread_update(self, _before: discord.Thread, after: discord.Thread) -> None:
        """A thread has another name, perhaps."""
        if was_met(self._manager, NameKind.CHANNEL, after.id):
            note_channel(self._manager, after)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody has pressed a button or sent a form off: what the bot tracks of it names them by their id."""
        if interaction.type in _USED:
            note_names(self._manager, interaction)
