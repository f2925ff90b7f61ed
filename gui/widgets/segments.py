"""A row of joined buttons of which one is chosen: the sections of a page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.widgets.joined_buttons import JoinedButtons, reach_chosen


class Segments(JoinedButtons):
    """Joined buttons; Left and Right move the choice. Hidden where there is nothing to choose.

    Signals:
        chosen(int): the host chose the segment with this number.
    """

    chosen = Signal(int)

    def __init__(self, titles: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(titles, parent)
        self.group.idToggled.connect(self._announce)
        reach_chosen(self.group)
        self.setAccessibleName("Sections")
        if titles:
            self.set_current(0)
        if len(titles) < 2:
            self.hide()

    @property
    def current(self) -> int:
        """The number of the chosen segment."""
        return self.group.checkedId()

    def set_current(self, number: int) -> None:
        """Choose a segment."""
        self.group.button(number).setChecked(True)

    def _announce(self, number: int, checked: bool) -> None:
        if checked:
            self.chosen.emit(number)
