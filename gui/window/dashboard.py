"""What is seen while a database is open: top bar, notice, rail, pages and status line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.alarms.verdict import Verdict
from core.errors import BotpulseError, DatabaseMissing
from core.feed.snapshot import Condition, Snapshot
from core.filters import Filter
from core.storage.location import Location
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.pages.page import Page, Tools
from gui.pages.registry import pages
from gui.style.accessibility import announce
from gui.style.severity import Severity
from gui.widgets.filter_strip import FilterStrip
from gui.widgets.live_light import describe
from gui.widgets.notice import Notice
from gui.widgets.page_rail import PageRail
from gui.widgets.parts import WidgetStack, column, row
from gui.widgets.source_line import SourceLine
from gui.widgets.text import set_tip
from gui.widgets.top_bar import TopBar
from gui.window import actions
from gui.window.actions import Actions
from gui.window.turns import WorkInTurns
from resources.design import Palette

_PASSED_ON: Final = (
    "range_selected",
    "everything_requested",
    "filter_requested",
    "rows_filtered",
    "view_changed",
    "zoomed_out",
    "export_requested",
    "copy_requested",
    "naming_requested",
    "forgetting_requested",
)


_SILENCE: Final = "silence"
_FAULT: Final = "fault"
"""What notices of ours are about."""

_READER: Final = "reader"
_REPLACED: Final = _(
    "The part of Botpulse that reads the database had to be started again. Nothing in the database was touched, and"
    " what is shown stays. There is nothing to do; if it happens often, the log on the Health page says why."
)
_LONGEST_REASON: Final = 300

ABOUT_PAGE: Final = "page"
"""A notice about the page that is shown: it goes with it."""


class LivePanel(QWidget):
    """Shows snapshots of one database on the registered pages, each made when it is first turned to.

    Attributes:
        top: the bar at the top.
        strip: what the pages are filtered by.
        notice: the line that says what stands in the way.
        rail: the switch between pages.
        pages: the pages that were made so far, by key.
        page: the key of the page that is shown.
        shown: the snapshot that is shown, or None.

    Signals:
        snapshot_begun(Snapshot): this one is shown from now on, part by part.
        snapshot_shown(Snapshot): the page shows this one now, all of it.
        location_changed(object): this database (Location) is opened, or none.
        page_shown(str): another page, or another part of it, is shown.
        range_selected(float, float) … forgetting_requested(str): the pages', as they say them there.
    """

    snapshot_begun = Signal(object)
    snapshot_shown = Signal(object)
    location_changed = Signal(object)
    page_shown = Signal(str)
    range_selected = Signal(float, float)
    everything_requested = Signal()
    filter_requested = Signal(object)
    rows_filtered = Signal()
    view_changed = Signal(object)
    zoomed_out = Signal()
    export_requested = Signal(object)
    copy_requested = Signal(object)
    naming_requested = Signal(object)
    forgetting_requested = Signal(str)

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tools = tools
        self._verdict: Verdict | None = None
        self._location: Location | None = None
        self.shown: Snapshot | None = None
        self.page = ""
        self.top = TopBar()
        self.top.show_masking(tools.masking.masked)
        tools.masking.changed.connect(self.top.show_masking)
        self.strip = FilterStrip(tools.zone)
        self.notice = Notice()
        self.rail = PageRail(tuple(page.entry for page in pages()))
        self.pages: dict[str, Page] = {}
        self.status = SourceLine()
        self._book = WidgetStack()
        self._turns = WorkInTurns(self)
        self._arrange()
        self.rail.page_chosen.connect(self.show_page)

    @property
    def current(self) -> Page:
        """The page that is shown."""
        return self.pages[self.page]

    def connect_actions(self, window_actions: Actions) -> None:
        """Let the View menu turn the pages, and tick the one that is shown; the top bar names its keys."""
        hints = {spec.key.removeprefix("range_"): actions.shortcut_text(spec) for spec in actions.RANGES}
        self.top.set_shortcut_hints(hints, *map(actions.shortcut_text, (actions.PAUSE, actions.MASK, actions.ALARMS)))
        self.top.masking.clicked.connect(lambda: self._switch_masking(window_actions))
        for page in pages():
            key = page.entry.key
            window_actions.on(actions.page_action(key), partial(self.show_page, key))
        self.page_shown.connect(lambda key: window_actions[actions.page_action(key)].setChecked(True))
        window_actions[actions.page_action(self.page)].setChecked(True)

    def begin(self, name: str, location: Location) -> None:
        """Name the database that is being opened (``name`` may stand for its own), and forget the last one."""
        self._turns.abandon()
        self.shown = None
        self._location = location
        self.location_changed.emit(location)
        self.notice.hide()
        self.top.set_database(name, str(location))
        self.top.light.show_state(Severity.ACCENT, _("opening…"))
        self.rail.begin()
        for page in self.pages.values():
            page.begin(location)

    def leave(self) -> None:
        """Let go of the database."""
        self._turns.abandon()
        self._location = None
        self.location_changed.emit(None)
        self.rail.leave()
        for page in self.pages.values():
            page.begin(None)

    def end(self) -> None:
        """The window closes."""
        self._turns.abandon()
        for page in self.pages.values():
            page.end()

    def show_snapshot(self, snapshot: Snapshot, now: float, *, in_turns: bool) -> None:
        """Show a snapshot on its page, at once or ``in_turns``; the light pulses once when there are new events.

        Where a fault begins or ends, notice, light and page say so in one turn.
        """
        before = self.shown
        if in_turns and before is not None and (before.fault is None) is (snapshot.fault is None):
            self._turns.do(lambda: self._showing(snapshot, now))
        else:
            self._turns.abandon()
            for _part in self._showing(snapshot, now):
                pass

    def _showing(self, snapshot: Snapshot, now: float) -> Iterator[None]:
        before, self.shown = self.shown, snapshot
        self.snapshot_begun.emit(snapshot)
        self._show_fault(snapshot.fault)
        if snapshot.page == self.page:
            yield from self.pages[self.page].showing(snapshot)
        self.status.show_source(snapshot.source, self._tools.zone.key)
        self.tick(now)
        if before is not None and before.events[:1] != snapshot.events[:1]:
            self.top.light.pulse()
        self.snapshot_shown.emit(snapshot)

    def show_replaced(self, reason: str) -> None:
        """Say that the reading began anew; ``reason`` is why. What is shown stays until there is something newer."""
        self.notice.show_notice(Severity.ACCENT, _REPLACED, tip=one_line(reason, _LONGEST_REASON), about=_READER)

    def tick(self, now: float) -> None:
        """Let the ages grow; ``now`` in epoch seconds."""
        if self.shown is None:
            return
        shown = replace(self.shown, condition=Condition.PAUSED) if self.top.pause.isChecked() else self.shown
        severity, words = describe(shown, now)
        verdict = self._verdict if shown.condition is Condition.LIVE else None
        told = verdict is not None and (verdict.alarming or severity is Severity.WARN)
        if verdict is not None and told:
            severity, words = Severity.WARN if verdict.alarming else Severity.MUTED, verdict.headline
        self.top.light.show_state(severity, words)
        set_tip(self.top.light, _explained(verdict) if told else "")
        self.pages[self.page].tick(now, self._verdict)

    def note_verdict(self, verdict: Verdict | None) -> None:
        """Why the bot is silent, in words of this moment; the next tick shows it. A notice ages with the light."""
        self._verdict = verdict
        if verdict is not None and self.notice.about == _SILENCE and not self.notice.isHidden():
            self._show_words_of(verdict)

    def show_verdict(self, verdict: Verdict | None) -> None:
        """Another verdict: where something is amiss, a notice says what to do; its tool tip has the evidence."""
        self._verdict = verdict
        if verdict is None or not verdict.alarming:
            self.notice.withdraw(_SILENCE)
        elif self.shown is not None and self.shown.fault is None:
            self._show_words_of(verdict)

    def _show_words_of(self, verdict: Verdict) -> None:
        words = f"{verdict.headline}. {verdict.advice or verdict.evidence}"
        self.notice.show_notice(Severity.WARN, words, tip=_explained(verdict), about=_SILENCE)

    def set_row_height(self, pixels: int) -> None:
        """Make the tables' rows this high."""
        for page in self.pages.values():
            page.set_row_height(pixels)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone; what the pages count follows with the next snapshot."""
        self._turns.abandon()  # what it shows is of another zone
        self._tools = replace(self._tools, zone=zone)
        self.strip.set_zone(zone)
        for page in self.pages.values():
            page.set_zone(zone)
        self.reset_view()

    def reset_view(self) -> None:
        """Forget every zoom: another range is to be shown."""
        for page in self.pages.values():
            page.reset_view()

    def show_page(self, key: str) -> None:
        """Turn to a page; it shows itself with the next snapshot that is for it. An unknown key is a KeyError."""
        if key not in self.pages:
            self.pages[key] = self._make(key)
        self.rail.set_current(key)
        self._book.setCurrentWidget(self.pages[key])
        if key != self.page:
            announce(self, _("Page {accessibleName}").format(accessibleName=self.rail.button(key).accessibleName()))
            self.page = key
            self.notice.withdraw(ABOUT_PAGE)
            self.page_shown.emit(key)

    def focus_page(self) -> None:
        """Give the keys to the page that is shown."""
        self.pages[self.page].first_focus.setFocus()

    def open_rows(self, table: str, chosen: Filter) -> None:
        """Turn to the page that shows this table, and show these rows there."""
        self.show_page(next(page.entry.key for page in pages() if page.table == table))
        self.pages[self.page].open_rows(chosen)

    def open_newest(self, table: str) -> None:
        """Turn to the page that shows this table, and show its newest rows there."""
        self.show_page(next(page.entry.key for page in pages() if page.table == table))
        self.pages[self.page].open_newest()

    def set_palette(self, palette: Palette) -> None:
        """Draw the charts in another theme's colours; all else follows by itself."""
        for page in self.pages.values():
            for plot in page.charts:
                plot.set_palette(palette)

    def _arrange(self) -> None:
        beside = column(self.strip, self.notice, (self._book, 1), gap=0)
        below = row(self.rail, (beside, 1), gap=0)
        column(self.top, (below, 1), self.status, on=self, gap=0)
        self.show_page(pages()[0].entry.key)

    def _make(self, key: str) -> Page:
        page = next(page for page in pages() if page.entry.key == key).make(self._tools)
        self._book.addWidget(page)
        page.rows_requested.connect(self.open_rows)
        page.page_requested.connect(self._turn_and_focus)
        page.newest_requested.connect(self.open_newest)
        page.attention.connect(partial(self.rail.set_badge, key))
        page.wanted_changed.connect(lambda: self.page_shown.emit(key))
        for name in _PASSED_ON:
            getattr(page, name).connect(getattr(self, name))
        page.begin(self._location)
        return page

    def _switch_masking(self, window_actions: Actions) -> None:
        """Mask prompts, or show them; where they are only shown for a while, that ends."""
        if self._tools.masking.revealing:
            self._tools.masking.hide_now()
        else:
            window_actions[actions.MASK].trigger()
        self.top.show_masking(self._tools.masking.masked)

    def _turn_and_focus(self, key: str) -> None:
        self.show_page(key)
        self.focus_page()

    def _show_fault(self, fault: BotpulseError | None) -> None:
        """A fault's notice goes with it; what others have said meanwhile stays."""
        if fault is not None:
            again = _(" It opens by itself once it is there.") if isinstance(fault, DatabaseMissing) else ""
            words = f"{fault.title}. {fault.what_to_do}{again}"
            self.notice.show_notice(Severity.WARN, words, _("Try again"), about=_FAULT)
        else:
            self.notice.withdraw(_FAULT)


def _explained(verdict: Verdict | None) -> str:
    return f"{verdict.evidence} {verdict.advice}".strip() if verdict is not None else ""
