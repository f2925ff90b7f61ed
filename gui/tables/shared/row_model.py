"""Rows as a table model: they come and go in ranges around those that stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, Generic, TypeAlias, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index: TypeAlias = QModelIndex | QPersistentModelIndex
R = TypeVar("R")

_NO_PARENT: Final = QModelIndex()
_TITLE_ROLES: Final = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole)


class RowModel(QAbstractTableModel, Generic[R]):
    """Rows under titles.

    Attributes:
        rows: those in memory.
        moving: whether rows are just leaving memory; a selection that goes with them is not the host's doing.
    """

    def __init__(self, titles: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[R] = []
        self.moving = False
        self._titles = tuple(titles)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return how many rows are in memory."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return how many columns there are, hidden ones too."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's title."""
        is_title = orientation is Qt.Orientation.Horizontal and role in _TITLE_ROLES
        return self._titles[section] if is_title and 0 <= section < len(self._titles) else None

    def insert(self, place: int, rows: Sequence[R]) -> None:
        """Add rows before the one at a place."""
        if rows:
            self.beginInsertRows(QModelIndex(), place, place + len(rows) - 1)
            self.rows[place:place] = rows
            self.endInsertRows()

    def remove(self, place: int, count: int) -> None:
        """Let go of rows from a place on."""
        if count:
            self.moving = True
            self.beginRemoveRows(QModelIndex(), place, place + count - 1)
            del self.rows[place : place + count]
            self.endRemoveRows()
            self.moving = False

    def remove_marked(self, marks: Iterable[bool]) -> None:
        """Let go of the rows that are marked, each by its place."""
        for place, count in reversed(list(marked_spans(marks))):
            self.remove(place, count)


def marked_spans(marks: Iterable[bool]) -> Iterator[tuple[int, int]]:
    """Yield first place and length of each span of true marks."""
    place = 0
    for mark, span in groupby(marks):
        length = sum(1 for _ in span)
        if mark:
            yield place, length
        place += length
