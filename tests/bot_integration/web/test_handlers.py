"""The web handlers, posted to by a real client: what they take and what they refuse."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot_integration.web_handlers import (
    FinalImage,
    Limits,
    TokenMissing,
    WebHandlers,
)
from core.manager import AnalyticsManager
from tests.bot_integration.web.posting import (
    AUTHORIZED,
    AVIF,
    FIELDS,
    GIF,
    JPEG,
    MP4,
    PNG,
    ROW,
    TOKEN,
    WEBM,
    WEBP,
    form,
    run,
    serving,
)


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


def test_unknown_values_may_be_empty_missing_or_none(database: Path) -> None:
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
def test_the_file_is_known_by_its_bytes(database: Path, data: bytes, part: str, filename: str) -> None:
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
    ("loras", "[" * 30_000),
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
    ("workflow", '{"a":' * 30_000),
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


def test_bodies_too_large_are_refused_with_and_without_a_length(database: Path) -> None:
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
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(uploads))
    movie = MP4 + os.urandom(3_000_000)
    seen: list[list[str]] = []

    async def deliver(image: FinalImage) -> None:
        seen.append(open_files(uploads))
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
        assert list(uploads.iterdir()) == []
        assert open_files(uploads) == []
        assert seen[0] or sys.platform != "linux"

    run(work())
