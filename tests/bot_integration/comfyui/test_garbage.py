"""Whatever a server sends: a typed fault or a success, never anything else, and never for ever."""

from __future__ import annotations

import json
import struct
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot_integration.comfyui import ComfyUIError, Generation, NodeFault
from bot_integration.comfyui.files import files_of
from bot_integration.comfyui.http_responses import (
    read_accepted,
    read_history,
    read_queue,
    read_rejected,
    read_system_stats,
)
from bot_integration.comfyui.socket_events import read_binary, read_event, read_text
from tests.bot_integration.comfyui.fake.running import run, serving
from tests.bot_integration.comfyui.fake.state import Answer
from tests.bot_integration.comfyui.server import workflow

OURS = "0b5e1e6e-0000-4000-8000-000000000000"
KINDS = [
    "status", "feature_flags", "execution_start", "execution_cached", "executing", "progress", "progress_state",
    "executed", "execution_success", "execution_error", "execution_interrupted", "unheard_of",
]  # fmt: skip
KEYS = [
    "prompt_id", "node", "value", "max", "nodes", "output", "images", "gifs", "filename", "subfolder", "type",
    "status", "exec_info", "queue_remaining", "timestamp", "node_id", "node_type", "exception_message",
    "exception_type", "outputs", "messages", "status_str", "prompt", "error", "message", "details", "node_errors",
    "errors", "extra_info", "input_name", "received_value", "class_type", "queue_running", "queue_pending", "system",
    "devices", "ram_total", "animated",
]  # fmt: skip
SAID = [OURS, "a.png", "../../x.mp4", "output", "temp", "success", "error", "\ud800"]
SHORT_WAITS: dict[str, Any] = {"silence_timeout": 0.05, "reconnect_timeout": 0.1, "timeout": 5, "step_seconds": 0.001}

leaves = (
    st.none() | st.booleans() | st.integers() | st.integers(min_value=10**300, max_value=10**320) | st.floats()
    | st.text(max_size=20) | st.sampled_from(SAID)
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=15,
)
data = st.fixed_dictionaries({}, optional={key: st.just(OURS) | values for key in KEYS})
texts = (
    st.builds(lambda kind, told: json.dumps({"type": kind, "data": told}), st.sampled_from(KINDS), data | values)
    | st.text(max_size=50)
    | values.map(json.dumps)
)
frames = (
    st.builds(
        lambda event, second, rest: struct.pack(">II", event, second) + rest,
        st.sampled_from([0, 1, 2, 3, 4, 2**32 - 1]), st.integers(0, 2**32 - 1) | st.integers(0, 40),
        st.binary(max_size=60),
    )
    | st.builds(
        lambda told, rest: struct.pack(">II", 4, len(json.dumps(told))) + json.dumps(told).encode() + rest,
        values, st.binary(max_size=30),
    )
    | st.binary(max_size=12)
)  # fmt: skip


@pytest.mark.slow
@given(texts)
def test_text_messages_never_raise(message: str) -> None:
    read_text(message)


@given(frames)
def test_binary_messages_never_raise(message: bytes) -> None:
    frame = read_binary(message)
    assert frame is None or frame.data


@pytest.mark.parametrize(
    "message", ["[" * 100_000, '{"type": ' * 50_000, "1" * 10_000, '{"type": {"a": 1}}', "null", ""]
)
def test_extreme_text_messages_are_nothing(message: str) -> None:
    assert read_text(message) is None


@given(values)
def test_answers_are_understood_or_a_typed_fault(answer: Any) -> None:
    for read in (read_accepted, read_system_stats, lambda told: read_history(told, OURS)):
        try:
            read(answer)
        except ComfyUIError as error:
            _is_fit_to_be_shown(error)
    rejected = read_rejected(answer)
    _is_fit_to_be_shown(rejected)
    list(files_of("9", answer))
    read_event("executed", answer)


@pytest.mark.slow
@given(data)
def test_history_entries_are_understood_or_a_typed_fault(entry: dict[str, Any]) -> None:
    try:
        read_history({OURS: entry}, OURS)
    except ComfyUIError as error:
        _is_fit_to_be_shown(error)


@pytest.mark.slow
@given(values.map(json.dumps) | st.text(max_size=60) | st.builds(
    lambda told, cut: json.dumps({"queue_running": told, "queue_pending": told})[: -cut or None],
    st.lists(values, max_size=3), st.integers(0, 5),
))  # fmt: skip
def test_queues_are_understood_or_a_typed_fault(body: str) -> None:
    try:
        run(read_queue(body))
    except ComfyUIError as error:
        _is_fit_to_be_shown(error)


@given(
    running=st.lists(st.tuples(st.integers(-5, 5), st.uuids().map(str)), max_size=4),
    pending=st.lists(st.tuples(st.integers(-5, 5), st.uuids().map(str)), max_size=6),
    indent=st.none() | st.integers(0, 3),
)
def test_a_queue_read_by_the_piece_is_the_same_as_one_read_whole(
    running: list[tuple[int, str]], pending: list[tuple[int, str]], indent: int | None
) -> None:
    def whole(entries: list[tuple[int, str]]) -> list[Any]:
        return [[*entry, {"1": {"a": ["]", "}"]}}, {"client_id": "c"}, []] for entry in entries]

    body = {"before": [1], "queue_running": whole(running), "queue_pending": whole(pending), "after": {}}
    queue = run(read_queue(json.dumps(body, indent=indent)))
    assert [(entry.number, entry.prompt_id) for entry in queue.running] == running
    assert [(entry.number, entry.prompt_id) for entry in queue.pending] == sorted(pending, key=lambda entry: entry[0])


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(texts | frames, max_size=8))
def test_garbage_on_the_socket_ends_in_a_typed_fault_or_a_success(garbage: list[str | bytes]) -> None:
    async def scenario() -> None:
        async with serving(**SHORT_WAITS) as (server, client):
            server.faults.noise = lambda prompt_id: [_about(prompt_id, each) for each in garbage]
            try:
                made = await client.get_images(workflow(steps=1), lambda told: None, previews=True)
            except ComfyUIError as error:
                _is_fit_to_be_shown(error)
            else:
                assert isinstance(made, Generation) and made.outputs and made.seconds >= 0

    run(scenario())


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.sampled_from(["POST /prompt", "GET /history", "GET /queue", "GET /view"]),
    st.sampled_from([200, 200, 200, 400, 404, 500, 503, 302]),
    values.map(lambda told: json.dumps(told).encode()) | st.binary(max_size=50),
    st.sampled_from(["application/json", "text/html", "image/png"]),
    st.booleans(),
)
def test_garbage_in_the_answers_ends_in_a_typed_fault_or_a_success(
    where: str, status: int, body: bytes, content_type: str, cut: bool
) -> None:
    async def scenario() -> None:
        async with serving(**SHORT_WAITS) as (server, client):
            server.faults.hears = lambda kind, data: kind != "executing"  # so that history and queue are asked
            server.faults.answers[where] = [Answer(status, body, content_type, cut=cut)] * 3
            try:
                made = await client.get_images(workflow(steps=1))
            except ComfyUIError as error:
                _is_fit_to_be_shown(error)
            else:
                assert isinstance(made, Generation)

    run(scenario())


@given(st.builds(NodeFault, *[st.text(max_size=30)] * 7))
def test_strangers_words_stay_in_their_code_spans(fault: NodeFault) -> None:
    outside = fault.words.split("`")[::2]
    assert fault.words.count("`") % 2 == 0
    assert not any("@" in part or "*" in part or "<" in part for part in outside)


def _about(prompt_id: str, message: str | bytes) -> str | bytes:
    """The message, about this prompt where it was about ours."""
    if isinstance(message, bytes):
        return message.replace(OURS.encode(), prompt_id.encode())
    return message.replace(OURS, prompt_id).encode("utf-8", "replace").decode()


def _is_fit_to_be_shown(error: ComfyUIError) -> None:
    assert error.words and len(error.words) < 1_500
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in error.words)
    assert "Traceback" not in error.words and len(error.detail) <= 1_000
    error.detail.encode("utf-8")
    error.words.encode("utf-8")
