"""Reading a finished prompt's outputs: in order, bounded, verified, again where the connection broke."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp

from bot_integration.comfyui.errors import BadAnswer, Lost, NoOutput, NotAPicture, OutputGone, TooBig
from bot_integration.comfyui.files import MadeFile
from bot_integration.comfyui.http_client import HttpClient, fault_of, joined, read_bounded
from bot_integration.comfyui.models import Kind, Output
from bot_integration.comfyui.retry import retrying
from bot_integration.comfyui.socket_events import Frame
from bot_integration.media import HEAD, begins_as, media_of

MOST_OUTPUTS: Final = 100
_MEDIA_TYPE: Final = re.compile(r"(?:image|video|audio)/[a-z0-9.+-]{1,60}")
_PAGES: Final = frozenset({"text/html", "application/json", "application/xml", "text/xml", "application/xhtml+xml"})
"""What servers and proxies answer in, and no file of a model is."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's chunks, not yet joined."""

    file: MadeFile
    chunks: list[bytes]
    content_type: str


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How much is read, and how long it is tried.

    Attributes:
        most_bytes: the largest sum of all.
        within: seconds for which a broken read is tried again.
    """

    most_bytes: int
    within: float


async def fetch(
    http: HttpClient,
    files: Sequence[MadeFile],
    frames: Sequence[Frame],
    limits: FetchLimits,
    cached: Collection[str] = (),
) -> tuple[tuple[Output, ...], float]:
    """Read all files; the outputs, frames of the socket last, and the monotonic time of the last byte.

    Args:
        http: the way to the server.
        files: what to read.
        frames: images that have come already.
        limits: how much, how long.
        cached: the nodes whose results came from the server's cache.

    Raises:
        NoOutput: there is nothing to read.
        TooBig: it is more than the bound, or more than ``MOST_OUTPUTS``.
        OutputGone, Lost: a file is gone.
        Unreachable, BadAnswer: the server does not hand it out, or something else in its place.
    """
    if not files and not frames:
        raise NoOutput("nothing that was wanted is among the outputs")
    if len(files) + len(frames) > MOST_OUTPUTS:
        raise TooBig(f"{len(files) + len(frames)} outputs")
    room, fetched = limits.most_bytes - sum(len(frame.data) for frame in frames), []
    for file in files:
        if file.text is not None:
            fetched.append(Fetched(file, [file.text.encode()], "text/plain"))
        else:
            fetched.append(await retrying(partial(_read, http, file, room, file.node in cached), limits.within))
        room -= sum(map(len, fetched[-1].chunks))
    last_byte = time.monotonic()
    outputs = [await _output(each) for each in fetched]
    return (*outputs, *(_from_frame(number, frame) for number, frame in enumerate(frames))), last_byte


async def _read(http: HttpClient, file: MadeFile, room: int, cached: bool) -> Fetched:
    what = f"the file {file.filename} of node {file.node}"
    async with http.download(file.query) as response:
        if response.status == 404:
            raise (OutputGone if cached else Lost)(f"{what} is gone")
        if response.status != 200:
            raise fault_of(f"GET /view {file.filename}", response.status)
        chunks = await read_bounded(response, room)
        if not chunks:
            raise BadAnswer(f"{what} is empty")
        head = _head(chunks)
        if not _is_what_it_should(file, response.content_type, head):
            raise NotAPicture(f"{what} is none: {response.content_type} that begins with {head[:40]!r}")
        return Fetched(file, chunks, _content_type(response, file, head))


def _head(chunks: list[bytes]) -> bytes:
    head = b""
    for chunk in chunks:
        head += chunk[:HEAD]
        if len(head) >= HEAD:
            break
    return head[:HEAD]


def _is_what_it_should(file: MadeFile, told: str, head: bytes) -> bool:
    """Whether an answer can be the file: who has nothing to hand out often answers in words, and with a 200."""
    ending = file.bare_name.rpartition(".")[2].lower()
    if file.kind.is_picture or file.kind is Kind.AUDIO:
        return told not in _PAGES and begins_as(ending, head)
    return told not in _PAGES or told.endswith(f"/{ending}")


def _content_type(response: aiohttp.ClientResponse, file: MadeFile, head: bytes) -> str:
    media = media_of(head) if file.kind.is_picture else None
    if media is not None:
        return media.content_type
    told = response.content_type
    return told if _MEDIA_TYPE.fullmatch(told) else file.content_type


async def _output(fetched: Fetched) -> Output:
    file = fetched.file
    return Output(
        await joined(fetched.chunks), file.bare_name, file.kind, file.node, fetched.content_type, file.annotated
    )


def _from_frame(number: int, frame: Frame) -> Output:
    ending = frame.content_type.removeprefix("image/").replace("jpeg", "jpg")
    return Output(frame.data, f"image_{number:05}.{ending}", Kind.IMAGE, frame.node or "", frame.content_type)
