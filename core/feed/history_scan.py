"""A presenter's scan, and how much of history it has read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from core.feed.loader import Loading
from core.models import EventModel
from core.storage.reader import Reader
from core.storage.seeks import IdSpan


class HistoryScan(Protocol):
    """What a presenter needs beside the counters of its range: everybody's first visit, say, over all of history.

    It belongs to the monitor's thread, is read once a session, and then follows what is new.
    """

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[float]:
        """Read these tables up to these ids in short chunks; yields the share that is done, 0 to 1."""

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""

    def findings(self) -> Any:
        """What has been found so far, frozen."""


class ScannedHistory(Loading):
    """A scan that is loaded in short steps.

    Attributes:
        progress: the share of history that it has read, 0 to 1.
    """

    def __init__(self, scan: HistoryScan, reader: Reader, upto: Mapping[type[EventModel], int]) -> None:
        super().__init__(scan.load(reader, upto))
        self._scan = scan

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""
        self._scan.add(reader, added)

    def findings(self) -> Any:
        """What has been found so far."""
        return self._scan.findings()
