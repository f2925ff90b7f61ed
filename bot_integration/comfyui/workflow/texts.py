"""The texts that are written in a workflow: what must not be kept where a fault quotes it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from bot_integration.comfyui.workflow.graph import Graph

MOST_TEXTS: Final = 100
LONGEST: Final = 10_000
"""Characters of a text that are looked for."""

_PROMPTS: Final = ("text", "prompt", "positive", "negative", "caption", "instruction", "wildcard", "clip_l", "t5xxl")
"""Inputs that hold words of people have one of these in their name."""

_MAYBE: Final = ("value", "string")
"""These may as well hold the name of a sampler: what has no blank in it is no sentence."""


def texts_of(workflow: object) -> tuple[str, ...]:
    """The prompts, and whatever else people have written into the inputs of nodes; never raises."""
    return tuple(islice(dict.fromkeys(_texts(Graph(workflow))), MOST_TEXTS))


def _texts(graph: Graph) -> Iterator[str]:
    for node in graph.nodes():
        for name, value in graph.inputs(node):
            if isinstance(value, str) and _is_written(name[:100].lower(), value[:LONGEST].strip()):
                yield value[:LONGEST]


def _is_written(name: str, text: str) -> bool:
    if any(word in name for word in _PROMPTS):
        return text != ""
    return " " in text and any(word in name for word in _MAYBE)
