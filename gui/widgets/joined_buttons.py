"""Buttons in a row without gaps, of which one is pressed: the look that ranges, sections and preferences share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QPushButton, QWidget

from core.text.translation import gettext as _
from gui.style.theme import is_mirrored
from gui.widgets.parts import row


def reach_chosen(group: QButtonGroup) -> None:
    """Let Tab lead to the group's chosen button, whoever chose it; the arrow keys go on from there."""

    def follow(button: QAbstractButton, chosen: bool) -> None:
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)

    for button in group.buttons():
        follow(button, button.isChecked())
    group.buttonToggled.connect(follow)


class JoinedButtons(QWidget):
    """The buttons, radio buttons to screen readers. What a choice means, and how keys move it, is its owner's affair.

    Attributes:
        buttons: them, in their order.
        group: keeps one of them pressed; a button's id is its place.
    """

    accessible_role = QAccessible.Role.Grouping

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = QButtonGroup(self)
        self.buttons = tuple(map(QPushButton, words))
        last = len(self.buttons) - 1
        seen = reversed(range(last + 1)) if is_mirrored() else range(last + 1)
        for place, (button, at) in enumerate(zip(self.buttons, seen, strict=True)):
            button.setCheckable(True)
            button.setAutoExclusive(True)  # the group sees to that; a screen reader takes it for one of several by this
            button.setAutoDefault(False)
            button.setProperty("segment", "first" if at == 0 else "last" if at == last else "middle")
            self.group.addButton(button, place)
        row(*self.buttons, on=self, gap=0)


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
        self.setAccessibleName(_("Sections"))
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
