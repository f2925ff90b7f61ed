"""Asks what a view is to be called."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QWidget

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.dialogs.data.parts import button
from gui.style.severity import Severity
from gui.widgets.parts import column, row
from gui.widgets.text import PlainLabel, set_severity

LONGEST: Final = 60
"""Characters of a name."""

_WIDTH: Final = 372


class ViewNameDialog(QDialog):
    """A name that no other view has.

    Attributes:
        field: what is typed; go: keeps it; leave: Cancel.
    """

    def __init__(self, proposed: str, taken: Collection[str], words: str, parent: QWidget | None = None) -> None:
        """``words`` say what the view shows."""
        super().__init__(parent)
        self._taken = frozenset(name.casefold() for name in taken)
        self.setWindowTitle(_("Save view"))
        self.field = QLineEdit(proposed[:LONGEST])
        self.field.setMaxLength(LONGEST)
        self.field.selectAll()
        about, self._state = PlainLabel(words), PlainLabel()
        about.setWordWrap(True)
        set_severity(about, Severity.MUTED)
        set_severity(self._state, Severity.BAD)
        self.leave, self.go = button(_("Cancel")), button(_("&Save"), kind="primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self.accept)
        self.leave.clicked.connect(self.reject)
        self.field.textChanged.connect(self._check)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.addRow(_("&Name"), self.field)
        foot = row(1, self.leave, self.go, gap=8)
        column(form, about, self._state, foot, on=self, gap=16, margins=(24, 24, 24, 16)).addStrut(_WIDTH)
        self._check()

    @property
    def name(self) -> str:
        """What is typed, on one line."""
        return one_line(self.field.text(), LONGEST)

    def _check(self) -> None:
        is_taken = self.name.casefold() in self._taken
        self._state.setText(_("There is a view of this name.") if is_taken else "")
        self._state.setVisible(is_taken)
        self.go.setEnabled(bool(self.name) and not is_taken)
