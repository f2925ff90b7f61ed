"""What stands beside the filter box: the pill with what came in, the columns, the details."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QToolButton

from gui.style.icons import icon
from gui.tables.shared.row_view import NewRowsPill
from gui.widgets.text import set_tip
from resources.design import Palette


class TopLine(QObject):
    """The buttons at the right of the filter box.

    Attributes:
        pill: "12 new ↑"; hidden while nothing is unseen.
        columns: which columns are shown; details: whether the pane is.
    """

    def __init__(self, row: QHBoxLayout, parent: QObject) -> None:
        super().__init__(parent)
        self.pill = NewRowsPill("To the newest row (Home)", "rows")
        self.columns = _button("Columns", "Which columns are shown, and in which order")
        self.details = _button("Details", "All of the current row (Enter)")
        self.details.setCheckable(True)
        row.addSpacing(4)
        for widget in (self.pill, self.columns, self.details):
            row.addWidget(widget)

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self.pill.set_palette(palette)
        self.columns.setIcon(icon("columns", palette))
        self.details.setIcon(icon("details", palette))


def _button(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setAccessibleName(name)
    set_tip(button, tip)
    return button
