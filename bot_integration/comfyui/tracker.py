"""Following a prompt to its end: by its socket, and where that fails by asking history and queue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot_integration.comfyui.errors import ComfyUIError, Lost
from bot_integration.comfyui.http_client import HttpClient
from bot_integration.comfyui.listener import Listener
from bot_integration.comfyui.models import Queue
from bot_integration.comfyui.prompt_state import PromptState
from bot_integration.comfyui.retry import FIRST_PAUSE, LONGEST_PAUSE, retrying

log = logging.getLogger(__name__)

ASKS_AGAIN_AFTER: Final = 1.0
"""Seconds between two looks at the queue while a prompt waits."""

_FIRST_LOOK_AFTER: Final = 0.1
_AFTER_OUTCOME: Final = 2.0
_AFTER_GAP: Final = 5.0
_STEADY_AFTER: Final = 10.0


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How long the client waits, in seconds, and how much it takes, in bytes.

    Attributes:
        timeout: for a whole generation, the queue's wait included.
        silence: without a message about the prompt, until history and queue are asked.
        reconnect: for the server to come back after it went away.
        most_bytes: for all outputs of one prompt.
    """

    timeout: float
    silence: float
    reconnect: float
    most_bytes: int


class PromptTracker:
    """Follows one prompt.

    Args:
        http: the way to the server.
        limits: how long, and how much.
        state: what is known; the listener feeds it.
        listener: the prompt's socket.
        queue: the queue as it was at a monotonic time or later; shared by all jobs of a client.
    """

    def __init__(
        self,
        http: HttpClient,
        limits: ClientLimits,
        state: PromptState,
        listener: Listener,
        queue: Callable[[float], Awaitable[Queue]],
    ) -> None:
        self._http, self._limits, self._state, self._listener, self._queue = http, limits, state, listener, queue
        self._doubted = False
        self._pause = FIRST_PAUSE
        self._since = self._connected = time.monotonic()

    async def until_settled(self) -> None:
        """Return when the prompt's end is certain.

        Raises:
            Lost: the server knows the prompt no more.
            Unreachable, BadAnswer: it went away, or makes no sense, for longer than the limit.
        """
        self._since = time.monotonic()
        while not self._state.settled:
            if self._state.complete:
                self._state.settled = True
            elif self._listener.closed:
                await self._come_back()
            elif self._state.ended or self._doubted or not await self._hears_of_it():
                await retrying(self._look_with_others, self._limits.reconnect)

    async def follow_position(self, told: Callable[[], None]) -> None:
        """Keep the prompt's place in the queue up to date until it starts; doubt a prompt that is not in it."""
        missed, not_before = 0, time.monotonic()
        await asyncio.sleep(_FIRST_LOOK_AFTER)  # most start at once, and need none
        self._listener.status.set()
        while self._state.started is None:
            await self._listener.status.wait()
            self._listener.status.clear()
            try:
                self._state.position = (await self._queue(not_before)).position(self._state.prompt_id or "")
            except ComfyUIError as error:
                log.debug("The place in the queue is not known: %s", error.detail)
            else:
                missed = missed + 1 if self._state.position is None else 0
                told()
            if missed > 1:
                self._doubted = True
                self._listener.news.set()
            await asyncio.sleep(ASKS_AGAIN_AFTER)
            not_before = time.monotonic() - ASKS_AGAIN_AFTER
            if missed:
                self._listener.status.set()

    async def _hears_of_it(self) -> bool:
        """Wait for a message about the prompt, as long as is usual in its state."""
        usual = self._limits.silence
        if self._state.known:
            usual = min(usual, _AFTER_OUTCOME)
        elif self._state.gap:
            usual = min(usual, _AFTER_GAP)
        try:
            async with asyncio.timeout(usual):
                await self._listener.news.wait()
        except TimeoutError:
            return False
        self._listener.news.clear()
        return True

    async def _come_back(self) -> None:
        """Open a new socket, and ask what has happened meanwhile; again and again until the limit."""
        log.info("The websocket of prompt %s was closed; it is opened again.", self._state.prompt_id)
        self._state.gap = True
        steady = time.monotonic() - self._connected > _STEADY_AFTER
        self._pause = FIRST_PAUSE if steady else min(2 * self._pause, LONGEST_PAUSE)
        await asyncio.sleep(self._pause)
        await retrying(self._connect_and_look, self._limits.reconnect)

    async def _connect_and_look(self) -> None:
        if self._listener.closed:
            await self._listener.connect()
            self._connected = time.monotonic()
        await self._look(time.monotonic())

    async def _look_with_others(self) -> None:
        """A queue that another job has just asked for will do, if it is younger than the prompt."""
        if not self._state.complete:  # the socket may have told all while an earlier question failed
            await self._look(max(self._since, time.monotonic() - ASKS_AGAIN_AFTER))

    async def _look(self, not_before: float) -> None:
        """Ask history, queue, and history again: it may have ended between the first two."""
        prompt_id, said_to_be_over = self._state.prompt_id or "", self._state.ended
        self._doubted = False
        self._listener.news.clear()
        entry = await self._http.history(prompt_id)
        if entry is None:
            position = (await self._queue(not_before)).position(prompt_id)
            if position is not None:
                self._state.position = position
                if said_to_be_over:  # before we asked: that was not true
                    self._state.ended = False
                return
            entry = await self._http.history(prompt_id)
        if entry is not None:
            self._state.settle(entry)
        elif self._state.known:
            self._state.settled = True  # the history was emptied, but we heard the outcome
        else:
            raise Lost(f"prompt {prompt_id} is neither in the history nor in the queue")
