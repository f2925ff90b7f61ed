"""The view of records: whole rows are selected, hovered and focused; keys lead beyond what is in memory."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.tables.records.delegate import RecordDelegate
from gui.tables.records.header import RecordHeader
from gui.tables.records.model import RecordModel, Row
from gui.widgets.row import RowState, paint_row_ground
from resources import design
from resources.design import Palette, Theme

ROOMY: Final = 29
"""Pixels of a row, until the host's density is known."""

FRESH_SECONDS: Final = 1.6
"""How long a new row stays tinted."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex
_PLAIN: Final = Qt.KeyboardModifier.NoModifier


class RecordView(QTableView):
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
        super().__init__(parent)
        self._records = model
        self._colours = design.palette(Theme.DARK)
        self._hovered = -1
        self._fading = QTimer(self, singleShot=True)
        self._fading.timeout.connect(self.viewport().update)
        self.delegate = RecordDelegate(model, self)
        self.head = RecordHeader(model, self)
        self.setHorizontalHeader(self.head)
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setFont(self.delegate.font)
        self._set_up()
        self.entered.connect(lambda index: self._hover(index.row()))
        self.doubleClicked.connect(lambda _index: self.details_asked.emit())

    def _set_up(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.set_row_height(ROOMY)

    @property
    def row_height(self) -> int:
        """Pixels that a row takes."""
        return self.verticalHeader().defaultSectionSize()

    @property
    def top_row(self) -> int:
        """The first row that is seen, or -1."""
        return self.rowAt(0)

    @property
    def rows_seen(self) -> int:
        """How many rows there is room for, a part of one counted whole."""
        return -(-self.viewport().height() // self.row_height)

    @property
    def is_at_top(self) -> bool:
        """Whether nothing that is in memory lies above what is seen."""
        return self.verticalScrollBar().value() == 0

    def set_row_height(self, pixels: int) -> None:
        """Be roomy or dense, the same row staying on top."""
        top = self.top_row
        self.verticalHeader().setDefaultSectionSize(pixels)
        if top > 0:
            self.settle()
            self.verticalScrollBar().setValue(top * pixels)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._colours = palette
        self.delegate.set_palette(palette)
        self.head.set_palette(palette)
        plain = QPalette(self.palette())
        plain.setColor(QPalette.ColorRole.Highlight, QColor(0, 0, 0, 0))  # a selected row's ground is ours
        self.setPalette(plain)
        self.viewport().update()

    def focus_row(self, row: int) -> None:
        """Put the focus on a row without selecting it."""
        if 0 <= row < len(self._records.rows):
            column = max(self.currentIndex().column(), self.head.logicalIndex(0))
            self.selectionModel().setCurrentIndex(
                self._records.index(row, column), QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def tint(self, rows: Iterable[Row]) -> None:
        """Show for a moment that these rows have just come in."""
        for row in rows:
            row.fresh_until = time.monotonic() + FRESH_SECONDS
        self._fading.start(round(FRESH_SECONDS * 1000) + 20)

    def settle(self) -> None:
        """Lay out what came in at once; left to the next paint, the scroll bar's range would be an old one."""
        self.executeDelayedItemsLayout()
        self.updateGeometries()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the rows' grounds, then the cells: a ground for each cell would cost five times as much."""
        top, focused = self.top_row, self.currentIndex().row() if self.hasFocus() else -1
        if top >= 0:
            painter, height = QPainter(self.viewport()), self.row_height
            place, width = self.rowViewportPosition(top), self.viewport().width()
            selection, root, now = self.selectionModel(), self.rootIndex(), time.monotonic()
            for row in range(top, min(top + self.rows_seen + 1, len(self._records.rows))):
                state = RowState(
                    selected=selection.isRowSelected(row, root),
                    hovered=row == self._hovered,
                    fresh=self._records.rows[row].fresh_until > now,
                    focused=row == focused,
                )
                paint_row_ground(painter, QRect(0, place, width, height), self._colours, state)
                place += height
            painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Say that there is another room."""
        super().resizeEvent(event)
        self.resized.emit()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Forget the hovered row."""
        super().leaveEvent(event)
        self._hover(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Mark the row that has the focus; without a current one, that is the first that is seen."""
        super().focusInEvent(event)
        self._focus_something()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the mark away."""
        super().focusOutEvent(event)
        self.viewport().update()

    def currentChanged(self, current: _Index, previous: _Index) -> None:  # noqa: N802
        """Mark another row. One that only takes the place of a row that left memory is not scrolled to."""
        if not self._records.moving:
            super().currentChanged(current, previous)
        self.viewport().update()

    def selectionCommand(  # noqa: N802
        self, index: _Index, event: QEvent | None = None
    ) -> QItemSelectionModel.SelectionFlag:
        """Say it where a click or a key begins a new selection: it ends that of rows out of memory, too."""
        command = super().selectionCommand(index, event)
        if command & QItemSelectionModel.SelectionFlag.Clear:
            self.selection_begun.emit()
        return command

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
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

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
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

    def _hover(self, row: int) -> None:
        self._hovered = row
        self.viewport().update()
