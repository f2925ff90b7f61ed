"""Sockets that close, servers that restart or fall silent: the result is found all the same, or the fault is told."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot_integration.comfyui import ComfyUI, Lost, TimedOut, Unreachable
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.fake.state import Answer
from tests.bot_integration.comfyui.held import begun, held
from tests.bot_integration.comfyui.server import workflow

ROOT = Path(__file__).resolve().parents[3]


def test_a_socket_that_closes_half_way_is_opened_again() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            await server.drop_sockets()
            await server.until(lambda: server.asked.count("GET /ws") == 2 and "GET /queue" in server.asked)
            await server.release()
            made = await job
            assert made.outputs and made.execution is not None and made.queue_wait is not None and not made.cached
            ids = {body["client_id"] for path, body in server.posted if path == "/prompt"}
            assert len(ids) == 1

    run(scenario())


def test_prompt_that_ended_while_the_socket_was_closed_is_found_in_the_history() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            await server.drop_sockets()
            await server.release()
            made = await job
            assert made.outputs[0].data == server.store.files["run_00001_.png", "", "output"]
            assert any("/history/" in each for each in server.asked)

    run(scenario())


@pytest.mark.slow
def test_a_socket_that_never_stays_open_does_not_keep_the_result_from_us() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            for count in range(2, 5):
                await server.drop_sockets()
                await server.until(lambda count=count: server.asked.count("GET /ws") == count)  # type: ignore[misc]
            await server.drop_sockets()
            await server.release()
            assert (await job).outputs
            assert server.asked.count("GET /ws") < 10

    run(scenario())


def test_a_server_that_restarts_half_way_has_lost_the_prompt() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            await server.crash()
            await server.start()
            with pytest.raises(Lost) as caught:
                await job
            assert "restarted" in caught.value.words

    run(scenario())


def test_a_server_that_goes_away_and_stays_away_is_not_waited_for_for_ever() -> None:
    async def scenario() -> None:
        async with serving(reconnect_timeout=0.5) as (server, client):
            job = await begun(server, client)
            await server.crash()
            with pytest.raises(Unreachable):
                await job

    run(scenario())


def test_a_restart_between_the_end_and_the_download_loses_no_saved_image() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["GET /view"] = [Answer(200, b"\x89PNG", "image/png", cut=True)]
            job = asyncio.create_task(client.get_images(workflow()))
            await server.until(lambda: "GET /view" in server.asked)
            await server.crash()
            await server.start()
            assert (await job).outputs[0].data == server.store.files["run_00001_.png", "", "output"]

    run(scenario())


@pytest.mark.slow
def test_silence_is_asked_about_and_then_waited_out() -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.05) as (server, client):
            job = await begun(server, client)
            await server.until(lambda: server.asked.count("GET /queue") >= 3)
            assert not job.done()
            await server.release()
            assert (await job).outputs

    run(scenario())


@pytest.mark.parametrize("unheard", [["executing", "execution_success"], ["executing"], ["execution_success"]])
def test_an_end_that_was_never_heard_is_found_in_the_history(unheard: list[str]) -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.1) as (server, client):
            server.faults.hears = lambda kind, data: kind not in unheard
            assert (await client.get_images(workflow())).outputs

    run(scenario())


def test_a_deaf_socket_does_not_matter() -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.1) as (server, client):
            server.faults.hears = lambda kind, data: False
            made = await client.get_images(workflow())
            assert made.outputs and made.execution is not None and made.queue_wait is None

    run(scenario())


def test_a_history_that_was_emptied_does_not_matter_where_the_socket_told_the_outcome() -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.1) as (server, client):
            server.faults.keeps_history = False
            server.faults.hears = lambda kind, data: kind != "executing"
            assert (await client.get_images(workflow())).outputs

    run(scenario())


def test_an_end_that_nobody_else_confirms_is_not_believed() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            forged = '{"type": "executing", "data": {"node": null, "prompt_id": "%s"}}'
            server.faults.noise = lambda prompt_id: [forged % prompt_id]
            job = asyncio.create_task(client.get_images(held()))
            await server.until(lambda: "GET /queue" in server.asked)
            server.faults.noise = lambda prompt_id: []
            await server.release()
            assert (await job).outputs

    run(scenario())


def test_answers_that_fail_for_a_moment_are_asked_for_again() -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.1) as (server, client):
            server.faults.hears = lambda kind, data: False
            server.faults.answers["GET /history"] = [Answer(500), Answer(200, b"{", "application/json"), Answer(503)]
            assert (await client.get_images(workflow())).outputs

    run(scenario())


def test_a_history_that_always_fails_does_not_matter_where_the_socket_tells_all() -> None:
    async def scenario() -> None:
        async with serving(silence_timeout=0.05, reconnect_timeout=10) as (server, client):
            server.faults.answers["GET /history"] = [Answer(500)] * 1_000
            job = asyncio.create_task(client.get_images(held()))
            await server.until(lambda: any("/history/" in each for each in server.asked))
            await server.release()
            assert (await job).outputs

    run(scenario())


def test_a_time_limit_holds_while_the_server_is_away() -> None:
    async def scenario() -> None:
        async with serving(reconnect_timeout=60) as (server, client):
            job = await begun(server, client, timeout=0.5)
            await server.crash()
            with pytest.raises(TimedOut):
                await job

    run(scenario())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_server_process_that_is_killed_and_started_anew() -> None:
    """The fake as a process of its own, as others may use it."""

    async def scenario() -> None:
        url, first = await asyncio.to_thread(_started, 0)
        second = None
        try:
            async with ComfyUI(url, reconnect_timeout=20) as client:
                assert (await client.get_images(workflow())).outputs
                running = asyncio.Event()
                slow = workflow(seed=2, steps=1_000, seconds_per_step=0.05)
                job = asyncio.create_task(client.get_images(slow, lambda told: running.set() if told.step else None))
                await running.wait()
                first.send_signal(signal.SIGKILL)
                await asyncio.to_thread(first.wait, 10)
                again, second = await asyncio.to_thread(_started, int(url.rpartition(":")[2]))
                assert again == url
                with pytest.raises(Lost):
                    await job
                assert (await client.get_images(workflow(seed=3))).outputs
        finally:
            for process in filter(None, (first, second)):
                process.kill()
                process.communicate()

    run(scenario())


def _started(port: int) -> tuple[str, subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.bot_integration.comfyui.server", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    return process.stdout.readline().strip(), process
