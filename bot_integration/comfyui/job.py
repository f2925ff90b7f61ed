"""One generation, from its sending to its last output; whatever ends it early, nothing of it is left on the server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

from bot_integration.comfyui.downloads import FetchLimits, fetch
from bot_integration.comfyui.errors import ComfyUIError, Lost, TimedOut, TooBig, Unreachable
from bot_integration.comfyui.files import chosen
from bot_integration.comfyui.http_client import HttpClient
from bot_integration.comfyui.http_responses import Accepted
from bot_integration.comfyui.listener import Listener
from bot_integration.comfyui.models import Generation, Output, Progress, Queue, entry_of
from bot_integration.comfyui.prompt_state import PromptState
from bot_integration.comfyui.reporting import OnProgress, Reporter
from bot_integration.comfyui.request import PromptRequest
from bot_integration.comfyui.retry import retrying
from bot_integration.comfyui.socket_events import Event
from bot_integration.comfyui.tracker import ClientLimits, PromptTracker

log = logging.getLogger(__name__)

TAKEN_BACK_WITHIN: Final = 5.0
"""Seconds that the taking back of an unfinished prompt may last."""


_LEFTOVERS_WITHIN: Final = 30.0
"""Seconds for reading what a failed run has made."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """What all jobs of a client share.

    Attributes:
        http: the way to the server.
        limits: how long, and how much.
        queue: the queue as it was at a monotonic time or later; one answer serves all who wait for it.
        tidying: the tasks that still take something back; kept, so that they are not forgotten half way.
    """

    http: HttpClient
    limits: ClientLimits
    queue: Callable[[float], Awaitable[Queue]]
    tidying: set[asyncio.Task[None]]


class GenerationJob:
    """Has one request executed, once.

    Args:
        context: what the client's jobs share.
        request: what to send.
        on_progress: told how far it is.
        previews: whether the progress carries unfinished images.
        timeout: seconds for all of it.
    """

    def __init__(
        self,
        context: JobContext,
        request: PromptRequest,
        on_progress: OnProgress | None,
        previews: bool,
        timeout: float,
    ) -> None:
        self._context, self._request, self._timeout = context, request, timeout
        self._state = PromptState(request, previews, context.limits.most_bytes)
        self._listener = Listener(context.http, request.client_id, self._hear)
        self._tracker = PromptTracker(context.http, context.limits, self._state, self._listener, context.queue)
        self._reporter = Reporter(on_progress, self._progress)
        self._sent: float | None = None
        self._heard: float | None = None

    async def generate(self) -> Generation:
        """Do it all.

        Raises:
            ComfyUIError: what went wrong.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._listener.close)
            await self._listener.connect()
            await stack.enter_async_context(self._reporter)
            submission = asyncio.create_task(self._submit(), name="comfyui prompt")
            try:
                async with asyncio.timeout(self._timeout):
                    return await self._to_the_end(submission)
            except TimeoutError as error:
                raise TimedOut(self._timeout) from error
            finally:
                await self._leave_nothing(submission)

    async def _to_the_end(self, submission: asyncio.Task[Accepted]) -> Generation:
        accepted = await asyncio.shield(submission)
        self._state.accept(accepted.prompt_id)
        self._reporter.tell()
        position = asyncio.create_task(self._tracker.follow_position(self._reporter.tell), name="comfyui queue")
        try:
            await self._tracker.until_settled()
            self._heard = time.monotonic()
            position.cancel()
            self._reporter.tell()
            return await self._collect(accepted)
        finally:
            position.cancel()
            await asyncio.wait({position})

    async def _collect(self, accepted: Accepted) -> Generation:
        state, limits = self._state, self._context.limits
        if state.fault is not None:
            raise await self._with_outputs(state.fault)
        if state.outputs.overflow:
            raise TooBig("more images over the socket than are kept")
        if state.gap and self._request.streaming and not state.outputs.frames:
            raise Lost("the images were sent while the socket was closed")
        outputs, last_byte = await self._fetch(FetchLimits(limits.most_bytes, limits.reconnect))
        sent, heard = self._sent or 0.0, self._heard or last_byte
        return Generation(
            outputs,
            last_byte - sent,
            _queue_wait(state, sent, heard),
            state.execution,
            last_byte - heard,
            state.cached,
            accepted.prompt_id,
            accepted.dropped,
            state.work.cached,
            self._request.facts,
        )

    async def _fetch(self, limits: FetchLimits) -> tuple[tuple[Output, ...], float]:
        outputs = self._state.outputs
        files = chosen(outputs.files, self._request.wanted)
        if outputs.frames:
            files = [each for each in files if each.place == "output"]
        return await fetch(self._context.http, files, outputs.frames, limits, self._state.work.cached)

    async def _with_outputs(self, fault: ComfyUIError) -> ComfyUIError:
        """A failed run's fault, with what other nodes had made by then, as far as that can be had soon."""
        if self._state.outputs and not self._state.outputs.overflow:
            try:
                async with asyncio.timeout(_LEFTOVERS_WITHIN):
                    fault.outputs, _ = await self._fetch(FetchLimits(self._context.limits.most_bytes, 0.0))
            except (ComfyUIError, TimeoutError) as error:
                log.info("What a failed prompt had made could not be read: %s", error)
        return fault

    def _hear(self, event: Event, at: float) -> bool:
        ours = self._state.hear(event, at)
        if ours:
            self._reporter.tell()
        return ours

    def _progress(self) -> Progress:
        return self._state.progress(time.monotonic() - (self._sent or time.monotonic()))

    def _mark_sent(self, at: float) -> None:
        self._sent = at

    async def _submit(self) -> Accepted:
        try:
            return await self._context.http.submit(self._request.body, self._mark_sent)
        except Unreachable:
            # The request may have arrived although its answer did not, and must not be sent twice.
            accepted = None
            if self._sent is not None:
                with contextlib.suppress(ComfyUIError):
                    accepted = await retrying(self._find, self._context.limits.reconnect)
            if accepted is None:
                raise
            return accepted

    async def _find(self) -> Accepted | None:
        """The prompt as the server knows it, where it does."""
        queue = await self._context.http.queue()
        entry = entry_of(queue.entries, self._request.prompt_id, self._request.client_id)
        if entry is not None:
            return Accepted(entry.prompt_id)
        ended = await self._context.http.history(self._request.prompt_id) is not None
        return Accepted(self._request.prompt_id) if ended else None

    async def _leave_nothing(self, submission: asyncio.Task[Accepted]) -> None:
        """Take the prompt back unless it is over, or was never taken. Goes on to its end if it is cancelled itself."""
        refused = submission.done() and (submission.cancelled() or submission.exception() is not None)
        if self._state.settled or refused:
            return
        task = asyncio.create_task(self._take_back(submission), name="comfyui taking back")
        self._context.tidying.add(task)
        task.add_done_callback(self._context.tidying.discard)
        await asyncio.shield(task)

    async def _take_back(self, submission: asyncio.Task[Accepted]) -> None:
        try:
            async with asyncio.timeout(TAKEN_BACK_WITHIN):
                accepted = await submission
                await self._context.http.take_back(accepted.prompt_id, self._request.client_id)
        except (ComfyUIError, TimeoutError) as error:
            log.info("A prompt could not be taken back: %s", error)


def _queue_wait(state: PromptState, sent: float, heard: float) -> float | None:
    """A bot that is busy hears of the start late; by the server's clock it was so long before the end."""
    if state.started is None:
        return None
    return max(min(state.started, heard - (state.execution or 0.0)) - sent, 0.0)
