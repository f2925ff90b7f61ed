"""Reading history in short steps, so that whoever waits for something else is not kept waiting."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from time import perf_counter
from typing import Protocol

from core.coverage import NOTHING, WHOLE, Coverage
from core.models import EventModel
from core.statistics.window import Aggregate, Filling
from core.storage.reader import Reader
from core.storage.seeks import IdSpan


class Loading:
    """Takes chunks until a deadline, again and again, to their end.

    Attributes:
        coverage: what is known, as the last chunk said.
    """

    def __init__(self, chunks: Iterator[Coverage]) -> None:
        self.coverage = NOTHING
        self._chunks: Iterator[Coverage] | None = chunks

    @property
    def loading(self) -> bool:
        """Whether there is more to come."""
        return self._chunks is not None

    def load_on(self, deadline: float) -> None:
        """Go on until ``deadline`` (of ``perf_counter``) or the end; one chunk at least."""
        if self._chunks is None:
            return
        for coverage in self._chunks:
            self.coverage = coverage
            if perf_counter() > deadline:
                return
        self._chunks, self.coverage = None, WHOLE

    def give_up(self) -> None:
        """Take no more chunks."""
        self._chunks = None


class History(Loading):
    """Loads an aggregate, and folds in what comes in meanwhile.

    Attributes:
        aggregate: what is counted so far.
    """

    def __init__(self, reader: Reader, aggregate: Aggregate, upto: Mapping[type[EventModel], int]) -> None:
        self._filling = Filling(reader, aggregate, upto)
        super().__init__(self._filling.chunks())
        self.aggregate = aggregate

    def begin_with(self, tables: Collection[type[EventModel]], since: float) -> None:
        """Read these tables before the others, from that moment on: somebody looks at them."""
        self._filling.first, self._filling.since = tables, since

    def known(self, tables: Collection[type[EventModel]], since: float = -math.inf) -> Coverage:
        """How much is known of these tables; rows before ``since`` (epoch seconds) are not asked for."""
        return self.coverage if self.coverage.whole else self._filling.known(tables, since)

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Fold new rows in: one read a table."""
        for counter in self.aggregate.counters:
            if counter.model in added:
                deque(self.aggregate.read(reader, counter, added[counter.model]), maxlen=0)


class HistoryScan(Protocol):
    """What a presenter needs beside the counters of its range: everybody's first visit, say, over all of history.

    It belongs to the monitor's thread, is read once a session, and then follows what is new. Presenters read it there.
    """

    def load(self, reader: Reader, upto: Mapping[type[EventModel], int]) -> Iterator[Coverage]:
        """Read these tables up to these ids in short chunks; yields what is known after each."""

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Take new rows in."""


class ScannedHistory(Loading):
    """A scan that is loaded in short steps.

    Attributes:
        scan: itself.
    """

    def __init__(self, scan: HistoryScan, reader: Reader, upto: Mapping[type[EventModel], int]) -> None:
        super().__init__(scan.load(reader, upto))
        self.scan = scan
