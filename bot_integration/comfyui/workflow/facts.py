"""What a workflow says of the picture that it makes, as far as that can be read without running it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot_integration.comfyui.workflow.graph import Graph, Node, file_of, text_of, whole_of
from bot_integration.comfyui.workflow.loras import MOST_LORAS, loras_of
from bot_integration.comfyui.workflow.sampling import (
    SETTINGS,
    outputs_of,
    sampler_name_of,
    sampler_of,
    scheduler_of,
    seed_of,
    steps_of,
)

_FILES: Final = (
    "ckpt_name", "unet_name", "model_name", "model_path", "checkpoint_name", "base_ckpt_name", "gguf_name", "svd_name",
    "diffusion_model_name", "model_file", "transformer_name", "dit_name",
)  # fmt: skip
"""Inputs that name a model's file, or get its name by a link."""

_BARE_FILES: Final = ("ckpt", "checkpoint", "unet", "diffusion_model", "transformer", "model")
"""Inputs that name a model's file in some loaders, and get a whole model by a link in other nodes."""

_NO_MODELS: Final = ("vae", "clip", "upscale", "control", "ipadapter", "lora", "text", "t5", "audio", "detector")
_MODELS: Final = (
    "model", "guider", "unet", "base_model", "diffusion_model", "model_low_noise", "model_high_noise", "model1",
    "sdxl_tuple", *SETTINGS,
)  # fmt: skip
"""Links by which a model comes; of several the first is the one that makes the picture."""

_STACKS: Final = ("lora_stack", "optional_lora_stack", "lora", "loras", "prev_lora", "lora_params")
_LATENTS: Final = ("latent_image", "latent", "samples", "latents", "image_embeds", "optional_latent", *SETTINGS)
_NEVER: Final = frozenset(
    {"clip", "vae", "positive", "negative", "conditioning", "noise", "sampler", "sigmas", "text", "prompt", "seed"}
    | {"clip_vision", "control_net", "upscale_model", "style_model", "audio", "mask", "steps", "cfg", "scheduler"}
)
_NO_MODEL_BY: Final = _NEVER | {"latent_image", "latent", "samples", "image", "images", "pixels", "width", "height"}
_NO_SIZE_BY: Final = _NEVER | {*_MODELS} - {*SETTINGS}
_SIZE: Final = re.compile(r"([1-9][0-9]{1,4}) ?[x×*] ?([1-9][0-9]{1,4})")
_SIZES: Final = ("ratio_selected", "resolution", "dimensions", "dimension", "size", "aspect_ratio")
_LARGEST_SIDE: Final = 65_536


@dataclass(frozen=True, slots=True)
class WorkflowFacts:
    """What a workflow says of its picture; None where it does not say, or says it in a way that is not known.

    Attributes:
        model: the file of the checkpoint or of the diffusion model that the output's sampler uses.
        sampler: ``euler``, ``dpmpp_2m`` …
        scheduler: ``karras``, ``simple`` …
        steps: of the output's sampler.
        seed: up to 2⁶⁴ − 1.
        loras: the files of the LoRAs that are applied to that model, in their order; not those that are off.
        resolution: ``1344x768``, or the name of a size that the node has a list of: ``16:9 [1344x768 landscape]``.
    """

    model: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    seed: int | None = None
    loras: tuple[str, ...] = ()
    resolution: str | None = None


def read_workflow(workflow: object, wanted: Collection[str] | None = None) -> WorkflowFacts:
    """Read a workflow in the API format: node id → ``class_type`` and ``inputs``.

    It never raises, and takes a bounded time whatever it is given: tenths of a millisecond usually, at most some 20.

    Args:
        workflow: what is posted to ComfyUI.
        wanted: the nodes whose outputs are wanted; by default whichever save something.
    """
    graph = Graph(workflow)
    sampler = sampler_of(graph, wanted)
    if sampler is None:
        outputs = next((each for each in outputs_of(graph, wanted) if each), [])
        return WorkflowFacts(resolution=_size(graph, outputs))
    model, loras = _model_and_loras(graph, sampler)
    return WorkflowFacts(
        model,
        sampler_name_of(graph, sampler),
        scheduler_of(graph, sampler),
        steps_of(graph, sampler),
        seed_of(graph, sampler),
        loras,
        _size(graph, [sampler]),
    )


def _model_and_loras(graph: Graph, sampler: Node) -> tuple[str | None, tuple[str, ...]]:
    """The model's file, and the LoRAs on the way from it to the sampler."""
    model: str | None = None
    on_the_way: list[list[str]] = []
    for node in graph.walk([sampler], lambda each: _towards_model(graph, each)):
        stacks = graph.walk(graph.links(node, _STACKS), lambda each: graph.links(each, _STACKS))
        on_the_way += [loras_of(graph, node), *(loras_of(graph, each) for each in stacks)]
        model = _model_in(graph, node)
        if model is not None:
            break
    applied = (lora for loras in reversed(on_the_way) for lora in loras)
    return model, tuple(islice(dict.fromkeys(applied), MOST_LORAS))


def _towards_model(graph: Graph, node: Node) -> list[Node]:
    return graph.links(node, _MODELS)[:1] or graph.others(node, _NO_MODEL_BY)


def _model_in(graph: Graph, node: Node) -> str | None:
    """The file of the model that a node loads; what a node adds to a model that it is given is none."""
    if graph.links(node, _MODELS):
        return None
    for name in (*_FILES, *_names_like(graph, node)):
        if name.startswith("model") and any(word in node.kind for word in _NO_MODELS):
            continue
        found = graph.resolved(node, (name,), file_of)
        if found is not None:
            return found
    if any(word in node.kind for word in _NO_MODELS):
        return None
    return next((found for name in _BARE_FILES if (found := file_of(node.inputs.get(name))) is not None), None)


def _names_like(graph: Graph, node: Node) -> Iterator[str]:
    """The inputs of an unknown loader that are called nearly as those of the known ones."""
    return (
        name for name, _ in graph.inputs(node) if name[-20:].lower().endswith(("ckpt_name", "unet_name", "gguf_name"))
    )


def _size(graph: Graph, start: list[Node]) -> str | None:
    for node in graph.walk(start, lambda each: _towards_size(graph, each)):
        found = _size_in(graph, node)
        if found is not None:
            return found
    return None


def _towards_size(graph: Graph, node: Node) -> list[Node]:
    return graph.links(node, _LATENTS)[:1] or graph.others(node, _NO_SIZE_BY)


def _size_in(graph: Graph, node: Node) -> str | None:
    for name in _SIZES:
        told = graph.resolved(node, (name,), text_of)
        found = _SIZE.search(told or "")
        if told and found:
            return told if name == "ratio_selected" else f"{found[1]}x{found[2]}"
    for names in (("width", "height"), ("empty_latent_width", "empty_latent_height")):
        width, height = (graph.resolved(node, (name,), _side) for name in names)
        if width and height:
            return f"{width}x{height}"
    return None


def _side(value: object) -> int | None:
    found = whole_of(value)
    return found if found is not None and 0 < found <= _LARGEST_SIDE else None
