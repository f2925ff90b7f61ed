"""Rows in another order than that of time: their ids, sorted, four bytes a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import Any, Final

import numpy as np
import peewee
from numpy.typing import NDArray

from core.models import LONGEST_DURATION
from core.storage.chunked_reads import Row
from core.storage.values import NUMERIC, Kind
from core.tables.definitions import Column, clean
from core.tables.paging.buckets import SortBuckets
from core.tasks import Progress, Task
from core.text.formatting import count

KEY_BYTES: Final = 40
"""Texts are sorted by so many bytes of them, in lower case: all of an id or a name, the beginning of a prompt."""

_CASED: Final = (*range(0x80, 0x600), *range(0x1E00, 0x1F00))
"""Latin, Greek, Cyrillic and Armenian letters."""

_LOWER: Final = {
    ord(upper): lower
    for upper, lower in ((chr(code), chr(code).lower()) for code in _CASED)
    if upper != lower and len(lower) == 1 and ord(lower) in _CASED
}
"""Beyond ASCII so much is alike in upper and lower case. Each takes as many bytes as the other."""

_BEGINNING: Final = 2_000
"""Characters of a text that are read for that; a list of names in JSON begins with more than the names."""

_MOST_KNOWN: Final = 100_000
"""Keys of texts that are remembered: users, commands and resolutions come again and again."""

_PLAIN: Final = frozenset({float, int, type(None)})


class RankedIds:
    """The ids of rows in their order: whole numbers as their distance from the highest, or the dates of days."""

    def __init__(self, ids: NDArray[Any], highest: int | None) -> None:
        self._ids, self._highest = ids, highest

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._ids)

    def between(self, low: int, high: int) -> list[Any]:
        """The ids of the ranks from ``low`` on, below ``high``."""
        found: list[Any] = self._ids[low:high].tolist()
        return found if self._highest is None else [self._highest - each for each in found]


def sort_field(column: Column, on_file: bool) -> Any:
    """What has to be read of a row to sort it by a column: the beginning of a text is enough.

    A file's come in bytes, as they are stored: even what is not UTF-8 keeps its place.
    """
    if column.kind in NUMERIC:
        return column.field
    if on_file:
        beginning = peewee.fn.SUBSTR(column.field, 1, _BEGINNING)
        return peewee.fn.COALESCE(beginning, column.field).cast("BLOB")  # of no bytes SQLite makes NULL
    return peewee.fn.SUBSTR(column.field.cast("TEXT"), 1, _BEGINNING)  # even a number's: of media, say


def ranked(
    chunks: Iterable[tuple[Sequence[Row], float]], column: Column, *, descending: bool, numbered: bool
) -> Task[RankedIds]:
    """The ids of rows ``(id, sort_field)`` in the order of the values; unknown ones last either way, ties newest first.

    ``chunks`` are lists of rows, the newest first, each with the share that has been read. ``numbered``: whether the
    ids are whole numbers.
    """
    with closing(SortBuckets()) as buckets:
        return (yield from _ranked(buckets, chunks, column, descending, numbered))


def _ranked(
    buckets: SortBuckets,
    chunks: Iterable[tuple[Sequence[Row], float]],
    column: Column,
    descending: bool,
    numbered: bool,
) -> Task[RankedIds]:
    make, rows = keys_of(column), 0
    highest: int | None = None
    unknown, kind = list[NDArray[Any]](), np.dtype(np.uint32) if numbered else np.dtype(object)
    for chunk, share in chunks:
        if chunk:
            highest = chunk[0][0] if numbered and not rows else highest
            rows += len(chunk)
            ids, keys, known = _ids(chunk, highest), *make([row[1] for row in chunk])
            buckets.add(keys[known], ids[known])
            unknown.append(ids[~known])
            kind = np.promote_types(kind, ids.dtype)
        yield Progress(0.9 * share, f"{count(rows)} rows")
    found, place = np.empty(rows, kind), 0
    for part in chain(buckets.in_order(descending=descending), filter(len, unknown)):
        found[place : place + len(part)] = part
        place += len(part)
        yield Progress(0.95 - 0.05 * (1 - place / max(rows, 1)), f"{count(rows)} rows")
    return RankedIds(found, highest)


def _ids(chunk: Sequence[Row], highest: int | None) -> NDArray[Any]:
    """Distances from the highest id, in four bytes where they fit; a day's id is its date."""
    ids = [row[0] for row in chunk]
    if highest is None:
        dates = np.empty(len(ids), object)
        dates[:] = ids
        return dates
    below = distances(np.array(ids, dtype=np.int64), highest)
    return below.astype(np.uint32) if below.max() < 2**32 else below


def distances(ids: NDArray[np.int64], highest: int) -> NDArray[np.uint64]:
    """How far below the highest they are: from the highest that there can be to the lowest it takes all 64 bits."""
    below: NDArray[np.uint64] = np.array(highest, np.int64).view(np.uint64) - ids.view(np.uint64)
    return below


def keys_of(column: Column) -> Callable[[Sequence[Any]], tuple[NDArray[Any], NDArray[np.bool_]]]:
    """What makes keys of stored values, and tells which of them are known."""
    if column.kind not in NUMERIC:
        return partial(_text_keys, _TextKeys(column))
    return partial(_duration_keys if column.kind is Kind.SECONDS else _number_keys, column)


def _duration_keys(column: Column, stored: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if not set(map(type, stored)) <= _PLAIN:
        return _number_keys(column, stored)
    values = np.array(stored, dtype=np.float64)
    known = (values >= 0) & (values <= LONGEST_DURATION)
    return values, known & (values != 0) if column.zero_is_unknown else known


def _number_keys(column: Column, stored: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    values = [clean(column, each) for each in stored]
    keys = np.array([0.0 if value is None else value for value in values], dtype=np.float64)
    return keys, np.array([value is not None for value in values], dtype=np.bool_)


class _TextKeys(dict[str | bytes, bytes | None]):
    """The keys of texts; None where there is none."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column

    def __missing__(self, stored: str | bytes) -> bytes | None:
        made = self[stored] = self.make(stored)
        return made

    def make(self, stored: Any) -> bytes | None:
        """The key of any stored value."""
        value = clean(self.column, stored.decode(errors="surrogateescape") if isinstance(stored, bytes) else stored)
        if value is None:
            return None
        text = ", ".join(value) if isinstance(value, tuple) else value
        return lowered(text)


def lowered(text: str) -> bytes:
    """The key of a text. Bytes that are not UTF-8 are kept as they are."""
    beginning = text[:KEY_BYTES]
    if not beginning.isascii():
        beginning = beginning.translate(_LOWER)
    try:
        made = beginning.encode(errors="surrogateescape")
    except UnicodeEncodeError:  # half of a character, which JSON can name
        made = beginning.encode(errors="replace")
    return made.lower()[:KEY_BYTES]


def _text_keys(known: _TextKeys, stored: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if len(known) > _MOST_KNOWN:
        known.clear()
    keys = [known.make(each) if each is None else known[each] for each in stored]
    return np.array([key or b"" for key in keys], f"S{KEY_BYTES}"), np.array([key is not None for key in keys])
