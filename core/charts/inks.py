"""Which colour a name has: a command, an action, a kind of row, on every page, in exports and in Discord's charts.

A name's colour follows from its letters alone, whatever its rank, the range and the process, so that a name is known
by its colour. There are more names than colours: where two names of one chart would have the same one, the name that
comes first in the alphabet keeps it, and the other takes the next one on its own way through the colours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from core.charts.specs import Ink

NAMED: Final = (Ink.SERIES_1, Ink.SERIES_2, Ink.SERIES_3, Ink.SERIES_4, Ink.SERIES_5, Ink.SERIES_6)
"""The colours that names may have. None is red, which means that something failed, nor grey."""

OTHERS: Final = Ink.SERIES_8
"""What has no colour of its own: grey."""

IMAGES: Final = Ink.SERIES_1
VIDEOS: Final = Ink.SERIES_3
COMMANDS: Final = Ink.SERIES_4
"""The colours of what is counted, wherever all of it is one series."""


def inks_of(names: Iterable[str]) -> Mapping[str, Ink]:
    """The colours of a chart's names, two of them never alike; names that come too late in the alphabet are grey."""
    free, inks = list(NAMED), {}
    for name in sorted(set(names)):
        inks[name] = next((ink for ink in _way(name) if ink in free), OTHERS)
        if inks[name] in free:
            free.remove(inks[name])
    return inks


@lru_cache(maxsize=4096)
def _way(name: str) -> tuple[Ink, ...]:
    """The colours in the order in which a name would have them. Python's own hash is another one in each process."""
    letters = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    first, step = int.from_bytes(letters[:7]) % len(NAMED), 1 if letters[7] % 2 else len(NAMED) - 1
    return tuple(NAMED[(first + turn * step) % len(NAMED)] for turn in range(len(NAMED)))
