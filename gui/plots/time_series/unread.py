"""The part of a plot's time that is not read yet: hatched, so that nobody takes it for a time without events."""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter

from core.coverage import WHOLE, Coverage
from core.text.translation import gettext as _
from gui.plots.shared.drawing import Plane, small_font
from resources.design import Palette

_WORDS: Final = _("not read yet")
_STRENGTH: Final = 0.35


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
        painter.fillRect(area, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.setFont(small_font(painter.font()))
        if QFontMetricsF(painter.font()).horizontalAdvance(_WORDS) + 16 <= area.width():
            painter.setPen(QColor(palette.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, _WORDS)
