"""How well typed letters fit a text: words that begin so come first, letters in their order last.

Rules, not a score: what is typed always finds the same, in the same order, and one letter finds what begins with it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate
from typing import Final, Generic, NamedTuple, TypeVar

from core.text.names import folded_name

LONGEST_QUERY: Final = 80
"""Characters of what is typed that are looked at."""

_LEAST_WITHIN: Final = 2
_LEAST_LETTERS: Final = 3
_LONGEST_LETTERS: Final = 80
"""Letters in their order are found in nearly every longer text."""

_SEPARATORS: Final = re.compile(r"[\W_]+")

K = TypeVar("K")


class Rank(IntEnum):
    """How a text fits what is typed, the best first."""

    WHOLE = 0
    BEGINS = 1
    WORDS = 2
    """Each typed word begins one of its words."""
    WITHIN = 3
    """Each typed word, of two letters at least, is somewhere in it."""
    LETTERS = 4
    """Its letters are there in their order, the first of them at the beginning of a word; from three letters on."""


class Query(NamedTuple):
    """What is typed, as it is compared: its words, and all of them with a blank in front of each."""

    words: tuple[str, ...]
    begins: str


def query_of(typed: str) -> Query:
    """What is typed, without case, accents and separators."""
    words = tuple(_spaced(typed[:LONGEST_QUERY]).split())
    return Query(words, "".join(f" {word}" for word in words))


def rank(query: Query, text: str) -> Rank | None:
    """How a text fits; None where it doesn't. Nothing typed fits everything."""
    return _rank(query, _remembered(text))


class Fit(NamedTuple, Generic[K]):
    """Something that fits, and how."""

    rank: Rank
    key: K


class TextIndex(Generic[K]):
    """Texts with a weight each, the heaviest first among those that fit alike.

    They are searched as one long text, a line each: so a hundred thousand take no more than some milliseconds.
    """

    def __init__(self) -> None:
        self._texts: dict[K, str] = {}
        self._weights: dict[K, int] = {}
        self._lines = ""
        self._keys: list[K] = []
        self._starts: list[int] = []

    def __contains__(self, key: object) -> bool:
        """Return whether there is a text of this key."""
        return key in self._texts

    def put(self, key: K, text: str, weight: int = 0) -> None:
        """Put a text in, in the place of the one that this key has had; weights add up."""
        self._texts[key] = _spaced(text)
        self._weights[key] = self._weights.get(key, 0) + weight
        self._lines = ""

    def best(self, query: Query, most: int, worst: Rank = Rank.LETTERS) -> list[Fit[K]]:
        """The texts that fit best, at most so many, and none worse than this; none where nothing is typed."""
        if not query.words or not self._texts:
            return []
        if not self._lines:
            self._sort()
        found: dict[int, Rank] = {}
        for fits, lines in self._searches(query):
            if fits > worst or len(found) == most:
                break
            for line in lines:
                found.setdefault(line, fits)
                if len(found) == most:
                    break
        return [Fit(fits, self._keys[line]) for line, fits in found.items()]

    def _sort(self) -> None:
        texts, weights = self._texts, self._weights
        heavy = sorted((key for key in texts if weights[key]), key=lambda key: -weights[key])
        self._keys = [*heavy, *(key for key in texts if not weights[key])]
        self._lines = "\n".join(("", *(texts[key] for key in self._keys), ""))
        self._starts = [0, *accumulate(len(texts[key]) + 1 for key in self._keys)]

    def _searches(self, query: Query) -> Iterator[tuple[Rank, Iterator[int]]]:
        longest = max(query.words, key=len)
        yield Rank.WHOLE, self._found(f"\n{query.begins}\n", ())
        yield Rank.BEGINS, self._found(f"\n{query.begins}", ())
        yield Rank.WORDS, self._found(f" {longest}", [f" {word}" for word in query.words])
        if _may_be_within(query):
            yield Rank.WITHIN, self._found(longest, query.words)
        letters = "".join(query.words)
        if len(letters) >= _LEAST_LETTERS:
            yield Rank.LETTERS, self._with_letters(letters)

    def _found(self, part: str, parts: Sequence[str]) -> Iterator[int]:
        """The numbers of the lines that have a part in them, and all the other parts."""
        lines, starts = self._lines, self._starts
        place = lines.find(part)
        while place >= 0:
            line = bisect_right(starts, place) - 1
            end = starts[line + 1]
            if all(lines.find(each, starts[line], end) >= 0 for each in parts):
                yield line
            place = lines.find(part, max(end, place + 1))

    def _with_letters(self, letters: str) -> Iterator[int]:
        first, *others = map(re.escape, letters)
        pattern = f" {first}" + "".join(f"[^\n{each}]*{each}" for each in others)
        for match in re.finditer(pattern, self._lines):
            line = bisect_right(self._starts, match.start()) - 1
            if self._starts[line + 1] - self._starts[line] <= _LONGEST_LETTERS:
                yield line


def _rank(query: Query, spaced: str) -> Rank | None:
    words, begins = query
    if spaced.startswith(begins):
        return Rank.WHOLE if spaced == begins else Rank.BEGINS
    if all(word in spaced for word in words):
        if all(f" {word}" in spaced for word in words):
            return Rank.WORDS
        if _may_be_within(query):
            return Rank.WITHIN
    return Rank.LETTERS if _has_letters("".join(words), spaced) else None


def _may_be_within(query: Query) -> bool:
    return all(len(word) >= _LEAST_WITHIN for word in query.words)


def _has_letters(letters: str, spaced: str) -> bool:
    if len(letters) < _LEAST_LETTERS or len(spaced) > _LONGEST_LETTERS:
        return False
    place = spaced.find(f" {letters[0]}") + 1
    if not place:
        return False
    for letter in letters[1:]:
        place = spaced.find(letter, place + 1)
        if place < 0:
            return False
    return True


def _spaced(text: str) -> str:
    """A text without case and accents, with one blank before each of its words, and nothing else between them."""
    folded = text.lower() if text.isascii() else _unaccented(folded_name(text))
    return f" {_SEPARATORS.sub(' ', folded).strip()}"


_remembered: Final = lru_cache(maxsize=1_024)(_spaced)
"""For texts that are looked at again with each letter."""


def _unaccented(text: str) -> str:
    """Letters without what stands above and below them: "zoe" is to find "Zoë"."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
