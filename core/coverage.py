"""How much of what is to be shown has been read: a number that is not known yet must look like it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far history has been read, the newest rows first.

    Attributes:
        since: epoch seconds: all rows from this moment on are counted; minus infinity where all rows are, and infinity
            where nothing can be told yet.
        share: how much of the rows has been read, 0 to 1.
    """

    since: float = -math.inf
    share: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether everything is known."""
        return self.since == -math.inf

    @property
    def pending(self) -> bool:
        """Whether nothing can be told yet."""
        return self.since == math.inf

    def joined(self, other: Coverage) -> Coverage:
        """What is known of something that needs both."""
        return Coverage(max(self.since, other.since), min(self.share, other.share))

    def all_or_nothing(self) -> Coverage:
        """What is known of something that a part of the rows would make wrong: a ranking, a total."""
        return self if self.whole else Coverage(math.inf, self.share)


WHOLE: Final = Coverage()
NOTHING: Final = Coverage(math.inf, 0.0)
