"""An aggregate, and how much of its history has been read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter

from core import scan
from core.aggregate import Aggregate, load
from core.feed import IdSpan
from core.models import EventModel
from core.reading import Reader


class History:
    """Loads an aggregate in short steps, and folds in what comes in meanwhile.

    Attributes:
        aggregate: what is counted so far.
        progress: the share of history that is loaded, 0 to 1.
    """

    def __init__(self, reader: Reader, aggregate: Aggregate, upto: Mapping[type[EventModel], int]) -> None:
        self.aggregate = aggregate
        self.progress = 0.0
        self._pieces: Iterator[float] | None = load(reader, aggregate, upto)

    @property
    def loading(self) -> bool:
        """Whether history still comes in."""
        return self._pieces is not None

    def load_on(self, deadline: float) -> None:
        """Read on until ``deadline`` (of ``perf_counter``) or the end."""
        if self._pieces is None:
            return
        for progress in self._pieces:
            self.progress = progress
            if perf_counter() > deadline:
                return
        self._pieces, self.progress = None, 1.0

    def give_up(self) -> None:
        """Read no more of history."""
        self._pieces = None

    def add(self, reader: Reader, added: Mapping[type[EventModel], IdSpan]) -> None:
        """Fold new rows in: one read a table."""
        for folding in self.aggregate.foldings:
            span = added.get(folding.model)
            if span is not None:
                for rows in scan.pieces(reader, self.aggregate.question(folding, span.after, span.upto)):
                    self.aggregate.fold(folding, rows)
