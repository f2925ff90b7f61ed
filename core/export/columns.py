"""A table's columns as a sheet's: what its values are called, and what other programs get of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from core.export.faults import NoSuchColumn
from core.export.sheet import Heading, Row
from core.filters import FAILED, SUCCEEDED
from core.models import DISCORD_EPOCH, END_OF_TIME, LONGEST_DURATION
from core.storage.values import Kind
from core.tables.definitions import Column, TableDefinition, clean
from core.text.masking import PRIVATE_COLUMNS, masked_value
from core.text.translation import source_of

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

_REPEATING: Final = frozenset(
    {Kind.COMMAND, Kind.USER, Kind.GUILD, Kind.CHANNEL, Kind.OUTCOME, Kind.RESOLUTION, Kind.LORAS, Kind.STRENGTHS}
    | {Kind.TYPE, Kind.MEDIA, Kind.ACTION, Kind.NUMBER, Kind.COUNT}
)
"""Kinds of which few values are met, in a form that leaves no two equal ones that would be written differently."""

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
        Heading(
            _title(column, column.title),
            column.key,
            column.kind is Kind.TIME,
            _WIDTHS.get(column.kind, _WIDTH),
            column.kind in _REPEATING,
            _title(column, source_of(column.title)),
        )
        for column in columns
    )


def row_maker(table: TableDefinition, columns: Sequence[Column], *, masked: bool) -> Callable[[Sequence[Any]], Row]:
    """A function from a record's values, in the table's order, to those of the chosen columns as they are written."""
    parts = [(table.columns.index(column), _converter(column, masked)) for column in columns]
    return lambda values: [values[place] if make is None else make(values[place]) for place, make in parts]


class ColumnMaker:
    """Makes columns of values as they are written of rows as they are stored.

    Each is what :func:`row_maker` makes of the record of a whole row, a column at a time.

    Attributes:
        fields: what has to be selected: the row's identity, then each stored column that is wanted, once.
    """

    def __init__(self, table: TableDefinition, columns: Sequence[Column], *, masked: bool) -> None:
        self.fields: list[Any] = [table.identity]
        self._parts = [(self._place_of(each.field), _ValueColumn(each, _converter(each, masked))) for each in columns]

    def _place_of(self, field: Any) -> int:
        """Where a row has a field, which is selected once."""
        known = next((place for place, each in enumerate(self.fields) if each is field), None)
        if known is None:
            self.fields.append(field)
        return len(self.fields) - 1 if known is None else known

    def columns_of(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The chosen columns of some rows; there is one at least."""
        stored = list(zip(*rows, strict=True))
        return [made.of(stored[place]) for place, made in self._parts]


class _ValueColumn(dict[Any, Any]):
    """What one column's stored values are written as. What texts and whole numbers are made into is remembered."""

    def __init__(self, column: Column, convert: Callable[[Any], Any] | None) -> None:
        super().__init__()
        self._column, self._convert = column, convert
        self._stays = _STAYS.get(column.kind, frozenset()) if convert is None else frozenset()
        self._longest = 0.0 if column.kind is not Kind.SECONDS else LONGEST_DURATION

    def __missing__(self, stored: Any) -> Any:
        made = self.make(stored)
        if not isinstance(stored, str) or len(stored) <= _SHORT:
            self[stored] = made
        return made

    def make(self, stored: Any) -> Any:
        """What any value is written as."""
        value = clean(self._column, stored, whole=True)
        return value if self._convert is None else self._convert(value)

    def of(self, stored: Sequence[Any]) -> Sequence[Any]:
        """What each is written as."""
        if self._stays and set(map(type, stored)) <= self._stays:
            return stored
        if self._longest:
            longest, make = self._longest, self.make
            return [value if type(value) is float and 0 < value <= longest else make(value) for value in stored]
        if self._column.kind is Kind.TIME:
            return [value if type(value) is float and _is_moment(value) else self.make(value) for value in stored]
        if stored.count(None) == len(stored):
            return [self.make(None)] * len(stored)
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        if set(map(type, stored)) <= _REMEMBERED:
            return list(map(self.__getitem__, stored))
        return [self[value] if type(value) in _REMEMBERED else self.make(value) for value in stored]


def _is_moment(value: float) -> bool:
    return DISCORD_EPOCH <= value < END_OF_TIME


_TEXT: Final = frozenset({str, type(None)})
_STAYS: Final = {
    **dict.fromkeys(
        (Kind.TEXT, Kind.COMMAND, Kind.USER, Kind.GUILD, Kind.CHANNEL, Kind.PROMPT, Kind.ACTION, Kind.DATE), _TEXT
    ),
    Kind.ID: frozenset({int}),
}
"""By kind, the types of stored values that are written as they are."""

_REMEMBERED: Final = frozenset({str, int, type(None)})
_MOST_REMEMBERED: Final = 20_000
_SHORT: Final = 500


def _converter(column: Column, masked: bool) -> Callable[[Any], Any] | None:
    if column.kind is Kind.OUTCOME:
        return _OUTCOMES.get
    return partial(masked_value, column.key) if masked and column.key in PRIVATE_COLUMNS else None


def _title(column: Column, title: str) -> str:
    return f"{title} (s)" if column.kind is Kind.SECONDS else title
