"""SIGTERM closes the bot: Docker, systemd and ``kill`` end a program by it, and Python's own way to take it is to die.

discord.py sees to Ctrl+C only. Without this, a service that is stopped in the usual way would record no shutdown, and
look as if it had crashed.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from weakref import WeakKeyDictionary

from discord.ext import commands

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watch:
    """What SIGTERM does to the bots of one event loop.

    Attributes:
        loop: theirs.
        bots: which are to be closed.
        handler: what stands in the process for our handler, as long as nobody else has set one.
        closing: kept, so that they are not forgotten half way.
    """

    loop: asyncio.AbstractEventLoop
    bots: list[commands.Bot | commands.AutoShardedBot] = field(default_factory=list)
    handler: Any = None
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    def terminate(self) -> None:
        if signal.getsignal(signal.SIGTERM) is not self.handler:
            return  # the bot has set its own since, and that was called, too
        if not self.bots:
            self.loop.remove_signal_handler(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            return
        log.info("SIGTERM: the bot is closed")
        for bot in self.bots:
            task = self.loop.create_task(bot.close(), name="closing at SIGTERM")
            self.closing.add(task)
            task.add_done_callback(self.closing.discard)


_watches: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch]] = WeakKeyDictionary()


def close_when_terminated(bot: commands.Bot | commands.AutoShardedBot) -> Callable[[], None]:
    """Let SIGTERM close a bot, from within its event loop; return what ends that.

    Nothing is done where the program handles SIGTERM itself, the loop does not run in the main thread, or the system
    has no such signal (Windows). A handler that the program sets later takes the place of this one.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    watch = _watches.get(loop)
    if watch is None:
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            return lambda: None
        watch = _watches[loop] = _Watch(loop)
        loop.add_signal_handler(signal.SIGTERM, watch.terminate)
        watch.handler = signal.getsignal(signal.SIGTERM)
    watch.bots.append(bot)
    return lambda: watch.bots.remove(bot) if bot in watch.bots else None
