"""Who and what is there: persons, roles, channels, servers, and how each looks in Discord's JSON."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Payload = dict[str, Any]

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
EMBED_LINKS = 1 << 14
ATTACH_FILES = 1 << 15
USE_COMMANDS = 1 << 31
EVERYBODY = VIEW_CHANNEL | SEND_MESSAGES | EMBED_LINKS | ATTACH_FILES | USE_COMMANDS
"""What a member may without any role."""
ALL_PERMISSIONS = (1 << 53) - 1

JOINED = "2024-02-03T04:05:06.000000+00:00"
DISCORD_EPOCH_MS = 1420070400000


class Snowflakes:
    """Hands out Discord's ids: rising, and with the present time in their upper bits."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        """A new id."""
        now = (int(time.time() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(self._last + 1, now)
        return self._last


@dataclass(eq=False, slots=True)
class Person:
    """A user of Discord, or a bot.

    Attributes:
        name: the user name; ``display_name`` is what people see.
        accepts_messages: whether the bot may write to them directly (else 403/50007).
    """

    id: int
    name: str
    display_name: str
    bot: bool = False
    accepts_messages: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    def payload(self) -> Payload:
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.display_name,
            "discriminator": "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
        }


@dataclass(eq=False, slots=True)
class Role:
    """A role of a server, with its permission bits."""

    id: int
    name: str
    permissions: int
    position: int

    def payload(self) -> Payload:
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }


@dataclass(eq=False, slots=True)
class Member:
    """A person in a server."""

    person: Person
    roles: list[Role] = field(default_factory=list)
    nick: str | None = None

    def payload(self) -> Payload:
        return {
            "user": self.person.payload(),
            "roles": [str(role.id) for role in self.roles],
            "nick": self.nick,
            "joined_at": JOINED,
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }


@dataclass(eq=False, slots=True)
class Channel:
    """A text channel of a server, or the direct messages between the bot and one person."""

    id: int
    name: str
    guild: Guild | None = None
    recipient: Person | None = None

    def payload(self) -> Payload:
        if self.guild is None:
            recipients = [self.recipient.payload()] if self.recipient is not None else []
            return {"id": str(self.id), "type": 1, "recipients": recipients, "last_message_id": None, "flags": 0}
        return {
            "id": str(self.id),
            "type": 0,
            "guild_id": str(self.guild.id),
            "name": self.name,
            "position": 0,
            "permission_overwrites": [],
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "last_message_id": None,
            "flags": 0,
        }


@dataclass(eq=False, slots=True)
class Guild:
    """A server.

    Attributes:
        channel: its first text channel.
        available: False while Discord has an outage there.
    """

    id: int
    name: str
    owner: Person
    channel: Channel = field(init=False)
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    available: bool = True

    def permissions_of(self, person: Person) -> int:
        """The permission bits of a member: all of them for the owner and for administrators."""
        member = self.members.get(person.id)
        if member is None:
            return 0
        bits = self.roles[self.id].permissions
        for role in member.roles:
            bits |= role.permissions
        return ALL_PERMISSIONS if person is self.owner or bits & ADMINISTRATOR else bits

    def payload(self, members: list[Member]) -> Payload:
        """The server as GUILD_CREATE has it, with those of its members."""
        return {
            **self.details(),
            "joined_at": JOINED,
            "large": len(self.members) >= 250,
            "member_count": len(self.members),
            "members": [member.payload() for member in members],
            "channels": [channel.payload() for channel in self.channels.values()],
            "threads": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def details(self) -> Payload:
        """The server as a request for it answers."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "owner_id": str(self.owner.id),
            "roles": [role.payload() for role in self.roles.values()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "afk_timeout": 300,
            "mfa_level": 0,
            "nsfw_level": 0,
            "premium_tier": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "approximate_member_count": len(self.members),
            "approximate_presence_count": 1,
        }
