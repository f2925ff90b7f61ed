"""The window as a screen reader meets it: a tree of things with a role, a name, and whether they take the keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QWidget

from gui.style import accessibility


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing in the tree.

    Attributes:
        role, name, description: as they are spoken.
        focusable: whether it takes the keys; seen: whether it is on screen.
        chosen: whether it is the one of several that is chosen, or is on.
        path: the roles and names of what it is in, the outermost first.
        widget: what it is of, or None.
    """

    role: QAccessible.Role
    name: str
    description: str
    focusable: bool
    seen: bool
    chosen: bool
    path: tuple[str, ...]
    widget: QWidget | None

    def __str__(self) -> str:
        """Role, name and what it is made of, for a list of those that fall short."""
        kind = type(self.widget).__name__ if self.widget is not None else "-"
        return f"{self.role.name} {self.name!r} ({kind}) in {' / '.join(self.path[-3:])}"


def things(root: QWidget) -> list[Thing]:
    """Everything in a window's tree that is seen, in the order in which it is read."""
    interface = QAccessible.queryAccessibleInterface(root)
    return [thing for thing in _walk(interface, ()) if thing.seen]


def _walk(interface: QAccessibleInterface, path: tuple[str, ...]) -> Iterator[Thing]:
    thing = _thing(interface, path)
    yield thing
    if interface.role() in (QAccessible.Role.Table, QAccessible.Role.Tree, QAccessible.Role.List) and _has_model(thing):
        return  # its cells are the model's
    for place in range(interface.childCount()):
        child = interface.child(place)
        if child is not None and child.isValid():
            yield from _walk(child, (*path, f"{thing.role.name} {thing.name!r}"))


def _has_model(thing: Thing) -> bool:
    return hasattr(thing.widget, "model")


def _thing(interface: QAccessibleInterface, path: tuple[str, ...]) -> Thing:
    state, widget = interface.state(), interface.object()
    return Thing(
        interface.role(),
        interface.text(QAccessible.Text.Name),
        interface.text(QAccessible.Text.Description),
        bool(state.focusable),
        not state.invisible,
        bool(state.selected or state.checked),
        path,
        widget if isinstance(widget, QWidget) else None,
    )


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is announced, in its order; what is urgent ends in an exclamation mark."""
    said: list[str] = []
    monkeypatch.setattr(accessibility, "APPEARANCES_ARE_SPOKEN", False)
    monkeypatch.setattr(
        accessibility, "_send", lambda _speaker, words, urgent: said.append(words + ("!" if urgent else ""))
    )
    return said
