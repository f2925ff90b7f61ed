"""Connections that show no token: they exhaust nothing, and nothing is unpacked for them."""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import StreamReader, web

from bot_integration.web.connections import _origin
from bot_integration.web_handlers import FinalImage, Limits, WebHandlers
from core.manager import AnalyticsManager
from tests.bot_integration.web.posting import FIELDS, PNG, TOKEN, form, run, serving

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def opened(port: int, said: bytes = b"", origin: str = "127.0.0.1") -> AsyncIterator[Connection]:
    """A connection that has said no more than this."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(origin, 0))
    try:
        writer.write(said)
        await writer.drain()
        yield reader, writer
    finally:
        writer.close()


def whole_request(request_id: str = "crowded") -> bytes:
    """A good post, as bytes."""
    fields = FIELDS | {"request_id": request_id}
    body = b"".join(part(name.encode(), value.encode()) for name, value in fields.items())
    body += part(b"image_data", PNG) + b"--b--\r\n"
    head = f"POST /send_image HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + body


def part(name: bytes, value: bytes) -> bytes:
    return b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (name, value)


async def ended(connection: Connection) -> bool:
    """Wait until the other side has closed; whether it said nothing before."""
    try:
        return await connection[0].read() == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("said", [b"", b"POST /send_image HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_connection_without_a_whole_request_is_closed(database: Path, said: bytes) -> None:
    async def work() -> None:
        async with serving(database, limits=Limits(header_seconds=0.2)) as bot, AsyncExitStack() as stack:
            for each in [await stack.enter_async_context(opened(bot.port, said)) for _ in range(20)]:
                assert await ended(each)
            assert (await bot.post(form()))[0] == 200

    run(work())


def test_an_idle_connection_is_closed_after_its_answers(database: Path) -> None:
    async def work() -> None:
        async with serving(database, limits=Limits(header_seconds=0.2)) as bot:
            once, twice = (whole_request(name) for name in ("one", "two"))
            async with opened(bot.port, once + twice + once) as (said, _):
                assert (await said.read()).count(b'"status": "delivered"') == 3
            assert len(bot.shown) == 2


@pytest.mark.parametrize(("path", "status"), [(b"/healthz", b"200"), (b"/nowhere", b"404"), (b"/send_image", b"401")])
def test_without_the_token_a_connection_gets_one_answer(database: Path, path: bytes, status: bytes) -> None:
    async def work() -> None:
        async with serving(database, limits=Limits(header_seconds=600)) as bot:
            async with opened(bot.port, b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path * 50) as (said, _):
                heard = await said.read()
            assert heard.startswith(b"HTTP/1.1 " + status)
            assert heard.count(b"HTTP/1.1 ") == 1

    run(work())


@pytest.mark.expect_log
def test_the_oldest_without_a_token_make_room(database: Path) -> None:
    async def work() -> None:
        limits = Limits(connections=5, header_seconds=600)
        async with serving(database, limits=limits) as bot, AsyncExitStack() as stack:
            idle = [await stack.enter_async_context(opened(bot.port)) for _ in range(12)]
            for each in idle[:7]:
                assert await ended(each)
            assert (await bot.post(form()))[0] == 200
            assert await ended(idle[7])
            assert not any(reader.at_eof() for reader, _ in idle[8:])

    run(work())


@pytest.mark.expect_log
@pytest.mark.skipif(sys.platform == "darwin", reason="a single loopback address")
def test_a_crowd_from_one_address_pushes_nobody_else_out(database: Path) -> None:
    async def work() -> None:
        limits = Limits(connections=5, header_seconds=600)
        async with serving(database, limits=limits) as bot, AsyncExitStack() as stack:
            sender = await stack.enter_async_context(opened(bot.port, whole_request()[:20]))
            crowd = [await stack.enter_async_context(opened(bot.port, origin="127.0.0.2")) for _ in range(12)]
            for each in crowd[:8]:
                assert await ended(each)
            sender[1].write(whole_request()[20:])
            assert (await sender[0].readline())[9:12] == b"200"
            assert not any(reader.at_eof() for reader, _ in crowd[8:])

    run(work())


@pytest.mark.parametrize(
    ("peer", "origin"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1, 0, 0), "2001:0db8:0001:0002"),
        (("2001:db8:1:2:9::", 1, 0, 0), "2001:0db8:0001:0002"),
        (("fe80::1%eth0", 1, 0, 2), "fe80:0000:0000:0000"),
        ("", ""),
        (None, ""),
    ],
)
def test_where_a_connection_comes_from(peer: object, origin: str) -> None:
    class Transport(asyncio.Transport):
        def get_extra_info(self, name: str, default: object = None) -> object:
            return peer if name == "peername" else default

    assert _origin(Transport()) == origin


@pytest.mark.expect_log
def test_a_sender_with_the_token_is_not_closed_to_make_room(database: Path) -> None:
    showing, go_on = asyncio.Event(), asyncio.Event()

    async def deliver(_image: FinalImage) -> None:
        showing.set()
        await go_on.wait()

    async def work() -> None:
        limits = Limits(connections=1, header_seconds=600)
        async with serving(database, deliver, limits=limits) as bot:
            posted = asyncio.create_task(bot.post(form()))
            await showing.wait()
            for _ in range(3):
                async with opened(bot.port) as late:
                    assert await ended(late)
            go_on.set()
            assert (await posted)[0] == 200

    run(work())


async def _echo(request: web.Request) -> web.Response:
    return web.Response(body=await request.read())


@asynccontextmanager
async def mounted(database: Path, app: web.Application) -> AsyncIterator[str]:
    """The handlers within an application that has a route of its own; its address."""

    async def deliver(_image: FinalImage) -> None: ...

    with AnalyticsManager(database) as manager:
        app.router.add_post("/echo", _echo)
        WebHandlers(manager, token=TOKEN, deliver=deliver).add_to(app, "/botpulse")
        runner = web.AppRunner(app, access_log=None, lingering_time=600)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


@pytest.mark.parametrize("said", [None, {"auto_decompress": False}, {"auto_decompress": True}])
def test_mounted_handlers_unpack_nothing_unless_the_bot_says_so(database: Path, said: dict[str, bool] | None) -> None:
    packed = gzip.compress(b"x" * 100)

    async def work() -> None:
        app = web.Application(handler_args=said)
        async with mounted(database, app) as url, aiohttp.ClientSession() as session:
            headers = {"Content-Encoding": "gzip"}
            async with session.post(f"{url}/echo", data=packed, headers=headers) as answer:
                unpacked = said is not None and said["auto_decompress"]
                assert await answer.read() == (b"x" * 100 if unpacked else packed)
            for authorised, status in [({}, 401), ({"Authorization": f"Bearer {TOKEN}"}, 415)]:
                all_headers = headers | authorised
                async with session.post(f"{url}/botpulse/send_image", data=packed, headers=all_headers) as answer:
                    assert answer.status == status

    run(work())


def test_a_compressed_body_without_the_token_is_not_read_to_its_end(database: Path) -> None:
    async def work() -> None:
        async with mounted(database, web.Application(handler_args={"auto_decompress": True})) as url:
            port = int(url.rpartition(":")[2])
            head = b"POST /botpulse/send_image HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
            async with opened(port, head + b"Content-Length: 100000000\r\n\r\n") as (reader, _):
                assert (await reader.read()).startswith(b"HTTP/1.1 401")

    run(work())


TINY_CHUNKS = b"1\r\n-\r\n" * 40_000


@pytest.mark.parametrize(
    ("asked", "status"),
    [(b"POST /send_image", b"401"), (b"GET /healthz", b"200"), (b"POST /nowhere", b"404")],
)
def test_what_follows_an_answer_is_not_parsed(
    database: Path, asked: bytes, status: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot_integration.web.handlers._LINGER_SECONDS", 0.3)
    parsed: list[bytes] = []
    feed = StreamReader.feed_data
    monkeypatch.setattr(StreamReader, "feed_data", lambda self, data: (parsed.append(data), feed(self, data))[1])

    async def work() -> None:
        async with serving(database) as bot:
            head = asked + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            async with opened(bot.port, head) as (reader, writer):
                assert (await reader.readuntil(b"\r\n\r\n"))[9:12] == status
                writer.write(TINY_CHUNKS)
                await writer.drain()
                await reader.read()
                assert parsed == []

    run(work())


def test_a_sender_without_the_token_is_heard_a_little_at_a_time(database: Path) -> None:
    async def work() -> None:
        heard: list[int] = []
        received = web.RequestHandler.data_received

        def noted(self: web.RequestHandler, data: bytes) -> None:
            heard.append(len(data))
            received(self, data)

        head = b"POST /send_image HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(web.RequestHandler, "data_received", noted)
            async with serving(database) as bot:
                async with opened(bot.port, head + TINY_CHUNKS) as (reader, _):
                    assert (await reader.readuntil(b"\r\n\r\n"))[9:12] == b"401"
                assert max(heard) <= 8 * 1024

    run(work())


def test_nothing_waits_for_the_rest_of_a_body_whose_sender_has_gone(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot_integration.web.handlers._LINGER_SECONDS", 600.0)

    async def work() -> None:
        head = b"POST /send_image HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
        async with serving(database) as bot:
            async with opened(bot.port, head) as (reader, _):
                assert (await reader.readuntil(b"\r\n\r\n"))[9:12] == b"401"
                left = {task for task in asyncio.all_tasks() if "RequestHandler" in str(task.get_coro())}
                assert left  # on Windows the loop has tasks of its own, which wait for the next sender
            await asyncio.wait(left, timeout=30)
            assert all(task.done() for task in left)

    run(work())
