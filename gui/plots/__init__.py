"""Charts drawn in the window: the same data that ``core.rendering`` draws for Discord."""

from gui.plots.time_series import TimeSeriesPlot

__all__ = ["TimeSeriesPlot"]
