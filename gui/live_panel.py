"""What is seen while a database is open: top bar, notice, rail, pages and status line."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from core.errors import BotpulseError
from core.snapshot import Condition, Snapshot
from gui.pages import PAGES
from gui.theme import Themed
from gui.widgets import Mood, Notice, PageRail, StatusLine, TopBar, describe
from resources import Palette


class LivePanel(QWidget):
    """Shows snapshots of one database on the registered pages.

    Attributes:
        top: the bar at the top.
        notice: the line that says what stands in the way.
        pages: the pages by key, in the order of the rail.
        shown: the snapshot that is shown, or None.

    Signals:
        range_selected(float, float): the host marked a span in a plot, in epoch seconds.
    """

    range_selected = Signal(float, float)

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._zone = zone
        self._paused = False
        self.shown: Snapshot | None = None
        self.top = TopBar()
        self.notice = Notice()
        self.rail = PageRail(tuple(page.entry for page in PAGES))
        self.pages = {page.entry.key: page.make() for page in PAGES}
        self.status = StatusLine()
        self._book = QStackedWidget()
        self._arrange()
        self.rail.page_chosen.connect(self.show_page)
        for page in self.pages.values():
            page.range_selected.connect(self.range_selected)

    def begin(self, name: str, location: str) -> None:
        """Name the database that is being opened, and forget the last one."""
        self.shown = None
        self.notice.clear()
        self.top.set_database(name, location)
        self.top.show_state(Mood.ACCENT, "opening…")

    def show_snapshot(self, snapshot: Snapshot, now: float) -> None:
        """Show a snapshot on every page; the light pulses once when there are new events."""
        before, self.shown = self.shown, snapshot
        for page in self.pages.values():
            page.show_snapshot(snapshot)
        self.status.show_source(snapshot.source, self._zone.key)
        self._show_fault(snapshot.fault)
        self.tick(now)
        if before is not None and before.events[:1] != snapshot.events[:1]:
            self.top.light.pulse()

    def tick(self, now: float) -> None:
        """Let the ages grow; ``now`` in epoch seconds."""
        if self.shown is None:
            return
        shown = replace(self.shown, condition=Condition.PAUSED) if self._paused else self.shown
        self.top.show_state(*describe(shown, now))
        for page in self.pages.values():
            page.tick(now)

    def set_paused(self, paused: bool) -> None:
        """Say in the light that nothing is followed at the moment, or that it is again."""
        self._paused = paused

    def reset_view(self) -> None:
        """Forget every zoom: another range is to be shown."""
        for page in self.pages.values():
            page.reset_view()

    def show_page(self, key: str) -> None:
        """Turn to a page."""
        self.rail.set_current(key)
        self._book.setCurrentWidget(self.pages[key])

    def focus_page(self) -> None:
        """Give the keys to the page that is shown."""
        for page in self.pages.values():
            if page is self._book.currentWidget():
                page.first_focus.setFocus()

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        parts: tuple[Themed, ...] = (self.top, self.notice, self.rail, *self.pages.values())
        for part in parts:
            part.set_palette(palette)

    def _arrange(self) -> None:
        for page in self.pages.values():
            self._book.addWidget(page)
        beside, below, whole = QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        for layout in (beside, below, whole):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(0)
        beside.addWidget(self.notice)
        beside.addWidget(self._book, 1)
        below.addWidget(self.rail)
        below.addLayout(beside, 1)
        whole.addWidget(self.top)
        whole.addLayout(below, 1)
        whole.addWidget(self.status)
        self.show_page(next(iter(self.pages)))

    def _show_fault(self, fault: BotpulseError | None) -> None:
        if fault is None:
            self.notice.clear()
        else:
            self.notice.show_notice(Mood.WARN, f"{fault.title}. {fault.what_to_do}", "Try again")
