"""The protocol as wide as the server's: what goes with a prompt, and what comes out of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bot_integration.comfyui import (
    ComfyUIError,
    ExecutionFailed,
    Kind,
    Lost,
    NotAPicture,
    OutputGone,
)
from tests.bot_integration.comfyui.fake.pictures import JPEG, MP4, png
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.fake.state import Answer
from tests.bot_integration.comfyui.server import workflow


def single(kind: str, **inputs: Any) -> dict[str, Any]:
    """A workflow of one node, number 10, and an image for it."""
    return {
        "1": {"class_type": "EmptyImage", "inputs": {"batch_size": 1}},
        "10": {"class_type": kind, "inputs": {"images": ["1", 0], **inputs}},
    }


# What goes with a prompt


def test_a_partner_node_gets_its_key_and_the_owner_stays() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            nodes = single("SaveImage")
            nodes["1"] = {"class_type": "PartnerNode", "inputs": {}}
            with pytest.raises(ExecutionFailed, match="login first"):
                await client.get_images(nodes, owner=42)
            made = await client.get_images(nodes, owner=42, extra_data={"api_key_comfy_org": "comfyui-key"})
            assert made.outputs
            sent = server.posted[-1][1]["extra_data"]
            assert sent == {"api_key_comfy_org": "comfyui-key", "botpulse_owner": "42"}

    run(scenario())


@pytest.mark.parametrize("extra", ["key", ["key"], {1: "key"}, {"key": object()}])
def test_extra_data_that_is_none_is_refused_before_anything_is_sent(extra: Any) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            with pytest.raises(TypeError, match="extra_data"):
                await client.get_images(workflow(), extra_data=extra)
            assert server.asked == []

    run(scenario())


def test_an_input_image_is_uploaded_once_and_named_for_the_workflow() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            first, second = png(1), png(2)
            name = await client.upload_image(first)
            assert name == await client.upload_image(first) and name.endswith(".png")
            assert server.store.files[name, "", "input"] == first
            assert await client.upload_image(first, "face.png") == "face.png"
            assert await client.upload_image(second, "face.png") == "face (1).png"
            assert (await client.upload_image(JPEG)).endswith(".jpg")

    run(scenario())


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"<html>", ""), (b"", ""), (MP4, ""), ("text", ""), (JPEG, "../x.png"), (JPEG, "a\\b"), (JPEG, "..")],
)
def test_upload_needs_a_picture_and_a_name(data: Any, name: str) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            with pytest.raises(ValueError, match="upload_image takes"):
                await client.upload_image(data, name)
            assert server.asked == []

    run(scenario())


# What comes out of it


def looping(kind: str) -> dict[str, Any]:
    nodes = single(kind)
    nodes["20"] = {"class_type": "LoopEnd", "inputs": {"first": ["10", 0], "body": "10", "times": 2}}
    return nodes


@pytest.mark.parametrize("reconnecting", [False, True])
def test_a_wanted_node_brings_what_a_loop_made_of_it(reconnecting: bool) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            if reconnecting:  # only the history tells then
                server.faults.hears = lambda kind, data: kind != "executed"
            made = await client.get_images(looping("SaveImage"), wanted=["10"])
            assert [each.node for each in made.outputs] == ["10", "20.0.0.10", "20.0.1.10"]
            assert len({each.data for each in made.outputs}) == 3

    run(scenario())


@pytest.mark.parametrize("flags", [True, False])
def test_a_wanted_node_brings_the_frames_that_a_loop_made_of_it(flags: bool) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.knows_flags = flags
            made = await client.get_images(looping("SaveImageWebsocket"), wanted=["10"])
            assert len({each.data for each in made.outputs}) == 3

    run(scenario())


@pytest.mark.parametrize(
    ("kind", "expected", "content_type"),
    [
        ("SaveAudio", Kind.AUDIO, "audio/"),
        ("SaveLatent", Kind.LATENT, "application/octet-stream"),
        ("PreviewAny", Kind.TEXT, "text/plain"),
        ("VHS_VideoCombine", Kind.VIDEO, "video/mp4"),
        ("SaveImage", Kind.IMAGE, "image/png"),
    ],
)
def test_every_kind_of_output_is_given_and_typed(kind: str, expected: Kind, content_type: str) -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            first = (await client.get_images(single(kind))).outputs[0]
            assert first.kind is expected and first.content_type.startswith(content_type) and first.data
            if expected is Kind.TEXT:
                assert first.data == b"a text" and first.filename.endswith(".txt")

    run(scenario())


def test_pictures_come_before_everything_else() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = single("PreviewAny")
            nodes["2"] = {"class_type": "SaveLatent", "inputs": {"images": ["1", 0]}}
            nodes["30"] = {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}
            kinds = [each.kind for each in (await client.get_images(nodes)).outputs]
            assert kinds[0] is Kind.IMAGE and set(kinds[1:]) == {Kind.TEXT, Kind.LATENT}

    run(scenario())


def test_a_sampler_from_the_cache_behind_a_new_file_name_is_told() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = workflow()
            first = await client.get_images(nodes)
            nodes["9"]["inputs"]["filename_prefix"] = "another"
            again = await client.get_images(nodes)
            nodes["5"]["inputs"]["seed"] = 2
            anew = await client.get_images(nodes)
            assert [first.cached, again.cached, anew.cached] == [False, True, False]
            assert (first.cached_nodes, again.cached_nodes, anew.cached_nodes) == (set(), {"1", "5"}, {"1"})

    run(scenario())


@pytest.mark.parametrize("heard", [True, False])
def test_saving_anew_what_was_cached_is_no_work(heard: bool) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            if not heard:  # only the history tells then
                server.faults.hears = lambda kind, data: kind not in ("executed", "executing") or data["node"] is None
            runs = [await client.get_images(single("SaveImage", filename_prefix=name)) for name in ("a", "b")]
            assert [each.cached for each in runs] == [False, True]

    run(scenario())


def test_a_cached_output_whose_file_was_deleted_says_so() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            await client.get_images(workflow())
            server.store.files.clear()
            with pytest.raises(OutputGone) as gone:
                await client.get_images(workflow())
            assert "the file was deleted" in gone.value.words and "restarted" not in gone.value.words
            assert isinstance(gone.value, Lost)

    run(scenario())


@pytest.mark.parametrize("kind", ["RaiseError", "Hold"])
def test_a_failed_run_hands_over_what_other_nodes_have_made(kind: str) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            nodes = single("SaveImage")
            nodes["30"] = {"class_type": kind, "inputs": {"images": ["10", 0]}}
            nodes["40"] = {"class_type": "SaveImage", "inputs": {"images": ["30", 0]}}
            asked = asyncio.create_task(client.get_images(nodes))
            if kind == "Hold":
                await server.until(lambda: server.running is not None and "10" in server.running.outputs)
                assert server.running is not None
                await client.interrupt(server.running.prompt_id)
                await server.notify()
            with pytest.raises(ComfyUIError) as failed:
                await asked
            (output,) = failed.value.outputs
            assert (output.node, output.data) == ("10", next(iter(server.store.files.values())))

    run(scenario())


def test_outputs_of_a_failed_run_do_not_hide_its_failure() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            nodes = single("SaveImage")
            nodes["30"] = {"class_type": "RaiseError", "inputs": {"images": ["10", 0]}}
            nodes["40"] = {"class_type": "SaveImage", "inputs": {"images": ["30", 0]}}
            server.faults.answers["GET /view"] = [Answer(500), Answer(500), Answer(404, b"")]
            with pytest.raises(ExecutionFailed) as failed:
                await client.get_images(nodes)
            assert failed.value.outputs == ()

    run(scenario())


HTML = b"<!DOCTYPE html><html><body>Please log in</body></html>"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("SaveImage", Answer(200, HTML, "text/html")),
        ("SaveImage", Answer(200, HTML, "image/png")),
        ("SaveImage", Answer(200, b'{"error": "quota"}', "application/json")),
        ("SaveImage", Answer(200, b"quota exceeded", "text/plain")),
        ("SaveImage", Answer(200, b"\x89PN", "image/png")),
        ("VHS_VideoCombine", Answer(200, HTML, "video/mp4")),
        ("SaveAudio", Answer(200, HTML, "audio/flac")),
        ("SaveLatent", Answer(200, HTML, "text/html")),
    ],
)
def test_answers_in_the_place_of_a_result_are_not_taken_for_one(kind: str, answer: Answer) -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["GET /view"] = [answer]
            with pytest.raises(NotAPicture) as caught:
                await client.get_images(single(kind))
            assert not caught.value.may_pass and "something else" in caught.value.words

    run(scenario())


def test_a_picture_is_named_by_its_bytes_whatever_it_is_said_to_be() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            server.faults.answers["GET /view"] = [Answer(200, JPEG, "application/octet-stream")]
            (output,) = (await client.get_images(single("SaveImage"))).outputs
            assert (output.data, output.content_type) == (JPEG, "image/jpeg")

    run(scenario())


def test_the_fake_tells_of_expanded_nodes_as_the_real_one() -> None:
    async def scenario() -> None:
        async with serving() as (server, client):
            made = await client.get_images(looping("SaveImage"))
            meta = server.history[made.prompt_id]["meta"]
            assert json.loads(json.dumps(meta))["20.0.0.10"]["display_node"] == "10"

    run(scenario())
