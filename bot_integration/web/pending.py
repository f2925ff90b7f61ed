"""Requests that the bot has sent away and waits for: registered, resolved by their picture, or timed out."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bot_integration.discord_ids import id_text
from bot_integration.web.final_image import FinalImage

log = logging.getLogger(__name__)

MOST_PENDING: Final = 10_000
"""Requests that may wait at once."""

_CANCEL_SECONDS: Final = 1.0
"""How long a cancelled task may take to tidy up."""


@dataclass(frozen=True, slots=True, eq=False)
class PendingRequest:
    """A request that is being worked on.

    Attributes:
        request_id: what its picture will name.
        user_id, channel_id: who asked and where, as text: a picture that names others is refused.
        context: whatever the bot wants to find again: the interaction, the message that shows the progress …
        timeout: seconds without a sign of life after which it is given up.
        outcome: resolves to the picture, without its data, when that was delivered; to None when it was given up.
    """

    request_id: str
    user_id: str
    channel_id: str
    context: Any = field(repr=False)
    timeout: float
    outcome: asyncio.Future[FinalImage | None] = field(repr=False)


OnTimeout = Callable[[PendingRequest], Awaitable[None]]


class TooManyPending(RuntimeError):
    """So many requests wait that no other is taken."""


class PendingRequests:
    """The requests that wait for their picture. Used from one event loop.

    Attributes:
        expired: functions that are called at once with a request that was given up; the web handlers' is among them.
    """

    def __init__(self, *, timeout: float = 900.0, on_timeout: OnTimeout | None = None) -> None:
        """Take the usual time-out in seconds, and a coroutine that is told of a request that was given up."""
        self._timeout = timeout
        self._on_timeout = on_timeout
        self._waiting: dict[str, PendingRequest] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._held: Counter[str] = Counter()
        self._telling: set[asyncio.Task[None]] = set()
        self.expired: list[Callable[[PendingRequest], None]] = []

    def register(
        self,
        user_id: str | int,
        channel_id: str | int,
        *,
        request_id: str | None = None,
        context: Any = None,
        timeout: float | None = None,
    ) -> PendingRequest:
        """Wait for a request from now on; a ``request_id`` is made up where none is given.

        Raises:
            NotAnId: the user or the channel is no id of Discord's.
            ValueError: one with this id waits already.
            TooManyPending: :data:`MOST_PENDING` wait already.
        """
        user, channel = id_text(user_id, "user_id"), id_text(channel_id, "channel_id")
        name = request_id or uuid.uuid4().hex
        if name in self._waiting:
            raise ValueError(f"a request with the id {name} waits already")
        if len(self._waiting) >= MOST_PENDING:
            raise TooManyPending(f"{MOST_PENDING} requests are waiting")
        timeout = self._timeout if timeout is None else timeout
        outcome: asyncio.Future[FinalImage | None] = asyncio.get_running_loop().create_future()
        request = PendingRequest(name, user, channel, context, timeout, outcome)
        self._waiting[name] = request
        self._wind_up(request)
        return request

    def __len__(self) -> int:
        return len(self._waiting)

    def get(self, request_id: str) -> PendingRequest | None:
        """The request, if it waits."""
        return self._waiting.get(request_id)

    def keep_alive(self, request_id: str) -> None:
        """A sign of life: its time-out starts afresh."""
        if (request := self._waiting.get(request_id)) is not None:
            self._wind_up(request)

    @contextmanager
    def held(self, request_id: str) -> Iterator[None]:
        """Its picture is coming in or being shown: the time-out stands still, and then starts afresh."""
        self._held[request_id] += 1
        self._stop_timer(request_id)
        try:
            yield
        finally:
            self._held -= Counter((request_id,))
            self.keep_alive(request_id)

    def resolve(self, request_id: str, image: FinalImage) -> None:
        """Its picture was delivered; an unknown id is no fault."""
        self._end(request_id, image)

    def withdraw(self, request_id: str) -> None:
        """Wait no longer, without telling anybody: the job could not be sent, say."""
        self._end(request_id, None)

    async def close(self, grace: float = 10.0) -> None:
        """Wait for none any more; what tells of time-outs has ``grace`` seconds to end before it is cancelled."""
        for request_id in list(self._waiting):
            self.withdraw(request_id)
        await ended(set(self._telling), grace)

    def _wind_up(self, request: PendingRequest) -> None:
        self._stop_timer(request.request_id)
        if request.request_id in self._held:
            return
        loop = asyncio.get_running_loop()
        self._timers[request.request_id] = loop.call_later(request.timeout, self._expire, request)

    def _stop_timer(self, request_id: str) -> None:
        if (timer := self._timers.pop(request_id, None)) is not None:
            timer.cancel()

    def _end(self, request_id: str, image: FinalImage | None) -> None:
        request = self._waiting.pop(request_id, None)
        self._stop_timer(request_id)
        if request is not None and not request.outcome.done():
            request.outcome.set_result(image)

    def _expire(self, request: PendingRequest) -> None:
        self._end(request.request_id, None)
        for note in self.expired:
            note(request)
        if self._on_timeout is not None:
            task = asyncio.create_task(self._tell(self._on_timeout, request))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, on_timeout: OnTimeout, request: PendingRequest) -> None:
        try:
            await on_timeout(request)
        except Exception:  # the bot's own code: whatever it raises must not end in nobody's task
            log.exception("telling of the time-out of request %s went wrong", request.request_id)


async def ended(tasks: Collection[asyncio.Task[Any]], grace: float) -> None:
    """Let tasks end within ``grace`` seconds and cancel the late ones. One that resists that is left behind."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=grace)
    if not late:
        return
    log.warning("%d tasks of the bot's own did not end within %g s and are cancelled", len(late), grace)
    for task in late:
        task.cancel()
    _, stubborn = await asyncio.wait(late, timeout=_CANCEL_SECONDS)
    for task in stubborn:
        log.error("a task of the bot's own does not end though it was cancelled: %r", task.get_coro())
