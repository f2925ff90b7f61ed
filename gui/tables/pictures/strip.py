"""A strip of the latest pictures: the newest at the left, each leading to its row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from core.tables.pictures import Pictured
from core.text.translation import gettext as _
from gui.status.pictures import STRIP_EDGE, Pictures
from gui.style.icons import icon
from gui.style.theme import ink
from gui.tables.pictures.place import paint_badge, paint_picture
from gui.tables.pictures.row import name_of
from gui.tables.shared.cell_text import Wording
from gui.widgets.text import plain_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex

SIDE: Final = 60
"""Pixels of a picture's place, which is a square."""

_GAP: Final = 6
_ROUND: Final = 5
_GLYPH: Final = 24
_ROLE: Final = Qt.ItemDataRole
_NO_INDEX: Final = QModelIndex()


class _StripModel(QAbstractListModel):
    """The images, the newest first. They come in at the left, and leave at the right."""

    def __init__(self, words: Callable[[Pictured], tuple[str, str]]) -> None:
        super().__init__()
        self.rows: list[Pictured] = []
        self._words = words

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        if not index.isValid() or role not in (_ROLE.AccessibleTextRole, _ROLE.ToolTipRole):
            return None
        name, state = self._words(self.rows[index.row()])
        return plain_tip(f"{name}\n{state}".strip()) if role == _ROLE.ToolTipRole else f"{name} {state}".strip()

    def show_rows(self, rows: list[Pictured]) -> None:
        """Show these; those that stay keep their place and the focus."""
        first = self.rows[0] if self.rows else None
        new = rows.index(first) if first in rows else None
        kept = len(rows) - new if new is not None else 0
        if new is None or rows[new:] != self.rows[:kept]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        if kept < len(self.rows):
            self.beginRemoveRows(QModelIndex(), kept, len(self.rows) - 1)
            del self.rows[kept:]
            self.endRemoveRows()
        if new:
            self.beginInsertRows(QModelIndex(), 0, new - 1)
            self.rows = rows
            self.endInsertRows()


class _StripDelegate(QStyledItemDelegate):
    """Draws a picture; what is drawn is what is asked for."""

    def __init__(self, model: _StripModel, pictures: Pictures) -> None:
        super().__init__()
        self._model, self._pictures = model, pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(SIDE + _GAP, SIDE)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        pictured = self._model.rows[index.row()]
        outcome = self._pictures.ask(pictured, STRIP_EDGE)
        whole: QRect = option.rect
        box = QRect(whole.topLeft(), QSize(SIDE, SIDE))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(box.toRectF().adjusted(1, 1, -1, -1), _ROUND, _ROUND)
        painter.fillPath(shape, ink("background"))
        if isinstance(outcome, QImage):
            painter.setClipPath(shape)
            paint_picture(painter, box, outcome, painter.device().devicePixelRatioF())
            painter.setClipping(False)
            if pictured.has_video:
                paint_badge(painter, box.bottomRight() - QPoint(32, 32))
        elif outcome is not None:
            glyph = QRect(0, 0, _GLYPH, _GLYPH)
            glyph.moveCenter(box.center())
            icon("resume" if pictured.has_video else "warning").paint(painter, glyph)
        state = option.state
        focused = state & QStyle.StateFlag.State_HasFocus or state & QStyle.StateFlag.State_MouseOver
        painter.setPen(QPen(ink("accent" if focused else "border"), 2 if focused else 1))
        painter.drawPath(shape)
        painter.restore()


class PictureStrip(QListView):
    """Shows the latest pictures side by side. Arrow keys move; a click or Enter opens one.

    Signals:
        opened(Pictured): the row of this image is wanted.
    """

    opened = Signal(object)

    def __init__(self, pictures: Pictures, zone: ZoneInfo) -> None:
        super().__init__()
        self._pictures, self._zone = pictures, zone
        self._model = _StripModel(self._words)
        self._delegate = _StripDelegate(self._model, pictures)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self._arrange()
        pictures.loaded.connect(lambda _key, _outcome: self.viewport().update())
        self.clicked.connect(self._open)

    @property
    def rows(self) -> tuple[Pictured, ...]:
        """What is shown, the newest first."""
        return tuple(self._model.rows)

    def show_pictures(self, rows: tuple[Pictured, ...]) -> None:
        """Show these, the newest first."""
        self._model.show_rows(list(rows))

    def set_zone(self, zone: ZoneInfo) -> None:
        """Say times in another zone."""
        self._zone = zone

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open the one that has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _arrange(self) -> None:
        self.setAccessibleName(_("Latest pictures"))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setTabKeyNavigation(False)
        self.setFixedHeight(SIDE + 12)  # and the bar by which it is scrolled

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.rows[index.row()])

    def _words(self, pictured: Pictured) -> tuple[str, str]:
        """What a picture is called, and why it is not there, where that is known."""
        wording = Wording(self._zone, datetime.now(self._zone).date())
        when = wording.clock(pictured.moment) if pictured.moment is not None else ""
        outcome = self._pictures.held(pictured, STRIP_EDGE)
        state = "" if outcome is None or isinstance(outcome, QImage) else outcome.words
        return f"{when} · {name_of(pictured)}" if when else name_of(pictured), state
