"""One face for the two ways of ordering: by time, which needs nothing, and by values, which are sorted first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from core.storage.chunked_reads import Row
from core.storage.reader import Reader
from core.tables.definitions import TABLES, TIME_ORDER, TableQuery
from core.tables.paging.by_rank import ByRank
from core.tables.paging.by_time import ByTime
from core.tables.paging.matches import MatchCount, RankCount
from core.tables.paging.pages import MOST_NEW, Extent, Keyed, News, PageChunk
from core.tasks import Task


class Pager:
    """Reads the rows of one query. It belongs to the reader's thread.

    ``key`` is always one of this query's: of a row, or one that :meth:`key_at` gave. Rows may come, go and change
    meanwhile. Faults come as the driver's exceptions: stand in a ``core.storage.database.faults`` block.

    Args:
        reader: the open database.
        query: which rows, in which order.
        whole: whether texts come uncut (for an export).
        upto: rows with a higher id are left out: those that came in since.

    Raises:
        KeyError: there is no such table, or it has no such column.
    """

    def __init__(self, reader: Reader, query: TableQuery, *, whole: bool = False, upto: int | None = None) -> None:
        table = TABLES[query.table]
        by_time = table.has_time and query.order.column in (TIME_ORDER, "id")
        self._way: ByTime | ByRank = (ByTime if by_time else ByRank)(reader, query, whole=whole, upto=upto)

    def prepare(self) -> Task[None]:
        """Where the order is not that of time: find its first rows, or sort all of them. Once, before anything else."""
        return self._way.prepare()

    def extent(self) -> Extent:
        """How much there is, now (in another order than by time: when it was sorted)."""
        return self._way.extent()

    def pages(self, start: int | None, *, older: bool = True, count: int = 200) -> Iterator[PageChunk]:
        """The rows beyond a key, ``count`` of them in all, in chunks as they are found; there is always one chunk.

        Args:
            start: the key to begin at, whose own row is not given; None: from that end of the table.
            older: down the table (older rows, where the newest come first), else upwards.
            count: so many rows at most.
        """
        return self._way.pages(start, older=older, count=count)

    def reach(self, start: int | None, *, older: bool = True, count: int = 200) -> Task[None]:
        """Let the first rows beyond a key have their place, so that :meth:`pages` gives them at once.

        Where only the first rows of an order are known, and others are wanted, all are sorted.
        """
        return self._way.reach(start, older=older, count=count)

    def stored(self, fields: Sequence[Any], most: int | None = None) -> Iterator[tuple[list[Row], float]]:
        """Fields of all rows down the order, or of ``most`` of them, as they are stored, in short reads.

        ``fields`` begin with the identity. Each list comes with the share of the work that is done, 0 to 1.
        """
        return self._way.stored(fields, most)

    def matches(self) -> MatchCount | RankCount | None:
        """A count of the rows that match, to be taken step by step; None where only :meth:`extent` tells of them."""
        return self._way.matches()

    def newer_than(self, key: int, most: int = MOST_NEW) -> tuple[Keyed, ...]:
        """Matching rows with an id above ``key``, in the table's order; the newest ``most``, if there are more.

        In another order than by time: none.
        """
        return self._way.newer_than(key, most)

    def news(self, row_id: int) -> News:
        """What came in after the row with this id, in whatever order; of days that is not known."""
        return self._way.news(row_id)

    def key_at(self, share: float) -> int:
        """The key from which the page downwards begins with the row at this share of the table (0 is its top)."""
        return self._way.key_at(share)

    def key_at_time(self, moment: float) -> int:
        """The key from which the page downwards begins with the rows at a moment; in another order: at the top."""
        return self._way.key_at_time(moment)

    def share_of(self, key: int) -> float:
        """Where in the table a key is: 0 at its top, 1 at its end."""
        return self._way.share_of(key)

    def moment_at(self, share: float) -> float | None:
        """About which moment is at this share of the table; None where that is not known."""
        return self._way.moment_at(share)
