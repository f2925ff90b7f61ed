"""How a cell of a record is drawn: one line that fits, quiet where it is read second, a sign where it failed."""

from __future__ import annotations

from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPolygonF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from core.tables.definitions import Kind
from gui.style.theme import base_font, tabular
from gui.tables.records.cell_text import NUMERIC, QUIET
from gui.tables.records.model import RecordModel, Row
from resources import design
from resources.design import Palette, Theme

MARGIN: Final = 8
"""Pixels between a cell's edge and its text."""

SIGN_ROOM: Final = 16
"""Pixels before an outcome that its sign takes."""

_SIDES: Final = {False: Qt.AlignmentFlag.AlignLeft, True: Qt.AlignmentFlag.AlignRight}
_FLAGS: Final = {
    right: int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute) | int(Qt.TextFlag.TextSingleLine)
    for right, side in _SIDES.items()
}
"""How a column's text is set. Worked out once: Qt's flags are slow to join in Python."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class RecordDelegate(QStyledItemDelegate):
    """Paints a cell's words; the ground of the row is the view's."""

    def __init__(self, model: RecordModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.font = tabular(base_font())
        self._metrics = QFontMetrics(self.font)
        self._right = tuple(column.kind in NUMERIC for column in model.columns)
        self._outcome = next((n for n, column in enumerate(model.columns) if column.kind is Kind.OUTCOME), -1)
        self.set_palette(design.palette(Theme.DARK))

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._bad, self._good = QColor(palette.bad), QColor(palette.good)
        self._quiet, text = QColor(palette.muted), QColor(palette.text)
        self._inks = tuple(self._quiet if column.kind in QUIET else text for column in self._model.columns)

    def failed(self, row: Row) -> bool:
        """Return whether the row is about something that failed."""
        return self._outcome >= 0 and row.record.values[self._outcome] is False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw the words, and a sign before an outcome."""
        place = index.column()
        self.paint_cell(painter, option.rect, self._model.rows[index.row()], place)

    def paint_cell(self, painter: QPainter, box: QRect, row: Row, column: int) -> None:
        """Draw one cell; the painter has our font."""
        left, width = box.left() + MARGIN, box.width() - 2 * MARGIN
        failed = column == self._outcome and self.failed(row)
        if column == self._outcome and row.record.values[column] is not None:
            self._sign(painter, QPointF(left + 4, box.center().y() + 0.5), failed)
            left, width = left + SIGN_ROOM, width - SIGN_ROOM
        missing = row.record.values[column] is None
        painter.setPen(self._bad if failed else self._quiet if missing else self._inks[column])
        words = self._fitting(row, column, width)
        painter.drawText(left, box.top(), width, box.height(), _FLAGS[self._right[column]], words)

    def _fitting(self, row: Row, column: int, width: int) -> str:
        """A cell's words, cut to a width; shaping a long prompt at each paint would cost much."""
        known = row.fitted.get(column)
        if known is None or known[0] != width:
            text = self._model.text(row, column)
            known = (width, self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))
            row.fitted[column] = known
        return known[1]

    def _sign(self, painter: QPainter, middle: QPointF, failed: bool) -> None:
        """A dot; a failure is a diamond, to be told apart without colours."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._bad if failed else self._good)
        if failed:
            corners = ((0, -5), (5, 0), (0, 5), (-5, 0))
            painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
        else:
            painter.drawEllipse(middle, 3.5, 3.5)
