"""Which names were noted lately, so that one that comes with every event is written once a day."""

from __future__ import annotations

import time
from typing import Any, Final

from core.tracking.storable import SHORT_TEXT

_MOST: Final = 50_000
"""Names that are remembered; some 10 MB."""

_NOTED_SECONDS: Final = 86_400.0
"""A database that was replaced or restored meanwhile has them again after a day."""


class NotedNames:
    """Names by kind and id. From any thread: what two note at once is written twice, which does no harm."""

    def __init__(self) -> None:
        self._noted: dict[tuple[object, object], tuple[object, object, float]] = {}

    def is_news(self, kind: Any, id: Any, name: Any, icon: Any) -> bool:
        """Whether it is to be written; it counts as noted from now on."""
        now = time.monotonic()
        if any(isinstance(each, str) and len(each) > SHORT_TEXT for each in (kind, id, name, icon)):
            return True  # it is cut where it is written; whole it would fill the memory
        try:
            known = self._noted.get((kind, id))
            if known is not None and known[2] > now and known[0] == name and known[1] == icon:
                return False
            if len(self._noted) >= _MOST:
                self._noted.clear()
            self._noted[kind, id] = (name, icon, now + _NOTED_SECONDS)
        except TypeError:
            return True  # an id that is no text and no number
        return True

    def forget(self, kind: str, id: str) -> None:
        """It counts as never noted; ``id`` as text, whichever it was noted with."""
        self._noted.pop((kind, id), None)
        if id.isdecimal():
            self._noted.pop((kind, int(id)), None)
