"""Requests for channels and messages, and the event that tells the bot of a new message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.bot_integration.loopback.answers import Route, answer, nothing
from tests.bot_integration.loopback.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, MESSAGE_CONTENT, Gateway
from tests.bot_integration.loopback.messages import REPLY, Message, edit, fill, read_body
from tests.bot_integration.loopback.refusals import Refused, unknown
from tests.bot_integration.loopback.world import World

Payload = dict[str, Any]


@dataclass(eq=False)
class ChannelRoutes:
    """The handlers; each method is one request, and what it can't do it raises as :class:`Refused`."""

    world: World
    gateway: Gateway

    def routes(self) -> list[Route]:
        """What is handled here."""
        messages = "/channels/{channel}/messages"
        return [
            ("POST", "/users/@me/channels", self.open_direct),
            ("GET", "/channels/{channel}", self.channel),
            ("POST", "/channels/{channel}/typing", self.typing),
            ("POST", messages, self.send),
            ("GET", messages, self.history),
            ("GET", messages + "/{message}", self.one_message),
            ("PATCH", messages + "/{message}", self.edit_message),
            ("DELETE", messages + "/{message}", self.delete_message),
        ]

    async def open_direct(self, request: web.Request) -> web.Response:
        person = self.world.persons.get(int((await request.json())["recipient_id"]))
        if person is None:
            raise unknown("User")
        return answer(self.world.direct(person).payload())

    async def channel(self, request: web.Request) -> web.Response:
        return answer(self.world.channel(request.match_info["channel"]).payload())

    async def typing(self, request: web.Request) -> web.Response:
        self.world.channel(request.match_info["channel"])
        return nothing()

    async def send(self, request: web.Request) -> web.Response:
        channel = self.world.channel(request.match_info["channel"])
        if channel.recipient is not None and not channel.recipient.accepts_messages:
            raise Refused(403, 50007, "Cannot send messages to this user", violation=False)
        message = Message(self.world.snowflakes.next(), channel, self.world.bot)
        fill(self.world, message, await read_body(request))
        message.kind = REPLY if message.reference is not None else message.kind
        self.world.messages[message.id] = message
        self.announce(message)
        return answer(message.payload(self.world.base))

    def announce(self, message: Message) -> None:
        """Tell the clients of a new message; its own author too, as Discord does."""
        self.gateway.dispatch("MESSAGE_CREATE", lambda intents: self._announced(message, intents))

    def _announced(self, message: Message, intents: int) -> Payload | None:
        guild, author = message.channel.guild, message.author
        payload = message.payload(self.world.base)
        if guild is None:
            return payload if intents & DIRECT_MESSAGES else None
        if not intents & GUILD_MESSAGES:
            return None
        member = guild.members[author.id].payload()
        del member["user"]
        payload |= {"guild_id": str(guild.id), "member": member}
        mentioned = [person for person in self.world.persons.values() if person.mention in message.content]
        payload["mentions"] = [person.payload() for person in mentioned]
        if not intents & MESSAGE_CONTENT and author is not self.world.bot and self.world.bot not in mentioned:
            payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
        return payload

    async def history(self, request: web.Request) -> web.Response:
        channel = self.world.channel(request.match_info["channel"])
        limit = int(request.query.get("limit", 50))
        seen = [each for each in self.world.messages.values() if each.channel is channel]
        seen = [each for each in reversed(seen) if not each.deleted and not each.ephemeral]
        return answer([message.payload(self.world.base) for message in seen[:limit]])

    def _message(self, request: web.Request) -> Message:
        return self.world.message(request.match_info["channel"], request.match_info["message"])

    async def one_message(self, request: web.Request) -> web.Response:
        return answer(self._message(request).payload(self.world.base))

    async def edit_message(self, request: web.Request) -> web.Response:
        message = self._message(request)
        if message.author is not self.world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        edit(self.world, message, await read_body(request))
        return answer(message.payload(self.world.base))

    async def delete_message(self, request: web.Request) -> web.Response:
        self._message(request).deleted = True
        return nothing()

    async def attachment(self, request: web.Request) -> web.Response:
        """The bytes of a file in a message."""
        for message in self.world.messages.values():
            for each in message.attachments:
                if str(each.id) == request.match_info["attachment"]:
                    return web.Response(body=each.upload.data)
        return web.Response(status=404)
