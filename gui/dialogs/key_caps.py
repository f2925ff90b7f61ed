"""Draws keys as the caps of a keyboard."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPalette, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem

from core.text.translation import gettext as _
from gui.dialogs.key_list import OR
from gui.style.theme import SMALL_PIXELS, base_font

ROW: Final = 30
"""Pixels of a row."""

_CAP: Final = 20
_TIP_LEFT: Final = 130
"""Pixels: where the tips begin, unless an action's name is longer."""

_GAP: Final = 16

TIP: Final = Qt.ItemDataRole.UserRole
"""The role under which a row's first cell has its tip."""


class KeyCaps(QStyledItemDelegate):
    """Draws keys as the caps of a keyboard, and what an action does beside its name."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the room that the caps need; the name's column takes what is left."""
        if index.column() == 0:
            return super().sizeHint(option, index)
        return QSize(round(sum(width for _n, width in _segments(str(index.data() or "")))) + 12, ROW)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Leave the keys' text out: the caps say it."""
        super().initStyleOption(option, index)
        if index.column() == 1:
            option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a name, or caps and the tip before them: that has all the room that this row's own caps leave."""
        super().paint(painter, option, index)
        if index.column() == 0:
            return
        segments = _segments(str(index.data() or ""))
        box = QRectF(option.rect)
        left = box.right() - 6 - sum(width for _n, width in segments)
        name, view = index.sibling(index.row(), 0), option.widget
        if isinstance(view, QAbstractItemView):
            _draw_tip(painter, option, view.visualRect(name), round(left) - _GAP, name)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(base_font(SMALL_PIXELS))
        for text, width in segments:
            _draw_segment(painter, option.palette, QRectF(left, box.center().y() - _CAP / 2, width, _CAP), text)
            left += width
        painter.restore()


def _draw_tip(painter: QPainter, option: QStyleOptionViewItem, cell: QRect, right: int, name: QModelIndex) -> None:
    """The tip in muted ink after the name in its cell, as much of it as fits before ``right``."""
    after = option.fontMetrics.horizontalAdvance(str(name.data() or "")) + 18
    box = QRect(cell)
    box.setLeft(cell.left() + max(after, _TIP_LEFT))
    box.setRight(right)
    small = base_font(SMALL_PIXELS)
    shown = QFontMetricsF(small).elidedText(str(name.data(TIP) or ""), Qt.TextElideMode.ElideRight, box.width())
    painter.save()
    painter.setFont(small)
    painter.setPen(option.palette.placeholderText().color())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
    painter.restore()


def _draw_segment(painter: QPainter, inks: QPalette, box: QRectF, text: str) -> None:
    quiet = text in ("+", _("or"))
    if not quiet:
        painter.setPen(QPen(inks.placeholderText().color(), 0.6))
        painter.setBrush(inks.button())
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(inks.placeholderText().color() if quiet else inks.text().color())
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text.removeprefix("\0"))


def _segments(keys: str) -> list[tuple[str, float]]:
    """Caps and the words between them, each with its width in pixels: ``Ctrl`` ``+`` ``C``, ``+`` ``or`` ``−``."""
    metrics = QFontMetricsF(base_font(SMALL_PIXELS))
    segments: list[tuple[str, float]] = []
    for number, way in enumerate(filter(None, keys.split(OR))):
        if number:
            segments.append((_("or"), metrics.horizontalAdvance(_("or")) + 10))
        for place, key in enumerate([way] if len(way) == 1 else way.split("+")):
            if place:
                segments.append(("+", metrics.horizontalAdvance("+") + 6))
            cap = "\0+" if key == "+" else key
            segments.append((cap, max(metrics.horizontalAdvance(key) + 12, _CAP)))
    return segments
