"""The list of the latest events: live on top, without losing selection or place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QStackedLayout, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.feed.snapshot import Event, EventKind
from core.text.names import NAMES
from core.text.translation import gettext as _
from gui.style.severity import Severity
from gui.style.theme import base_font, ink, tabular
from gui.tables.events.model import EventColumn, LatestEventsModel, who_in_full
from gui.tables.shared.cells import MARGIN, SIGN_ROOM, TEXT_FLAGS, paint_sign
from gui.tables.shared.row_model import Index
from gui.tables.shared.row_view import NewRowsPill, RowView
from gui.threads.names import name_news
from gui.widgets.text import PlainLabel, set_severity

_DOTS: Final = {EventKind.COMMAND: "good", EventKind.IMAGE: "accent", EventKind.ACTIVITY: "muted"}
_INKS: Final = {EventColumn.TIME: "muted", EventColumn.WHO: "muted"}


class EventDelegate(QStyledItemDelegate):
    """Paints a cell's words; the ground of the row is the view's. An id is shown whole where its cell has room."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._font = tabular(base_font())
        self._metrics = QFontMetrics(self._font)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the text, and before a title a dot in the colour of the event's kind."""
        box: QRect = option.rect
        model = index.model()
        assert isinstance(model, LatestEventsModel)
        event, column = model.rows[index.row()], EventColumn(index.column())
        painter.save()
        left = box.left() + MARGIN
        if column is EventColumn.TITLE:
            dot = ink(_DOTS[event.kind] if event.success else "bad")
            paint_sign(painter, QPointF(left + 4, box.center().y() + 0.5), dot, failed=not event.success)
            left += SIGN_ROOM
        room = QRect(left, box.top(), box.right() - MARGIN - left + 1, box.height())
        painter.setFont(self._font)
        painter.setPen(ink(_INKS.get(column, "text")))
        painter.drawText(
            room, TEXT_FLAGS[column is EventColumn.SECONDS], self.shown(model, event, column, room.width())
        )
        painter.restore()

    def shown(self, model: LatestEventsModel, event: Event, column: EventColumn, room: int) -> str:
        """What a cell says that is so many pixels wide."""
        if column is EventColumn.WHO:
            whole = who_in_full(event)
            if self._metrics.horizontalAdvance(whole) <= room:
                return whole
        return self._metrics.elidedText(model.text(event, column), Qt.TextElideMode.ElideRight, room)


ROW_HEIGHT: Final = 29
"""Pixels a row has at least; a little more where that lets a whole number of rows fit."""

_WIDTHS: Final = {
    EventColumn.TIME: (64, 110),
    EventColumn.TITLE: (56, 150),
    EventColumn.WHO: (60, 150),
    EventColumn.SECONDS: (48, 96),
}
"""Least and greatest width of a column's text in pixels; the detail takes the rest."""

_WIDEST_IDS: Final = 330
"""Pixels that whole ids have at most."""

_MEASURED: Final = 4

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_SELECTING: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier

_LEAST_DETAIL: Final = 100
"""Where less would be left for the detail, the column Who is left out."""

_LEAST_NAME: Final = 90
"""Pixels that a user's name has at least."""

_ROOMY_DETAIL: Final = 200
"""Where that much is left for the detail, ids are shown whole."""


class _EventView(RowView):
    """Shows a :class:`LatestEventsModel` without headers."""

    def __init__(self, model: LatestEventsModel) -> None:
        super().__init__(model, ROW_HEIGHT)
        self.setItemDelegate(EventDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Latest events"))
        columns = self.horizontalHeader()
        columns.hide()
        columns.setMinimumSectionSize(1)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)


class EventList(QWidget):
    """Shows events, newest on top.

    While the host has scrolled down or selected something, new rows leave the view where it is and are counted
    in the pill; a click on it, or the Home key, goes back to the top. A click on an event, or Enter, opens its row;
    with Ctrl or Shift held a click selects, to copy.

    Attributes:
        pill: "12 new ↑", to be placed beside the headline; hidden while nothing is unseen.
        table: the view.
        model: its rows.

    Signals:
        opened(Event): the host wants to see this event's row.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # its columns are times, ids and English words
        self.unseen = 0
        self.model = LatestEventsModel(UTC, self)
        self.table = _EventView(self.model)
        self.pill = NewRowsPill(_("Back to the newest event (Home)"), _("events"))
        self._widest: dict[EventColumn, int] = {}
        self._widest_ids = 0
        self._empty = PlainLabel()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self._dress()
        self.table.installEventFilter(self)
        self.table.clicked.connect(self._click)
        self.table.verticalScrollBar().valueChanged.connect(self._count_unseen)
        self.model.rowsInserted.connect(self._take_in)
        self.model.modelReset.connect(self._measure_afresh)
        self.model.modelReset.connect(self.table.untint)
        self.model.dataChanged.connect(self._measure_afresh)
        name_news().changed.connect(self._name_anew)
        self.pill.clicked.connect(self.go_to_top)

    def _dress(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        set_severity(self._empty, Severity.MUTED)
        policy = self.pill.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.pill.setSizePolicy(policy)

    def show_events(self, events: Sequence[Event], zone: tzinfo, now: float, empty: str = "") -> None:
        """Show ``events`` (newest first); ``zone`` and ``now`` tell which of them are of today."""
        held, top = self.table.is_held, max(self.table.top_row, 0)
        anchor = QPersistentModelIndex(self.model.index(top, 0))
        offset = self.table.rowViewportPosition(top)
        before = self.model.rows[:1], len(self.model.rows)
        added = self.model.show(events, zone, now)
        self._empty.setText(empty)
        self._stack.setCurrentWidget(self.table if events else self._empty)
        if before != (self.model.rows[:1], len(self.model.rows)):
            self._fit_columns()
            self.table.settle()
        if held and anchor.isValid():
            self._set_unseen(self.unseen + added)
            self.table.verticalScrollBar().setValue(anchor.row() * self.table.row_height - offset)
        self._count_unseen()

    def go_to_top(self) -> None:
        """Let go of selection and place, and follow the newest events again."""
        self.table.clearSelection()
        self.table.scrollToTop()
        self._count_unseen()

    def copy(self) -> None:
        """Copy the selected rows to the clipboard, one line each, in the order shown."""
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self.model.line(row) for row in rows))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Give Home, Escape and Copy their meaning for whole rows."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Home and not event.modifiers():
            self.go_to_top()
        elif event.key() in _ENTER and self.table.currentIndex().isValid():
            self.opened.emit(self.model.rows[self.table.currentIndex().row()])
        elif event.key() == Qt.Key.Key_Escape and self.table.selectionModel().hasSelection():
            self.table.clearSelection()
        else:
            return False
        return True

    def _click(self, index: QModelIndex) -> None:
        if not QGuiApplication.keyboardModifiers() & _SELECTING:
            self.opened.emit(self.model.rows[index.row()])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the new height among the rows, and the new width among the columns."""
        super().resizeEvent(event)
        room = max(self.height(), ROW_HEIGHT)
        self.table.verticalHeader().setDefaultSectionSize(room // (room // ROW_HEIGHT))
        self._fit_columns()

    def _count_unseen(self) -> None:
        self._set_unseen(min(self.unseen, self.table.rows_above))

    def _set_unseen(self, unseen: int) -> None:
        if unseen != self.unseen:
            self.unseen = unseen
            self.pill.say_unseen(unseen)

    def _fit_columns(self) -> None:
        widths = {place: self._text_width(place) + 2 * MARGIN for place in _WIDTHS}
        widths[EventColumn.TITLE] += SIGN_ROOM
        room = self.width() - self._bar_width()
        without_who = room - sum(width for place, width in widths.items() if place is not EventColumn.WHO)
        whole = min(self._widest_ids + 1, _WIDEST_IDS) + 2 * MARGIN
        if without_who - whole >= _ROOMY_DETAIL:
            widths[EventColumn.WHO] = max(widths[EventColumn.WHO], whole)
        if NAMES.shows_any:  # a name may be cut, an id's end may not
            spare = max(without_who - _LEAST_DETAIL, _LEAST_NAME)
            widths[EventColumn.WHO] = min(widths[EventColumn.WHO], spare)
        has_who = without_who - widths[EventColumn.WHO] >= _LEAST_DETAIL
        widths[EventColumn.TITLE] = max(
            widths[EventColumn.TITLE] + min(without_who, 0), SIGN_ROOM
        )  # before the time it took is cut
        widths[EventColumn.DETAIL] = max(without_who - (widths[EventColumn.WHO] if has_who else 0), 0)
        self.table.setColumnHidden(EventColumn.WHO, not has_who)
        for place, width in widths.items():
            self.table.setColumnWidth(place, width)

    def _bar_width(self) -> int:
        needed = len(self.model.rows) * self.table.row_height > self.height()
        return self.table.verticalScrollBar().sizeHint().width() if needed else 0

    def _text_width(self, place: EventColumn) -> int:
        least, greatest = _WIDTHS[place]
        return min(max(self._widest.get(place, 0) + 1, least), greatest)

    def _take_in(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._measure(first, last)
        self.table.tint(self.model.rows[first : last + 1])

    def _measure_afresh(self) -> None:
        self._widest.clear()
        self._widest_ids = 0
        self._measure(0, len(self.model.rows) - 1)

    def _name_anew(self) -> None:
        self.model.name_anew()
        self._fit_columns()

    def _measure(self, first: int, last: int) -> None:
        """Widen the columns for some rows; they don't shrink as rows go: it would cost much, and fidget."""
        metrics = QFontMetrics(tabular(base_font()))
        events = self.model.rows[first : last + 1]
        for place in _WIDTHS:
            texts = _longest(self.model.text(event, place) for event in events)
            self._widest[place] = max(self._widest.get(place, 0), *map(metrics.horizontalAdvance, texts))
        whole = _longest(map(who_in_full, events))
        self._widest_ids = max(self._widest_ids, *map(metrics.horizontalAdvance, whole))


def _longest(texts: Iterable[str]) -> list[str]:
    """One text of each of the greatest lengths; the widest is among them, and measuring all would cost too much."""
    samples = {len(text): text for text in texts}
    return [samples[length] for length in sorted(samples)[-_MEASURED:]] or [""]
