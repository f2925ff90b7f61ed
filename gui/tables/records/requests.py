"""What a table has asked its thread for, and has not got yet."""

from __future__ import annotations

from core.tables.definitions import TableQuery
from core.tables.reading.messages import Beyond, NewsRequest, Result, RowsRequest, Target, UpdateRequest
from core.tasks import Progress
from gui.tables.records.source import RowSource


class RowRequests:
    """One request for rows at a time, and the newest wins.

    Each has a number of its own. The thread gives up the one before when it hears of the next, and what still comes
    of an old one is known by its number and discarded. A look for news bears the number of the rows that it is for,
    so that other rows discard it, too; no second look begins while one is under way.

    Attributes:
        loading: whether rows are on their way.
        replacing: whether what is seen is about to give way to them.
        target: where in the table they are.
        missed: whether others came in above meanwhile: what is read upwards may end without them.
        sorting: how far the sorting is, else None.
        looking: whether a look for news is under way.
    """

    def __init__(self, source: RowSource) -> None:
        self._source = source
        self._number = 0
        self.target: Target = Beyond(None)
        self.missed = False
        self.forget()

    @property
    def upwards(self) -> bool:
        """Whether the rows come before those in memory, against the table's order."""
        return isinstance(self.target, Beyond) and not self.target.older

    def forget(self) -> None:
        """Discard whatever comes of what was asked for so far."""
        self._number += 1
        self.loading = self.replacing = self.looking = False
        self.sorting: Progress | None = None

    def stop(self) -> None:
        """Give up what was asked for, in the thread, too."""
        self._source.stop()
        self.forget()

    def is_current(self, result: Result) -> bool:
        """Return whether a result belongs to the newest request."""
        return getattr(result, "number", None) == self._number

    def read(self, query: TableQuery, target: Target, count: int, *, afresh: bool = False) -> None:
        """Ask for rows."""
        self._number += 1
        self.loading, self.looking, self.target, self.missed = True, False, target, False
        self._source.ask(RowsRequest(self._number, query, target, count, afresh))

    def look(self, query: TableQuery, after: int, ids: tuple[int | str, ...]) -> None:
        """Ask for rows that came in, and whether those with these ids are still there."""
        self.looking = True
        self._source.ask(UpdateRequest(self._number, query, after, ids))

    def ask_for_news(self, query: TableQuery, after: int) -> None:
        """Ask whether any rows came in."""
        self.looking = True
        self._source.ask(NewsRequest(self._number, query, after))
