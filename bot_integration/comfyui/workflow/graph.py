"""A workflow as a graph that can be walked: nothing in it is trusted, and a walk has an end whatever it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeGuard, TypeVar

MOST_NODES: Final = 2_000
"""Nodes of a workflow that are looked at; the largest that people share have some 500."""

MOST_VISITED: Final = 500
"""Nodes that one walk goes through."""

MOST_INPUTS: Final = 400
"""Inputs of a node that are looked at: a stack of 50 LoRAs has four for each."""

LONGEST_TEXT: Final = 500
"""Characters of a file's name, a sampler's, a size's."""

MOST_LOOKS: Final = 20_000
"""Inputs that are looked at for one workflow, again and again the same ones too; a usual one takes some hundred."""

_MOST_HOPS: Final = 20
_MOST_LINKS: Final = 50
_LARGEST_WHOLE: Final = 2**64 - 1
_WHOLE: Final = re.compile(r"[0-9]{1,20}")
_NOTHING: Final = frozenset({"", "none", "[none]", "null"})
_CARRIERS: Final = ("value", "int", "integer", "number", "Number", "string", "text", "selected")
"""Under which names nodes that only hold a value hold it."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes:
        name: its id in the workflow.
        kind: its class, in small letters.
        class_type: its class.
        inputs: what it was given, by name; a link to another node is a list of its id and the number of its output.
    """

    name: str
    kind: str
    class_type: str
    inputs: Mapping[str, Any]

    def has(self, *names: str) -> bool:
        """Whether it has one of these inputs."""
        return any(name in self.inputs for name in names)


class Graph:
    """The nodes of a workflow in the API format. Whatever is no node is not there.

    After :data:`MOST_LOOKS` nothing leads anywhere any more, so that a reader ends with what it has.
    """

    def __init__(self, workflow: object) -> None:
        self._workflow: Mapping[Any, Any] = workflow if isinstance(workflow, Mapping) else {}
        self._known: dict[str, Node | None] = {}
        self._looks = MOST_LOOKS

    def node(self, name: str) -> Node | None:
        """The node of this id."""
        if name not in self._known:
            told = self._workflow.get(name)
            if told is None and _WHOLE.fullmatch(name):
                told = self._workflow.get(int(name))
            self._known[name] = _node(name, told)
        return self._known[name]

    def nodes(self) -> Iterator[Node]:
        """The first :data:`MOST_NODES` of them, in the workflow's order."""
        for name in islice(self._workflow, MOST_NODES):
            found = self.node(str(name)) if isinstance(name, str | int) and len(str(name)) <= LONGEST_TEXT else None
            if found is not None:
                yield found

    def linked(self, value: object) -> Node | None:
        """The node that a link leads to; None where the value is no link, or leads nowhere."""
        self._looks -= 1
        if not isinstance(value, list | tuple) or len(value) != 2 or not _is_number(value[1]) or self._looks < 0:
            return None
        name = value[0]
        if isinstance(name, str) and len(name) <= LONGEST_TEXT:
            return self.node(name)
        return self.node(str(name)) if _is_number(name) and abs(name) <= _LARGEST_WHOLE else None

    def inputs(self, node: Node) -> Iterator[tuple[str, Any]]:
        """The first :data:`MOST_INPUTS` of a node, by name."""
        for name, value in islice(node.inputs.items(), MOST_INPUTS):
            self._looks -= 1
            if self._looks < 0:
                return
            if isinstance(name, str):
                yield name, value

    def links(self, node: Node, names: Iterable[str] | None = None) -> list[Node]:
        """The nodes that these inputs lead to, in this order; all inputs by default."""
        values = (value for _, value in self.inputs(node)) if names is None else map(node.inputs.get, names)
        found = (self.linked(value) for value in values)
        return list(islice((each for each in found if each is not None), _MOST_LINKS))

    def resolved(self, node: Node, names: Sequence[str], read: Callable[[object], Value | None]) -> Value | None:
        """The first of these inputs that can be read, also where it comes by links from a node that holds a value."""
        for name in names:
            value = self._held(node.inputs.get(name), (name, *names)) if name in node.inputs else None
            found = read(value)
            if found is not None:
                return found
        return None

    def _held(self, value: object, names: Sequence[str]) -> object:
        for _ in range(_MOST_HOPS):
            node = self.linked(value)
            if node is None:
                return value
            under = [each for each in (*names, *_CARRIERS) if each in node.inputs]
            if not under and len(node.inputs) != 1:  # it computes something, and that is not known
                return None
            value = node.inputs[under[0]] if under else next(iter(node.inputs.values()))
        return None

    def walk(self, start: Iterable[Node], follow: Callable[[Node], Sequence[Node]]) -> Iterator[Node]:
        """Each node that is reached, once: depth first, in the order in which ``follow`` names them."""
        stack, seen = list(start)[::-1], set[str]()
        while stack and len(seen) < MOST_VISITED:
            node = stack.pop()
            if node.name not in seen:
                seen.add(node.name)
                yield node
                stack += [each for each in reversed(follow(node)) if each.name not in seen]

    def nearest(self, start: Iterable[Node]) -> Iterator[Node]:
        """Each node that is reached, once, the nearest ones first."""
        queue, seen = list(start), set[str]()
        while queue and len(seen) < MOST_VISITED:
            further: list[Node] = []
            for node in queue:
                if node.name not in seen and len(seen) < MOST_VISITED:
                    seen.add(node.name)
                    yield node
                    further += self.links(node)
            queue = further

    def chosen(self, node: Node) -> list[Node] | None:
        """Where a switch leads, by what it is set to; None where the node is no switch that tells."""
        for name in ("select", "index"):
            number = whole_of(node.inputs.get(name))
            taken = [f"{base}{number}" for base in ("input", "value", "model") if f"{base}{number}" in node.inputs]
            if number is not None and taken:
                return self.links(node, taken)
        told = [node.inputs[name] for name in ("boolean", "switch", "condition") if name in node.inputs]
        if told and isinstance(told[0], bool) and node.has("on_true", "on_false"):
            return self.links(node, ("on_true" if told[0] else "on_false",))
        return None

    def others(self, node: Node, never: Collection[str]) -> list[Node]:
        """The nodes that a node of unknown kind leads to: a reroute's, a switch's; but not by these inputs."""
        told = self.chosen(node)
        return (
            told if told is not None else self.links(node, [name for name, _ in self.inputs(node) if name not in never])
        )


def _node(name: str, told: object) -> Node | None:
    class_type = told.get("class_type") if isinstance(told, Mapping) else None
    if not isinstance(told, Mapping) or not isinstance(class_type, str):
        return None
    inputs, shown = told.get("inputs"), class_type[:LONGEST_TEXT]
    return Node(name, shown.lower(), shown, inputs if isinstance(inputs, Mapping) else {})


def text_of(value: object) -> str | None:
    """A name: one line, not empty, and not the word for none; None for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        return None
    told = value.strip()
    if told.lower() in _NOTHING or not told.isprintable():
        return None
    return told


def file_of(value: object) -> str | None:
    """A file's name, with the folders in which ComfyUI keeps it. Of a whole path only the name."""
    told = text_of(value)
    if told is None:
        return None
    plain = told.replace("\\", "/")
    is_path = plain.startswith(("/", "~")) or plain[1:2] == ":"
    return plain.rpartition("/")[2] or None if is_path else told


def whole_of(value: object) -> int | None:
    """A whole number from 0 to 2⁶⁴ − 1, also as a float or in digits; None for anything else."""
    number: int | None = None
    if isinstance(value, str):
        number = int(value) if _WHOLE.fullmatch(value) else None
    elif isinstance(value, float):
        number = int(value) if value.is_integer() else None
    elif _is_number(value):
        number = value
    return number if number is not None and 0 <= number <= _LARGEST_WHOLE else None


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
