"""What opens a server goes to that server with every request, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot_integration.comfyui import (
    ComfyUI,
    ComfyUIError,
    Refused,
)
from tests.bot_integration.comfyui.fake.pictures import JPEG
from tests.bot_integration.comfyui.fake.running import run
from tests.bot_integration.comfyui.server import FakeComfyUI, workflow


def test_arguments_in_the_address_go_with_every_request() -> None:
    async def scenario() -> None:
        async with FakeComfyUI(step_seconds=0.001, prefix="/comfy") as server:
            async with ComfyUI(f"{server.url}/?token=T%26x&b=1") as client:
                await client.get_images(workflow())
                await client.queue()
                await client.system_stats()
                await client.free()
                await client.upload_image(JPEG)
            assert len(server.queries) >= 7
            assert all(each.startswith("token=T%26x&b=1") for each in server.queries)
            assert any("clientId=" in each for each in server.queries)

    run(scenario())


def test_secrets_in_the_address_are_in_no_fault() -> None:
    async def scenario() -> None:
        async with FakeComfyUI() as server:
            url = server.url
        async with ComfyUI(url.replace("//", "//me:secret1@") + "?token=secret2", reconnect_timeout=0.1) as client:
            for ask in (client.queue, lambda: client.get_images(workflow())):
                with pytest.raises(ComfyUIError) as caught:
                    await ask()
                assert "secret" not in f"{caught.value} {caught.value!r} {caught.value.words} {caught.value.detail}"

    run(scenario())


def test_a_name_and_password_in_the_address_are_sent_with_every_request() -> None:
    async def scenario() -> None:
        async with gate(lambda request: request.headers.get("Authorization") == "Basic bWU6d29yZA==") as (url, seen):
            async with ComfyUI(url.replace("//", "//me:word@"), reconnect_timeout=0.1) as client:
                await client.queue()
                with pytest.raises(ComfyUIError):
                    await client.get_images(workflow())
            assert seen and "refused" not in seen

    run(scenario())


def test_two_ways_to_log_in_are_refused_at_the_door() -> None:
    with pytest.raises(ValueError, match="both carry credentials"):
        ComfyUI("http://me:word@127.0.0.1:8188", headers={"authorization": "Bearer T"})


@asynccontextmanager
async def gate(lets_in: Callable[[web.Request], bool]) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy before a server with an empty queue; what it said."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append("let in" if lets_in(request) else "refused")
        return web.json_response({"queue_running": [], "queue_pending": []}, status=200 if lets_in(request) else 401)

    async with listening(answer) as url:
        yield url, seen


@asynccontextmanager
async def listening(answer: Callable[[web.Request], Any]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_sends_nothing_to_another_host(status: int, given: bool) -> None:
    strangers: list[dict[str, str]] = []

    async def stranger(request: web.Request) -> web.Response:
        strangers.append(dict(request.headers))
        return web.Response()

    async def scenario() -> None:
        async with listening(stranger) as elsewhere:

            async def redirect(request: web.Request) -> web.Response:
                return web.Response(status=status, headers={"Location": f"{elsewhere}{request.path_qs}"})

            async with listening(redirect) as url, aiohttp.ClientSession() as session:
                kept = session if given else None
                async with ComfyUI(url, session=kept, headers={"X-Key": "secret"}, reconnect_timeout=0.1) as client:
                    for ask in (
                        client.queue,
                        client.free,
                        lambda: client.get_images(workflow()),
                        lambda: client.upload_image(JPEG),
                    ):
                        with pytest.raises(Refused):
                            await ask()
                assert not session.closed
        assert strangers == []

    run(scenario())


def test_a_given_session_keeps_what_it_sends_also_with_the_websocket() -> None:
    async def scenario() -> None:
        async with FakeComfyUI(step_seconds=0.001, token="T") as server:
            headers = {"Authorization": "Bearer T"}
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                ComfyUI(server.url, session=session) as client,
            ):
                assert (await client.get_images(workflow())).outputs

    run(scenario())


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_certificate_that_is_none_is_refused_at_the_door(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=r"ca\.pem can't be used"):
        ComfyUI("https://127.0.0.1", certificate=path)
