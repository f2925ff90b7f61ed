"""Comma-separated values (RFC 4180), as spreadsheets and programs read them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final
from zoneinfo import ZoneInfo

from core.export.sheet import OFFSET, Heading, Row, listed
from core.export.wording import as_number, clock_of, local_text, neutralised, offset_text, plain

_HARMLESS: Final = re.compile('\\w[^;"\x00-\x1f\ufffe\uffff\ud800-\udfff]*')
"""Most texts: nothing in them has to be looked at twice."""


class CommaSheet:
    """Writes CSV. Texts are quoted, numbers and times are not: so a reader can tell an id from a number.

    A time takes three columns: as the clock showed it, the offset, and exactly, in epoch seconds.
    """

    def __init__(self, file: BinaryIO, headings: Sequence[Heading], zone: ZoneInfo, *, mark: bool = False) -> None:
        self._file = file
        self._times = [heading.is_time for heading in headings]
        self._offset = clock_of(zone)
        if mark:
            file.write(codecs.BOM_UTF8)
        self._write_lines([",".join(map(quoted, _titles(headings)))])

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        self._write_lines([",".join(self._cells(row)) for row in rows])

    def _cells(self, row: Row) -> Iterator[str]:
        for value, is_time in zip(row, self._times, strict=True):
            if not is_time:
                yield _cell(value)
            elif value is None:
                yield from ("", "", "")
            else:
                offset = self._offset(value)
                yield from (local_text(value, offset), f'"UTC{offset_text(offset)}"', repr(value))

    def _write_lines(self, lines: Sequence[str]) -> None:
        self._file.write("".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace"))


def quoted(text: str) -> str:
    """A text in quotation marks, harmless in any spreadsheet."""
    if _HARMLESS.fullmatch(text):
        return f'"{text}"'
    return '"' + neutralised(plain(text)).replace('"', '""') + '"'


def _titles(headings: Sequence[Heading]) -> Iterator[str]:
    for heading in headings:
        yield heading.title
        if heading.is_time:
            yield from (OFFSET, f"{heading.title} (epoch seconds)")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return quoted(listed(value))
    number = as_number(value)
    return "" if number is None else repr(number)
