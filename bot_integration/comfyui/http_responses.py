"""ComfyUI's answers by HTTP, as typed records: history, queue, the taking of a prompt, the machine."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from bot_integration.comfyui import parsing
from bot_integration.comfyui.errors import BadAnswer, ComfyUIError, ExecutionFailed, Rejected
from bot_integration.comfyui.files import MadeFile, files_of
from bot_integration.comfyui.models import Device, NodeFault, Queue, QueueEntry, SystemStats
from bot_integration.comfyui.socket_events import MOST_NODES, Cached, Finished, Started, read_event

OWNER_KEY: Final = "botpulse_owner"
"""The key in a prompt's ``extra_data`` under which its owner is kept."""

MOST_ENTRIES: Final = 10_000
_MOST_FAULTS: Final = 100
_MOST_DEVICES: Final = 64
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What the history knows of a prompt that is over.

    Attributes:
        fault: how it failed; None for a success.
        files: what its nodes made.
        started: its start in milliseconds of the server's clock.
        ended: its end.
        cached: the nodes whose results came from the cache.
        only_saved: whether no node had to work, but for those whose outputs were asked for.
    """

    fault: ComfyUIError | None
    files: tuple[MadeFile, ...]
    started: float | None
    ended: float | None
    cached: frozenset[str]
    only_saved: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has taken a prompt, perhaps without some of its outputs."""

    prompt_id: str
    dropped: tuple[NodeFault, ...] = ()


def read_accepted(answer: object) -> Accepted:
    """Understand the answer 200 to ``POST /prompt``.

    Raises:
        BadAnswer: it names no prompt.
    """
    told = parsing.mapping(answer)
    prompt_id = parsing.prompt_id(told.get("prompt_id"))
    if prompt_id is None:
        raise BadAnswer("the prompt was taken, but its id is not told")
    return Accepted(prompt_id, tuple(islice(_node_faults(told.get("node_errors")), _MOST_FAULTS)))


def read_rejected(answer: object) -> Rejected:
    """Understand the answer 400 to ``POST /prompt``: the useful text stands in ``node_errors``."""
    told = parsing.mapping(answer)
    error = told.get("error")
    whole = parsing.mapping(error)
    message = parsing.text(whole.get("message")) or parsing.text(error) or "the prompt is not valid"
    faults = tuple(islice(_node_faults(told.get("node_errors")), _MOST_FAULTS)) or _missing_node(whole, message)
    return Rejected(message, parsing.text(whole.get("details"), 500), faults)


def _missing_node(error: Mapping[str, Any], message: str) -> tuple[NodeFault, ...]:
    """A node whose class the server does not have, as newer ones name it."""
    extra = parsing.mapping(error.get("extra_info"))
    node, node_type = parsing.name(extra.get("node_id")), parsing.text(extra.get("class_type"))
    if node is None or not node_type:
        return ()
    return (NodeFault(node, node_type, "", parsing.text(error.get("type")), message, "", ""),)


def _node_faults(node_errors: object) -> Iterator[NodeFault]:
    for node, told in parsing.mapping(node_errors).items():
        known = parsing.mapping(told)
        errors = parsing.items(known.get("errors"), _MOST_FAULTS) or [{}]
        for error in map(parsing.mapping, errors):
            extra = parsing.mapping(error.get("extra_info"))
            value = extra.get("received_value")
            yield NodeFault(
                parsing.text(node, 100),
                parsing.text(known.get("class_type")),
                parsing.text(extra.get("input_name")),
                parsing.text(error.get("type")),
                parsing.text(error.get("message")),
                parsing.text(error.get("details"), 500),
                parsing.text(value) or parsing.name(value) or "",
            )


def read_history(answer: object, prompt_id: str) -> HistoryEntry | None:
    """Understand ``GET /history/{id}``; None while the prompt is not over (or never was).

    Raises:
        BadAnswer: the answer, or the entry in it, is no object.
    """
    if not isinstance(answer, dict):
        raise BadAnswer(f"the history is no object, but {type(answer).__name__}")
    if prompt_id not in answer:
        return None
    entry = parsing.mapping(answer[prompt_id])
    outputs: list[MadeFile] = []
    if not entry:
        raise BadAnswer("the history's entry is empty, or no object")
    meta = parsing.mapping(entry.get("meta"))
    for node, output in list(parsing.mapping(entry.get("outputs")).items())[:MOST_NODES]:
        shown_as = parsing.name(parsing.mapping(meta.get(node)).get("display_node")) or ""
        outputs += files_of(parsing.text(node, 100), output, shown_as)
    return _entry(prompt_id, entry, tuple(outputs))


def _entry(prompt_id: str, entry: Mapping[str, Any], files: tuple[MadeFile, ...]) -> HistoryEntry:
    status = parsing.mapping(entry.get("status"))
    fault: ComfyUIError | None = None
    if status.get("status_str", "success") != "success":
        fault = ExecutionFailed("", "", "", f"status {parsing.text(status.get('status_str'))}")
    started = ended = None
    cached: frozenset[str] = frozenset()
    for message in parsing.items(status.get("messages"), 1_000):
        kind, data = (*parsing.items(message, 2), None, None)[:2]
        match read_event(parsing.text(kind), data):
            case Started(at=at):
                started = at
            case Cached(nodes=nodes):
                cached = nodes
            case Finished(fault=told, at=at):
                fault, ended = told or fault, at
    return HistoryEntry(fault, files, started, ended, cached, _only_saved(entry.get("prompt"), cached))


def _only_saved(prompt: object, cached: frozenset[str]) -> bool:
    """Whether every output's node, or all that it is made from, came from the cache."""
    _, _, nodes, _, asked = (*parsing.items(prompt, 5), *[None] * 5)[:5]
    workflow = parsing.mapping(nodes)
    outputs = {parsing.name(each) for each in parsing.items(asked, MOST_NODES)}
    sources = {
        parsing.name(value[0])
        for node in outputs - cached
        for value in parsing.mapping(parsing.mapping(workflow.get(node or "")).get("inputs")).values()
        if isinstance(value, list) and len(value) == 2
    }
    return bool(outputs) and bool(cached) and sources <= cached


async def read_queue(body: str) -> Queue:
    """Understand ``GET /queue``, entry by entry: it holds every waiting workflow whole, and the loop must go on.

    Raises:
        BadAnswer: it is no JSON of the known shape.
    """
    lists: dict[str, list[QueueEntry]] = {"queue_running": [], "queue_pending": []}
    try:
        for key, entry in _entries(body):
            found = _queue_entry(entry)
            if found is not None and len(lists[key]) < MOST_ENTRIES:
                lists[key].append(found)
            await asyncio.sleep(0)
    except (ValueError, IndexError, RecursionError) as error:
        raise BadAnswer(f"the queue can't be read ({error}): {body[:200]}") from error
    pending = sorted(lists["queue_pending"], key=lambda entry: entry.number)
    return Queue(tuple(lists["queue_running"]), tuple(pending))


def _entries(body: str) -> Iterator[tuple[str, Any]]:
    """The elements of the object's two lists, decoded one at a time."""
    at = _after(body, 0, "{")
    while body[at] != "}":
        key, at = _DECODER.raw_decode(body, at)
        at = _after(body, at, ":")
        if key not in ("queue_running", "queue_pending"):
            _, at = _DECODER.raw_decode(body, at)
        else:
            at = _after(body, at, "[")
            while body[at] != "]":
                entry, at = _DECODER.raw_decode(body, at)
                yield key, entry
                at = _after(body, at, ",") if body[_skip(body, at)] == "," else _skip(body, at)
            at += 1
        at = _after(body, at, ",") if body[_skip(body, at)] == "," else _skip(body, at)


def _skip(body: str, at: int) -> int:
    space = _SPACE.match(body, at)
    return space.end() if space else at


def _after(body: str, at: int, sign: str) -> int:
    """The place after ``sign`` and the space around it."""
    at = _skip(body, at)
    if body[at] != sign:
        raise ValueError(f"{sign} expected at {at}")
    return _skip(body, at + 1)


def _queue_entry(entry: object) -> QueueEntry | None:
    number, prompt_id, _, extra = (*parsing.items(entry, 4), None, None, None, None)[:4]
    known = parsing.prompt_id(prompt_id)
    if known is None:
        return None
    told = parsing.mapping(extra)
    owner = parsing.text(told.get(OWNER_KEY), 100) or None
    return QueueEntry(known, parsing.number(number) or 0.0, parsing.text(told.get("client_id")), owner)


def read_system_stats(answer: object) -> SystemStats:
    """Understand ``GET /system_stats``.

    Raises:
        BadAnswer: it tells nothing of a system.
    """
    system = parsing.mapping(parsing.mapping(answer).get("system"))
    if not system:
        raise BadAnswer("the answer tells nothing of a system")
    devices = parsing.items(parsing.mapping(answer).get("devices"), _MOST_DEVICES)
    return SystemStats(
        parsing.text(system.get("comfyui_version")),
        parsing.text(system.get("os")),
        parsing.whole(system.get("ram_total")),
        parsing.whole(system.get("ram_free")),
        tuple(_device(parsing.mapping(each)) for each in devices),
    )


def _device(told: Mapping[str, Any]) -> Device:
    return Device(
        parsing.text(told.get("name")),
        parsing.text(told.get("type")),
        parsing.whole(told.get("vram_total")),
        parsing.whole(told.get("vram_free")),
    )
