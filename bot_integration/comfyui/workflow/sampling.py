"""Which node samples the output, and with what: sampler, scheduler, steps, seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeVar

from bot_integration.comfyui.workflow.graph import Graph, Node, text_of, whole_of

Value = TypeVar("Value")

SETTINGS: Final = (
    "pipe",
    "basic_pipe",
    "context",
    "base_ctx",
    "ctx",
    "settings",
    "sampler_settings",
    "params",
    "config",
)
"""Inputs by which some packs of nodes hand on everything in one link."""

MOST_STEPS: Final = 1_000_000
"""More than any sampler takes: a larger number is none of steps."""

_MODEL_LINKS: Final = ("model", "guider", "latent_image", "latent", "samples", "sdxl_tuple", *SETTINGS)
_SEEDS: Final = ("seed", "noise_seed", "random_seed", "seed_num")
_STEPS: Final = ("steps", "num_steps", "num_inference_steps", "sampling_steps", "steps_total")
_LATENTS: Final = ("latent_image", "latent", "samples", "latents")
_NO_SAMPLERS: Final = ("select", "scheduler", "modelsampling", "config", "presampling", "guider")
_FINISHERS: Final = ("detailer", "upscale")
_SAVES: Final = ("save", "videocombine", "video combine", "createvideo")
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


def sampler_of(graph: Graph, wanted: Collection[str] | None) -> Node | None:
    """The sampler that is nearest to the output, but one that only refines details or enlarges where there is no other.

    Where nothing samples: the node that makes a picture by itself, a partner's.
    """
    for outputs in outputs_of(graph, wanted):
        found = _first_sampler(list(graph.nearest(outputs)))
        if found is not None:
            return found
    return _first_sampler(list(graph.nodes()))


def outputs_of(graph: Graph, wanted: Collection[str] | None) -> Iterator[list[Node]]:
    """Nodes that may be the outputs, in groups, the likeliest first."""
    if wanted is not None:
        yield [node for name in wanted if (node := graph.node(name)) is not None]
    nodes = list(graph.nodes())
    yield [node for node in nodes if any(word in node.kind for word in _SAVES)]
    yield [node for node in nodes if "preview" in node.kind]
    used = {each.name for node in nodes for each in graph.links(node)}
    yield [node for node in nodes if node.name not in used]


def _first_sampler(nodes: Sequence[Node]) -> Node | None:
    found = [node for node in nodes if _samples(node)]
    working = [node for node in found if not any(word in node.kind for word in _FINISHERS)]
    makers = [node for node in nodes if node.has(*_SEEDS) and node.has("prompt") and node.has("model")]
    return next(iter([*working, *found, *makers]), None)


def _samples(node: Node) -> bool:
    if node.has("sigmas") and node.has("sampler", "guider"):
        return True
    if any(word in node.kind for word in _NO_SAMPLERS):
        return False
    return (node.has(*_SEEDS) and node.has("steps")) or ("sampler" in node.kind and node.has(*_MODEL_LINKS))


def sampler_name_of(graph: Graph, sampler: Node) -> str | None:
    """``euler``, ``dpmpp_2m`` …"""
    through = ("sampler", *SETTINGS)
    found = _look(graph, sampler, ("sampler_name", "sampler"), through, text_of)
    return found or _by_class(graph, sampler, through, "Sampler")


def scheduler_of(graph: Graph, sampler: Node) -> str | None:
    """``karras``, ``simple`` …"""
    through = ("scheduler", "sigmas", *SETTINGS)
    found = _look(graph, sampler, ("scheduler", "scheduler_name"), through, text_of)
    return found or _by_class(graph, sampler, through, "Scheduler")


def steps_of(graph: Graph, sampler: Node) -> int | None:
    """How many steps it takes."""
    return _look(graph, sampler, _STEPS, ("sigmas", "scheduler", *SETTINGS), _steps_in)


def _steps_in(value: object) -> int | None:
    found = whole_of(value)
    return found if found is not None and found <= MOST_STEPS else None


def seed_of(graph: Graph, sampler: Node) -> int | None:
    """The seed of the noise that the picture begins with: of an earlier sampler, where this one adds none."""
    for node in _with_earlier(graph, sampler):
        if not _adds_no_noise(graph, node):
            return _look(graph, node, _SEEDS, ("noise", *SETTINGS), whole_of)
    return _look(graph, sampler, _SEEDS, ("noise", *SETTINGS), whole_of)


def _with_earlier(graph: Graph, sampler: Node) -> Iterator[Node]:
    """The sampler, and those before it on the way of the latent picture."""
    return (
        node for node in graph.walk([sampler], lambda each: graph.links(each, _LATENTS)) if node.has(*_SEEDS, "noise")
    )


def _adds_no_noise(graph: Graph, node: Node) -> bool:
    noise = graph.linked(node.inputs.get("noise"))
    return node.inputs.get("add_noise") in ("disable", False) or (noise is not None and "disablenoise" in noise.kind)


def _look(
    graph: Graph, start: Node, names: Sequence[str], through: Sequence[str], read: Callable[[object], Value | None]
) -> Value | None:
    """An input of these names, of the node itself or of those that it gets its settings from."""
    for node in graph.walk([start], lambda each: graph.links(each, through)):
        found = graph.resolved(node, names, read)
        if found is not None:
            return found
    return None


def _by_class(graph: Graph, start: Node, through: Sequence[str], word: str) -> str | None:
    """The name that stands in a class: ``KarrasScheduler``, ``SamplerEulerAncestral``."""
    for node in graph.walk([start], lambda each: graph.links(each, through)):
        bare = node.class_type.replace("Sampling" + word, word)
        told = bare.removeprefix(word) if word == "Sampler" else bare.removesuffix(word)
        if node is not start and told and told != bare and told.isidentifier():
            return _WORDS.sub("_", told).lower()
    return None
