"""What the window asks of a page, and what it hands to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.alarms.verdict import Verdict
from core.feed.snapshot import Snapshot
from core.filters import Filter
from core.storage.location import Location
from core.time_ranges import TimeRange
from core.worker.live.process import LiveProcess
from gui.plots.shared.base import AnyPlot
from gui.settings import Settings
from gui.status.masking import Masking
from gui.status.pictures import Pictures

if TYPE_CHECKING:
    from gui.tables.records.table import TablePanel


@dataclass(frozen=True, slots=True)
class Tools:
    """What every page is handed when it is made.

    Attributes:
        zone: whose hours and days are shown.
        masking: whether prompts are hidden at the moment.
        memory: what tables remember of their columns.
        process: what reads the tables' rows; None: a thread each.
        pictures: what may be seen of images; None: nothing.
    """

    zone: ZoneInfo
    masking: Masking
    memory: Settings
    process: LiveProcess | None = None
    pictures: Pictures | None = None


class Page(QWidget):
    """A page of the window. It asks for nothing: what it shows is handed to it, what the host wants is told.

    Attributes:
        first_focus: what takes the keys when the host turns to the page. No focus proxy: Tab would leave out
            everything else on the page.
        table: the page's rows, or None.

    Signals:
        range_selected(float, float): the host marked a span of time, in epoch seconds.
        everything_requested(): the range is to be all time.
        page_requested(str): the host wants to turn to the page with this key.
        newest_requested(str): the host wants to see the newest rows of the table with this key.
        rows_requested(str, Filter): the host wants to see the rows behind a mark, of the table with this key.
        filter_requested(Filter): what is shown is to be narrowed down by these terms, too.
        rows_filtered(): the page's table shows other rows, by its own filter box.
        view_changed(object): the host sees this part (TimeRange) of the range, or all of it (None).
        zoomed_out(): the host wants to see more than the range.
        export_requested(object): this chart's or table's widget is to be exported.
        copy_requested(object): a picture of this chart's widget is to be copied.
        naming_requested(NameKey): the host wants to name a user, a server or a channel.
        forgetting_requested(str): the host wants everything of the user with this id to be removed.
        attention(int, str): so many things on the page should be looked at, and what they are in words.
        wanted_changed(): other charts are seen now; :attr:`wanted` has their keys.
    """

    range_selected = Signal(float, float)
    everything_requested = Signal()
    page_requested = Signal(str)
    newest_requested = Signal(str)
    rows_requested = Signal(str, object)
    filter_requested = Signal(object)
    rows_filtered = Signal()
    view_changed = Signal(object)
    zoomed_out = Signal()
    export_requested = Signal(object)
    copy_requested = Signal(object)
    naming_requested = Signal(object)
    forgetting_requested = Signal(str)
    attention = Signal(int, str)
    wanted_changed = Signal()

    first_focus: QWidget
    table: TablePanel | None = None

    @property
    def wanted(self) -> frozenset[str] | None:
        """The keys of the charts that are seen at the moment; None where the page shows all it has."""
        return None

    @property
    def charts(self) -> tuple[AnyPlot, ...]:
        """The page's plots, seen or not."""
        return ()

    @property
    def view(self) -> TimeRange | None:
        """The part of the range that the host zoomed in on; None is all of it."""
        return None

    @property
    def rows_text(self) -> str:
        """What the filter box of the page's table says, with ids for names; empty where there is none."""
        return self.table.frame.filter_box.meant_text.strip() if self.table is not None else ""

    def show_view(self, view: TimeRange | None) -> None:
        """Zoom in on a part of the range, where the page has charts over time; None: show all of it."""

    def show_rows_text(self, text: str) -> None:
        """Put a text into the filter box of the page's table, where there is one."""
        if self.table is not None and text != self.rows_text:
            self.table.frame.filter_box.set_text(text)

    def begin(self, location: Location | None) -> None:
        """Another database is opened, or none: forget the last one."""

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show this at once; draw only what differs."""
        for _part in self.showing(snapshot):
            pass

    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """Show this, a part with each step: a chart, a tile, a list. What is left for later shows the one before."""
        raise NotImplementedError

    def open_rows(self, chosen: Filter) -> None:
        """Show these rows in the page's table; a page without one does nothing."""

    def open_newest(self) -> None:
        """Show all rows of the page's table, the newest first; a page without one does nothing."""

    def reset_view(self) -> None:
        """Forget the host's zoom: another range is to be shown."""

    def set_row_height(self, pixels: int) -> None:
        """Make the rows of the page's table this high."""
        if self.table is not None:
            self.table.view.set_row_height(pixels)

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone from now on; what a snapshot says comes in it already."""

    def tick(self, now: float, verdict: Verdict | None = None) -> None:
        """Let ages grow; ``now`` in epoch seconds, ``verdict`` is what the bot's silence is taken for."""

    def end(self) -> None:
        """The window closes: end what runs beside it."""
