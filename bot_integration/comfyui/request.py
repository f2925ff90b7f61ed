"""A workflow made ready to be sent: checked, with ids of its own, as bytes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot_integration.comfyui.http_responses import OWNER_KEY
from bot_integration.comfyui.workflow.facts import WorkflowFacts, read_workflow
from bot_integration.comfyui.workflow.texts import texts_of

LONGEST_OWNER: Final = 100
_STREAMS: Final = "SaveImageWebsocket"


@dataclass(frozen=True, slots=True)
class PromptRequest:
    """What is sent for one generation.

    Attributes:
        body: the JSON of ``POST /prompt``.
        prompt_id: the id that we propose; the server's answer has the last word.
        client_id: the socket's id, fresh for every request.
        nodes: the class of each node by its id.
        wanted: the nodes whose outputs are wanted; None: of all.
        facts: what the workflow says of its picture.
    """

    body: bytes
    prompt_id: str
    client_id: str
    nodes: Mapping[str, str]
    wanted: frozenset[str] | None
    facts: WorkflowFacts

    def texts(self) -> tuple[str, ...]:
        """What is written in the workflow as it was sent, prompts above all: the bot may write the next over it."""
        return texts_of(json.loads(self.body)["prompt"])

    @property
    def samplers(self) -> frozenset[str]:
        """The nodes that do the work of a usual workflow."""
        return frozenset(node for node, node_type in self.nodes.items() if "sampler" in node_type.lower())

    @property
    def streaming(self) -> frozenset[str]:
        """The nodes whose images come over the socket and are kept nowhere."""
        nodes = {node for node, node_type in self.nodes.items() if node_type == _STREAMS}
        return frozenset(nodes if self.wanted is None else nodes & self.wanted)


def make_request(
    workflow: Mapping[str, Any],
    owner: str | int | None,
    wanted: Collection[str | int] | None,
    extra_data: Mapping[str, Any] | None = None,
) -> PromptRequest:
    """Check a workflow in the API format and make it ready; ``extra_data`` goes with it.

    Raises:
        ValueError: it is not in the API format, a wanted node is not in it, or a number in it is none.
        TypeError: it holds what JSON can't, or an argument is of another kind than it should be.
    """
    prompt = _checked(workflow)
    nodes = {node: _class_of(node, told) for node, told in prompt.items()}
    if not nodes:
        raise ValueError("The workflow is empty.")
    chosen = None if wanted is None else _wanted(wanted, nodes)
    prompt_id, client_id = str(uuid.uuid4()), str(uuid.uuid4())
    message: dict[str, Any] = {"prompt": prompt, "client_id": client_id, "prompt_id": prompt_id}
    extra = _extra(extra_data) | ({OWNER_KEY: _owner(owner)} if owner is not None else {})
    if extra:
        message["extra_data"] = extra
    body = _encoded(message)
    facts = read_workflow(prompt, chosen)
    return PromptRequest(body, prompt_id, client_id, nodes, chosen, facts)


def _checked(workflow: object) -> dict[str, Any]:
    """A workflow under its nodes' ids as texts."""
    if isinstance(workflow, str | bytes | bytearray):
        raise TypeError("The workflow is a text: hand over what it means, json.loads(workflow).")
    if not isinstance(workflow, Mapping):
        raise TypeError(f"The workflow is no mapping of node ids to nodes, but of the type {type(workflow).__name__}.")
    return {_node_id(node): told for node, told in workflow.items()}


def _encoded(message: Mapping[str, Any]) -> bytes:
    """A message as JSON; where it can't be that, the fault names the node and the input."""
    try:
        return json.dumps(message, allow_nan=False).encode("ascii")
    except (ValueError, TypeError, RecursionError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"The workflow can't be sent as JSON: {_where(message)}: {error}") from None


def _where(message: Mapping[str, Any]) -> str:
    """The first value that JSON can't say: NaN, an infinity, bytes, a loop …"""
    for node, told in message["prompt"].items():
        for name, value in told.get("inputs", {}).items() if isinstance(told.get("inputs"), Mapping) else ():
            if not _is_json(value):
                return f"input {name!s:.50} of node {node:.50} ({_class_of(node, told):.50})"
        if not _is_json(told):
            return f"node {node:.50}"
    return "extra_data"


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _node_id(node: object) -> str:
    if isinstance(node, bool) or not isinstance(node, str | int):
        raise TypeError(f"A node's id is a text or a whole number, not {node!r:.50}.")
    return str(node)


def _wanted(wanted: object, nodes: Mapping[str, str]) -> frozenset[str]:
    if isinstance(wanted, str | bytes) or not isinstance(wanted, Collection):
        raise TypeError(f"wanted=[…] takes a list of node ids, not {wanted!r:.50}.")
    chosen = frozenset(map(_node_id, wanted))
    if not chosen <= nodes.keys():
        raise ValueError(f"The workflow has no node {', '.join(sorted(chosen - nodes.keys()))}.")
    return chosen


def _extra(extra_data: object) -> dict[str, Any]:
    if extra_data is None:
        return {}
    if not isinstance(extra_data, Mapping) or not all(isinstance(key, str) for key in extra_data):
        raise TypeError("extra_data takes a mapping, as {'api_key_comfy_org': key}.")
    return dict(extra_data)


def _owner(owner: object) -> str:
    if isinstance(owner, bool) or not isinstance(owner, str | int):
        raise TypeError(f"owner takes an id: interaction.user.id, not something of the type {type(owner).__name__}.")
    return str(owner)[:LONGEST_OWNER]


def _class_of(node: str, told: object) -> str:
    node_type = told.get("class_type") if isinstance(told, Mapping) else None
    if not isinstance(node_type, str):
        raise ValueError(f"Node {node[:50]!r} has no class_type: save the workflow in ComfyUI's format for its API.")
    return node_type
