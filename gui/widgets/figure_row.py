"""A page's numbers in one quiet line: a label and a value each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.subjects import Figure
from gui.theme import SMALL_PIXELS, base_font, tabular
from gui.widgets.mood import Mood
from gui.widgets.text import PlainLabel, plain_tip, set_mood
from resources import Palette

_VALUE_PIXELS = 18


class FigureRow(QWidget):
    """Shows figures side by side; hidden while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(32)
        self._row.addStretch(1)
        self._places: list[_Place] = []
        self.hide()

    def show_figures(self, figures: tuple[Figure, ...]) -> None:
        """Show these; places are made once and then given other words."""
        while len(self._places) < len(figures):
            place = _Place()
            self._places.append(place)
            self._row.insertWidget(self._row.count() - 1, place)
        for i, place in enumerate(self._places):
            place.setVisible(i < len(figures))
            if i < len(figures):
                place.show_figure(figures[i])
        self.setVisible(bool(figures))

    def set_palette(self, palette: Palette) -> None:
        """Nothing to do: the style sheet colours labels by their mood."""


class _Place(QWidget):
    """One figure: its label above its value, a note beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._label, self._value, self._note = PlainLabel(), PlainLabel(), PlainLabel()
        self._label.setFont(base_font(SMALL_PIXELS))
        self._note.setFont(base_font(SMALL_PIXELS))
        self._value.setFont(tabular(base_font(_VALUE_PIXELS, QFont.Weight.DemiBold)))
        for label in (self._label, self._note):
            set_mood(label, Mood.MUTED)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self._value)
        line.addWidget(self._note, 1, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._label)
        column.addLayout(line)

    def show_figure(self, figure: Figure) -> None:
        """Show another figure."""
        self._label.setText(figure.label)
        self._value.setText(figure.value)
        self._note.setText(figure.note)
        self.setToolTip(plain_tip(figure.tip))
        self.setAccessibleName(f"{figure.label}: {figure.value} {figure.note}".strip())
