"""What a plot costs the UI thread: a refresh with 100,000 points, a step of panning, a crosshair; heatmaps; exports.

The numbers are CPU and wall time of the calls in the UI thread, on the offscreen platform, the paint included. The
baseline of the scatter is the plain way: pyqtgraph's own scatter item, given the same points.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import QApplication, QWidget

from core.time_ranges import TimeRange
from gui.plots.export.export import ChartFormat, ChartLook, prepare
from gui.plots.heatmap.plot import HeatmapPlot
from gui.plots.scatter.plot import ScatterPlot
from gui.style.theme import apply_theme
from resources.design import Palette, Theme
from tests.benchmarks.report import Row
from tests.gui.plot_samples import EDGES, crowd, week

MANY: Final = 100_000
SIZE: Final = QSize(1_000, 360)


def run(quick: bool = False) -> list[Row]:
    """Measure; ``quick`` has fewer rounds."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    palette = apply_theme(app, Theme.DARK)
    rounds = 7 if quick else 25
    return [*_scatter(app, palette, rounds), *_heatmap(app, palette, rounds)]


def _scatter(app: QApplication, palette: Palette, rounds: int) -> list[Row]:
    with _shown(app, ScatterPlot, palette) as plot:
        return _scatter_rows(app, plot, rounds)


def _scatter_rows(app: QApplication, plot: Any, rounds: int) -> list[Row]:
    charts = [crowd(MANY), crowd(MANY - 1)]
    plot.show_chart(charts[0])
    turn = iter(range(10_000))
    refresh = _median(lambda: (plot.show_chart(charts[next(turn) % 2]), plot.grab()), rounds)
    plain = _median(_plain(app, charts[0].clouds[0].times, charts[0].clouds[0].seconds), max(3, rounds // 5))
    width = EDGES[-1] - EDGES[0]
    plot.zoom.show(TimeRange(EDGES[0], EDGES[0] + width / 2))
    step = iter(np.linspace(0, width / 2, 10_000))
    panned = _median(lambda: (plot.zoom.show(_from(EDGES[0] + next(step), width / 2)), plot.grab()), rounds)
    navigator, area = plot.zoom, plot.canvas.plane.area
    places = iter(np.linspace(area.left(), area.right(), 10_000))
    hovered = _median(lambda: navigator.hovered.emit(float(next(places))), 4 * rounds)
    note = f"median of {rounds}, paint included, {SIZE.width()} × {SIZE.height()} pixels"
    return [
        Row(
            "scatter refreshed with 100 k points", "ms", refresh, 30, plain, note=f"{note}; baseline: pyqtgraph's item"
        ),
        Row("scatter of 100 k points panned by a step", "ms", panned, 16, plain, note=note),
        Row("crosshair among 100 k points moved", "ms", hovered, 4, note=f"median of {4 * rounds}"),
        *(_export(plot, kind, rounds) for kind in (ChartFormat.PNG, ChartFormat.SVG, ChartFormat.PDF)),
    ]


def _export(plot: Any, kind: ChartFormat, rounds: int) -> Row:
    spent = _median(lambda: prepare(plot, kind, ChartLook(Theme.LIGHT, scale=2)), max(3, rounds // 5))
    return Row(f"scatter of 100 k points drawn for a {kind.value.upper()}", "ms", spent, note="in the UI thread")


def _heatmap(app: QApplication, palette: Palette, rounds: int) -> list[Row]:
    chart = week()
    with _shown(app, HeatmapPlot, palette) as plot:
        spent = _median(lambda: (plot.show_chart(chart), plot.grab()), rounds)
    return [Row("heatmap of a week refreshed", "ms", spent, 8, note=f"median of {rounds}, paint included")]


@contextmanager
def _shown(app: QApplication, kind: type[Any], palette: Palette) -> Iterator[Any]:
    """A plot that ends as a window's does, and not half way through a collection of garbage."""
    plot = kind()
    plot.set_palette(palette)
    plot.resize(SIZE)
    plot.show()
    app.processEvents()
    yield plot
    plot.close()
    plot.deleteLater()
    QCoreApplication.sendPostedEvents(plot, QEvent.Type.DeferredDelete)


def _plain(app: QApplication, times: tuple[float, ...], seconds: tuple[float, ...]) -> Callable[[], object]:
    """The same points in pyqtgraph's own scatter plot."""
    plot = pg.PlotWidget()
    plot.resize(SIZE)
    plot.show()
    item = pg.ScatterPlotItem(size=4, pen=None, brush=pg.mkBrush(108, 140, 255, 120))
    plot.addItem(item)
    app.processEvents()

    def refresh() -> QWidget:
        item.setData(np.array(times), np.log10(np.array(seconds)))
        plot.grab()
        return plot

    return refresh


def _from(start: float, length: float) -> TimeRange:
    return TimeRange(start, start + length)


def _median(act: Callable[[], object], rounds: int) -> float:
    """Milliseconds, after a round that is not counted."""
    act()
    spent = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        spent.append((time.perf_counter() - began) * 1e3)
    return statistics.median(spent)
