"""Real web handlers on loopback, with a real manager and a real SQLite file, and what to post to them."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot_integration.web_handlers import FinalImage, WebHandlers
from core.manager import AnalyticsManager

TOKEN = "a-token-of-the-test_0123456789"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
JPEG = b"\xff\xd8\xff\xe0" + bytes(200)
GIF = b"GIF89a" + bytes(100)
WEBP = b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(100)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(100)
WEBM = b"\x1a\x45\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1f\x42\x82\x84webm" + bytes(100)
AVIF = b"\x00\x00\x00\x1cftypavif" + bytes(100)

FIELDS = {
    "request_id": "6f1c2f0e-5a0e-4d3b-8a51-6b0f7a3f3c11",
    "user_id": "184405311681986560",
    "channel_id": "381870553235193857",
    "interaction_id": "1175868229283164251",
    "original_message_id": "1175868229283164999",
    "prompt": "a lighthouse at dusk\nwith 🦀, «quotes» and -- dashes",
    "resolution": "16:9 [1344x768 landscape]",
    "upscaled_resolution": "2688x1536",
    "loras": '["film_grain.safetensors", "größe.safetensors"]',
    "upscale_factor": "2",
    "seed": "18446744073709551615",
    "is_video": "False",
    "generation_time": "12.75",
    "request_type": "redux",
    "workflow": '{"3": {"class_type": "KSampler", "inputs": {}}}',
}

SERVERS = ("aiohttp", "asyncio")


def form(
    data: bytes | None = PNG, part: str = "image_data", without: str | None = None, **changes: str
) -> aiohttp.FormData:
    """The form of a finished image, with some of its fields changed or one left out."""
    filled = aiohttp.FormData(default_to_multipart=True)
    for name, value in {**FIELDS, **changes}.items():
        if name != without:
            filled.add_field(name, value)
    if data is not None:
        filled.add_field(part, io.BytesIO(data), filename="../../evil.exe", content_type="application/x-msdownload")
    return filled


class _Complaints(logging.Handler):
    """Keeps what the server and the event loop complain about."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in SERVERS:
            self.kept.append(f"{record.name}: {record.getMessage()} {record.exc_info}")


@dataclass
class Served:
    """Handlers that are being served."""

    url: str
    port: int
    manager: AnalyticsManager
    handlers: WebHandlers
    session: aiohttp.ClientSession
    shown: list[tuple[FinalImage, bytes]] = field(default_factory=list)

    async def post(
        self, body: Any, path: str = "/send_image", headers: Mapping[str, str] = AUTHORIZED
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of an answer."""
        async with self.session.post(self.url + path, data=body, headers=headers) as response:
            return response.status, await response.json()

    async def rows(self) -> list[tuple[Any, ...]]:
        """What is stored of images."""
        return await asyncio.to_thread(stored, self.manager)


def stored(manager: AnalyticsManager) -> list[tuple[Any, ...]]:
    """The images in the manager's file."""
    assert manager.flush(10)
    path = manager.location.path
    if path is None or not path.exists():
        return []
    query = (
        "SELECT user_id, prompt, resolution, loras, upscale_factor, generation_time, is_video, generation_type"
        " FROM image_stats ORDER BY id"
    )
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


Deliver = Callable[[FinalImage], Awaitable[None]]


@asynccontextmanager
async def serving(
    database: Path, deliver: Deliver | None = None, returned: object = None, **options: Any
) -> AsyncIterator[Served]:
    """Handlers on a free port; by default they show pictures by keeping them in ``shown``, and return ``returned``."""
    complaints = _Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        with AnalyticsManager(database) as manager:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
                served: Served

                async def show(image: FinalImage) -> object:
                    if deliver is not None:
                        await deliver(image)
                    with image.open() as reader:
                        served.shown.append((image, await asyncio.to_thread(reader.read)))
                    return returned

                handlers = WebHandlers(manager, token=TOKEN, deliver=show, **options)
                port = await handlers.start(port=0)
                served = Served(f"http://127.0.0.1:{port}", port, manager, handlers, session)
                try:
                    yield served
                finally:
                    await handlers.stop()
    finally:
        logging.getLogger().removeHandler(complaints)
    assert complaints.kept == []


async def spoken(port: int, request: bytes, *, hang_up: bool = False) -> bytes:
    """What a server answers to raw bytes: one answer, or nothing. A sender that hangs up has sent all it will."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        if hang_up:
            writer.write_eof()
        async with asyncio.timeout(20):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            bare = length is None or request.startswith(b"HEAD")
            return head if bare else head + await reader.readexactly(int(length[1]))
    except (ConnectionError, asyncio.IncompleteReadError):
        return b""
    finally:
        writer.close()


ROW = (
    FIELDS["user_id"],
    FIELDS["prompt"],
    FIELDS["resolution"],
    FIELDS["loras"],
    2,
    12.75,
    0,
    "redux",
)
"""What :data:`FIELDS` become in the database."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a test's coroutine; a minute is enough for any."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(bounded())
