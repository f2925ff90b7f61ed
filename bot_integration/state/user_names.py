"""Names of users, where they are known: from the bot's cache, then as they are stored, then with a few requests.

These must not take long. Stored is also what those are called who have left, of whom Discord tells nothing any more.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any, Final

import discord

from core.text.formatting import one_line, short_id

log = logging.getLogger(__name__)

MOST_FETCHED: Final = 5
"""Requests to Discord for one answer."""

FETCH_SECONDS: Final = 3.0
_REMEMBERED: Final = 1_000
_REMEMBERED_SECONDS: Final = 3_600.0
_LONGEST_NAME: Final = 32


class Names:
    """Remembers for an hour what Discord said, the unknown ones too, so that nobody is asked for twice."""

    def __init__(self) -> None:
        self._heard: dict[tuple[int, int], tuple[str | None, float]] = {}

    def heard(self, guild: int, user: int) -> tuple[bool, str | None]:
        """Whether Discord was asked for a member, and the name that it told."""
        name, until = self._heard.get((guild, user), (None, 0.0))
        return (True, name) if time.monotonic() < until else (False, None)

    def remember(self, guild: int, user: int, name: str | None) -> None:
        """Keep what Discord said; the oldest goes where there are too many."""
        self._heard.pop((guild, user), None)
        while len(self._heard) >= _REMEMBERED:
            del self._heard[next(iter(self._heard))]
        self._heard[guild, user] = (name, time.monotonic() + _REMEMBERED_SECONDS)

    def forget(self, user: int) -> None:
        """Keep nothing of a user, on any server."""
        for known in [each for each in self._heard if each[1] == user]:
            del self._heard[known]


class Naming:
    """Names users for one answer: called with an id it returns a name at once, the end of the id where none is known.

    ``missing`` are the members that Discord was not asked for yet.
    """

    def __init__(
        self, names: Names, interaction: discord.Interaction[Any], stored: Mapping[str, str] | None = None
    ) -> None:
        """Take what Discord said before, whom to ask, and the names that are stored, by id."""
        self._names = names
        self._stored = stored or {}
        self._client = interaction.client
        self._guild = interaction.guild
        self.missing: dict[int, None] = {}

    def __call__(self, user_id: str) -> str:
        """The name to show, on one line; whoever shows it escapes it."""
        number = _snowflake(user_id)
        name = None if number is None else self._known(number)
        return one_line(name, _LONGEST_NAME) if name else short_id(user_id)

    async def fetch(self) -> bool:
        """Ask Discord for the missing ones, a few at most; tells whether a name was learnt.

        It ends after :data:`FETCH_SECONDS`, with what has come by then.
        """
        guild = self._guild
        if guild is None or not self.missing:
            return False
        tasks = [asyncio.create_task(self._learn(guild, number)) for number in list(self.missing)[:MOST_FETCHED]]
        self.missing.clear()
        try:
            done, _ = await asyncio.wait(tasks, timeout=FETCH_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
        return any(task.result() for task in done)

    def _known(self, number: int) -> str | None:
        """From the bot's cache, as Discord said before, or as it is stored."""
        met = (self._guild.get_member(number) if self._guild else None) or self._client.get_user(number)
        stored = self._stored.get(str(number))
        if met is not None or self._guild is None:
            return met.display_name if met else stored
        asked, name = self._names.heard(self._guild.id, number)
        if not asked and not stored:
            self.missing[number] = None
        return name or stored

    async def _learn(self, guild: discord.Guild, number: int) -> bool:
        try:
            name: str | None = (await guild.fetch_member(number)).display_name
        except discord.NotFound:
            name = None
        except (discord.HTTPException, OSError) as error:
            log.debug("the name of a member stays unknown: %s", error)
            return False
        self._names.remember(guild.id, number, name)
        return name is not None


def _snowflake(user_id: str) -> int | None:
    """What is stored came from outside: only what can be a user's id is asked for."""
    return int(user_id) if user_id.isascii() and user_id.isdecimal() and 15 <= len(user_id) <= 19 else None
