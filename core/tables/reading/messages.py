"""What a table requests of its reader, and the results. All frozen: it crosses threads and processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias
from zoneinfo import ZoneInfo

from core.errors import BotpulseError
from core.filters import Field
from core.tables.definitions import TableQuery, TableRecord
from core.tables.paging.pages import Extent, News, PageChunk
from core.tables.pictures import Pictured
from core.tasks import Progress
from core.text.names import NameKey


@dataclass(frozen=True, slots=True)
class AtShare:
    """The rows from a share of the table on, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True)
class Beyond:
    """The rows that follow (or come before) the one with this key; None: those at that end of the order."""

    key: int | None
    older: bool = True


Target: TypeAlias = AtShare | Beyond


@dataclass(frozen=True, slots=True)
class RowsRequest:
    """Rows from a place on, so many; ``afresh``: what was sorted or found out before no longer holds."""

    number: int
    query: TableQuery
    target: Target
    count: int
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class SortingResult:
    """How far the sorting is that comes before a request's rows."""

    number: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class RowsResult:
    """A chunk of the rows, in the table's order, or only how far the search has come.

    Attributes:
        number: the request's.
        page: the chunk.
        shares: where in the table its first and its last row are, 0 to 1.
        extent: how much there is in all, now.
    """

    number: int
    page: PageChunk
    shares: tuple[float, float]
    extent: Extent


@dataclass(frozen=True, slots=True)
class RowsDone:
    """Nothing more comes of a request for rows; ``ended``: there is nothing beyond, either."""

    number: int
    ended: bool


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Rows that came after the one with this key, and whether the ones that are shown are still there."""

    number: int
    query: TableQuery
    after: int
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """Newer rows, and which of the shown ones are gone."""

    number: int
    rows: tuple[tuple[int, TableRecord], ...]
    extent: Extent
    gone: frozenset[int | str]


@dataclass(frozen=True, slots=True)
class NewsRequest:
    """Did any row of the query come in after the one with this id?"""

    number: int
    query: TableQuery
    after: int


@dataclass(frozen=True, slots=True)
class NewsResult:
    """What came in."""

    number: int
    news: News


@dataclass(frozen=True, slots=True)
class MomentRequest:
    """Which moment is at a share of the table?"""

    query: TableQuery
    share: float


@dataclass(frozen=True, slots=True)
class MomentResult:
    """Which moment is at a share, in epoch seconds; None where that can't be said."""

    share: float
    moment: float | None


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """All of some records, with uncut texts."""

    number: int
    table: str
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class RecordsResult:
    """Whole records of those with these ids, as far as they are there."""

    number: int
    ids: tuple[int | str, ...]
    records: tuple[TableRecord, ...]


@dataclass(frozen=True, slots=True)
class NamesRequest:
    """Whose names begin like this? ``kind`` is "user", "guild" or "channel"."""

    number: int
    kind: str
    beginning: str


@dataclass(frozen=True, slots=True)
class NamesResult:
    """The ids whose names begin as was asked; ``recorded``: whether any names are known at all."""

    number: int
    kind: str
    beginning: str
    found: tuple[str, ...]
    recorded: bool


@dataclass(frozen=True, slots=True)
class Named:
    """Names of ids that are about to be shown, or that have changed: it comes before what shows them."""

    names: Mapping[NameKey, str]


@dataclass(frozen=True, slots=True)
class PicturesRequest:
    """What is to be seen of the images with these ids."""

    number: int
    ids: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class PicturesResult:
    """What is to be seen of those images, in the order of the request, as far as they are there."""

    number: int
    ids: tuple[int | str, ...]
    pictures: tuple[Pictured, ...]


@dataclass(frozen=True, slots=True)
class FindRequest:
    """What fits these letters?

    Attributes:
        number: the request's.
        typed: the letters; none where only what may be looked for is to be read.
        zone: whose days the host sees.
        names, prompts: whether those may be found.
        afresh: whether what was read before is read again.
    """

    number: int
    typed: str
    zone: ZoneInfo
    names: bool
    prompts: bool
    afresh: bool = False


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """Something that fits. All text in it is untrusted.

    Attributes:
        field: what it is: a command, a user, …; TEXT for an image with a prompt.
        value: the value; of an image its id.
        rank: how well it fits, the best with the lowest number (:class:`core.text.matching.Rank`).
        text: the prompt, on one line; moment: the image's, in epoch seconds, where it is known.
    """

    field: Field
    value: str
    rank: int
    text: str = ""
    moment: float | None = None


@dataclass(frozen=True, slots=True)
class FindResult:
    """What fits the letters of a request; ``whole``: whether all was looked through, else asking again finds more."""

    number: int
    found: tuple[FoundTerm, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class MatchesResult:
    """How many rows of a query match, as far as that is counted.

    Attributes:
        query: which; it outlives the requests for its rows.
        found: so many; share: among this share of the table, 0 to 1.
        whole: whether that is all of it.
    """

    query: TableQuery
    found: int
    share: float
    whole: bool


@dataclass(frozen=True, slots=True)
class FaultResult:
    """The database could not be read; ``looking``: for news, which may be looked for again later."""

    number: int
    fault: BotpulseError
    looking: bool = False


SmallRequest: TypeAlias = (
    UpdateRequest | NewsRequest | MomentRequest | RecordsRequest | NamesRequest | PicturesRequest | FindRequest
)
"""What is answered at once."""

Request: TypeAlias = RowsRequest | SmallRequest
Result: TypeAlias = (
    SortingResult
    | RowsResult
    | RowsDone
    | UpdateResult
    | NewsResult
    | MomentResult
    | RecordsResult
    | NamesResult
    | Named
    | PicturesResult
    | FindResult
    | MatchesResult
    | FaultResult
)
