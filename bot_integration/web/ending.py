"""How the bot's own code is brought to an end when the handlers stop: it is waited for, then cancelled, then left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from typing import Any, Final

log = logging.getLogger(__name__)

_CANCEL_SECONDS: Final = 1.0
"""How long a cancelled task may take to tidy up."""


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
