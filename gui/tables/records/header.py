"""The head of a table of records: titles, the arrow of the order, and clicks that change it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHeaderView, QWidget

from gui.style.theme import SMALL_PIXELS, base_font, ink
from gui.tables.records.model import RecordModel
from gui.tables.shared.cell_text import NUMERIC
from gui.tables.shared.cells import MARGIN

HEIGHT: Final = 28
_ARROW_ROOM: Final = 14


class RecordHeader(QHeaderView):
    """Draws the titles quietly, and the one that the rows are ordered by not so.

    Signals:
        sort_asked(int): a title was clicked, by its column.
        menu_asked(int, QPoint): the context menu is wanted for a column, at a place on the screen.
    """

    sort_asked = Signal(int)
    menu_asked = Signal(int, object)

    def __init__(self, model: RecordModel, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._records = model
        self._sorted: tuple[int, bool] = (-1, True)
        self.setSectionsClickable(True)
        self.setSectionsMovable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(40)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(base_font(SMALL_PIXELS))
        self.setMouseTracking(True)
        self.sectionClicked.connect(self.sort_asked)

    @property
    def order(self) -> tuple[int, bool]:
        """The column that the rows are ordered by, and whether the greatest comes first."""
        return self._sorted

    def set_order(self, column: int, descending: bool) -> None:
        """Show the arrow of this order."""
        self._sorted = (column, descending)
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Return one line's height."""
        return QSize(super().sizeHint().width(), HEIGHT)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the column under the mouse."""
        self.menu_asked.emit(self.logicalIndexAt(event.pos()), event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, also where no column is, and the titles."""
        painter = QPainter(self.viewport())
        box = self.viewport().rect()
        painter.fillRect(box, ink("surface"))
        painter.setPen(ink("border"))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.end()
        super().paintEvent(event)

    def paintSection(self, painter: QPainter, rect: QRect, logical_index: int) -> None:
        """Draw one title."""
        column, descending = self._sorted
        painter.save()
        painter.setPen(ink("hairline"))
        painter.drawLine(rect.topRight() + QPoint(0, 7), rect.bottomRight() - QPoint(0, 7))
        room = rect.adjusted(MARGIN, 0, -MARGIN, 0)
        if logical_index == column:
            room.setRight(room.right() - _ARROW_ROOM)
            self._arrow(painter, QPointF(rect.right() - MARGIN - 4, rect.center().y() + 0.5), descending)
        shown = self._records.columns[logical_index]
        side = Qt.AlignmentFlag.AlignRight if shown.kind in NUMERIC else Qt.AlignmentFlag.AlignLeft
        title = self.fontMetrics().elidedText(shown.title, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(self.font())
        painter.setPen(ink("text" if logical_index == column else "muted"))
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), title)
        painter.restore()

    def _arrow(self, painter: QPainter, middle: QPointF, descending: bool) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink("accent"))
        down = 1 if descending else -1
        corners = ((-4, -2 * down), (4, -2 * down), (0, 3 * down))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))


TITLE_ROOM: Final = 2 * MARGIN + _ARROW_ROOM
"""Pixels that a title needs beside its words."""
