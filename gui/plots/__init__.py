"""Charts drawn in the window: the same data that ``core.charts.png.renderer`` draws for Discord."""

from gui.plots.bars.plot import BarChartPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.time_series.plot import TimeSeriesPlot

__all__ = ["BarChartPlot", "HistogramPlot", "TimeSeriesPlot"]
