"""What plots draw alike: small texts, the crosshair's column, and words in place of a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from resources.design import Palette

LEFT, RIGHT, RIGHT_WITHOUT_AXIS, TOP, BOTTOM = 46.0, 48.0, 18.0, 20.0, 22.0
"""Margins around the plot area, in pixels; fixed, so that plots above each other line up."""

ALTERNATES: Final = QFont.Tag("calt")
"""The font's feature of other shapes for a letter beside certain others: switched off where texts are to be read by
programs, which know a glyph by its code and these by none."""

_NOTHING_TO_SHOW: Final = _("Nothing to show")


@dataclass(frozen=True, slots=True)
class Plane:
    """The plot area in pixels and the time that it shows."""

    area: QRectF
    start: float
    end: float

    def x(self, time: float) -> float:
        """Where a moment lies."""
        return self.area.left() + (time - self.start) / (self.end - self.start) * self.area.width()

    def time(self, x: float) -> float:
        """Which moment lies there."""
        return self.start + (x - self.area.left()) / max(1.0, self.area.width()) * (self.end - self.start)


def plot_area(widget: QWidget, right: float = RIGHT_WITHOUT_AXIS) -> QRectF:
    """What the margins leave of a widget, with ``right`` pixels beside it."""
    return QRectF(LEFT, TOP, max(10.0, widget.width() - LEFT - right), max(10.0, widget.height() - TOP - BOTTOM))


def small_font(font: QFont, pixels: int = 11) -> QFont:
    """The same font, smaller, with figures of equal width; a font that is to have no alternates gets none."""
    small = QFont(font)
    small.setPixelSize(pixels)
    if not font.isFeatureSet(ALTERNATES):
        small.setFeature(QFont.Tag("tnum"), 1)
    return small


def crisp_line(x: float, top: float, bottom: float) -> QLineF:
    """A vertical line of one pixel that falls on the pixel grid."""
    return QLineF(round(x) + 0.5, top, round(x) + 0.5, bottom)


def paint_crosshair(painter: QPainter, column: QRectF, palette: Palette) -> None:
    """Paint the column that is read, and the line through its middle."""
    tint = QColor(palette.text)
    tint.setAlphaF(0.07)
    painter.fillRect(column, tint)
    painter.setPen(QPen(QColor(palette.muted), 1))
    painter.drawLine(crisp_line(column.center().x() - 0.5, column.top(), column.bottom()))


def used_by_keys(widget: QWidget) -> bool:
    """Whether a widget has the focus, and the host goes about by keyboard."""
    return widget.hasFocus() and widget.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)


def paint_instead(painter: QPainter, surface: QWidget, words: str | None, palette: Palette) -> None:
    """Paint why there is no drawing, in the middle of a plot's surface."""
    painter.setFont(surface.font())
    painter.setPen(QColor(palette.muted))
    box = QRectF(surface.rect()).adjusted(24, 0, -24, -12)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(box, flags, one_line(words or _NOTHING_TO_SHOW, 300))
