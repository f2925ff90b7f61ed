"""Between the thread and the view: which rows are to be in memory, and when further ones are asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError, DatabaseLocked
from core.tables.definitions import TableQuery
from core.tables.paging.pages import Extent, PageChunk
from core.tables.reading.messages import (
    AtShare,
    Beyond,
    FaultResult,
    MatchesResult,
    NewsResult,
    Result,
    RowsDone,
    RowsResult,
    SortingResult,
    Target,
    UpdateResult,
)
from core.text.translation import gettext as _
from gui.tables.records.model import RecordModel
from gui.tables.records.news import NewRows, is_live
from gui.tables.records.requests import RowRequests
from gui.tables.records.row_window import RowWindow, rows_of
from gui.tables.records.selection import Picked
from gui.tables.records.source import RowSource
from gui.tables.records.view import RecordView

FIRST_PAGE: Final = 80
PAGE: Final = 200
"""Rows that are asked for at once."""

AHEAD: Final = 2
"""So many screens are kept ready on either side of what is seen."""

RETRY_MS: Final = 500

_TOP: Final = Beyond(None)
_END: Final = Beyond(None, older=False)
_NOTHING_SEARCHED: Final = PageChunk((), None, None, 0.0, False)


class Browser(QObject):
    """Keeps a window of rows around what is seen, whatever the size of the table.

    Attributes:
        query: what is shown; None before the first.
        window: the rows in memory, and what may lie beyond them.
        requests: what is on its way.
        news: what came in above.
        search: how far the search has come: its last chunk, without the rows.
        extent: of the whole table in its order; None while it is not known.
        matches: how many rows match, as far as that is counted; None while nothing is.
        stopped: whether the host stopped the search.
        fault: what stands in the way of reading, or None.

    Signals:
        changed(): any of these, or the rows.
        unsortable(str): the order is not to be had, and why.
    """

    changed = Signal()
    unsortable = Signal(str)

    def __init__(self, source: RowSource, view: RecordView, model: RecordModel, picked: Picked) -> None:
        super().__init__(view)
        self._view, self._picked = view, picked
        self.query: TableQuery | None = None
        self.window = RowWindow(view, model)
        self.requests = RowRequests(source)
        self.news = NewRows(self.requests, self.window, view, picked)
        self._forget()
        self._awake = self._is_other = False
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._try_again)
        self.news.top_needed.connect(lambda: self.go(_TOP))
        self.news.reload_needed.connect(self.reload)
        source.answered.connect(self._take)
        view.verticalScrollBar().valueChanged.connect(self._follow_scroll)
        view.resized.connect(self._follow_scroll)

    def _forget(self) -> None:
        self.window.forget()
        self.requests.forget()
        self.news.begin(None)
        self.search = _NOTHING_SEARCHED
        self.extent: Extent | None = None
        self.matches: MatchesResult | None = None
        self.stopped = False
        self.fault: BotpulseError | None = None

    @property
    def found(self) -> int:
        """How many rows are in memory."""
        return len(self.window.rows)

    @property
    def is_whole(self) -> bool:
        """Whether all rows that there are are in memory."""
        window = self.window
        return self.query is not None and not (window.has_older or window.has_newer or self.requests.loading)

    def show(self, query: TableQuery | None) -> None:
        """Show another query's rows from the top; None: of no database."""
        self._retry.stop()
        self._forget()
        self.query, self._is_other = query, True
        if query is None:
            self.window.clear()
            self._picked.forget()
            self.changed.emit()
        else:
            self.go(_TOP)

    def go(self, target: Target, *, afresh: bool = False) -> None:
        """Show the rows at a place in the order; ``afresh``: sort them again, too."""
        if self.query is not None:
            self.stopped = False
            self.requests.replacing = True
            self._read(target, max(FIRST_PAGE, AHEAD * self._view.rows_seen), afresh=afresh)

    def jump(self, share: float) -> None:
        """Show the rows at a share of the table, 0 to 1."""
        if self.is_whole:
            bar = self._view.verticalScrollBar()
            bar.setValue(round(share * bar.maximum()))
        else:
            self.go(AtShare(share))

    def go_to_top(self) -> None:
        """Let go of selection and place, and follow the newest rows again."""
        self._picked.clear()
        if self.news.outdated:
            self.reload()
        elif self.window.has_newer or self.requests.replacing or not self.window.rows:
            self.go(_TOP)
        else:
            self._view.scrollToTop()
            self._follow_scroll()
        self._view.focus_row(0)

    def go_to_end(self) -> None:
        """Show the last rows of the order."""
        self._picked.clear()
        if self.window.has_older or self.requests.replacing:
            self.go(_END)
        else:
            self._view.scrollToBottom()
            self._view.focus_row(self.found - 1)

    def reload(self) -> None:
        """Read what is seen again, from the database as it is now."""
        rows, top = self.window.rows, self.window.top
        self.news.outdated, self.news.newest = False, None
        stays = self.query is not None and is_live(self.query) and rows and top
        self.go(Beyond(rows[top].key + 1) if stays else _TOP, afresh=True)

    def stop(self) -> None:
        """Search no further, or sort no further: where that is for rows further down, those that are seen stay."""
        was_sorting = self.requests.sorting is not None
        if self.requests.replacing and not was_sorting:  # what is still seen are rows of before
            self.window.clear()
            self.window.has_older = True
        self.requests.stop()
        self.stopped = not was_sorting
        if was_sorting and self._is_other:
            self.unsortable.emit(_("The sorting was stopped."))
        self.changed.emit()

    def resume(self) -> None:
        """Go on searching."""
        self.stopped = False
        self._read_more(force=True)

    def follow(self, last_id: int | None) -> None:
        """Look for rows that came in; ``last_id`` is the table's highest id, None where that is not known."""
        if self.query is not None:
            self.news.follow(self.query, last_id)

    def catch_up(self) -> None:
        """The table is seen: look for what came in while it was not."""
        self._awake = True
        self.news.check_soon()
        if self.fault is not None:
            self.reload()
        self.follow(None)

    def doze(self) -> None:
        """The table is not seen: try nothing again until it is."""
        self._awake = False

    def _try_again(self) -> None:
        if self._awake:
            self.reload()

    def _read(self, target: Target, count: int, *, afresh: bool = False) -> None:
        assert self.query is not None
        self.requests.read(self.query, target, count, afresh=afresh)
        self.changed.emit()

    def _take(self, result: Result) -> None:
        if isinstance(result, MatchesResult):
            self._take_matches(result)
        if not self.requests.is_current(result):
            return
        if isinstance(result, RowsResult):
            self._take_rows(result)
        elif isinstance(result, RowsDone):
            self._take_done(result)
        elif isinstance(result, UpdateResult):
            self.extent = result.extent
            self.news.take_update(result)
        elif isinstance(result, NewsResult):
            self.news.take_news(result)
        elif isinstance(result, SortingResult):
            self.requests.sorting = result.progress
        elif isinstance(result, FaultResult):
            self._take_fault(result)
        self.changed.emit()

    def _take_matches(self, result: MatchesResult) -> None:
        """A number that was known stays until another one is: rows that come in are counted beside it."""
        known = self.matches is not None and self.matches.whole
        if result.query == self.query and (result.whole or not known):
            self.matches = result
            self.changed.emit()

    def _take_fault(self, result: FaultResult) -> None:
        """A lock in the way of a look is nothing to speak of: the next look is soon."""
        self.requests.looking = False
        if result.looking and isinstance(result.fault, DatabaseLocked):
            return
        self.requests.loading, self.requests.sorting, self.fault = False, None, result.fault
        self._retry.start()

    def _take_rows(self, result: RowsResult) -> None:
        self.extent, self.fault, self.requests.sorting = result.extent, None, None
        rows, target, upwards = rows_of(result), self.requests.target, self.requests.upwards
        if self.requests.replacing:
            self.requests.replacing = False
            if target == _TOP or self.news.newest is None:
                self.news.newest, self.news.unseen = result.extent.newest, 0
            self.window.replace(rows, is_top=target == _TOP, is_end=target == _END)
        elif upwards:
            self.window.prepend(rows)
        else:
            self.window.append(rows)
        if not upwards:
            self.window.cut_below = False
            self.search = replace(result.page, rows=())

    def _take_done(self, result: RowsDone) -> None:
        self.requests.loading = False
        if self._is_other:
            self._is_other = False
            self._picked.settle()
        if result.ended and self.requests.upwards:
            self.window.has_newer = self.requests.missed
        elif result.ended:
            self.window.has_older = False
        self._follow_scroll()

    def _follow_scroll(self) -> None:
        if not self.window.moving:
            self.news.count_unseen()
            self._read_more()
            self.changed.emit()

    def _read_more(self, *, force: bool = False) -> None:
        window, requests, ahead = self.window, self.requests, AHEAD * self._view.rows_seen
        if self.query is None or self.fault is not None or requests.replacing:
            return
        wants_older = window.has_older and not self.stopped and (window.below < ahead or force)
        if requests.loading and not (requests.upwards and wants_older and window.below <= 0):
            return
        if wants_older:
            self._read(Beyond(self._searched_to()), PAGE)
        elif window.has_newer and window.top < ahead and window.rows:
            self._read(Beyond(window.rows[0].key, older=False), PAGE)

    def _searched_to(self) -> int | None:
        """From where on to look for further rows: the search may have come further than its last row."""
        last = self.window.rows[-1].key if self.window.rows else None
        return last if self.window.cut_below or self.search.reached is None else self.search.reached
