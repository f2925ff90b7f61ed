"""The way to a ComfyUI server: HTTP and websocket by aiohttp, with bounds; every fault of it as one of our errors."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

import aiohttp
from yarl import URL

from bot_integration.comfyui import parsing
from bot_integration.comfyui.errors import (
    BadAnswer,
    ClientClosed,
    ComfyUIError,
    Refused,
    TooBig,
    Unreachable,
    Untrusted,
)
from bot_integration.comfyui.http_responses import (
    Accepted,
    HistoryEntry,
    read_accepted,
    read_history,
    read_queue,
    read_rejected,
)
from bot_integration.comfyui.models import Queue, entry_of
from core.text.formatting import size

Certificate: TypeAlias = ssl.SSLContext | str | Path
"""The path of a PEM file with the certificate, or its authority's; or a whole context."""

MOST_JSON: Final = 64_000_000
"""Bytes of an answer that is still read: a long queue holds every workflow whole."""

_CONNECT_WITHIN: Final = 10.0
_GATEWAYS: Final = frozenset({429, 502, 503, 504})
_CHUNK: Final = 1 << 16
_JOINED_ELSEWHERE: Final = 1_000_000
_LONGEST_SNIPPET: Final = 300


class HttpClient:
    """Asks one server. The session is made at the first request, and closed by :meth:`close` if it is ours.

    Args:
        url: the server's base, ``https`` and a path before its own paths are possible.
        session: the session to use instead of one of our own; left open.
        headers: sent with every request, for a proxy that asks who we are.
        request_timeout: seconds for one request and its answer (a download: between two chunks of it).
        most_bytes: the largest message of the websocket.
        certificate: what to trust besides what the system does, or a whole context.

    Arguments in the address (``?token=…``) and a name and password in it go with every request. A redirect is followed
    nowhere: what is sent is for this address alone.
    """

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession | None,
        headers: Mapping[str, str] | None,
        request_timeout: float,
        most_bytes: int,
        certificate: Certificate | None = None,
    ) -> None:
        self._base = URL(str(url))
        if self._base.scheme not in ("http", "https") or not self._base.host:
            raise ValueError("ComfyUI's address begins with http:// or https:// and names a host.")
        if self._base.user is not None and any(name.lower() == "authorization" for name in headers or {}):
            raise ValueError("ComfyUI's address and the headers both carry credentials: leave one of them out.")
        self._query = self._base.query
        self._base = self._base.with_path(self._base.path.rstrip("/") or "/")
        self._tls = _trusting(certificate)
        self._given = session
        self._own: aiohttp.ClientSession | None = None
        self._headers = dict(headers or {})
        self._sockets: aiohttp.ClientSession | None = None
        self._timeout = request_timeout
        self._most = most_bytes
        self._closed = False

    async def close(self) -> None:
        """Close the session if it is ours. Whatever is asked from now on raises ``ClientClosed``."""
        self._closed = True
        for session in (self._sockets, self._own):
            if session is not None:
                await session.close()
        self._sockets = self._own = None

    async def submit(self, body: bytes, sent: Callable[[float], None]) -> Accepted:
        """POST a prompt; ``sent`` is told the monotonic time just before its bytes go out.

        Raises:
            Rejected: the server finds the workflow wrong.
            Unreachable, BadAnswer: nobody, or something else, is there.
        """

        async def chunks() -> AsyncIterator[bytes]:
            # aiohttp asks for the first chunk when the connection stands, and sends it in one go with the headers.
            sent(time.monotonic())
            yield body

        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        async with self._asked("POST", ("prompt",), data=chunks(), headers=headers) as response:
            if response.status == 400:
                raise read_rejected(parsing.parse_json(await _whole(response)))
            await _check(response)
            return read_accepted(parsing.parse_json(await _whole(response)))

    async def get(self, *path: str) -> Any:
        """GET a JSON answer."""
        async with self._asked("GET", path) as response:
            await _check(response)
            return parsing.parse_json(await _whole(response))

    async def post(self, path: str, message: Mapping[str, Any]) -> None:
        """POST a JSON message whose answer says nothing."""
        async with self._asked("POST", (path,), json=dict(message)) as response:
            await _check(response)

    async def history(self, prompt_id: str) -> HistoryEntry | None:
        """What the history knows of a prompt; None while it isn't over."""
        return read_history(await self.get("history", prompt_id), prompt_id)

    async def queue(self) -> Queue:
        """Everything that runs or waits."""
        async with self._asked("GET", ("queue",)) as response:
            await _check(response)
            body = await _whole(response)
        text = body.decode("utf-8", "replace")
        await asyncio.sleep(0)
        return await read_queue(text)

    async def take_back(self, prompt_id: str, client_id: str = "") -> None:
        """Delete the prompt where it waits, interrupt it where it runs; one that is over is left alone."""
        queue = await self.queue()
        waiting = entry_of(queue.pending, prompt_id, client_id)
        if waiting is not None:
            await self.post("queue", {"delete": [waiting.prompt_id]})
            queue = await self.queue()  # it may have begun in between
        running = entry_of(queue.running, prompt_id, client_id)
        if running is not None:
            # An older server stops whatever runs and looks at no id: it is asked only while ours is what runs.
            await self.post("interrupt", {"prompt_id": running.prompt_id})

    @asynccontextmanager
    async def download(self, query: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """GET a file by its name; the caller looks at the status and reads the body."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_WITHIN, sock_read=self._timeout)
        async with self._asked("GET", ("view",), timeout, params=dict(query)) as response:
            yield response

    async def upload(self, path: str, form: aiohttp.FormData) -> Any:
        """POST a form; a JSON answer."""
        async with self._asked("POST", ("upload", path), data=form) as response:
            await _check(response)
            return parsing.parse_json(await _whole(response))

    async def socket(self, client_id: str) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket of one client id."""
        url = self._at("ws").update_query({"clientId": client_id})
        with _named("GET /ws"):
            async with asyncio.timeout(self._timeout):
                return await self._socket_session().ws_connect(
                    url, headers=self._headers, max_msg_size=self._most, ssl=self._tls
                )

    @asynccontextmanager
    async def _asked(
        self, method: str, path: tuple[str, ...], timeout: aiohttp.ClientTimeout | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        headers = self._headers | options.pop("headers", {})
        limit = timeout or aiohttp.ClientTimeout(total=self._timeout, sock_connect=_CONNECT_WITHIN)
        url = self._at(*path)
        with _named(f"{method} /{path[0]}"):
            async with self._session().request(
                method, url, headers=headers, timeout=limit, allow_redirects=False, ssl=self._tls, **options
            ) as response:
                yield response

    def _at(self, *path: str) -> URL:
        """A path of the server, with what stands behind the question mark of its address."""
        return self._base.joinpath(*path).with_query(self._query)

    def _socket_session(self) -> aiohttp.ClientSession:
        """A session that follows no redirect: aiohttp's websockets do, and take our headers along to another host."""
        session = self._session()
        if self._sockets is None or self._sockets.closed:
            watch = aiohttp.TraceConfig()
            watch.on_request_redirect.append(_refuse_redirect)
            self._sockets = aiohttp.ClientSession(
                connector=session.connector,
                connector_owner=False,
                cookie_jar=session.cookie_jar,
                headers=session.headers,
                auth=session.auth,
                trust_env=session.trust_env,
                trace_configs=[watch],
            )
        return self._sockets

    def _session(self) -> aiohttp.ClientSession:
        if self._closed:
            raise ClientClosed("the client of ComfyUI was closed")
        if self._given is not None:
            if self._given.closed:
                raise ClientClosed("the aiohttp session that the client of ComfyUI was given is closed")
            return self._given
        if self._own is None or self._own.closed:
            # Every waiting job holds a connection: a limit would let the jobs wait for one another.
            self._own = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        return self._own


def _trusting(certificate: Certificate | None) -> ssl.SSLContext | bool:
    """What aiohttp is to verify by.

    Raises:
        ValueError: the file can't be read, or holds no certificate.
    """
    if certificate is None or isinstance(certificate, ssl.SSLContext):
        return True if certificate is None else certificate
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certificate)
    except (OSError, ssl.SSLError) as error:
        raise ValueError(f"The certificate {certificate} can't be used: {error}.") from error
    return context


async def _refuse_redirect(_session: object, _context: object, told: aiohttp.TraceRequestRedirectParams) -> None:
    raise Refused(f"GET /ws: status {told.response.status}, a redirect")


async def read_bounded(response: aiohttp.ClientResponse, most: int) -> list[bytes]:
    """Read a body in chunks.

    Raises:
        TooBig: it is longer than ``most`` bytes.
    """
    chunks, received = [], 0
    if (response.content_length or 0) <= most:
        async for chunk in response.content.iter_chunked(_CHUNK):
            received += len(chunk)
            if received > most:
                break
            chunks.append(chunk)
        else:
            return chunks
    raise TooBig(f"{response.method} {response.url.path}: more than {size(most)}")


def fault_of(what: str, status: int, body: str = "") -> ComfyUIError:
    """The fault that an HTTP status other than success means."""
    detail = f"{what}: status {status} {body}"
    if status in (401, 403, 407) or 300 <= status < 400:
        return Refused(detail)
    return Unreachable(detail) if status in _GATEWAYS else BadAnswer(detail)


async def joined(chunks: list[bytes]) -> bytes:
    """The chunks as one; megabytes in a thread: joining them takes milliseconds, and lets other threads run."""
    if sum(map(len, chunks)) < _JOINED_ELSEWHERE:
        return b"".join(chunks)
    return await asyncio.to_thread(b"".join, chunks)


async def _whole(response: aiohttp.ClientResponse) -> bytes:
    return await joined(await read_bounded(response, MOST_JSON))


async def _check(response: aiohttp.ClientResponse) -> None:
    if not 200 <= response.status < 300:
        start = (await response.content.read(_LONGEST_SNIPPET)).decode("utf-8", "replace")
        raise fault_of(f"{response.method} {response.url.path}", response.status, start)


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Turn aiohttp's and the system's faults into ours."""
    try:
        yield
    except aiohttp.WSServerHandshakeError as error:
        raise fault_of(what, error.status, error.message) from error
    except aiohttp.ClientResponseError as error:
        raise BadAnswer(f"{what}: no HTTP: {error.message}") from error
    except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch) as error:
        raise Untrusted(f"{what}: {type(error).__name__}: {error}") from error
    except (aiohttp.ClientError, OSError) as error:
        raise Unreachable(f"{what}: {type(error).__name__}: {error}") from error
