"""What a table asks its thread for, and what comes back. All frozen: it crosses threads without a lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from core.errors import BotpulseError
from core.storage.location import Location
from core.tables.definitions import Record, TableQuery
from core.tables.paging.pages import Extent, News, Page
from core.tasks import Progress


@dataclass(frozen=True, slots=True)
class Open:
    """Read from this database from now on; None: from none."""

    location: Location | None


@dataclass(frozen=True, slots=True)
class Share:
    """The rows from a share of the table on, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Moment:
    """The rows from a moment on, in epoch seconds."""

    moment: float


@dataclass(frozen=True, slots=True)
class From:
    """The rows that follow (or come before) the one with this key; None: those at that end of the order."""

    key: int | None
    older: bool = True


Place: TypeAlias = Share | Moment | From


@dataclass(frozen=True, slots=True)
class Fetch:
    """Rows from a place on, so many; ``afresh``: what was sorted or found out before no longer holds."""

    number: int
    query: TableQuery
    place: Place
    count: int
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Rows that came after the one with this key, and whether the ones that are shown are still there."""

    number: int
    query: TableQuery
    after: int
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Did any row of the query come in after the one with this id?"""

    number: int
    query: TableQuery
    after: int


@dataclass(frozen=True, slots=True)
class Name:
    """Which moment is at a share of the table?"""

    query: TableQuery
    share: float


@dataclass(frozen=True, slots=True)
class Whole:
    """All of some records, with uncut texts."""

    number: int
    table: str
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Search no further."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nobody looks at the moment: close the connection."""


Wish: TypeAlias = Open | Fetch | Look | Ask | Name | Whole | Stop | Rest


@dataclass(frozen=True, slots=True)
class Found:
    """A chunk of a fetch: rows in the table's order, or only how far the search has come.

    Attributes:
        number: the fetch's; place: what it asked for.
        page: the chunk.
        shares: where in the table its first and its last row are, 0 to 1.
        extent: how much there is in all, now.
    """

    number: int
    place: Place
    page: Page
    shares: tuple[float, float]
    extent: Extent


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more comes of a fetch; ``ended``: there is nothing beyond, either."""

    number: int
    place: Place
    ended: bool


@dataclass(frozen=True, slots=True)
class Sorting:
    """How far the sorting is that comes before a fetch's rows."""

    number: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Unsortable:
    """The order is not to be had, and why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The database could not be read; ``looking``: for a look, which may be done again later."""

    number: int
    fault: BotpulseError
    looking: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """Newer rows, and which of the shown ones are gone."""

    number: int
    rows: tuple[tuple[int, Record], ...]
    extent: Extent
    gone: frozenset[int | str]


@dataclass(frozen=True, slots=True)
class Came:
    """What came in."""

    number: int
    news: News


@dataclass(frozen=True, slots=True)
class Named:
    """Which moment is at a share, in epoch seconds; None where that can't be said."""

    share: float
    moment: float | None


@dataclass(frozen=True, slots=True)
class Records:
    """Whole records of those with these ids, as far as they are there."""

    number: int
    ids: tuple[int | str, ...]
    records: tuple[Record, ...]


Answer: TypeAlias = Found | Done | Sorting | Unsortable | Failed | Looked | Came | Named | Records
