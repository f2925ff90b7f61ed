"""A finished image is counted once and shown once, however often its sender tries."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bot_integration.web.final_image import FinalImage
from bot_integration.web.pending import PendingRequests, ended
from bot_integration.web.receipts import Receipts
from bot_integration.web.refusals import Refusal
from core.manager import AnalyticsManager
from core.storage.receipts import DeliveryStage, Receipt
from core.text.formatting import written
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

Deliver = Callable[[FinalImage], Awaitable[None]]
"""Shows a picture. Its data can be opened until it returns; what it raises lets the sender try again."""

Release = Callable[[], Awaitable[None]]

_FLUSH_SECONDS: Final = 2.0
_TOO_LARGE: Final = _("The picture is ready, but it has {}, which is too much for Discord.")
_ENTITY_TOO_LARGE: Final = 40005
_MAY_PASS: Final = frozenset({408, 425, 429})
"""Refusals of Discord's (4xx) after which the same request may be taken."""


class Undeliverable(Exception):
    """Raised by the bot's ``deliver`` where trying again is of no use: the channel is gone, say.

    Attributes:
        words: a sentence for the user, which the sender is handed; empty where there is nothing to say to them. The
            reason itself is only logged.
    """

    def __init__(self, reason: str = "", words: str = "") -> None:
        super().__init__(reason or words)
        self.words = words


def require_fits(image: FinalImage, most: int) -> None:
    """Return where Discord takes a picture of this size; ``most`` is the limit in bytes.

    That is ``interaction.filesize_limit`` for an answer, ``guild.filesize_limit`` for a message in a channel.

    Raises:
        Undeliverable: it is larger; its words tell the user both sizes.
    """
    held = image.size
    if held > most:
        raise Undeliverable(
            f"{held:,} bytes, and Discord takes {most:,}",
            _("{words} Discord takes {size} here. A smaller size or a shorter video will do.").format(
                words=_TOO_LARGE.format(_megabytes(held)), size=_megabytes(most)
            ),
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Why a picture was not shown, or None; and whether it had been shown before."""

    refusal: Refusal | None
    repeated: bool = False


class Deliveries:
    """Counts and shows pictures; a picture that is being shown already is waited for.

    A picture is counted (tracked) before it is shown, and a file remembers that as soon as the database has it.
    So only a kill of the process within these milliseconds can count a picture twice, or lose one that the database
    did not take. A kill, or a time-out of ``deliver``, between showing and remembering shows it twice.
    """

    def __init__(
        self,
        manager: AnalyticsManager,
        deliver: Deliver,
        deliver_seconds: float,
        receipts: Receipts,
        pending: PendingRequests,
    ) -> None:
        self._manager = manager
        self._deliver = deliver
        self._deliver_seconds = deliver_seconds
        self._receipts = receipts
        self._pending = pending
        self._running: dict[str, asyncio.Task[_Outcome]] = {}
        self._closing = False
        self.waiting = 0
        """Senders that wait for a picture to be shown."""

    async def accept(self, image: FinalImage, release: Release) -> bool:
        """Count and show a picture, and return whether this was a repetition; ``release`` gives up its data.

        It goes on even if the caller is cancelled.

        Raises:
            Refusal: it could not be shown; it is counted nevertheless.
        """
        name = image.request_id
        task = self._running.get(name)
        if self._closing or task is not None:
            await release()
        if self._closing:
            raise _shutting_down()
        joined = task is not None
        if task is None:
            task = self._running[name] = asyncio.create_task(self._settle(image, release))
            task.add_done_callback(lambda _n: self._running.pop(name, None))
        self.waiting += 1
        try:
            await asyncio.wait((task,))
        finally:
            self.waiting -= 1
        if task.cancelled():
            raise _shutting_down()
        outcome = task.result()
        if outcome.refusal is not None:
            raise outcome.refusal
        return joined or outcome.repeated

    async def close(self, grace: float) -> None:
        """Accept no more; what is being shown has ``grace`` seconds to end before it is cancelled."""
        self._closing = True
        await ended(set(self._running.values()), grace)

    async def _settle(self, image: FinalImage, release: Release) -> _Outcome:
        try:
            with self._pending.held(image.request_id):  # nobody is told that no answer came while it is shown
                return await self._count_and_show(image)
        finally:
            await release()

    async def _count_and_show(self, image: FinalImage) -> _Outcome:
        await self._receipts.load()
        stage = self._receipts.stage_of(image.request_id)
        if stage is DeliveryStage.DELIVERED:
            return _Outcome(None, repeated=True)
        async with asyncio.TaskGroup() as tasks:
            if stage is None:
                tasks.create_task(self._save(self._count(image)))
            show = partial(self._show, image)
            refusal = await attempt(show, self._deliver_seconds, f"picture {image.request_id}")
            if refusal is None:
                self._pending.resolve(image.request_id, replace(image, data=b""))
                await self._receipts.write(self._receipts.note(image.request_id, DeliveryStage.DELIVERED))
        return _Outcome(refusal)

    async def _show(self, image: FinalImage) -> None:
        """Let the bot show it; what Discord will never take is not tried again."""
        try:
            await self._deliver(image)
        except Exception as error:
            status = _refused_for_good(error)
            if status is None:
                raise
            large = status == 413 or getattr(error, "code", None) == _ENTITY_TOO_LARGE
            words = _TOO_LARGE.format(_megabytes(image.size)) if large else ""
            raise Undeliverable(f"Discord refuses it: {error}", words) from error

    def _count(self, image: FinalImage) -> Receipt:
        self._manager.track_image_generation(
            image.user_id,
            image.prompt,
            image.resolution,
            image.loras,
            round(image.upscale_factor),
            image.generation_time,
            image.is_video,
            image.generation_type,
        )
        return self._receipts.note(image.request_id, DeliveryStage.TRACKED)

    async def _save(self, receipt: Receipt) -> None:
        """Remember over a restart that it was counted, once the database has it."""
        await asyncio.to_thread(self._manager.flush, _FLUSH_SECONDS)
        await self._receipts.write(receipt)


async def attempt(work: Callable[[], Awaitable[None]], seconds: float, what: str) -> Refusal | None:
    """Run the bot's own code for at most ``seconds``; why it did not succeed, or None. It is logged."""
    try:
        async with asyncio.timeout(seconds):
            await work()
    except TimeoutError:
        log.error("%s: the bot did not finish within %g s", what, seconds)
        return Refusal(504, f"the bot did not finish within {seconds:g} s; try again")
    except Undeliverable as reason:
        log.warning("%s cannot be delivered: %s", what, reason)
        return Refusal(410, "it cannot be delivered; trying again is of no use", words=reason.words)
    except Exception:  # the bot's own code may raise anything: the sender is told, and the log has the trace
        log.exception("%s: the bot failed to handle it", what)
        return Refusal(502, "the bot failed to handle it; try again")
    return None


def _refused_for_good(error: Exception) -> int | None:
    """The status of a refusal by Discord that stands however often it is asked; None for any other fault."""
    discord = sys.modules.get("discord")  # without it nothing can have come from there; a worker need not have it
    if discord is None or not isinstance(error, discord.HTTPException):
        return None
    status: int = error.status
    return status if 400 <= status < 500 and status not in _MAY_PASS else None


def _megabytes(size: int) -> str:
    return f"{written(size / 2**20, '.1f')} MB"


def _shutting_down() -> Refusal:
    return Refusal(503, "the bot is shutting down; try again", retry_after="5")
