"""Moments worth a line: the bot restarted, the statistics were reset, the host wrote something down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from core.charts.geometry import lines_and_ticks, restarts_words
from core.charts.specs import Marker
from core.text.formatting import one_line
from gui.plots.shared.drawing import Plane, crisp_line, small_font
from resources.design import Palette

_WIDEST = 170.0
_OFFSET = 4.0
_APART = 8.0
_PLAIN = "muted"
_TICK = 5.0
"""Pixels of a restart's mark where there are many."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A marker's place in pixels; ``label`` is empty where there is no room for it."""

    x: float
    label: str
    box: QRectF
    ink: str = _PLAIN


def placed(
    markers: Sequence[Marker], plane: Plane, metrics: QFontMetricsF, occupied: Sequence[QRectF] = ()
) -> Iterator[Placed]:
    """The visible markers, notes and alarms before others and the newest first.

    A label goes to the right of its line, else to its left, else away.
    """
    taken = list(occupied)
    for marker in sorted(markers, key=lambda marker: (marker.remark, marker.time), reverse=True):
        if plane.start <= marker.time <= plane.end:
            x = plane.x(marker.time)
            label = metrics.elidedText(one_line(marker.label, 60), Qt.TextElideMode.ElideRight, _WIDEST)
            box = _free_box(x, metrics.horizontalAdvance(label), plane.area, taken)
            taken += [box, QRectF(x - 1, 0, 2, plane.area.top())] if box is not None else []
            yield Placed(x, label if box is not None else "", box or QRectF(), _ink(marker))


def _ink(marker: Marker) -> str:
    return "warn" if marker.alarm else "accent" if marker.note else _PLAIN


def _free_box(x: float, width: float, area: QRectF, taken: list[QRectF]) -> QRectF | None:
    if any(other.left() <= x <= other.right() for other in taken):
        return None
    for left in (x + _OFFSET, x - _OFFSET - width):
        box = QRectF(left, 0, width + 1, area.top() - 4)
        roomy = box.adjusted(-_APART, 0, _APART, 0)
        if area.left() <= left and box.right() <= area.right() + 8 and not any(map(roomy.intersects, taken)):
            return box
    return None


class Markers:
    """Paints the markers of a chart in front of a canvas."""

    def __init__(self) -> None:
        self.markers: tuple[Marker, ...] = ()

    def paint(self, painter: QPainter, plane: Plane, palette: Palette) -> None:
        """Paint the markers that are seen, each with its label where there is room."""
        if not self.markers:
            return
        font = small_font(painter.font())
        painter.setFont(font)
        lines, ticks = lines_and_ticks(self.markers, plane.start, plane.end)
        metrics, pen = QFontMetricsF(font), QPen(QColor(palette.muted), 1)
        taken = self._paint_ticks(painter, ticks, plane, pen, metrics)
        pen.setDashPattern([3, 3])
        for marker in placed(lines, plane, metrics, taken):
            colour = QColor(palette.ink(marker.ink))
            painter.setPen(pen if marker.ink == _PLAIN else QPen(colour, 1))
            top = 3 if marker.label else plane.area.top()
            painter.drawLine(crisp_line(marker.x, top, plane.area.bottom()))
            painter.setPen(colour)
            painter.drawText(marker.box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, marker.label)

    def _paint_ticks(
        self, painter: QPainter, times: Sequence[float], plane: Plane, pen: QPen, metrics: QFontMetricsF
    ) -> list[QRectF]:
        """Paint a short stroke for each, and how many there are; return the room that the words take."""
        if not times:
            return []
        painter.setPen(pen)
        top = plane.area.top()
        for x in {round(plane.x(time)) for time in times}:
            painter.drawLine(crisp_line(x, top - _TICK, top))
        words = restarts_words(len(times))
        box = QRectF(plane.area.left(), 0, metrics.horizontalAdvance(words) + 1, top - _TICK)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        return [box]
