"""Rows that come in at the top of a table while others are seen."""

from __future__ import annotations

import time
from typing import Final

from PySide6.QtCore import QObject, Signal

from core.tables.definitions import TABLES, Order, TableQuery
from core.tables.paging.pages import MOST_NEW
from core.tables.reading.messages import NewsResult, UpdateResult
from gui.tables.records.model import CAPACITY, RecordRow
from gui.tables.records.requests import RowRequests
from gui.tables.records.row_window import RowWindow
from gui.tables.records.selection import Picked
from gui.tables.records.view import RecordView

CHECK_SECONDS: Final = 1.0
"""Rows that are shown are looked at again at most this often."""


def is_live(query: TableQuery) -> bool:
    """Return whether new rows come in on top: the latest come first."""
    return query.order == Order() and TABLES[query.table].has_time


class NewRows(QObject):
    """Looks for what came in, without moving what the host looks at.

    In the order of time new rows slide in on top while the first rows are seen and nothing is selected; else they stay
    above what is seen, and are counted. In another order they may be anywhere, or have no place at all: then it is
    only said that there are some, and the host says when the rows are sorted anew. Rows that are gone leave the table
    either way.

    Attributes:
        newest: the highest id that is known of; None before the first rows.
        unseen: how many rows came in above what is seen.
        outdated: whether rows of the query came in that have no place in the order yet.

    Signals:
        top_needed(): more came in than fits: the first rows are to be read.
        reload_needed(): what is seen no longer holds.
    """

    top_needed = Signal()
    reload_needed = Signal()

    def __init__(self, requests: RowRequests, window: RowWindow, view: RecordView, picked: Picked) -> None:
        super().__init__(view)
        self._requests, self._window, self._view, self._picked = requests, window, view, picked
        self._checked_at = 0.0
        self.begin(None)

    def begin(self, newest: int | None) -> None:
        """Look for rows after the one with this id from now on; None: for none yet."""
        self.newest, self.unseen, self.outdated = newest, 0, False

    def follow(self, query: TableQuery, last_id: int | None) -> None:
        """Look for rows that came in; ``last_id`` is the table's highest id, None where that is not known."""
        if self.newest is None or self._requests.looking or self._requests.replacing:
            return
        if not is_live(query):
            if last_id not in (None, self.newest) and not self.outdated:
                self._requests.ask_for_news(query, self.newest)
        elif last_id is not None and last_id < self.newest:
            self.reload_needed.emit()
        else:
            self._look(query, self.newest, has_news=(last_id or 0) > self.newest)

    def check_soon(self) -> None:
        """Look at everything in memory with the next look."""
        self._checked_at = 0.0

    def count_unseen(self) -> None:
        """Rows that the host has scrolled to count as unseen no more."""
        if not self._window.has_newer:
            self.unseen = min(self.unseen, self._view.rows_above)

    def take_news(self, result: NewsResult) -> None:
        """Say that rows came in, or have what is seen read again where rows are gone."""
        self._requests.looking = False
        if self.newest is not None and result.news.newest < self.newest:
            self.reload_needed.emit()
        else:
            self.newest, self.outdated = result.news.newest, result.news.found

    def take_update(self, result: UpdateResult) -> None:
        """Let go of the rows that are gone, and let in the new ones."""
        self._requests.looking = False
        if result.gone and not self._keeps_place_without(result.gone):
            return
        self.newest = result.extent.newest
        rows = self._not_in_memory(result)
        if not rows:
            return
        self._view.tint(rows)
        with_gap = len(rows) >= MOST_NEW  # there may be more between them and those that are in memory
        if self._window.has_newer or self._view.is_held:
            self._let_in_above(rows, with_gap)
        elif with_gap:
            self.top_needed.emit()
        else:
            self._window.slide_in(rows)

    def _look(self, query: TableQuery, newest: int, *, has_news: bool) -> None:
        """What is seen is looked at with whatever came in, everything in memory once in a while."""
        now = time.monotonic()
        due = now - self._checked_at >= CHECK_SECONDS
        if has_news or due:
            self._checked_at = now if due else self._checked_at
            self._requests.look(query, newest, self._window.ids() if due else self._window.seen_ids())

    def _let_in_above(self, rows: list[RecordRow], with_gap: bool) -> None:
        window = self._window
        self.unseen += len(rows)
        if window.has_newer or with_gap or len(window.rows) + len(rows) > CAPACITY:
            window.has_newer = self._requests.missed = True
        else:
            window.prepend(rows)

    def _not_in_memory(self, result: UpdateResult) -> list[RecordRow]:
        """A page that was read meanwhile may have some already. Their share of the table is 0."""
        known = self._window.rows[0].key if self._window.rows else -1
        return [RecordRow(key, record) for key, record in result.rows if key > known]

    def _keeps_place_without(self, gone: frozenset[int | str]) -> bool:
        """Let go of rows that are no longer there; False where nothing is left of what was seen."""
        self._picked.drop(gone)
        if gone.issuperset(self._window.seen_ids()):
            self._window.clear()
            self.reload_needed.emit()
            return False
        self._window.drop(gone)
        return True
