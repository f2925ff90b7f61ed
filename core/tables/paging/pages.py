"""What a pager gives: chunks of a page, and how much there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from core.tables.definitions import TableRecord

Keyed: TypeAlias = tuple[int, TableRecord]
"""A record with its key. Keys are for a pager of the same query: row ids in the order of time, else ranks."""

MOST_NEW: Final = 1_000
"""So many rows are given of those that came in on top."""


@dataclass(frozen=True, slots=True)
class PageChunk:
    """A chunk of what was asked for; chunks follow one another in the direction of reading.

    Attributes:
        rows: those that match, as they stand in the table (also where it is read upwards); may be empty.
        reached: the key up to which everything was looked at: ``pages(reached, …)`` goes on from there. None where
            there is nothing at all.
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
        rows: of the span, whatever the filters (an estimate, unless ``exact``).
        exact: whether they were counted.
        newest: the highest id of the whole table; 0 where it is empty.
    """

    rows: int
    exact: bool
    newest: int


@dataclass(frozen=True, slots=True)
class News:
    """What came in since.

    Attributes:
        newest: the highest id of the whole table, now; lower than before where rows are gone.
        found: whether any row that came in is one of the query's.
    """

    newest: int
    found: bool
