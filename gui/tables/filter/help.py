"""What may be typed into the filter box, in a panel below it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from core.filters import Field
from core.tables.filter_language.vocabulary import LANGUAGE
from gui.style.severity import Severity
from gui.style.theme import base_font
from gui.widgets.text import PlainLabel, set_severity

_SIZE: Final = (600, 440)


class FilterHelp(QFrame):
    """Lists the words that are about these fields, with examples. Escape or a click beside it closes it."""

    def __init__(self, fields: Collection[Field], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("What can be typed into the filter box")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(_sheet(fields))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(1, 1, 1, 1)
        whole.addWidget(area)
        self.resize(*_SIZE)
        area.setFocus()

    def open_below(self, widget: QWidget) -> None:
        """Show the panel under ``widget``, its right edge at the widget's, within the screen."""
        corner = widget.mapToGlobal(QPoint(widget.width() - self.width(), widget.height() + 4))
        room = widget.screen().availableGeometry()
        corner.setX(max(room.left(), corner.x()))
        corner.setY(max(room.top(), min(corner.y(), room.bottom() - self.height())))
        self.move(corner)
        self.show()


def _sheet(fields: Collection[Field]) -> QWidget:
    sheet = QWidget()
    grid = QGridLayout(sheet)
    grid.setContentsMargins(16, 12, 16, 12)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    intro = PlainLabel(
        "Everything that is typed must hold; several values of one word are alternatives. "
        "Values with spaces stand in quotation marks."
    )
    intro.setWordWrap(True)
    grid.addWidget(intro, 0, 0, 1, 2)
    words = (word for word in LANGUAGE if word.field is None or word.field in fields)
    for number, word in enumerate(words, start=1):
        example, sentence = PlainLabel(word.example), PlainLabel(word.sentence)
        example.setFont(base_font(weight=QFont.Weight.DemiBold))
        set_severity(sentence, Severity.MUTED)
        sentence.setWordWrap(True)
        grid.addWidget(example, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(sentence, number, 1, Qt.AlignmentFlag.AlignTop)
    grid.setRowStretch(grid.rowCount(), 1)
    return sheet
