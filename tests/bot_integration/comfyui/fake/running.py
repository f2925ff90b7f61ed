"""A fake server and a client of it, for the length of a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot_integration.comfyui import ComfyUI
from tests.bot_integration.comfyui.fake.server import FakeComfyUI

Result = TypeVar("Result")
LONGEST_TEST = 30.0


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a test's coroutine; one that hangs fails."""

    async def bounded() -> Result:
        async with asyncio.timeout(LONGEST_TEST):
            return await work

    return asyncio.run(bounded())


@asynccontextmanager
async def serving(
    *, step_seconds: float = 0.002, prefix: str = "", token: str = "", **options: Any
) -> AsyncIterator[tuple[FakeComfyUI, ComfyUI]]:
    """A server that is quick, and a client that soon gives up; ``options`` are the client's."""
    server = FakeComfyUI(step_seconds=step_seconds, prefix=prefix, token=token)
    limits: dict[str, Any] = {"timeout": 15, "silence_timeout": 5, "request_timeout": 5, "reconnect_timeout": 3}
    async with server, ComfyUI(server.url, **(limits | options)) as client:
        yield server, client
