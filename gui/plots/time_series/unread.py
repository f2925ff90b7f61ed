"""The part of a plot's time that is not read yet: hatched, so that nobody takes it for a time without events."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPaintEngine, QPainter, QPixmap

from core.coverage import WHOLE, Coverage
from core.text.translation import gettext as _
from gui.plots.shared.drawing import Plane, small_font
from resources.design import Palette

_WORDS: Final = _("not read yet")
_STRENGTH: Final = 0.35
_TILE: Final = 128
"""Pixels of a side: a multiple of the pattern's 8."""


class Unread:
    """Paints over the time before a moment.

    Attributes:
        coverage: what is known.
    """

    def __init__(self) -> None:
        self.coverage: Coverage = WHOLE

    def paint(self, painter: QPainter, plane: Plane, palette: Palette) -> None:
        """Hatch what lies before the first bucket that is known, and say what it is where there is room."""
        if not math.isfinite(self.coverage.since) or self.coverage.since <= plane.start:
            return
        right = min(plane.x(self.coverage.since), plane.area.right())
        area = QRectF(plane.area.left(), plane.area.top(), right - plane.area.left(), plane.area.height())
        colour = QColor(palette.muted)
        colour.setAlphaF(_STRENGTH)
        _hatch(painter, area, colour)
        painter.setFont(small_font(painter.font()))
        if QFontMetricsF(painter.font()).horizontalAdvance(_WORDS) + 16 <= area.width():
            painter.setPen(QColor(palette.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _WORDS)


def _hatch(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Fill with Qt's own pattern; on a screen by tiles of it, in a tenth of the time."""
    if painter.paintEngine().type() is QPaintEngine.Type.Raster:
        painter.drawTiledPixmap(area, _tile(colour.rgba(), painter.device().devicePixelRatioF()))
    else:
        painter.fillRect(area, QBrush(colour, Qt.BrushStyle.BDiagPattern))


@lru_cache(maxsize=8)
def _tile(rgba: int, ratio: float) -> QPixmap:
    side = round(_TILE * ratio)
    tile = QPixmap(side, side)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.fillRect(tile.rect(), QBrush(QColor.fromRgba(rgba), Qt.BrushStyle.BDiagPattern))
    painter.end()
    tile.setDevicePixelRatio(ratio)
    return tile
