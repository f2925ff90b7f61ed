"""The ground of a row in our lists: selection, hover, news, focus, and the hairline below."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter

from gui.style.theme import tokens
from resources.design import Palette


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
    if state.selected or state.fresh:
        painter.fillRect(box, _colour(colours, "accent_soft" if state.selected else "accent_faint"))
    elif state.hovered:
        painter.fillRect(box, _colour(colours, "hover"))
    if state.line:
        painter.setPen(_colour(colours, "hairline"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
    if state.focused and state.first:
        painter.fillRect(QRect(box.left(), box.top(), 2, box.height()), QColor(colours.accent))


@cache
def _colour(colours: Palette, token: str) -> QColor:
    """Kept, for it is asked for in each cell of each paint."""
    return QColor(tokens(colours)[token])
