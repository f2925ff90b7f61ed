"""The Users page: where its charts stand."""

from __future__ import annotations

from typing import Final

from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.time_series.plot import TimeSeriesPlot

LAYOUT: Final = Layout(
    (
        Section(
            "Who",
            (
                Panel("leaders", BarChartPlot, rows=2),
                Panel("over_time", TimeSeriesPlot, 0, 1),
                Panel("when", HeatmapPlot, 1, 1),
            ),
            (2, 1),
        ),
        Section(
            "Favourites",
            (
                Panel("commands", BarChartPlot),
                Panel("resolutions", BarChartPlot, 0, 1),
                Panel("types", BarChartPlot, 0, 2),
            ),
        ),
        Section(
            "New and returning",
            (
                Panel("per_day", TimeSeriesPlot, columns=2, own_time=True),
                Panel("per_week", TimeSeriesPlot, 1, 0, own_time=True),
                Panel("per_month", TimeSeriesPlot, 1, 1, own_time=True),
            ),
        ),
    )
)
