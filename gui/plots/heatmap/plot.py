"""The plot of a heatmap: heading, ramp, fields, and the readout of the one that is pointed at."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.charts.specs import HeatCell, Heatmap, Ink, Mark
from core.text.formatting import one_line
from gui.plots.heatmap.colour_scale import RampLegend
from gui.plots.heatmap.grid import HeatGrid
from gui.plots.shared.base import Plot
from gui.plots.shared.context_menu import MenuEntry, show_rows_entry
from gui.plots.shared.tooltip_text import Reading, ReadingRow, value_text
from gui.widgets.text import plain_tip
from resources import design
from resources.design import Theme


class HeatmapPlot(Plot[Heatmap]):
    """Draws a :class:`core.charts.specs.Heatmap`: strength of colour for a value, nothing where there is no such field.

    Arrow keys move over the fields, Home and End to the ends of a row (with Ctrl: of all), Escape lets go; Enter,
    Space or a click choose a field.

    Attributes:
        grid: the fields: they take the focus, the mouse and the keys.
        ramp: the legend of the colours.

    Signals:
        cell_chosen(HeatCell): a field was chosen.
    """

    cell_chosen = Signal(object)

    size_hint = QSize(560, 260)

    def __init__(self, parent: QWidget | None = None) -> None:
        grid = HeatGrid()
        super().__init__(grid, parent)
        self.grid, self.ramp = grid, RampLegend(design.palette(Theme.LIGHT))
        head, column = QHBoxLayout(), QVBoxLayout(self)
        head.setSpacing(8)
        head.addWidget(self._header, 1)
        head.addWidget(self.ramp, 0, Qt.AlignmentFlag.AlignTop)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(grid, 1)
        self.setFocusProxy(grid)
        grid.moved.connect(self._read)
        grid.chosen.connect(self._choose)
        self._finish(self.ramp, grid)

    @property
    def cell(self) -> HeatCell | None:
        """The field that is pointed at, or None."""
        return self.grid.cell(self.grid.cursor_at)

    def entries(self, at: QPoint | None) -> tuple[MenuEntry, ...]:
        """The menu's own entries, for the mouse at a point of the surface or, with None, for the keyboard."""
        cell = self.cell
        there = cell is not None and cell.opens is not None
        return (show_rows_entry(self._open_cell, cell.words if cell is not None else "", enabled=there),)

    def anchor(self) -> QPoint | None:
        """Where the keyboard's menu opens: at what is pointed at."""
        place = self.grid.cursor_at
        return self.grid.box(place).center().toPoint() if place is not None else None

    @property
    def _points(self) -> bool:
        return self.cell is not None

    def _show(self, chart: Heatmap, before: Heatmap | None) -> None:
        known = (cell.value for row in chart.cells for cell in row if cell.value is not None)
        most = max((value for value in known if math.isfinite(value)), default=0.0)
        self.ramp.show_ramp(most if chart.empty is None else 0.0, chart.unit)
        self.grid.show_chart(chart, most)
        self._read()

    def _read(self) -> None:
        cell, place = self.cell, self.grid.cursor_at
        if cell is None or place is None or self._chart is None:
            self._readout.hide()
        else:
            box, area = self.grid.box(place), QRectF(self.grid.rect())
            self._readout.show_reading(_reading(cell, place, self._chart), box, area)
            below, above = box.bottom() + 6, box.top() - 6 - self._readout.height()
            top = below if below + self._readout.height() <= area.bottom() else max(0.0, above)
            self._readout.move(QPoint(self._readout.x(), int(top)))
        leads_nowhere = cell is not None and bool(cell.value) and not cell.leads
        hint = self._chart.hint if self._chart is not None and leads_nowhere else ""
        self.grid.setToolTip(plain_tip(hint))
        self._describe(hint)

    def _choose(self) -> None:
        cell = self.cell
        if cell is not None:
            self.cell_chosen.emit(cell)
            if cell.span is not None:
                self.range_selected.emit(cell.span.start, cell.span.end)
            self._open_cell()

    def _open_cell(self) -> None:
        if self.cell is not None:
            self._open(self.cell.opens)


def _reading(cell: HeatCell, place: tuple[int, int], chart: Heatmap) -> Reading:
    row, column = place
    where, _, said = cell.words.rpartition(": ")
    text = said.replace(f" {chart.value}", "", 1)  # the row's name says what is counted
    if not where:
        where = cell.words or " ".join(filter(None, (chart.rows[row], chart.columns[column])))
        text = value_text(cell.value, chart.unit)
    return Reading(one_line(where, 80), (ReadingRow(one_line(chart.value, 60), text, Ink.ACCENT, Mark.BAR),))
