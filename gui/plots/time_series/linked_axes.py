"""Plots on one page that share their time: what the host does with one of them, the others follow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.time_ranges import TimeRange
from gui.plots.time_series.base import TimePlot
from gui.plots.time_series.canvas import Canvas
from gui.plots.time_series.navigator import Navigator

COALESCE_MS: Final = 150
"""Milliseconds in which a flood of zooming and panning becomes one request for other buckets."""


class LinkedTimeAxes(QObject):
    """Lets zoom, pan and crosshair of each plot be followed by the others that can be seen.

    Signals:
        view_changed(object): the host sees this part (TimeRange) of the range, or all of it (None); at most every
            :data:`COALESCE_MS`.
        zoomed_out(): the host zooms out although the whole range is shown already.
    """

    view_changed = Signal(object)
    zoomed_out = Signal()

    def __init__(self, plots: Iterable[TimePlot[Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plots = tuple((plot.canvas, plot.zoom) for plot in plots)
        self._leading = False
        self._leader: Navigator | None = None
        self._told: TimeRange | None = None
        self._view: TimeRange | None = None
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(COALESCE_MS)
        self._telling.timeout.connect(self._tell)
        for canvas, navigator in self._plots:
            self._listen(canvas, navigator)

    @property
    def view(self) -> TimeRange | None:
        """The part of the time that the host chose last; None: the whole range."""
        return self._view

    def reset(self) -> None:
        """Show the whole range in every plot."""
        for _, navigator in self._plots:
            navigator.reset()

    def show(self, view: TimeRange | None) -> None:
        """Show this part of the range in every plot that has it; None: the whole."""
        leader = next((navigator for _, navigator in self._plots if navigator.enabled), None)
        if leader is not None:
            leader.show(view)

    def _listen(self, canvas: Canvas, navigator: Navigator) -> None:
        navigator.view_changed.connect(lambda: self._lead_view(navigator))
        navigator.hovered.connect(lambda x: self._lead_crosshair(canvas, navigator, x))
        navigator.pointed.connect(lambda time: self._lead_time(navigator, time))
        navigator.dismissed.connect(lambda: self._lead_time(navigator, None))
        navigator.zoomed_out.connect(self.zoomed_out)

    def _lead_view(self, leader: Navigator) -> None:
        if self._leading:
            return
        self._view = leader.view if leader.zoomed else None
        self._leading = True
        for _, navigator in self._others(leader):
            navigator.show(self._view)
        self._leading = False
        if not self._telling.isActive():
            self._telling.start()

    def _lead_crosshair(self, canvas: Canvas, leader: Navigator, x: float | None) -> None:
        area = canvas.plane.area
        inside = x is not None and area.left() <= x <= area.right()
        self._lead_time(leader, canvas.plane.time(x) if x is not None and inside else None)

    def _lead_time(self, leader: Navigator, time: float | None) -> None:
        """Followers show what they have at a moment as if the mouse were there; only who leads them can end that."""
        if self._leading or (time is None and leader is not self._leader):
            return
        self._leader = leader if time is not None else None
        self._leading = True
        for canvas, navigator in self._others(leader):
            if navigator.enabled and canvas.isVisible():
                navigator.follow(time)
        self._leading = False

    def _others(self, leader: Navigator) -> Iterator[tuple[Canvas, Navigator]]:
        return ((canvas, navigator) for canvas, navigator in self._plots if navigator is not leader)

    def _tell(self) -> None:
        if self._view != self._told:
            self._told = self._view
            self.view_changed.emit(self._view)
