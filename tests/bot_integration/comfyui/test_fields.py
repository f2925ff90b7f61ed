"""What a generation hands to the statistics: times, what the workflow says, the files' names on the server."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot_integration.comfyui import WorkflowFacts
from bot_integration.comfyui.files import MadeFile
from bot_integration.comfyui.models import Kind
from core.manager import AnalyticsManager
from core.tracking.records import ImageDetails
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.server import workflow


def test_a_generation_knows_what_was_asked_for_and_where_the_files_are() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = workflow(steps=3, seed=9)
            nodes["10"] = {"class_type": "SaveAudio", "inputs": {"images": ["5", 0]}}
            made = await client.get_images(nodes)
            assert made.facts == WorkflowFacts(steps=3, seed=9, resolution="64x64")
            assert made.fields["queue_time"] == made.queue_wait and made.fields["execution_time"] == made.execution
            assert (made.fields["steps"], made.fields["seed"]) == (3, 9)
            assert made.fields["outputs"] == ("run_00001_.png", "ComfyUI_00002_.flac")
            again = await client.get_images(nodes)
            assert again.cached and again.fields["execution_time"] is None
            assert again.fields["outputs"] == made.fields["outputs"]

    run(scenario())


def test_previews_and_images_of_the_socket_are_told_by_where_they_are() -> None:
    async def scenario() -> None:
        async with serving() as (_, client):
            nodes = workflow()
            nodes["9"]["class_type"] = "PreviewImage"
            assert (await client.get_images(nodes)).fields["outputs"] == ("run_00001_.png [temp]",)
            nodes["9"]["class_type"] = "SaveImageWebsocket"
            assert (await client.get_images(nodes)).fields["outputs"] == ()

    run(scenario())


@pytest.mark.parametrize(
    ("filename", "subfolder", "place", "annotated"),
    [
        ("a.png", "", "output", "a.png"),
        ("a.png", "sub/deep", "output", "sub/deep/a.png"),
        ("a.png", "sub\\deep", "temp", "sub/deep/a.png [temp]"),
        ("a.png", "", "input", "a.png [input]"),
        ("a.png", "../../etc", "output", ""),
        ("..", "x", "output", ""),
        ("/etc/passwd", "", "output", ""),
        ("C:\\x.png", "", "output", ""),
        ("bell\a.png", "", "output", ""),
        ("a" * 490 + ".png", "", "output", "a" * 490 + ".png"),
        ("a" * 496 + ".png", "", "temp", ""),
    ],
)
def test_names_are_annotated_as_comfyui_does_it(filename: str, subfolder: str, place: str, annotated: str) -> None:
    assert MadeFile("9", filename, subfolder, place, Kind.IMAGE).annotated == annotated


def test_the_fields_go_into_the_statistics(tmp_path: Path) -> None:
    async def scenario() -> dict[str, Any]:
        async with serving() as (_, client):
            nodes = workflow()
            nodes["5"]["inputs"] |= {"model": ["6", 0], "sampler_name": "euler", "seed": 2**64 - 1}
            nodes["6"] = {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}}
            fields = (await client.get_images(nodes)).fields
            details = ImageDetails(guild_id=1, channel_id=2, message_id=3, **fields)
            manager.track_image_generation(4, "a fox", "1:1", [], 1, 2.0, details=details)
            return dict(fields)

    with AnalyticsManager(tmp_path / "analytics.db") as manager:
        fields = run(scenario())
    names = "guild_id, channel_id, message_id, queue_time, execution_time, model, sampler, steps, seed, outputs"
    with closing(sqlite3.connect(tmp_path / "analytics.db")) as database:
        (row,) = database.execute(f"SELECT {names} FROM image_stats").fetchall()
    assert row[:3] == ("1", "2", "3")
    assert row[3:5] == pytest.approx((fields["queue_time"], fields["execution_time"]))
    assert row[5:9] == ("sd15.safetensors", "euler", 2, str(2**64 - 1))
    assert json.loads(row[9]) == ["run_00001_.png"]
