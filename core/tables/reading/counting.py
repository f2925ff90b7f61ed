"""Counting a query's matches, while nothing else is to be read for its table."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from core.errors import BotpulseError, DatabaseLocked
from core.storage.database import shown_faults
from core.storage.location import Location
from core.tables.definitions import TableQuery
from core.tables.paging.matches import MatchCount, RankCount
from core.tables.paging.pager import Pager
from core.tables.reading.messages import MatchesResult

_REST: Final = 0.015
"""Seconds between two chunks, each of about as long: the bot writes meanwhile."""

_LOCKED: Final = 0.5
_TELL_SECONDS: Final = 0.2
"""So often it is told how far it has come."""


class Counting:
    """Counts the matches of one pager at a time.

    Args:
        tell: is told that so many match, so far.

    Attributes:
        due: when the next step is, by ``monotonic``; None: it is done.
    """

    def __init__(self, tell: Callable[[MatchesResult], None]) -> None:
        self._tell = tell
        self._pager: Pager | None = None
        self._query: TableQuery | None = None
        self._location: Location | None = None
        self._count: MatchCount | RankCount | None = None
        self._told_at = 0.0
        self.due: float | None = None

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
                self._say(self._count, query)
        elif self._count is not None:
            self._count.go_on(newest)
        if self._count is not None and not self._count.whole and self.due is None:
            self.due = monotonic() + _REST

    def forget(self) -> None:
        """Count no further: the connection is closed."""
        self._pager = self._query = self._count = self.due = None

    def step(self) -> None:
        """Count one chunk."""
        count, query, self.due = self._count, self._query, None
        if count is None or query is None:
            return
        pause = _REST
        try:
            with shown_faults(self._location):
                count.step()
        except DatabaseLocked:
            pause = _LOCKED
        except BotpulseError:
            self.forget()  # whoever reads the rows meets it, too, and says so
            return
        if count.whole or monotonic() - self._told_at >= _TELL_SECONDS:
            self._say(count, query)
        if not count.whole:
            self.due = monotonic() + pause

    def _say(self, count: MatchCount | RankCount, query: TableQuery) -> None:
        self._told_at = monotonic()
        self._tell(MatchesResult(query, count.found, count.share, count.whole))
