"""Which colour a name has: a command, an action, a kind of row, on every page, in exports and in Discord's charts.

A name's colour follows from its letters alone, whatever its rank, the range, the process and the names beside it, so
that a name is known by its colour. There are more names than colours: of two names of one chart that have the same
colour, the one that comes first in the alphabet has it as it is, the next one a lighter or darker shade of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
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


SHADES: Final = {
    Ink.SERIES_1: (Ink.SERIES_1_B, Ink.SERIES_1_C),
    Ink.SERIES_2: (Ink.SERIES_2_B, Ink.SERIES_2_C),
    Ink.SERIES_3: (Ink.SERIES_3_B, Ink.SERIES_3_C),
    Ink.SERIES_4: (Ink.SERIES_4_B, Ink.SERIES_4_C),
    Ink.SERIES_5: (Ink.SERIES_5_B, Ink.SERIES_5_C),
    Ink.SERIES_6: (Ink.SERIES_6_B, Ink.SERIES_6_C),
}
"""A colour's shades, for the second and the third name that has it in one chart."""

_SALT: Final = (2_198_969).to_bytes(4, "big")
"""Chosen so that the commands which the deployed bot records have colours of their own, and so have those that make
images, and the most frequent actions."""


def inks_of(names: Iterable[str]) -> Mapping[str, Ink]:
    """The colours of a chart's names, two of them never alike.

    A fourth name of one colour borrows another that is free; names for which none is left are grey.
    """
    inks: dict[str, Ink] = {}
    late = []
    for name in sorted(set(names)):
        own = next(_free(_colour(name), inks.values()), None)
        if own is None:
            late.append(name)
        else:
            inks[name] = own
    for name in late:
        others = (ink for colour in NAMED for ink in _free(colour, inks.values()))
        inks[name] = next(others, OTHERS)
    return inks


def _free(colour: Ink, taken: Collection[Ink]) -> Iterator[Ink]:
    """A colour and its shades, those that no name has yet."""
    return (ink for ink in (colour, *SHADES[colour]) if ink not in taken)


@lru_cache(maxsize=4096)
def _colour(name: str) -> Ink:
    """The colour that a name has wherever it stands. Python's own hash is another one in each process."""
    letters = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8, salt=_SALT).digest()
    return NAMED[int.from_bytes(letters) % len(NAMED)]
