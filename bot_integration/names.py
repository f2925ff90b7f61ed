"""What users, servers and channels are called by now, noted with the events that they are met in.

A person is one row, whatever their names on single servers: noted is the name that they chose for all of Discord, else
their user name. It knows no discord.py: what it is handed has the attributes of Discord's things, or it has none.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

from core.manager import AnalyticsManager
from core.models import NameKind

log = logging.getLogger(__name__)

MOST_GUILDS: Final = 20_000
"""Servers that are noted at a start; a single process of a bot has some thousands at most."""

_HELD_SECONDS: Final = 0.000_3
"""How long the event loop is held up by servers before everybody else has a turn."""

_MOST_REMEMBERED: Final = 50_000

_USER: Final = NameKind.USER.value
_GUILD: Final = NameKind.GUILD.value
_CHANNEL: Final = NameKind.CHANNEL.value

_met: Final[WeakKeyDictionary[AnalyticsManager, set[tuple[str, int]]]] = WeakKeyDictionary()


def note_names(manager: AnalyticsManager, source: Any) -> None:
    """Note whom an event came from, and where: of an interaction, a context, a message. It never raises."""
    try:
        note_user(manager, getattr(source, "user", None) or getattr(source, "author", None))
        guild = getattr(source, "guild", None)
        if guild is not None:  # a channel of direct messages is called as its user
            note_guild(manager, guild)
            note_channel(manager, getattr(source, "channel", None))
    except Exception as error:  # a bot's own kind of interaction or context
        log.debug("a name was not noted: %r", error)


def note_user(manager: AnalyticsManager, user: Any) -> None:
    """Note what a user or a member is called; nothing where that is not known."""
    _note(manager, _USER, user, getattr(user, "global_name", None) or getattr(user, "name", None))


def note_guild(manager: AnalyticsManager, guild: Any) -> None:
    """Note what a server is called, and which icon it has."""
    _note(manager, _GUILD, guild, getattr(guild, "name", None), getattr(getattr(guild, "icon", None), "key", None))


def note_channel(manager: AnalyticsManager, channel: Any) -> None:
    """Note what a server's channel or thread is called, with the sign that Discord puts before it."""
    name = getattr(channel, "name", None)
    _note(manager, _CHANNEL, channel, f"#{name}" if name else None)


async def note_guilds(manager: AnalyticsManager, guilds: Iterable[Any]) -> None:
    """Note many servers, some at a time: in between everything else in the event loop has its turn."""
    ends = time.perf_counter() + _HELD_SECONDS
    for number, guild in enumerate(guilds):
        if number >= MOST_GUILDS:
            log.info("the names of servers beyond %d are noted as their events come", MOST_GUILDS)
            return
        note_guild(manager, guild)
        if time.perf_counter() >= ends:
            await asyncio.sleep(0)
            ends = time.perf_counter() + _HELD_SECONDS


def was_met(manager: AnalyticsManager, kind: str, number: int) -> bool:
    """Whether a name of this id was noted since the start: whom nobody met is not noted because of a new name."""
    return (kind, number) in _met.get(manager, ())


def forget_met(manager: AnalyticsManager, user_id: int) -> None:
    """A user counts as one whom nobody met."""
    _met.get(manager, set()).discard((_USER, user_id))


def _note(manager: AnalyticsManager, kind: str, what: Any, name: object, icon: object = None) -> None:
    number = getattr(what, "id", None)
    if not isinstance(number, int) or not isinstance(name, str) or not name:
        return
    met = _met.get(manager)
    if met is None:
        met = _met[manager] = set()
    if len(met) >= _MOST_REMEMBERED:
        met.clear()
    met.add((kind, number))
    manager.note_name(kind, number, name, icon if isinstance(icon, str) else None)
