"""Generations that succeed: what comes out of them, how long they took, what was told meanwhile."""

from __future__ import annotations

import asyncio
import logging
import shutil
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot_integration.comfyui import ComfyUI, Generation, Kind, NoOutput, Progress, Stage, Untrusted
from tests.bot_integration.comfyui.fake.pictures import JPEG, MP4
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.held import held
from tests.bot_integration.comfyui.server import FakeComfyUI, workflow


def saving(*classes: str, batch: int = 1, **inputs: Any) -> dict[str, Any]:
    """An image, and a node of each class that takes it; the first is node 10."""
    nodes: dict[str, Any] = {"1": {"class_type": "EmptyImage", "inputs": {"batch_size": batch, "color": 7}}}
    for number, kind in enumerate(classes):
        nodes[str(10 + number)] = {"class_type": kind, "inputs": {"images": ["1", 0], **inputs}}
    return nodes


def test_a_generation_gives_the_image_and_its_seconds() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            made = await client.get_images(workflow(steps=3, seconds_per_step=0.05))
            (output,) = made.outputs
            assert output.data == server.store.files["run_00001_.png", "", "output"]
            assert (output.filename, output.kind, output.node) == ("run_00001_.png", Kind.IMAGE, "9")
            assert output.content_type == "image/png"
            times = server.store.times[made.prompt_id]
            assert times.served is not None
            assert made.seconds == pytest.approx(times.served - times.arrived, abs=0.2)
            assert made.execution is not None and 0.14 <= made.execution <= made.seconds
            assert made.queue_wait is not None and made.download is not None
            assert made.queue_wait + made.execution + made.download <= made.seconds + 0.05
            assert not made.cached and made.dropped == ()

    run(scenario())


def test_the_history_is_not_asked_where_the_socket_told_all() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            await client.get_images(workflow())
            assert [each for each in server.asked if "history" in each] == []

    run(scenario())


def test_the_socket_is_open_before_the_prompt_is_sent_and_its_id_is_fresh() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            await client.get_images(workflow(seed=1))
            await client.get_images(workflow(seed=2))
            assert server.asked.index("GET /ws") < server.asked.index("POST /prompt")
            ids = [body["client_id"] for path, body in server.posted if path == "/prompt"]
            assert len(set(ids)) == 2

    run(scenario())


def test_a_second_run_of_the_same_workflow_is_told_to_be_cached() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            first = await client.get_images(workflow())
            second = await client.get_images(workflow())
            await client.free()
            third = await client.get_images(workflow())
            assert [first.cached, second.cached, third.cached] == [False, True, False]
            assert second.outputs == first.outputs

    run(scenario())


def test_several_outputs_come_in_their_order_and_videos_are_told_apart() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            made = await client.get_images(saving("SaveImage", "VHS_VideoCombine", "SaveAudio", batch=3))
            expected = [("10", "image")] * 3 + [("11", "video"), ("12", "audio"), ("12", "text")]
            assert [(each.node, each.kind) for each in made.outputs] == expected
            assert len({each.data for each in made.outputs}) == 6
            assert made.outputs[3].data == MP4
            assert made.outputs[3].content_type == "video/mp4"

    run(scenario())


def test_saved_images_come_before_previews_and_previews_where_nothing_is_saved() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            both = await client.get_images(saving("PreviewImage", "SaveImage"))
            only = await client.get_images(saving("PreviewImage"))
            assert [each.node for each in both.outputs] == ["11"]
            assert [each.node for each in only.outputs] == ["10"]

    run(scenario())


def test_the_wanted_nodes_alone_are_read() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            made = await client.get_images(saving("SaveImage", "SaveImage", "PreviewImage"), wanted=["11"])
            preview = await client.get_images(saving("SaveImage", "SaveImage", "PreviewImage"), wanted={"12"})
            assert [each.node for each in made.outputs] == ["11"]
            assert [each.node for each in preview.outputs] == ["12"]
            assert server.asked.count("GET /view") == 2

    run(scenario())


@pytest.mark.parametrize("knows_flags", [True, False])
def test_images_of_the_socket_are_outputs(knows_flags: bool) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.knows_flags = knows_flags
            made = await client.get_images(saving("SaveImageWebsocket", batch=2))
            assert [each.content_type for each in made.outputs] == ["image/png"] * 2
            assert all(each.data.startswith(b"\x89PNG") for each in made.outputs)
            assert made.outputs[0].data != made.outputs[1].data
            assert server.asked.count("GET /view") == 0

    run(scenario())


def test_a_run_that_saves_nothing_is_no_success() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            with pytest.raises(NoOutput) as caught:
                await client.get_images(saving("SaveImage", "LoopEnd", body="10", times=0), wanted=["11"])
            assert "without making an image" in caught.value.words

    run(scenario())


def test_an_output_with_a_fault_is_dropped_and_told() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = saving("SaveImage")
            nodes["4"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "no.safetensors"}}
            nodes["12"] = {"class_type": "SaveImage", "inputs": {"images": ["4", 0]}}
            made = await client.get_images(nodes)
            assert [each.node for each in made.outputs] == ["10"]
            (fault,) = made.dropped
            assert (fault.node, fault.input, fault.value) == ("4", "ckpt_name", "no.safetensors")

    run(scenario())


@pytest.mark.parametrize("knows_flags", [True, False])
def test_progress_tells_steps_nodes_and_previews(knows_flags: bool) -> None:
    async def scenario() -> list[Progress]:
        told: list[Progress] = []
        async with serving() as (server, client):
            server.faults.knows_flags = knows_flags
            await client.get_images(workflow(steps=5, seconds_per_step=0.02, preview=True), told.append, previews=True)
        return told

    told = run(scenario())
    steps = [each for each in told if each.node == "5" and each.steps == 5]
    assert steps and steps == sorted(steps, key=lambda each: each.step or 0)
    assert steps[-1].node_type == "TimedSampler" and steps[-1].nodes == 3 and steps[-1].nodes_done == 1
    assert steps[-1].share is not None and 0 < steps[-1].share <= 1
    previews = [each.preview for each in told if each.preview is not None]
    assert previews and previews[0].data == JPEG and previews[0].content_type == "image/jpeg"
    assert told[-1].stage in (Stage.RUNNING, Stage.FETCHING)
    assert [each.seconds for each in told] == sorted(each.seconds for each in told)


def test_previews_are_left_out_unless_asked_for() -> None:
    async def scenario() -> None:
        told: list[Progress] = []
        async with serving() as (_, client):
            await client.get_images(workflow(preview=True), told.append)
        assert told and all(each.preview is None for each in told)

    run(scenario())


def test_a_slow_callback_misses_news_and_holds_nothing_up() -> None:
    async def scenario() -> tuple[Generation, list[Progress], bool]:
        told: list[Progress] = []
        cancelled = False

        async def slow(progress: Progress) -> None:
            nonlocal cancelled
            told.append(progress)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled = True
                raise

        async with serving() as (_, client):
            made = await client.get_images(workflow(steps=20, seconds_per_step=0.005), slow)
        return made, told, cancelled

    made, told, cancelled = run(scenario())
    assert made.outputs and len(told) == 1 and cancelled


def test_a_callback_that_fails_is_logged_once_and_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> Generation:
        def bad(progress: Progress) -> None:
            raise RuntimeError("the callback's own fault")

        async with serving() as (_, client):
            return await client.get_images(workflow(steps=10), bad)

    with caplog.at_level(logging.WARNING, "bot_integration"):
        assert run(scenario()).outputs
    (record,) = [each for each in caplog.records if each.name.startswith("bot_integration")]
    assert "progress callback failed" in record.getMessage()


def test_the_place_in_the_queue_is_told_while_waiting() -> None:
    async def scenario() -> list[Progress]:
        told: list[Progress] = []
        placed = asyncio.Event()

        def look(progress: Progress) -> None:
            told.append(progress)
            if progress.stage is Stage.WAITING and progress.position == 2:
                placed.set()

        async with serving() as (server, client):
            others = [asyncio.create_task(client.get_images(held(seed))) for seed in range(2)]
            await server.until(lambda: server.running is not None and len(server.pending) == 1)
            mine = asyncio.create_task(client.get_images(workflow(seed=9), look, owner="42"))
            await server.until(lambda: len(server.pending) == 2)
            queue = await client.queue()
            (entry,) = queue.of("42")
            assert queue.position(entry.prompt_id) == 2
            assert len(queue.running) == 1 and [each.owner for each in queue.pending] == [None, "42"]
            await placed.wait()
            await server.release()
            await asyncio.gather(mine, *others)
        return told

    assert any(each.stage is Stage.RUNNING for each in run(scenario()))


def test_a_hundred_jobs_at_once_ask_for_the_queue_together() -> None:
    async def scenario() -> None:
        async with serving(step_seconds=0.0) as (server, client):
            jobs = [client.get_images(workflow(seed=seed, steps=1, seconds_per_step=0)) for seed in range(100)]
            made = await asyncio.gather(*jobs)
            assert len({each.outputs[0].data for each in made}) == 100
            assert server.asked.count("GET /queue") < 30

    run(scenario())


def test_strangers_messages_change_nothing() -> None:
    async def scenario() -> None:
        told: list[Progress] = []
        async with serving() as (server, client):
            server.faults.noise = lambda prompt_id: [
                '{"type": "progress", "data": {"value": 77, "max": 99, "prompt_id": "another", "node": "5"}}',
                '{"type": "execution_error", "data": {"prompt_id": "another", "exception_message": "no"}}',
                '{"type": "executing", "data": {"node": null, "prompt_id": "another"}}',
            ]
            made = await client.get_images(workflow(), told.append)
            assert made.outputs and all(each.steps != 99 for each in told)

    run(scenario())


def test_a_path_before_the_servers_own_and_a_proxys_header_work() -> None:
    async def scenario() -> None:
        headers = {"Authorization": "Bearer secret-token"}
        async with serving(prefix="/comfy/here", token="secret-token", headers=headers) as (server, client):
            assert server.url.endswith("/comfy/here")
            assert (await client.get_images(workflow())).outputs
            assert (await client.system_stats()).version == "0.3.64"

    run(scenario())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_server_behind_tls(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)

    async def scenario() -> None:
        ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ours.load_cert_chain(certificate, key)
        trusting = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=certificate))
        async with FakeComfyUI(tls=ours, prefix="/comfy") as server:
            async with aiohttp.ClientSession(connector=trusting) as session:
                client = ComfyUI(server.url, session=session)
                assert (await client.get_images(workflow())).outputs
            async with ComfyUI(server.url, certificate=certificate) as told:
                assert (await told.get_images(workflow())).outputs
            async with ComfyUI(server.url) as distrustful:
                with pytest.raises(Untrusted, match="Certificate"):
                    await distrustful.get_images(workflow())

    run(scenario())


def test_a_session_that_was_handed_in_is_left_open() -> None:
    async def scenario() -> None:
        async with serving() as (server, _), aiohttp.ClientSession() as session:
            async with ComfyUI(server.url + "/", session=session) as client:
                assert (await client.get_images(workflow())).outputs
            assert not session.closed

    run(scenario())


def test_generation_leaves_nothing_running() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            await client.get_images(workflow(), lambda progress: None)
            await client.close()
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert not any(name.startswith("comfyui") for name in names), names

    before = threading.active_count()
    run(scenario())
    assert threading.active_count() <= before


def test_the_machine_is_described() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            stats = await client.system_stats()
            assert stats.memory == 25_276_510_208 and stats.devices[0].kind == "cpu"

    run(scenario())


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ({}, "empty"),
        ({"nodes": [], "links": []}, "class_type"),
        ({"1": {"inputs": {}}}, "class_type"),
        ({"1": {"class_type": "SaveImage", "inputs": {"x": float("nan")}}}, "JSON"),
    ],
)
def test_workflow_that_is_none_is_refused_before_anything_is_sent(nodes: dict[str, Any], reason: str) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            with pytest.raises(ValueError, match=reason):
                await client.get_images(nodes)
            assert server.asked == []

    run(scenario())


@pytest.mark.parametrize("url", ["127.0.0.1:8188", "ftp://host/", "http://", ""])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        ComfyUI(url)
