"""Rows in another order than that of time: their ids, sorted in memory, eight bytes a row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import peewee
from numpy.typing import NDArray

from core.errors import BotpulseError
from core.storage.chunked_reads import Row
from core.storage.values import NUMERIC
from core.tables.definitions import Column, clean
from core.tasks import Progress, Task
from core.text.formatting import count

MOST_SORTED: Final = 1_000_000
"""Rows. Reading and sorting so many takes two to four seconds and 130 MB for a moment; more would be more memory than a
monitor may take (300 MB in all), and longer than anybody waits for a click on a column's title."""

KEY_BYTES: Final = 40
"""Texts are sorted by so many bytes of them (UTF-8, casefolded): all of an id or a name, the beginning of a prompt."""

_BEGINNING: Final = 2_000
"""Characters of a text that are read for that; a list of names in JSON begins with more than the names."""

Ids = NDArray[Any]
"""The ids of rows in their order: whole numbers, or the dates of days."""


class CannotSort(BotpulseError):
    """So many rows can't be sorted. ``str()`` of it is a sentence for people."""

    title = "Too many rows to sort"
    what_happened = "There are too many rows to sort by this column."
    what_is_safe = "Nothing was changed; by time any number of rows can be browsed."
    what_to_do = "Choose a shorter time range, or filter first."

    def __init__(self, column: str, rows: int) -> None:
        self.column, self.rows = column, rows
        amount = f"More than {count(rows)} rows" if rows == MOST_SORTED else f"About {count(rows)} rows"
        limit = "" if rows == MOST_SORTED else f" (at most {count(MOST_SORTED)})"
        self.what_happened = f"{amount} are too many to sort by {column.lower()}{limit}."
        super().__init__(column)

    def __str__(self) -> str:
        return f"{self.what_happened} {self.what_to_do}"


def check_size(column: Column, rows: int) -> None:
    """Refuse before anything is read where about so many rows would have to be sorted.

    Raises:
        CannotSort: they are more than :data:`MOST_SORTED`, even if the estimate is a little too high.
    """
    if rows > 1.02 * MOST_SORTED:
        raise CannotSort(column.title, rows)


def sort_field(column: Column) -> Any:
    """What has to be read of a row to sort it by a column: the beginning of a text is enough."""
    return column.field if column.kind in NUMERIC else peewee.fn.SUBSTR(column.field, 1, _BEGINNING)


def ranked(chunks: Iterable[tuple[Sequence[Row], float]], column: Column, *, descending: bool) -> Task[Ids]:
    """The ids of rows ``(id, sort_field)`` in the order of the values; unknown ones last either way, ties newest first.

    ``chunks`` are lists of rows, the newest first, each with the share that has been read.

    Raises:
        CannotSort: there are more than :data:`MOST_SORTED`.
    """
    make = _numbers if column.kind in NUMERIC else _bytes
    ids: list[Ids] = []
    keys: list[NDArray[Any]] = []
    known: list[NDArray[np.bool_]] = []
    rows = 0
    for chunk, share in chunks:
        rows += len(chunk)
        if rows > MOST_SORTED:
            raise CannotSort(column.title, MOST_SORTED)
        if chunk:
            values = [clean(column, row[1]) for row in chunk]
            ids.append(_ids(chunk))
            keys.append(make(values))
            known.append(np.array([value is not None for value in values]))
        yield Progress(0.9 * share, f"{count(rows)} rows")
    if not rows:
        return np.array([], dtype=np.int64)
    yield Progress(0.9, f"{count(rows)} rows")
    order = yield from _sorted(keys, np.concatenate(known), descending)
    return np.concatenate(ids)[order]


def _ids(chunk: Sequence[Row]) -> Ids:
    """A day's id is its date: objects then."""
    ids = [row[0] for row in chunk]
    return np.array(ids, dtype=np.int64 if all(isinstance(each, int) for each in ids) else object)


def _numbers(values: Sequence[Any]) -> NDArray[Any]:
    return np.array([0.0 if value is None else value for value in values], dtype=np.float64)


def _bytes(values: Sequence[Any]) -> NDArray[Any]:
    return np.array([_key(value) for value in values], dtype=f"S{KEY_BYTES}")


def _key(value: Any) -> bytes:
    text = ", ".join(value) if isinstance(value, tuple) else value or ""
    return text[:KEY_BYTES].casefold().encode(errors="replace")[:KEY_BYTES]


def _sorted(keys: list[NDArray[Any]], known: NDArray[np.bool_], descending: bool) -> Task[NDArray[np.intp]]:
    """Sort by one column of the keys after the other, the last one first: rows come newest first, and a stable sort
    leaves ties as they are. In one go texts would take two seconds.
    """
    together = np.concatenate(keys)
    keys.clear()
    order = np.arange(len(together))
    for column in reversed(_columns(together)):
        part = column[order].astype(column.dtype.newbyteorder("="))
        if part.min() != part.max():
            order = order[np.argsort(_falling(part) if descending else part, kind="stable")]
        yield Progress(0.95, f"{count(len(order))} rows")
    return order[np.argsort(~known[order], kind="stable")]


def _columns(keys: NDArray[Any]) -> list[NDArray[Any]]:
    """Numbers as they are; texts as whole numbers of eight bytes each, the most significant first."""
    return [keys] if keys.dtype.kind == "f" else list(keys.view(">u8").reshape(len(keys), -1).T)


def _falling(numbers: NDArray[Any]) -> NDArray[Any]:
    return -numbers if numbers.dtype.kind == "f" else ~numbers
