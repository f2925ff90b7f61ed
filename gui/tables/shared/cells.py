"""How a cell is set in a list or a table: its margins, its text's side, and the sign of how something ended."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

MARGIN: Final = 8
"""Pixels between a cell's edge and its text."""

SIGN_ROOM: Final = 16
"""Pixels before a text that a sign takes."""

TEXT_FLAGS: Final = {
    right: int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute) | int(Qt.TextFlag.TextSingleLine)
    for right, side in {False: Qt.AlignmentFlag.AlignLeft, True: Qt.AlignmentFlag.AlignRight}.items()
}
"""How text is set at the left, or at the right. Worked out once: Qt's flags are slow to join in Python."""


def paint_sign(painter: QPainter, middle: QPointF, ink: QColor, *, failed: bool) -> None:
    """Draw a dot; a failure is a diamond, to be told apart without colours."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if failed:
        corners = ((0, -5), (5, 0), (0, 5), (-5, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
    else:
        painter.drawEllipse(middle, 3.5, 3.5)
