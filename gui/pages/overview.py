"""The Overview page: the bot at a glance, live."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.charts.overview_charts import commands_chart, images_chart
from core.charts.top_commands import top_commands_chart
from core.feed.masking import masked_event
from core.feed.snapshot import EventKind, Snapshot
from core.liveness.verdict import Verdict
from core.statistics.results import Overview
from core.text.dates import length_words
from core.time_ranges import HOUR
from gui.pages.overview_tiles import NEWEST, last_seen_tile, tiles
from gui.pages.page import Page, Tools
from gui.pages.wiring import wire_chart
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.linked_axes import LinkedTimeAxes
from gui.plots.time_series.plot import TimeSeriesPlot
from gui.style.theme import Themed
from gui.tables.events.list import EventList
from gui.widgets.card import Card
from gui.widgets.stat_tile import StatTile
from resources.design import Palette

_TILES: Final = 6
_MARGIN: Final = 16
_TABLES: Final = {EventKind.COMMAND: "commands", EventKind.IMAGE: "images", EventKind.ACTIVITY: "activity"}


class OverviewPage(Page):
    """Six tiles, two plots, the top commands and the latest events.

    Attributes:
        events: the list of latest events.
    """

    def __init__(self, tools: Tools, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Snapshot | None = None
        self._verdict: Verdict | None = None
        self._tiles = tuple(StatTile() for _ in range(_TILES))
        self._plots = (TimeSeriesPlot(), TimeSeriesPlot())
        self._commands = BarChartPlot()
        self.events = EventList()
        self._arrange()
        self.first_focus = self.events.table
        self._masking = tools.masking
        self._masking.changed.connect(self._show_events)
        self._linked = LinkedTimeAxes(self._plots, self)
        self._linked.view_changed.connect(self.view_changed)
        self._linked.zoomed_out.connect(self.zoomed_out)
        for tile in self._tiles:
            tile.opened.connect(self.rows_requested)
            tile.followed.connect(self._follow)
        for chart in (*self._plots, self._commands):
            wire_chart(self, chart)

    @property
    def charts(self) -> tuple[QWidget, ...]:
        """Its plots."""
        return (*self._plots, self._commands)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(_MARGIN)
        row = QHBoxLayout()
        row.setSpacing(_MARGIN)
        for tile in self._tiles:
            row.addWidget(tile, 1)
        column.addLayout(row)
        column.addLayout(self._cards(), 1)

    def _cards(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(_MARGIN)
        events = Card("Latest events")
        events.body.addWidget(self.events, 1)
        events.header.addWidget(self.events.pill)
        plots = (*self._plots, self._commands)
        for place, card in enumerate((*map(_plot_card, plots), events)):
            card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            grid.addWidget(card, *divmod(place, 2))
        for half, stretch in enumerate((11, 10)):
            grid.setColumnStretch(half, 1)
            grid.setRowStretch(half, stretch)
        return grid

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        parts: tuple[Themed, ...] = (*self._tiles, *self._plots, self._commands, self.events)
        for part in parts:
            part.set_palette(palette)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show ``snapshot``; only the parts that differ from the last one are drawn anew."""
        before, self._shown = self._shown, snapshot
        overview = snapshot.content
        if before is None or before.content != overview:
            for tile, content in zip(self._tiles, tiles(overview), strict=False):
                tile.show_tile(content)
            self._commands.show_chart(top_commands_chart(overview, no_commands(overview)))
        if before is None or (before.content, before.resets) != (overview, snapshot.resets):
            self._plots[0].show_chart(commands_chart(overview, resets=snapshot.resets))
            self._plots[1].show_chart(images_chart(overview, resets=snapshot.resets))
        self._show_events()
        self.tick(snapshot.taken, self._verdict)

    def reset_view(self) -> None:
        """Forget the host's zoom in both plots."""
        self._linked.reset()

    def _follow(self, place: str) -> None:
        """Where a tile leads: to a page, or to the newest row, in its table; the range is moved to it if it must."""
        if place != NEWEST:
            self.page_requested.emit(place)
        elif self._shown is not None and self._shown.events:
            seen, whole = self._shown.last_seen, self._shown.buckets.range
            if seen is not None and not whole.start <= seen < whole.end:
                self.range_selected.emit(seen - HOUR, seen + 1)
            self.newest_requested.emit(_TABLES[self._shown.events[0].kind])

    def _show_events(self) -> None:
        if self._shown is None:
            return
        overview, events = self._shown.content, self._shown.events
        if self._masking.masked:
            events = tuple(map(masked_event, events))
        self.events.show_events(events, overview.buckets.zone, self._shown.taken, no_events(overview))

    def tick(self, now: float, verdict: Verdict | None = None) -> None:
        """Let the age of the last event grow; ``now`` is in epoch seconds."""
        self._verdict = verdict
        if self._shown is not None:
            self._tiles[-1].show_tile(last_seen_tile(self._shown.content, now, verdict))


def no_commands(overview: Overview) -> str:
    """Return what stands in place of the top commands: why there are none, and how to get some."""
    if overview.last_seen is None:
        return "Nothing is recorded yet. Commands appear here as the bot runs them."
    if overview.totals.images:
        return (
            f"No commands {length_words(overview.buckets)}, only images. "
            "Commands are recorded where the bot calls track_command(…)."
        )
    return f"No commands {length_words(overview.buckets)}. Choose a longer range, or run one in Discord."


def no_events(overview: Overview) -> str:
    """Return what stands in place of the latest events."""
    if overview.last_seen is None:
        return "No events yet. Run a command in Discord: it appears here within a second."
    return "No events to show."


def _plot_card(plot: QWidget) -> Card:
    card = Card()
    card.body.addWidget(plot, 1)
    return card
