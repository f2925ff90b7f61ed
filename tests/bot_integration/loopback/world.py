"""Everything that the loopback Discord knows. Only the server's own thread changes it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from tests.bot_integration.loopback.people import EVERYBODY, Channel, Guild, Member, Person, Role, Snowflakes
from tests.bot_integration.loopback.refusals import unknown

if TYPE_CHECKING:
    from tests.bot_integration.loopback.interactions import Invocation
    from tests.bot_integration.loopback.messages import Message

T = TypeVar("T")
Payload = dict[str, Any]

ATTACHMENT_LIMIT = 10 * 1024 * 1024
"""Bytes that one file may have in a server without boosts."""

POLL_SECONDS = 0.005


@dataclass(slots=True)
class Fault:
    """An answer that the next requests of a kind get instead of their own."""

    method: str
    path: re.Pattern[str]
    status: int
    times: int
    retry_after: float
    everywhere: bool


@dataclass(eq=False)
class World:
    """The state behind the REST API and the gateway.

    Attributes:
        token: what the bot logs in with.
        violations: one line for each payload that Discord would have refused.
        requests: "METHOD /path" of every request, in order.
        failures: "METHOD /path status" of every request that a :class:`Fault` answered.
        installed_by: ids of the people who have added the app to their own account.
        team: who owns the application in place of its owner: persons, their role, whether they have joined.
        base: the server's address.
        announce: tells the clients of a new message.
    """

    token: str = "loopback-token"
    attachment_limit: int = ATTACHMENT_LIMIT
    snowflakes: Snowflakes = field(default_factory=Snowflakes)
    persons: dict[int, Person] = field(default_factory=dict)
    installed_by: set[int] = field(default_factory=set)
    team: tuple[tuple[Person, str, bool], ...] = ()
    guilds: dict[int, Guild] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    invocations: dict[str, Invocation] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    base: str = ""
    announce: Callable[[Message], None] = lambda _message: None

    def __post_init__(self) -> None:
        self._offset = 0.0
        self._changed = threading.Condition()
        self.bot = self.add_person("loopback-bot", bot=True)
        self.owner = self.add_person("bot-owner")

    # Time

    def now(self) -> float:
        """Seconds on a monotonic clock that a test may put forward."""
        return time.monotonic() + self._offset

    def advance(self, seconds: float) -> None:
        """Put the clock of the deadlines forward."""
        self._offset += seconds
        self.changed()

    # Waiting, from any other thread

    def changed(self) -> None:
        """Wake those who wait for something."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], T], timeout: float, what: Callable[[], str] | str) -> T:
        """Wait until the condition gives something true, and return that; raise TimeoutError with ``what``."""
        until = time.monotonic() + timeout
        while not (found := condition()):
            if time.monotonic() > until:
                raise TimeoutError(what() if callable(what) else what)
            with self._changed:
                self._changed.wait(POLL_SECONDS)
        return found

    # People and places

    def add_person(self, name: str, display_name: str | None = None, *, bot: bool = False) -> Person:
        """A new user."""
        person = Person(self.snowflakes.next(), name, display_name if display_name is not None else name, bot)
        self.persons[person.id] = person
        return person

    def add_guild(self, name: str, members: tuple[Person, ...], owner: Person | None) -> Guild:
        """A new server with one text channel, which the bot is in already."""
        guild = Guild(self.snowflakes.next(), name, owner or self.add_person(f"owner-of-{name}"))
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYBODY, 0)
        for person in (self.bot, guild.owner, *members):
            guild.members[person.id] = Member(person)
        guild.channel = self.add_channel(guild, "general")
        self.guilds[guild.id] = guild
        return guild

    def add_role(self, guild: Guild, name: str, permissions: int, members: tuple[Person, ...]) -> Role:
        """A new role of a server, given to some of its members."""
        role = Role(self.snowflakes.next(), name, permissions, len(guild.roles))
        guild.roles[role.id] = role
        for person in members:
            guild.members[person.id].roles.append(role)
        return role

    def add_channel(self, guild: Guild, name: str) -> Channel:
        """A new text channel of a server."""
        channel = Channel(self.snowflakes.next(), name, guild)
        guild.channels[channel.id] = self.channels[channel.id] = channel
        return channel

    def direct(self, person: Person) -> Channel:
        """The direct messages between the bot and a person."""
        for channel in self.channels.values():
            if channel.recipient is person:
                return channel
        channel = Channel(self.snowflakes.next(), person.name, recipient=person)
        self.channels[channel.id] = channel
        return channel

    def team_payload(self) -> Payload | None:
        """The team that owns the application, where one does."""
        if not self.team:
            return None
        members = [
            {"user": person.payload(), "role": role, "membership_state": 2 if joined else 1, "team_id": "1",
             "permissions": ["*"]}
            for person, role, joined in self.team
        ]  # fmt: skip
        return {"id": "1", "name": "Team", "icon": None, "owner_user_id": str(self.team[0][0].id), "members": members}

    # Looking things up for a request; each raises 404

    def guild(self, guild_id: str) -> Guild:
        """A server that the bot is in."""
        try:
            return self.guilds[int(guild_id)]
        except KeyError:
            raise unknown("Guild") from None

    def channel(self, channel_id: str) -> Channel:
        """A channel that the bot can see."""
        try:
            return self.channels[int(channel_id)]
        except KeyError:
            raise unknown("Channel") from None

    def message(self, channel_id: str, message_id: str) -> Message:
        """A message that the bot can see in a channel: ephemeral ones it can't."""
        message = self.messages.get(int(message_id))
        if message is None or message.channel.id != int(channel_id) or message.deleted or message.ephemeral:
            raise unknown("Message")
        return message
