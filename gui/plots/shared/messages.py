"""What a plot says in words: in place of a drawing, and to screen readers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from core.text.formatting import one_line
from resources.design import Palette

_NOTHING_TO_SHOW: Final = "Nothing to show"


def paint_instead(painter: QPainter, surface: QWidget, words: str | None, palette: Palette) -> None:
    """Paint why there is no drawing, in the middle of a plot's surface."""
    painter.setFont(surface.font())
    painter.setPen(QColor(palette.muted))
    box = QRectF(surface.rect()).adjusted(24, 0, -24, -12)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(box, flags, one_line(words or _NOTHING_TO_SHOW, 300))


def describe(widgets: Iterable[QWidget], *sentences: object) -> None:
    """Tell screen readers these sentences; None and empty ones say nothing."""
    words = " ".join(str(sentence) for sentence in sentences if sentence)
    for widget in widgets:
        if widget.accessibleDescription() != words:
            widget.setAccessibleDescription(words)
