"""Generations that fail, in the statistics: what kind of failure, at which node, with what, and nothing private."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot_integration.comfyui import ClientClosed, ComfyUI, ComfyUIError, Rejected
from bot_integration.comfyui.errors import BadAnswer, ExecutionFailed
from bot_integration.comfyui.failures import failure_of
from bot_integration.comfyui.http_responses import read_rejected
from bot_integration.comfyui.models import NodeFault
from bot_integration.comfyui.workflow.texts import texts_of
from bot_integration.failures import track_once
from bot_integration.origin import RequestOrigin, current_origin
from core.manager import AnalyticsManager
from core.models import Outcome
from tests.bot_integration.comfyui.fake.replay import Replay, recorded
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.held import begun, held, runs
from tests.bot_integration.comfyui.server import workflow

MISSING = "http://127.0.0.1:9"
"""The discard port: nobody listens."""

PROMPT = "a secret lighthouse of mine\nat dusk"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[AnalyticsManager]:
    with AnalyticsManager(tmp_path / "analytics.db") as manager:
        yield manager


def failures(manager: AnalyticsManager, columns: str = "kind, error_type, node, message") -> list[tuple[Any, ...]]:
    assert manager.flush(10) and manager.location.path is not None
    with closing(sqlite3.connect(manager.location.path)) as database:
        return database.execute(f"SELECT {columns} FROM failures ORDER BY id").fetchall()


def raising(message: str, kind: str = "ValueError", **inputs: Any) -> dict[str, Any]:
    nodes = workflow()
    inputs = {"image": ["5", 0], "type": kind, "message": message, **inputs}
    nodes["4"] = {"class_type": "RaiseError", "inputs": inputs}
    nodes["9"]["inputs"]["images"] = ["4", 0]
    return nodes


def loading(loader: str, **inputs: Any) -> dict[str, Any]:
    nodes = workflow()
    nodes["4"] = {"class_type": loader, "inputs": inputs}
    nodes["5"]["inputs"]["model"] = ["4", 0]
    return nodes


async def fail(nodes: dict[str, Any], manager: AnalyticsManager, **options: Any) -> ComfyUIError:
    async with serving(manager=manager) as (_, client):
        with pytest.raises(ComfyUIError) as caught:
            await client.get_images(nodes, **options)
        return caught.value


def test_a_node_that_raises_is_kept_with_its_class_and_what_the_workflow_says(manager: AnalyticsManager) -> None:
    nodes = raising("model file is broken")
    nodes["5"]["inputs"]["model"] = ["6", 0]
    nodes["6"] = {"class_type": "LoraLoader", "inputs": {"lora_name": "detail.safetensors", "model": ["7", 0]}}
    nodes["7"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}}
    run(fail(nodes, manager, owner=42))
    told = failures(manager, "source, kind, error_type, node, message, user_id, model, loras, resolution")
    message = "node 4: model file is broken"
    about = ("42", "sd15.safetensors", '["detail.safetensors"]', "64x64")
    assert told == [("generation", "error", "ValueError", "RaiseError", message, *about)]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory"),
        ("torch.cuda.OutOfMemoryError", "CUDA out of memory. Tried to allocate 2.00 GiB"),
        ("RuntimeError", "HIP out of memory. Tried to allocate 20.00 MiB"),
        ("RuntimeError", "MPS backend out of memory (MPS allocated: 17.18 GB)"),
        ("RuntimeError", "Could not allocate tensor. There is not enough GPU video memory available!"),
        ("RuntimeError", "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
        ("RuntimeError", "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_memory_that_ran_out_is_told_whatever_it_is_called(kind: str, message: str) -> None:
    failed = failure_of(ExecutionFailed("8", "VAEDecode", kind, message))
    assert (failed.kind, failed.error_type, failed.node) == (Outcome.ERROR, "OutOfMemoryError", "VAEDecode")
    assert failed.message == f"node 8: {message}"


def test_other_faults_of_memory_are_not_taken_for_it() -> None:
    failed = failure_of(ExecutionFailed("8", "LoadImage", "ValueError", "the memory card is not readable"))
    assert failed.error_type == "ValueError"


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        (
            loading("CheckpointLoaderSimple", ckpt_name="private\\folder/nope.safetensors"),
            ("MissingModel", "CheckpointLoaderSimple", "node 4: ckpt_name nope.safetensors is not installed"),
        ),
        (
            loading("LoraLoader", lora_name="grain.safetensors"),
            ("MissingLora", "LoraLoader", "node 4: lora_name grain.safetensors is not installed"),
        ),
        (
            workflow(steps=0),
            ("value_smaller_than_min", "TimedSampler", "node 5: steps 0: Value 0 smaller than min of 1"),
        ),
    ],
)
def test_what_the_server_rejects_is_kept_with_its_node_and_the_file(
    nodes: dict[str, Any], told: tuple[str, ...], manager: AnalyticsManager
) -> None:
    assert isinstance(run(fail(nodes, manager)), Rejected)
    assert failures(manager) == [("error", told[0], told[1], told[2])]


@pytest.mark.parametrize(
    ("input_name", "kind", "value", "said"),
    [
        ("text", "custom_validation_failed", "by day/a lighthouse", "text: m"),
        ("steps", "value_smaller_than_min", "-1.5", "steps -1.5: m"),
        ("sampler_name", "value_not_in_list", "euler/x", "sampler_name euler/x is not installed"),
        ("lora_name", "value_not_in_list", "private/x.st", "lora_name x.st is not installed"),
        ("", "exception_during_inner_validation", "", "m"),
    ],
)
def test_of_what_was_given_only_numbers_and_choices_are_told(input_name: str, kind: str, value: str, said: str) -> None:
    fault = NodeFault("3", "Any", input_name, kind, "m", "details", value)
    assert failure_of(Rejected("the prompt is not valid", "", [fault, fault])).message == f"node 3: {said} (and 1 more)"


def test_a_workflow_that_is_rejected_as_a_whole_is_kept(manager: AnalyticsManager) -> None:
    nodes = workflow()
    nodes["9"]["class_type"] = "NoSuchNode"
    run(fail(nodes, manager))
    ((kind, error_type, node, message),) = failures(manager)
    assert (kind, error_type, node) == ("error", "MissingNode", "NoSuchNode")
    assert message == "Cannot execute because node NoSuchNode does not exist. Node ID '#9'"


def test_a_class_of_nodes_that_newer_servers_lack_is_named() -> None:
    told = {
        "type": "missing_node_type",
        "message": "Node 'Fancy Sampler' not found. The custom node may not be installed.",
        "details": "Node ID '#72'",
        "extra_info": {"node_id": "72", "class_type": "FancySampler_Beta", "node_title": "Fancy Sampler"},
    }
    error = read_rejected({"error": told, "node_errors": {}})
    failed = failure_of(error)
    assert (failed.error_type, failed.node) == ("MissingNode", "FancySampler_Beta")
    assert failed.message == f"node 72: {told['message']}"
    assert "`FancySampler_Beta` (node `72`)" in error.words


def test_a_workflow_without_outputs_is_rejected_for_no_node() -> None:
    failed = failure_of(read_rejected({"error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs"}}))
    assert (failed.error_type, failed.node, failed.message) == ("Rejected", None, "Prompt has no outputs")


def test_a_server_that_is_away_is_kept(manager: AnalyticsManager) -> None:
    async def scenario() -> None:
        async with ComfyUI(MISSING, manager=manager, reconnect_timeout=0.1) as client:
            with pytest.raises(ComfyUIError):
                await client.get_images(workflow())

    run(scenario())
    ((kind, error_type, _, message),) = failures(manager)
    assert (kind, error_type) == ("error", "Unreachable") and message


def test_a_failure_that_goes_on_to_the_command_is_kept_once(manager: AnalyticsManager) -> None:
    error = run(fail(workflow(steps=0), manager, owner=7))
    assert not track_once(manager, error, "command", "imagine", 7)
    assert len(failures(manager)) == 1


def test_what_takes_too_long_is_an_error(manager: AnalyticsManager) -> None:
    run(fail(held(), manager, timeout=0.2))
    assert failures(manager) == [("error", "TimedOut", None, "no result within 0.2 s")]


def test_what_somebody_stopped_is_cancelled(manager: AnalyticsManager) -> None:
    async def scenario() -> None:
        async with serving(manager=manager) as (server, client):
            stopped = await begun(server, client)
            assert server.running is not None
            await client.interrupt(server.running.prompt_id)
            await server.notify()
            with pytest.raises(ComfyUIError):
                await stopped
            given_up = await begun(server, client, 2)
            given_up.cancel()
            await asyncio.wait({given_up})
            closed = asyncio.create_task(client.get_images(held(3)))
            await runs(server)
            await client.close()
            with pytest.raises(ClientClosed):
                await closed

    run(scenario())
    told = failures(manager, "kind, error_type")
    assert told == [("cancelled", "Interrupted"), ("cancelled", "CancelledError"), ("cancelled", "ClientClosed")]


def test_a_success_is_no_failure(manager: AnalyticsManager) -> None:
    async def scenario() -> None:
        async with serving(manager=manager) as (_, client):
            await client.get_images(workflow())

    run(scenario())
    manager.track_user_activity(1, "anything")
    assert failures(manager) == []


def test_prompts_tokens_and_folders_are_struck(manager: AnalyticsManager) -> None:
    said = f"bad prompt {PROMPT!r} at https://a:word@host/x?token=abcdefgh and /home/anna/x and {PROMPT}"
    run(fail(raising(said, text=PROMPT, seed=3), manager))
    ((message,),) = failures(manager, "message")
    for private in ("lighthouse", "dusk", "word", "abcdefgh", "anna", "\n"):
        assert private not in message
    assert message.startswith("node 4: bad prompt")


def test_the_prompt_that_was_sent_is_struck_though_the_bot_writes_the_next_one_over_it(
    manager: AnalyticsManager,
) -> None:
    async def scenario() -> None:
        async with serving(manager=manager) as (server, client):
            nodes = held()
            nodes["4"] = {"class_type": "RaiseError", "inputs": {"image": ["7", 0], "text": PROMPT}}
            nodes["4"]["inputs"]["message"] = f"no: {PROMPT}"
            nodes["9"]["inputs"]["images"] = ["4", 0]
            job = asyncio.create_task(client.get_images(nodes))
            await runs(server)
            nodes["4"]["inputs"] |= {"text": "another", "message": "another"}
            await server.release()
            with pytest.raises(ComfyUIError):
                await job

    run(scenario())
    ((message,),) = failures(manager, "message")
    assert message.startswith("node 4: no: ") and "lighthouse" not in message and "dusk" not in message


def test_the_texts_of_a_workflow_are_found() -> None:
    nodes = {
        "1": {"class_type": "CLIPTextEncode", "inputs": {"text": PROMPT, "clip": ["2", 0]}},
        "2": {"class_type": "CLIPTextEncodeFlux", "inputs": {"t5xxl": "long words", "clip_l": "few", "guidance": 1}},
        "3": {"class_type": "PrimitiveString", "inputs": {"value": "a fox"}},
        "4": {"class_type": "PrimitiveString", "inputs": {"value": "euler"}},
        "5": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a b.safetensors"}},
        "6": {"class_type": "Prompts", "inputs": {"positive_prompt": "in snow", "negative": " "}},
    }
    assert texts_of(nodes) == (PROMPT, "long words", "few", "a fox", "in snow")
    assert texts_of(None) == () and texts_of({"1": 2}) == ()


def test_an_answer_that_makes_no_sense_is_kept_without_what_it_says() -> None:
    body = "{'queue_running': [a prompt of somebody else"
    failed = failure_of(BadAnswer(f"the queue can't be read (Expecting value): {body}"))
    assert failed.message == "the queue can't be read (Expecting value"


@dataclass
class Person:
    id: int


@dataclass
class Button:
    """An interaction with a button."""

    user: Person
    guild_id: int | None
    channel_id: int


def test_who_asked_and_where_is_what_the_caller_says_or_the_command_that_runs(manager: AnalyticsManager) -> None:
    async def scenario() -> None:
        async with serving(manager=manager) as (_, client):
            asked = ({"asked_by": Button(Person(7), 8, 9)}, {"asked_by": Button(Person(7), None, 9), "owner": 1})
            for options in (*asked, {}, {"owner": "not an id"}):
                with pytest.raises(ComfyUIError):
                    await client.get_images(workflow(steps=0), **options)  # type: ignore[arg-type]

    async def within_a_command() -> None:
        current_origin.set(RequestOrigin(1, 2, 3, "imagine"))
        await scenario()

    run(within_a_command())
    told = failures(manager, "name, user_id, guild_id, channel_id")
    command = ("imagine", "1", "2", "3")
    assert told == [(None, "7", "8", "9"), (None, "7", None, "9"), command, command]


@pytest.mark.slow
@pytest.mark.parametrize(
    "one", [each for each in recorded() if each.name[:2] in ("06", "07")], ids=lambda one: one.name
)
def test_recorded_failures_are_kept_as_they_were(one: Any, manager: AnalyticsManager) -> None:
    async def scenario() -> None:
        async with (
            Replay(one) as server,
            ComfyUI(server.url, silence_timeout=0.2, timeout=10, manager=manager) as client,
        ):
            try:
                await client.get_images(one.workflow)
            except ComfyUIError as error:
                assert manager.flush(10)
                raised.append(error)

    raised: list[ComfyUIError] = []
    run(scenario())
    error, stopped = (one.told(f"execution_{kind}") for kind in ("error", "interrupted"))
    if error:
        told = " ".join(error["exception_message"].split())
        kept = (error["exception_type"].rpartition(".")[2], error["node_type"], f"node {error['node_id']}: {told}")
        assert failures(manager, "error_type, node, message, kind") == [(*kept, "error")]
    elif raised:
        ended = ("cancelled", "Interrupted") if stopped else ("error", "Lost")  # taken out of the queue
        assert failures(manager, "kind, error_type") == [ended]
    else:
        assert one.told("execution_success")
