"""A table's columns as a sheet's: what its values are called, and what other programs get of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from core.export.faults import NoSuchColumn
from core.export.sheet import Heading, Row
from core.filters import FAILED, SUCCEEDED
from core.storage.values import Kind
from core.tables.definitions import Column, TableDefinition
from core.text.masking import PRIVATE_COLUMNS, masked_value

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

_OUTCOMES: Final = {True: SUCCEEDED, False: FAILED}


def chosen_columns(table: TableDefinition, keys: Sequence[str] | None) -> tuple[Column, ...]:
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


def row_maker(table: TableDefinition, columns: Sequence[Column], *, masked: bool) -> Callable[[Sequence[Any]], Row]:
    """A function from a record's values, in the table's order, to those of the chosen columns as they are written."""
    parts = [(table.columns.index(column), _converter(column, masked)) for column in columns]
    return lambda values: [values[place] if make is None else make(values[place]) for place, make in parts]


def _converter(column: Column, masked: bool) -> Callable[[Any], Any] | None:
    if column.kind is Kind.OUTCOME:
        return _OUTCOMES.get
    return partial(masked_value, column.key) if masked and column.key in PRIVATE_COLUMNS else None


def _title(column: Column) -> str:
    return f"{column.title} (s)" if column.kind is Kind.SECONDS else column.title
