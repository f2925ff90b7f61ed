"""Work on history that is done in short steps, so that whoever waits for something else is not kept waiting."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter


class Loading:
    """Takes pieces until a deadline, again and again, to their end.

    Attributes:
        progress: the share that is done, 0 to 1, as the last piece said.
    """

    def __init__(self, pieces: Iterator[float]) -> None:
        self.progress = 0.0
        self._pieces: Iterator[float] | None = pieces

    @property
    def loading(self) -> bool:
        """Whether there is more to come."""
        return self._pieces is not None

    def load_on(self, deadline: float) -> None:
        """Go on until ``deadline`` (of ``perf_counter``) or the end; one piece at least."""
        if self._pieces is None:
            return
        for progress in self._pieces:
            self.progress = progress
            if perf_counter() > deadline:
                return
        self._pieces, self.progress = None, 1.0

    def give_up(self) -> None:
        """Take no more pieces."""
        self._pieces = None
