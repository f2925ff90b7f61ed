"""The drawing surface of a time series: three axes around two view boxes that share their time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, QSize, QTimer
from PySide6.QtGui import QAccessible, QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.charts.geometry import Layers
from core.charts.specs import Chart
from core.text.translation import gettext as _
from core.time_ranges import TimeRange
from gui.plots.shared.drawing import (
    RIGHT,
    RIGHT_WITHOUT_AXIS,
    TOP,
    Plane,
    paint_instead,
    plot_area,
)
from gui.plots.time_series.axes import Axes, ValueScales
from gui.plots.time_series.items import BarsItem, GridItem, LinesItem, PlotItem
from resources.design import Palette

Item = TypeVar("Item", bound=PlotItem)
Overlay = Callable[[QPainter, Plane, Palette], None]


class Canvas(pg.GraphicsView):  # type: ignore[misc]
    """Draws the layers of a chart for the time range it is told to show, and overlays in front of them.

    It knows nothing of mice and keys: :class:`.Navigator` does. It alone says when it is to be
    painted: the items of the scene would ask for it again, one by one.

    Attributes:
        scales: of the value axes; what is changed about them holds from the next ``show_layers`` on.
    """

    accessible_role = QAccessible.Role.Chart
    speaks_as_one = True  # what lies on it takes no keys
    _ready = False
    """Whether it is put together: its base class lays it out before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self.setCacheMode(self.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(self.ViewportUpdateMode.NoViewportUpdate)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        left, right = self._boxes = (self._add_view_box(), self._add_view_box())
        right.setXLink(left)
        self.axes, self.scales = Axes(self.scene(), self.font()), ValueScales()
        self._items: list[PlotItem] = []
        self._grid, self._bars = self.add_item(GridItem), self.add_item(BarsItem)
        self._lines = (LinesItem(left, right=False), LinesItem(right, right=True))
        for box, lines in zip(self._boxes, self._lines, strict=True):
            box.addItem(lines, ignoreBounds=True)
            lines.setZValue(1)
        self._items += self._lines
        self._overlays: list[Overlay] = []
        self._shown: tuple[Chart, Layers] | None = None
        self._words = ""
        self._palette: Palette | None = None
        self._view = TimeRange(0.0, 1.0)
        self._layout: object = None
        self._painting = self._make_timer()
        self._ready = True

    def add_item(self, make: Callable[[Any], Item]) -> Item:
        """Make an item for the left axis' view box and draw it between the bars and the lines."""
        item = make(self._boxes[0])
        self._items.append(item)
        self._boxes[0].addItem(item, ignoreBounds=True)
        return item

    def add_overlay(self, overlay: Overlay) -> None:
        """Let something paint in front of the plot."""
        self._overlays.append(overlay)

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.axes.set_colour(palette.muted)
        for item in self._items:
            item.palette = palette
            item.changed()
        self.viewport().update()

    def show_layers(self, chart: Chart, layers: Layers, view: TimeRange, fresh: bool) -> None:
        """Draw ``layers`` of ``chart`` for the time ``view``; ``fresh``: the axes may forget how high they were."""
        self._shown, self._view, self._words = (chart, layers), view, ""
        if fresh:
            self.scales.both = (None, None)
        self._bars.set_layers(layers)
        for lines, right in zip(self._lines, (False, True), strict=True):
            lines.set_layers(layers, logarithmic=self.scales.is_logarithmic(chart, right=right))
        self._arrange()

    def show_view(self, view: TimeRange) -> None:
        """Show another part of the time, without delay."""
        self._view = view
        self._fit()
        self._painting.stop()
        self._redraw_plot()

    def show_nothing(self, words: str | None) -> None:
        """Draw nothing but overlays, and say why."""
        self._shown, self._words = None, words or _("Nothing to show")
        self._arrange()

    @property
    def plane(self) -> Plane:
        """The plot area and its time, as drawn now."""
        area = plot_area(self, RIGHT if self._has_right else RIGHT_WITHOUT_AXIS)
        return Plane(area, self._view.start, self._view.end)

    def value_y(self, value: float, right: bool) -> float:
        """Where a value of the left or right axis lies, in pixels."""
        scale, area = self.scales.both[right], self.plane.area
        return area.bottom() - (scale.share(value) if scale is not None else 0.0) * area.height()

    @property
    def left_bounds(self) -> tuple[float, float]:
        """The ends of the left axis; logarithms where it is logarithmic."""
        scale = self.scales.both[0]
        return scale.bounds if scale is not None else (0.0, 1.0)

    def set_patterns(self, on: bool) -> None:
        """Draw bars of different inks with different patterns, too."""
        self._bars.set_patterns(on)
        self._redraw_plot()

    def redraw(self, area: QRectF | None = None) -> None:
        """Paint the overlays anew, in ``area`` or everywhere."""
        self.viewport().update(area.toAlignedRect() if area is not None else QRect(self.viewport().rect()))

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use."""
        return QSize(160, 96)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Lay the parts out anew."""
        super().resizeEvent(event)
        if self._ready:
            self._arrange()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the overlays."""
        if self._palette is None:
            return
        plane = self.plane
        if self._words:
            paint_instead(painter, self.viewport(), self._words, self._palette)
        for overlay in self._overlays:
            painter.save()
            overlay(painter, plane, self._palette)
            painter.restore()

    def _make_timer(self) -> QTimer:
        """What is new in a plot is painted in a turn of its own: in between, mouse and keys are heard."""
        timer = QTimer(self, interval=0, singleShot=True)
        timer.timeout.connect(self._redraw_plot)
        return timer

    def _add_view_box(self) -> Any:
        box = pg.ViewBox(border=None, enableMenu=False, enableMouse=False)
        box.disableAutoRange()
        self.scene().addItem(box)
        return box

    def _arrange(self) -> None:
        """Give the parts their places, if the places are other ones than before; then their content."""
        layout = (self.size(), self.font(), self._shown is not None, self._has_right)
        if layout != self._layout:
            self._layout = layout
            self._place(self.plane.area)
            self.viewport().update()
        self._fit()

    def _place(self, area: QRectF) -> None:
        for box in self._boxes:
            box.setGeometry(area)
            box.setVisible(self._shown is not None)
        sides = ("left", "bottom", *(("right",) if self._has_right else ())) if self._shown is not None else ()
        self.axes.place(area, sides, self.font())

    @property
    def _has_right(self) -> bool:
        return self._shown is not None and self._shown[0].right is not None

    def _fit(self) -> None:
        """Give boxes and axes the range they show: time as told, values as far as the visible ones reach."""
        if self._shown is None:
            self.viewport().update()
            return
        plane = self.plane
        self.scales.choose(*self._shown, plane)
        self._boxes[0].setXRange(self._view.start, self._view.end, padding=0)
        for box, scale in zip(self._boxes, self.scales.both, strict=True):
            if scale is not None:
                box.setYRange(*scale.bounds, padding=0)
        for item in self._items:
            item.view_moved()
        self._grid.set_ticks(self.axes.label(self._shown[0], self.scales, plane, self.width()))
        self._painting.start()

    def _redraw_plot(self) -> None:
        area = self.plane.area.adjusted(0, -TOP, RIGHT_WITHOUT_AXIS, 0)
        self.redraw(None if self.axes.changed else area)
        self.axes.changed = False
