"""What the list of events and the tables of records share: whole rows that are hovered, tinted, held and counted."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable
from typing import Any, Final

from PySide6.QtCore import QEvent, QRect, Qt, QTimer
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QPushButton, QTableView, QWidget

from core.text.formatting import count
from core.text.translation import gettext as _
from gui.style.icons import icon
from gui.style.theme import SMALL_PIXELS, base_font, palette_shown, tabular
from gui.tables.shared.row_model import Index, RowModel
from gui.widgets.row import RowState, paint_row_ground
from gui.widgets.text import set_tip

FRESH_SECONDS: Final = 1.6
"""How long a new row stays tinted."""


class RowView(QTableView):
    """A table that looks like a list: rows are selected, hovered, focused and tinted as wholes.

    A row's ground is painted at once: a ground for each cell would cost five times as much.

    Attributes:
        row_model: the rows.
    """

    def __init__(self, model: RowModel[Any], row_height: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.row_model = model
        self._hovered = -1
        self._fresh_until: dict[Hashable, float] = {}
        self._fading = QTimer(self, singleShot=True)
        self._fading.timeout.connect(self._fade)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(1)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(row_height)
        self.entered.connect(lambda index: self._hover(index.row()))

    @property
    def row_height(self) -> int:
        """Pixels that a row takes."""
        return self.verticalHeader().defaultSectionSize()

    @property
    def top_row(self) -> int:
        """The first row that is seen, or -1."""
        return self.rowAt(0)

    @property
    def rows_seen(self) -> int:
        """How many rows there is room for, a part of one counted whole."""
        return -(-self.viewport().height() // self.row_height)

    @property
    def rows_above(self) -> int:
        """How many rows lie above what is seen, one that is cut counted, too."""
        return -(-self.verticalScrollBar().value() // self.row_height)

    @property
    def is_held(self) -> bool:
        """Whether new rows must not move the view: it was scrolled down, or something is selected."""
        return self.verticalScrollBar().value() > 0 or self.selectionModel().hasSelection()

    def tint(self, rows: Iterable[Hashable]) -> None:
        """Show for a moment that these rows have just come in."""
        self._fresh_until |= dict.fromkeys(rows, time.monotonic() + FRESH_SECONDS)
        if not self._fading.isActive():
            self._fading.start(round(FRESH_SECONDS * 1000) + 20)

    def is_fresh(self, row: int) -> bool:
        """Return whether a row has just come in."""
        return bool(self._fresh_until) and self._fresh_until.get(self.row_model.rows[row], 0.0) > time.monotonic()

    def untint(self) -> None:
        """Show no row as new: these are others altogether."""
        self._fresh_until.clear()

    def settle(self) -> None:
        """Lay out what came in at once; left to the next paint, the scroll bar's range would be an old one."""
        self.executeDelayedItemsLayout()
        self.updateGeometries()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows' grounds, then the cells."""
        top, focused = self.top_row, self.currentIndex().row() if self.hasFocus() else -1
        if top >= 0:
            painter, height = QPainter(self.viewport()), self.row_height
            place, width = self.rowViewportPosition(top), self.viewport().width()
            selection, root = self.selectionModel(), self.rootIndex()
            for row in range(top, min(top + self.rows_seen + 1, len(self.row_model.rows))):
                state = RowState(
                    selected=selection.isRowSelected(row, root),
                    hovered=row == self._hovered,
                    fresh=self.is_fresh(row),
                    focused=row == focused,
                )
                paint_row_ground(painter, QRect(0, place, width, height), palette_shown(), state)
                place += height
            painter.end()
        super().paintEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the hovered row."""
        super().leaveEvent(event)
        self._hover(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark the row that has the focus."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the mark away."""
        super().focusOutEvent(event)
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Mark another row."""
        super().currentChanged(current, previous)
        self.viewport().update()

    def _hover(self, row: int) -> None:
        self._hovered = row
        self.viewport().update()

    def _fade(self) -> None:
        now = time.monotonic()
        self._fresh_until = {row: until for row, until in self._fresh_until.items() if until > now}
        if self._fresh_until:
            self._fading.start(max(50, round((min(self._fresh_until.values()) - now) * 1000)))
        self.viewport().update()


class NewRowsPill(QPushButton):
    """ "12 new ↑": a button that leads to the newest row; hidden while nothing is unseen."""

    def __init__(self, tip: str, things: str) -> None:
        super().__init__()
        self._things = things
        self.setIcon(icon("arrow_up", "accent"))
        self.setProperty("pill", True)
        self.setFont(tabular(base_font(SMALL_PIXELS)))
        set_tip(self, tip)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.hide()

    def say_unseen(self, unseen: int, *, outdated: bool = False) -> None:
        """Say how many rows came in above what is seen; ``outdated``: some did that the order does not know."""
        words = _("{unseen} new").format(unseen=count(unseen)) if unseen else _("New rows")
        self.setText(words)
        self.setAccessibleName(
            _("{words}, read them").format(words=words)
            if outdated
            else _("{words} {things}, go to the newest").format(words=words, things=self._things)
        )
        self.setVisible(unseen > 0 or outdated)
