"""How many rows match a query, counted chunk by chunk beside whatever else is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol

from core.storage.chunked_reads import ChunkSize
from core.storage.seeks import IdSpan, next_id
from core.tables.paging.searching import Search

MOST_COUNTED: Final = 2_000_000
"""Rows. Where nothing is filtered and there are more, about how many there are is known, and is enough."""

_SIZE: Final = (2_000, 200, 500_000)
"""Ids that the first chunk looks at, and that one looks at at least and at most."""

_SECONDS: Final = 0.008
"""How long a chunk should take: nobody waits for a number, so the bot has more of the time."""


class MatchCount:
    """Counts from the newest row down, and later those that came in since.

    What raises can be tried again: the next step reads the same ids.

    Attributes:
        found: so many match among what was looked at.
    """

    def __init__(self, search: Search | None, ids: IdSpan, found: int = 0) -> None:
        """``search`` is None where all that match are known already."""
        self._search, self._ids, self._left = search, ids, ids
        self._size = ChunkSize(*_SIZE, seconds=_SECONDS)
        self.found = found

    @property
    def whole(self) -> bool:
        """Whether everything was looked at."""
        return not self._left

    @property
    def share(self) -> float:
        """How much of it was looked at, 0 to 1."""
        return 1 - self._left.size / self._ids.size if self._ids else 1.0

    def step(self) -> None:
        """Look at one chunk."""
        left, search = self._left, self._search
        if search is None:
            return
        chunk = IdSpan(max(left.after, left.upto - self._size.rows), left.upto)
        with self._size.measured():
            found = search.count(chunk)
        rest = IdSpan(left.after, chunk.after)
        if rest and not found:  # a gap costs one seek, however wide it is
            rest = IdSpan(rest.after, next_id(search.reader, search.model, rest, falling=True) or rest.after)
        self.found, self._left = self.found + found, rest

    def go_on(self, newest: int) -> None:
        """Count what came in up to this id, too, once the rest is counted."""
        if self._search is not None and self.whole and newest > self._ids.upto:
            self._left, self._ids = IdSpan(self._ids.upto, newest), IdSpan(self._ids.after, newest)


class Sorted(Protocol):
    """Rows that are sorted step by step."""

    read_rows: int

    def sort_on(self) -> Iterator[Any]:
        """Go on; each step yields how far it is."""

    def sorted_rows(self) -> int | None:
        """How many there are; None while that is not known."""


class RankCount:
    """Counts rows by sorting on: so their ranks are known when somebody goes to them.

    Attributes:
        share: how much of it is done, 0 to 1.
    """

    def __init__(self, rows: Sorted) -> None:
        self._rows = rows
        self._steps = rows.sort_on()
        self.share = 0.0

    @property
    def found(self) -> int:
        """So many match among what was read."""
        rows = self._rows.sorted_rows()
        return self._rows.read_rows if rows is None else rows

    @property
    def whole(self) -> bool:
        """Whether everything is sorted."""
        return self._rows.sorted_rows() is not None

    def step(self) -> None:
        """Read one chunk, or sort a part; what raises can be tried again."""
        try:
            progress = next(self._steps, None)
        except BaseException:
            self._steps = self._rows.sort_on()
            raise
        self.share = 1.0 if progress is None else progress.share

    def go_on(self, newest: int) -> None:
        """What came in since has no rank."""
