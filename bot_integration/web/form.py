"""A posted form as texts and a file, each within its limit; what it means is for :mod:`bot_integration.web.fields`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from bot_integration.media import HEAD, Media, media_of
from bot_integration.web.limits import Limits
from bot_integration.web.multipart import Body, Parts, boundary_of
from bot_integration.web.refusals import Refusal, too_large
from bot_integration.web.upload import Upload


@dataclass(frozen=True, slots=True)
class FilePart:
    """A form's file part: its name, what it is, and its bytes."""

    name: str
    media: Media
    data: bytes | Upload


@dataclass(frozen=True, slots=True)
class Form:
    """What was posted: texts by name, unknown ones too, and the file, if there is one."""

    texts: dict[str, str]
    file: FilePart | None


class _FormReader:
    def __init__(
        self, limits: Limits, file_names: frozenset[str], most_file: int, on_text: Callable[[str, str], None] | None
    ) -> None:
        self._limits = limits
        self._file_names = file_names
        self._most_file = most_file
        self._on_text = on_text
        self._texts: dict[str, str] = {}
        self._file: FilePart | None = None
        self.upload = Upload(limits.in_memory)

    async def read(self, parts: Parts) -> Form:
        number = 0
        while (name := await parts.next()) is not None:
            number += 1
            if number > self._limits.parts:
                raise Refusal(413, f"the form has more than {self._limits.parts} fields")
            if name in self._file_names:
                await self._take_file(parts, name)
            else:
                await self._take_text(parts, name)
        return Form(self._texts, self._file)

    async def _take_text(self, parts: Parts, name: str) -> None:
        if name in self._texts:
            raise Refusal(400, f"{name} was sent twice", name)
        most, data = self._limits.of_field(name), bytearray()
        while parts.in_part:
            data += await parts.read()
            if len(data) > most:
                raise too_large(name, most, name)
        try:
            text = self._texts[name] = data.decode()
        except UnicodeDecodeError:
            raise Refusal(422, f"{name} is not UTF-8", name) from None
        if self._on_text is not None:
            self._on_text(name, text)

    async def _take_file(self, parts: Parts, name: str) -> None:
        if self._file is not None:
            raise Refusal(400, "more than one file was sent", name)
        head = b""
        while parts.in_part and len(head) < HEAD:
            head += await parts.read()
        media = media_of(head)
        if media is None:
            raise Refusal(422, f"{name}: neither PNG, JPEG, WebP, GIF, MP4 nor WebM", name)
        await self._store(head, name)
        while parts.in_part:
            await self._store(await parts.read(), name)
        self._file = FilePart(name, media, await self.upload.finish())

    async def _store(self, chunk: bytes, name: str) -> None:
        if self.upload.size + len(chunk) > self._most_file:
            raise too_large(name, self._most_file, name)
        await self.upload.write(chunk)


@asynccontextmanager
async def form_of(
    request: web.BaseRequest,
    limits: Limits,
    file_names: frozenset[str],
    most_file: int,
    most_body: int,
    on_text: Callable[[str, str], None] | None = None,
) -> AsyncIterator[Form]:
    """Read a form to its end; its file goes with the block.

    Args:
        request: whose body it is.
        limits: of texts, and of what stays in memory.
        file_names: the parts that hold a file.
        most_file: bytes of the file.
        most_body: bytes in all.
        on_text: is told the name and the value of each text as soon as it is there.

    Raises:
        Refusal: it is malformed, too large, or broke off.
    """
    reader = _FormReader(limits, file_names, most_file, on_text)
    boundary = boundary_of(request.headers.get("Content-Type", ""))
    try:
        yield await reader.read(Parts(Body(request.content, most_body), boundary))
    finally:
        await reader.upload.close()
