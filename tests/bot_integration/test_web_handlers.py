"""The web handlers, posted to by a real client: what they show, count, refuse and remember."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot_integration.web import receipts
from bot_integration.web_handlers import (
    FinalImage,
    Limits,
    PendingRequest,
    PendingRequests,
    ProgressReport,
    TokenMissing,
    Undeliverable,
    WebHandlers,
    web_app,
)
from core.manager import AnalyticsManager
from tests.bot_integration.posting import (
    AUTHORIZED,
    AVIF,
    FIELDS,
    GIF,
    JPEG,
    MP4,
    PNG,
    TOKEN,
    WEBM,
    WEBP,
    form,
    serving,
    spoken,
    stored,
)

ROOT = Path(__file__).resolve().parents[2]

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


def run(work: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await work

    asyncio.run(bounded())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "analytics.db"


@pytest.mark.parametrize("path", ["/send_image", "/image_generated"])
def test_a_finished_image_is_shown_and_counted(database: Path, path: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            answer = await bot.post(form(), path)
            assert answer == (200, {"status": "delivered", "request_id": FIELDS["request_id"], "repeated": False})
            assert await bot.rows() == [ROW]
            image, data = bot.shown[0]
        assert data == PNG
        assert (image.user_id, image.channel_id) == (FIELDS["user_id"], FIELDS["channel_id"])
        assert (image.interaction_id, image.original_message_id) == ("1175868229283164251", "1175868229283164999")
        assert image.loras == ("film_grain.safetensors", "größe.safetensors")
        assert (image.upscale_factor, image.seed, image.generation_time) == (2, 2**64 - 1, 12.75)
        assert image.workflow == {"3": {"class_type": "KSampler", "inputs": {}}}
        assert image.filename == "image.png"

    run(work())


def test_what_is_not_known_may_be_empty_missing_or_none(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            bare = aiohttp.FormData(default_to_multipart=True)
            for name in ("request_id", "user_id", "channel_id"):
                bare.add_field(name, FIELDS[name])
            bare.add_field("image_data", PNG, filename="x")
            assert (await bot.post(bare))[0] == 200
            empty = {name: "" for name in ("interaction_id", "generation_time", "seed", "loras", "workflow")}
            assert (await bot.post(form(request_id="b", **empty)))[0] == 200
            none = {name: "None" for name in ("original_message_id", "generation_time", "seed", "loras")}
            assert (await bot.post(form(request_id="c", **none)))[0] == 200
            assert [row[5] for row in await bot.rows()] == [None, None, None]
            assert (await bot.rows())[0] == (FIELDS["user_id"], "", None, "[]", 1, None, 0, "standard")

    run(work())


@pytest.mark.parametrize(
    ("data", "part", "filename"),
    [
        (JPEG, "image_data", "image.jpg"),
        (GIF, "image_data", "image.gif"),
        (WEBP, "image_data", "image.webp"),
        (GIF, "video_data", "video.gif"),
        (WEBP, "video_data", "video.webp"),
        (MP4, "video_data", "video.mp4"),
        (WEBM, "video_data", "video.webm"),
    ],
)
def test_the_file_is_known_by_its_octets(database: Path, data: bytes, part: str, filename: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            video = part == "video_data"
            assert (await bot.post(form(data, part, is_video=str(video), request_type="")))[0] == 200
            assert bot.shown[0][0].filename == filename
            assert (await bot.rows())[0][6:] == (int(video), "video" if video else "standard")

    run(work())


WRONG: list[tuple[str, str]] = [
    ("request_id", ""),
    ("request_id", "has a space"),
    ("request_id", "x" * 201),
    ("user_id", ""),
    ("user_id", "None"),
    ("user_id", "<@1>"),
    ("user_id", "-5"),
    ("user_id", "99999999999999999999"),
    ("user_id", "١٢٣"),
    ("channel_id", "0"),
    ("interaction_id", "1e3"),
    ("original_message_id", "12 34"),
    ("prompt", "nul\0"),
    ("resolution", "two\nlines"),
    ("resolution", "x" * 501),
    ("upscaled_resolution", "\x1b[2J"),
    ("loras", "film.safetensors"),
    ("loras", '{"a": 1}'),
    ("loras", "[1]"),
    ("loras", '["\\ud800"]'),
    ("loras", json.dumps(["x"] * 201)),
    ("loras", "[" * 60_000),
    ("upscale_factor", "many"),
    ("upscale_factor", "17"),
    ("upscale_factor", "-1"),
    ("seed", "1.5"),
    ("seed", "1" * 21),
    ("seed", "18446744073709551616"),
    ("is_video", "maybe"),
    ("is_video", "True"),
    ("generation_time", "nan"),
    ("generation_time", "inf"),
    ("generation_time", "-0.5"),
    ("generation_time", "86400.5"),
    ("generation_time", "1e999"),
    ("generation_time", "1_0"),
    ("request_type", "two words"),
    ("request_type", "x" * 51),
    ("workflow", "[]"),
    ("workflow", '{"a": '),
    ("workflow", '{"a":' * 40_000),
]


def test_a_wrong_field_is_named_and_nothing_is_stored(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            for name, value in WRONG:
                status, answer = await bot.post(form(**{name: value}))
                assert (status, answer["field"]) == (422, name), (name, value[:50], answer)
                assert name in answer["error"]
            for name in ("request_id", "user_id", "channel_id"):
                status, answer = await bot.post(form(without=name))
                assert (status, answer["field"]) == (422, name)
            assert await bot.rows() == []
            assert bot.shown == []

    run(work())


@pytest.mark.parametrize(
    ("data", "part", "is_video", "field"),
    [
        (None, "", "False", "image_data"),
        (b"", "image_data", "False", "image_data"),
        (b"<svg onload=alert(1)>" + bytes(80), "image_data", "False", "image_data"),
        (AVIF, "image_data", "False", "image_data"),
        (AVIF, "video_data", "True", "video_data"),
        (MP4, "image_data", "False", "image_data"),
        (PNG, "video_data", "True", "video_data"),
        (PNG, "video_data", "False", "is_video"),
        (b"\x1a\x45\xdf\xa3 matroska" + bytes(80), "video_data", "True", "video_data"),
    ],
)
def test_a_wrong_file_is_refused(database: Path, data: bytes | None, part: str, is_video: str, field: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            status, answer = await bot.post(form(data, part, is_video=is_video))
            assert (status, answer["field"]) == (422, field)
            assert await bot.rows() == []

    run(work())


def test_fields_sent_twice_are_refused(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            twice = form()
            twice.add_field("user_id", FIELDS["user_id"])
            assert await bot.post(twice) == (400, {"error": "user_id was sent twice", "field": "user_id"})
            files = form()
            files.add_field("video_data", MP4, filename="x")
            assert (await bot.post(files))[0] == 400
            many = form()
            for number in range(100):
                many.add_field(f"unknown_{number}", "x")
            assert (await bot.post(many))[0] == 413
            assert await bot.rows() == []

    run(work())


@pytest.mark.parametrize("token", ["", "   ", "two words", "tüken", "line\n"])
def test_a_token_is_demanded_at_the_start(database: Path, token: str) -> None:
    async def deliver(image: FinalImage) -> None:
        raise AssertionError(image)

    with AnalyticsManager(database) as manager, pytest.raises(TokenMissing, match="need a token"):
        WebHandlers(manager, token=token, deliver=deliver)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer tüken"},
    ],
)
def test_without_the_token_nothing_happens(database: Path, headers: dict[str, str]) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            for path in ("/send_image", "/image_generated", "/update_progress"):
                async with bot.session.post(bot.url + path, data=form(), headers=headers) as response:
                    assert response.status == 401
                    assert response.headers["WWW-Authenticate"] == "Bearer"
                    assert TOKEN not in await response.text()
            assert await bot.rows() == []

    run(work())


def test_health_is_open_and_tells_nothing(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot, bot.session.get(bot.url + "/healthz") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})

    run(work())


def test_wrong_methods_types_and_encodings_are_refused(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            for method in ("GET", "PUT", "DELETE", "OPTIONS"):
                async with bot.session.request(method, bot.url + "/send_image", headers=AUTHORIZED) as response:
                    assert (response.status, response.headers["Allow"]) == (405, "POST")
            assert (await bot.post(b"{}", headers={**AUTHORIZED, "Content-Type": "application/json"}))[0] == 415
            assert (await bot.post(b"x", headers={**AUTHORIZED, "Content-Type": "multipart/form-data"}))[0] == 400
            packed = {**AUTHORIZED, "Content-Encoding": "br", "Content-Type": "multipart/form-data; boundary=b"}
            assert (await bot.post(b"x", headers=packed))[0] in (400, 415)
            assert (await bot.post(b"<x/>", "/update_progress", {**AUTHORIZED, "Content-Type": "text/xml"}))[0] == 415
            assert await bot.rows() == []

    run(work())


async def endless(number: int) -> AsyncIterator[bytes]:
    """A form whose file does not end, sent without its length."""
    fields = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in FIELDS.items()
    )
    yield fields.encode()
    yield b'--b\r\nContent-Disposition: form-data; name="image_data"; filename="x"\r\n\r\n' + PNG
    for _ in range(number):
        yield bytes(65_536)


async def talkative() -> AsyncIterator[bytes]:
    """A form of many fields, each within its limit, sent without its length."""
    for number in range(60):
        head = f'--b\r\nContent-Disposition: form-data; name="unknown_{number}"\r\n\r\n'
        yield head.encode() + b"x" * 1_900 + b"\r\n"
    yield b"--b--\r\n"


def test_what_is_too_large_is_refused_with_and_without_a_length(database: Path) -> None:
    chunked = {**AUTHORIZED, "Content-Type": "multipart/form-data; boundary=b"}
    small = Limits(file=300_000, body=500_000, prompt=1_000, in_memory=100_000)

    async def work() -> None:
        async with serving(database, limits=small) as bot:
            status, answer = await bot.post(form(PNG + bytes(1_000_000)))
            assert (status, answer) == (413, {"error": "the body is larger than 500,000 bytes"})
            status, answer = await bot.post(form(PNG + bytes(400_000)))
            assert (status, answer["field"]) == (413, "image_data")
            status, answer = await bot.post(endless(20), headers=chunked)
            assert (status, answer["field"]) == (413, "image_data")
        async with serving(database, limits=replace(small, body=100_000)) as bot:
            status, answer = await bot.post(talkative(), headers=chunked)
            assert (status, answer) == (413, {"error": "the body is larger than 100,000 bytes"})
        async with serving(database, limits=small) as bot:
            status, answer = await bot.post(form(prompt="x" * 1_001))
            assert (status, answer["field"]) == (413, "prompt")
            status, answer = await bot.post(form(user_id="1" * 5_000))
            assert (status, answer["field"]) == (413, "user_id")
            assert (await bot.post(form(PNG + bytes(250_000))))[0] == 200
            assert len(await bot.rows()) == 1

    run(work())


def attachments(handler: Any) -> web.Application:
    """A server that takes attachments of any size."""
    app = web.Application(client_max_size=2**30)
    app.router.add_post("/", handler)
    return app


def open_files(folder: Path) -> list[str]:
    """The files of a folder that this process has open, nameless ones too."""
    if sys.platform != "linux":
        return []
    targets = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            targets.append(str(link.readlink()))
    return [target for target in targets if target.startswith(str(folder))]


def test_a_large_file_goes_over_the_disk_and_leaves_nothing(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    movie = MP4 + os.urandom(3_000_000)
    seen: list[list[str]] = []

    async def deliver(image: FinalImage) -> None:
        seen.append(open_files(spool))
        first, second = image.open(), image.open()
        assert first.read(8) == second.read(8) == movie[:8]
        assert first.seek(-4, os.SEEK_END) == len(movie) - 4
        assert first.read() == movie[-4:]
        assert not isinstance(image.data, bytes)
        await upload_as_discord_does(image)

    async def upload_as_discord_does(image: FinalImage) -> None:
        attachment = discord.File(image.open(), image.filename)  # type: ignore[arg-type]  # any BufferedIOBase
        for attempt in range(2):
            attachment.reset(seek=attempt)
            body = aiohttp.FormData()
            body.add_field("files[0]", attachment.fp, filename=attachment.filename)
            async with aiohttp.ClientSession() as session, session.post(discord_url[0], data=body) as response:
                assert int(await response.text()) > len(movie)
        attachment.close()

    discord_url: list[str] = []

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(text=str(request.content_length))

    async def work() -> None:
        async with serving(database, deliver) as bot, TestServer(attachments(take)) as server:
            discord_url.append(str(server.make_url("/")))
            assert (await bot.post(form(movie, "video_data", is_video="True")))[0] == 200
            assert bot.shown[0][1] == movie
            assert (await bot.post(form(b"MZ" + movie, request_id="refused")))[0] == 422
            wrong_at_the_end = form(movie, "video_data", request_id="late", is_video="False")
            assert (await bot.post(wrong_at_the_end))[0] == 422
        assert list(spool.iterdir()) == []
        assert open_files(spool) == []
        assert seen[0] or sys.platform != "linux"

    run(work())


def test_a_slow_sender_is_given_up(database: Path) -> None:
    head = (
        f"POST /send_image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\n"
    )

    async def work() -> None:
        async with serving(database, limits=Limits(upload_seconds=0.2)) as bot:
            answer = await spoken(bot.port, head.encode())
            assert answer.startswith(b"HTTP/1.1 408")
            assert b'{"error": "the body did not arrive within 0.2 s"}' in answer
            assert await bot.rows() == []

    run(work())


def test_a_sender_that_goes_away_does_no_harm(database: Path) -> None:
    head = (
        f"POST /send_image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\nContent-Disp"
    )

    async def work() -> None:
        async with serving(database) as bot:
            _, writer = await asyncio.open_connection("127.0.0.1", bot.port)
            writer.write(head.encode())
            await writer.drain()
            writer.transport.abort()
            await spoken(bot.port, head.encode(), hang_up=True)
            assert (await bot.post(form()))[0] == 200

    run(work())


def test_a_retry_is_answered_alike_and_counted_once(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form()))[1]["repeated"] is False
            assert (await bot.post(form()))[1]["repeated"] is True
            assert (await bot.post(form(request_id="another")))[1]["repeated"] is False
            assert len(bot.shown) == 2
            assert await bot.rows() == [ROW, ROW]
        async with serving(database) as bot:  # the bot was started anew
            assert (await bot.post(form()))[1]["repeated"] is True
            assert bot.shown == []
            assert await bot.rows() == [ROW, ROW]

    run(work())


def test_duplicates_at_the_same_time_wait_for_the_first(database: Path) -> None:
    async def work() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            begun.set()
            await go_on.wait()

        async with serving(database, deliver) as bot:
            posts = [asyncio.create_task(bot.post(form())) for _ in range(5)]
            await begun.wait()
            while bot.handlers.waiting < 5:
                await asyncio.sleep(0.01)
            go_on.set()
            answers = await asyncio.gather(*posts)
            assert [status for status, _ in answers] == [200] * 5
            assert sorted(answer["repeated"] for _, answer in answers) == [False, True, True, True, True]
            assert len(bot.shown) == 1
            assert await bot.rows() == [ROW]

    run(work())


@pytest.mark.expect_log
def test_a_failed_delivery_is_tried_again_and_counted_once(database: Path) -> None:
    faults: list[Exception | float] = [RuntimeError("Discord is down"), 60.0]

    async def deliver(_: FinalImage) -> None:
        if faults:
            fault = faults.pop(0)
            if isinstance(fault, float):
                await asyncio.sleep(fault)
            else:
                raise fault

    async def work() -> None:
        async with serving(database, deliver, deliver_seconds=0.2) as bot:
            status, answer = await bot.post(form())
            assert status == 502
            assert "Discord is down" not in answer["error"]
            assert (await bot.post(form()))[0] == 504
            assert await bot.rows() == [ROW]
        faults.append(RuntimeError("still"))
        async with serving(database, deliver) as bot:
            assert (await bot.post(form()))[0] == 502
            assert await bot.post(form()) == (
                200,
                {"status": "delivered", "request_id": FIELDS["request_id"], "repeated": False},
            )
            assert len(bot.shown) == 1
            assert await bot.rows() == [ROW]

    run(work())


@pytest.mark.expect_log
def test_a_deliver_that_is_no_coroutine_function_does_no_harm(database: Path) -> None:
    def deliver(_: FinalImage) -> Any:
        raise KeyError("channel")

    async def work() -> None:
        async with serving(database) as bot:
            other = WebHandlers(bot.manager, token=TOKEN, deliver=deliver, journal=database.with_name("other"))
            bot.url = f"http://127.0.0.1:{await other.start(port=0)}"
            assert (await bot.post(form()))[0] == 502
            await other.stop()

    run(work())


BOT = """
import asyncio, sys
from bot_integration.web_handlers import WebHandlers
from core.manager import AnalyticsManager

database, token, works = sys.argv[1:]

async def deliver(image):
    if works == "no":
        raise RuntimeError("Discord is down")
    print("shown", image.request_id, flush=True)

async def main():
    handlers = WebHandlers(AnalyticsManager(database), token=token, deliver=deliver)
    print(await handlers.start(port=0), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_bot_that_was_killed_counts_nothing_twice_and_loses_nothing(database: Path) -> None:
    async def life(works: str, posts: int) -> list[tuple[int, Any]]:
        command = (sys.executable, "-c", BOT, str(database), TOKEN, works)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=ROOT)
        assert process.stdout is not None
        try:
            url = f"http://127.0.0.1:{int(await process.stdout.readline())}/send_image"
            answers = []
            async with aiohttp.ClientSession(headers=AUTHORIZED) as session:
                for _ in range(posts):
                    async with session.post(url, data=form()) as response:
                        answers.append((response.status, (await response.json()).get("repeated")))
            return answers
        finally:
            process.kill()
            await process.communicate()

    async def work() -> None:
        assert await life("no", 2) == [(502, None), (502, None)]
        assert await life("yes", 2) == [(200, False), (200, True)]
        assert await life("yes", 1) == [(200, True)]
        with AnalyticsManager(database) as manager:
            assert stored(manager) == [ROW]

    run(work())


@pytest.mark.expect_log
def test_what_cannot_be_delivered_is_not_to_be_tried_again(database: Path) -> None:
    async def deliver(_: FinalImage) -> None:
        raise Undeliverable("the channel is gone")

    async def work() -> None:
        async with serving(database, deliver) as bot:
            assert (await bot.post(form()))[0] == 410
            assert await bot.rows() == [ROW]

    run(work())


def test_a_sender_that_hangs_up_early_does_not_stop_the_delivery(database: Path) -> None:
    async def work() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            begun.set()
            await go_on.wait()

        async with serving(database, deliver) as bot:
            post = asyncio.create_task(bot.post(form()))
            await begun.wait()
            post.cancel()
            await asyncio.gather(post, return_exceptions=True)
            retry = asyncio.create_task(bot.post(form()))
            while bot.handlers.waiting < 2:
                await asyncio.sleep(0.01)
            go_on.set()
            assert (await retry)[1]["repeated"] is True
            assert len(bot.shown) == 1

    run(work())


def test_a_delivery_that_runs_when_the_bot_stops_is_finished(database: Path) -> None:
    async def work() -> None:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            begun.set()
            await go_on.wait()

        async with serving(database, deliver) as bot:
            post = asyncio.create_task(bot.post(form()))
            await begun.wait()
            stopping = asyncio.create_task(bot.handlers.stop())
            await asyncio.sleep(0)
            go_on.set()
            await stopping
            assert (await post)[0] == 200
            assert len(bot.shown) == 1

    run(work())


def test_the_journal_holds_ids_only_survives_a_torn_line_and_stays_small(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = database.with_name("analytics.db.deliveries")
    monkeypatch.setattr(receipts, "MOST", 3)

    async def work() -> None:
        async with serving(database) as bot:
            for number in range(10):
                assert (await bot.post(form(request_id=f"r{number}")))[0] == 200
        text = journal.read_text("ascii")
        assert len(text.split()) <= 4 * 10  # three are remembered, seven more lines wait to be tidied up
        assert FIELDS["user_id"] not in text
        if os.name == "posix":
            assert journal.stat().st_mode & 0o777 == 0o600
        with journal.open("ab") as file:
            file.write(f"\xff\n{time.time():.3f} D cut".encode())
        async with serving(database) as bot:
            assert (await bot.post(form(request_id="r9")))[1]["repeated"] is True
            assert (await bot.post(form(request_id="r1")))[1]["repeated"] is False
            assert (await bot.post(form(request_id="cut")))[1]["repeated"] is False
        async with serving(database) as bot:
            assert (await bot.post(form(request_id="cut")))[1]["repeated"] is True

    run(work())


@pytest.mark.expect_log
def test_without_a_journal_memory_is_left(database: Path, tmp_path: Path) -> None:
    async def work() -> None:
        async with serving(database, journal=tmp_path) as bot:  # a folder can't be written to
            assert (await bot.post(form()))[1]["repeated"] is False
            assert (await bot.post(form()))[1]["repeated"] is True
            assert await bot.rows() == [ROW]

    run(work())


def test_a_waiting_request_is_resolved_by_its_picture(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            waiting = bot.handlers.pending.register(
                int(FIELDS["user_id"]), FIELDS["channel_id"], request_id=FIELDS["request_id"], context="message"
            )
            status, answer = await bot.post(form(user_id="42"))
            assert (status, answer["field"]) == (422, "user_id")
            status, answer = await bot.post(form(channel_id="42"))
            assert (status, answer["field"]) == (422, "channel_id")
            assert not waiting.outcome.done()
            assert (await bot.post(form()))[0] == 200
            image = await waiting.outcome
            assert image is not None
            assert (image.request_id, image.data) == (FIELDS["request_id"], b"")
            assert len(bot.handlers.pending) == 0

    run(work())


def test_a_request_without_a_picture_times_out(database: Path) -> None:
    async def work() -> None:
        told: asyncio.Queue[PendingRequest] = asyncio.Queue()
        pending = PendingRequests(timeout=600, on_timeout=told.put)
        lost = pending.register("1", "2", context="interaction", timeout=0.01)
        kept = pending.register("1", "2")
        assert lost.request_id != kept.request_id
        with pytest.raises(ValueError, match="waits already"):
            pending.register("1", "2", request_id=kept.request_id)
        assert (await told.get()).context == "interaction"
        assert await lost.outcome is None
        assert pending.get(kept.request_id) is kept
        pending.withdraw(kept.request_id)
        assert await kept.outcome is None
        await pending.close()
        assert told.empty()

    run(work())


@pytest.mark.expect_log
def test_a_fault_in_the_time_out_callback_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def on_timeout(_: PendingRequest) -> None:
        raise RuntimeError("the message is gone")

    async def work() -> None:
        pending = PendingRequests(timeout=0.0, on_timeout=on_timeout)
        assert await pending.register("1", "2").outcome is None
        await pending.close()

    run(work())
    assert "the message is gone" in caplog.text


def test_progress_reaches_the_bot_in_every_form(database: Path) -> None:
    async def work() -> None:
        reports: list[tuple[ProgressReport, Any]] = []

        async def on_progress(report: ProgressReport, request: PendingRequest) -> None:
            reports.append((report, request.context))

        async with serving(database, on_progress=on_progress) as bot:
            bot.handlers.pending.register("1", "2", request_id="r", context="message")
            json_type = {**AUTHORIZED, "Content-Type": "application/json; charset=utf-8"}
            flat = json.dumps({"request_id": "r", "progress": 42.5, "message": "20 of 47", "preview": "iVBORw0KGgo="})
            assert await bot.post(flat, "/update_progress", json_type) == (200, {"status": "noted"})
            deployed = {"status": "generating", "message": "Generating", "progress": 50}
            nested = json.dumps({"request_id": "r", "progress_data": deployed})
            assert (await bot.post(nested, "/update_progress", json_type))[0] == 200
            assert (await bot.post({"request_id": "r", "progress": "99"}, "/update_progress"))[0] == 200
            parts = aiohttp.FormData({"request_id": "r", "progress": "100"}, default_to_multipart=True)
            parts.add_field("preview", JPEG, filename="p")
            assert (await bot.post(parts, "/update_progress"))[0] == 200
        assert [context for _, context in reports] == ["message"] * 4
        assert [report for report, _ in reports] == [
            ProgressReport("r", 42.5, "20 of 47", preview=PNG[:8]),
            ProgressReport("r", 50.0, "Generating", "generating"),
            ProgressReport("r", 99.0),
            ProgressReport("r", 100.0, preview=JPEG),
        ]

    run(work())


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"request_id": "other", "progress": 1}, 404, "request_id"),
        ({"progress": 1}, 422, "request_id"),
        ({"request_id": ["r"]}, 422, "request_id"),
        ({"request_id": "r", "progress": 101}, 422, "progress"),
        ({"request_id": "r", "progress": -1}, 422, "progress"),
        ({"request_id": "r", "progress": float("nan")}, 422, "progress"),
        ({"request_id": "r", "progress": True}, 422, "progress"),
        ({"request_id": "r", "progress": 10**4000}, 422, "progress"),
        ({"request_id": "r", "message": "a\nb"}, 422, "message"),
        ({"request_id": "r", "preview": "!"}, 422, "preview"),
        ({"request_id": "r", "preview": {}}, 422, "preview"),
        ({"request_id": "r", "preview": "aGVsbG8="}, 422, "preview"),
        ([], 400, None),
        ("text", 400, None),
        ("x" * 500_000, 413, None),
    ],
)
def test_a_wrong_report_of_progress_is_refused(database: Path, body: Any, status: int, field: str | None) -> None:
    async def work() -> None:
        reports: list[ProgressReport] = []

        async def on_progress(report: ProgressReport, _: PendingRequest) -> None:
            reports.append(report)

        async with serving(database, on_progress=on_progress) as bot:
            bot.handlers.pending.register("1", "2", request_id="r")
            headers = {**AUTHORIZED, "Content-Type": "application/json"}
            answered, answer = await bot.post(json.dumps(body), "/update_progress", headers)
            assert (answered, answer.get("field")) == (status, field)
        assert reports == []

    run(work())


def test_progress_keeps_a_request_alive(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            waiting = bot.handlers.pending.register("1", "2", request_id="r", timeout=0.4)
            loop = asyncio.get_running_loop()
            started = loop.time()
            while loop.time() < started + 0.6:
                assert (await bot.post({"request_id": "r", "progress": "5"}, "/update_progress"))[0] == 200
            assert not waiting.outcome.done()
            assert await waiting.outcome is None
            assert (await bot.post({"request_id": "r", "progress": "5"}, "/update_progress"))[0] == 404

    run(work())


def test_they_can_be_mounted_into_an_application_of_the_bots_own(database: Path) -> None:
    async def work() -> None:
        shown = asyncio.Event()

        async def deliver(_: FinalImage) -> None:
            shown.set()

        with AnalyticsManager(database) as manager:
            app = web.Application()
            WebHandlers(manager, token=TOKEN, deliver=deliver).add_to(app, prefix="/botpulse")
            app.add_subapp("/other", web_app(manager, token=TOKEN, deliver=deliver, journal=database.with_name("j")))
            runner = web.AppRunner(app, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession(headers=AUTHORIZED) as session:
                async with session.post(f"{url}/botpulse/send_image", data=form()) as response:
                    assert response.status == 200
                async with session.post(f"{url}/other/send_image", data=form(request_id="2")) as response:
                    assert response.status == 200
                async with session.get(f"{url}/other/healthz") as response:
                    assert response.status == 200
                async with session.post(f"{url}/send_image", data=form()) as response:
                    assert response.status == 404
            assert shown.is_set()
            await runner.cleanup()

    run(work())


def test_starting_twice_and_a_taken_port_are_refused(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            with pytest.raises(RuntimeError, match="started before"):
                await bot.handlers.start(port=0)
            other = WebHandlers(bot.manager, token=TOKEN, deliver=lambda _: asyncio.sleep(0))
            with pytest.raises(OSError, match=str(bot.port)):
                await other.start(port=bot.port)
            bot.url = f"http://127.0.0.1:{await other.start(port=0)}"
            assert (await bot.post(form()))[0] == 200
            await other.stop()
            await bot.handlers.stop()
            await bot.handlers.stop()

    run(work())
