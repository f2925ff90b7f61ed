"""Records to the clipboard, whole: as text, CSV or JSON. What is masked on the screen is masked in the copy."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from core.export.wording import neutralised, plain
from core.tables import Column, Record
from gui.tables.cells import Wording
from gui.tables.row_source import RowSource
from gui.tables.wishes import Answer, Failed, Records, Whole

_COPIES: Final = -1
"""The number of a wish of ours: fetches count upwards from 1."""


class Form(StrEnum):
    """How records are written."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"

    @property
    def words(self) -> str:
        """What the menu calls it."""
        return {"text": "Text", "csv": "CSV", "json": "JSON"}[self.value]


class Copying(QObject):
    """Copies. Whole texts are read first: in memory they are cut.

    Signals:
        copied(int): so many rows are on the clipboard.
    """

    copied = Signal(int)

    def __init__(
        self, source: RowSource, table: str, columns: Callable[[], Sequence[Column]], all_columns: Sequence[Column],
        wording: Callable[[], Wording], parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._source, self._table = source, table
        self._columns, self._places = columns, {column.key: n for n, column in enumerate(all_columns)}
        self._wording = wording
        self._waiting: tuple[tuple[Record, ...], Form] | None = None
        source.answered.connect(self._take)

    def copy_cell(self, record: Record, column: Column) -> None:
        """Copy a cell's whole value."""
        self._set(self._wording().whole(column, record.values[self._places[column.key]]))

    def copy_id(self, record: Record) -> None:
        """Copy a record's id."""
        self._set(str(record.id))

    def copy(self, records: Sequence[Record], form: Form) -> None:
        """Copy records with the columns that are shown."""
        if records:
            self._waiting = (tuple(records), form)
            self._source.ask(Whole(_COPIES, self._table, tuple(record.id for record in records)))

    def _take(self, answer: Answer) -> None:
        if self._waiting is None or not isinstance(answer, Records | Failed) or answer.number != _COPIES:
            return
        (records, form), self._waiting = self._waiting, None
        whole = {record.id: record for record in answer.records} if isinstance(answer, Records) else {}
        found = [whole.get(record.id, record) for record in records]  # what is gone is copied as it was seen
        self._set(as_text(self._rows(found), [column.title for column in self._columns()], form))
        self.copied.emit(len(found))

    def _rows(self, records: Sequence[Record]) -> list[list[Any]]:
        wording, columns = self._wording(), self._columns()
        return [[wording.plain(column, record.values[self._places[column.key]]) for column in columns] for record in records]

    def _set(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)


def as_text(rows: Sequence[Sequence[Any]], titles: Sequence[str], form: Form) -> str:
    """Rows of values under titles, as text."""
    if form is Form.JSON:
        return json.dumps([dict(zip(titles, row, strict=True)) for row in rows], ensure_ascii=False, indent=2)
    if form is Form.TEXT:
        lines = ("\t".join(_line(value) for value in row) for row in rows)
        return "\n".join(lines)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(titles)
    writer.writerows([neutralised(plain(value)) if isinstance(value, str) else value for value in row] for row in rows)
    return out.getvalue()


def _line(value: Any) -> str:
    return "" if value is None else " ".join(plain(str(value)).split())
