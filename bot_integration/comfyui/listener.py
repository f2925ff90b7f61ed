"""The websocket of one prompt, read on a task of its own, so that nothing that is done with its news holds it up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Final

import aiohttp

from bot_integration.comfyui.http_client import HttpClient
from bot_integration.comfyui.socket_events import Event, Status, read_binary, read_text

log = logging.getLogger(__name__)

_GREETS_WITHIN: Final = 1.0
_CLOSES_WITHIN: Final = 1.0
_FLAGS: Final = {"type": "feature_flags", "data": {"supports_preview_metadata": True}}


class Listener:
    """Connects, says what we understand, and hands every event on as it arrives.

    Attributes:
        news: set when the prompt was spoken of, and when the socket closed.
        status: set when the queue has changed.
    """

    def __init__(self, http: HttpClient, client_id: str, hear: Callable[[Event, float], bool]) -> None:
        self.news, self.status = asyncio.Event(), asyncio.Event()
        self._http, self._client_id, self._hear = http, client_id, hear
        self._greeted = asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def closed(self) -> bool:
        """Whether there is no socket at the moment."""
        return self._task is None or self._task.done()

    async def connect(self) -> None:
        """Open the socket, and wait for the server's greeting.

        The one before is closed first: its end would make the server forget the new one.

        Raises:
            Unreachable, BadAnswer: it can't be opened.
        """
        await self.close()
        self._greeted.clear()
        self._socket = await self._http.socket(self._client_id)
        self._task = asyncio.create_task(self._read(self._socket), name="comfyui socket")
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):  # closed already: the reader notices it
            await self._socket.send_json(_FLAGS)
        # The greeting says that the server has our socket in its list. Without one we go on: the history tells.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GREETS_WITHIN):
                await self._greeted.wait()

    async def close(self) -> None:
        """Close the socket, if there is one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            self._task = None
        if self._socket is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CLOSES_WITHIN):
                    await self._socket.close()
            self._socket = None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                self._take(message, time.monotonic())
        except (aiohttp.ClientError, OSError) as error:
            log.info("The websocket broke: %s", error)
        finally:
            self._greeted.set()
            self.news.set()

    def _take(self, message: aiohttp.WSMessage, at: float) -> None:
        self._greeted.set()
        event: Event | None = None
        if message.type is aiohttp.WSMsgType.TEXT:
            event = read_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            event = read_binary(message.data)
        if isinstance(event, Status):
            self.status.set()
        elif event is not None and self._hear(event, at):
            self.news.set()
