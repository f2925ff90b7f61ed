"""The LoRAs of a node, in any of the ways in which loaders and stacks hold them; those that are off are left out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from bot_integration.comfyui.workflow.graph import MOST_INPUTS, Graph, Node, file_of, whole_of

MOST_LORAS: Final = 200
"""LoRAs of a workflow that are told."""

_NUMBER: Final = re.compile(r"[0-9]{1,3}")
_NAMES: Final = ("loraname", "lora", "lorafile", "lorapath", "loramodel", "loramodelname")
_SWITCHES: Final = frozenset({"on", "enabled", "enable", "active", "switch", "toggle", "toggleall", "loraon"})
_COUNTS: Final = ("lora_count", "num_loras", "loras_count", "num_lora")
_OFF: Final = frozenset({"off", "false", "no", "disable", "disabled"})
_REAL: Final = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{0,10})?")
_TEXTS: Final = ("populated_text", "text", "prompt")
_TAG: Final = re.compile(r"<lora:([^<>\n]{1,400})>")
_LONGEST_WORDS: Final = 10_000
_WEIGHT: Final = re.compile(r"strength|weight|wt|modelstr|clipstr")


def loras_of(graph: Graph, node: Node) -> list[str]:
    """The file names of the LoRAs that this node applies, in its order."""
    inputs = dict(graph.inputs(node))
    if _is_off(_plain(inputs)):
        return []
    return list(islice(_told(graph, node, inputs), MOST_LORAS))


def _told(graph: Graph, node: Node, inputs: Mapping[str, Any]) -> Iterator[str]:
    count = graph.resolved(node, _COUNTS, whole_of)
    mode = node.inputs.get("input_mode", node.inputs.get("mode"))
    for number, slot in sorted(_slots(graph, node, inputs).items()):
        if number and count is not None and number > count:
            continue
        name = next((file for key in _NAMES if (file := file_of(_named(slot.get(key)))) is not None), None)
        if name is not None and not (number and _is_off(slot)) and not _is_weightless(slot, mode):
            yield name
    listed = [name for value in inputs.values() for name in _listed(value)]
    yield from listed or _tagged(graph, node)


def _slots(graph: Graph, node: Node, inputs: Mapping[str, Any]) -> Mapping[int, dict[str, Any]]:
    """The inputs by the number in their names, 0 where there is none: ``lora_name_2`` as ``loraname`` of the second.

    The numbers of some loaders begin with 0; they are told as one more than that.
    """
    slots: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    shift = 1 if "lora_0" in inputs or "lora_name_0" in inputs else 0
    for name, value in inputs.items():
        found = _NUMBER.search(name)
        number = int(found.group()) + shift if found else 0
        bare = _bare(name)
        slots[number][bare] = value
        if bare in _NAMES and bare != "lora" and graph.linked(value) is not None:
            slots[number][bare] = graph.resolved(node, (name,), file_of)
    return slots


def _listed(value: object) -> Iterator[str]:
    """What is held as an object, ``{"on": true, "lora": …, "strength": …}``, or as a list of such."""
    inner = value.get("__value__") if isinstance(value, Mapping) and "__value__" in value else value
    for entry in islice(inner, MOST_LORAS) if isinstance(inner, list) else [inner]:
        if not isinstance(entry, Mapping):
            continue
        told = _plain(entry)
        name = file_of(told.get("lora")) or (file_of(told.get("name")) if isinstance(inner, list) else None)
        if name is not None and not _is_off(told) and not _is_weightless(told, None):
            yield name


def _tagged(graph: Graph, node: Node) -> Iterator[str]:
    """Those that the words of a prompt name, ``<lora:name:0.8>``, for a node that loads what they name."""
    text = graph.resolved(node, _TEXTS, lambda value: value[:_LONGEST_WORDS] if isinstance(value, str) else None) or ""
    for tag in _TAG.finditer(text):
        told, _, rest = tag[1].partition(":")
        name = file_of(told)
        if name is not None and _weight(rest.partition(":")[0]) != 0:
            yield name


def _named(value: object) -> object:
    """A file's name, which some loaders keep in an object with its picture."""
    return value.get("content") if isinstance(value, Mapping) else value


def _plain(inputs: Mapping[Any, Any]) -> dict[str, Any]:
    named = islice(inputs.items(), MOST_INPUTS)
    return {_bare(name): value for name, value in named if isinstance(name, str) and not _NUMBER.search(name)}


def _bare(name: str) -> str:
    """A name without what loaders write differently: ``lora_1_name``, ``lora_name_1`` and ``Lora Name`` are one."""
    return re.sub(r"[0-9_\s]", "", name[:100]).lower()


def _is_off(inputs: Mapping[str, Any]) -> bool:
    told = [value for name, value in inputs.items() if name in _SWITCHES]
    return any(value is False or (isinstance(value, str) and value.lower() in _OFF) for value in told)


def _is_weightless(inputs: Mapping[str, Any], mode: object) -> bool:
    """Whether its strength is told, and is none."""
    told = {name: _weight(value) for name, value in inputs.items() if _WEIGHT.search(name)}
    weights = {name: value for name, value in told.items() if value is not None}
    apart = {name: value for name, value in weights.items() if "model" in name or "clip" in name}
    if mode == "simple" and weights.keys() - apart.keys():
        weights = {name: value for name, value in weights.items() if name not in apart}
    elif mode == "advanced" and apart:
        weights = apart
    return bool(weights) and not any(weights.values())


def _weight(value: object) -> float | int | None:
    """A number, also in digits; None for anything else."""
    if isinstance(value, str):
        return float(value) if _REAL.fullmatch(value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
