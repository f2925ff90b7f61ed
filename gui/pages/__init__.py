"""The pages of the window. Each is handed what it shows and asks for nothing.

A page is registered once, here: rail, menus and the command line follow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from core.snapshot import Snapshot
from gui.pages.overview import OverviewPage
from gui.widgets.page_rail import PageEntry
from resources import Palette


class Page(Protocol):
    """What the window asks of a page, which is a QWidget too."""

    range_selected: SignalInstance
    first_focus: QWidget
    """What takes the keys when the host turns to the page."""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show this; draw only what differs."""

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""

    def reset_view(self) -> None:
        """Forget the host's zoom: another range is to be shown."""

    def tick(self, now: float) -> None:
        """Let ages grow; ``now`` in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A page: its entry in the rail, and how it is made."""

    entry: PageEntry
    make: Callable[[], OverviewPage]


PAGES: Final = (Registration(PageEntry("overview", "Overview", "overview"), OverviewPage),)
