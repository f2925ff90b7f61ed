"""What all plots have in common: what they ask the window for, their menu, and the legend and zoom of most."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.charts.data_table import data_table
from core.charts.specs import AnyChart, DataTable, Opens
from core.time_ranges import TimeRange
from gui.plots.shared.context_menu import ChartMenu
from gui.plots.shared.header import Header
from gui.plots.shared.legend import Chip
from gui.plots.time_series.canvas import Canvas
from gui.plots.time_series.navigator import Navigator
from resources import design
from resources.design import Theme

_GAP: Final = 4


class Plot(QWidget):
    """A chart's widget; a subclass draws, and makes the menu.

    Signals:
        rows_requested(str, Filter): the rows behind a mark are wanted, of the table with this key.
        filter_requested(Filter): what is shown is to be narrowed down to a mark's rows.
        export_requested(), copy_picture_requested(), copy_data_requested(): chosen in the context menu.
    """

    rows_requested = Signal(str, object)
    filter_requested = Signal(object)
    export_requested = Signal()
    copy_picture_requested = Signal()
    copy_data_requested = Signal()

    _chart: Any
    _menu: ChartMenu

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._header = Header(design.palette(Theme.LIGHT))

    @property
    def summary(self) -> str:
        """One sentence that says what the chart shows, for screen readers too."""
        return "" if self._chart is None else self._chart.summary or self._chart.empty or ""

    @property
    def menu(self) -> ChartMenu:
        """The context menu and the keys that are the same for all charts."""
        return self._menu

    @property
    def left_out(self) -> str:
        """What a picture has no room for, in words; empty where it shows everything."""
        return ""

    def become_picture(self) -> None:
        """Be made for a picture, in which nothing can be scrolled or unfolded; before it is shown."""
        self._header.show_whole()

    def settle_picture(self) -> None:
        """Make the best of the size that the picture has turned out to have."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Let a legend above the whole width take its lines before the layout shares out the height."""
        super().resizeEvent(event)
        if self._header.chips:
            self._header.make_room(event.size().width())

    def _pass_on(self) -> None:
        """What the menu and the header are asked for is asked of the window."""
        for name in ("export_requested", "copy_picture_requested", "copy_data_requested"):
            getattr(self._menu, name).connect(getattr(self, name))
        self._header.filter_requested.connect(self.filter_requested)

    def _lay_out(self, surface: QWidget) -> None:
        """Put the header above what is drawn on; that takes the keys."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._header)
        column.addWidget(surface, 1)
        self.setFocusProxy(surface)

    def _open(self, opens: Opens | None) -> None:
        """Ask for rows, where there are some."""
        if opens is not None:
            self.rows_requested.emit(opens.table, opens.chosen)


class LegendPlot(Plot):
    """A plot with a legend whose chips switch its series on and off.

    Signals:
        series_toggled(str, bool): a series was switched on or off in the legend.
    """

    series_toggled = Signal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden: frozenset[str] = frozenset()

    @property
    def legend(self) -> tuple[Chip, ...]:
        """The legend's chips, in the order of the series; none where there is but one."""
        return self._header.chips

    @property
    def hidden_series(self) -> frozenset[str]:
        """The names of the series that the host switched off."""
        return self._hidden


class TimePlot(LegendPlot):
    """A plot over time: wheel and keys zoom, dragging pans, a crosshair moves.

    Signals:
        range_selected(float, float): a span was dragged out with Shift held; epoch seconds.
        view_changed(): the host zoomed, panned or went back; :meth:`visible_range` has the result.
    """

    range_selected = Signal(float, float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = Canvas()
        self._navigator = Navigator(self._canvas)
        self._navigator.has_heights = True
        self._navigator.selected.connect(self.range_selected)
        self._lay_out(self._canvas)

    def show_range(self, view: TimeRange | None) -> None:
        """Zoom to a part of the time as another chart shows it, or, with None, to all of it."""
        self._navigator.show(view)

    def reset_view(self) -> None:
        """Back from the host's zoom to the whole range."""
        self._navigator.reset()

    def visible_range(self) -> TimeRange:
        """The time that is shown, epoch seconds."""
        return self._navigator.view

    @property
    def is_zoomed(self) -> bool:
        """Whether the host chose a view; if not, the whole (moving) range is shown."""
        return self._navigator.zoomed

    @property
    def logarithmic(self) -> bool:
        """Whether axes of durations have a logarithmic scale."""
        return self._canvas.logarithmic

    @property
    def canvas(self) -> Canvas:
        """The drawing surface: it takes the focus, the mouse and the keys."""
        return self._canvas


def numbers_of(chart: AnyChart | None) -> DataTable:
    """A chart's numbers.

    Raises:
        LookupError: no chart was shown yet.
    """
    if chart is None:
        raise LookupError("no chart was shown yet")
    return data_table(chart)
