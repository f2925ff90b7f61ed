"""A row of joined buttons of which one is chosen: the sections of a page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget


class Segments(QWidget):
    """Joined buttons; Left and Right move the choice. Hidden where there is nothing to choose.

    Signals:
        chosen(int): the host chose the segment with this number.
    """

    chosen = Signal(int)

    def __init__(self, titles: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for number, title in enumerate(titles):
            button = QPushButton(title)
            button.setCheckable(True)
            button.setAutoExclusive(True)
            button.setProperty("segment", _place(number, len(titles)))
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.idToggled.connect(self._announce)
        self.setAccessibleName("Sections")
        if titles:
            self.set_current(0)
        if len(titles) < 2:
            self.hide()

    @property
    def current(self) -> int:
        """The number of the chosen segment."""
        return self._group.checkedId()

    def set_current(self, number: int) -> None:
        """Choose a segment."""
        self._group.button(number).setChecked(True)

    def _announce(self, number: int, checked: bool) -> None:
        if checked:
            self.chosen.emit(number)


def _place(number: int, among: int) -> str:
    if number == 0:
        return "first"
    return "last" if number == among - 1 else "middle"
