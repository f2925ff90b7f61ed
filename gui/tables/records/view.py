"""The view of records: how a cell is drawn; whole rows are selected, and keys lead beyond what is in memory."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.storage.values import Kind
from gui.style.theme import base_font, ink, tabular
from gui.tables.records.header import RecordHeader
from gui.tables.records.model import RecordModel, RecordRow
from gui.tables.shared.cell_text import NUMERIC, QUIET
from gui.tables.shared.cells import MARGIN, SIGN_ROOM, TEXT_FLAGS, paint_sign
from gui.tables.shared.row_model import Index
from gui.tables.shared.row_view import RowView
from gui.widgets.text import cut_name


class RecordDelegate(QStyledItemDelegate):
    """Paints a cell's words; the ground of the row is the view's."""

    def __init__(self, model: RecordModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model
        self.font = tabular(base_font())
        self._metrics = QFontMetrics(self.font)
        self._right = tuple(column.kind in NUMERIC for column in model.columns)
        self._outcome = next((n for n, column in enumerate(model.columns) if column.kind is Kind.OUTCOME), -1)
        self._inks = tuple("muted" if column.kind in QUIET else "text" for column in model.columns)

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
            core = ink("bad" if failed else "good")
            paint_sign(painter, QPointF(left + 4, box.center().y() + 0.5), core, failed=failed)
            left, width = left + SIGN_ROOM, width - SIGN_ROOM
        missing = row.record.values[column] is None
        painter.setPen(ink("bad" if failed else "muted" if missing else self._inks[column]))
        words = self._fitting(row, column, width)
        painter.drawText(left, box.top(), width, box.height(), TEXT_FLAGS[self._right[column]], words)

    def _fitting(self, row: RecordRow, column: int, width: int) -> str:
        """A cell's words, cut to a width; shaping a long prompt at each paint would cost much."""
        known = row.fitted.get(column)
        if known is None or known[0] != width:
            text = self._model.whole_id(row, column)
            if not text or self._metrics.horizontalAdvance(text) > width:
                text = self._model.text(row, column)
            known = (width, cut_name(self._metrics, text, width))
            row.fitted[column] = known
        return known[1]


ROOMY: Final = 29
"""Pixels of a row, until the host's density is known."""

_PLAIN: Final = Qt.KeyboardModifier.NoModifier


class RecordView(RowView):
    """Shows a :class:`RecordModel`.

    Attributes:
        head: the header.
        delegate: draws the cells.

    Signals:
        top_asked(), end_asked(): Home, End: the first and the last row of the whole order.
        details_asked(): Enter, Space or a double click.
        menu_asked(QPoint): the context menu of the current cell is wanted, at a place on the screen.
        copy_asked(): the selected rows are to be copied.
        selection_begun(): the host begins a new selection in place of the old one.
        resized(): there is another room.
    """

    top_asked = Signal()
    end_asked = Signal()
    details_asked = Signal()
    menu_asked = Signal(object)
    copy_asked = Signal()
    selection_begun = Signal()
    resized = Signal()

    def __init__(self, model: RecordModel, parent: QWidget | None = None) -> None:
        super().__init__(model, ROOMY, parent)
        self.delegate = RecordDelegate(model, self)
        self.head = RecordHeader(model, self)
        self.setHorizontalHeader(self.head)
        self.setItemDelegate(self.delegate)
        self.setFont(self.delegate.font)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.doubleClicked.connect(lambda _index: self.details_asked.emit())

    def set_row_height(self, pixels: int) -> None:
        """Be roomy or dense, the same row staying on top."""
        top = self.top_row
        self.verticalHeader().setDefaultSectionSize(pixels)
        if top > 0:
            self.settle()
            self.verticalScrollBar().setValue(top * pixels)

    def focus_row(self, row: int) -> None:
        """Put the focus on a row without selecting it."""
        if 0 <= row < len(self.row_model.rows):
            column = max(self.currentIndex().column(), self.head.logicalIndex(0))
            self.selectionModel().setCurrentIndex(
                self.row_model.index(row, column), QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say that there is another room."""
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark the row that has the focus; without a current one, that is the first that is seen."""
        super().focusInEvent(event)
        self._focus_something()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Mark another row. One that only takes the place of a row that left memory is not scrolled to."""
        if self.row_model.moving:
            self.viewport().update()
        else:
            super().currentChanged(current, previous)

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        """Say it where a click or a key begins a new selection: it ends that of rows out of memory, too."""
        command = super().selectionCommand(index, event)
        if command & QItemSelectionModel.SelectionFlag.Clear:
            self.selection_begun.emit()
        return command

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the cell under the mouse, or of the current one where a key was pressed."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            if index.isValid():
                self.scrollTo(index)
                self.menu_asked.emit(self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()))
            return
        index = self.indexAt(event.pos())
        if index.isValid():
            if not self.selectionModel().isSelected(index):
                self.selectRow(index.row())
            self.selectionModel().setCurrentIndex(index, self.selectionModel().SelectionFlag.NoUpdate)
            self.menu_asked.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home, End, Enter, Space, Escape and Copy are for whole rows and the whole table."""
        key, plain = Qt.Key(event.key()), event.modifiers() in (_PLAIN, Qt.KeyboardModifier.KeypadModifier)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif plain and key is Qt.Key.Key_Home:
            self.top_asked.emit()
        elif plain and key is Qt.Key.Key_End:
            self.end_asked.emit()
        elif plain and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.details_asked.emit()
        elif plain and key is Qt.Key.Key_Escape and self.selectionModel().hasSelection():
            self.clearSelection()
        else:
            self._focus_something()
            super().keyPressEvent(event)

    def _focus_something(self) -> None:
        """Without a current row the keys begin at the first that is seen."""
        if not self.currentIndex().isValid():
            self.focus_row(self.top_row)
