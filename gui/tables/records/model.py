"""The rows around what is seen, as a table model: a window of bounded size over a table of any size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QObject, Qt

from core.storage.values import ID_KINDS, Kind
from core.tables.definitions import Column, TableRecord
from core.text.formatting import one_line
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.tables.shared.cell_text import Wording
from gui.tables.shared.row_model import Index, RowModel
from gui.widgets.text import plain_tip

CAPACITY: Final = 2_000
"""Rows that are kept: some forty screens."""

_LONGEST_TIP: Final = 400
_LONGEST_ID: Final = 40
_BY_ID: Final = _("Sorted by the ids, not by the names that stand in their place.")


@dataclass(slots=True, eq=False)
class RecordRow:
    """A record with its place in the order, and what was worked out for showing it.

    Attributes:
        key: the place, as pages are asked for.
        share: about where in the whole table it is, 0 to 1.
        texts: the cells' words by column, once asked for.
        fitted: the cells' words as they fit, by column: the width and the words.
    """

    key: int
    record: TableRecord
    share: float = 0.0
    texts: dict[int, str] = field(default_factory=dict)
    fitted: dict[int, tuple[int, str]] = field(default_factory=dict)


class RecordModel(RowModel[RecordRow]):
    """Rows in the order of the table, at most :data:`CAPACITY`. Nothing is ever reset.

    Attributes:
        columns: what the table has, whether it is shown or not.
        wording: how values become words.
    """

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__([column.title for column in columns], parent)
        self.columns = tuple(columns)
        self.wording = Wording()
        self._kinds = tuple(column.kind for column in columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's title, or what is to be known of its order."""
        if role == Qt.ItemDataRole.ToolTipRole and orientation is Qt.Orientation.Horizontal:
            return _BY_ID if NAMES.shows_any and self._kinds[section] in ID_KINDS else None
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's words, or its tool tip."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.AccessibleTextRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(row, column)
        return None

    def text(self, row: RecordRow, column: int) -> str:
        """Return what a cell says; worked out once."""
        text = row.texts.get(column)
        if text is None:
            text = row.texts[column] = self.wording.short(self.columns[column], row.record.values[column])
        return text

    def whole_id(self, row: RecordRow, column: int) -> str:
        """Return all of an id, for a cell with room for it; empty where the column has none, or a name is shown."""
        value, kind = row.record.values[column], self._kinds[column]
        if kind not in ID_KINDS or value is None or NAMES.masked or NAMES.name(str(kind), str(value)):
            return ""
        return one_line(str(value), _LONGEST_ID)

    def tip(self, row: RecordRow, column: int) -> str:
        """Return a cell's tool tip where there is more to say than the cell does."""
        value = row.record.values[column]
        if value is None:
            return ""
        whole = self.wording.whole(self.columns[column], value)
        return plain_tip(whole, _LONGEST_TIP) if whole != self.text(row, column) else ""

    def kind(self, column: int) -> Kind:
        """Return what a column's values are."""
        return self._kinds[column]

    def value(self, row: RecordRow, key: str) -> Any:
        """Return the value in the column called ``key``; None where the table has no such column."""
        for place, column in enumerate(self.columns):
            if column.key == key:
                return row.record.values[place]
        return None

    def set_wording(self, wording: Wording) -> None:
        """Say everything anew: another day, another zone, or prompts are hidden from now on."""
        if wording == self.wording:
            return
        self.wording = wording
        for row in self.rows:
            row.texts.clear()
            row.fitted.clear()
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def replace(self, rows: Iterable[RecordRow]) -> None:
        """Hold these rows and no others."""
        self.clear()
        self.insert(0, list(rows)[:CAPACITY])

    def clear(self) -> None:
        """Hold no rows."""
        self.remove(0, len(self.rows))

    def append(self, rows: Sequence[RecordRow]) -> int:
        """Add rows at the end. Return how many were dropped at the beginning to make room."""
        self.insert(len(self.rows), list(rows))
        dropped = max(0, len(self.rows) - CAPACITY)
        self.remove(0, dropped)
        return dropped

    def prepend(self, rows: Sequence[RecordRow]) -> int:
        """Add rows at the beginning. Return how many were dropped at the end to make room."""
        self.insert(0, list(rows))
        dropped = max(0, len(self.rows) - CAPACITY)
        self.remove(len(self.rows) - dropped, dropped)
        return dropped

    def drop(self, gone: set[int]) -> None:
        """Let go of the rows with these keys."""
        self.remove_marked([row.key in gone for row in self.rows])
