"""The gateway: one websocket per client, sessions that can be resumed, and the events that the client asked for."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot_integration.loopback.people import Channel, Guild, Person
from tests.bot_integration.loopback.world import World

Payload = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 8, 9, 10, 11

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15

AUTHENTICATION_FAILED = 4004
ENDS_SESSION = frozenset({1000, 1001})
"""Close codes by which a client says that it won't resume. (discord.py 2.7 closes with 4000 even so: its reader is
quicker than its ``close``.)"""
DROPPED = 4000
CHUNK = 1000
LARGE = 250
"""Members; of a larger server a client learns only those that it asks for."""


@dataclass(eq=False)
class Connection:
    """One websocket: compresses, and sends in order without making the sender wait."""

    socket: web.WebSocketResponse
    compressed: bool
    dropped: bool = False
    _outgoing: asyncio.Queue[Payload] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self._zlib = zlib.compressobj()

    def send(self, payload: Payload) -> None:
        """Put a payload in line."""
        self._outgoing.put_nowait(payload)

    async def write(self) -> None:
        """Send what is in line, for ever."""
        while True:
            text = json.dumps(await self._outgoing.get())
            if self.compressed:
                data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                await self.socket.send_bytes(data)
            else:
                await self.socket.send_str(text)


@dataclass(eq=False)
class Session:
    """What a client has identified as: its intents, and every event it was sent or has missed."""

    id: str
    intents: int
    connection: Connection | None
    events: list[Payload] = field(default_factory=list)

    def dispatch(self, event: str, data: Payload) -> None:
        """Send an event, now or when the client resumes."""
        payload = {"op": DISPATCH, "t": event, "s": len(self.events) + 1, "d": data}
        self.events.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def replay(self, connection: Connection, after: int) -> None:
        """Continue on a new connection after the event of that number."""
        self.connection = connection
        for payload in self.events[after:]:
            connection.send(payload)
        self.dispatch("RESUMED", {"_trace": []})


@dataclass(eq=False)
class Gateway:
    """All sessions.

    Attributes:
        log: what happened, in order: "IDENTIFY", "RESUME", "INVALID SESSION", "MEMBERS", "CLOSED <code>".
    """

    world: World
    heartbeat_seconds: float
    sessions: dict[str, Session] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    heartbeats: int = 0
    _connections: set[Connection] = field(default_factory=set)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one websocket until it closes."""
        socket = web.WebSocketResponse(compress=False, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(socket, request.query.get("compress") == "zlib-stream")
        writing = asyncio.create_task(connection.write())
        self._connections.add(connection)
        connection.send({"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_seconds * 1000)}})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._received(connection, json.loads(message.data))
                    self.world.changed()
        finally:
            writing.cancel()
            self._connections.discard(connection)
            self._closed(connection)
        return socket

    def _closed(self, connection: Connection) -> None:
        code = DROPPED if connection.dropped else connection.socket.close_code
        for session in list(self.sessions.values()):
            if session.connection is connection:
                session.connection = None
                if code in ENDS_SESSION:
                    del self.sessions[session.id]
        self._note(f"CLOSED {code}")

    def _note(self, line: str) -> None:
        self.log.append(line)
        self.world.changed()

    async def _received(self, connection: Connection, payload: Payload) -> None:
        operation, data = payload["op"], payload["d"]
        if operation == HEARTBEAT:
            self.heartbeats += 1
            connection.send({"op": ACK})
        elif operation == IDENTIFY:
            await self._identify(connection, data)
        elif operation == RESUME:
            self._resume(connection, data)
        elif operation == MEMBERS:
            self._members(connection, data)

    async def _identify(self, connection: Connection, data: Payload) -> None:
        if data["token"].removeprefix("Bot ") != self.world.token:
            await connection.socket.close(code=AUTHENTICATION_FAILED)
            return
        session = Session(f"session-{self.world.snowflakes.next()}", int(data["intents"]), connection)
        self.sessions[session.id] = session
        guilds = list(self.world.guilds.values())
        ready = {
            "v": 10,
            "user": self.world.bot.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.world.base.replace("http", "ws", 1) + "/gateway",
            "application": {"id": str(self.world.bot.id), "flags": 0},
        }
        session.dispatch("READY", ready | ({"shard": data["shard"]} if "shard" in data else {}))
        for guild in guilds:
            if session.intents & GUILDS and guild.available:
                session.dispatch("GUILD_CREATE", self._created(guild, session.intents) | {"unavailable": False})
        self._note("IDENTIFY")

    def _created(self, guild: Guild, intents: int) -> Payload:
        """A server with those of its members whom a client learns of unasked: itself, and all with presences."""
        everybody = intents & GUILD_MEMBERS and intents & GUILD_PRESENCES and len(guild.members) < LARGE
        return guild.payload(list(guild.members.values()) if everybody else [guild.members[self.world.bot.id]])

    def _resume(self, connection: Connection, data: Payload) -> None:
        session = self.sessions.get(data["session_id"] or "")
        if session is None:
            connection.send({"op": INVALID, "d": False})
            self._note("INVALID SESSION")
            return
        session.replay(connection, int(data["seq"]))
        self._note("RESUME")

    def _members(self, connection: Connection, data: Payload) -> None:
        """Answer a request for members: all of them (with the intent), those of a prefix, or by id."""
        self._note("MEMBERS")
        session = next(each for each in self.sessions.values() if each.connection is connection)
        guild = self.world.guilds[int(data["guild_id"])]
        found = list(guild.members.values())
        missing: list[str] = []
        if data.get("user_ids"):
            wanted = [int(each) for each in data["user_ids"]]
            found = [guild.members[each] for each in wanted if each in guild.members]
            missing = [str(each) for each in wanted if each not in guild.members]
        elif data.get("query"):
            found = [each for each in found if each.person.name.startswith(data["query"])][: data["limit"] or 100]
        elif not session.intents & GUILD_MEMBERS:
            self.world.violations.append("gateway: all members were asked for without the intent")
            return
        chunks = [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)] or [[]]
        for index, chunk in enumerate(chunks):
            answer: Payload = {
                "guild_id": str(guild.id),
                "members": [member.payload() for member in chunk],
                "chunk_index": index,
                "chunk_count": len(chunks),
                "not_found": missing,
            }
            if data.get("nonce") is not None:
                answer["nonce"] = data["nonce"]
            session.dispatch("GUILD_MEMBERS_CHUNK", answer)

    # What happens in Discord

    def dispatch(self, event: str, data_for: Callable[[int], Payload | None]) -> None:
        """Send an event to every session; ``data_for`` gives its data for the session's intents, or None."""
        for session in self.sessions.values():
            data = data_for(session.intents)
            if data is not None:
                session.dispatch(event, data)

    def guild_joined(self, guild: Guild, *, again: bool = False) -> None:
        """The bot was added to a server; or, ``again``, an outage there is over."""
        guild.available = True
        state = {"unavailable": False} if again else {}
        self.dispatch("GUILD_CREATE", lambda has: self._created(guild, has) | state if has & GUILDS else None)

    def guild_left(self, guild: Guild, *, outage: bool = False) -> None:
        """The bot was removed from a server; or an outage began there."""
        guild.available = False
        data = {"id": str(guild.id)} | ({"unavailable": True} if outage else {})
        self.dispatch("GUILD_DELETE", lambda intents: data if intents & GUILDS else None)

    def renamed(self, what: Guild | Channel | Person) -> None:
        """Something has another name; of people only those hear who have asked for members."""
        if isinstance(what, Guild):
            self.dispatch("GUILD_UPDATE", lambda has: what.details() if has & GUILDS else None)
        elif isinstance(what, Channel):
            self.dispatch("CHANNEL_UPDATE", lambda has: what.payload() if has & GUILDS else None)
        else:
            for guild in self.world.guilds.values():
                if what.id in guild.members:
                    self._member_changed(guild, what)

    def _member_changed(self, guild: Guild, person: Person) -> None:
        changed = guild.members[person.id].payload() | {"guild_id": str(guild.id)}
        self.dispatch("GUILD_MEMBER_UPDATE", lambda has: changed if has & GUILD_MEMBERS else None)

    async def drop(self, *, resumable: bool, politely: bool) -> None:
        """Close every connection, or ask the clients to reconnect."""
        if not resumable:
            self.sessions.clear()
        for connection in list(self._connections):
            if politely:
                connection.send({"op": RECONNECT, "d": None})
            else:
                connection.dropped = True
                await connection.socket.close(code=DROPPED)

    @property
    def connected(self) -> bool:
        """Whether a client is identified and connected."""
        return any(session.connection is not None for session in self.sessions.values())

    async def close(self) -> None:
        """Close every connection for good."""
        for connection in list(self._connections):
            await connection.socket.close(code=1001)
