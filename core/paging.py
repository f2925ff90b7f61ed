"""Pages of a record table: both ways, from anywhere, in constant memory, however many rows there are.

Every read is a short transaction of its own that looks at a bounded number of rows: no look may hold up the bot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from core.reading import Reader
from core.sorting import CannotSort
from core.tables import Record, TableQuery
from core.tasks import Task

__all__ = ["CannotSort", "Extent", "Page", "Pager", "ids_there", "whole_record"]

Keyed = tuple[int, Record]
"""A record with its key. Keys are for a pager of the same query: row ids in the order of time, else ranks."""

MOST_NEW: Final = 1_000
"""So many rows are given of those that came in on top."""


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of what was asked for; pieces follow one another in the direction of reading.

    Attributes:
        rows: those that match, as they stand in the table (also where it is read upwards); may be empty.
        reached: the key up to which everything was looked at: ``pages(reached, …)`` goes on from there. None where
            there was nothing to look at.
        moment: the time that the search has come to, in epoch seconds; None where it is not known.
        searched: how much of the way through the whole table lies behind it, 0 to 1.
        ended: whether there is nothing beyond, in this direction.
    """

    rows: tuple[Keyed, ...]
    reached: int | None
    moment: float | None
    searched: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How much there is.

    Attributes:
        rows: of the span, whatever the filters (an estimate, unless ``exact``); in another order than that of time
            those that match, exactly.
        exact: whether they were counted.
        newest: the highest id of the whole table; 0 where it is empty.
    """

    rows: int
    exact: bool
    newest: int


class Pager:
    """Reads the rows of one query. It belongs to the reader's thread.

    ``key`` is always one of this query's: of a row, or one that :meth:`key_at` gave. Rows may come, go and change
    meanwhile. Faults come as the driver's exceptions: stand in a ``core.database.faults`` block.

    Args:
        reader: the open database.
        query: which rows, in which order.
        whole: whether texts come uncut (for an export).
        upto: rows with a higher id are left out: those that came in since.
    """

    def __init__(self, reader: Reader, query: TableQuery, *, whole: bool = False, upto: int | None = None) -> None:
        raise NotImplementedError

    def prepare(self) -> Task[None]:
        """Sort, where the order is not that of time (at once done where it is). Once, before anything else.

        Raises:
            CannotSort: so many rows can't be sorted; ``str()`` of it says why, and what to do.
        """
        raise NotImplementedError

    def extent(self) -> Extent:
        """How much there is, now."""
        raise NotImplementedError

    def pages(self, start: int | None, *, older: bool = True, count: int = 200) -> Iterator[Page]:
        """The rows beyond a key, ``count`` of them in all, in pieces as they are found.

        Args:
            start: the key to begin at, whose own row is not given; None: from that end of the table.
            older: down the table (older rows, where the newest come first), else upwards.
            count: so many rows at most.
        """
        raise NotImplementedError

    def newer_than(self, key: int, most: int = MOST_NEW) -> tuple[Keyed, ...]:
        """Matching rows with an id above ``key``, in the table's order; only the newest, if there are more than
        ``most``. In another order than by time: none."""
        raise NotImplementedError

    def key_at(self, share: float) -> int:
        """The key from which the page downwards begins with the row at this share of the table (0 is its top)."""
        raise NotImplementedError

    def key_at_time(self, moment: float) -> int:
        """The key from which the page downwards begins with the rows at a moment; in another order: at the top."""
        raise NotImplementedError

    def share_of(self, key: int) -> float:
        """Where in the table a key is: 0 at its top, 1 at its end."""
        raise NotImplementedError

    def moment_at(self, share: float) -> float | None:
        """About which moment is at this share of the table; None where that is not known."""
        raise NotImplementedError


def whole_record(reader: Reader, table: str, record_id: int | str) -> Record | None:
    """All of a row, with uncut text; None where it is no longer there."""
    raise NotImplementedError


def ids_there(reader: Reader, table: str, ids: Iterable[int | str]) -> frozenset[int | str]:
    """Which of these ids are still in a table."""
    raise NotImplementedError
