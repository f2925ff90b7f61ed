"""Telling the caller how far a prompt is: the latest only, on a task of its own, at the caller's pace."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from bot_integration.comfyui.models import Progress

log = logging.getLogger(__name__)

OnProgress: TypeAlias = Callable[[Progress], Awaitable[None] | None]
"""Called with the latest progress; a call begins only when the one before it has ended."""

_ENDS_WITHIN: Final = 1.0


class Reporter:
    """Calls ``on_progress`` whenever there is news. A call that raises is logged once, and the calls go on.

    As a context: after it no call begins, and the one that runs has been cancelled.
    """

    def __init__(self, on_progress: OnProgress | None, latest: Callable[[], Progress]) -> None:
        self._call, self._latest = on_progress, latest
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._complained = False

    def tell(self) -> None:
        """There is news."""
        self._news.set()

    async def __aenter__(self) -> Reporter:
        if self._call is not None:
            self._task = asyncio.create_task(self._report(self._call), name="comfyui progress")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is None:
            return
        self._task.cancel()
        done, _pending = await asyncio.wait({self._task}, timeout=_ENDS_WITHIN)
        if not done:
            log.warning("A progress callback goes on although it was cancelled; it is left alone.")

    async def _report(self, call: OnProgress) -> None:
        told: Progress | None = None
        while True:
            await self._news.wait()
            self._news.clear()
            latest = self._latest()
            if told is None or _differ(latest, told):
                told = latest
                await self._call_once(call, latest)

    async def _call_once(self, call: OnProgress, progress: Progress) -> None:
        try:
            result = call(progress)
            if inspect.isawaitable(result):
                await result
        except Exception:  # a stranger's code: whatever it raises, the generation goes on
            if not self._complained:
                log.warning("A progress callback failed; the generation goes on.", exc_info=True)
            self._complained = True


def _differ(one: Progress, other: Progress) -> bool:
    """Whether they differ in more than the time."""
    return any(getattr(one, field) != getattr(other, field) for field in _TOLD)


_TOLD: Final = tuple(field for field in Progress.__slots__ if field != "seconds")
