"""What keys and the mouse do: the window's actions by menu, and the keys of its parts, which are declared here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from core.text.translation import gettext as _

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
        _("In a chart"),
        (
            Entry(_("Read the values before and after"), _("Left / Right")),
            Entry(_("Read the first or the last one shown"), _("Home / End")),
            Entry(_("Zoom in and out"), "+ / −", _("The mouse wheel zooms where the pointer is")),
            Entry(_("Move along the time"), _("Drag"), _("Or the wheel sideways")),
            Entry(_("Choose a span as the range"), _("Shift+Drag")),
            Entry(_("Take the zoom as the range"), _("Ctrl+R")),
            Entry(_("Show the whole range again"), _("0 / Backspace / Double-click")),
            Entry(_("Read another series"), _("Up / Down")),
            Entry(_("Stop reading values"), _("Esc")),
            Entry(_("Show the rows behind what is read"), _("Enter / Click")),
            Entry(_("Change the scale of times: logarithmic or linear"), "L"),
            Entry(_("Show the numbers as a table"), "T"),
            Entry(_("Copy the numbers"), _("Ctrl+C")),
            Entry(_("Open the chart's menu"), _("Menu / Shift+F10")),
        ),
    ),
    Group(
        _("In a list of bars"),
        (
            Entry(_("Choose a bar"), _("Up / Down")),
            Entry(_("Filter the page by a bar"), _("Enter / Click")),
            Entry(_("Show a bar's rows"), _("Shift+Enter / Shift+Click / Double-click")),
            Entry(
                _("Sort by a column"), _("Menu / Click"), _("A click on its heading; once more turns the order round")
            ),
        ),
    ),
    Group(
        _("In a legend"),
        (
            Entry(_("Show or hide a series"), _("Space / Click")),
            Entry(_("Show only this series, or all again"), _("Ctrl+Space / Ctrl+Click")),
            Entry(_("Open a series' menu"), _("Menu / Shift+F10"), _("Filter the page by it")),
        ),
    ),
    Group(
        _("In the latest events"),
        (
            Entry(_("Show an event's row"), _("Enter / Click")),
            Entry(_("Choose events, to copy them"), _("Ctrl+Click / Shift+Click")),
            Entry(_("Go to the top, and follow what comes in"), _("Home")),
        ),
    ),
    Group(
        _("In a table"),
        (
            Entry(_("Choose a row"), _("Up / Down")),
            Entry(_("Go to the top, and follow what comes in"), _("Home")),
            Entry(_("Go to the end"), _("End")),
            Entry(_("Show a row's details"), _("Enter / Space")),
            Entry(_("Open a row's menu"), _("Menu / Shift+F10"), _("Filter by a cell, leave it out, copy")),
            Entry(_("Copy the selected rows"), _("Ctrl+C")),
            Entry(_("Clear the selection, close the details"), _("Esc")),
        ),
    ),
    Group(
        _("In the findings of Health"),
        (
            Entry(_("Go to the next finding, and back"), _("Down / Up")),
            Entry(_("Show the rows that it is about"), _("Enter")),
            Entry(_("Copy it"), _("Ctrl+C")),
        ),
    ),
    Group(
        _("In the filter box"),
        (
            Entry(_("Show suggestions"), _("Down / Ctrl+Space")),
            Entry(_("Show the filter's help"), "F1"),
            Entry(_("Show everything again"), _("Esc")),
        ),
    ),
    Group(
        _("Find anything"),
        (
            Entry(_("Choose what was found"), _("Up / Down")),
            Entry(_("Go there, or do it"), _("Enter / Click")),
            Entry(_("Close it, back to where the keys were"), _("Esc")),
        ),
    ),
    Group(
        _("Everywhere"),
        (
            Entry(_("Go to the next part of the window, and back"), _("Tab / Shift+Tab")),
            Entry(_("Open a menu by its letter"), _("Alt+Letter")),
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
