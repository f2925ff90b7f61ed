"""Which series of a chart is meant: by the mouse's place in a bucket, or by Up and Down; and the rows behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QMouseEvent

from core.charts.geometry import Layers
from core.charts.specs import Chart, Mark, Opens, Series
from core.filters import EVERYTHING
from gui.plots.time_series.canvas import Canvas

_NEAR = 7.0
"""Pixels beside a line that still are the line."""

_THIN = 8.0
"""Pixels: a lower bar, such as one failure among thousands, is as high as this to the mouse."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What is on the canvas at the moment; ``hidden`` are names of series."""

    chart: Chart
    layers: Layers
    hidden: frozenset[str]

    @property
    def shown(self) -> tuple[Series, ...]:
        """The series that are drawn, in the order of the legend."""
        return tuple(series for series in self.chart.series if series.name not in self.hidden)


def series_at(drawn: Drawn, index: int, y: float, canvas: Canvas) -> Series | None:
    """The series that is drawn at height ``y`` (pixels) in a bucket: lines lie above bars."""
    lines = [series for series in drawn.shown if series.mark is not Mark.BAR]
    for series, line in zip(lines, drawn.layers.lines, strict=True):
        value = float(line.values[index])
        if np.isfinite(value) and abs(canvas.value_y(value, line.right) - y) <= _NEAR:
            return series
    hit = [(high - low, series) for low, high, series in _bars(drawn, index, canvas) if low <= y <= high]
    return min(hit, key=lambda one: one[0])[1] if hit else None


def _bars(drawn: Drawn, index: int, canvas: Canvas) -> Iterator[tuple[float, float, Series]]:
    """The bars of a bucket from top to bottom in pixels, the thin ones widened."""
    bars = [series for series in drawn.shown if series.mark is Mark.BAR]
    for series, bar in zip(bars, drawn.layers.bars, strict=True):
        if bar.tops[index] > bar.bottoms[index]:
            low, high = (canvas.value_y(float(side[index]), right=False) for side in (bar.tops, bar.bottoms))
            spare = max(0.0, _THIN - (high - low)) / 2
            yield low - spare, high + spare, series


def opens_at(drawn: Drawn, index: int, name: str | None) -> Opens | None:
    """The rows behind series ``name`` in a bucket, with the bucket's time; with None those of all that are shown.

    Series of different tables have no rows in common.
    """
    opens = common(series.opens for series in drawn.shown if name in (None, series.name))
    if opens is None:
        return None
    start, end = drawn.chart.edges[index : index + 2]
    opens = opens.during(end)
    return Opens(opens.table, opens.chosen.within(start, end))


def common(behind: Iterable[Opens | None]) -> Opens | None:
    """The rows behind several series: those of the filter that they share, or everything in the table they share."""
    known = [opens for opens in behind if opens is not None]
    tables, filters = {opens.table for opens in known}, {opens.chosen for opens in known}
    if len(set(known)) == 1:
        return known[0]
    if len(tables) != 1:
        return None
    return Opens(tables.pop(), filters.pop() if len(filters) == 1 else EVERYTHING)


class Picker(QObject):
    """Remembers what points at a series: the mouse over a canvas, or the keyboard."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._y: float | None = None
        self._name: str | None = None
        canvas.viewport().installEventFilter(self)

    def forget(self) -> None:
        """Mean no series in particular."""
        self._y = self._name = None

    def keep_name(self) -> None:
        """The keyboard takes over from the mouse."""
        self._y = None

    def turn(self, drawn: Drawn, by: int) -> None:
        """Mean the next series, or the one before; beyond the last one comes none, then the first."""
        names: list[str | None] = [None, *(series.name for series in drawn.shown)]
        at = names.index(self._name) if self._name in names else 0
        self._y, self._name = None, names[(at + by) % len(names)]

    def name(self, drawn: Drawn, index: int) -> str | None:
        """The series that is meant in a bucket, or None: no particular one."""
        if self._y is None:
            return self._name if self._name not in drawn.hidden else None
        series = series_at(drawn, index, self._y, self._canvas)
        return series.name if series is not None else None

    def point(self, place: QPointF) -> None:
        """The mouse stands there, in pixels."""
        self._y, self._name = place.y(), None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse before anybody else does."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self.point(event.position())
        elif event.type() == QEvent.Type.Leave:
            self._y = None
        return False
