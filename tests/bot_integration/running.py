"""Run a real discord.py bot against the loopback Discord, in a thread and a loop of its own, as a host would run it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import discord
from discord.ext import commands

from tests.bot_integration.loopback import LoopbackDiscord

B = TypeVar("B", bound=commands.Bot | commands.AutoShardedBot)
T = TypeVar("T")

READY_SECONDS = 20.0
CLOSE_SECONDS = 20.0
SETTLE_SECONDS = 2.0
HANDLING = ("CommandTree-invoker", "discord.py: ", "discord-ui-view-dispatch", "discord-ui-modal-dispatch")
"""What discord.py calls the tasks in which it runs commands, listeners and clicks."""

GUILD_READY_SECONDS = 0.05
"""discord.py waits so long after the last server before it says that it is ready; its own default is 2 s."""


class _Errors(logging.Handler):
    """Keeps what discord.py logs as errors: an exception in a listener or a command reaches nobody else."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        self.kept.append(f"{record.name}: {record.getMessage()}" + (f": {cause!r}" if cause is not None else ""))


@dataclass(eq=False)
class RunningBot(Generic[B]):
    """A bot that is ready.

    Attributes:
        errors: what discord.py logged as errors since the start: exceptions in commands and listeners.
    """

    bot: B
    loop: asyncio.AbstractEventLoop
    errors: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Any]:
        """Allow ``bot, loop = running``."""
        return iter((self.bot, self.loop))

    def run(self, coroutine: Coroutine[Any, Any, T], timeout: float = 10.0) -> T:
        """Run a coroutine on the bot's loop, from the test's thread, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(timeout)

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until the bot has finished all that it is handling: its commands and listeners to their last line.

        A reply is there before the command that sent it has returned, and before what was tracked of it.
        """
        self.run(asyncio.wait_for(_handled(), timeout), timeout + 1)

    def call(self, function: Callable[[], T], timeout: float = 10.0) -> T:
        """Call a plain function on the bot's loop and return its result."""

        async def call() -> T:
            return function()

        return self.run(call(), timeout)


async def _handled() -> None:
    while tasks := [each for each in asyncio.all_tasks() if each.get_name().startswith(HANDLING)]:
        await asyncio.wait(tasks)


class _Thread(Generic[B]):
    """The thread of a bot: makes it, logs in, synchronises its commands, connects, and closes it when told."""

    def __init__(self, make_bot: Callable[[], B | Awaitable[B]], token: str, *, sync: bool) -> None:
        self._make_bot = make_bot
        self._token = token
        self._sync = sync
        self._ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self.running: RunningBot[B] | None = None
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="running-bot")

    def start(self) -> RunningBot[B]:
        self._thread.start()
        came = self._ready.wait(READY_SECONDS)
        if self.failure is not None:
            self._thread.join(CLOSE_SECONDS)
            raise self.failure
        if not came:
            self.close()
            raise TimeoutError(f"The bot was not ready after {READY_SECONDS:.0f} s")
        assert self.running is not None
        return self.running

    def close(self) -> None:
        if self.running is not None and self._stop is not None and self._thread.is_alive():
            self.running.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(CLOSE_SECONDS)
        if self._thread.is_alive():
            raise TimeoutError(f"The bot did not close within {CLOSE_SECONDS:.0f} s")
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as failure:  # handed over to the test's thread, whatever it is
            self.failure = failure
        finally:
            self._ready.set()

    async def _main(self) -> None:
        made = self._make_bot()
        bot: B = made if isinstance(made, commands.Bot | commands.AutoShardedBot) else await made
        self._stop = asyncio.Event()
        self.running = RunningBot(bot, asyncio.get_running_loop())
        _hurry(bot)
        async with bot:
            await bot.login(self._token)
            if self._sync:
                await _synchronise(bot)
            await self._connected(bot, self._stop)
        # The sockets that aiohttp has just closed are gone only after the loop has turned once more.
        await asyncio.sleep(0)

    async def _connected(self, bot: B, stop: asyncio.Event) -> None:
        connection = asyncio.create_task(bot.connect())
        ready = asyncio.create_task(bot.wait_until_ready())
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({connection, ready, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                self._ready.set()
                await asyncio.wait({connection, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if connection.done():
                await connection
            else:
                with suppress(TimeoutError):
                    await asyncio.wait_for(_handled(), SETTLE_SECONDS)
                await bot.close()
                await connection
        finally:
            for task in (ready, stopped):
                task.cancel()


def _hurry(bot: commands.Bot | commands.AutoShardedBot) -> None:
    """Take out the waits by which discord.py spares Discord: before READY, and before identifying anew (5 s)."""

    async def at_once(_shard_id: int | None, *, initial: bool = False) -> None:
        return None

    setattr(bot, "before_identify_hook", at_once)  # noqa: B010 (an attribute of this bot, not a method of its class)
    bot._connection.guild_ready_timeout = min(bot._connection.guild_ready_timeout, GUILD_READY_SECONDS)


async def _synchronise(bot: commands.Bot | commands.AutoShardedBot) -> None:
    """What hosts do by a command of their own: tell Discord of all commands, global and of single servers."""
    await bot.tree.sync()
    for guild_id in list(bot.tree._guild_commands):
        await bot.tree.sync(guild=discord.Object(guild_id))


@contextmanager
def running_bot(
    make_bot: Callable[[], B | Awaitable[B]],
    loopback: LoopbackDiscord,
    *,
    sync: bool = True,
    expect_errors: bool = False,
) -> Iterator[RunningBot[B]]:
    """Run a bot until it is ready, give it to the test, and close it as a host's Ctrl+C would.

    discord.py waits 2 s for further servers before ``on_ready``, and 5 s before it identifies a second time; both are
    shortened here (the first is the constructor's ``guild_ready_timeout``), everything else is the library as it is.

    Args:
        make_bot: makes the bot, in its thread, with its loop running; may be a coroutine function (to add cogs).
        sync: synchronise the application commands after logging in.
        expect_errors: do not fail at the end when discord.py has logged errors (exceptions in commands or listeners).
    """
    errors = _Errors()
    logger = logging.getLogger("discord")
    logger.addHandler(errors)
    with loopback.patch():
        thread = _Thread(make_bot, loopback.token, sync=sync)
        try:
            running = thread.start()
            running.errors = errors.kept
            try:
                yield running
            finally:
                thread.close()
        except BaseException as failure:
            for line in errors.kept:
                failure.add_note(f"discord.py logged: {line}")
            raise
        finally:
            logger.removeHandler(errors)
    if errors.kept and not expect_errors:
        raise AssertionError("discord.py logged errors:\n" + "\n".join(errors.kept))
