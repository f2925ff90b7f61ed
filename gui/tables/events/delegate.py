"""How a row of the latest events is drawn."""

from __future__ import annotations

from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.feed.snapshot import Event, EventKind
from gui.style.theme import base_font, tabular
from gui.tables.events.model import EventModel, Place
from gui.widgets.row import RowState, paint_row_ground
from resources import design
from resources.design import Palette, Theme

MARGIN: Final = 8
"""Pixels between a cell's edge and its text."""

DOT_ROOM: Final = 16
"""Pixels before a title that the dot takes."""

_DOTS: Final = {EventKind.COMMAND: "good", EventKind.IMAGE: "accent", EventKind.ACTIVITY: "muted"}
_INKS: Final = {Place.TIME: "muted", Place.WHO: "muted"}

_FLAGS: Final = {
    place: int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute) | int(Qt.TextFlag.TextSingleLine)
    for place in Place
    for side in [Qt.AlignmentFlag.AlignRight if place is Place.SECONDS else Qt.AlignmentFlag.AlignLeft]
}
"""How a column's text is set. Worked out once: Qt's flags are slow to join in Python."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class EventDelegate(QStyledItemDelegate):
    """Paints one cell; hover and focus are the whole row's."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.colours: Palette = design.palette(Theme.DARK)
        self._font = tabular(base_font())
        self._metrics = QFontMetrics(self._font)
        self.hovered = -1
        self.focused = -1

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw ground, dot and text."""
        box: QRect = option.rect
        model = index.model()
        assert isinstance(model, EventModel)
        event, place = model.events[index.row()], Place(index.column())
        painter.save()
        paint_row_ground(painter, box, self.colours, self._state(option, index, model.is_fresh(event)))
        left = box.left() + MARGIN
        if place is Place.TITLE:
            self._dot(painter, QPointF(left + 4, box.center().y() + 0.5), event)
            left += DOT_ROOM
        room = QRect(left, box.top(), box.right() - MARGIN - left + 1, box.height())
        self._text(painter, room, model.text(event, place), place)
        painter.restore()

    def _state(self, option: QStyleOptionViewItem, index: _Index, fresh: bool) -> RowState:
        flags = option.state
        return RowState(
            selected=bool(flags & QStyle.StateFlag.State_Selected),
            hovered=index.row() == self.hovered,
            fresh=fresh,
            focused=index.row() == self.focused,
            first=index.column() == Place.TIME,
        )

    def _text(self, painter: QPainter, room: QRect, text: str, place: Place) -> None:
        painter.setFont(self._font)
        painter.setPen(QColor(getattr(self.colours, _INKS.get(place, "text"))))
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _FLAGS[place], shown)

    def _dot(self, painter: QPainter, middle: QPointF, event: Event) -> None:
        """A dot in the colour of the event's kind; a failure is a red diamond, to be told apart without colours."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(self.colours, _DOTS[event.kind] if event.success else "bad")))
        if event.success:
            painter.drawEllipse(middle, 3.5, 3.5)
            return
        corners = ((0, -5), (5, 0), (0, 5), (-5, 0))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
