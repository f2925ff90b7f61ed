"""What is read from workflows that mean nothing, or are made to take long: nothing, and soon."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot_integration.comfyui.workflow import WorkflowFacts, read_workflow
from bot_integration.comfyui.workflow.graph import MOST_LOOKS, MOST_NODES, MOST_VISITED, Graph
from bot_integration.comfyui.workflow.loras import MOST_LORAS
from tests.bot_integration.comfyui.workflow.graphs import Workflow, link, node, rewired, through

NONSENSE: tuple[Any, ...] = (
    None,
    7,
    "text",
    [],
    {},
    {"1": None},
    {"1": {"class_type": 3}},
    {"1": {"class_type": "KSampler"}},
    {"1": {"class_type": "KSampler", "inputs": [1]}},
    {1: {"class_type": "SaveImage", "inputs": {3: 4}}},
    {"1": node("KSampler", model=link("1"), latent_image=link("1"), seed=link("1"), steps=link("1"))},
    {"1": node("SaveImage", images=link("2")), "2": node("KSampler", model=link("404"), latent_image=["3", "x"])},
    {"1": node("KSampler", seed=10**5_000, steps=float("nan"), sampler_name="x" * 10**6, scheduler="a\nb")},
    {"1": node("KSampler", seed=True, steps=2.5, sampler_name="\ud800", scheduler="\0", model=[["1"], 0])},
)


@pytest.mark.parametrize("workflow", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_tells_nothing(workflow: Any) -> None:
    assert read_workflow(workflow) == WorkflowFacts()


def test_a_workflow_without_end_is_read_to_a_bound() -> None:
    endless = {str(number): node("Reroute", model=link(str(number + 1))) for number in range(100, 100_000)}
    workflow = {**rewired(link("100")), **endless}
    graph = Graph(workflow)
    assert len(list(graph.nodes())) == MOST_NODES
    start = graph.node("3")
    assert start is not None and len(list(graph.walk([start], graph.links))) == MOST_VISITED
    facts = read_workflow(workflow)
    assert facts.model is None and facts.steps == 20


class Counting(dict[str, Any]):
    """A node's inputs that count how often they are looked at."""

    looks = 0

    def get(self, name: str, default: Any = None) -> Any:
        Counting.looks += 1
        return super().get(name, default)


@pytest.mark.parametrize(
    "inputs",
    [
        {"model": 1, "seed": 1, "steps": 1, "lora_stack": 2, "latent_image": 1, "noise": 3, "sampler": 1, "sigmas": 1},
        {"pipe": 1, "context": 2, "ctx": 3, "settings": 4, "params": 5, "seed": 6, "steps": 7},
        {f"lora_name_{number}": number for number in range(400)},
        {f"any_{number}": number * number for number in range(50)},
    ],
)
def test_a_workflow_of_countless_links_is_read_to_a_bound(inputs: dict[str, int]) -> None:
    workflow: Workflow = {
        str(number): {
            "class_type": "KSampler",
            "inputs": Counting({name: link(str((number + step) % 3_000)) for name, step in inputs.items()}),
        }
        for number in range(3_000)
    }
    Counting.looks = 0
    read_workflow({**workflow, "save": node("SaveImage", images=link("0"))})
    assert Counting.looks < 4 * MOST_LOOKS


def test_a_node_of_countless_inputs_is_read_to_a_bound() -> None:
    many = {f"lora_{number}": {"on": True, "lora": f"{number}.st", "strength": 1} for number in range(100_000)}
    assert len(read_workflow(through(node("Power Lora Loader (rgthree)", **many))).loras) == MOST_LORAS


NAMES = st.sampled_from(["1", "2", "3", "4", "x"])
LINKS = st.tuples(NAMES, st.integers(0, 2)).map(list)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | LINKS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
LINKED = ("model", "noise", "sampler", "sigmas", "guider", "latent_image", "pipe", "lora_stack", "input1", "value")
HELD = ("seed", "steps", "width", "height", "ckpt_name", "lora_name", "lora_1", "loras", "select", "resolution")
INPUTS = st.dictionaries(st.sampled_from(LINKED + HELD), JSON, max_size=8)
CLASSES = st.sampled_from(["KSampler", "SaveImage", "SamplerCustomAdvanced", "Reroute", "LoraLoader", "PreviewImage"])
NODES = st.builds(lambda kind, inputs: {"class_type": kind, "inputs": inputs}, CLASSES, INPUTS)


@given(st.dictionaries(NAMES, NODES | JSON, max_size=5) | JSON)
def test_whatever_it_is_the_facts_are_of_their_types(workflow: Any) -> None:
    facts = read_workflow(workflow)
    texts = [facts.model, facts.sampler, facts.scheduler, facts.resolution, *facts.loras]
    assert all(text is None or (0 < len(text) <= 500 and text.isprintable()) for text in texts)
    assert all(value is None or 0 <= value < 2**64 for value in (facts.steps, facts.seed))
    json.dumps(list(facts.loras)).encode()
