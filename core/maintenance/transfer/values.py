"""Stored values as a column of another database takes them; what it would not take is told, not guessed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

import peewee

from core.models import Name

Row = tuple[Any, ...]

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
"""What stands for a character that can't be stored; tracking does the same."""

_SURROGATES: Final = {code: REPLACEMENT for code in range(0xD800, 0xE000)}
_UNSTORABLE: Final = {0: REPLACEMENT, **_SURROGATES}


class Holds(Enum):
    """What a column is for."""

    TEXT = "text"
    WHOLE = "whole numbers"
    NUMBER = "numbers"


@dataclass(frozen=True, slots=True)
class Target:
    """A column of the database that is copied to.

    Attributes:
        name: the column's.
        holds: what it is for.
        bits: of the largest whole number that fits.
        strict: it takes nothing else, and no NUL in a text: a server's does, an SQLite file's does not mind.
    """

    name: str
    holds: Holds
    bits: int = 64
    strict: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that the target does not take.

    Attributes:
        table: its table.
        key: its id, or its day.
        reason: why, in words, without what the row holds.
    """

    table: str
    key: Any
    reason: str

    def __str__(self) -> str:
        """A line for the terminal."""
        return f"{self.table} {self.key}: {self.reason}"


class Unfit(Exception):
    """A value that a column does not take; the text says why."""


def fitted(
    columns: Sequence[Target], rows: Sequence[Row], *, mend: bool, tell: Callable[[Row, str], None]
) -> Sequence[Row]:
    """The rows as the target takes them. Rows with a value that it does not take are left out, and told of.

    ``mend``: text that can't be stored as it is gets a sign in the place of what can't.
    """
    if all(_is_plain(column, values) for column, values in zip(columns, zip(*rows, strict=True), strict=False)):
        return rows
    fitting = []
    for row in rows:
        try:
            fitting.append(tuple(_fit(*pair, mend) for pair in zip(columns, row, strict=True)))
        except Unfit as reason:
            tell(row, str(reason))
    return fitting


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows in an order that is the same whatever sorts text where they come from."""
    return sorted(rows, key=lambda row: repr(row[:2]))


def key_of(model: type[peewee.Model], row: Row) -> Any:
    """What a row is told by: its id or date; a name has a kind besides."""
    return row[0] if model is not Name else f"{row[0]} {row[1]}"


def _is_plain(column: Target, values: Sequence[Any]) -> bool:
    """Whether all values of a column can stay what they are; it is asked of thousands at once."""
    kinds = set(map(type, values)) - {type(None)}
    if column.holds is Holds.TEXT:
        return kinds <= {str} and _is_storable("".join(filter(None, values)), column)
    if column.holds is Holds.NUMBER:
        return kinds <= {float} and (column.strict or not any(value != value for value in values))
    return kinds <= {int} and all(_has_room(column, value) for value in _ends(values))


def _ends(values: Iterable[Any]) -> tuple[int, ...]:
    known = [value for value in values if value is not None]
    return (min(known), max(known)) if known else ()


def _has_room(column: Target, value: int) -> bool:
    return -(1 << column.bits - 1) <= value < 1 << column.bits - 1


def _is_storable(text: str, column: Target) -> bool:
    if column.strict and "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _fit(column: Target, value: Any, mend: bool) -> Any:
    if value is None:
        return None
    try:
        return _MAKERS[column.holds](column, value, mend)
    except Unfit as reason:
        if column.strict or not isinstance(value, str | bytes | int | float) or not _is_kept(value):
            raise Unfit(f"{column.name} {reason}") from None
        return value


def _is_kept(value: Any) -> bool:
    """Whether an SQLite file takes it as it is, whatever its column is for."""
    return not isinstance(value, str) or _is_storable(value, Target("", Holds.TEXT))


def _text(column: Target, value: Any, mend: bool) -> str | bytes:
    if isinstance(value, bytes):
        if not column.strict:
            return value
        value = value.decode(errors="surrogateescape")
    elif isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Unfit(f"is no text but {_kind(value)}")
    text = str(value)
    if _is_storable(text, column):
        return text
    if mend:
        return text.translate(_UNSTORABLE if column.strict else _SURROGATES)
    raise Unfit("holds a NUL byte" if column.strict and "\0" in text else "holds bytes that are no text in UTF-8")


def _whole(column: Target, value: Any, _: bool) -> int:
    number = _number(column, value, False)
    if number is None or not math.isfinite(number) or number != math.floor(number):
        raise Unfit("is no whole number")
    found = int(value) if isinstance(value, int | str) and not _is_broken(value) else int(number)
    if not _has_room(column, found):
        raise Unfit(f"is too large for a number of {column.bits} bits")
    return found


def _number(column: Target, value: Any, _: bool) -> float | None:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Unfit("is text, not a number") from None
    if not isinstance(value, int | float | Decimal):
        raise Unfit(f"is no number but {_kind(value)}")
    number = float(value)
    return None if math.isnan(number) and not column.strict else number  # an SQLite file stores NULL for it


def _is_broken(value: int | str) -> bool:
    """Whether a text has a point in it, or the like."""
    return isinstance(value, str) and not value.strip().lstrip("+-").isdecimal()


def _kind(value: Any) -> str:
    return "bytes" if isinstance(value, bytes) else f"of the kind {type(value).__name__}"


_MAKERS: Final[dict[Holds, Callable[[Target, Any, bool], Any]]] = {
    Holds.TEXT: _text,
    Holds.WHOLE: _whole,
    Holds.NUMBER: _number,
}
