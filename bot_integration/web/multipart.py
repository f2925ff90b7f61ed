"""A posted form, part by part, in bounded memory (RFC 7578).

It is stricter than aiohttp's own reader: every byte counts towards the limit, text before the first and after the
last boundary, nested forms and transfer encodings are refused, and whatever is posted ends in a :class:`Refusal`.
"""

from __future__ import annotations

import re
from typing import Final

from aiohttp import StreamReader, web
from aiohttp.http import HttpProcessingError

from bot_integration.web.refusals import Refusal, too_large

_CHUNK: Final = 64 * 1024
_MOST_HEADERS: Final = 4_096
"""Bytes of one part's headers."""

_BOUNDARY: Final = re.compile(
    r""";\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+./:=?-]{1,70}))\s*(?:;|$)""", re.ASCII | re.IGNORECASE
)
_DISPOSITION: Final = re.compile(rb"^content-disposition:[ \t]*form-data[ \t]*(;.*)$", re.IGNORECASE | re.MULTILINE)
_NAME: Final = re.compile(rb"[!-~]{1,100}")
_PARAMETER: Final = re.compile(rb""";[ \t]*([\w*-]+)=("(?:[^"\\]|\\.)*"|[^\s;"]*)""")
_ENCODING: Final = re.compile(
    rb"^content-transfer-encoding:(?![ \t]*(?:7bit|8bit|binary)\s*$)", re.IGNORECASE | re.MULTILINE
)


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type header names.

    Raises:
        Refusal: it is not a form's, or names none.
    """
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise Refusal(415, "the form must be sent as multipart/form-data")
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise Refusal(400, "the Content-Type names no usable boundary")
    return (found[1] or found[2]).encode("ascii")


class Body:
    """A request's body, read chunk by chunk up to a limit."""

    def __init__(self, content: StreamReader, most: int) -> None:
        self._content = content
        self._most = most
        self._read = 0

    async def read(self) -> bytes:
        """The next chunk; empty at the end.

        Raises:
            Refusal: it is too large, or it broke off.
        """
        try:
            chunk = await self._content.read(_CHUNK)
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
            raise Refusal(400, "the body broke off, or is not encoded as its headers say") from error
        self._read += len(chunk)
        if self._read > self._most:
            raise too_large("the body", self._most)
        return chunk

    async def read_all(self) -> bytes:
        """All that is left."""
        whole = bytearray()
        while chunk := await self.read():
            whole += chunk
        return bytes(whole)


class Parts:
    """The parts of a form, one after the other: :meth:`next` names a part, :meth:`read` gives its chunks."""

    def __init__(self, body: Body, boundary: bytes) -> None:
        self._body = body
        self._end_of_part = b"\r\n--" + boundary
        self._held = bytearray(b"\r\n")  # the first boundary has no line end of its own
        self._in_part = False
        self._begun = False

    async def next(self) -> str | None:
        """The name of the next part; None at the end of the form. What was left of the last part is passed over.

        Raises:
            Refusal: the form is malformed, or too large.
        """
        if not self._begun:
            self._begun = True
            if await self._take(len(self._end_of_part)) != self._end_of_part:
                raise _malformed("it does not begin with its boundary")
        while self._in_part:
            await self.read()
        following = await self._take(2)
        if following == b"--":
            await self._finish()
            return None
        if following != b"\r\n":
            raise _malformed("a boundary is followed by something else")
        name = _name_of(await self._headers())
        self._in_part = True
        return name

    async def read(self) -> bytes:
        """The next chunk of the current part; empty where the part may have ended: see :attr:`in_part`."""
        while self._in_part:
            at = self._held.find(self._end_of_part)
            if at >= 0:
                self._in_part = False
                chunk = bytes(self._held[:at])
                del self._held[: at + len(self._end_of_part)]
                return chunk
            safe = len(self._held) - len(self._end_of_part) + 1
            if safe > 0:
                chunk = bytes(self._held[:safe])
                del self._held[:safe]
                return chunk
            await self._fill()
        return b""

    @property
    def in_part(self) -> bool:
        """Whether the current part goes on."""
        return self._in_part

    async def _finish(self) -> None:
        """After the last boundary only a line end may come."""
        while len(self._held) <= 2 and (chunk := await self._body.read()):
            self._held += chunk
        if bytes(self._held) not in (b"", b"\r\n"):
            raise _malformed("something follows its end")

    async def _headers(self) -> bytes:
        """The headers of a part, each with its line end; the blank line after them is gone."""
        if (start := await self._take(2)) == b"\r\n":
            return b""
        self._held[:0] = start
        while (at := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > _MOST_HEADERS + _CHUNK:
                break
            await self._fill()
        if not 0 <= at <= _MOST_HEADERS:
            raise _malformed("a part's headers are too long")
        return await self._take(at + 4)

    async def _take(self, amount: int) -> bytes:
        while len(self._held) < amount:
            await self._fill()
        taken = bytes(self._held[:amount])
        del self._held[:amount]
        return taken

    async def _fill(self) -> None:
        chunk = await self._body.read()
        if not chunk:
            raise _malformed("it ends before its last boundary")
        self._held += chunk


def _name_of(headers: bytes) -> str:
    lines = headers.replace(b"\r\n", b"\n")
    disposition = _DISPOSITION.search(lines)
    if disposition is None:
        raise _malformed("a part has no Content-Disposition of a form")
    if _ENCODING.search(lines):
        raise _malformed("a part has a transfer encoding")
    names: list[bytes] = [value for key, value in _PARAMETER.findall(disposition[1]) if key.lower() == b"name"]
    if len(names) != 1 or not _NAME.fullmatch(names[0].strip(b'"')):
        raise _malformed("a part has no name, or none in plain ASCII")
    return names[0].strip(b'"').decode("ascii")


def _malformed(why: str) -> Refusal:
    return Refusal(400, f"the form is malformed: {why}")
