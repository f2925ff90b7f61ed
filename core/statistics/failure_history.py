"""What each group of failures is, and when it came, over all of history: so one is known to be new, in any range."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final
from zoneinfo import ZoneInfo

from core.coverage import Coverage
from core.models import EventModel, Failure
from core.storage.chunked_reads import Row, RowQuery, chunks
from core.storage.newest_first import newest_first
from core.storage.reader import Reader
from core.storage.seeks import IdSpan, ids_upto
from core.storage.values import text_of
from core.time_ranges import DAY

FORGOTTEN_AFTER: Final = 30 * DAY
"""Seconds. A group that was not seen for so long counts as a new one when it comes again."""

MOST_GROUPS: Final = 50_000
"""So many groups are remembered, the newest ones first."""

_LONGEST: Final = 400
_FIELDS: Final = (
    Failure.timestamp,
    Failure.fingerprint,
    Failure.error_type,
    Failure.message,
    Failure.node,
    Failure.kind,
)


@dataclass(slots=True)
class FailureCause:
    """A group of failures.

    Attributes:
        error_type, message, node, kind: those of its newest failure; untrusted text, empty where not recorded.
        told_at: when that was, in epoch seconds.
        visits: spans of time (first and last failure) between which it was not seen for :data:`FORGOTTEN_AFTER`, in
            order.
    """

    error_type: str = ""
    message: str = ""
    node: str = ""
    kind: str = ""
    told_at: float = -inf
    visits: list[tuple[float, float]] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Epoch seconds of the first failure that is known."""
        return self.visits[0][0]

    @property
    def last(self) -> float:
        """Epoch seconds of the last one."""
        return self.visits[-1][1]

    def seen_before(self, start: float) -> bool:
        """Whether it was seen in the :data:`FORGOTTEN_AFTER` before ``start``."""
        return any(first < start and last >= start - FORGOTTEN_AFTER for first, last in self.visits)

    def note(self, moment: float) -> None:
        """There was a failure at this moment."""
        for place in range(len(self.visits) - 1, -1, -1):
            first, last = self.visits[place]
            if first <= moment <= last:
                return
            if first - FORGOTTEN_AFTER <= moment <= last + FORGOTTEN_AFTER:
                self.visits[place] = min(first, moment), max(last, moment)
                self._join()
                return
        self.visits.append((moment, moment))
        self.visits.sort()

    def _join(self) -> None:
        """Two visits that have come close are one."""
        joined = self.visits[:1]
        for first, last in self.visits[1:]:
            if first - joined[-1][1] <= FORGOTTEN_AFTER:
                joined[-1] = joined[-1][0], max(joined[-1][1], last)
            else:
                joined.append((first, last))
        self.visits = joined


class FailureHistory:
    """Follows the table of failures; a scan (see ``core.feed.loading``), which knows no days and so no zone.

    Attributes:
        causes: each group by its fingerprint.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        del zone
        self.causes: dict[str, FailureCause] = {}

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read all of the table in short chunks, the newest first; yields what is known after each."""
        ids = ids_upto(reader, Failure, upto.get(Failure, 0))
        for chunk in newest_first(reader, RowQuery(Failure, _FIELDS, ids)):
            self._note(chunk.rows)
            yield chunk.coverage

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        if Failure in added:
            deque(map(self._note, chunks(reader, RowQuery(Failure, _FIELDS, added[Failure]))), maxlen=0)

    def _note(self, rows: Sequence[Row]) -> None:
        for moment, stored, *about in rows:
            fingerprint = stored if isinstance(stored, str) else text_of(stored, None) or ""
            cause = self.causes.get(fingerprint)
            if cause is None:
                if len(self.causes) >= MOST_GROUPS:
                    continue
                cause = self.causes[fingerprint] = FailureCause()
            if moment > cause.told_at:
                cause.told_at = moment
                cause.error_type, cause.message, cause.node, cause.kind = (
                    text_of(each, _LONGEST) or "" for each in about
                )
            cause.note(moment)
