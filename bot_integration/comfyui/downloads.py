"""Reading a finished prompt's outputs: in order, bounded, again where the connection broke."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import aiohttp

from bot_integration.comfyui.errors import BadAnswer, Lost, NoOutput, TooBig
from bot_integration.comfyui.files import MadeFile
from bot_integration.comfyui.http_client import HttpClient, fault_of, joined, read_bounded
from bot_integration.comfyui.models import Kind, Output
from bot_integration.comfyui.retry import retrying
from bot_integration.comfyui.socket_events import Frame

MOST_OUTPUTS: Final = 100
_MEDIA_TYPE: Final = re.compile(r"(?:image|video)/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file's chunks, not yet joined."""

    file: MadeFile
    chunks: list[bytes]
    content_type: str


async def fetch(
    http: HttpClient, files: Sequence[MadeFile], frames: Sequence[Frame], most_bytes: int, within: float
) -> tuple[tuple[Output, ...], float]:
    """Read all files; the outputs, frames of the socket last, and the monotonic time of the last byte.

    Args:
        http: the way to the server.
        files: what to read.
        frames: images that have come already.
        most_bytes: the largest sum of all.
        within: seconds for which a broken read is tried again.

    Raises:
        NoOutput: there is nothing to read.
        TooBig: it is more than the bound, or more than ``MOST_OUTPUTS``.
        Lost: a file is gone.
        Unreachable, BadAnswer: the server does not hand it out.
    """
    if not files and not frames:
        raise NoOutput("no image and no video among the outputs")
    if len(files) + len(frames) > MOST_OUTPUTS:
        raise TooBig(f"{len(files) + len(frames)} outputs")
    room, fetched = most_bytes - sum(len(frame.data) for frame in frames), []
    for file in files:
        fetched.append(await retrying(partial(_read, http, file, room), within))
        room -= sum(map(len, fetched[-1].chunks))
    last_byte = time.monotonic()
    outputs = [await _output(each) for each in fetched]
    return (*outputs, *(_from_frame(number, frame) for number, frame in enumerate(frames))), last_byte


async def _read(http: HttpClient, file: MadeFile, room: int) -> Fetched:
    async with http.download(file.query) as response:
        if response.status == 404:
            raise Lost(f"the file {file.filename} of node {file.node} is gone")
        if response.status != 200:
            raise fault_of(f"GET /view {file.filename}", response.status)
        chunks = await read_bounded(response, room)
        if not chunks:
            raise BadAnswer(f"the file {file.filename} of node {file.node} is empty")
        return Fetched(file, chunks, _content_type(response, file))


def _content_type(response: aiohttp.ClientResponse, file: MadeFile) -> str:
    told = response.content_type
    return told if _MEDIA_TYPE.fullmatch(told) else file.content_type


async def _output(fetched: Fetched) -> Output:
    file = fetched.file
    return Output(await joined(fetched.chunks), file.bare_name, file.kind, file.node, fetched.content_type)


def _from_frame(number: int, frame: Frame) -> Output:
    ending = frame.content_type.removeprefix("image/").replace("jpeg", "jpg")
    return Output(frame.data, f"image_{number:05}.{ending}", Kind.IMAGE, frame.node or "", frame.content_type)
