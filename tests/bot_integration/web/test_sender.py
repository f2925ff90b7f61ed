"""send_final_image against real servers: our handlers, the deployed bot's way of answering, and servers that fail."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot_integration.web.sender import DeliveryFailed, DeliveryRefused, send_final_image
from bot_integration.web_handlers import FinalImage, WebHandlers
from core.manager import AnalyticsManager
from tests.bot_integration.web.posting import MP4, PNG, TOKEN, serving

IMAGE = FinalImage(
    data=PNG,
    user_id="184405311681986560",
    channel_id="381870553235193857",
    prompt="a lighthouse \N{CRAB} at dusk\r\n--b--\r\n",
    resolution="16:9 [1344x768 landscape]",
    loras=("film_grain.safetensors", 'quo"te.safetensors'),
    upscale_factor=2,
    seed=42,
    generation_time=12.75,
    request_type="redux",
    workflow={"3": {"class_type": "KSampler"}},
)


def run(work: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(bounded())


@dataclass
class Answering:
    """A server that takes any form and answers as it is told; after the last answer, 200 with any text."""

    answers: list[web.Response | str]
    url: str = ""
    forms: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    lengths: list[int | None] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.at.append(asyncio.get_running_loop().time())
        self.lengths.append(request.content_length)
        self.tokens.append(request.headers.get("Authorization"))
        answer = self.answers.pop(0) if self.answers else web.Response(text="Success")
        if answer == "hang up":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if answer == "say nothing":
            await asyncio.sleep(60)
        reader, parts = await request.multipart(), {}
        while (part := await reader.next()) is not None:
            assert isinstance(part, aiohttp.BodyPartReader)
            assert part.name is not None
            parts[part.name] = bytes(await part.read()) if part.name.endswith("_data") else await part.text()
        self.forms.append(parts)
        assert isinstance(answer, web.Response)
        return answer


@asynccontextmanager
async def answering(*answers: web.Response | str) -> AsyncIterator[Answering]:
    server = Answering(list(answers))
    app = web.Application(client_max_size=2**30)
    app.router.add_post("/send_image", server.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


def test_image_arrives_with_everything_as_it_was_sent(tmp_path: Path) -> None:
    async def work() -> None:
        async with serving(tmp_path / "analytics.db") as bot:
            await send_final_image(bot.url, TOKEN, IMAGE)
            await send_final_image(f"{bot.url}/image_generated", TOKEN, IMAGE)
            await send_final_image(bot.url, TOKEN, replace(IMAGE, request_id=""))
            (image, data), (other, _) = bot.shown
            assert data == PNG
            expected = replace(IMAGE, data=image.data, filename="image.png")
            assert image == expected
            assert len(other.request_id) == 32
            assert len(await bot.rows()) == 2

    run(work())


class OldForm(aiohttp.FormData):
    """As aiohttp 3.10 has it: without ``default_to_multipart``."""

    def __init__(self, fields: Any = (), quote_fields: bool = True, charset: str | None = None) -> None:
        super().__init__(fields, quote_fields, charset)


def test_the_oldest_release_of_aiohttp_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot_integration.web.sender.aiohttp.FormData", OldForm)

    async def work() -> None:
        async with serving(tmp_path / "analytics.db") as bot:
            await send_final_image(bot.url, TOKEN, IMAGE)
            assert len(bot.shown) == 1

    run(work())


def test_a_large_file_is_sent_from_its_path(tmp_path: Path) -> None:
    movie = MP4 + os.urandom(4_000_000)
    file = tmp_path / "ComfyUI_00001_.mp4"
    file.write_bytes(movie)
    video = FinalImage(data=file, user_id="1", channel_id="2", is_video=True)

    async def work() -> None:
        async with serving(tmp_path / "analytics.db") as bot, aiohttp.ClientSession() as session:
            await send_final_image(bot.url, TOKEN, video, session=session)
            assert not session.closed
            assert bot.shown[0][1] == movie
            assert bot.shown[0][0].generation_type == "video"
        with pytest.raises(FileNotFoundError):
            await send_final_image("http://127.0.0.1:1", TOKEN, replace(video, data=tmp_path / "none"))

    run(work())


def test_a_large_picture_in_memory_is_never_copied_whole(tmp_path: Path) -> None:
    data = MP4 + bytes(32 * 2**20)
    video = FinalImage(data=data, user_id="1", channel_id="2", is_video=True)
    seen: list[int] = []

    async def deliver(image: FinalImage) -> None:
        with image.open() as reader:
            seen.append(reader.seek(0, os.SEEK_END))

    async def work() -> None:
        with AnalyticsManager(tmp_path / "analytics.db") as manager:
            handlers = WebHandlers(manager, token=TOKEN, deliver=deliver)
            url = f"http://127.0.0.1:{await handlers.start(port=0)}"
            tracemalloc.start()
            try:
                await send_final_image(url, TOKEN, video)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
                await handlers.stop()
        assert seen == [len(data)]
        assert most < len(data) // 2  # a copy on the event loop holds it up for a second per 2 GB or so

    run(work())


def test_a_picture_in_memory_is_sent_with_its_length() -> None:
    async def work() -> None:
        async with answering(web.Response(status=503)) as bot:
            await send_final_image(bot.url, TOKEN, replace(IMAGE, data=PNG + bytes(3_000_000)), first_pause=0.01)
        assert all(length is not None and length > 3_000_000 for length in bot.lengths)
        assert [len(form["image_data"]) for form in bot.forms] == [len(PNG) + 3_000_000] * 2

    run(work())


def test_the_deployed_bots_handler_takes_it() -> None:
    async def work() -> None:
        async with answering() as bot:
            await send_final_image(bot.url, TOKEN, IMAGE)
        form = bot.forms[0]
        assert form["image_data"] == PNG
        assert form["is_video"] == "False"
        assert form["generation_time"] == "12.75"
        assert int(form["upscale_factor"]) == 2
        assert form["prompt"] == IMAGE.prompt
        assert form["loras"] == '["film_grain.safetensors", "quo\\"te.safetensors"]'
        assert bot.tokens == [f"Bearer {TOKEN}"]
        unknown = replace(IMAGE, generation_time=None, seed=None, is_video=True, data=MP4, workflow=None)
        async with answering() as bot:
            await send_final_image(bot.url, TOKEN, unknown)
        form = bot.forms[0]
        assert (form["generation_time"], form["seed"], form["is_video"]) == ("", "", "True")
        assert form["video_data"] == MP4
        assert "workflow" not in form

    run(work())


@pytest.mark.parametrize("failure", [500, 502, 503, 504, 429, "hang up"])
def test_faults_that_may_pass_are_tried_again(failure: int | str) -> None:
    async def work() -> None:
        failures = [failure if isinstance(failure, str) else web.Response(status=failure) for _ in range(3)]
        async with answering(*failures) as bot:
            await send_final_image(bot.url, TOKEN, IMAGE, first_pause=0.02)
        assert len(bot.at) == 4
        assert {form["request_id"] for form in bot.forms} == {IMAGE.request_id}
        assert bot.forms[-1]["image_data"] == PNG

    run(work())


def test_pauses_grow() -> None:
    async def work() -> None:
        async with answering(*(web.Response(status=503) for _ in range(4))) as bot:
            await send_final_image(bot.url, TOKEN, IMAGE, first_pause=0.05)
        pauses = [later - earlier for earlier, later in zip(bot.at, bot.at[1:], strict=False)]
        for pause, usual in zip(pauses, (0.05, 0.1, 0.2, 0.4), strict=True):
            assert pause >= usual * 0.5

    run(work())


@pytest.mark.slow
def test_retry_after_is_honoured() -> None:
    async def work() -> None:
        moment = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        async with answering(
            web.Response(status=429, headers={"Retry-After": "1"}),
            web.Response(status=503, headers={"Retry-After": moment}),
            web.Response(status=503, headers={"Retry-After": "soon"}),
        ) as bot:
            await send_final_image(bot.url, TOKEN, IMAGE, first_pause=0.01)
        assert bot.at[1] - bot.at[0] >= 0.95
        assert len(bot.at) == 4
        async with answering(web.Response(status=429, headers={"Retry-After": "3600"})) as bot:
            with pytest.raises(DeliveryFailed, match="429"):
                await send_final_image(bot.url, TOKEN, IMAGE, timeout=20)
        assert len(bot.at) == 1

    run(work())


@pytest.mark.parametrize("status", [301, 307, 400, 401, 403, 404, 408, 410, 413, 422])
def test_refused_delivery_is_not_tried_again(status: int) -> None:
    async def work() -> None:
        refusal = web.json_response(
            {"error": "user_id: must be a Discord id", "field": "user_id"}, status=status, headers={"Location": "/x"}
        )
        async with answering(refusal) as bot:
            with pytest.raises(DeliveryRefused) as refused:
                await send_final_image(bot.url, TOKEN, IMAGE)
        assert len(bot.at) == 1
        fault = refused.value
        assert (fault.status, fault.field, fault.attempts) == (status, "user_id", 1)
        assert "must be a Discord id" in fault.reason
        assert TOKEN not in str(fault)

    run(work())


def test_our_handlers_name_the_field_that_they_refuse(tmp_path: Path) -> None:
    async def work() -> None:
        async with serving(tmp_path / "analytics.db") as bot:
            with pytest.raises(DeliveryRefused) as refused:
                await send_final_image(bot.url, TOKEN, replace(IMAGE, resolution="two\nlines"))
            assert (refused.value.status, refused.value.field) == (422, "resolution")
            with pytest.raises(DeliveryRefused) as refused:
                await send_final_image(bot.url, "another token", IMAGE)
            assert refused.value.status == 401
            assert await bot.rows() == []

    run(work())


def test_sender_gives_up_after_its_attempts() -> None:
    async def work() -> None:
        async with answering() as bot:
            gone = bot.url
        with pytest.raises(DeliveryFailed) as failed:
            await send_final_image(gone, TOKEN, IMAGE, attempts=3, first_pause=0.01)
        assert failed.value.attempts == 3
        assert not isinstance(failed.value, DeliveryRefused)
        assert failed.value.words

    run(work())


def test_the_time_for_all_of_it_is_bounded() -> None:
    async def work() -> None:
        async with answering("say nothing") as bot:
            with pytest.raises(DeliveryFailed, match=r"the time of 0.3 s is over"):
                await send_final_image(bot.url, TOKEN, IMAGE, timeout=0.3)

    run(work())


@pytest.mark.expect_log
def test_an_answer_that_was_lost_is_not_a_second_delivery(tmp_path: Path) -> None:
    async def work() -> None:
        async with serving(tmp_path / "analytics.db") as bot, _cutting(bot.port, times=2) as url:
            await send_final_image(url, TOKEN, IMAGE, first_pause=0.01)
            assert len(bot.shown) == 1
            assert len(await bot.rows()) == 1

    run(work())


@pytest.mark.expect_log
def test_a_bot_that_was_restarted_meanwhile_counts_it_once(tmp_path: Path) -> None:
    async def deliver(_: FinalImage) -> None:
        raise RuntimeError("Discord is down")

    async def work() -> None:
        database = tmp_path / "analytics.db"
        async with serving(database, deliver) as bot:
            with pytest.raises(DeliveryFailed, match="502"):
                await send_final_image(bot.url, TOKEN, IMAGE, attempts=2, first_pause=0.01)
        async with serving(database) as bot:
            await send_final_image(bot.url, TOKEN, IMAGE)
            await send_final_image(bot.url, TOKEN, IMAGE)
            assert len(bot.shown) == 1
            assert len(await bot.rows()) == 1

    run(work())


@pytest.mark.parametrize("url", ["no url", "http://", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_not_tried_again(url: str) -> None:
    async def work() -> None:
        with pytest.raises(ValueError, match="must begin with http"):
            await send_final_image(url, TOKEN, IMAGE)

    run(work())


@asynccontextmanager
async def _cutting(port: int, times: int) -> AsyncIterator[str]:
    """A proxy that passes requests on and, the first times, cuts the connection when the answer comes."""
    left = [times]
    tasks: set[asyncio.Task[None]] = set()

    async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        up = asyncio.create_task(_pump(reader, back))
        answer = await there.read(65_536)
        if left[0] > 0:
            left[0] -= 1
            writer.transport.abort()
        else:
            writer.write(answer)
            await writer.drain()
        up.cancel()
        back.close()
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(passing(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*tasks)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
