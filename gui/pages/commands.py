"""The Commands page: where its charts stand."""

from __future__ import annotations

from typing import Final

from core.presenters.commands import TABLE
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.time_series.plot import TimeSeriesPlot

LAYOUT: Final = Layout(
    (
        Section("Commands", (Panel("over_time", TimeSeriesPlot), Panel("by_command", BarChartPlot, 0, 1)), (6, 5)),
        Section("Execution time", (Panel("execution", TimeSeriesPlot), Panel("spread", HistogramPlot, 0, 1)), (7, 5)),
    ),
    table=TABLE,
)
