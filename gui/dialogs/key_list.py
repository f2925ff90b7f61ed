"""What keys and the mouse do: the window's actions by menu, and the keys of its parts, which are declared here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

OR: Final = " / "
"""Stands between keys that do the same."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that keys or the mouse do.

    Attributes:
        words: what is done; keys: how, with " / " between ways that do the same; empty where only a menu does it.
        tip: more about it.
    """

    words: str
    keys: str
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """What belongs together: a menu, or a part of the window."""

    title: str
    entries: tuple[Entry, ...]


PARTS: Final = (
    Group(
        "In a chart",
        (
            Entry("Read the values before and after", "Left / Right"),
            Entry("Read the first or the last one shown", "Home / End"),
            Entry("Zoom in and out", "+ / −", "The mouse wheel zooms where the pointer is"),
            Entry("Move along the time", "Drag", "Or the wheel sideways"),
            Entry("Choose a span as the range", "Shift+Drag"),
            Entry("Take the zoom as the range", "Ctrl+R"),
            Entry("Show the whole range again", "0 / Backspace / Double-click"),
            Entry("Read another series", "Up / Down"),
            Entry("Stop reading values", "Esc"),
            Entry("Show the rows behind what is read", "Enter / Click"),
            Entry("Change the scale of times: logarithmic or linear", "L"),
            Entry("Show the numbers as a table", "T"),
            Entry("Copy the numbers", "Ctrl+C"),
            Entry("Open the chart's menu", "Menu / Shift+F10"),
        ),
    ),
    Group(
        "In a list of bars",
        (
            Entry("Choose a bar", "Up / Down"),
            Entry("Filter the page by a bar", "Enter / Click"),
            Entry("Show a bar's rows", "Shift+Enter / Shift+Click / Double-click"),
            Entry("Sort by a column", "Menu / Click", "A click on its heading; once more turns the order round"),
        ),
    ),
    Group(
        "In a legend",
        (
            Entry("Show or hide a series", "Space / Click"),
            Entry("Show only this series, or all again", "Ctrl+Space / Ctrl+Click"),
            Entry("Open a series' menu", "Menu / Shift+F10", "Filter the page by it"),
        ),
    ),
    Group(
        "In the latest events",
        (
            Entry("Show an event's row", "Enter / Click"),
            Entry("Choose events, to copy them", "Ctrl+Click / Shift+Click"),
            Entry("Go to the top, and follow what comes in", "Home"),
        ),
    ),
    Group(
        "In a table",
        (
            Entry("Choose a row", "Up / Down"),
            Entry("Go to the top, and follow what comes in", "Home"),
            Entry("Go to the end", "End"),
            Entry("Show a row's details", "Enter / Space"),
            Entry("Open a row's menu", "Menu / Shift+F10", "Filter by a cell, leave it out, copy"),
            Entry("Copy the selected rows", "Ctrl+C"),
            Entry("Clear the selection, close the details", "Esc"),
        ),
    ),
    Group(
        "In the findings of Health",
        (
            Entry("Go to the next finding, and back", "Down / Up"),
            Entry("Show the rows that it is about", "Enter"),
            Entry("Copy it", "Ctrl+C"),
        ),
    ),
    Group(
        "In the filter box",
        (
            Entry("Show suggestions", "Down / Ctrl+Space"),
            Entry("Show the filter's help", "F1"),
            Entry("Show everything again", "Esc"),
        ),
    ),
    Group(
        "Everywhere",
        (
            Entry("Go to the next part of the window, and back", "Tab / Shift+Tab"),
            Entry("Open a menu by its letter", "Alt+Letter"),
        ),
    ),
)
"""The keys that belong to no menu."""


def groups(bar: QMenuBar) -> tuple[Group, ...]:
    """Every action by the menu that it is in, and the keys of the window's parts."""
    menus = [action.menu() for action in bar.actions()]
    return (*(found for menu in menus if isinstance(menu, QMenu) for found in _of_menu(menu)), *PARTS)


def as_text(shown: Iterable[Group]) -> str:
    """Groups as plain text in two columns, to be pasted or printed."""
    blocks = []
    for group in shown:
        width = max(len(entry.words) for entry in group.entries) + 2
        lines = [f"  {entry.words:<{width}}{entry.keys}".rstrip() for entry in group.entries]
        blocks.append("\n".join((group.title, *lines)))
    return "\n\n".join(blocks) + "\n"


def fits(group: Group, entry: Entry, wanted: list[str]) -> bool:
    """Whether an entry has all these words (folded) in what it does, its keys, its tip or its group."""
    text = " ".join((group.title, entry.words, entry.keys, entry.tip)).casefold()
    return all(word in text for word in wanted)


def _of_menu(menu: QMenu, above: str = "") -> Iterator[Group]:
    """A menu's own actions, then those of the menus in it. Entries without a status tip are none: recent files, say."""
    title = f"{above} → {_plain(menu.title())}" if above else _plain(menu.title())
    own = tuple(_entry(action) for action in menu.actions() if action.statusTip() and action.menu() is None)
    if own:
        yield Group(title, own)
    for action in menu.actions():
        below = action.menu()
        if isinstance(below, QMenu):
            yield from _of_menu(below, title)


def _entry(action: QAction) -> Entry:
    keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    return Entry(_plain(action.text()), keys, action.statusTip())


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
