"""Records to the clipboard, whole: as text, CSV or JSON. What is masked on the screen is masked in the copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from core.export.clipboard import Style, as_text
from core.export.names import plain_name
from core.storage.values import ID_KINDS
from core.tables.definitions import Column, TableRecord
from core.tables.reading.messages import FaultResult, RecordsRequest, RecordsResult, Result
from core.text.names import NAMES
from gui.tables.records.column_layout import ColumnLayout
from gui.tables.records.model import RecordModel
from gui.tables.records.source import RowSource

_COPIES: Final = -1
"""The number of a request of ours: those for rows count upwards from 1."""


class Copying(QObject):
    """Copies. Whole texts are read first: in memory they are cut.

    Signals:
        copied(int): so many rows are on the clipboard.
    """

    copied = Signal(int)

    def __init__(self, source: RowSource, table: str, model: RecordModel, columns: ColumnLayout) -> None:
        super().__init__(columns)
        self._source, self._table, self._model, self._columns = source, table, model, columns
        self._waiting: tuple[tuple[TableRecord, ...], Style | Column] | None = None
        source.answered.connect(self._take)

    def copy_cell(self, record: TableRecord, column: Column) -> None:
        """Copy a cell's whole value."""
        self._ask((record,), column)

    def copy_id(self, record: TableRecord) -> None:
        """Copy a record's id."""
        QGuiApplication.clipboard().setText(str(record.id))

    def copy(self, records: Sequence[TableRecord], style: Style) -> None:
        """Copy records with the columns that are shown."""
        if records:
            self._ask(tuple(records), style)

    def _ask(self, records: tuple[TableRecord, ...], what: Style | Column) -> None:
        self._waiting = (records, what)
        self._source.ask(RecordsRequest(_COPIES, self._table, tuple(record.id for record in records)))

    def _take(self, answer: Result) -> None:
        if self._waiting is None or not isinstance(answer, RecordsResult | FaultResult) or answer.number != _COPIES:
            return
        (records, what), self._waiting = self._waiting, None
        whole = {record.id: record for record in answer.records} if isinstance(answer, RecordsResult) else {}
        found = [whole.get(record.id, record) for record in records]  # what is gone is copied as it was seen
        QGuiApplication.clipboard().setText(self._text(found, what))
        self.copied.emit(len(found))

    def _text(self, records: Sequence[TableRecord], what: Style | Column) -> str:
        wording = self._model.wording
        if isinstance(what, Column) and what.kind in ID_KINDS:
            return str(records[0].values[self._model.columns.index(what)] or "")  # others find by it; a name may change
        if isinstance(what, Column):
            return wording.whole(what, records[0].values[self._model.columns.index(what)])
        shown = [column.key for column in self._columns.visible]
        names = _names_for if self._named(records) else None
        return as_text(records, self._table, shown, what, zone=wording.zone, masked=wording.masked, names_for=names)

    def _named(self, records: Sequence[TableRecord]) -> bool:
        """Whether a name is known for an id in a shown column of these."""
        kinds = [(self._model.columns.index(each), str(each.kind)) for each in self._columns.visible
                 if each.kind in ID_KINDS]  # fmt: skip
        return any(NAMES.own_name(kind, str(record.values[place])) for record in records for place, kind in kinds)


def _names_for(kind: str, ids: Sequence[Any]) -> list[str | None]:
    return [plain_name(NAMES.own_name(kind, str(each))) for each in ids]
