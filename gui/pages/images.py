"""The Images page: where its charts stand."""

from __future__ import annotations

from typing import Final

from core.presenters.images import TABLE
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.time_series.plot import TimeSeriesPlot

LAYOUT: Final = Layout(
    (
        Section("Time", (Panel("scatter", ScatterPlot), Panel("spread", HistogramPlot, 0, 1)), (7, 5)),
        Section("Count", (Panel("over_time", TimeSeriesPlot), Panel("by_type", BarChartPlot, 0, 1)), (7, 5)),
        Section(
            "What is made",
            (
                Panel("by_resolution", BarChartPlot),
                Panel("by_lora", BarChartPlot, 0, 1),
                Panel("by_upscale", BarChartPlot, 0, 2),
            ),
            (5, 5, 4),
        ),
        Section("Load", (Panel("at_once", TimeSeriesPlot), Panel("busy", HeatmapPlot, 0, 1))),
        Section("GPU time", (Panel("cost_lora", BarChartPlot), Panel("cost_resolution", BarChartPlot, 0, 1))),
        Section("GPU by user", (Panel("cost_user", BarChartPlot), Panel("cost_type", BarChartPlot, 0, 1))),
    ),
    table=TABLE,
)
