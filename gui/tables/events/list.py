"""The list of the latest events: live on top, without losing selection or place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Final, TypeAlias

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QTableView,
    QWidget,
)

from core.feed.snapshot import Event
from gui.style.icons import icon
from gui.style.severity import Severity
from gui.style.theme import SMALL_PIXELS, base_font, tabular
from gui.tables.events.delegate import DOT_ROOM, MARGIN, EventDelegate
from gui.tables.events.model import EventModel, Place
from gui.widgets.text import PlainLabel, set_severity, set_tip
from resources.design import Palette

ROW_HEIGHT: Final = 29
"""Pixels a row has at least; a little more where that lets a whole number of rows fit."""

_WIDTHS: Final = {Place.TIME: (64, 110), Place.TITLE: (56, 150), Place.WHO: (60, 150), Place.SECONDS: (48, 96)}
"""Least and greatest width of a column's text in pixels; the detail takes the rest."""

_Index: TypeAlias = QModelIndex | QPersistentModelIndex

_MEASURED: Final = 4

_LEAST_DETAIL: Final = 100
"""Where less would be left for the detail, the column Who is left out."""


class _EventTable(QTableView):
    """A table that looks like a list; arrow keys, Home, Escape and Copy work on whole rows."""

    def __init__(self, model: EventModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.delegate = EventDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setAccessibleName("Latest events")
        self._fix_headers()
        self.entered.connect(lambda index: self._hover(index.row()))

    def _fix_headers(self) -> None:
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setMinimumSectionSize(1)
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)

    def _hover(self, row: int) -> None:
        self.delegate.hovered = row
        self.viewport().update()

    def settle(self) -> None:
        """Lay out what came in. Left to the next paint, it would ask for a second one."""
        self.executeDelayedItemsLayout()
        self.updateGeometries()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Forget the hovered row."""
        super().leaveEvent(event)
        self._hover(-1)

    def currentChanged(self, current: _Index, previous: _Index) -> None:  # noqa: N802
        """Mark the row that has the focus."""
        super().currentChanged(current, previous)
        self._mark_focus()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Mark the row that has the focus."""
        super().focusInEvent(event)
        self._mark_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the mark away."""
        super().focusOutEvent(event)
        self._mark_focus()

    def _mark_focus(self) -> None:
        self.delegate.focused = self.currentIndex().row() if self.hasFocus() else -1
        self.viewport().update()


class EventList(QWidget):
    """Shows events, newest on top.

    While the host has scrolled down or selected something, new rows leave the view where it is and are counted
    in the pill; a click on it, or the Home key, goes back to the top.

    Attributes:
        pill: "12 new ↑", to be placed beside the headline; hidden while nothing is unseen.
        table: the view.
        model: its rows.

    Signals:
        unseen_changed(int): how many rows came in above the view.
    """

    unseen_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.unseen = 0
        self.model = EventModel(UTC, self)
        self.table = _EventTable(self.model)
        self.pill = QPushButton()
        self._widest: dict[Place, int] = {}
        self._empty = PlainLabel()
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self._dress()
        self.table.installEventFilter(self)
        self.table.verticalScrollBar().valueChanged.connect(self._count_unseen)
        self.model.rowsInserted.connect(lambda _parent, first, last: self._measure(first, last))
        self.model.modelReset.connect(self._measure_afresh)
        self.model.dataChanged.connect(lambda _first, _last, roles: None if roles else self._measure_afresh())
        self.model.rowsInserted.connect(self._follow_focus)
        self.model.rowsRemoved.connect(self._follow_focus)
        self.pill.clicked.connect(self.go_to_top)

    def _dress(self) -> None:
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        set_severity(self._empty, Severity.MUTED)
        self.pill.setProperty("pill", True)
        self.pill.setFont(tabular(base_font(SMALL_PIXELS)))
        set_tip(self.pill, "Back to the newest event (Home)")
        self.pill.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        policy = self.pill.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.pill.setSizePolicy(policy)
        self.pill.hide()

    @property
    def _row_height(self) -> int:
        return self.table.verticalHeader().defaultSectionSize()

    @property
    def is_held(self) -> bool:
        """Whether new rows must not move the view: it was scrolled down, or something is selected."""
        return self.table.verticalScrollBar().value() > 0 or self.table.selectionModel().hasSelection()

    def set_palette(self, palette: Palette) -> None:
        """Take on the theme's colours."""
        self.table.delegate.colours = palette
        self.pill.setIcon(icon("arrow_up", palette, "accent"))
        self.table.viewport().update()

    def show_events(self, events: Sequence[Event], zone: tzinfo, now: float, empty: str = "") -> None:
        """Show ``events`` (newest first); ``zone`` and ``now`` tell which of them are of today."""
        held, top = self.is_held, max(self.table.rowAt(0), 0)
        anchor = QPersistentModelIndex(self.model.index(top, 0))
        offset = self.table.rowViewportPosition(top)
        before = self.model.events[:1], len(self.model.events)
        added = self.model.show(events, zone, now)
        self._empty.setText(empty)
        self._stack.setCurrentWidget(self.table if events else self._empty)
        if before != (self.model.events[:1], len(self.model.events)):
            self._fit_columns()
            self.table.settle()
        if held and anchor.isValid():
            self._set_unseen(self.unseen + added)
            self.table.verticalScrollBar().setValue(anchor.row() * self._row_height - offset)
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

    def eventFilter(self, watched: object, event: QEvent) -> bool:  # noqa: N802
        """Give Home, Escape and Copy their meaning for whole rows."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Home and not event.modifiers():
            self.go_to_top()
        elif event.key() == Qt.Key.Key_Escape and self.table.selectionModel().hasSelection():
            self.table.clearSelection()
        else:
            return False
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Share the new height among the rows, and the new width among the columns."""
        super().resizeEvent(event)
        room = max(self.height(), ROW_HEIGHT)
        self.table.verticalHeader().setDefaultSectionSize(room // (room // ROW_HEIGHT))
        self._fit_columns()

    def _follow_focus(self) -> None:
        self.table.delegate.focused = self.table.currentIndex().row() if self.table.hasFocus() else -1

    def _count_unseen(self) -> None:
        above = -(-self.table.verticalScrollBar().value() // self._row_height)
        self._set_unseen(min(self.unseen, above))

    def _set_unseen(self, unseen: int) -> None:
        if unseen != self.unseen:
            self.unseen = unseen
            self.pill.setText(f"{unseen} new")
            self.pill.setAccessibleName(f"{unseen} new events, go to the newest")
            self.pill.setVisible(unseen > 0)
            self.unseen_changed.emit(unseen)

    def _fit_columns(self) -> None:
        widths = {place: self._text_width(place) + 2 * MARGIN for place in _WIDTHS}
        widths[Place.TITLE] += DOT_ROOM
        room = self.width() - self._bar_width()
        without_who = room - sum(width for place, width in widths.items() if place is not Place.WHO)
        has_who = without_who - widths[Place.WHO] >= _LEAST_DETAIL
        widths[Place.TITLE] = max(widths[Place.TITLE] + min(without_who, 0), DOT_ROOM)  # before the time it took is cut
        widths[Place.DETAIL] = max(without_who - (widths[Place.WHO] if has_who else 0), 0)
        self.table.setColumnHidden(Place.WHO, not has_who)
        for place, width in widths.items():
            self.table.setColumnWidth(place, width)

    def _bar_width(self) -> int:
        needed = len(self.model.events) * self._row_height > self.height()
        return self.table.verticalScrollBar().sizeHint().width() if needed else 0

    def _text_width(self, place: Place) -> int:
        least, greatest = _WIDTHS[place]
        return min(max(self._widest.get(place, 0) + 1, least), greatest)

    def _measure_afresh(self) -> None:
        self._widest.clear()
        self._measure(0, len(self.model.events) - 1)

    def _measure(self, first: int, last: int) -> None:
        """Widen the columns for some rows; they don't shrink as rows go: it would cost much, and fidget."""
        metrics = QFontMetrics(tabular(base_font()))
        events = self.model.events[first : last + 1]
        for place in _WIDTHS:
            texts = _longest(self.model.text(event, place) for event in events)
            self._widest[place] = max(self._widest.get(place, 0), *map(metrics.horizontalAdvance, texts))


def _longest(texts: Iterable[str]) -> list[str]:
    """One text of each of the greatest lengths; the widest is among them, and measuring all would cost too much."""
    samples = {len(text): text for text in texts}
    return [samples[length] for length in sorted(samples)[-_MEASURED:]] or [""]
