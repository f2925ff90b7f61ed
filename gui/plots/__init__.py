"""Charts drawn in the window: the same data that ``core.rendering`` draws for Discord."""

from gui.plots.sparkline import Sparkline
from gui.plots.time_series import TimeSeriesPlot

__all__ = ["Sparkline", "TimeSeriesPlot"]
