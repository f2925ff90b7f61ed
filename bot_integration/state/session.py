"""What the commands of one bot share while it runs: whom to ask, the names learnt so far, and what is done later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final

import discord

from bot_integration.state.cooldown import Cooldown
from bot_integration.state.query_queue import Questions
from bot_integration.state.user_names import Names
from core.manager import AnalyticsManager
from core.worker.process import WorkerProcess

log = logging.getLogger(__name__)

_LAST_WORDS_SECONDS: Final = 2.0
"""How long a bot that stops lets its commands tell their users so."""


class CommandSession:
    """One bot's, from the loading of its commands to their end.

    Attributes:
        manager: takes the bot's events.
        questions: asks the statistics.
        names: what users are called.
        pressed: the messages whose button was pressed that works only once.
        privacy: when users may ask again what is stored of them.
    """

    def __init__(self, manager: AnalyticsManager, worker: WorkerProcess) -> None:
        manager.sum_up_with(worker.call)
        self.manager, self._worker = manager, worker
        self.questions = Questions(manager, worker)
        self.names = Names()
        self.pressed: set[int] = set()
        self.privacy = Cooldown()
        self._later: dict[int, asyncio.Task[None]] = {}
        self._answering: set[asyncio.Task[Any]] = set()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While it lasts, somebody waits for an answer of the current task."""
        task = asyncio.current_task()
        assert task is not None
        self._answering.add(task)
        try:
            yield
        finally:
            self._answering.discard(task)

    def later(self, message: int, work: Coroutine[Any, Any, None]) -> None:
        """Let some work on a message go on by itself, until it ends or something else is done with the message."""
        self.leave(message)
        task = self._later[message] = asyncio.create_task(_quietly(work))
        task.add_done_callback(lambda done: self._forget(message, done))

    def leave(self, message: int) -> None:
        """Stop what still goes on with a message."""
        task = self._later.pop(message, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop everything; who waits for an answer is told. The loop goes on: the worker process ends in a thread.

        What changes the database has a few seconds to finish; a summary of days that is under way waits for next time.
        """
        for message in tuple(self._later):
            self.leave(message)
        answering = self._answering - {asyncio.current_task()}
        self.manager.sum_up_without(self._worker.call)  # others' bots may go on summing up
        await asyncio.to_thread(self.questions.close)
        if answering:
            await asyncio.wait(answering, timeout=_LAST_WORDS_SECONDS)

    def _forget(self, message: int, done: asyncio.Task[None]) -> None:
        if self._later.get(message) is done:
            del self._later[message]


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """The message may be gone by now, or the bot cut off; what was shown before stands."""
    try:
        await work
    except (discord.HTTPException, OSError) as error:
        log.info("a message was left as it was: %s", error)
