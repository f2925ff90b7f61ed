"""A web server in a thread with a loop of its own: its deadlines hold while the bot's loop is blocked."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from aiohttp import web

T = TypeVar("T")

CALL_SECONDS = 10.0


class Hosting:
    """Serves a web application on 127.0.0.1 and a free port, between :meth:`start` and :meth:`stop`."""

    def __init__(self, application: web.Application) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loopback-discord")
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)

    def start(self) -> str:
        """Start; returns the address."""
        self._thread.start()
        return self.wait(self._start())

    async def _start(self) -> str:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def stop(self) -> None:
        """End the server and its thread."""
        try:
            self.wait(self._runner.cleanup())
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(CALL_SECONDS)

    def do(self, function: Callable[[], T]) -> T:
        """Run a function on the server's thread, where alone its state may change."""

        async def call() -> T:
            return function()

        return self.wait(call())
