"""How many rows come in a second, by looking at a growing total now and then."""

from __future__ import annotations

from collections import deque
from typing import Final

from core.text.conventions import CONVENTIONS
from core.text.formatting import count, written
from core.text.translation import gettext as _

SPAN: Final = 60.0
"""Seconds that are looked back."""

_LEAST: Final = 5.0
"""Seconds that are needed before anything can be said."""


class Rate:
    """Rows a second over the last minute, or over the time since the first look where that is shorter."""

    def __init__(self) -> None:
        self._now = 0.0
        self._changes: deque[tuple[float, int]] = deque()
        """When the total was first seen, and whenever it was another one."""

    def note(self, now: float, total: int) -> None:
        """At ``now`` (seconds that never step back) there were ``total`` rows; fewer than before: begin anew."""
        self._now = now
        if self._changes and total < self._changes[-1][1]:
            self._changes.clear()
        if not self._changes or total != self._changes[-1][1]:
            self._changes.append((now, total))
        while len(self._changes) > 1 and self._changes[1][0] <= now - SPAN:
            self._changes.popleft()

    def per_second(self) -> float | None:
        """None where too little time has passed to tell."""
        if not self._changes:
            return None
        began = max(self._changes[0][0], self._now - SPAN)
        more, length = self._changes[-1][1] - self._changes[0][1], self._now - began
        return more / length if length >= _LEAST else None

    @property
    def words(self) -> str:
        """``12.5 a second``, ``3 a minute``, ``none in the last minute``."""
        rate = self.per_second()
        if rate is None:
            return _("measuring…")
        if not rate:
            return _("none in the last minute")
        if rate < 1:
            number = f"{rate * 60:.1f}".removesuffix(".0")
            return _("{rate}\N{NO-BREAK SPACE}a minute").format(rate=CONVENTIONS.number(number))
        shown = written(rate, ".1f") if rate < 100 else count(round(rate))
        return _("{rate} a second").format(rate=shown)
