"""How many rows come in a second, by looking at a growing total now and then."""

from __future__ import annotations

from collections import deque
from typing import Final

from core.formatting import NO_BREAK, count

SPAN: Final = 60.0
"""Seconds that are looked back."""

_LEAST: Final = 5.0
"""Seconds that are needed before anything can be said."""


class Rate:
    """Rows a second over the last minute, or over the time since the first look where that is shorter."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()

    def note(self, now: float, total: int) -> None:
        """At ``now`` (seconds that never step back) there were ``total`` rows; fewer than before: begin anew."""
        if self._noted and (total < self._noted[-1][1] or now < self._noted[-1][0]):
            self._noted.clear()
        if not self._noted or total != self._noted[-1][1] or len(self._noted) == 1:
            self._noted.append((now, total))
        else:
            self._noted[-1] = (now, total)
        while len(self._noted) > 2 and self._noted[1][0] <= now - SPAN:
            self._noted.popleft()

    def per_second(self) -> float | None:
        """None where too little time has passed to tell."""
        if not self._noted:
            return None
        (began, before), (now, total) = self._noted[0], self._noted[-1]
        return (total - before) / (now - began) if now - began >= _LEAST else None

    @property
    def words(self) -> str:
        """``12.5 a second``, ``3 a minute``, ``none in the last minute``."""
        rate = self.per_second()
        if rate is None:
            return "measuring…"
        if not rate:
            return "none in the last minute"
        if rate < 1:
            return f"{rate * 60:.1f}{NO_BREAK}a minute".replace(".0", "")
        return f"{rate:.1f} a second" if rate < 100 else f"{count(round(rate))} a second"
