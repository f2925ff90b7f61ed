"""To one row of a table, wherever it is: it is shown among its neighbours, selected, with its details open."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QObject, Qt, QTimer

from core.tables.reading.messages import Beyond
from core.text.translation import gettext as _
from gui.tables.records.table import TablePanel

_GONE = _("This row is no longer in the database, or not in the range that is shown.")


class RowVisit(QObject):
    """Leads to one row at a time; the newest request wins."""

    def __init__(self, table: TablePanel) -> None:
        super().__init__(table)
        self._table = table
        self._wanted: int | None = None
        table.browser.changed.connect(self._look)

    def go(self, row_id: int) -> None:
        """Show the row with this id, in the order of time."""
        table = self._table
        self._wanted = row_id
        if self._place() is None:
            table.show_matches("")  # whatever hides it
            table.browser.go(Beyond(row_id + 1))
        self._look()

    def _place(self) -> int | None:
        rows = self._table.model.rows
        return next((place for place, row in enumerate(rows) if row.record.id == self._wanted), None)

    def _look(self) -> None:
        """The rows may have come; there are none of before while others are on their way."""
        browser = self._table.browser
        if self._wanted is None or browser.requests.replacing:
            return
        place = self._place()
        if place is None:
            if not browser.requests.loading:
                self._wanted = None
                self._table.frame.say_note(_GONE)
            return
        self._wanted = None
        self._show(place)

    def _show(self, place: int) -> None:
        view, details = self._table.view, self._table.frame.top_line.details
        index = view.row_model.index(place, max(view.currentIndex().column(), view.head.logicalIndex(0)))
        flags = QItemSelectionModel.SelectionFlag
        self._table.picked.clear()
        view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self._table.frame.show_rows()  # what is not seen takes no keys
        view.setFocus(Qt.FocusReason.OtherFocusReason)
        details.setChecked(True)
        QTimer.singleShot(0, self._bring_into_view)  # the rows have less room beside the details

    def _bring_into_view(self) -> None:
        view = self._table.view
        view.settle()
        view.scrollTo(view.currentIndex())
