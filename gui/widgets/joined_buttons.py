"""Buttons in a row without gaps, of which one is pressed: the look that ranges, sections and preferences share."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget


class JoinedButtons(QWidget):
    """The buttons. What a choice means, and how keys move it, is its owner's affair.

    Attributes:
        buttons: them, in their order.
        group: keeps one of them pressed; a button's id is its place.
    """

    def __init__(self, words: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.group = QButtonGroup(self)
        self.buttons = tuple(map(QPushButton, words))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        last = len(self.buttons) - 1
        for place, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setProperty("segment", "first" if place == 0 else "last" if place == last else "middle")
            self.group.addButton(button, place)
            row.addWidget(button)
