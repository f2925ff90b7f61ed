"""Comma-separated values (RFC 4180), as spreadsheets and programs read them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, BinaryIO, Final

from core.export.sheet import OFFSET, Heading, Row, listed
from core.export.wording import as_number, cell_text, clock_of, local_text, offset_text
from core.text.plain import neutralised, plain

_HARMLESS: Final = re.compile('\\w[^;"\x00-\x1f\ufffe\uffff\ud800-\udfff]*')
"""Most texts: nothing in them has to be looked at twice."""

_SHORT: Final = 10_000
"""Characters: a shorter text fits everywhere."""


class CommaSheet:
    """Writes CSV. Texts are quoted, numbers and times are not: so a reader can tell an id from a number.

    A time takes three columns: as the clock showed it, the offset, and exactly, in epoch seconds. ``for_excel`` begins
    with a byte order mark, and cuts texts that are too long for a cell: Excel would go on with them in the next row.
    """

    def __init__(self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, *, for_excel: bool = False) -> None:
        self._file = file
        self._times = [heading.is_time for heading in headings]
        self._offset = clock_of(zone)
        self._fit = cell_text if for_excel else plain
        if for_excel:
            file.write(codecs.BOM_UTF8)
        self._write_lines([",".join(map(quoted, _titles(headings)))])

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        self._write_lines([",".join(self._cells(row)) for row in rows])

    def _cells(self, row: Row) -> Iterator[str]:
        for value, is_time in zip(row, self._times, strict=True):
            if not is_time:
                yield self._cell(value)
            elif value is None:
                yield from ("", "", "")
            else:
                offset = self._offset(value)
                yield from (local_text(value, offset), f'"UTC{offset_text(offset)}"', repr(value))

    def _cell(self, value: Any) -> str:
        if isinstance(value, str):
            return quoted(value, self._fit)
        if isinstance(value, list | tuple):
            return quoted(listed(value), self._fit)
        number = as_number(value)
        return "" if number is None else repr(number)

    def _write_lines(self, lines: Sequence[str]) -> None:
        self._file.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"))


def quoted(text: str, fit: Callable[[str], str] = plain) -> str:
    """A text in quotation marks, harmless in any spreadsheet; ``fit`` leaves out what can't be in it."""
    if len(text) <= _SHORT and _HARMLESS.fullmatch(text):
        return f'"{text}"'
    return '"' + fit(neutralised(plain(text))).replace('"', '""') + '"'


def _titles(headings: Sequence[Heading]) -> Iterator[str]:
    for heading in headings:
        yield heading.title
        if heading.is_time:
            yield from (OFFSET, f"{heading.title} (epoch seconds)")
