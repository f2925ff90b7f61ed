"""The plot of a heatmap: heading, ramp, fields, and the readout of the one that is pointed at."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.charts.data_table import data_table
from core.charts.specs import DataTable, HeatCell, Heatmap, Ink, Mark
from core.text.formatting import one_line
from gui.plots.heatmap.colour_scale import RampLegend
from gui.plots.heatmap.grid import HeatGrid
from gui.plots.shared.base import Plot
from gui.plots.shared.context_menu import ChartMenu, MenuEntry, show_rows_entry
from gui.plots.shared.messages import describe
from gui.plots.shared.tooltip import Readout
from gui.plots.shared.tooltip_text import Reading, ReadingRow, value_text
from gui.widgets.text import plain_tip
from resources import design
from resources.design import Palette, Theme


class HeatmapPlot(Plot):
    """Draws a :class:`core.charts.specs.Heatmap`: strength of colour for a value, nothing where there is no such field.

    Arrow keys move over the fields, Home and End to the ends of a row (with Ctrl: of all), Escape lets go; Enter,
    Space or a click choose a field.

    Signals:
        cell_chosen(HeatCell): a field was chosen.
    """

    cell_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        palette = design.palette(Theme.LIGHT)
        self._chart: Heatmap | None = None
        self._ramp, self._grid = RampLegend(palette), HeatGrid(palette)
        self._readout = Readout(self._grid)
        self._menu = ChartMenu(
            self._grid,
            self.data_table,
            own=self._entries,
            anchor=self._anchor,
            summary=lambda: self.summary,
            filled=lambda: self._chart is not None and self._chart.empty is None,
        )
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(8)
        head.addWidget(self._header, 1)
        head.addWidget(self._ramp, 0, Qt.AlignmentFlag.AlignTop)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._grid, 1)
        self.setFocusProxy(self._grid)
        self._grid.moved.connect(self._read)
        self._grid.chosen.connect(self._choose)
        self._pass_on()
        self.set_palette(palette)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        for part in (self._header, self._ramp, self._grid, self._readout):
            part.set_palette(palette)

    def show_chart(self, chart: Heatmap) -> None:
        """Draw a chart; the cursor stays on its field."""
        self._chart = chart
        known = (cell.value for row in chart.cells for cell in row if cell.value is not None)
        most = max((value for value in known if math.isfinite(value)), default=0.0)
        self._header.show_heading(chart.title, chart.subtitle)
        self._ramp.show_ramp(most if chart.empty is None else 0.0, chart.unit)
        self._grid.setAccessibleName(one_line(chart.title))
        self._grid.show_chart(chart, most)
        self._read()

    def reset_view(self) -> None:
        """Point at nothing: there is no zoom to come back from."""
        self._grid.move_to(None)

    def data_table(self) -> DataTable | None:
        """The fields as a table, or None while there are none."""
        return data_table(self._chart) if self._chart is not None and self._chart.empty is None else None

    @property
    def chart(self) -> Heatmap | None:
        """What is drawn."""
        return self._chart

    @property
    def grid(self) -> HeatGrid:
        """The fields: they take the focus, the mouse and the keys."""
        return self._grid

    @property
    def ramp(self) -> RampLegend:
        """The legend of the colours."""
        return self._ramp

    @property
    def cell(self) -> HeatCell | None:
        """The field that is pointed at, or None."""
        return self._grid.cell(self._grid.cursor_at)

    @property
    def reading(self) -> Reading | None:
        """What is read at the moment, or None where nothing is pointed at."""
        return self._readout.reading if self.cell is not None else None

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that suits the content."""
        return QSize(560, 260)

    def _read(self) -> None:
        cell, place = self.cell, self._grid.cursor_at
        if cell is None or place is None or self._chart is None:
            self._readout.hide()
        else:
            box, area = self._grid.box(place), QRectF(self._grid.rect())
            self._readout.show_reading(_reading(cell, place, self._chart), box, area)
            below, above = box.bottom() + 6, box.top() - 6 - self._readout.height()
            top = below if below + self._readout.height() <= area.bottom() else max(0.0, above)
            self._readout.move(QPoint(self._readout.x(), int(top)))
        leads_nowhere = cell is not None and bool(cell.value) and not cell.leads
        hint = self._chart.hint if self._chart is not None and leads_nowhere else ""
        self._grid.setToolTip(plain_tip(hint))
        describe((self, self._grid), self.summary, self.reading, hint)

    def _choose(self) -> None:
        if self.cell is not None:
            self.cell_chosen.emit(self.cell)
            self._open_cell()

    def _open_cell(self) -> None:
        if self.cell is not None:
            self._open(self.cell.opens)

    def _entries(self, at: QPoint | None) -> tuple[MenuEntry, ...]:
        cell = self.cell
        there = cell is not None and cell.opens is not None
        return (show_rows_entry(self._open_cell, cell.words if cell is not None else "", enabled=there),)

    def _anchor(self) -> QPoint | None:
        place = self._grid.cursor_at
        return self._grid.box(place).center().toPoint() if place is not None else None


def _reading(cell: HeatCell, place: tuple[int, int], chart: Heatmap) -> Reading:
    row, column = place
    where = cell.words or " ".join(filter(None, (chart.rows[row], chart.columns[column])))
    text = value_text(cell.value, chart.unit)
    return Reading(one_line(where, 80), (ReadingRow(one_line(chart.value, 60), text, Ink.ACCENT, Mark.BAR),))
