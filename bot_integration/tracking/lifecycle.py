"""The bot's own life into ``user_activity``: start, shutdown, reconnects, servers that it joins and leaves."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import platform
import time
import uuid
from contextlib import ExitStack
from typing import Any, Final

import discord
from discord.ext import commands

from bot_integration.state.bot_state import installation_of, state_of
from bot_integration.tracking.method_patch import Method, wrap_method
from bot_integration.tracking.termination import close_when_terminated
from core.models import ActionType

log = logging.getLogger(__name__)

_FLUSH_SECONDS: Final = 2.0
"""So long a bot waits at most, when it closes, for the last events to be on disk; the manager goes on trying."""


class BotLifecycle(commands.Cog):
    """Records the life of the bot that it is added to, under the bot's own user id.

    - ``bot_start`` when it is ready for the first time; details: versions, number of servers, shards, and what tells
      this process from others of the same bot: ``life``, and ``shard_ids`` where it has some of the shards.
    - ``bot_shutdown`` when ``bot.close()`` is called, as ``bot.run()`` and ``async with bot`` do, at Ctrl+C too; it is
      on disk before the bot is closed; it names the same ``life``. SIGTERM closes the bot, too
      (:mod:`.termination`). A process that is killed otherwise records none: that is how a crash is known.
    - ``bot_reconnect`` each time the gateway is back; details: cause (``resumed``, or ``new session``), ``away`` in
      seconds where it is known, shard.
    - ``guild_join``, ``guild_leave``; details: name and number of members. A server that Discord only can't reach for a
      while neither leaves nor joins.

    The installation's ComfyUI is closed with the bot, and before it: who waits for an image can still be told.
    """

    def __init__(self, bot: commands.Bot | commands.AutoShardedBot, *, close_at_sigterm: bool = True) -> None:
        """Take a bot that is installed; ``close_at_sigterm`` says whether SIGTERM is to close it.

        Raises:
            NotInstalled: it is not.
        """
        self._bot = bot
        self._installation = installation_of(bot)
        self._manager = self._installation.manager
        self._state = state_of(bot)
        self._sharded = isinstance(bot, discord.AutoShardedClient)
        self._close_at_sigterm = close_at_sigterm
        self._undo = ExitStack()

    async def cog_load(self) -> None:
        """Begin; a bot that is ready already has started just now, as far as the statistics go."""
        self._undo.callback(wrap_method(self._bot, "close", self._recording_shutdown))
        if self._close_at_sigterm:
            self._undo.callback(close_when_terminated(self._bot))
        if self._bot.is_ready():
            self._start()

    async def cog_unload(self) -> None:
        """Put ``bot.close`` and SIGTERM back."""
        self._undo.close()

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """The bot is ready: for the first time, or with a new session after the old one could not be resumed."""
        if not self._state.started:
            self._start()
        elif not self._sharded:
            self._back("new session", None)

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """A shard has a session: one of many at the start, or a new one."""
        if self._state.started:
            self._back("new session", shard_id)

    @commands.Cog.listener()
    async def on_resumed(self) -> None:
        """The session goes on after an interruption."""
        if not self._sharded:
            self._back("resumed", None)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        """A shard's session goes on after an interruption."""
        self._back("resumed", shard_id)

    @commands.Cog.listener()
    async def on_disconnect(self) -> None:
        """The gateway is lost; discord.py says so at every attempt in vain, too."""
        if not self._sharded:
            self._state.lost.setdefault(None, time.monotonic())

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        """A shard is cut off."""
        self._state.lost.setdefault(shard_id, time.monotonic())

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """A server has added the bot."""
        self._track(ActionType.GUILD_JOIN, _described(guild), guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """A server has removed the bot, or is gone."""
        self._track(ActionType.GUILD_LEAVE, _described(guild), guild.id)

    def _start(self) -> None:
        if self._state.started:
            return
        self._state.started = True
        self._state.lost.clear()
        counts = {"guilds": len(self._bot.guilds), "shards": self._bot.shard_count or 1}
        self._state.life = uuid.uuid4().hex[:12]
        self._track(ActionType.BOT_START, {**self._whose(), **_VERSIONS, **counts})

    def _back(self, cause: str, shard: int | None) -> None:
        details: dict[str, Any] = {"cause": cause}
        lost = self._state.lost.pop(shard, None)
        if lost is not None:
            details["away"] = round(time.monotonic() - lost, 1)
        if shard is not None:
            details["shard"] = shard
        self._track(ActionType.BOT_RECONNECT, details)

    def _recording_shutdown(self, close: Method) -> Method:
        async def record_and_close() -> None:
            # Before the bot is closed: as soon as it is, bot.run() may end, and with it whoever waits for close().
            try:
                await self._end()
                if self._installation.comfyui is not None:
                    await self._installation.comfyui.close()
            finally:
                await close()

        return record_and_close

    async def _end(self) -> None:
        if not self._state.started:
            return
        self._state.started = False
        self._track(ActionType.BOT_SHUTDOWN, self._whose())
        if not await asyncio.to_thread(self._manager.flush, _FLUSH_SECONDS):
            log.warning("The bot's shutdown is not on disk yet: the database could not be written in time")

    def _whose(self) -> dict[str, Any]:
        """What tells this process from others of the same bot, and from what ran here before."""
        one, several = self._bot.shard_id, getattr(self._bot, "shard_ids", None)
        shards = sorted(several) if several else [one] if one is not None else []
        return {"life": self._state.life} | ({"shard_ids": shards} if shards else {})

    def _track(self, action: ActionType, details: object = None, guild_id: int | None = None) -> None:
        user = self._bot.user
        self._manager.track_user_activity(user.id if user is not None else "", action, guild_id, details)


def _described(guild: discord.Guild) -> dict[str, Any]:
    return {"name": guild.name, "members": guild.member_count}


def _version() -> str:
    try:
        return importlib.metadata.version("botpulse")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


_VERSIONS: Final = {"python": platform.python_version(), "discord.py": discord.__version__, "botpulse": _version()}
