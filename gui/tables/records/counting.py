"""Counting a query's matches in the table's thread, while nothing else is to be read there."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import BotpulseError, DatabaseLocked
from core.storage.database import shown_faults
from core.storage.location import Location
from core.tables.definitions import TableQuery
from core.tables.paging.matches import MatchCount, RankCount
from core.tables.paging.pager import Pager
from gui.tables.records.messages import MatchesResult

_REST_MS: Final = 15
"""Between two chunks, each of about as long: the bot writes, and the window has the interpreter."""

_LOCKED_MS: Final = 500
_TELL_SECONDS: Final = 0.2
"""So often it is told how far it has come."""


class Counting(QObject):
    """Counts the matches of one pager at a time.

    Signals:
        counted(MatchesResult): so many, so far.
    """

    counted = Signal(object)

    def __init__(self, is_busy: Callable[[], bool], parent: QObject) -> None:
        """``is_busy`` says whether rows are being read, which come first."""
        super().__init__(parent)
        self._is_busy = is_busy
        self._pager: Pager | None = None
        self._query: TableQuery | None = None
        self._location: Location | None = None
        self._count: MatchCount | RankCount | None = None
        self._told_at = 0.0
        self._steps = QTimer(self, singleShot=True)
        self._steps.timeout.connect(self._step)

    @property
    def active(self) -> bool:
        """Whether it is not done."""
        return self._steps.isActive()

    def follow(self, pager: Pager, query: TableQuery, location: Location | None, newest: int) -> None:
        """Count the rows of a pager, or, where that is done, those that came in since, up to this id.

        A lock in the way is nothing to speak of: the rows are there, and the next look begins again.
        """
        if pager is not self._pager:
            try:
                with shown_faults(location):
                    count = pager.matches()
            except BotpulseError:
                self.forget()
                return
            self._count, self._pager, self._query, self._location = count, pager, query, location
            if self._count is not None and self._count.whole:
                self._tell(self._count, query)
        elif self._count is not None:
            self._count.go_on(newest)
        if self._count is not None and not self._count.whole and not self.active:
            self._steps.start(_REST_MS)

    def forget(self) -> None:
        """Count no further: the connection is closed."""
        self._steps.stop()
        self._pager = self._query = self._count = None

    def _step(self) -> None:
        count, query = self._count, self._query
        if count is None or query is None:
            return
        pause = _REST_MS
        if not self._is_busy():
            try:
                with shown_faults(self._location):
                    count.step()
            except DatabaseLocked:
                pause = _LOCKED_MS
            except BotpulseError:
                self.forget()  # whoever reads the rows meets it, too, and says so
                return
        if count.whole or monotonic() - self._told_at >= _TELL_SECONDS:
            self._tell(count, query)
        if not count.whole:
            self._steps.start(pause)

    def _tell(self, count: MatchCount | RankCount, query: TableQuery) -> None:
        self._told_at = monotonic()
        self.counted.emit(MatchesResult(query, count.found, count.share, count.whole))
