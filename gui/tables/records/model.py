"""The rows around what is seen, as a table model: a window of bounded size over a table of any size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.tables.definitions import Column, Kind, Record
from gui.tables.records.cell_text import Wording
from gui.widgets.text import plain_tip

CAPACITY: Final = 2_000
"""Rows that are kept: some forty screens."""

_LONGEST_TIP: Final = 400

_Index: TypeAlias = QModelIndex | QPersistentModelIndex
_NO_PARENT: Final = QModelIndex()


@dataclass(slots=True, eq=False)
class Row:
    """A record with its place in the order, and what was worked out for showing it.

    Attributes:
        key: the place, as pages are asked for.
        share: about where in the whole table it is, 0 to 1.
        texts: the cells' words by column, once asked for.
        fitted: the cells' words as they fit, by column: the width and the words.
        fresh_until: until when it is tinted, by the steady clock.
    """

    key: int
    record: Record
    share: float = 0.0
    texts: dict[int, str] = field(default_factory=dict)
    fitted: dict[int, tuple[int, str]] = field(default_factory=dict)
    fresh_until: float = 0.0


class RecordModel(QAbstractTableModel):
    """Rows in the order of the table. Rows come and go in ranges; nothing is ever reset.

    Attributes:
        columns: what the table has, whether it is shown or not.
        rows: those in memory, at most :data:`CAPACITY`.
        wording: how values become words.
        moving: whether rows are just leaving memory; a selection that goes with them is not the host's doing.
    """

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.rows: list[Row] = []
        self.wording = Wording()
        self.moving = False
        self._kinds = tuple(column.kind for column in columns)

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802
        """Return how many rows are in memory."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:  # noqa: N802
        """Return how many columns there are, hidden ones too."""
        return 0 if parent.isValid() else len(self.columns)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.columns[section].title
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's words, or its tool tip."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.AccessibleTextRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tip(row, column)
        return None

    def text(self, row: Row, column: int) -> str:
        """Return what a cell says; worked out once."""
        text = row.texts.get(column)
        if text is None:
            text = row.texts[column] = self.wording.short(self.columns[column], row.record.values[column])
        return text

    def tip(self, row: Row, column: int) -> str:
        """Return a cell's tool tip where there is more to say than the cell does."""
        value = row.record.values[column]
        if value is None:
            return ""
        whole = self.wording.whole(self.columns[column], value)
        return plain_tip(whole, _LONGEST_TIP) if whole != self.text(row, column) else ""

    def kind(self, column: int) -> Kind:
        """Return what a column's values are."""
        return self._kinds[column]

    def value(self, row: Row, key: str) -> Any:
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

    def replace(self, rows: Iterable[Row]) -> None:
        """Hold these rows and no others."""
        self.clear()
        self._insert(0, list(rows)[:CAPACITY])

    def clear(self) -> None:
        """Hold no rows."""
        self._remove(0, len(self.rows))

    def append(self, rows: Sequence[Row]) -> int:
        """Add rows at the end. Return how many were dropped at the beginning to make room."""
        self._insert(len(self.rows), list(rows))
        dropped = max(0, len(self.rows) - CAPACITY)
        self._remove(0, dropped)
        return dropped

    def prepend(self, rows: Sequence[Row]) -> int:
        """Add rows at the beginning. Return how many were dropped at the end to make room."""
        self._insert(0, list(rows))
        dropped = max(0, len(self.rows) - CAPACITY)
        self._remove(len(self.rows) - dropped, dropped)
        return dropped

    def drop(self, gone: set[int]) -> None:
        """Let go of the rows with these keys."""
        for first, count in reversed(list(_runs(row.key in gone for row in self.rows))):
            self._remove(first, count)

    def _insert(self, place: int, rows: list[Row]) -> None:
        if rows:
            self.beginInsertRows(QModelIndex(), place, place + len(rows) - 1)
            self.rows[place:place] = rows
            self.endInsertRows()

    def _remove(self, place: int, count: int) -> None:
        if count:
            self.moving = True
            self.beginRemoveRows(QModelIndex(), place, place + count - 1)
            del self.rows[place : place + count]
            self.endRemoveRows()
            self.moving = False


def _runs(flags: Iterator[bool]) -> Iterator[tuple[int, int]]:
    """First place and length of each span of true flags."""
    place = 0
    for flag, span in groupby(flags):
        length = sum(1 for _ in span)
        if flag:
            yield place, length
        place += length
