"""What every format has in common: headings, rows that are written as they come, and values as they are written.

Rows are plain values, one a heading: text, numbers, True and False, None, lists of text, and moments (epoch
seconds) under the heading of a time. Times are written with their offset, text so that no program takes it for a
command.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, TypeAlias

from core.text.plain import plain

Row: TypeAlias = Sequence[Any]

OFFSET: Final = "UTC offset"
"""The heading beside a local time: without it the hour that an autumn night has twice could not be told apart."""

CUT: Final = " […cut]"
"""Ends a text that was too long for a cell of a spreadsheet."""

LONGEST_CELL: Final = 32_767
"""UTF-16 units that a spreadsheet's cell can hold."""

_START: Final = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a sheet.

    Attributes:
        title: for people; key: for programs (JSON's names).
        english: the title in CSV for programs, whatever language people read; empty where it is the title.
        is_time: whether its values are moments, in epoch seconds.
        width: in characters, where a format has widths.
        repeats: whether its values come again and again, and those that are equal are written alike: no 1.0 beside 1.
    """

    title: str
    key: str
    is_time: bool = False
    width: int = 12
    repeats: bool = False
    english: str = ""


class RowWriter(Protocol):
    """What rows are written on."""

    def write_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows, a column at a time: a column a heading, all of one length.

        Raises:
            OSError: the file can't take them.
        """


def write_rows(sheet: RowWriter, rows: Sequence[Row]) -> None:
    """Add rows, a value a heading.

    Raises:
        OSError: the file can't take them.
    """
    if rows:
        sheet.write_columns(list(zip(*rows, strict=True)))


class Memory(dict[Any, str]):
    """What is made of short values that come again and again; given up where most come once."""

    def __init__(
        self, make: Callable[[Any], str], make_all: Callable[[Sequence[Any]], Iterable[str]] | None = None
    ) -> None:
        """``make_all`` makes the same of many at once."""
        super().__init__()
        self._make, self._make_all = make, make_all or partial(map, make)
        self._asked = 0
        self._helps = True

    def __missing__(self, value: Any) -> str:
        made = self._make(value)
        if not isinstance(value, str | tuple) or len(value) <= _SHORT_VALUE:
            self[value] = made
        return made

    def of(self, values: Sequence[Any]) -> Iterable[str]:
        """What is made of each; those that are equal are made into the same."""
        if not self._helps:
            return self._make_all(values)
        found = list(map(self.__getitem__, values))
        self._asked += len(values)
        if self._asked > _TRIED and len(self) > self._asked // 2:
            self._helps = False
        if len(self) > _MOST_REMEMBERED or not self._helps:
            self.clear()
            self._asked = 0
        return found


_TRIED: Final = 2_000
_MOST_REMEMBERED: Final = 20_000
_SHORT_VALUE: Final = 200
"""Characters of a text, or entries of a list."""


def listed(value: Any) -> str:
    """A list as a cell's text: its parts, one a line."""
    return "\n".join(map(str, value))


def cell_text(text: str) -> str:
    """Text that fits a cell of a workbook, cut with :data:`CUT` where it is too long."""
    fit = plain(text).replace("\r\n", "\n").replace("\r", "\n")
    if len(fit) * 2 <= LONGEST_CELL:
        return fit
    data = fit.encode("utf-16-le")
    if len(data) <= 2 * LONGEST_CELL:
        return fit
    return data[: 2 * (LONGEST_CELL - len(CUT))].decode("utf-16-le", "ignore") + CUT


def as_number(value: Any) -> Any:
    """A value as it is; None for numbers that no format can write."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def local_text(moment: float, offset: float) -> str:
    """``2026-11-24 10:35:07``: what the clock showed, as every spreadsheet knows a time."""
    return str(_START + timedelta(seconds=math.floor(moment + offset)))
