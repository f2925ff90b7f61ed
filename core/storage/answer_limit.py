"""How long a server's answer is waited for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import monotonic


@dataclass(slots=True)
class AnswerLimit:
    """May be shortened by another thread while an answer is being waited for.

    Attributes:
        seconds: for each statement.
        ends: the monotonic moment from which nothing is waited for any more.
    """

    seconds: float = math.inf
    ends: float = math.inf

    def is_over(self, began: float) -> bool:
        """Whether an answer that has been waited for since ``began`` is to be given up."""
        now = monotonic()
        return now >= self.ends or now - began >= self.seconds
