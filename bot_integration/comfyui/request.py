"""A workflow made ready to be sent: checked, with ids of its own, as bytes."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot_integration.comfyui.http_responses import OWNER_KEY

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
    """

    body: bytes
    prompt_id: str
    client_id: str
    nodes: Mapping[str, str]
    wanted: frozenset[str] | None

    @property
    def streaming(self) -> frozenset[str]:
        """The nodes whose images come over the socket and are kept nowhere."""
        nodes = {node for node, node_type in self.nodes.items() if node_type == _STREAMS}
        return frozenset(nodes if self.wanted is None else nodes & self.wanted)


def make_request(workflow: Mapping[str, Any], owner: str | None, wanted: Collection[str] | None) -> PromptRequest:
    """Check a workflow in the API format and make it ready.

    Raises:
        ValueError: it is not in the API format, or a wanted node is not in it.
        TypeError: it holds what JSON can't.
    """
    nodes = {node: _class_of(node, told) for node, told in workflow.items()}
    if not nodes:
        raise ValueError("The workflow is empty.")
    if wanted is not None and not set(wanted) <= nodes.keys():
        raise ValueError(f"The workflow has no node {', '.join(sorted(set(wanted) - nodes.keys()))}.")
    prompt_id, client_id = str(uuid.uuid4()), str(uuid.uuid4())
    prompt: dict[str, Any] = {"prompt": dict(workflow), "client_id": client_id, "prompt_id": prompt_id}
    if owner is not None:
        prompt["extra_data"] = {OWNER_KEY: owner[:LONGEST_OWNER]}
    body = json.dumps(prompt, allow_nan=False).encode("ascii")
    return PromptRequest(body, prompt_id, client_id, nodes, None if wanted is None else frozenset(wanted))


def _class_of(node: str, told: object) -> str:
    node_type = told.get("class_type") if isinstance(told, Mapping) else None
    if not isinstance(node_type, str):
        raise ValueError(f"Node {node[:50]!r} has no class_type: save the workflow in ComfyUI's format for its API.")
    return node_type
