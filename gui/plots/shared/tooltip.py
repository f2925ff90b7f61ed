"""The small panel beside the crosshair."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.charts.geometry import Dash
from core.charts.specs import Mark
from gui.plots.shared.drawing import small_font
from gui.plots.shared.hatching import pattern_brush
from gui.plots.shared.tooltip_text import Reading, ReadingRow
from gui.widgets.text import cut_name
from resources.design import Palette

_PADDING = 10
_ROW = 18
_SWATCH = 16
_BETWEEN = 16
_WIDEST_NAME = 180.0
_AWAY = 12


def paint_swatch(
    painter: QPainter,
    at: QPointF,
    color: QColor,
    mark: Mark,
    filled: bool = True,
    *,
    dash: Dash = (),
    hatch: QBrush | None = None,
) -> None:
    """A series' sample, 9 pixels high, its left middle at ``at``: a square for bars, a stroke for lines."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if mark is Mark.BAR:
        square = QRectF(at.x() + 0.5, at.y() - 4, 8, 8)
        painter.setPen(QPen(color, 1))
        for brush in [color if filled else Qt.BrushStyle.NoBrush, *([hatch] if hatch and filled else [])]:
            painter.setBrush(brush)
            painter.drawRoundedRect(square, 2, 2)
        return
    pen = QPen(color, 2.0 if filled and mark is not Mark.TICK else 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)
    if dash or mark is Mark.DASHED:
        fitting = [min(part, 4.0) if place % 2 == 0 else 2.0 for place, part in enumerate(dash or (4.0, 2.0))]
        pen.setDashPattern([part / pen.widthF() for part in fitting])
    painter.setPen(pen)
    painter.drawLine(at, at + QPointF(10 if mark is Mark.DASHED else 12, 0))


class Readout(QWidget):
    """A bucket's span and values. Everything is painted as plain text; the mouse goes through it.

    Attributes:
        patterns: whether samples of bars have their inks' patterns.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._reading = Reading("", ())
        self.patterns = False
        self._palette: Palette | None = None
        self.hide()

    @property
    def reading(self) -> Reading:
        """What is shown."""
        return self._reading

    def set_palette(self, palette: Palette) -> None:
        """Take the theme's colours."""
        self._palette = palette
        self.update()

    def show_reading(self, reading: Reading, column: QRectF, area: QRectF) -> None:
        """Show a reading beside its ``column``, right of it where there is room, and inside ``area``."""
        self._reading = reading
        height = int(area.bottom())
        size = self.sizeHint().boundedTo(QSize(int(area.width()), height))
        left = column.right() + _AWAY
        if left + size.width() > area.right():
            left = column.left() - _AWAY - size.width()
        left = min(max(left, area.left()), area.right() - size.width())
        top = max(0, min(int(area.top()) + 6, height - size.height()))
        self.resize(size)
        self.move(QPoint(int(left), top))
        self.show()
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that suits the content."""
        metrics = QFontMetricsF(self._text_font())
        named = ((self._name_width(row, metrics), row.text) for row in self._reading.rows)
        widest = max((_SWATCH + name + _BETWEEN + metrics.horizontalAdvance(text) for name, text in named), default=0)
        span = QFontMetricsF(self._text_font(bold=True)).horizontalAdvance(self._reading.span)
        return QSize(int(max(widest, span)) + 2 * _PADDING + 2, (len(self._reading.rows) + 1) * _ROW + 2 * _PADDING - 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content."""
        if self._palette is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._palette.border), 1))
        painter.setBrush(QColor(self._palette.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        line = QRectF(_PADDING, _PADDING - 2, self.width() - 2 * _PADDING, _ROW)
        painter.setPen(QColor(self._palette.text))
        painter.setFont(self._text_font(bold=True))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._reading.span)
        painter.setFont(self._text_font())
        for row in self._reading.rows:
            line.translate(0, _ROW)
            self._paint_row(painter, row, line, self._palette)
        painter.end()

    def _paint_row(self, painter: QPainter, row: ReadingRow, line: QRectF, palette: Palette) -> None:
        if row.chosen:
            tint = QColor(palette.accent)
            tint.setAlphaF(0.22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawRoundedRect(line.adjusted(-5, 0.5, 5, -0.5), 4, 4)
        if row.ink is not None:
            at = QPointF(line.left(), line.center().y())
            hatch = pattern_brush(row.ink, palette.raised, self.devicePixelRatioF()) if self.patterns else None
            paint_swatch(painter, at, QColor(palette.ink(row.ink)), row.mark, dash=row.dash, hatch=hatch)
        metrics = QFontMetricsF(self._text_font())
        name = cut_name(metrics, row.name, self._name_width(row, metrics) + 1)
        painter.setPen(QColor(palette.text if row.chosen else palette.muted))
        painter.drawText(line.adjusted(_SWATCH, 0, 0, 0), _LEFT, name)
        painter.setPen(QColor(palette.text))
        painter.drawText(line, _RIGHT, row.text)

    @staticmethod
    def _name_width(row: ReadingRow, metrics: QFontMetricsF) -> float:
        return min(metrics.horizontalAdvance(row.name) + 1, _WIDEST_NAME)

    def _text_font(self, bold: bool = False) -> QFont:
        font = small_font(self.font(), 12)
        if bold:
            font.setWeight(QFont.Weight.DemiBold)
        return font


_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignAbsolute
