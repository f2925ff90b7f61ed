"""The connections of the web handlers' own server: not too many, and none that says nothing.

Anybody who reaches the port can open connections, and each takes a file descriptor from the bot. So a connection has a
few seconds for its first request, and where there is no room for another one goes that shows no token: the oldest of
the address that has most of them, so that a crowd from elsewhere does not push a sender out before it has spoken. Until
one shows it little is read at a time, and what follows a refusal is thrown away as it comes: a body in chunks of a byte
takes aiohttp 50 ms for what the system hands over at once, and forty such senders held up the bot for a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Final, cast

from aiohttp import StreamReader, web

log = logging.getLogger(__name__)

_READ_FROM_STRANGERS: Final = 8 * 1024
"""Bytes at a time, until the token was seen."""

_READ: Final = 64 * 1024
_NETWORK: Final = len("2001:0db8:0000:0000")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Connections:
    """Watches over a server's connections.

    Args:
        most: how many may be open at once.
        first_request_within: seconds from the opening to the end of the first request's headers.
    """

    def __init__(self, most: int, first_request_within: float) -> None:
        self._most = most
        self._within = first_request_within
        self._silent: dict[asyncio.Transport, asyncio.TimerHandle] = {}
        self._open: dict[asyncio.Transport, int] = {}
        self._admitted: set[asyncio.Transport] = set()
        self._origins: dict[asyncio.Transport, str] = {}
        self._unread: dict[asyncio.Transport, StreamReader] = {}
        self._told = False

    def __len__(self) -> int:
        return len(self._open)

    def guard(self, server: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.BaseProtocol]:
        """Return the factory of protocols for a listening socket, in front of the server's own."""
        return lambda: _Entrance(self, server)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a connection has sent a request, whatever it asks for. Without the token it gets one answer.

        Older releases of aiohttp keep all requests that are sent ahead, thousands in a moment, in memory.
        """
        timer = self._silent.pop(cast(asyncio.Transport, request.transport), None)
        if timer is not None:
            timer.cancel()
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            error.force_close()
            raise
        else:
            if request.transport not in self._admitted:
                answer.force_close()
            return answer
        finally:
            hear_no_more(request)
            if request.can_read_body and request.transport in self._open:
                self._unread[request.transport] = request.content

    @contextmanager
    def admitted(self, transport: asyncio.BaseTransport | None) -> Iterator[None]:
        """While it lasts the connection is not closed to make room: it has shown the token."""
        key = cast(asyncio.Transport, transport)
        if key in self._open:
            self._open[key] += 1
            self._admitted.add(key)
        try:
            yield
        finally:
            if key in self._open:
                self._open[key] -= 1

    def is_admitted(self, transport: asyncio.Transport) -> bool:
        """Whether the connection has shown the token with the request that it sends now."""
        return self._open.get(transport, 0) > 0

    def enter(self, transport: asyncio.Transport) -> bool:
        """Whether there is room for a new connection; room is made where that is possible."""
        if len(self._open) >= self._most and not self._make_room():
            return False
        self._open[transport] = 0
        self._origins[transport] = _origin(transport)
        loop = asyncio.get_running_loop()
        self._silent[transport] = loop.call_later(self._within, self._give_up, transport)
        return True

    def left(self, transport: asyncio.Transport) -> None:
        """A connection is closed."""
        self._open.pop(transport, None)
        self._origins.pop(transport, None)
        self._admitted.discard(transport)
        timer = self._silent.pop(transport, None)
        if timer is not None:
            timer.cancel()
        body = self._unread.pop(transport, None)
        if body is not None:
            body.feed_eof()  # aiohttp would wait for the rest of it, with nobody there to send it

    def _make_room(self) -> bool:
        if not self._told:
            self._told = True
            log.warning(
                "%d connections to the web handlers are open at once: the oldest without a token go", self._most
            )
        strangers = [transport for transport, requests in self._open.items() if not requests]
        if not strangers:
            return False
        crowds = Counter(map(self._origins.__getitem__, strangers))
        oldest = max(strangers, key=lambda transport: crowds[self._origins[transport]])  # the first of several
        self.left(oldest)
        oldest.abort()
        return True

    def _give_up(self, transport: asyncio.Transport) -> None:
        self._silent.pop(transport, None)
        transport.abort()


def hear_no_more(request: web.Request) -> None:
    """Where a request was answered before its end, throw away what still comes, unread and without unpacking it.

    The connection is kept for a while all the same (``lingering_time``), so that the sender gets to read the answer.
    """
    if request.can_read_body:
        request.protocol.close()


def _origin(transport: asyncio.Transport) -> str:
    """Where a connection comes from: an IPv4 address, or an IPv6 network, in which a host has as many as it likes."""
    peer = transport.get_extra_info("peername")
    try:
        address = ip_address(peer[0].partition("%")[0])
    except (TypeError, IndexError, ValueError, AttributeError):
        return ""
    return str(address) if address.version == 4 else address.exploded[:_NETWORK]


class _Entrance(asyncio.BufferedProtocol):
    """Lets a connection in or not, and hands all it hears to the server's protocol for it, a little at a time."""

    def __init__(self, connections: Connections, server: Callable[[], asyncio.Protocol]) -> None:
        self._connections = connections
        self._server = server
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(_READ_FROM_STRANGERS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._connections.enter(self._transport):
            self._inner = self._server()
            self._inner.connection_made(self._transport)
        else:
            self._transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray:
        assert self._transport is not None
        size = _READ if self._connections.is_admitted(self._transport) else _READ_FROM_STRANGERS
        if len(self._buffer) != size:
            self._buffer = bytearray(size)
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._inner is not None:
            self._inner.data_received(bytes(memoryview(self._buffer)[:nbytes]))

    def eof_received(self) -> bool | None:
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is not None:
            self._connections.left(self._transport)
        if self._inner is not None:
            self._inner.connection_lost(error)


class GuardedSite(web.BaseSite):
    """A listening TCP socket of a runner, whose connections are watched over."""

    def __init__(self, runner: web.AppRunner, connections: Connections, host: str, port: int) -> None:
        super().__init__(runner)
        self._connections = connections
        self._host = host
        self._port = port

    @property
    def name(self) -> str:
        """The address, for the runner's own messages."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address can't be used.
        """
        await super().start()
        server = self._runner.server
        assert server is not None, "the runner was set up"
        factory = self._connections.guard(server)
        self._server = await asyncio.get_running_loop().create_server(factory, self._host, self._port)
