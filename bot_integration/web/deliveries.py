"""A finished image is counted once and shown once, however often its sender tries."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from bot_integration.names import note_names
from bot_integration.origin import RequestOrigin, origin_of
from bot_integration.web.final_image import FinalImage
from bot_integration.web.pending import PendingRequests, ended
from bot_integration.web.receipts import Receipts
from bot_integration.web.refusals import Refusal
from bot_integration.web.statistics import track_picture, track_undelivered
from core.manager import AnalyticsManager
from core.storage.receipts import DeliveryStage
from core.text.formatting import written
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

Deliver = Callable[[FinalImage], Awaitable[object]]
"""Shows a picture. Its data can be opened until it returns; what it raises lets the sender try again.

Where it returns the message (discord.py's) that shows the picture, the statistics know it, and so the way to it.
"""

Release = Callable[[], Awaitable[None]]

MESSAGE_WITHIN: Final = 10.0
"""Seconds for which the counting of a picture waits for its message. Killed meanwhile, the sender's next try counts."""

TOO_LARGE: Final = "TooLarge"
"""What the statistics call a picture that is larger than Discord takes."""

_FLUSH_SECONDS: Final = 2.0
_MOST_FAILED: Final = 1_000
_TOO_LARGE: Final = _("The picture is ready, but it has {}, which is too much for Discord.")
_ENTITY_TOO_LARGE: Final = 40005
_MAY_PASS: Final = frozenset({408, 425, 429})
"""Refusals of Discord's (4xx) after which the same request may be taken."""


class Undeliverable(Exception):
    """Raised by the bot's ``deliver`` where trying again is of no use: the channel is gone, say.

    Attributes:
        words: a sentence for the user, which the sender is handed; empty where there is nothing to say to them. The
            reason itself is only logged.
        error_type: what the statistics call it; by default the type of the exception that it was raised from.
    """

    def __init__(self, reason: str = "", words: str = "", error_type: str = "") -> None:
        super().__init__(reason or words)
        self.words = words
        self.error_type = error_type


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
            TOO_LARGE,
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Why a picture was not shown, or None; and whether it had been shown before."""

    refusal: Refusal | None
    repeated: bool = False


class Deliveries:
    """Counts and shows pictures; a picture that is being shown already is waited for.

    A picture is counted (tracked) as soon as its message is known, or it can't be shown, or showing it takes longer
    than :data:`MESSAGE_WITHIN`; and a file remembers that as soon as the database has it. So only a kill of the process
    within the milliseconds between the two can count a picture twice, or lose one that the database did not take. A
    kill, or a time-out of ``deliver``, between showing and remembering shows it twice.
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
        self._failed: dict[str, None] = {}
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
        waiting = self._pending.get(image.request_id)
        place = RequestOrigin() if waiting is None else origin_of(waiting.context)
        message: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as tasks:
            if stage is None:
                tasks.create_task(self._count(image, place, message))
            show, note = partial(self._show, image, message), partial(self._note_failure, image, place)
            try:
                refusal = await attempt(show, self._deliver_seconds, f"picture {image.request_id}", note)
            finally:
                _resolve(message, None)
            if refusal is None:
                self._pending.resolve(image.request_id, replace(image, data=b""))
                await self._receipts.write(self._receipts.note(image.request_id, DeliveryStage.DELIVERED))
        return _Outcome(refusal)

    async def _show(self, image: FinalImage, message: asyncio.Future[object]) -> None:
        """Let the bot show it; what Discord will never take is not tried again."""
        try:
            _resolve(message, await self._deliver(image))
        except Exception as error:
            status = _refused_for_good(error)
            if status is None:
                raise
            large = status == 413 or getattr(error, "code", None) == _ENTITY_TOO_LARGE
            words = _TOO_LARGE.format(_megabytes(image.size)) if large else ""
            raise Undeliverable(f"Discord refuses it: {error}", words, TOO_LARGE if large else "") from error

    async def _count(self, image: FinalImage, place: RequestOrigin, message: asyncio.Future[object]) -> None:
        """Count it, with its message where that is known soon; remember over a restart that it was counted."""
        if (waiting := self._pending.get(image.request_id)) is not None:
            note_names(self._manager, waiting.context)
        await asyncio.wait((message,), timeout=MESSAGE_WITHIN)
        shown_in = message.result() if message.done() else None
        track_picture(self._manager, image, place, shown_in)
        receipt = self._receipts.note(image.request_id, DeliveryStage.TRACKED)
        await asyncio.to_thread(self._manager.flush, _FLUSH_SECONDS)
        await self._receipts.write(receipt)

    def _note_failure(self, image: FinalImage, place: RequestOrigin, error: Exception) -> None:
        """Remember it, where it is final, or the first one of this picture: senders try again and again."""
        final = isinstance(error, Undeliverable)
        if final or image.request_id not in self._failed:
            self._failed[image.request_id] = None
            track_undelivered(self._manager, image, place, error, self._deliver_seconds)
        while len(self._failed) > _MOST_FAILED:
            del self._failed[next(iter(self._failed))]


async def attempt(
    work: Callable[[], Awaitable[None]],
    seconds: float,
    what: str,
    note: Callable[[Exception], None] | None = None,
) -> Refusal | None:
    """Run the bot's own code for at most ``seconds``; why it did not succeed, or None. It is logged.

    ``note`` is told of the error.
    """
    try:
        async with asyncio.timeout(seconds):
            await work()
    except Exception as error:  # the bot's own code may raise anything: the sender is told, and the log has the trace
        if note is not None:
            note(error)
        return _refusal_of(error, seconds, what, tracked=note is not None)
    return None


def _refusal_of(error: Exception, seconds: float, what: str, *, tracked: bool) -> Refusal:
    if isinstance(error, TimeoutError):
        log.error("%s: the bot did not finish within %g s", what, seconds)
        return Refusal(504, f"the bot did not finish within {seconds:g} s; try again", tracked=tracked)
    if isinstance(error, Undeliverable):
        log.warning("%s cannot be delivered: %s", what, error)
        return Refusal(410, "it cannot be delivered; trying again is of no use", words=error.words, tracked=tracked)
    log.error("%s: the bot failed to handle it", what, exc_info=error)
    return Refusal(502, "the bot failed to handle it; try again", tracked=tracked)


def _resolve(future: asyncio.Future[object], value: object) -> None:
    if not future.done():
        future.set_result(value)


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
