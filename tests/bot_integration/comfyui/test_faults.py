"""Generations that fail: how each fault is told, and that nothing of it is left on the server."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from bot_integration.comfyui import (
    BadAnswer,
    ComfyUI,
    ComfyUIError,
    ExecutionFailed,
    Generation,
    Interrupted,
    Lost,
    Refused,
    Rejected,
    TimedOut,
    TooBig,
    Unreachable,
)
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.fake.server import FakeComfyUI
from tests.bot_integration.comfyui.fake.state import Answer
from tests.bot_integration.comfyui.held import begun, held, runs
from tests.bot_integration.comfyui.server import workflow


def raising(kind: str, message: str) -> dict[str, Any]:
    nodes = workflow()
    nodes["4"] = {"class_type": "RaiseError", "inputs": {"image": ["5", 0], "type": kind, "message": message}}
    nodes["9"]["inputs"]["images"] = ["4", 0]
    return nodes


def loading(**inputs: Any) -> dict[str, Any]:
    nodes = workflow()
    nodes["4"] = {"class_type": "CheckpointLoaderSimple", "inputs": inputs}
    nodes["5"]["inputs"]["model"] = ["4", 0]
    return nodes


def test_a_node_that_raises() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            with pytest.raises(ExecutionFailed) as caught:
                await client.get_images(raising("ValueError", "the file /srv/models/secret.ckpt is broken"))
            error = caught.value
            assert (error.node, error.node_type, error.exception_type) == ("4", "RaiseError", "ValueError")
            assert "`RaiseError`" in error.words and "/srv" not in error.words and "secret" in error.detail

    run(scenario())


@pytest.mark.parametrize(
    ("kind", "message"),
    [("torch.OutOfMemoryError", "Allocation failed"), ("RuntimeError", "CUDA out of memory. Tried")],
)
def test_a_card_without_memory_left_is_told_in_words(kind: str, message: str) -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            with pytest.raises(ExecutionFailed, match="node 4") as caught:
                await client.get_images(raising(kind, message))
            assert "ran out of memory" in caught.value.words

    run(scenario())


def test_a_model_that_is_not_there_is_named_without_its_folder() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            with pytest.raises(Rejected) as caught:
                await client.get_images(loading(ckpt_name="private\\folder/no`pe*.safetensors"))
            (fault,) = caught.value.node_errors
            assert (fault.node, fault.input, fault.kind) == ("4", "ckpt_name", "value_not_in_list")
            words = caught.value.words
            assert "`CheckpointLoaderSimple` (node `4`): `ckpt_name` `no'pe*.safetensors` is not one of" in words
            assert "folder" not in words and "sd15" not in words

    run(scenario())


def test_a_workflow_with_an_unknown_node_is_rejected_with_the_servers_sentence() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = workflow()
            nodes["9"]["class_type"] = "NoSuchNode"
            with pytest.raises(Rejected, match="Node ID '#9'") as caught:
                await client.get_images(nodes)
            assert "node NoSuchNode does not exist" in caught.value.words
            assert caught.value.node_errors == ()

    run(scenario())


def test_an_interruption_from_elsewhere() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            job = await begun(server, client)
            assert server.running is not None
            await client.interrupt(server.running.prompt_id)
            await server.notify()
            with pytest.raises(Interrupted):
                await job

    run(scenario())


@pytest.mark.slow
def test_interrupting_one_leaves_the_others_alone() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            first, second, third = (asyncio.create_task(client.get_images(held(seed))) for seed in range(3))
            await server.until(lambda: server.running is not None and len(server.pending) == 2)
            await client.interrupt(server.pending[0].prompt_id)
            await client.interrupt("not-there")
            assert [path for path, _ in server.posted if path != "/prompt"] == ["/queue"]
            await server.release()
            done = await asyncio.gather(first, second, third, return_exceptions=True)
            assert sorted(type(each).__name__ for each in done) == ["Generation", "Generation", "Lost"]

    run(scenario())


@pytest.mark.parametrize("ignores_prompt_id", [False, True])
@pytest.mark.parametrize("waits", [True, False])
def test_cancelling_takes_the_prompt_back(waits: bool, ignores_prompt_id: bool) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.ignores_prompt_id = ignores_prompt_id
            other = asyncio.create_task(client.get_images(held(1))) if waits else None
            if waits:
                await runs(server)
            mine = asyncio.create_task(client.get_images(held(2)))
            if waits:
                await server.until(lambda: len(server.pending) == 1)
            else:
                await runs(server)
            mine.cancel()
            with pytest.raises(asyncio.CancelledError):
                await mine
            posted = [path for path, _ in server.posted if path != "/prompt"]
            assert posted == (["/queue"] if waits else ["/interrupt"])
            assert not server.pending
            if other is None:
                await server.notify()
                await server.until(lambda: server.running is None)
            else:
                await server.release()
                assert isinstance(await other, Generation)

    run(scenario())


def test_cancelling_twice_takes_it_back_all_the_same() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            mine = await begun(server, client)
            mine.cancel()
            await asyncio.sleep(0)  # so that the taking back has begun
            mine.cancel()
            with pytest.raises(asyncio.CancelledError):
                await mine
            await client.close()
            assert [path for path, _ in server.posted if path != "/prompt"] == ["/interrupt"]

    run(scenario())


def test_cancelling_while_the_prompt_is_being_sent_takes_it_back_too() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            mine = asyncio.create_task(client.get_images(held()))
            await server.until(lambda: "POST /prompt" in server.asked or server.running is not None)
            mine.cancel()
            with pytest.raises(asyncio.CancelledError):
                await mine
            await server.notify()
            await server.until(lambda: server.running is None and not server.pending)
            assert server.history == {} or next(iter(server.history.values()))["status"]["status_str"] == "error"

    run(scenario())


def test_taking_too_long_is_told_and_the_prompt_is_taken_back() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            with pytest.raises(TimedOut) as caught:
                await client.get_images(held(), timeout=0.3)
            assert "0.3" in caught.value.words
            assert ("/interrupt") in [path for path, _ in server.posted]
            await server.notify()
            await server.until(lambda: server.running is None)

    run(scenario())


def test_nobody_there() -> None:
    async def scenario() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            async with ComfyUI(f"http://127.0.0.1:{taken.getsockname()[1]}") as client:
                for ask in (client.get_images(workflow()), client.queue(), client.system_stats(), client.free()):
                    with pytest.raises(Unreachable, match="ClientConnectorError"):
                        await ask

    run(scenario())


def test_a_server_that_takes_the_connection_and_says_nothing() -> None:
    async def scenario() -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            async with ComfyUI(f"http://127.0.0.1:{silent.getsockname()[1]}", request_timeout=0.2) as client:
                with pytest.raises(Unreachable):
                    await client.get_images(workflow())
                with pytest.raises(Unreachable):
                    await client.queue()

    run(scenario())


def test_something_else_than_http_listens() -> None:
    async def scenario() -> None:
        async def chatter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(chatter, "127.0.0.1", 0)
        async with server, ComfyUI(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
            with pytest.raises(BadAnswer):
                await client.queue()
            with pytest.raises(BadAnswer):
                await client.get_images(workflow())

    run(scenario())


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (Answer(500), BadAnswer),
        (Answer(403, b""), Refused),
        (Answer(302, b"", "text/html"), Refused),
        (Answer(502, b"<html>Bad gateway", "text/html"), Unreachable),
        (Answer(200, b"<html>hello", "text/html"), BadAnswer),
        (Answer(200, b"[]", "application/json"), BadAnswer),
        (Answer(200, b'{"prompt_id": "../../etc"}', "application/json"), BadAnswer),
        (Answer(200, b'{"prompt_id": ' + b"9" * 5_000 + b"}", "application/json"), BadAnswer),
        (Answer(200, b"[" * 100_000, "application/json"), BadAnswer),
        (Answer(400, b"not json"), BadAnswer),
        (Answer(400, b'{"error": "in words", "node_errors": []}', "application/json"), Rejected),
        (Answer(400, b'{"error": {"message": 7}, "node_errors": {"4": null}}', "application/json"), Rejected),
    ],
)
def test_odd_answers_to_the_prompt(answer: Answer, fault: type[ComfyUIError]) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["POST /prompt"] = [answer]
            with pytest.raises(ComfyUIError) as caught:
                await client.get_images(workflow())
            assert type(caught.value) is fault
            assert server.running is None and not server.pending

    run(scenario())


def test_a_proxy_that_does_not_know_us() -> None:
    async def scenario() -> None:
        async with serving(token="right", headers={"Authorization": "Bearer wrong"}) as (_, client):
            with pytest.raises(Refused) as caught:
                await client.get_images(workflow())
            assert "wrong" not in str(caught.value) + caught.value.words
            with pytest.raises(Refused):
                await client.queue()

    run(scenario())


def test_a_prompt_whose_answer_never_came_is_found_and_not_sent_twice() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["POST /prompt"] = [Answer(200, b'{"pro', cut=True, before=False)]
            made = await client.get_images(held_then_released(server))
            assert made.outputs and server.asked.count("POST /prompt") == 1

    def held_then_released(server: FakeComfyUI) -> dict[str, Any]:
        asyncio.get_running_loop().create_task(release_once_asked(server))
        return held()

    async def release_once_asked(server: FakeComfyUI) -> None:
        await server.until(lambda: "GET /queue" in server.asked)
        await server.release()

    run(scenario())


def test_a_file_that_is_gone() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["GET /view"] = [Answer(404, b"")]
            with pytest.raises(Lost, match="run_00001_"):
                await client.get_images(workflow())

    run(scenario())


@pytest.mark.parametrize("answer", [Answer(500), Answer(200, b"\x89PNG", "image/png", cut=True), Answer(200, b"")])
def test_a_download_that_breaks_is_made_again(answer: Answer) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["GET /view"] = [answer, answer]
            made = await client.get_images(workflow())
            assert made.outputs[0].data == server.store.files["run_00001_.png", "", "output"]
            assert server.asked.count("GET /view") == 3

    run(scenario())


def test_an_output_that_is_too_large() -> None:
    async def scenario() -> None:
        async with serving(max_output_size=100_000) as (server, client):
            server.image_bytes = 60_000
            assert len((await client.get_images(workflow(seed=1))).outputs[0].data) == 60_000
            nodes = workflow(seed=2)
            nodes["10"] = nodes["9"]
            with pytest.raises(TooBig):
                await client.get_images(nodes)

    run(scenario())


def test_a_large_output_comes_whole() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.image_bytes = 5_000_000
            made = await client.get_images(workflow())
            assert made.outputs[0].data == server.store.files["run_00001_.png", "", "output"]

    run(scenario())


@pytest.mark.slow
def test_a_deleted_prompt_is_lost() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            first = await begun(server, client, 1)
            second = asyncio.create_task(client.get_images(held(2)))
            await server.until(lambda: len(server.pending) == 1)
            server.pending.clear()
            with pytest.raises(Lost):
                await second
            await server.release()
            assert (await first).outputs

    run(scenario())
