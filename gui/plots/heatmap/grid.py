"""The fields of a heatmap: where they lie, how they are drawn, and which one is meant."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen

from core.charts.specs import HeatCell, Heatmap
from core.text.formatting import one_line
from gui.plots.heatmap.colour_scale import color_of
from gui.plots.shared.drawing import small_font, used_by_keys
from gui.plots.shared.surface import OPENS, KeyActions, Surface
from resources.design import Palette

_LABELS: Final = 20.0
"""Height of the columns' labels."""

_BESIDE: Final = 8.0
_APART: Final = 8.0
"""Pixels that must stay free between two labels of columns."""

_WIDEST_LABEL: Final = 140.0
_LONGEST: Final = 2.4
"""A field is at most so many times as wide as high, or as high as wide."""

_TOP: Final = 5.0
"""Pixels above the first row, for the line that says how far the reading is."""

_LINE: Final = 14.0
"""A row lower than this has no room for a label of its own."""

Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the fields lie: the first one's corner, and the step from one to the next, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def box(self, place: Place) -> QRectF:
        """A field, without the gap around it."""
        row, column = place
        gap = 1.0 if min(self.width, self.height) < 9 else 2.0 if min(self.width, self.height) < 28 else 3.0
        x, y = self.left + column * self.width, self.top + row * self.height
        left, top = round(x), round(y)
        return QRectF(
            left, top, max(1.0, round(x + self.width) - left - gap), max(1.0, round(y + self.height) - top - gap)
        )

    def place(self, at: QPointF) -> Place:
        """The field's place there, whether there is one or not."""
        return math.floor((at.y() - self.top) / self.height), math.floor((at.x() - self.left) / self.width)


class HeatGrid(Surface[Heatmap]):
    """Draws the fields and moves a cursor over them, by mouse and by arrow keys.

    Attributes:
        cursor_at: the field that is pointed at, or None.

    Signals:
        moved(): the cursor stands on another field.
        chosen(): Enter, Space or a click: this field is meant.
    """

    keeps_cursor_at_menus = True

    moved = Signal()
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._most = 0.0
        self.cursor_at: Place | None = None
        self.hovered.connect(self._hover)
        self.clicked.connect(self._click)
        self.keys = KeyActions(
            lambda by: self._go((0, by)),
            lambda by: self._go((-by, 0)),
            self._go_to_end,
            self.chosen.emit,
            lambda: self.move_to(None),
        )

    def show_chart(self, chart: Heatmap, most: float) -> None:
        """Draw these fields; ``most`` is the value of the strongest colour. The cursor stays if its field does."""
        self._chart, self._most = chart, most
        if self.cursor_at is not None and self.cell(self.cursor_at) is None:
            self.cursor_at = None
        self.update()

    def cell(self, place: Place | None) -> HeatCell | None:
        """The field there, or None where there is none."""
        if self._chart is None or place is None or self._chart.empty is not None:
            return None
        row, column = place
        cells = self._chart.cells
        if not (0 <= row < len(cells) and 0 <= column < len(cells[row])):
            return None
        cell = cells[row][column]
        return cell if cell.exists else None

    def box(self, place: Place) -> QRectF:
        """A field in pixels."""
        return self._geometry().box(place)

    def move_to(self, place: Place | None) -> None:
        """Point at a field, or at none."""
        if place != self.cursor_at:
            self.cursor_at = place
            self.update()
            self.moved.emit()

    def takes(self, key: Qt.Key) -> bool:
        """Return whether a key is the surface's affair at the moment: without a cursor there is nothing to choose."""
        return self.cursor_at is not None or key not in (*OPENS, Qt.Key.Key_Escape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the ends of all columns, too."""
        if event.key() in _CORNERS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._go_to_end(_CORNERS[Qt.Key(event.key())], whole=True)
        else:
            super().keyPressEvent(event)

    def _hover(self, at: QPointF | None) -> None:
        """Point at what is under the mouse; what the keyboard points at stays while it has the focus."""
        if at is not None:
            place = self._place_at(at)
            cell = self.cell(place)
            clickable = cell is not None and cell.leads
            self.setCursor(Qt.CursorShape.PointingHandCursor if clickable else Qt.CursorShape.ArrowCursor)
            self.move_to(place)
        elif not used_by_keys(self):
            self.move_to(None)

    def _click(self, at: QPointF) -> None:
        place = self._place_at(at)
        if place is not None:
            self.move_to(place)
            self.chosen.emit()

    def _go(self, step: Place) -> None:
        """To the next field in a direction, over places without one."""
        if self.cursor_at is None:
            self._go_to_end(last=True, whole=True)
            return
        row, column = self.cursor_at
        for _ in range(max(self._size())):
            row, column = row + step[0], column + step[1]
            if self.cell((row, column)) is not None:
                self.move_to((row, column))
                return

    def _go_to_end(self, last: bool, *, whole: bool = False) -> None:
        """To the first or last field of the row, or of all columns."""
        rows, columns = self._size()
        row = self.cursor_at[0] if self.cursor_at is not None and not whole else None
        places = [
            (r, c) for c in range(columns) for r in range(rows) if row in (None, r) and self.cell((r, c)) is not None
        ]
        if places:
            self.move_to(places[-1 if last else 0])

    def _size(self) -> Place:
        return (len(self._chart.rows), len(self._chart.columns)) if self._chart is not None else (0, 0)

    def _place_at(self, at: QPointF) -> Place | None:
        place = self._geometry().place(at) if self._chart is not None else None
        return place if self.cell(place) is not None else None

    def _geometry(self) -> Geometry:
        """As large as the widget lets them be, but no stripes."""
        rows, columns = self._size()
        left = self._label_width()
        width, height = (self.width() - left - 1) / max(columns, 1), (self.height() - _LABELS - 1 - _TOP) / max(rows, 1)
        width, height = min(width, height * _LONGEST), min(height, width * _LONGEST)
        return Geometry(left, _TOP, max(width, 1.0), max(height, 1.0))

    def _label_width(self) -> float:
        metrics = QFontMetricsF(small_font(self.font()))
        names = self._chart.rows if self._chart is not None else ()
        widest = max((metrics.horizontalAdvance(one_line(name, 40)) for name in names), default=0.0)
        return math.ceil(min(widest, _WIDEST_LABEL, self.width() / 3)) + (_BESIDE if widest else 1.0)

    def paint(self, painter: QPainter, chart: Heatmap, palette: Palette) -> None:
        """Draw the chart."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        geometry = self._geometry()
        self._paint_fields(painter, chart, geometry, palette)
        self._paint_labels(painter, chart, geometry, palette)
        if self.cursor_at is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ink, width in ((palette.surface, 4.0), (palette.text, 2.0)):
                painter.setPen(QPen(QColor(ink), width))
                painter.drawRoundedRect(geometry.box(self.cursor_at).adjusted(-0.5, -0.5, 0.5, 0.5), 3, 3)

    def _paint_fields(self, painter: QPainter, chart: Heatmap, geometry: Geometry, palette: Palette) -> None:
        radius = 1.0 if min(geometry.width, geometry.height) < 9 else 2.0 if geometry.height < 20 else 3.0
        for row, cells in enumerate(chart.cells):
            for column, cell in enumerate(cells):
                box = geometry.box((row, column))
                if cell.value is not None and math.isfinite(cell.value):
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(color_of(cell.value, self._most, palette))
                    painter.drawRoundedRect(box, radius, radius)
                elif cell.exists:  # a field of which nothing is known is no zero
                    painter.setPen(QPen(QColor(palette.border), 1))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)

    def _paint_labels(self, painter: QPainter, chart: Heatmap, geometry: Geometry, palette: Palette) -> None:
        font = small_font(self.font())
        painter.setFont(font)
        painter.setPen(QColor(palette.muted))
        metrics = QFontMetricsF(font)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, name in _every(chart.rows, math.ceil(_LINE / geometry.height)):
            box = geometry.box((row, 0))
            room = QRectF(0, box.center().y() - 10, geometry.left - _BESIDE, 20)
            painter.drawText(
                room, right, metrics.elidedText(one_line(name, 40), Qt.TextElideMode.ElideRight, room.width() + 1)
            )
        y = geometry.top + len(chart.rows) * geometry.height
        for column, name, centered in column_labels(chart.columns, geometry.width, metrics.horizontalAdvance):
            box = geometry.box((0, column))
            width = metrics.horizontalAdvance(name) + 2
            left = box.center().x() - width / 2 if centered else box.left()
            painter.drawText(
                QRectF(max(0.0, min(left, self.width() - width)), y, width, _LABELS), Qt.AlignmentFlag.AlignCenter, name
            )


def column_labels(
    names: Sequence[str], step: float, width_of: Callable[[str], float]
) -> Iterator[tuple[int, str, bool]]:
    """The labels that fit beneath columns ``step`` pixels apart: column, words, and whether they are centred.

    Where every column has one, it is every second, third … one. Where few have one (months over weeks), each begins
    at its column, and those that would touch the one before are left out.
    """
    named = [(column, one_line(name, 24)) for column, name in enumerate(names) if name]
    if named and len(named) == len(names):
        widest = max(width_of(name) for _, name in named) + _APART
        every = next((n for n in (1, 2, 3, 4, 6, 12, 24) if n * step >= widest), max(24, math.ceil(widest / step)))
        yield from ((column, name, True) for column, name in named[::every])
        return
    kept: list[tuple[int, str]] = []
    for column, name in named:
        if kept and column * step < kept[-1][0] * step + width_of(kept[-1][1]) + _APART:
            if len(kept) > 1:
                continue
            kept.pop()  # the first month has but a week or two
        kept.append((column, name))
    yield from ((column, name, False) for column, name in kept)


def _every(names: Sequence[str], step: int) -> Iterator[tuple[int, str]]:
    """Every ``step``-th name, from the first that is one."""
    first = next((row for row, name in enumerate(names) if name), 0)
    return ((row, name) for row, name in enumerate(names) if name and (row - first) % max(step, 1) == 0)


_CORNERS: Final = {Qt.Key.Key_Home: False, Qt.Key.Key_End: True}
