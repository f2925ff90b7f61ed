"""An aggregate, and how much of its history has been read."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from core.feed.loader import Loading
from core.models import EventModel
from core.statistics.window import Aggregate, load
from core.storage.reader import Reader
from core.storage.seeks import IdSpan


class History(Loading):
    """Loads an aggregate in short steps, and folds in what comes in meanwhile.

    Attributes:
        aggregate: what is counted so far.
        progress: the share of history that is loaded, 0 to 1.
    """

    def __init__(self, reader: Reader, aggregate: Aggregate, upto: Mapping[type[EventModel], int]) -> None:
        super().__init__(load(reader, aggregate, upto))
        self.aggregate = aggregate

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Fold new rows in: one read a table."""
        for counter in self.aggregate.counters:
            if counter.model in added:
                deque(self.aggregate.read(reader, counter, added[counter.model]), maxlen=0)
