"""The Activity page: where its charts stand."""

from __future__ import annotations

from typing import Final

from core.presenters.activity import TABLE
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot

LAYOUT: Final = Layout(
    (Section("Activity", (Panel("over_time", TimeSeriesPlot), Panel("by_action", BarChartPlot, 0, 1)), (7, 5)),),
    table=TABLE,
)
