"""A plot in a window of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from core.charts.specs import AnyChart
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.histogram.plot import HistogramPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.plots.time_series.plot import TimeSeriesPlot
from resources.design import Theme, palette

DARK = palette(Theme.DARK)

P = TypeVar("P", HeatmapPlot, HistogramPlot, ScatterPlot, TimeSeriesPlot)


def shown(qtbot: QtBot, plot: P, chart: AnyChart, width: int, height: int) -> Iterator[P]:
    """A plot of a chart on a dark ground, with room around it; for a fixture, which keeps the window as long as this.

    Args:
        width: of the window, in pixels.
        height: of the window, in pixels.
    """
    window = QWidget()
    window.setStyleSheet(f"background: {DARK.surface}")
    QVBoxLayout(window).addWidget(plot)
    qtbot.addWidget(window)
    plot.set_palette(DARK)
    plot.show_chart(chart)  # type: ignore[arg-type]  # the kind that this plot draws
    window.resize(width, height)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    yield plot
