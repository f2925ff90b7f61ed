"""How a row of the latest events is drawn."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from core.feed.snapshot import Event, EventKind
from gui.style.theme import base_font, tabular
from gui.tables.events.model import EventColumn, LatestEventsModel
from gui.tables.shared.cells import MARGIN, SIGN_ROOM, TEXT_FLAGS, paint_sign
from gui.tables.shared.row_model import Index
from resources import design
from resources.design import Palette, Theme

_DOTS: Final = {EventKind.COMMAND: "good", EventKind.IMAGE: "accent", EventKind.ACTIVITY: "muted"}
_INKS: Final = {EventColumn.TIME: "muted", EventColumn.WHO: "muted"}


class EventDelegate(QStyledItemDelegate):
    """Paints a cell's words; the ground of the row is the view's."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.colours: Palette = design.palette(Theme.DARK)
        self._font = tabular(base_font())
        self._metrics = QFontMetrics(self._font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the text, and before a title a dot in the colour of the event's kind."""
        box: QRect = option.rect
        model = index.model()
        assert isinstance(model, LatestEventsModel)
        event, column = model.rows[index.row()], EventColumn(index.column())
        painter.save()
        left = box.left() + MARGIN
        if column is EventColumn.TITLE:
            paint_sign(painter, QPointF(left + 4, box.center().y() + 0.5), self._dot(event), failed=not event.success)
            left += SIGN_ROOM
        room = QRect(left, box.top(), box.right() - MARGIN - left + 1, box.height())
        painter.setFont(self._font)
        painter.setPen(QColor(getattr(self.colours, _INKS.get(column, "text"))))
        shown = self._metrics.elidedText(model.text(event, column), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, TEXT_FLAGS[column is EventColumn.SECONDS], shown)
        painter.restore()

    def _dot(self, event: Event) -> QColor:
        return QColor(getattr(self.colours, _DOTS[event.kind] if event.success else "bad"))
