"""What drops down below the filter line: completions of what is typed, and a list of what can be typed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, TypeAlias

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QGridLayout,
    QLineEdit,
    QListView,
    QScrollArea,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.filters import Field
from core.tables.filter_language.completion import Completion, Completions
from core.tables.filter_language.vocabulary import LANGUAGE
from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import base_font, ink
from gui.widgets.parts import TOP, column
from gui.widgets.room import resize_within
from gui.widgets.text import PlainLabel, set_severity

_ROW: Final = 26
_MARGIN: Final = 10
_WIDEST: Final = 560
_SHOWN: Final = 10

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


class _ChoiceDelegate(QStyledItemDelegate):
    """Draws a choice, and what it means beside it, more quietly. Both are untrusted: plain, one line."""

    def __init__(self, parent: QListView) -> None:
        super().__init__(parent)
        self.choices: Sequence[Completion] = ()
        self._metrics = QFontMetrics(base_font())

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        del option
        return QSize(self.width_of(self.choices[index.row()]), _ROW)

    def width_of(self, choice: Completion) -> int:
        """Return how wide a choice wants to be."""
        return sum(map(self._metrics.horizontalAdvance, _words(choice))) + 4 * _MARGIN

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        box: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, ink("accent_soft"))
        text, about = _words(self.choices[index.row()])
        middle = int(Qt.AlignmentFlag.AlignVCenter) | int(Qt.TextFlag.TextSingleLine)
        room = box.adjusted(_MARGIN, 0, -_MARGIN, 0)
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width() * 2 // 3)
        painter.setPen(ink("text"))
        painter.drawText(room, middle, shown)
        room.setLeft(room.left() + self._metrics.horizontalAdvance(shown) + 2 * _MARGIN)
        painter.setPen(ink("muted"))
        painter.drawText(room, middle, self._metrics.elidedText(about, Qt.TextElideMode.ElideRight, room.width()))


def _words(choice: Completion) -> tuple[str, str]:
    return one_line(choice.shown or choice.text, 80), one_line(choice.about, 100)


class Choices(QCompleter):
    """Offers completions below a line edit.

    Attributes:
        offered: what is in the list, and which part of the text it may take the place of.

    Signals:
        chosen(Choice): the host took this one.
    """

    chosen = Signal(object)

    def __init__(self, edit: QLineEdit) -> None:
        super().__init__(edit)
        self._edit = edit
        self.offered: Completions = Completions(0, 0)
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
        self._list.setAccessibleName(_("Completions"))
        self._list.setProperty("completions", True)
        self._list.setUniformItemSizes(False)
        self.activated[QModelIndex].connect(self._choose)  # type: ignore[index]

    @property
    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._list.isVisible()

    def offer(self, completions: Completions) -> None:
        """Show these, or nothing where there are none."""
        self.offered = completions
        self._delegate.choices = completions.choices
        self._texts.setStringList([choice.shown or choice.text for choice in completions.choices])
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
        if 0 <= index.row() < len(self.offered.choices):
            self.chosen.emit(self.offered.choices[index.row()])


_SIZE: Final = (600, 440)


class FilterHelp(QFrame):
    """Lists the words that are about these fields, with examples. Escape or a click beside it closes it."""

    def __init__(self, fields: Collection[Field], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName(_("What can be typed into the filter box"))
        self.setFrameShape(QFrame.Shape.StyledPanel)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(_sheet(fields))
        column(area, on=self, margins=(1, 1, 1, 1))
        resize_within(self, *_SIZE)
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
        _(
            "All terms must match; several values of the same filter are alternatives. "
            "Put values with spaces in quotation marks."
        )
    )
    intro.setWordWrap(True)
    grid.addWidget(intro, 0, 0, 1, 2)
    words = (word for word in LANGUAGE if word.field is None or word.field in fields)
    for number, word in enumerate(words, start=1):
        example, sentence = PlainLabel(word.example), PlainLabel(word.sentence)
        example.setFont(base_font(weight=QFont.Weight.DemiBold))
        set_severity(sentence, Severity.MUTED)
        sentence.setWordWrap(True)
        grid.addWidget(example, number, 0, TOP)
        grid.addWidget(sentence, number, 1, TOP)
    grid.setRowStretch(grid.rowCount(), 1)
    return sheet
