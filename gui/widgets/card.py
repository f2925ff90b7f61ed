"""A raised area with a border and a headline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QWidget

from gui.style.theme import base_font
from gui.widgets.parts import Part, column, fill, row
from gui.widgets.text import ElidedLabel

_HEADLINE: Final = 22
"""Pixels: the same with and without something at its right, so that neighbours' headlines are level."""


class Card(QFrame):
    """A surface with rounded corners.

    Attributes:
        header: the row of the headline; add to it what stands at its right. Hidden without a title.
        body: the layout for the contents.
    """

    def __init__(self, title: str = "", *parts: Part, beside: Sequence[QWidget] = ()) -> None:
        """Hold ``parts`` below each other, and those ``beside`` the headline."""
        super().__init__()
        self.body = column(on=self, gap=8, margins=(16, 12, 16, 12))
        self.header = row(gap=16)
        self._title = ElidedLabel(title)
        self._title.setFixedHeight(_HEADLINE)
        self._title.setFont(base_font(weight=QFont.Weight.DemiBold))
        if title:
            self.setAccessibleName(title)
            fill(self.header, (self._title, 1), *beside)
            self.body.addLayout(self.header)
        fill(self.body, *parts)
