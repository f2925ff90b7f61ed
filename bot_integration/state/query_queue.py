"""Questions to the statistics: asked in the worker process, one after the other, without the bot's loop waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from typing import Any, Final, TypeVar

from core.answers.files import csv_answer
from core.answers.privacy import forget_answer, personal_answer, personal_file
from core.errors import BotpulseError
from core.manager import AnalyticsManager
from core.text.translation import gettext as _
from core.worker.process import WorkerProcess

Result = TypeVar("Result")

LONGEST_SECONDS: Final = 14 * 60.0
"""How long an answer is waited for: after 15 minutes Discord takes none."""

_FLUSH_SECONDS: Final = 2.0
"""How long an answer waits for the latest events to be stored, before it is given without them."""

_CLOSE_TIMEOUT: Final = 5.0
"""How long a bot that stops lets something end that changes the database. Nobody waits for an answer any more."""

_LONG: Final[tuple[Callable[..., Any], ...]] = (csv_answer, personal_answer, personal_file, forget_answer)
"""What takes many times as long as other questions, or may be asked by everybody: it stands in a line of its own."""

_IDLE_SECONDS: Final = 30.0
"""How long the process for these is kept when it has nothing to do: they are seldom asked."""


class BotStopping(BotpulseError):
    """The bot is being closed, or has given up Botpulse."""

    title = _("The bot is just stopping")
    what_happened = _("It was stopped before the answer was there.")
    what_to_do = _("Ask again when it is back.")


class StoppedMeanwhile(BotStopping):
    """The bot is being closed while something is done."""

    what_happened = _("It was stopped before this was done, or before it could say so.")
    what_is_safe = _("It is done wholly or not at all.")
    what_to_do = _("See how things are when it is back; then do it again if need be.")


class TookTooLong(BotpulseError):
    """The answer is not there yet, and Discord will soon take it no more."""

    title = _("This took too long")
    what_happened = _("The answer was not there after 14 minutes, and Discord waits no longer than 15.")
    what_to_do = _("Ask for fewer days, or later. If it stays, the disk or the database of the bot does not answer.")


class Questions:
    """Asks the worker process for one bot, in the order in which the questions came.

    Equal questions that wait together are asked once. A question never joins one that is being answered already: what
    was tracked since that one began would be missing. Nobody waits behind a long file for managers, or behind what
    users ask of themselves: these have a line, and a process, to themselves.

    It has threads of its own, so that slow answers do not use up those that the bot's loop has for itself.
    """

    def __init__(self, manager: AnalyticsManager, worker: WorkerProcess) -> None:
        self._manager = manager
        self._line = _Line(worker, "botpulse-questions")
        self._long_line = _Line(WorkerProcess(idle_seconds=_IDLE_SECONDS), "botpulse-files")
        self._reading = threading.Lock()
        """Held by the long line while it reads: a reset in between would leave half of a period in a file."""
        self._waiting: dict[Hashable, Future[Any]] = {}
        self._lock = threading.Lock()
        self._closed = False

    async def ask(self, function: Callable[..., Result], *args: Any, **more: Any) -> Result:
        """The result of ``function(location, zone, *args, now=…, **more)`` in the worker process.

        Everything tracked up to now is counted. ``now`` (epoch seconds) is the moment at which it is asked, unless it
        is given.

        Raises:
            BotpulseError: what the function raises, the worker ended twice, it took too long, or the bot is stopping.
        """
        future = self._enqueue(function, args, more)
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                return await self._result(future)
        except TimeoutError as error:
            if future.done():
                raise
            raise TookTooLong(function.__qualname__) from error

    async def do(
        self, function: Callable[..., Result], *args: Any, before: Callable[[], object] | None = None
    ) -> Result:
        """The result of ``function(location, *args)`` in the worker process, called once for each call of this.

        No day is summed up meanwhile: the function may delete what a summary would be of. ``before`` is called in a
        thread of this process right before it.

        Raises:
            BotpulseError: as for :meth:`ask`, but it may take as long as it takes.
        """
        line = self._long_line if function in _LONG else self._line

        def call() -> Result:
            with self._reading, self._manager.resting():
                if self._closed:
                    raise BotStopping("it had not begun")
                line.doing = True
                try:
                    if before is not None:
                        before()
                    return line.worker.call_once(function, self._manager.location, *args)
                finally:
                    line.doing = False

        return await self._result(self._submit(line, call), StoppedMeanwhile)

    def close(self) -> None:
        """Give up what still waits, end the worker processes, and with them the questions under way. Blocks a moment.

        Something under way that changes the database is let end, within five seconds.
        """
        self._closed = True
        for line in (self._line, self._long_line):
            line.shut()
        for line in (self._long_line, self._line):
            line.close(_CLOSE_TIMEOUT if line.doing else 0.0)

    def _call(
        self, line: _Line, function: Callable[..., Result], args: tuple[Any, ...], more: dict[str, Any]
    ) -> Result:
        self._manager.flush(_FLUSH_SECONDS)
        zone = self._manager.timezone
        moment: dict[str, Any] = {"now": time.time(), **more}
        return line.worker.call(function, self._manager.location, zone.key or str(zone), *args, **moment)

    def _enqueue(self, function: Callable[..., Result], args: tuple[Any, ...], more: dict[str, Any]) -> Future[Result]:
        key, long = _key(function, args, more), function in _LONG
        line = self._long_line if long else self._line

        def run() -> Result:
            with self._lock:
                self._waiting.pop(key, None)  # who asks from now on wants to be answered anew
            with self._reading if long else nullcontext():
                return self._call(line, function, args, more)

        with self._lock:
            waiting = self._waiting.get(key)
            if waiting is None:
                waiting = self._waiting[key] = self._submit(line, run)
        return waiting

    def _submit(self, line: _Line, call: Callable[[], Result]) -> Future[Result]:
        try:
            return line.submit(call)
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
        except BotStopping:
            raise
        except BotpulseError:
            if self._closed:
                raise stopped("it was under way") from None
            raise


class _Line:
    """Questions one after the other: a thread, and the worker process that it asks. Both begin with the first one.

    ``doing`` tells whether something is under way that changes the database.
    """

    def __init__(self, worker: WorkerProcess, name: str) -> None:
        self.worker = worker
        self.doing = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._open: set[Future[Any]] = set()

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Put a question at the end.

        Raises:
            RuntimeError: it was shut.
        """
        future = self._thread.submit(call)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def shut(self) -> None:
        """Take no more questions, and give up those that wait."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def close(self, timeout: float) -> None:
        """End the process, and wait for the question under way: where there is no process, nothing can end that one."""
        self.worker.close(timeout)
        if not wait(tuple(self._open), _CLOSE_TIMEOUT).not_done:
            self._thread.shutdown()


def _key(function: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> Hashable:
    """By what equal questions are known; one with a list or the like among its arguments is like no other."""
    key = (function, args, frozenset(more), *(more[name] for name in sorted(more)))
    try:
        hash(key)
    except TypeError:
        return object()
    return key
