"""Work on history that is done in short steps, so that whoever waits for something else is not kept waiting."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter


class Loading:
    """Takes chunks until a deadline, again and again, to their end.

    Attributes:
        progress: the share that is done, 0 to 1, as the last chunk said.
    """

    def __init__(self, chunks: Iterator[float]) -> None:
        self.progress = 0.0
        self._chunks: Iterator[float] | None = chunks

    @property
    def loading(self) -> bool:
        """Whether there is more to come."""
        return self._chunks is not None

    def load_on(self, deadline: float) -> None:
        """Go on until ``deadline`` (of ``perf_counter``) or the end; one chunk at least."""
        if self._chunks is None:
            return
        for progress in self._chunks:
            self.progress = progress
            if perf_counter() > deadline:
                return
        self._chunks, self.progress = None, 1.0

    def give_up(self) -> None:
        """Take no more chunks."""
        self._chunks = None
