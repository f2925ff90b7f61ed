"""Between the thread and the view: which rows are in memory, which are on their way, and what came in above."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError, DatabaseLocked
from core.tables.definitions import TABLES, Order, TableQuery
from core.tables.paging.pages import MOST_NEW, Extent
from core.tasks import Progress
from gui.tables.records.messages import (
    Answer,
    Ask,
    Came,
    Done,
    Failed,
    Fetch,
    Found,
    From,
    Look,
    Looked,
    Place,
    Share,
    Sorting,
    Unsortable,
)
from gui.tables.records.model import CAPACITY, RecordModel, Row
from gui.tables.records.row_window import RowWindow, rows_of
from gui.tables.records.selection import Picked
from gui.tables.records.thread import RowSource
from gui.tables.records.view import RecordView

FIRST_PAGE: Final = 80
PAGE: Final = 200
"""Rows that are asked for at once."""

AHEAD: Final = 2
"""So many screens are kept ready on either side of what is seen."""

RETRY_MS: Final = 500
CHECK_SECONDS: Final = 1.0
"""Rows that are shown are looked at again at most this often."""


_TOP: Final = From(None)
_END: Final = From(None, older=False)


class Browser(QObject):
    """Keeps a window of rows around what is seen, whatever the size of the table.

    Attributes:
        query: what is shown; None before the first.
        extent: of the whole table in its order; None while it is not known.
        loading: whether rows are on their way; sorting: how far the sorting is, else None.
        replacing: whether what is seen is about to give way to other rows.
        reached: the key that the search has come to; searched_to: the moment that is of.
        has_older, has_newer: whether there may be more beyond, down and up the table.
        outdated: whether rows of the query came in that have no place in the order yet.
        stopped: whether the host stopped the search.
        fault: what stands in the way of reading, or None.
        unseen: how many rows came in above what is seen.

    Signals:
        changed(): any of these, or the rows.
        unsortable(str): the order is not to be had, and why.
    """

    changed = Signal()
    unsortable = Signal(str)

    def __init__(self, source: RowSource, view: RecordView, model: RecordModel, picked: Picked) -> None:
        super().__init__(view)
        self._source, self._view, self._model, self._picked = source, view, model, picked
        self._window = RowWindow(view, model)
        self.query: TableQuery | None = None
        self._forget()
        self._number = 0
        self.looking = self._goes_up = self._awake = False
        self._checked_at = 0.0
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._try_again)
        source.answered.connect(self._take)
        view.verticalScrollBar().valueChanged.connect(self._follow_scroll)
        view.resized.connect(self._follow_scroll)

    def _forget(self) -> None:
        self.extent: Extent | None = None
        self.loading = self.replacing = False
        self.sorting: Progress | None = None
        self.reached: int | None = None
        self.searched_to: float | None = None
        self._searched = 0.0
        self.has_older = self.has_newer = False
        self.stopped = self.outdated = False
        self.fault: BotpulseError | None = None
        self.unseen = 0
        self._cut_below = False
        """Whether rows below were dropped again: the search goes on after the last that is left."""
        self._missed = False
        """Whether rows came in above while a page upwards was read: it may have ended without them."""
        self._newest: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether new rows come in on top: the latest come first."""
        query = self.query
        return query is not None and query.order == Order() and TABLES[query.table].has_time

    @property
    def is_held(self) -> bool:
        """Whether new rows must not move the view: it was scrolled down, or something is selected."""
        return self.has_newer or not self._view.is_at_top or self._view.selectionModel().hasSelection()

    @property
    def found(self) -> int:
        """How many rows are in memory."""
        return len(self._window.rows)

    @property
    def is_whole(self) -> bool:
        """Whether all rows that there are are in memory."""
        return self.query is not None and not (self.has_older or self.has_newer or self.loading)

    @property
    def searched(self) -> float:
        """The share of the table that the search has come through."""
        return self._searched

    def place(self) -> tuple[float, float, float | None]:
        """Which share of the table lies above what is seen, which is seen, and the moment of the first row seen."""
        return self._window.place(is_top=not self.has_newer, is_whole=self.is_whole)

    def show(self, query: TableQuery | None) -> None:
        """Show another query's rows from the top; None: of no database."""
        self._number += 1
        self._retry.stop()
        self._forget()
        self.query = query
        if query is None:
            self._model.clear()
            self._picked.forget()
            self.changed.emit()
        else:
            self.go(_TOP)

    def go(self, place: Place, *, afresh: bool = False) -> None:
        """Show the rows at a place in the order; ``afresh``: sort them again, too."""
        if self.query is not None:
            self.stopped = False
            self.replacing = True
            self._fetch(place, max(FIRST_PAGE, AHEAD * self._view.rows_seen), afresh=afresh)

    def jump(self, share: float) -> None:
        """Show the rows at a share of the table, 0 to 1."""
        if self.is_whole:
            bar = self._view.verticalScrollBar()
            bar.setValue(round(share * bar.maximum()))
        else:
            self.go(Share(share))

    def go_to_top(self) -> None:
        """Let go of selection and place, and follow the newest rows again."""
        self._picked.clear()
        if self.outdated:
            self.reload()
        elif self.has_newer or self.replacing or not self._window.rows:
            self.go(_TOP)
        else:
            self._view.scrollToTop()
            self._follow_scroll()
        self._view.focus_row(0)

    def go_to_end(self) -> None:
        """Show the last rows of the order."""
        self._picked.clear()
        if self.has_older or self.replacing:
            self.go(_END)
        else:
            self._view.scrollToBottom()
            self._view.focus_row(self.found - 1)

    def reload(self) -> None:
        """Read what is seen again, from the database as it is now."""
        rows, top = self._window.rows, self._window.top
        self.outdated, self._newest = False, None
        self.go(From(rows[top].key + 1) if rows and top and self.is_live else _TOP, afresh=True)

    def stop(self) -> None:
        """Search no further, or sort no further."""
        self._source.stop()
        self._number += 1
        was_sorting = self.sorting is not None
        if self.replacing and not was_sorting:  # what is still seen are rows of before
            self._model.clear()
            self.has_older = True
        self.loading, self.replacing, self.sorting, self.stopped = False, False, None, not was_sorting
        if was_sorting:
            self.unsortable.emit("The sorting was stopped.")
        self.changed.emit()

    def resume(self) -> None:
        """Go on searching."""
        self.stopped = False
        self._fetch_more(force=True)

    def follow(self, last_id: int | None) -> None:
        """Look for rows that came in; ``last_id`` is the table's highest id, None where that is not known."""
        if self.query is None or self.looking or self._newest is None or self.replacing:
            return
        if not self.is_live:
            self._ask_for_news(last_id)
        elif last_id is not None and last_id < self._newest:
            self.reload()
        else:
            self._look(has_news=(last_id or 0) > self._newest)

    def _look(self, *, has_news: bool) -> None:
        """What is seen is looked at with whatever came in, everything in memory once in a while."""
        assert self.query is not None and self._newest is not None
        due = time.monotonic() - self._checked_at >= CHECK_SECONDS
        if has_news or due:
            self.looking, self._checked_at = True, time.monotonic() if due else self._checked_at
            ids = self._window.ids() if due else self._window.seen_ids()
            self._source.ask(Look(self._number, self.query, self._newest, ids))

    def _ask_for_news(self, last_id: int | None) -> None:
        """In another order new rows may be anywhere, or have no place at all: the range and the filters say that."""
        assert self.query is not None and self._newest is not None
        if last_id not in (None, self._newest) and not self.outdated:
            self.looking = True
            self._source.ask(Ask(self._number, self.query, self._newest))

    def _take_news(self, came: Came) -> None:
        """The host says when the rows are sorted anew; those that are gone need not wait for that."""
        self.looking = False
        if self._newest is not None and came.news.newest < self._newest:
            self.reload()
        else:
            self._newest, self.outdated = came.news.newest, came.news.found

    def catch_up(self) -> None:
        """The table is seen: look for what came in while it was not."""
        self._checked_at, self._awake = 0.0, True
        if self.fault is not None:
            self.reload()
        self.follow(None)

    def doze(self) -> None:
        """The table is not seen: try nothing again until it is."""
        self._awake = False

    def _beyond(self) -> int | None:
        """From where on to look for further rows: the search may have come further than its last row."""
        last = self._window.rows[-1].key if self._window.rows else None
        return last if self._cut_below or self.reached is None else self.reached

    def _try_again(self) -> None:
        if self._awake:
            self.reload()

    def _fetch(self, place: Place, count: int, *, afresh: bool = False) -> None:
        assert self.query is not None
        self._number += 1
        self.loading, self.looking, self._goes_up, self._missed = True, False, not _goes_down(place), False
        self._source.ask(Fetch(self._number, self.query, place, count, afresh))
        self.changed.emit()

    def _take(self, answer: Answer) -> None:
        if getattr(answer, "number", None) != self._number:
            return
        if isinstance(answer, Found):
            self._take_found(answer)
        elif isinstance(answer, Done):
            self._take_done(answer)
        elif isinstance(answer, Looked):
            self._take_looked(answer)
        elif isinstance(answer, Came):
            self._take_news(answer)
        elif isinstance(answer, Sorting):
            self.sorting = answer.progress
        elif isinstance(answer, Unsortable):
            self.loading, self.sorting = False, None
            self.unsortable.emit(answer.reason)
        elif isinstance(answer, Failed):
            self._take_fault(answer)
        self.changed.emit()

    def _take_fault(self, failed: Failed) -> None:
        """A lock in the way of a look is nothing to speak of: the next look is soon."""
        self.looking = False
        if failed.looking and isinstance(failed.fault, DatabaseLocked):
            return
        self.loading, self.sorting, self.fault = False, None, failed.fault
        self._retry.start()

    def _take_found(self, found: Found) -> None:
        self.extent, self.fault, self.sorting = found.extent, None, None
        rows = rows_of(found)
        if self.replacing:
            self._replace(rows, found)
        elif _goes_down(found.place):
            self._append(rows)
        else:
            self._prepend(rows)
        if _goes_down(found.place):
            self._cut_below = False
            self.reached, self.searched_to, self._searched = found.page.reached, found.page.moment, found.page.searched

    def _take_done(self, done: Done) -> None:
        self.loading = False
        if done.ended and _goes_down(done.place):
            self.has_older = False
        elif done.ended:
            self.has_newer = self._missed
        self._follow_scroll()

    def _replace(self, rows: list[Row], found: Found) -> None:
        self.replacing = False
        self.has_newer, self.has_older = found.place != _TOP, found.place != _END
        if found.place == _TOP or self._newest is None:
            self._newest, self.unseen = found.extent.newest, 0
        self._window.replace(rows, from_end=found.place == _END)
        if found.place == _END:
            self._view.focus_row(len(rows) - 1)

    def _append(self, rows: Sequence[Row]) -> None:
        dropped = self._window.append(rows)
        self.has_newer = self.has_newer or dropped > 0

    def _prepend(self, rows: Sequence[Row]) -> None:
        if self._window.prepend(rows):
            self.has_older = self._cut_below = True

    def _take_looked(self, looked: Looked) -> None:
        self.looking = False
        self.extent = looked.extent
        if looked.gone and not self._keeps_place_without(looked.gone):
            return
        self._newest = looked.extent.newest
        rows = self._news(looked)
        if not rows:
            return
        self._view.tint(rows)
        with_gap = len(rows) >= MOST_NEW  # there may be more between them and those that are in memory
        if not self.is_held:
            self.go(_TOP) if with_gap else self._slide_in(rows)
            return
        self.unseen += len(rows)
        if self.has_newer or with_gap or self.found + len(rows) > CAPACITY:
            self.has_newer = self._missed = True
        else:
            self._prepend(rows)

    def _news(self, looked: Looked) -> list[Row]:
        """The rows that are not in memory yet: a page that was read meanwhile may have some. Their share is 0."""
        known = self._window.rows[0].key if self._window.rows else -1
        return [Row(key, record) for key, record in looked.rows if key > known]

    def _slide_in(self, rows: Sequence[Row]) -> None:
        if self._window.slide_in(rows):
            self.has_older = self._cut_below = True

    def _keeps_place_without(self, gone: frozenset[int | str]) -> bool:
        """Let go of rows that are no longer there; False where nothing is left of what was seen."""
        self._picked.drop(gone)
        if gone.issuperset(self._window.seen_ids()):
            self._model.clear()
            self.reload()
            return False
        self._window.drop(gone)
        return True

    def _follow_scroll(self) -> None:
        if self._window.moving:
            return
        if not self.has_newer:
            self.unseen = min(self.unseen, self._window.above)
        self._fetch_more()
        self.changed.emit()

    def _fetch_more(self, *, force: bool = False) -> None:
        if self.query is None or self.fault is not None or self.replacing:
            return
        rows, ahead = self._window.rows, AHEAD * self._view.rows_seen
        wants_older = self.has_older and not self.stopped and (self._window.below < ahead or force)
        if self.loading and not (self._goes_up and wants_older and self._window.below <= 0):
            return
        if wants_older:
            self._fetch(From(self._beyond()), PAGE)
        elif self.has_newer and self._window.top < ahead and rows:
            self._fetch(From(rows[0].key, older=False), PAGE)


def _goes_down(place: Place) -> bool:
    return not isinstance(place, From) or place.older
