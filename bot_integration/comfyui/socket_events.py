"""The messages of ComfyUI's websocket, as typed events; whatever can't be understood is None, never an exception."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bot_integration.comfyui import parsing
from bot_integration.comfyui.errors import BadAnswer, ComfyUIError, ExecutionFailed, Interrupted
from bot_integration.comfyui.files import MadeFile, files_of

LONGEST_TEXT: Final = 4_000_000
"""Characters of a message that is still read."""

MOST_NODES: Final = 10_000
_IMAGE: Final = 1
_IMAGE_WITH_METADATA: Final = 4
_FORMATS: Final = {1: "image/jpeg", 2: "image/png"}
_CONTENT_TYPES: Final = frozenset({"image/jpeg", "image/png", "image/webp"})
_LONGEST_METADATA: Final = 100_000


@dataclass(frozen=True, slots=True)
class Status:
    """How many prompts run or wait; it goes to everyone."""

    remaining: int | None


@dataclass(frozen=True, slots=True)
class Flags:
    """The server's answer to our feature flags: whether its images come with their prompt's id."""

    with_metadata: bool


@dataclass(frozen=True, slots=True)
class Started:
    """A prompt's execution has begun; ``at`` in milliseconds of the server's clock."""

    prompt_id: str
    at: float | None


@dataclass(frozen=True, slots=True)
class Cached:
    """These nodes' results come from the cache."""

    prompt_id: str
    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Executing:
    """A node works; None: the prompt is over. Without a prompt's id after a reconnection.

    ``shown_as`` is the node of the workflow that it was expanded from; empty where it is one itself.
    """

    prompt_id: str | None
    node: str | None
    shown_as: str = ""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A node has done ``value`` of ``most`` steps."""

    prompt_id: str
    node: str | None
    value: float
    most: float | None


@dataclass(frozen=True, slots=True)
class Executed:
    """A node is done and names its files."""

    prompt_id: str
    node: str
    files: tuple[MadeFile, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """How a prompt ended: ``fault`` is None for a success. ``at`` in milliseconds of the server's clock."""

    prompt_id: str
    fault: ComfyUIError | None
    at: float | None


@dataclass(frozen=True, slots=True)
class Frame:
    """An image sent over the socket; only newer servers say whose it is."""

    data: bytes
    content_type: str
    prompt_id: str | None = None
    node: str | None = None
    shown_as: str = ""


Event: TypeAlias = Status | Flags | Started | Cached | Executing | Stepped | Executed | Finished | Frame


def read_text(message: str) -> Event | None:
    """Understand a text message."""
    if len(message) > LONGEST_TEXT:
        return None
    try:
        whole = parsing.mapping(parsing.parse_json(message))
    except BadAnswer:
        return None
    return read_event(parsing.text(whole.get("type")), whole.get("data"))


def read_event(kind: str, data: object) -> Event | None:
    """Understand a message of this kind, from the socket or as the history keeps it."""
    told = parsing.mapping(data)
    if kind in _OF_THE_SERVER:
        return _OF_THE_SERVER[kind](told)
    reader, prompt_id = _OF_A_PROMPT.get(kind), parsing.prompt_id(told.get("prompt_id"))
    return reader(prompt_id, told) if reader and prompt_id else None


def read_binary(message: bytes) -> Frame | None:
    """Understand a binary message: an image, with or without metadata; other events are None."""
    if len(message) < 8:
        return None
    event, second = struct.unpack_from(">II", message)
    if event == _IMAGE and second in _FORMATS and len(message) > 8:
        return Frame(message[8:], _FORMATS[second])
    if event == _IMAGE_WITH_METADATA and second <= _LONGEST_METADATA and len(message) > 8 + second:
        return _described(message[8 : 8 + second], message[8 + second :])
    return None


def _described(metadata: bytes, image: bytes) -> Frame | None:
    try:
        told = parsing.mapping(parsing.parse_json(metadata))
    except BadAnswer:
        return None
    content_type, prompt_id = told.get("image_type"), parsing.prompt_id(told.get("prompt_id"))
    if prompt_id is None or content_type not in _CONTENT_TYPES:
        return None
    node = parsing.name(told.get("node_id"))
    return Frame(image, str(content_type), prompt_id, node, parsing.name(told.get("display_node_id")) or "")


def _status(data: Mapping[str, Any]) -> Status:
    info = parsing.mapping(parsing.mapping(data.get("status")).get("exec_info"))
    return Status(parsing.whole(info.get("queue_remaining")))


def _executing(data: Mapping[str, Any]) -> Executing | None:
    given = data.get("node")
    node, prompt_id = parsing.name(given), parsing.prompt_id(data.get("prompt_id"))
    if given is None:
        return Executing(prompt_id, None) if prompt_id else None
    return Executing(prompt_id, node, parsing.name(data.get("display_node")) or "") if node else None


def _cached(prompt_id: str, data: Mapping[str, Any]) -> Cached:
    nodes = (parsing.name(each) for each in parsing.items(data.get("nodes"), MOST_NODES))
    return Cached(prompt_id, frozenset(node for node in nodes if node is not None))


def _progress(prompt_id: str, data: Mapping[str, Any]) -> Stepped | None:
    value = parsing.number(data.get("value"))
    if value is None:
        return None
    return Stepped(prompt_id, parsing.name(data.get("node")), value, parsing.number(data.get("max")))


def _executed(prompt_id: str, data: Mapping[str, Any]) -> Executed | None:
    node = parsing.name(data.get("node"))
    if node is None:
        return None
    shown_as = parsing.name(data.get("display_node")) or ""
    return Executed(prompt_id, node, tuple(files_of(node, data.get("output"), shown_as)))


def _failed(prompt_id: str, data: Mapping[str, Any]) -> Finished:
    fault = ExecutionFailed(
        parsing.name(data.get("node_id")) or "",
        parsing.text(data.get("node_type")),
        parsing.text(data.get("exception_type")),
        parsing.text(data.get("exception_message"), 2_000),
    )
    return Finished(prompt_id, fault, _time_in(data))


def _interrupted(prompt_id: str, data: Mapping[str, Any]) -> Finished:
    fault = Interrupted(f"in node {parsing.name(data.get('node_id'))} ({parsing.text(data.get('node_type'))})")
    return Finished(prompt_id, fault, _time_in(data))


def _time_in(data: Mapping[str, Any]) -> float | None:
    return parsing.number(data.get("timestamp"))


_OF_THE_SERVER: Final[dict[str, Callable[[Mapping[str, Any]], Event | None]]] = {
    "status": _status,
    "feature_flags": lambda told: Flags(told.get("supports_preview_metadata") is True),
    "executing": _executing,
}

_OF_A_PROMPT: Final[dict[str, Callable[[str, Mapping[str, Any]], Event | None]]] = {
    "execution_start": lambda prompt_id, told: Started(prompt_id, _time_in(told)),
    "execution_cached": _cached,
    "progress": _progress,
    "executed": _executed,
    "execution_success": lambda prompt_id, told: Finished(prompt_id, None, _time_in(told)),
    "execution_error": _failed,
    "execution_interrupted": _interrupted,
}
