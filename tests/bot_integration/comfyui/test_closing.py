"""A client that is closed: what was under way ends with a typed fault, and nothing begins any more."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from bot_integration.comfyui import ClientClosed, ComfyUI
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.held import begun, held
from tests.bot_integration.comfyui.server import workflow


def test_generations_that_run_and_wait_are_given_up_and_taken_back() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            jobs = [await begun(server, client)]
            jobs += [asyncio.create_task(client.get_images(held(seed))) for seed in range(2, 7)]
            await server.until(lambda: len(server.pending) == 5)
            await client.close()
            assert not server.pending
            await server.until(lambda: server.running is None)
            assert {type(each.exception()) for each in jobs} == {ClientClosed}
            assert "just stopping" in ClientClosed.words

    run(scenario())


def test_a_closed_client_begins_nothing() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            await client.get_images(workflow())
            await client.close()
            await client.close()
            asked = len(server.asked)
            for attempt in (lambda: client.get_images(workflow()), client.queue, client.system_stats, client.free):
                with pytest.raises(ClientClosed):
                    await attempt()
            assert len(server.asked) == asked

    run(scenario())


def test_client_begins_nothing_while_it_is_being_closed() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            closing = asyncio.create_task(client.close())
            await asyncio.sleep(0)
            with pytest.raises(ClientClosed):
                await client.get_images(workflow())
            await asyncio.gather(closing, client.close())
            assert isinstance(job.exception(), ClientClosed)

    run(scenario())


@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_a_given_session_that_is_closed_is_told_as_such(when: str) -> None:
    async def scenario() -> None:
        async with serving() as (server, _):
            session = aiohttp.ClientSession()
            client = ComfyUI(server.url, session=session, reconnect_timeout=1)
            if when == "before":
                await session.close()
                with pytest.raises(ClientClosed, match="given"):
                    await client.get_images(workflow())
            else:
                job = await begun(server, client)
                await session.close()
                with pytest.raises(ClientClosed, match="given"):
                    await job
            with pytest.raises(ClientClosed):
                await client.queue()

    run(scenario())


def test_command_that_waits_has_time_to_say_so() -> None:
    async def scenario() -> None:
        said, may_end = [], asyncio.Event()

        async def command(client: ComfyUI) -> None:
            try:
                await client.get_images(held())
            except ClientClosed as fault:
                await may_end.wait()
                said.append(fault.words)

        async with serving() as (server, client):
            job = asyncio.create_task(command(client))
            await server.until(lambda: server.running is not None)
            closing = asyncio.create_task(client.close())
            await server.until(lambda: server.running is None)
            assert not closing.done()
            may_end.set()
            await closing
            assert said == [ClientClosed.words] and job.done()

    run(scenario())


@pytest.mark.slow
def test_a_task_that_goes_on_is_not_waited_for_long() -> None:
    async def scenario() -> None:
        async def worker(client: ComfyUI) -> None:
            with pytest.raises(ClientClosed):
                await client.get_images(held())
            await asyncio.Event().wait()

        async with serving() as (server, client):
            job = asyncio.create_task(worker(client))
            await server.until(lambda: server.running is not None)
            async with asyncio.timeout(10):
                await client.close()
            assert not job.done()
            job.cancel()

    run(scenario())


def test_a_caller_that_is_cancelled_meanwhile_stays_cancelled() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            job.cancel()
            await asyncio.sleep(0)
            await client.close()
            assert job.cancelled()
            await server.until(lambda: server.running is None)

    run(scenario())
