"""Sends a finished image to the bot: the seed's ``send_final_image``, made safe to repeat."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.payload import IOBasePayload

from bot_integration.failures import mark_tracked
from bot_integration.web.final_image import IMAGE_PART, VIDEO_PART, FinalImage, text_fields
from core.text.formatting import one_line, written
from core.text.translation import gettext as _

log = logging.getLogger(__name__)

ATTEMPTS: Final = 6
FIRST_PAUSE: Final = 0.5
"""Seconds before the second try; doubled before each further one."""

LONGEST_PAUSE: Final = 30.0
_ATTEMPT_SECONDS: Final = 180.0
_MOST_ANSWER: Final = 64 * 1024
_LONGEST_REASON: Final = 300
_TOO_MANY: Final = 429
_TOO_LARGE: Final = 413
_CONTENT_TYPE: Final = "application/octet-stream"


class DeliveryFailed(Exception):
    """The picture did not reach the bot, or the bot did not say so.

    Attributes:
        request_id: whose picture.
        attempts: how often it was tried.
        reason: what went wrong the last time.
        words: a sentence for the user.
    """

    words = _("The picture is ready, but the bot could not be reached to show it.")

    def __init__(self, request_id: str, attempts: int, reason: str) -> None:
        super().__init__(f"picture {request_id} was not delivered after {attempts} attempts: {reason}")
        self.request_id = request_id
        self.attempts = attempts
        self.reason = reason


class DeliveryRefused(DeliveryFailed):
    """The bot refuses the picture as it is: trying again is of no use.

    Attributes:
        status: the HTTP status.
        field: the form's field that the bot names, or None.
        words: a sentence for the user: the bot's own, where it says one.
    """

    words = _("The picture is ready, but the bot does not accept it.")

    def __init__(
        self, request_id: str, attempts: int, reason: str, status: int, field: str | None, words: str = ""
    ) -> None:
        super().__init__(request_id, attempts, f"{status} {reason}")
        self.status = status
        self.field = field
        self.words = words or self.words


class _TryAgain(Exception):
    """This attempt failed in a way that may pass; ``pause`` is how long the bot asks to wait, in seconds.

    ``tracked``: the bot has remembered it as a failure.
    """

    def __init__(self, reason: str, pause: float | None = None, tracked: bool = False) -> None:
        super().__init__(reason)
        self.pause = pause
        self.tracked = tracked


async def send_final_image(
    url: str,
    token: str,
    image: FinalImage,
    *,
    session: aiohttp.ClientSession | None = None,
    attempts: int = ATTEMPTS,
    timeout: float = 300.0,
    first_pause: float = FIRST_PAUSE,
) -> None:
    """Post a finished image to the bot; it was delivered when this returns.

    Connection errors, 5xx and 429 are tried again, after pauses that grow and vary by chance (``Retry-After`` is
    honoured). The picture's ``request_id`` stays the same, so Botpulse's handler shows and counts it once. The deployed
    bot's own handler takes the same form but knows no repetition: against it an answer that was lost shows it twice.

    Args:
        url: the bot's address, ``http://127.0.0.1:8080``; a path other than /send_image may be given.
        token: what the bot's web handlers were given.
        image: the picture.
        session: to use; one is made for the call by default.
        attempts: how often to try at most.
        timeout: seconds for all of it.
        first_pause: seconds before the second attempt.

    Raises:
        DeliveryRefused: the bot refuses it (any other 4xx, or a redirect).
        DeliveryFailed: all attempts failed, or the time is over.
        OSError: the picture's file can't be opened.
        ValueError: the URL or the token can be none.
    """
    image = image if image.request_id else replace(image, request_id=uuid.uuid4().hex)
    deadline = asyncio.get_running_loop().time() + timeout
    sending = _Sending(_address(url), token, image, attempts, first_pause, deadline)
    try:
        async with asyncio.timeout_at(deadline), _session(session) as usable:
            await sending.run(usable)
    except TimeoutError:
        reason = f"the time of {timeout:g} s is over; {sending.reason}"
        raise DeliveryFailed(image.request_id, sending.tried, reason) from None


class _Sending:
    """One picture's attempts."""

    def __init__(
        self, url: str, token: str, image: FinalImage, attempts: int, first_pause: float, deadline: float
    ) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._image = image
        self._attempts = attempts
        self._pause = first_pause
        self._deadline = deadline
        self.tried = 0
        self.reason = "no answer yet"

    async def run(self, session: aiohttp.ClientSession) -> None:
        """Try until it is delivered, refused, or was tried often enough."""
        while True:
            self.tried += 1
            try:
                await self._try(session)
                return
            except _TryAgain as failure:
                self.reason = str(failure)
                pause = self._next_pause(failure.pause)
                too_late = asyncio.get_running_loop().time() + pause >= self._deadline
                if self.tried >= self._attempts or too_late:
                    failed = DeliveryFailed(self._image.request_id, self.tried, self.reason)
                    raise self._marked(failed, failure.tracked) from failure
            log.info("picture %s: %s; trying again in %.1f s", self._image.request_id, self.reason, pause)
            await asyncio.sleep(pause)

    def _next_pause(self, asked_for: float | None) -> float:
        """Seconds before the next attempt: as the bot asks, or longer each time and by chance."""
        usual = self._pause * random.uniform(0.5, 1.5)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return usual if asked_for is None else asked_for

    async def _try(self, session: aiohttp.ClientSession) -> None:
        file = await asyncio.to_thread(self._image.open)
        try:
            async with session.post(
                self._url,
                data=_form(self._image, file),
                headers=self._headers,
                allow_redirects=False,  # the token is for this address alone
                timeout=aiohttp.ClientTimeout(total=_ATTEMPT_SECONDS),
            ) as response:
                await self._judge(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _TryAgain(str(error) or type(error).__name__) from error
        finally:
            await asyncio.to_thread(file.close)

    async def _judge(self, response: aiohttp.ClientResponse) -> None:
        if response.ok and response.status < 300:
            return
        told = _told(await response.content.read(_MOST_ANSWER))
        error, words = told.error or response.reason or "", told.words
        if response.status >= 500 or response.status == _TOO_MANY:
            pause = _retry_after(response.headers.get("Retry-After"))
            raise _TryAgain(f"{response.status} {error}", pause, told.tracked)
        if response.status == _TOO_LARGE and not words:  # a proxy before the bot has a limit, too
            words = _("The picture is ready, but it is too large for the bot: {size} MB.").format(
                size=written(self._image.size / 2**20, ".1f")
            )
        refused = DeliveryRefused(self._image.request_id, self.tried, error, response.status, told.field, words)
        raise self._marked(refused, told.tracked)

    def _marked(self, failed: DeliveryFailed, tracked: bool) -> DeliveryFailed:
        """Have the statistics know that the bot has remembered it, where that is so."""
        if tracked:
            mark_tracked(failed, self._image.user_id)
        return failed


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the bot's address must begin with http:// or https:// and a host, not {url!r}")
    return url.rstrip("/") + "/send_image" if parts.path in ("", "/") else url


@asynccontextmanager
async def _session(given: aiohttp.ClientSession | None) -> AsyncIterator[aiohttp.ClientSession]:
    if given is not None:
        yield given
        return
    async with aiohttp.ClientSession() as own:
        yield own


class _InMemory(IOBasePayload):
    """Bytes in memory, sent chunk by chunk: aiohttp's own payload of a BytesIO first copies all, on the event loop."""

    def __init__(self, reader: io.BytesIO) -> None:
        super().__init__(reader, content_type=_CONTENT_TYPE)
        start = reader.tell()
        self._bytes = reader.seek(0, os.SEEK_END) - start
        reader.seek(start)

    @property
    def size(self) -> int:
        return self._bytes


def _form(image: FinalImage, file: io.BufferedIOBase) -> aiohttp.FormData:
    form = aiohttp.FormData()  # multipart by the file in it; older releases know no other way
    for name, text in text_fields(image).items():
        form.add_field(name, text)
    form.add_field(
        VIDEO_PART if image.is_video else IMAGE_PART,
        _InMemory(file) if isinstance(file, io.BytesIO) else file,
        filename="video.mp4" if image.is_video else "image.png",  # the handlers look into the file
        content_type=_CONTENT_TYPE,
    )
    return form


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer says: the reason, the field that it is about, words for the user, whether it is remembered."""

    error: str = ""
    field: str | None = None
    words: str = ""
    tracked: bool = False


def _told(body: bytes) -> _Told:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        return _Told(body.decode("utf-8", "replace")[:_LONGEST_REASON])
    if not isinstance(values, dict):
        return _Told()
    field, words = values.get("field"), values.get("words")
    return _Told(
        str(values.get("error", ""))[:_LONGEST_REASON],
        field if isinstance(field, str) else None,
        one_line(words, _LONGEST_REASON) if isinstance(words, str) else "",
        values.get("tracked") is True,
    )


def _retry_after(value: str | None) -> float | None:
    """Seconds that a Retry-After header asks for: a number, or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
