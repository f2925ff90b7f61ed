"""What every plot offers to the pages, the window and the export, whatever it draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QVBoxLayout, QWidget

from core.charts.data_table import DataTable, data_table
from core.charts.specs import AnyChart, Opens
from core.coverage import Coverage
from core.text.formatting import one_line
from core.time_ranges import TimeRange
from gui.plots.shared.context_menu import ChartMenu, MenuEntry
from gui.plots.shared.header import Header
from gui.plots.shared.legend import Chip, Sample, only, order_tabs
from gui.plots.shared.tooltip import Readout
from gui.plots.shared.tooltip_text import Reading
from gui.style.accessibility import StandingWords, announce
from gui.style.theme import Themed
from gui.widgets.pending import Pending, Veil, reading_words
from resources import design
from resources.design import Palette, Theme

_GAP: Final = 4

C = TypeVar("C", bound=AnyChart)


class Zoom(Protocol):
    """What a plot over time can do beside: show a part of it."""

    @property
    def view(self) -> TimeRange:
        """The time that is shown, epoch seconds."""

    @property
    def zoomed(self) -> bool:
        """Whether the host chose a view; if not, the whole (moving) range is shown."""

    def show(self, view: TimeRange | None) -> None:
        """Zoom to a part of the time as another chart shows it, or, with None, to all of it."""

    def reset(self) -> None:
        """Back from the host's zoom to the whole range."""


class Plot(QWidget, Generic[C]):
    """A chart's widget. A subclass draws, says what is pointed at, and ends its construction with ``_finish``.

    Signals:
        rows_requested(str, Filter): the rows behind a mark are wanted, of the table with this key.
        filter_requested(Filter): what is shown is to be narrowed down to a mark's rows.
        range_selected(float, float): a span was chosen, epoch seconds; never where there is no time.
        series_toggled(str, bool): a series was switched on or off in the legend.
        naming_requested(NameKey): the host wants to give somebody, or a place, a name.
        forgetting_requested(str): the host wants everything of the user with this id to be removed.
    """

    rows_requested = Signal(str, object)
    filter_requested = Signal(object)
    range_selected = Signal(float, float)
    series_toggled = Signal(str, bool)
    naming_requested = Signal(object)
    forgetting_requested = Signal(str)

    size_hint: ClassVar[QSize]

    def __init__(self, surface: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time runs so, and numbers, wherever all else begins
        self._chart: C | None = None
        self._surface = surface
        self._pad = surface.viewport() if isinstance(surface, QAbstractScrollArea) else surface
        self._hidden: frozenset[str] = frozenset()
        self._spoken, self._spoken_at = StandingWords(surface), ("", "")
        self._header = Header(design.palette(Theme.LIGHT))
        self._header.filter_requested.connect(self.filter_requested)
        self._header.series_toggled.connect(self._toggle)
        self._header.only_requested.connect(self._show_only)
        self._readout = Readout(self._pad)
        self._veil = Veil(surface)
        self._pending = Pending(self._show_coverage, self)

    def _finish(self, *themed: Themed) -> None:
        """Attach the menu, last of the event filters and so the first to be asked; ``themed`` take the colours."""
        self._menu = ChartMenu(self, self._surface)
        self._themed: tuple[Themed, ...] = (self._header, self._readout, self._veil, *themed)
        self.set_palette(design.palette(Theme.LIGHT))

    @property
    def chart(self) -> C | None:
        """What is drawn; None before the first."""
        return self._chart

    @property
    def drawn(self) -> bool:
        """Whether there is a drawing, and so numbers: else words stand in its place."""
        return self._chart is not None and self._chart.empty is None

    @property
    def summary(self) -> str:
        """One sentence that says what the chart shows, for screen readers too."""
        return "" if self._chart is None else self._chart.summary or self._chart.empty or ""

    @property
    def menu(self) -> ChartMenu:
        """The context menu and the keys that are the same for all charts."""
        return self._menu

    @property
    def legend(self) -> tuple[Chip, ...]:
        """The legend's chips, in the order of the series; none where there is but one."""
        return self._header.chips

    @property
    def hidden_series(self) -> frozenset[str]:
        """The names of the series that the host switched off."""
        return self._hidden

    @property
    def zoom(self) -> Zoom | None:
        """The part of the time that is shown; None where there is no time to zoom."""
        return None

    @property
    def reading(self) -> Reading | None:
        """What is read at the moment, or None where nothing is pointed at."""
        return self._readout.reading if self._points else None

    @property
    def left_out(self) -> str:
        """What a picture has no room for, in words; empty where it shows everything."""
        return ""

    @property
    def height_of_all(self) -> int:
        """How high it would have to be for all that it shows, in pixels."""
        return self.height()

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        for part in self._themed:
            part.set_palette(palette)

    def show_chart(self, chart: C) -> None:
        """Draw a chart. What the host pointed at, hid or zoomed to stays as it is."""
        before, self._chart = self._chart, chart
        chips = self._header.chips
        self._header.show_heading(chart.title, chart.subtitle, self._samples(chart), self._hidden)
        if self._header.chips != chips:
            order_tabs(self._surface, self._header.stops)
        self._veil.over_words = not self.drawn
        self._show(chart, before)

    def note_coverage(self, coverage: Coverage) -> None:
        """So much is known of what is to be shown; a picture that is not of it is dimmed after a moment."""
        self._pending.note(coverage)

    @property
    def dimmed(self) -> bool:
        """Whether what is seen is the picture of before, as nothing can be told yet."""
        return not self._veil.isHidden() and self._veil.coverage.pending

    def data_table(self) -> DataTable | None:
        """The chart's numbers, or None while nothing is drawn."""
        return data_table(self._chart) if self._chart is not None and self.drawn else None

    def entries(self, at: QPoint | None) -> Iterable[MenuEntry]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        raise NotImplementedError

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        raise NotImplementedError

    def resemble(self, other: Plot[C]) -> None:
        """Be a picture of another plot of the same kind, in which nothing can be scrolled or unfolded."""
        self._header.show_whole()
        if other.chart is not None:
            self.show_chart(other.chart)
        for chip in self.legend:
            if chip.series_name in other.hidden_series:
                chip.click()

    def settle_picture(self) -> None:
        """Make the best of the size that the picture has turned out to have."""

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        return self.size_hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let a legend above the whole width take its lines before the layout shares out the height."""
        super().resizeEvent(event)
        if self._header.chips:
            self._header.make_room(event.size().width())

    @property
    def _points(self) -> bool:
        """Whether something is pointed at."""
        return False

    def _samples(self, chart: C) -> tuple[Sample, ...]:
        """The legend of a chart."""
        del chart
        return ()

    def _show(self, chart: C, before: C | None) -> None:
        """Draw a chart in place of the one before."""
        raise NotImplementedError

    def _redraw(self) -> None:
        """Draw anew: other series are hidden, or the scale is another one."""

    def _show_coverage(self, coverage: Coverage) -> None:
        """Say how much is known."""
        self._veil.show_coverage(coverage)
        self._describe()

    def _lay_out(self) -> None:
        """Put the header above what is drawn on; that takes the keys."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._header)
        column.addWidget(self._surface, 1)
        self.setFocusProxy(self._surface)

    def _open(self, opens: Opens | None) -> None:
        """Ask for rows, where there are some."""
        if opens is not None:
            self.rows_requested.emit(opens.table, opens.chosen)

    def _toggle(self, name: str, shown: bool) -> None:
        self._hide(self._hidden - {name} if shown else self._hidden | {name})

    def _show_only(self, name: str) -> None:
        self._hide(only(name, [chip.series_name for chip in self.legend], self._hidden))

    def _hide(self, hidden: frozenset[str]) -> None:
        before, self._hidden = self._hidden, hidden
        self._header.mark_hidden(hidden)
        self._redraw()
        for name in sorted(before ^ hidden):
            self.series_toggled.emit(name, name in before)

    def _show_hand(self, opens: bool) -> None:
        """Let the mouse's pointer say whether a click opens something."""
        if opens:
            self._pad.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self._pad.unsetCursor()

    def _describe(self, *more: str) -> None:
        """Tell screen readers the chart's name and summary, and what is pointed at, with what more there is to say.

        The latter is spoken when it is another place than before, not when the values there grow.
        """
        chart, coverage = self._chart, self._veil.coverage
        name = ", ".join(filter(None, map(one_line, (chart.title, chart.subtitle)))) if chart is not None else ""
        pending = f"{reading_words(coverage)}." if not coverage.whole else ""
        self._spoken.say(name, " ".join(filter(None, (self.summary, pending))))
        reading = self.reading
        at = reading.place if reading is not None else ("", "")
        if at != self._spoken_at:
            self._spoken_at = at
            if reading is not None and self._surface.hasFocus():
                announce(self._surface, " ".join(filter(None, (str(reading), *more))))


AnyPlot: TypeAlias = Plot[Any]
"""A plot of whatever kind of chart, where several kinds stand side by side."""
