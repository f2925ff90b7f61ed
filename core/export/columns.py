"""A table's columns as a sheet's: what its values are called, and what other programs get of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from core.export.faults import NoSuchColumn
from core.export.sheet import Heading, Row
from core.masking import masked_value
from core.tables import Column, Kind, RecordTable

_WIDTHS: Final = {
    Kind.TIME: 19,
    Kind.USER: 21,
    Kind.GUILD: 21,
    Kind.CHANNEL: 21,
    Kind.PROMPT: 80,
    Kind.TEXT: 40,
    Kind.RESOLUTION: 26,
    Kind.LORAS: 40,
}
"""In characters: an id is whole, a prompt is not."""

_WIDTH: Final = 14


def chosen_columns(table: RecordTable, keys: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns with these keys, in this order; all of the table where there are none.

    Raises:
        NoSuchColumn: the table does not have one of them.
    """
    if not keys:
        return tuple(table.columns)
    known = {column.key: column for column in table.columns}
    for key in keys:
        if key not in known:
            raise NoSuchColumn(key, f"{table.key} has {', '.join(known)}")
    return tuple(known[key] for key in keys)


def headings(columns: Sequence[Column]) -> tuple[Heading, ...]:
    """What stands above them. Durations say their unit: they are written as numbers."""
    return tuple(
        Heading(_title(column), column.key, column.kind is Kind.TIME, _WIDTHS.get(column.kind, _WIDTH))
        for column in columns
    )


def row_maker(
    table: RecordTable, columns: Sequence[Column], *, masked: bool
) -> Callable[[Sequence[Any]], Row]:
    """A function from a record's values, in the table's order, to those of the chosen columns as they are written."""
    places = [table.columns.index(column) for column in columns]
    if not masked:
        return lambda values: [values[place] for place in places]
    keys = [column.key for column in columns]
    return lambda values: [masked_value(key, values[place]) for key, place in zip(keys, places, strict=True)]


def _title(column: Column) -> str:
    return f"{column.title} (s)" if column.kind is Kind.SECONDS else column.title
