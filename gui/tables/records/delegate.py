"""How a cell of a record is drawn: one line that fits, quiet where it is read second, a sign where it failed."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from core.tables.definitions import Kind
from gui.style.theme import base_font, tabular
from gui.tables.records.model import RecordModel, RecordRow
from gui.tables.shared.cell_text import NUMERIC, QUIET
from gui.tables.shared.cells import MARGIN, SIGN_ROOM, TEXT_FLAGS, paint_sign
from gui.tables.shared.row_model import Index
from resources import design
from resources.design import Palette, Theme


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

    def failed(self, row: RecordRow) -> bool:
        """Return whether the row is about something that failed."""
        return self._outcome >= 0 and row.record.values[self._outcome] is False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the words, and a sign before an outcome."""
        place = index.column()
        self.paint_cell(painter, option.rect, self._model.rows[index.row()], place)

    def paint_cell(self, painter: QPainter, box: QRect, row: RecordRow, column: int) -> None:
        """Draw one cell; the painter has our font."""
        left, width = box.left() + MARGIN, box.width() - 2 * MARGIN
        failed = column == self._outcome and self.failed(row)
        if column == self._outcome and row.record.values[column] is not None:
            ink = self._bad if failed else self._good
            paint_sign(painter, QPointF(left + 4, box.center().y() + 0.5), ink, failed=failed)
            left, width = left + SIGN_ROOM, width - SIGN_ROOM
        missing = row.record.values[column] is None
        painter.setPen(self._bad if failed else self._quiet if missing else self._inks[column])
        words = self._fitting(row, column, width)
        painter.drawText(left, box.top(), width, box.height(), TEXT_FLAGS[self._right[column]], words)

    def _fitting(self, row: RecordRow, column: int, width: int) -> str:
        """A cell's words, cut to a width; shaping a long prompt at each paint would cost much."""
        known = row.fitted.get(column)
        if known is None or known[0] != width:
            text = self._model.text(row, column)
            known = (width, self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width))
            row.fitted[column] = known
        return known[1]
