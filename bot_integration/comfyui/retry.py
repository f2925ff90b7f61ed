"""Trying again with growing pauses what may pass by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot_integration.comfyui.errors import ComfyUIError

Result = TypeVar("Result")

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0


async def retrying(attempt: Callable[[], Awaitable[Result]], within: float, pause: float = FIRST_PAUSE) -> Result:
    """Call ``attempt`` until it succeeds; a fault that may pass is raised only after ``within`` seconds."""
    until = time.monotonic() + within
    while True:
        try:
            return await attempt()
        except ComfyUIError as error:
            if not error.may_pass or time.monotonic() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
