"""/queue_status, against a ComfyUI that answers as the real one does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web

from bot_integration.comfyui import ComfyUI, Device, Queue, QueueEntry, SystemStats
from bot_integration.comfyui.http_responses import OWNER_KEY
from bot_integration.commands.queue_status import queue_embed
from tests.bot_integration.loopback import DM
from tests.bot_integration.studio import Studio

STATS = {
    "system": {"os": "posix", "ram_total": 64_000_000_000, "ram_free": 32_000_000_000, "comfyui_version": "0.3.64"},
    "devices": [
        {"name": "cuda:0 **RTX** @everyone", "type": "cuda", "vram_total": 24_000_000_000, "vram_free": 18_000_000_000}
    ],
}


def entry(number: int, owner: str | None) -> list[Any]:
    """A prompt in the queue, as ComfyUI lists it, with its workflow."""
    extra = {"client_id": "c"} | ({OWNER_KEY: owner} if owner else {})
    workflow = {"1": {"class_type": "KSampler", "inputs": {}}}
    return [number, f"00000000-0000-4000-8000-{number:012d}", workflow, extra, ["1"]]


@contextmanager
def comfyui(
    running: list[list[Any]], pending: list[list[Any]], stats: Any = STATS, *, frozen: tuple[str, ...] = ()
) -> Iterator[str]:
    """The two routes, on a thread and a loop of their own; gives the address. What is frozen never answers."""

    async def answer(request: web.Request) -> web.Response:
        if request.path in frozen:
            await asyncio.Event().wait()
        return await (queue if request.path == "/queue" else system_stats)(request)

    async def queue(_: web.Request) -> web.Response:
        return web.json_response({"queue_running": running, "queue_pending": pending})

    async def system_stats(_: web.Request) -> web.Response:
        return web.json_response(stats) if stats is not None else web.Response(status=500, text="broken")

    app = web.Application()
    app.add_routes([web.get("/queue", answer), web.get("/system_stats", answer)])
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def start() -> str:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        return f"http://{host}:{port}"

    thread = threading.Thread(target=loop.run_forever, name="comfyui")
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def bot_with(place: Studio, url: str, **more: Any) -> Iterator[None]:
    """A bot that asks the ComfyUI at this address."""
    client = ComfyUI(url, **more)
    with place.bot(comfyui=client):
        yield


def text(embed: dict[str, Any]) -> str:
    return "\n".join([embed["description"], *(field["value"] for field in embed["fields"])])


def test_everybody_sees_the_queue_and_their_own_place(place: Studio) -> None:
    mine, other = str(place.nobody.id), "123456789012345678"
    with comfyui([entry(1, other)], [entry(2, mine), entry(3, other), entry(4, mine)]) as url, bot_with(place, url):
        for where in (place.guild, DM):
            reply = place.discord.slash(place.nobody, "queue_status", where=where).wait(30)
            assert reply.deferred and reply.ephemeral
            said = text(reply.embeds[0])
            assert "**1** running, **3** waiting" in said
            assert "waiting: 1 request before it\nwaiting: 3 requests before it" in said
            assert other not in said and "@everyone" not in said and r"\*\*RTX\*\*" in said
            assert "6.0\N{NO-BREAK SPACE}GB of 24.0\N{NO-BREAK SPACE}GB" in said
        theirs = place.discord.slash(place.admin, "queue_status", where=place.guild).wait(30)
        assert "You have nothing in the queue." in text(theirs.embeds[0])
    assert place.tracked("queue_status") == [
        (mine, str(place.guild.id), 1), (mine, None, 1), (str(place.admin.id), str(place.guild.id), 1)
    ]  # fmt: skip


def test_an_empty_queue_and_a_silent_machine(place: Studio) -> None:
    with comfyui([], [], stats=None) as url, bot_with(place, url):
        reply = place.discord.slash(place.nobody, "queue_status", where=place.guild).wait(30)
        assert "Nothing is running or waiting" in text(reply.embeds[0])
        assert [field["name"] for field in reply.embeds[0]["fields"]] == ["Your place"]


@pytest.mark.expect_log
def test_a_comfyui_that_is_away_is_told_in_plain_words(place: Studio) -> None:
    with comfyui([], []) as url:
        pass  # nobody listens there any more
    with bot_with(place, url):
        reply = place.discord.slash(place.nobody, "queue_status", where=place.guild).wait(60)
        assert reply.ephemeral and "does not answer" in reply.content and url not in reply.content
    assert [success for *_, success in place.tracked("queue_status")] == [0]


@pytest.mark.slow
@pytest.mark.expect_log
@pytest.mark.parametrize("frozen", [("/queue",), ("/queue", "/system_stats"), ("/system_stats",)])
def test_a_frozen_comfyui_does_not_leave_the_user_waiting(place: Studio, frozen: tuple[str, ...]) -> None:
    with comfyui([], [], frozen=frozen) as url, bot_with(place, url, request_timeout=3_600.0):
        reply = place.discord.slash(place.nobody, "queue_status", where=place.guild).wait(30)
    if "/queue" in frozen:
        assert reply.ephemeral and "does not answer" in reply.content
    else:
        assert [field["name"] for field in reply.embeds[0]["fields"]] == ["Your place"]


@pytest.mark.slow
def test_a_long_queue_and_many_devices_stay_short() -> None:
    mine = tuple(QueueEntry(f"p{number}", number, owner="1") for number in range(5_000))
    devices = tuple(Device("x" * 200, "cuda", None, None) for _ in range(64))
    embed = queue_embed(Queue(mine[:1], mine[1:]), SystemStats("", "", None, None, devices), "1")
    assert len(embed) < 1_000
    place = embed.fields[0].value or ""
    assert place.startswith("running now\nwaiting: 1 request before it") and place.endswith("… and 4,995 more")
