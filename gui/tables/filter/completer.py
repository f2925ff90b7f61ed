"""The list of choices under the filter box: what the item at the cursor may become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.tables.filter_language.completion import Choice, Completions
from core.text.formatting import one_line
from gui.style.theme import base_font, tokens
from resources import design
from resources.design import Palette, Theme

_ROW: Final = 26
_MARGIN: Final = 10
_WIDEST: Final = 560
_SHOWN: Final = 10

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class _ChoiceDelegate(QStyledItemDelegate):
    """Draws a choice, and what it means beside it, more quietly. Both are untrusted: plain, one line."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.colours: Palette = design.palette(Theme.DARK)
        self.choices: Sequence[Choice] = ()
        self._metrics = QFontMetrics(base_font())

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        """Return a row's size."""
        del option
        return QSize(self.width_of(self.choices[index.row()]), _ROW)

    def width_of(self, choice: Choice) -> int:
        """Return how wide a choice wants to be."""
        return sum(map(self._metrics.horizontalAdvance, _words(choice))) + 4 * _MARGIN

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        box: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(tokens(self.colours)["accent_soft"]))
        text, about = _words(self.choices[index.row()])
        middle = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        room = box.adjusted(_MARGIN, 0, -_MARGIN, 0)
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width() * 2 // 3)
        painter.setPen(QColor(self.colours.text))
        painter.drawText(room, middle, shown)
        room.setLeft(room.left() + self._metrics.horizontalAdvance(shown) + 2 * _MARGIN)
        painter.setPen(QColor(self.colours.muted))
        painter.drawText(room, middle, self._metrics.elidedText(about, Qt.TextElideMode.ElideRight, room.width()))


def _words(choice: Choice) -> tuple[str, str]:
    return one_line(choice.text, 80), one_line(choice.about, 100)


class Choices(QCompleter):
    """Offers completions below a line edit.

    Signals:
        chosen(Choice): the host took this one.
    """

    chosen = Signal(object)

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self._offered: Completions = Completions(0, 0)
        self._list = QListView()
        self._delegate = _ChoiceDelegate(self._list)
        self._texts = QStringListModel(self)
        self.setModel(self._texts)
        self.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.setMaxVisibleItems(_SHOWN)
        self.setPopup(self._list)
        self.setWidget(edit)
        self._list.setItemDelegate(self._delegate)
        self._list.setFrameShape(QFrame.Shape.StyledPanel)
        self._list.setAccessibleName("Completions")
        self._list.setProperty("completions", True)
        self._list.setUniformItemSizes(False)
        self.activated[QModelIndex].connect(self._choose)  # type: ignore[index]

    @property
    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._list.isVisible()

    @property
    def offered(self) -> Completions:
        """What is in the list, and which part of the text it may take the place of."""
        return self._offered

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self._delegate.colours = palette

    def offer(self, completions: Completions) -> None:
        """Show these, or nothing where there are none."""
        self._offered = completions
        self._delegate.choices = completions.choices
        self._texts.setStringList([choice.text for choice in completions.choices])
        if not completions.choices:
            self.close_list()
            return
        width = max(map(self._delegate.width_of, completions.choices)) + 24
        place = self._edit.cursorRect()
        room = self._edit.width() - place.left()
        self.complete(QRect(place.left(), 0, min(max(width, 200), max(_WIDEST, room)), self._edit.height()))

    def close_list(self) -> None:
        """Offer nothing any more."""
        self._list.hide()

    def _choose(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self._offered.choices):
            self.chosen.emit(self._offered.choices[index.row()])
