"""What the server holds: prompts that wait, run and are over; files; what it was told to do wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Prompt:
    """A prompt that was taken."""

    number: float
    prompt_id: str
    workflow: dict[str, Any]
    extra: dict[str, Any]
    wanted: list[str]
    arrived: float
    messages: list[list[Any]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    shown_as: dict[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str | None:
        return self.extra.get("client_id")

    @property
    def entry(self) -> list[Any]:
        """As it stands in the queue and in the history."""
        return [self.number, self.prompt_id, self.workflow, self.extra, self.wanted]


@dataclass(frozen=True)
class Answer:
    """An answer out of the ordinary.

    Attributes:
        status: of HTTP.
        body: what is sent.
        content_type: what it is said to be.
        cut: the connection is cut half way through the body.
        before: the request is not even handled (else: handled as usual, only the answer is another).
    """

    status: int = 500
    body: bytes = b"500 Internal Server Error\n\nServer got itself in trouble"
    content_type: str = "text/plain"
    cut: bool = False
    before: bool = True


@dataclass
class Faults:
    """What the server does wrong.

    Attributes:
        answers: by "METHOD /first-part": the answers to give instead of the usual ones, used up one by one.
        hears: whether a message is sent, by its type and data.
        noise: sent to the client after each of its prompt's messages.
        ignores_prompt_id: it chooses the ids itself, as older servers do.
        knows_flags: it answers feature flags, and sends images with metadata.
        keeps_history: it keeps entries.
    """

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    hears: Callable[[str, dict[str, Any]], bool] = lambda kind, data: True
    noise: Callable[[str], list[str | bytes]] = lambda prompt_id: []
    ignores_prompt_id: bool = False
    knows_flags: bool = True
    keeps_history: bool = True

    def next_answer(self, method: str, path: str) -> Answer | None:
        waiting = self.answers.get(f"{method} /{path.strip('/').split('/')[0]}")
        return waiting.pop(0) if waiting else None


@dataclass
class Times:
    """When a prompt came in, was over, and the last byte of its last file went out; monotonic seconds."""

    arrived: float
    ended: float | None = None
    served: float | None = None


@dataclass
class Store:
    """Files by (name, subfolder, place), and who made them."""

    files: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    makers: dict[str, str] = field(default_factory=dict)
    times: dict[str, Times] = field(default_factory=dict)
    counter: int = 0

    def save(self, prompt_id: str, prefix: str, place: str, ending: str, data: bytes) -> dict[str, str]:
        self.counter += 1
        name = f"{prefix}_{self.counter:05}_.{ending}"
        self.files[name, "", place] = data
        self.makers[name] = prompt_id
        return {"filename": name, "subfolder": "", "type": place}

    def reused(self, prompt_id: str, output: dict[str, Any]) -> None:
        """A cached output: the old file now serves this prompt."""
        for entries in output.values():
            for entry in entries:
                if isinstance(entry, dict):
                    self.makers[entry["filename"]] = prompt_id

    def served(self, name: str) -> None:
        times = self.times.get(self.makers.get(name, ""))
        if times is not None:
            times.served = time.monotonic()

    def forget_temp(self) -> None:
        self.files = {key: data for key, data in self.files.items() if key[2] != "temp"}


def signature(workflow: dict[str, Any], node: str) -> str:
    """What a node's result depends on: its class, its inputs, and those of the nodes before it."""
    told = workflow[node]
    inputs = {
        name: signature(workflow, str(value[0])) if isinstance(value, list) and str(value[0]) in workflow else value
        for name, value in told.get("inputs", {}).items()
    }
    return json.dumps([told["class_type"], inputs], sort_keys=True)
