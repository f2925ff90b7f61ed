"""A chart's numbers as a table in a window of its own: its twin for the keyboard and for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.charts.data_table import DataTable, as_csv, as_text
from core.text.formatting import NOTHING, count, one_line, rows_words, written
from core.text.names import name_line
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import base_font, tabular
from gui.widgets.text import PlainLabel, set_severity

_LONGEST: Final = 300
_WIDEST: Final = 320
_ROW: Final = 26
_SAMPLE: Final = 50
"""So many rows tell what a column has."""

_FIGURE: Final = 14
"""Characters of the longest figure in words."""

_DIGITS: Final = 4
"""Significant digits that are shown; copies have all."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class DataTableModel(QAbstractTableModel):
    """The cells: numbers with thousands apart, a dash where nothing is known; text is cut to a line."""

    def __init__(self, table: DataTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = table
        self._font = tabular(base_font())
        sample = table.rows[:_SAMPLE]
        self._right = tuple(_is_of_numbers([row[at] for row in sample]) for at in range(len(table.columns)))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.table.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a cell's text, its side and the font."""
        if not index.isValid():
            return None
        value = self.table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(self._right[index.column()])
        return self._font if role == Qt.ItemDataRole.FontRole else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's heading, on the side of its numbers."""
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(self.table.columns[section], 60)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(self._right[section])
        return None


class DataTableDialog(QDialog):
    """Shows a :class:`.DataTable` as it was when it was asked for; cells, rows or everything can be copied.

    Attributes:
        view: the table, which has the focus.
    """

    def __init__(self, table: DataTable, summary: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(one_line(table.title, 80) or _("Chart"))
        self._table = table
        self.view = QTableView()
        self.view.setModel(DataTableModel(table, self.view))
        self._arrange(summary)
        self._fit_columns()
        self.view.installEventFilter(self)
        self.view.setFocus()

    def sizeHint(self) -> QSize:
        """Return the size that suits the content, within reason."""
        width = self.view.horizontalHeader().length() + 64
        height = self.view.verticalHeader().length() + 200
        return QSize(min(max(width, 480), 960), min(max(height, 300), 620))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Copy what is selected."""
        pressed = watched is self.view and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress
        if pressed and event.matches(QKeySequence.StandardKey.Copy):  # type: ignore[attr-defined]
            self._copy_selection()
            return True
        return False

    def copy_text(self) -> None:
        """Copy everything with tabs between the columns."""
        _to_clipboard(as_text(self._table))

    def copy_csv(self) -> None:
        """Copy everything as CSV."""
        _to_clipboard(as_csv(self._table))

    def _arrange(self, summary: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        title = PlainLabel(one_line(self._table.title, 120))
        title.setFont(base_font(15, QFont.Weight.DemiBold))
        title.setMinimumWidth(1)
        column.addWidget(title)
        if summary:
            sentence = PlainLabel(one_line(summary, 400))
            sentence.setWordWrap(True)
            set_severity(sentence, Severity.MUTED)
            column.addWidget(sentence)
        self._dress_view(one_line(summary, 400))
        column.addWidget(self.view, 1)
        column.addLayout(self._buttons())

    def _dress_view(self, description: str) -> None:
        view = self.view
        view.setAccessibleName(one_line(self._table.title))
        view.setAccessibleDescription(description)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setTabKeyNavigation(False)
        view.setShowGrid(False)
        view.setAlternatingRowColors(True)
        view.setWordWrap(False)
        view.verticalHeader().hide()
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.verticalHeader().setDefaultSectionSize(_ROW)
        view.horizontalHeader().setHighlightSections(False)
        if self._table.rows:
            view.setCurrentIndex(view.model().index(0, 0))

    def _fit_columns(self) -> None:
        """Give the columns the widths of what they have at first; the host may change them."""
        header = self.view.horizontalHeader()
        for widget in (self, self.view, header):
            widget.ensurePolished()  # the style sheet's paddings count
        header.setResizeContentsPrecision(_SAMPLE)
        header.setMaximumSectionSize(_WIDEST)
        self.view.resizeColumnsToContents()
        header.setMaximumSectionSize(4 * _WIDEST)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        size = PlainLabel(rows_words(len(self._table.rows)))
        set_severity(size, Severity.MUTED)
        row.addWidget(size, 1)
        for words, act in (
            (_("&Copy as text"), self.copy_text),
            (_("Copy as CS&V"), self.copy_csv),
            (_("C&lose"), self.accept),
        ):
            button = QPushButton(words)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            row.addWidget(button)
        return row

    def _copy_selection(self) -> None:
        """The selected cells, in the columns that have any; everything, with headings, where all are selected."""
        cells = {(index.row(), index.column()) for index in self.view.selectedIndexes()}
        columns = sorted({column for _n, column in cells})
        rows = sorted({row for row, _n in cells})
        values = tuple(
            tuple(self._table.rows[row][column] if (row, column) in cells else None for column in columns)
            for row in rows
        )
        headings = tuple(self._table.columns[column] for column in columns)
        _to_clipboard(as_text(DataTable(self._table.title, headings, values), headings=len(rows) > 1))


def _shown(value: str | float | None) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return name_line(value, _LONGEST)
    return count(value) if isinstance(value, int) else written(value, f",.{_DIGITS}g")


def _is_of_numbers(values: Sequence[object]) -> bool:
    """Whether a column has numbers, or short texts such as ``12.8 s``: they stand at the right."""
    return all(value is None or not isinstance(value, str) or _is_figure(value) for value in values)


def _is_figure(text: str) -> bool:
    return text[:1].isdigit() and len(text) <= _FIGURE


def _side(right: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute)


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
