"""The client against recordings of a real ComfyUI: it comes to the outcome that the recording shows."""

from __future__ import annotations

import json

import pytest

from bot_integration.comfyui import ComfyUI, ExecutionFailed, Generation, Interrupted, Lost, Progress
from bot_integration.comfyui.http_responses import read_queue
from tests.bot_integration.comfyui.fake.replay import RECORDINGS, Recorded, Replay, recorded
from tests.bot_integration.comfyui.fake.running import run

ALL = list(recorded())


def expected(one: Recorded) -> type[object]:
    """What became of it on the real server."""
    outcomes = {"success": Generation, "error": ExecutionFailed, "interrupted": Interrupted}
    return next((outcome for kind, outcome in outcomes.items() if one.told(f"execution_{kind}")), Lost)


async def replayed(one: Recorded) -> tuple[Generation | Exception, list[Progress]]:
    told: list[Progress] = []
    async with Replay(one) as server, ComfyUI(server.url, silence_timeout=0.2, timeout=10) as client:
        try:
            return await client.get_images(one.workflow, told.append, previews=True), told
        except Exception as error:
            return error, told


def test_recordings_are_enough_to_replay() -> None:
    assert len(list(RECORDINGS.glob("*.jsonl"))) == 9
    outcomes = {expected(one) for one in ALL}
    assert outcomes == {Generation, ExecutionFailed, Interrupted, Lost}


@pytest.mark.slow
@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_every_recorded_prompt_ends_as_it_did(one: Recorded) -> None:
    result, told = run(replayed(one))
    assert type(result) is expected(one), result
    assert all(each.prompt_id == one.prompt_id for each in told if each.nodes_done)
    if isinstance(result, Generation):
        _is_as_recorded(result, one)
    elif isinstance(result, ExecutionFailed):
        error = one.told("execution_error")
        assert (result.node, result.node_type) == (error["node_id"], error["node_type"])
        assert error["exception_type"] in result.detail


def _is_as_recorded(made: Generation, one: Recorded) -> None:
    names = [image["filename"] for output in one.outputs.values() for image in output.get("images", [])]
    if names:
        assert [output.filename for output in made.outputs] == names
    else:  # SaveImageWebsocket: its images are nowhere but on the socket
        assert [len(output.data) for output in made.outputs] == [234, 234]
    start, end = one.told("execution_start")["timestamp"], one.told("execution_success")["timestamp"]
    assert made.execution == pytest.approx((end - start) / 1_000)
    assert made.cached_nodes == set(one.told("execution_cached")["nodes"])
    samplers = {node for node, told in one.workflow.items() if "Sampler" in told["class_type"]}
    worked = set(one.workflow) - made.cached_nodes
    assert made.cached == (bool(samplers and samplers <= made.cached_nodes) or worked <= set(one.outputs) != set())
    assert made.prompt_id == one.prompt_id


def test_recorded_previews_are_told() -> None:
    (one,) = [each for each in ALL if each.name == "09_progress_and_binary_previews-1"]
    _, told = run(replayed(one))
    previews = [each.preview for each in told if each.preview is not None]
    assert previews and previews[-1].content_type == "image/jpeg" and previews[-1].data.startswith(b"\xff\xd8")


def test_a_recorded_queue_is_understood() -> None:
    (one,) = [each for each in ALL if each.name == "04_two_clients_queued-1"]
    queue = run(read_queue(json.dumps(one.queue)))
    assert [entry.number for entry in queue.running] == [6] and [entry.number for entry in queue.pending] == [7]
    assert queue.position(queue.pending[0].prompt_id) == 1 and queue.position("unknown") is None
