"""The Overview page: the bot at a glance, live."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from core.alarms.verdict import Verdict
from core.feed.snapshot import Event, EventKind, Snapshot, masked_event
from core.filters import EVERYTHING, Filter
from core.models import ActionType, Outcome
from core.presenters.overview_tiles import KEYS, LAST_SEEN, NEWEST, last_seen_tile
from core.presenters.presenter import Content
from core.storage.location import Location
from core.text.translation import gettext as _
from core.time_ranges import HOUR
from gui.pages.charts import MARGIN, ChartPage, Panel, Section
from gui.pages.page import Tools
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.tables.events.list import EventList
from gui.widgets.card import Card
from gui.widgets.parts import column, row
from gui.widgets.since_line import NewsPart, SinceLine
from gui.widgets.stat_tile import StatTile

if TYPE_CHECKING:
    from core.statistics.news import SinceThen

_TABLES: Final = {EventKind.COMMAND: "commands", EventKind.IMAGE: "images", EventKind.ACTIVITY: "activity"}
_NEWS: Final = {
    NewsPart.FAILURES: ("failures", Filter.of(reason=Outcome.ERROR.value)),
    NewsPart.RESTARTS: ("activity", Filter.of(action=ActionType.BOT_START.value)),
    NewsPart.SLOWER: ("images", EVERYTHING),
}
"""The rows behind what is new, by table."""

CHARTS: Final = Section(
    _("Overview"),
    (Panel("commands", TimeSeriesPlot), Panel("images", TimeSeriesPlot, 0, 1), Panel("top_commands", BarChartPlot, 1)),
    (1, 1),
    (11, 10),
)


class OverviewPage(ChartPage):
    """Tiles, two plots, the top commands and the latest events.

    Attributes:
        tiles: by their keys.
        events: the list of latest events.
        since: what is new since the host last looked.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__((CHARTS,), parent)
        self._shown: Snapshot | None = None
        self._verdict: Verdict | None = None
        self.tiles = {key: StatTile() for key in KEYS}
        self.events = EventList()
        self.since = SinceLine(tools.zone)
        self._arrange()
        self.first_focus = self.events.table
        self._masking = tools.masking
        self._masking.changed.connect(self._show_events)
        for tile in self.tiles.values():
            tile.opened.connect(self.rows_requested)
            tile.followed.connect(self._follow)
        self.events.opened.connect(self._open_event)
        self.since.opened.connect(self._open_news)

    def _arrange(self) -> None:
        tiles = row(*((tile, 1) for tile in self.tiles.values()), gap=MARGIN)
        self._charts.place(Card(_("Latest events"), (self.events, 1), beside=(self.events.pill,)), 1, 1)
        column(self.since, tiles, (self._charts, 1), on=self, gap=MARGIN, margins=(MARGIN, MARGIN, MARGIN, MARGIN))

    def begin(self, location: Location | None) -> None:
        """Another database is opened, or none: forget the last one."""
        del location
        self._shown = None
        self.since.hide()
        self._charts.forget()
        for tile in self.tiles.values():
            tile.forget()

    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """Show ``snapshot``; only the parts that differ from the last one are drawn anew."""
        self._shown = snapshot
        content: Content = snapshot.content
        for key, tile in content.tiles.items():
            self.tiles[key].show_tile(tile, content.coverage)
            yield
        self.tick(snapshot.taken, self._verdict)
        self._show_events()
        yield
        yield from self._charts.showing(content.charts)

    def _follow(self, place: str) -> None:
        """Where a tile leads: to a page, or to the newest row, in its table; the range is moved to it if it must."""
        if place != NEWEST:
            self.page_requested.emit(place)
        elif self._shown is not None and self._shown.events:
            self._reach(self._shown.last_seen)
            self.newest_requested.emit(_TABLES[self._shown.events[0].kind])

    def _open_event(self, event: Event) -> None:
        self._reach(event.timestamp)
        self.rows_requested.emit(_TABLES[event.kind], Filter.of(id=event.id))

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        super().set_zone(zone)
        self.since.set_zone(zone)

    def _open_news(self, part: NewsPart, news: SinceThen) -> None:
        """Show what was counted: the range is the time since the host last looked."""
        self.range_selected.emit(float(math.floor(news.since)), news.until)
        if part is NewsPart.USERS:
            self.page_requested.emit("users")
        elif part is NewsPart.FAILURES and not news.causes:
            self.rows_requested.emit("commands", Filter.of(outcome="failed"))
        else:
            self.rows_requested.emit(*_NEWS[part])

    def _reach(self, moment: float | None) -> None:
        """Move the range to a moment that lies outside of it: its table would not have the row."""
        whole = self._shown.buckets.range if self._shown is not None else None
        if whole is not None and moment is not None and not whole.start <= moment < whole.end:
            self.range_selected.emit(moment - HOUR, moment + 1)

    def _show_events(self) -> None:
        if self._shown is None:
            return
        shown, events = self._shown, self._shown.events
        if self._masking.masked:
            events = tuple(map(masked_event, events))
        self.events.show_events(events, shown.buckets.zone, shown.taken, no_events(shown))

    def tick(self, now: float, verdict: Verdict | None = None) -> None:
        """Let the age of the last event grow; ``now`` is in epoch seconds."""
        self._verdict = verdict
        if self._shown is not None:
            self.tiles[LAST_SEEN].show_tile(last_seen_tile(self._shown.content.extra, now, verdict))


def no_events(snapshot: Snapshot) -> str:
    """Return what stands in place of the latest events."""
    if snapshot.last_seen is None:
        return _("No events yet. Run a command in Discord: it appears here within a second.")
    if snapshot.chosen:
        return _("None of the latest events match the filter.")
    return _("No events to show.")
