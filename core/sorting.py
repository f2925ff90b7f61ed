"""A table's rows in the order of any of its columns: read once in short pieces, sorted, and kept as ids."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.filters import condition
from core.models import DISCORD_EPOCH
from core.reading import Reader
from core.scan import END_OF_TIME, PIECE_SECONDS
from core.tables import TABLES, Column, Kind, TableQuery
from core.tasks import Progress, Task

MOST_ROWS: Final = 1_000_000
"""So many rows are sorted by a number or a name: about two seconds of reading, and 8 MB that are kept."""

MOST_TEXTS: Final = 200_000
"""So many by a prompt or details: each is a text of its own, and sorting those takes the thread's whole attention."""

_LONG: Final = frozenset({Kind.PROMPT, Kind.TEXT})
_NUMERIC: Final = frozenset({Kind.TIME, Kind.SECONDS, Kind.COUNT, Kind.NUMBER, Kind.ID})
_FEWEST, _FIRST, _MOST = 500, 5_000, 100_000
_SORTED_CHARACTERS: Final = 100


class CannotSort(Exception):
    """There are too many rows for this order; the text says how many there may be, and what to do."""


class Sorted:
    """The ids of rows in their order."""

    def __init__(self, ids: NDArray[np.int64] | list[Any]) -> None:
        self._ids = ids

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._ids)

    def ids(self, first: int, last: int) -> list[Any]:
        """The ids of the ranks from ``first`` up to but not with ``last``."""
        part = self._ids[first:last]
        return part.tolist() if isinstance(part, np.ndarray) else list(part)


def sorted_rows(reader: Reader, query: TableQuery, after: int, upto: int) -> Task[Sorted]:
    """Sort a query's rows, of those with ``after < id <= upto``.

    Numbers by their value, texts without regard to case; what is unknown comes last both ways; ties the latest first.

    Raises:
        CannotSort: there are more of them than are sorted.
    """
    table = TABLES[query.table]
    if query.table == "days":
        yield Progress(0.0)
        return _days(reader, query)
    column = table.column(query.order.column)
    most = MOST_TEXTS if column.kind in _LONG else MOST_ROWS
    if not query.filters and upto - after > most:
        raise CannotSort(_too_many(column, upto - after, most))
    ids, values = yield from _read(reader, query, column, after, upto, most)
    yield Progress(1.0, f"Sorting by {column.title.lower()}")
    return Sorted(_ordered(ids, values, column, query.order.descending))


def _days(reader: Reader, query: TableQuery) -> Sorted:
    """One row a day: all are read at once."""
    table = TABLES["days"]
    column = table.column("date" if query.order.column == "time" else query.order.column)
    select = table.model.select(table.key_field, column.selected)
    rows = reader.rows(narrowed(select, query))
    known = sorted((row for row in rows if column.clean(row[1]) is not None), key=lambda row: str(row[0]), reverse=True)
    known.sort(key=lambda row: _comparable(column.clean(row[1])), reverse=query.order.descending)
    return Sorted([row[0] for row in known] + [row[0] for row in rows if column.clean(row[1]) is None])


def _read(
    reader: Reader, query: TableQuery, column: Column, after: int, upto: int, most: int
) -> Task[tuple[list[int], list[Any]]]:
    key = TABLES[query.table].key_field
    select = narrowed(TABLES[query.table].model.select(key, column.selected), query)
    ids: list[int] = []
    values: list[Any] = []
    size, at = _FIRST, after
    while at < upto:
        to, began = min(at + size, upto), perf_counter()
        for row_id, value in reader.rows(select.where((key > at) & (key <= to))):
            ids.append(row_id)
            values.append(column.clean(value))
        if len(ids) > most:
            raise CannotSort(_too_many(column, len(ids), most))
        size = int(max(_FEWEST, min(_MOST, 2 * size, size * PIECE_SECONDS / max(perf_counter() - began, 1e-6))))
        at = to
        yield Progress((at - after) / (upto - after), f"Reading {column.title.lower()}: {len(ids):,} rows")
    return ids, values


def narrowed(select: Any, query: TableQuery) -> Any:
    """A select of a query's table with the query's span and filters as its conditions."""
    model: Any = TABLES[query.table].model
    if query.span is not None and query.table != "days":
        low, high = max(query.span.start, DISCORD_EPOCH), min(query.span.end, END_OF_TIME)
        select = select.where((model.timestamp >= low) & (model.timestamp < high))
    chosen = condition(model, *query.filters)
    return select if chosen is None else select.where(chosen)


def _ordered(ids: list[int], values: list[Any], column: Column, descending: bool) -> NDArray[np.int64]:
    keys = np.array(ids, dtype=np.int64)
    ranks = _numbers(values) if column.kind in _NUMERIC else _text_ranks(values)
    unknown = np.isnan(ranks)
    ranks = np.where(unknown, 0.0, -ranks if descending else ranks)
    return keys[np.lexsort((-keys, ranks, unknown))]


def _numbers(values: list[Any]) -> NDArray[np.float64]:
    return np.array([float("nan") if value is None else float(value) for value in values], dtype=np.float64)


def _text_ranks(values: list[Any]) -> NDArray[np.float64]:
    """A number a value, in the order of the texts: there are few different ones, or few at all."""
    texts = [None if value is None else _comparable(value) for value in values]
    order = {text: place for place, text in enumerate(sorted({text for text in texts if text is not None}))}
    return np.array([float("nan") if text is None else float(order[text]) for text in texts], dtype=np.float64)


def _comparable(value: Any) -> Any:
    if isinstance(value, tuple):
        value = ", ".join(value)
    return value if isinstance(value, int | float) else str(value)[:_SORTED_CHARACTERS].casefold()


def _too_many(column: Column, rows: int, most: int) -> str:
    return (
        f"Can't sort by {column.title.lower()}: there are more than {most:,} rows (about {rows:,} here). "
        "Choose a shorter range, or filter first."
    )
