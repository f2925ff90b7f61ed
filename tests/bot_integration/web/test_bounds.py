"""What would hold up the bot's event loop is refused, and what real senders post is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot_integration.web.posting import AUTHORIZED, FIELDS, form, run, serving

AS_JSON = {**AUTHORIZED, "Content-Type": "application/json"}
AS_FORM = {**AUTHORIZED, "Content-Type": "application/x-www-form-urlencoded"}


def listed(item: str, number: int) -> str:
    """An object with a list of this item."""
    return '{"a":[' + ",".join([item] * number) + "]}"


def node(number: int) -> dict[str, Any]:
    """A node as ComfyUI is asked for it, with as many links and values as one has."""
    links = {name: [str(number - 1), 0] for name in ("model", "positive", "negative", "latent_image")}
    values = {"seed": 2**64 - 1, "steps": 20, "cfg": 7.5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1}
    return {"class_type": "KSampler", "inputs": {**links, **values}}


HOLDS_UP = [
    pytest.param(listed("[]", 80_000), "32,000 brackets and commas", id="empty lists"),
    pytest.param(listed('{"a":1}', 30_000), "32,000 brackets and commas", id="small objects"),
    pytest.param(listed("1." + "9" * 16 + "e-300", 10_500), "100,000 digits", id="long fractions"),
    pytest.param(listed("9" * 4_300, 60), "100,000 digits", id="long numbers"),
]


@pytest.mark.parametrize(("workflow", "why"), HOLDS_UP)
def test_a_workflow_that_takes_long_to_parse_is_refused_by_name(database: Path, workflow: str, why: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            status, answer = await bot.post(form(workflow=workflow))
            assert (status, answer) == (413, {"error": f"workflow has more than {why}", "field": "workflow"})
            assert await bot.rows() == []
            assert bot.shown == []

    run(work())


def test_loras_that_take_long_to_parse_are_refused_by_name(database: Path) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            status, answer = await bot.post(form(loras="[" + "[]," * 21_000 + "[]]"))
            assert (status, answer["field"]) == (413, "loras")
            assert bot.shown == []

    run(work())


@pytest.mark.parametrize("separators", [None, (",", ":")])
def test_a_large_workflow_passes(database: Path, separators: tuple[str, str] | None) -> None:
    workflow = {str(number): node(number) for number in range(1_000)}
    text = json.dumps(workflow, separators=separators)
    assert 200_000 < len(text) < 262_144

    async def work() -> None:
        async with serving(database) as bot:
            assert (await bot.post(form(workflow=text)))[0] == 200
            assert bot.shown[0][0].workflow == workflow

    run(work())


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param('{"request_id": "r", "x":' + listed("[]", 50_000) + "}", AS_JSON, id="empty lists"),
        pytest.param(
            '{"request_id": "r", "x":' + listed("1." + "9" * 16 + "e-9", 8_000) + "}", AS_JSON, id="fractions"
        ),
        pytest.param("request_id=r&message=" + "%41" * 60_000, AS_FORM, id="escapes"),
    ],
)
def test_progress_that_takes_long_to_parse_is_refused(database: Path, body: str, headers: dict[str, str]) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            bot.handlers.pending.register("1", "2", request_id="r")
            status, answer = await bot.post(body, "/update_progress", headers)
            assert (status, answer["error"][:23]) == (413, "the body has more than ")

    run(work())


@pytest.mark.parametrize("space", ["", " ", "  ", "\t"])
@pytest.mark.parametrize("encoding", ["binary", "8bit", "7bit", "BINARY"])
def test_a_transfer_encoding_that_changes_nothing_is_taken(database: Path, encoding: str, space: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert await _post_encoded(bot, f"{space}{encoding}") == 200
            assert len(bot.shown) == 1

    run(work())


@pytest.mark.parametrize("encoding", ["base64", " base64", "  quoted-printable", " 7bits", " x-binary", " ", ""])
def test_any_other_transfer_encoding_is_refused(database: Path, encoding: str) -> None:
    async def work() -> None:
        async with serving(database) as bot:
            assert await _post_encoded(bot, encoding) == 400
            assert bot.shown == []

    run(work())


async def _post_encoded(bot: Any, encoding: str) -> int:
    """The status of a form whose parts all name a transfer encoding."""
    header = f"Content-Transfer-Encoding:{encoding}\r\n"
    parts = {**{f'"{name}"': FIELDS[name] for name in ("request_id", "user_id", "channel_id")}}
    parts['"image_data"; filename="a.gif"'] = "GIF89a" + "x" * 100
    body = "".join(
        f"--b\r\nContent-Disposition: form-data; name={name}\r\n{header}\r\n{value}\r\n"
        for name, value in parts.items()
    )
    headers = {**AUTHORIZED, "Content-Type": "multipart/form-data; boundary=b"}
    status, _ = await bot.post(f"{body}--b--\r\n".encode(), headers=headers)
    return int(status)
