"""The page of an extension's metric: where the charts stand that follow from its declaration."""

from __future__ import annotations

from core.presenters.metrics import OVER_TIME, ranking_key
from core.tables.metric import Metric
from gui.pages.board import Layout
from gui.pages.charts import Panel, Section
from gui.plots.bars.plot import BarChartPlot
from gui.plots.time_series.plot import TimeSeriesPlot


def layout_of(metric: Metric) -> Layout:
    """Over time beside the first comparison; the others, side by side, in a section of their own."""
    first, *others = metric.ranked
    panels = (Panel(OVER_TIME, TimeSeriesPlot), Panel(ranking_key(first), BarChartPlot, 0, 1))
    sections = [Section(metric.title, panels, (7, 5))]
    if others:
        compared = tuple(Panel(ranking_key(key), BarChartPlot, 0, place) for place, key in enumerate(others))
        sections.append(Section("Compared", compared))
    return Layout(tuple(sections), table=metric.key)
