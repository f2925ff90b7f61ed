"""The ground of a row in our lists: selection, hover, news, focus, and the hairline below."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPen

from gui.theme import tokens
from resources import Palette


@dataclass(frozen=True, slots=True)
class RowState:
    """What a row is at the moment; ``first`` is the row's first cell, where focus is marked."""

    selected: bool = False
    hovered: bool = False
    fresh: bool = False
    focused: bool = False
    first: bool = True
    line: bool = True


def paint_row_ground(painter: QPainter, box: QRect, colours: Palette, state: RowState) -> None:
    """Fill ``box`` as ``state`` wants it."""
    named = tokens(colours)
    if state.selected or state.fresh:
        painter.fillRect(box, QColor(named["accent_soft" if state.selected else "accent_faint"]))
    elif state.hovered:
        painter.fillRect(box, QColor(named["hover"]))
    if state.line:
        painter.setPen(QPen(QColor(named["hairline"]), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
    if state.focused and state.first:
        painter.fillRect(QRect(box.left(), box.top(), 2, box.height()), QColor(colours.accent))
