"""The loopback Discord: starts the server in a thread of its own, and lets a test act as its people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar

import yarl

from tests.bot_integration.loopback.acting import click_data, modal_data, require_visible, select_data
from tests.bot_integration.loopback.channel_routes import ChannelRoutes
from tests.bot_integration.loopback.commands import NotOffered, Offer, Registry, Value, offer, offered_names
from tests.bot_integration.loopback.gateway import Gateway
from tests.bot_integration.loopback.hosting import Hosting
from tests.bot_integration.loopback.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Invocation,
)
from tests.bot_integration.loopback.messages import Message, Posted
from tests.bot_integration.loopback.people import Channel, Guild, Member, Person, Role
from tests.bot_integration.loopback.replies import Reply
from tests.bot_integration.loopback.rest import PREFIX, Rest
from tests.bot_integration.loopback.world import ATTACHMENT_LIMIT, Fault, World

T = TypeVar("T")


class _Direct(Enum):
    DM = "direct messages"


DM: Final = _Direct.DM
"""The place of a person's direct messages with the bot."""

Place: TypeAlias = Guild | Channel | _Direct
Seen: TypeAlias = Posted | Reply | Invocation
"""A message that a person sees: as it was posted, or as the answer to an interaction."""


class LoopbackDiscord:
    """A Discord on 127.0.0.1; a context manager. All methods may be called from the test's thread.

    Args:
        heartbeat_seconds: how often a client must send a sign of life.
        attachment_limit: bytes that one file may have.

    Attributes:
        world: what it knows.
        token: what a bot logs in with.
        bot: the bot as a person.
        gateway_log: what happened on the gateway: "IDENTIFY", "RESUME", "INVALID SESSION", "CLOSED 1000".
    """

    def __init__(self, *, heartbeat_seconds: float = 41.25, attachment_limit: int = ATTACHMENT_LIMIT) -> None:
        self.world = World(attachment_limit=attachment_limit)
        self.registry = Registry(self.world)
        self.gateway = Gateway(self.world, heartbeat_seconds)
        self._channels = ChannelRoutes(self.world, self.gateway)
        self.world.announce = self._channels.announce
        rest = Rest(self.world, self.registry, self.gateway, self._channels)
        self._hosting = Hosting(rest.application())
        self._do = self._hosting.do

    # Life

    def __enter__(self) -> Self:
        self.world.base = self._hosting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._hosting.wait(self.gateway.close())
        finally:
            self._hosting.stop()

    @property
    def rest_url(self) -> str:
        return self.world.base + PREFIX

    @property
    def gateway_url(self) -> str:
        return self.world.base.replace("http", "ws", 1) + "/gateway"

    @contextmanager
    def patch(self) -> Iterator[None]:
        """Point discord.py here: every client that is made within logs in to this server."""
        from discord import utils
        from discord.gateway import DiscordWebSocket
        from discord.http import Route

        before = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, utils._ActiveDecompressionContext
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = self.rest_url, yarl.URL(self.gateway_url)
        zlib = getattr(utils, "_ZlibDecompressionContext", None)
        if zlib is not None:
            utils._ActiveDecompressionContext = zlib
        try:
            yield
        finally:
            Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, utils._ActiveDecompressionContext = before

    # Waiting and looking

    def wait_for(self, condition: Callable[[], T], timeout: float = 10.0, what: str = "It did not come to that") -> T:
        """Wait until the condition gives something true, and return that; else TimeoutError."""
        return self.world.wait_for(condition, timeout, lambda: f"{what}; refused so far: {self.violations}")

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def bot(self) -> Person:
        return self.world.bot

    @property
    def violations(self) -> list[str]:
        """One line for each payload that Discord would have refused, or shown without its picture."""
        return self.world.violations

    @property
    def requests(self) -> list[str]:
        """ "METHOD /path" of every request, in order."""
        return self.world.requests

    @property
    def failures(self) -> list[str]:
        """ "METHOD /path status" of every request that :meth:`fail_next` let fail."""
        return self.world.failures

    @property
    def gateway_log(self) -> list[str]:
        return self.gateway.log

    @property
    def connected(self) -> bool:
        """Whether the bot is on the gateway."""
        return self.gateway.connected

    def commands(self, guild: Guild | None = None) -> list[dict[str, Any]]:
        """The commands that the bot has synchronised, in Discord's JSON; of a server, or everywhere."""
        return self._do(lambda: self.registry.all(guild.id if guild is not None else None))

    def offered(self, person: Person, where: Place) -> list[str]:
        """The names of the slash commands that a person's client lists there."""
        return self._do(lambda: offered_names(self.registry, person, self._channel(person, where)))

    def messages(self, where: Channel | Guild) -> list[Posted]:
        """What stands in a channel, oldest first; private answers and deleted messages left out."""
        channel = where.channel if isinstance(where, Guild) else where

        def look() -> list[Posted]:
            seen = [each for each in self.world.messages.values() if each.channel is channel]
            return [each.posted() for each in seen if not each.deleted and not each.ephemeral]

        return self._do(look)

    # People and places; each may be made before or after the bot has come

    def person(self, name: str, display_name: str | None = None, *, accepts_messages: bool = True) -> Person:
        """A new user."""

        def make() -> Person:
            person = self.world.add_person(name, display_name)
            person.accepts_messages = accepts_messages
            return person

        return self._do(make)

    def guild(self, name: str, *members: Person, owner: Person | None = None) -> Guild:
        """A new server with these members and the bot; a connected bot is told that it was added."""

        def make() -> Guild:
            guild = self.world.add_guild(name, members, owner)
            self.gateway.guild_joined(guild)
            return guild

        return self._do(make)

    def strange_guild(self, name: str, owner: Person) -> Guild:
        """A new server that the bot is not in: it hears of it only through a person who has added the app."""

        def make() -> Guild:
            guild = self.world.add_guild(name, (), owner)
            del guild.members[self.bot.id], self.world.guilds[guild.id]
            return guild

        return self._do(make)

    def add_app(self, person: Person) -> None:
        """A person adds the app to their own account, and so brings its commands to wherever they are."""
        self._do(lambda: self.world.installed_by.add(person.id))

    def role(self, guild: Guild, name: str, *members: Person, permissions: int = 0) -> Role:
        """A new role of a server, given to some of its members. Make it before the bot comes."""
        return self._do(lambda: self.world.add_role(guild, name, permissions, members))

    def join(self, guild: Guild, person: Person, *roles: Role, nick: str | None = None) -> None:
        """A person becomes a member of a server, without the bot being told."""
        self._do(lambda: guild.members.__setitem__(person.id, Member(person, list(roles), nick)))

    def channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel of a server. Make it before the bot comes."""
        return self._do(lambda: self.world.add_channel(guild, name))

    def direct(self, person: Person) -> Channel:
        """The direct messages between the bot and a person."""
        return self._do(lambda: self.world.direct(person))

    def leave(self, guild: Guild) -> None:
        """The bot is removed from a server."""

        def remove() -> None:
            del self.world.guilds[guild.id]
            self.gateway.guild_left(guild)

        self._do(remove)

    def outage(self, guild: Guild) -> None:
        """Discord can't reach a server for a while: no leaving."""
        self._do(lambda: self.gateway.guild_left(guild, outage=True))

    def outage_over(self, guild: Guild) -> None:
        """The server is there again: no joining."""
        self._do(lambda: self.gateway.guild_joined(guild, again=True))

    def rename(self, what: Guild | Channel | Person, name: str) -> None:
        """A server, a channel of one, or a person (their display name) is called otherwise from now on."""

        def change() -> None:
            if isinstance(what, Person):
                what.display_name = name
            else:
                what.name = name
            self.gateway.renamed(what)

        self._do(change)

    def allow(self, guild: Guild, command: str, who: Role | Person, *, allowed: bool = True) -> None:
        """Set in the server's settings who may use a command, whatever its default permissions say."""
        self._do(lambda: self.registry.overrides.setdefault((guild.id, command), {}).__setitem__(who.id, allowed))

    # Faults

    def advance(self, seconds: float) -> None:
        """Put the clock of the deadlines forward: 3 s for a first answer, 15 min for the rest."""
        self._do(lambda: self.world.advance(seconds))

    def fail_next(
        self,
        method: str,
        path: str,
        status: int,
        *,
        times: int = 1,
        retry_after: float = 0.05,
        everywhere: bool = False,
    ) -> None:
        """Let the next requests fail whose path (below /api/v10) contains a match of the regular expression.

        429 carries the headers and the body that make discord.py wait ``retry_after`` seconds (``everywhere``: the
        global limit); a 500 makes it wait 1 s, then 3 s, 5 s ...; its own time, which can't be shortened.
        """
        fault = Fault(method, re.compile(path), status, times, retry_after, everywhere)
        self._do(lambda: self.world.faults.append(fault))

    def drop_gateway(self, *, resumable: bool = True, politely: bool = False) -> None:
        """Close the bot's connection (or ask it to reconnect): it resumes, or must identify anew."""
        self._hosting.wait(self.gateway.drop(resumable=resumable, politely=politely))

    # What people do

    def slash(
        self, person: Person, command: str, *, where: Place, options: Mapping[str, Value] | None = None
    ) -> Invocation:
        """A person runs a slash command ("stats", or with its group "queue status").

        Raises:
            NotOffered: a client would not let them.
        """

        def act() -> Invocation:
            channel = self._channel(person, where)
            chosen = offer(self.registry, person, command, options or {}, channel)
            return self._invoke(COMMAND, person, channel, chosen)

        return self._do(act)

    def autocomplete(
        self, person: Person, command: str, focused: str, text: str, *, where: Place, **options: Value
    ) -> Invocation:
        """A person types ``text`` into an option that completes itself; the reply's ``choices`` are proposed."""

        def act() -> Invocation:
            channel = self._channel(person, where)
            chosen = offer(self.registry, person, command, {**options, focused: text}, channel, focused)
            return self._invoke(AUTOCOMPLETE, person, channel, chosen)

        return self._do(act)

    def click(self, person: Person, message: Seen, which: str) -> Invocation:
        """A person clicks on the button with that custom id or label. Raises :class:`NotOffered`."""

        def act() -> Invocation:
            source = self._source(person, message)
            chosen = Offer(which, click_data(source, which))
            return self._invoke(COMPONENT, person, source.channel, chosen, source)

        return self._do(act)

    def select(self, person: Person, message: Seen, which: str, *values: str | Person | Role | Channel) -> Invocation:
        """A person chooses in the select with that custom id or placeholder. Raises :class:`NotOffered`."""

        def act() -> Invocation:
            source = self._source(person, message)
            chosen = Offer(which, select_data(source, which, values))
            return self._invoke(COMPONENT, person, source.channel, chosen, source)

        return self._do(act)

    def submit(self, opened_by: Invocation, values: Mapping[str, str]) -> Invocation:
        """The person who opened a modal fills it in, by custom id or label, and sends it."""

        def act() -> Invocation:
            if opened_by.modal is None:
                raise NotOffered(f"{opened_by.name} opened no modal")
            chosen = Offer(opened_by.name, modal_data(opened_by.modal, values))
            return self._invoke(MODAL_SUBMIT, opened_by.person, opened_by.channel, chosen, opened_by.source)

        return self._do(act)

    def say(self, person: Person, text: str, *, where: Place) -> Posted:
        """A person writes a message: a prefix command, say."""

        def act() -> Posted:
            message = Message(self.world.snowflakes.next(), self._channel(person, where), person, content=text)
            self.world.messages[message.id] = message
            self.world.announce(message)
            return message.posted()

        return self._do(act)

    def answer_to(self, message: Posted, timeout: float = 10.0) -> Posted:
        """Wait for the bot's next message in a channel after this one."""

        def next_one() -> list[Posted]:
            return [each for each in self.messages(message.channel) if each.id > message.id and each.author is self.bot]

        return self.wait_for(next_one, timeout, f"No answer to {message.content!r}")[0]

    def _channel(self, person: Person, where: Place) -> Channel:
        if isinstance(where, _Direct):
            return self.world.direct(person)
        return where.channel if isinstance(where, Guild) else where

    def _source(self, person: Person, message: Seen) -> Message:
        if isinstance(message, Invocation):
            message = message.reply
        if isinstance(message, Reply):
            if message.message is None:
                raise NotOffered("there is no message yet")
            message = message.message
        source = self.world.messages[message.id]
        require_visible(source, person)
        return source

    def _invoke(
        self, kind: int, person: Person, channel: Channel, chosen: Offer, source: Message | None = None
    ) -> Invocation:
        if not self.gateway.sessions:
            raise NotOffered("the bot is offline: the application did not respond")
        invocation = Invocation(self.world, kind, person, channel, chosen.name, source)
        data = invocation.payload(chosen.data)
        self.gateway.dispatch("INTERACTION_CREATE", lambda _intents: data)
        return invocation
