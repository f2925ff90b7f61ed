"""Which records are selected, by their ids: a row that leaves memory and comes back is still selected."""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QObject, Signal

from core.tables.definitions import TableRecord
from gui.tables.records.model import RecordModel
from gui.tables.records.view import RecordView

MOST: Final = 10_000
"""So many selected records are remembered."""

_FLAGS: Final = QItemSelectionModel.SelectionFlag


class Picked(QObject):
    """Follows a view's selection and current row, and puts both back on rows that come in again.

    Attributes:
        records: the selected records by id, in no order of their own.
        current: the record that the focus is on, or None.

    Signals:
        current_changed(Record | None): the focus is on another record.
    """

    current_changed = Signal(object)

    def __init__(self, view: RecordView, model: RecordModel) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self.records: dict[int | str, TableRecord] = {}
        self.current: TableRecord | None = None
        self._column = 0
        self._restoring = False
        selection = view.selectionModel()
        selection.selectionChanged.connect(self._follow_selection)
        selection.currentChanged.connect(self._follow_current)
        model.rowsInserted.connect(self._restore)
        view.selection_begun.connect(self._forget_unseen)

    def in_order(self) -> list[TableRecord]:
        """The selected records: those in memory as they stand there, then the others."""
        here = [row.record for row in self._model.rows if row.record.id in self.records]
        ids = {record.id for record in here}
        return here + [record for record in self.records.values() if record.id not in ids]

    def clear(self) -> None:
        """Select nothing."""
        self.records.clear()
        self._view.selectionModel().clearSelection()

    def forget(self) -> None:
        """Select nothing, and have no current row."""
        self.clear()
        self._view.selectionModel().clear()
        self._set_current(None)

    def drop(self, gone: Container[int | str]) -> None:
        """These records are no longer in the database."""
        self.records = {key: record for key, record in self.records.items() if key not in gone}
        if self.current is not None and self.current.id in gone:
            self._set_current(None)

    def settle(self) -> None:
        """The rows of another query are there: the focus is on none that is not among them."""
        current = self.current
        if current is not None and all(row.record.id != current.id for row in self._model.rows):
            self._set_current(None)

    def _follow_selection(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        if self._model.moving or self._restoring:
            return
        for record in self._in(deselected):
            self.records.pop(record.id, None)
        for record in self._in(selected):
            if len(self.records) < MOST:
                self.records[record.id] = record

    def _in(self, selection: QItemSelection) -> Iterator[TableRecord]:
        for number in range(selection.size()):
            part = selection.at(number)
            for row in self._model.rows[part.top() : part.bottom() + 1]:
                yield row.record

    def _forget_unseen(self) -> None:
        if self.records:
            here = {row.record.id for row in self._model.rows}
            self.records = {key: record for key, record in self.records.items() if key in here}

    def _follow_current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._model.moving:
            self._column = current.column()
            self._set_current(self._model.rows[current.row()].record)

    def _set_current(self, record: TableRecord | None) -> None:
        if record is not self.current:
            self.current = record
            self.current_changed.emit(record)

    def _restore(self, _parent: QModelIndex, first: int, last: int) -> None:
        selection, rows = self._view.selectionModel(), self._model.rows
        self._restoring = True
        for number in range(first, last + 1):
            if rows[number].record.id in self.records:
                index = self._model.index(number, 0)
                selection.select(index, _FLAGS.Select | _FLAGS.Rows)
        self._restoring = False
        if self.current is not None and not self._is_current(self.current):
            self._put_back(self.current, first, last)

    def _is_current(self, record: TableRecord) -> bool:
        """Whether the view's current row is the record's; a view puts the focus on a neighbour of a row that goes."""
        row = self._view.currentIndex().row()
        return 0 <= row < len(self._model.rows) and self._model.rows[row].record.id == record.id

    def _put_back(self, current: TableRecord, first: int, last: int) -> None:
        for number in range(first, last + 1):
            if self._model.rows[number].record.id == current.id:
                index = self._model.index(number, self._column)
                self._view.selectionModel().setCurrentIndex(index, _FLAGS.NoUpdate)
                return
