"""Questions to the statistics: asked in the worker process, one after the other, without the bot's loop waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

from bot_integration.installation import Installation
from core.errors import BotpulseError

Result = TypeVar("Result")

LONGEST_SECONDS: Final = 14 * 60.0
"""How long an answer is waited for: after 15 minutes Discord takes none."""

_FLUSH_SECONDS: Final = 2.0
"""How long an answer waits for the latest events to be stored, before it is given without them."""


_PATIENCE_SECONDS: Final = 5.0
"""How long a bot that stops lets something end that changes the database. Nobody waits for an answer any more."""


class BotStopping(BotpulseError):
    """The bot is being closed, or has given up Botpulse."""

    title = "The bot is just stopping"
    what_happened = "It was stopped before the answer was there."
    what_to_do = "Ask again when it is back."


class StoppedMeanwhile(BotStopping):
    """The bot is being closed while something is done, or about to be."""

    what_happened = "It was stopped before this was done, or before it could say so."
    what_is_safe = "It is done wholly or not at all."
    what_to_do = "See how things are when it is back; then do it again if need be."


class TookTooLong(BotpulseError):
    """The answer is not there yet, and Discord will soon take it no more."""

    title = "This took too long"
    what_happened = "The answer was not there after 14 minutes, and Discord waits no longer than 15."
    what_to_do = "Ask for fewer days, or later. If it stays, the disk or the database of the bot does not answer."


class Questions:
    """Asks the worker process for one bot, in the order in which the questions came.

    Equal questions that wait together are asked once. A question never joins one that is being answered already: what
    was tracked since that one began would be missing.

    It has one thread of its own, so that slow answers do not use up the threads that the bot's loop has for itself.
    """

    def __init__(self, installation: Installation) -> None:
        self._manager = installation.manager
        self._worker = installation.worker
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="botpulse-questions")
        self._waiting: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._doing = False

    async def ask(self, function: Callable[..., Result], *args: Any, **more: Any) -> Result:
        """The result of ``function(location, zone, *args, now=…, **more)`` in the worker process.

        Everything tracked up to now is counted. ``now`` (epoch seconds) is the moment at which it is asked, unless it
        is given.

        Raises:
            BotpulseError: what the function raises, the worker ended twice, it took too long, or the bot is stopping.
        """
        future = self._enqueue(_key(function, args, more), lambda: self._call(function, args, more))
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._result(future)
        except TimeoutError as error:
            if future.done():
                raise
            raise TookTooLong(function.__qualname__) from error

    async def do(self, function: Callable[..., Result], *args: Any) -> Result:
        """The result of ``function(location, *args)`` in the worker process, called once for each call of this.

        No day is summed up meanwhile: the function may delete what a summary would be of.

        Raises:
            BotpulseError: as for :meth:`ask`, but it may take as long as it takes.
        """

        def call() -> Result:
            with self._manager.resting():
                self._doing = True
                try:
                    return self._worker.call_once(function, self._manager.location, *args)
                finally:
                    self._doing = False

        return await self._result(self._submit(call), StoppedMeanwhile)

    def close(self) -> None:
        """Give up what still waits, end the worker process, and with it the question under way. Blocks a moment.

        Something under way that changes the database is let end, within five seconds.
        """
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._worker.close(_PATIENCE_SECONDS if self._doing else 0.0)
        self._thread.shutdown()

    def _call(self, function: Callable[..., Result], args: tuple[Any, ...], more: dict[str, Any]) -> Result:
        self._manager.flush(_FLUSH_SECONDS)
        zone = self._manager.timezone
        moment: dict[str, Any] = {"now": time.time(), **more}
        return self._worker.call(function, self._manager.location, zone.key or str(zone), *args, **moment)

    def _enqueue(self, key: Hashable, call: Callable[[], Result]) -> Future[Result]:
        def run() -> Result:
            with self._lock:
                self._waiting.pop(key, None)  # who asks from now on wants to be answered anew
            return call()

        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is None:
                waiting = self._waiting[key] = self._submit(run)
        return waiting

    def _submit(self, call: Callable[[], Result]) -> Future[Result]:
        try:
            return self._thread.submit(call)
        except RuntimeError as error:
            raise BotStopping("no more questions") from error

    async def _result(self, future: Future[Result], stopped: type[BotStopping] = BotStopping) -> Result:
        """Wait for it. Others may wait for the same one: who gives up alone leaves it to them."""
        try:
            return await asyncio.shield(asyncio.wrap_future(future))
        except asyncio.CancelledError:
            if future.cancelled() and self._closed:
                raise BotStopping("it still waited") from None
            raise
        except BotpulseError:
            if self._closed:
                raise stopped("it was under way") from None
            raise


def _key(function: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> Hashable:
    """By what equal questions are known; one with a list or the like among its arguments is like no other."""
    key = (function, args, frozenset(more), *(more[name] for name in sorted(more)))
    try:
        hash(key)
    except TypeError:
        return object()
    return key
