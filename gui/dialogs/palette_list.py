"""The entries of the palette, and how they are drawn: what can be gone to, done or set, each on a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.text.formatting import one_line
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.theme import SMALL_PIXELS, base_font, ink

ROW: Final = 32
_ICON: Final = 16
_MARGIN: Final = 12
_LONGEST: Final = 120

_Index: TypeAlias = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that the palette leads to. Its words may be untrusted: they are drawn as plain text, on one line.

    Attributes:
        words: what it is called; kind: what it is, in a word; keys: what does the same from the keyboard.
        icon: the name of its icon; act: does it.
        also: further words by which it is found.
        rank: how well it fits what is typed, the best with the lowest number.
    """

    words: str
    kind: str
    icon: str
    act: Callable[[], object]
    keys: str = ""
    also: str = ""
    rank: int = 0

    @property
    def spoken(self) -> str:
        """All of it, for a screen reader."""
        return ", ".join(part for part in (one_line(self.words, _LONGEST), self.kind, self.keys) if part)


class OfferModel(QAbstractListModel):
    """The offers that are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.offers: Sequence[Suggestion] = ()

    def show_offers(self, offers: Sequence[Suggestion]) -> None:
        """Show these."""
        self.beginResetModel()
        self.offers = offers
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.offers)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return what a screen reader says of one."""
        return self.offers[index.row()].spoken if role == Qt.ItemDataRole.DisplayRole else None


class OfferDelegate(QStyledItemDelegate):
    """Draws an offer: its icon and words, what it is, and its keys at the end of the line."""

    def __init__(self, view: QListView, model: OfferModel) -> None:
        super().__init__(view)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return a row's size."""
        del index
        return QSize(option.rect.width(), ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Draw one row."""
        offer, box = self._model.offers[index.row()], QRect(option.rect)
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, ink("accent_soft"))
        room = box.adjusted(_MARGIN, 0, -_MARGIN, 0)
        place = QRect(room.right() - _ICON if mirrored else room.left(), 0, _ICON, _ICON)
        place.moveTop(box.top() + (box.height() - _ICON) // 2)
        icon(offer.icon).paint(painter, place)
        room = _without(room, _ICON + _MARGIN, mirrored)
        small = base_font(SMALL_PIXELS)
        beside = " · ".join(part for part in (offer.kind, offer.keys) if part)
        width = QFontMetrics(small).horizontalAdvance(beside)
        _write(painter, _without(room, width + _MARGIN, not mirrored), offer.words, base_font(), "text", mirrored)
        ends = QRect(room.left() if mirrored else room.right() - width, room.top(), width + 1, room.height())
        _write(painter, ends, beside, small, "muted", mirrored)


def _without(room: QRect, width: int, at_right: bool) -> QRect:
    return room.adjusted(0, 0, -width, 0) if at_right else room.adjusted(width, 0, 0, 0)


def _write(painter: QPainter, room: QRect, words: str, font: QFont, colour: str, mirrored: bool) -> None:
    painter.setFont(font)
    painter.setPen(ink(colour))
    shown = QFontMetrics(font).elidedText(one_line(words, _LONGEST), Qt.TextElideMode.ElideRight, room.width())
    side = Qt.AlignmentFlag.AlignRight if mirrored else Qt.AlignmentFlag.AlignLeft
    flags = int(Qt.AlignmentFlag.AlignVCenter) | int(side) | int(Qt.AlignmentFlag.AlignAbsolute)
    painter.drawText(room, flags | int(Qt.TextFlag.TextSingleLine), shown)


def offer_list(model: OfferModel) -> QListView:
    """Return the list of a palette. It never takes the keys: those stay with what is typed."""
    view = QListView()
    view.setModel(model)
    view.setItemDelegate(OfferDelegate(view, model))
    view.setUniformItemSizes(True)
    view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    view.setFrameShape(QListView.Shape.NoFrame)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
    view.setAccessibleName(_("What was found"))
    return view
