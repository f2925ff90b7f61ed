"""A tiny line that shows a tile's recent course."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style.theme import ink


class Sparkline(QWidget):
    """A muted line of the given values, with gaps where they are None, and a dot on the last one.

    It has no axis: the lowest value lies at the bottom, the highest at the top, a constant in the middle.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float | None, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_values(self, values: Sequence[float | None]) -> None:
        """Show these values, oldest first; what is not finite is a gap."""
        fresh = tuple(v if v is not None and math.isfinite(v) else None for v in values)
        if fresh != self._values:
            self._values = fresh
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        return QSize(72, 24)

    def minimumSizeHint(self) -> QSize:
        """Return the least size that is still of use."""
        return QSize(36, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        segments = list(_segments(self._points()))
        if not segments:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(ink("muted"), 1.5, Qt.PenStyle.SolidLine, round_cap, round_join))
        for segment in segments:
            painter.drawPath(_path(segment))
        if self._values[-1] is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink("text"))
            painter.drawEllipse(segments[-1][-1], 2.0, 2.0)
        painter.end()

    def _points(self) -> Iterator[QPointF | None]:
        known = [value for value in self._values if value is not None]
        if not known:
            return
        area = QRectF(self.rect()).adjusted(2.5, 3, -2.5, -3)
        largest = max(max(map(abs, known)), 1e-300)
        low, high = min(known) / largest, max(known) / largest
        step = area.width() / max(1, len(self._values) - 1)
        for i, value in enumerate(self._values):
            share = (value / largest - low) / (high - low) if value is not None and high > low else 0.5
            x = area.left() + step * i if len(self._values) > 1 else area.right()
            yield None if value is None else QPointF(x, area.bottom() - share * area.height())


def _segments(points: Iterator[QPointF | None]) -> Iterator[list[QPointF]]:
    segment: list[QPointF] = []
    for point in (*points, None):
        if point is not None:
            segment.append(point)
        elif segment:
            yield segment
            segment = []


def _path(segment: list[QPointF]) -> QPainterPath:
    """The segment as a line; a single point as a stroke so short that its round caps make a dot."""
    path = QPainterPath(segment[0])
    for point in segment[1:] or [segment[0] + QPointF(0.01, 0)]:
        path.lineTo(point)
    return path
