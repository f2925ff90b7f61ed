"""Asks for the day with which the first day of the range is compared."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QDialog, QFormLayout, QWidget

from core.text.dates import month_day
from core.text.translation import gettext as _
from gui.dialogs.data.parts import button
from gui.style.severity import Severity
from gui.widgets.calendar import let_pick
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

_WIDTH: Final = 312
_FIRST: Final = QDate(2000, 1, 1)
_FORMAT: Final = "yyyy-MM-dd"


class ComparisonDateDialog(QDialog):
    """The day before the range's first one, or the one that was chosen last, until the host says another.

    Attributes:
        field: the day; go: compares; leave: Cancel.
    """

    def __init__(self, first: date, chosen: date | None = None, parent: QWidget | None = None) -> None:
        """``first`` is the range's first day."""
        super().__init__(parent)
        self.setWindowTitle(_("Compare with"))
        latest = first - timedelta(days=1)
        day = chosen if chosen is not None and chosen <= latest else latest
        self.field = QDateEdit(QDate(day.year, day.month, day.day))
        self.field.setDisplayFormat(_FORMAT)
        self.field.setDateRange(_FIRST, QDate(latest.year, latest.month, latest.day))
        let_pick(self.field)
        words = PlainLabel(
            _("The range's first day, {day}, is compared with this one, the second with the one behind it, and so on.")
            .format(day=month_day(first))
        )  # fmt: skip
        words.setWordWrap(True)
        set_severity(words, Severity.MUTED)
        self.leave, self.go = button(_("Cancel")), button(_("Co&mpare"), kind="primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)
        self.leave.clicked.connect(self.reject)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(_("&From"), self.field)
        foot = row(1, self.leave, self.go, gap=8)
        column(form, words, foot, on=self, gap=16, margins=(24, 24, 24, 16)).addStrut(_WIDTH)

    @property
    def day(self) -> date:
        """The day that is chosen."""
        shown = self.field.date()
        return date(shown.year(), shown.month(), shown.day())
