"""How often a user may ask for the same: the answers are work for the bot's machine."""

from __future__ import annotations

import math
import time
from typing import Final

_MOST_USERS: Final = 10_000


class Cooldown:
    """When who asked for what. In the bot's loop."""

    def __init__(self) -> None:
        self._until: dict[tuple[int, str], float] = {}

    def seconds_left(self, user: int, what: str, pause: float) -> int:
        """0 where the user may, who then has to wait for ``pause`` seconds; else the seconds that are left."""
        now, key = time.monotonic(), (user, what)
        left = self._until.get(key, -math.inf) - now
        if left > 0:
            return math.ceil(left)
        if len(self._until) >= _MOST_USERS:
            self._until = {each: until for each, until in self._until.items() if until > now}
            if len(self._until) > _MOST_USERS // 2:  # else every further one would have all of them looked at
                self._until.clear()
        self._until[key] = now + pause
        return 0
