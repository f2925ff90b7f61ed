"""The formats that tables are exported to, by the end of a file's name, and those of them that are text."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.export.faults import UnknownFormat
from core.export.separators import COMMAS, Separators
from core.export.sheet import (
    OFFSET,
    Heading,
    Row,
    RowWriter,
    as_number,
    cell_text,
    iso_text,
    listed,
    local_text,
    offset_text,
)
from core.text.plain import neutralised, plain
from core.text.zone_offsets import offsets_of

_HARMLESS: Final = re.compile('\\w[^;"\x00-\x1f\ufffe\uffff\ud800-\udfff]*')
"""Most texts: nothing in them has to be looked at twice."""

_SHORT: Final = 10_000
"""Characters: a shorter text fits everywhere."""

EPOCH: Final = "_epoch"
"""Ends the name under which a time stands in epoch seconds, beside the one in words."""

_encoded = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Format(StrEnum):
    """A kind of file, by the end of its name."""

    CSV = "csv"
    """Comma-separated values (RFC 4180) in UTF-8. Texts stand in quotation marks, numbers and times do not."""
    CSV_FOR_EXCEL = "csv for excel"
    """The same as Excel wants it: with a byte order mark, no text longer than a cell of a spreadsheet, and the signs
    between columns and before decimals that are usual where it is opened (:mod:`core.export.separators`)."""
    JSON_LINES = "jsonl"
    """One JSON object a line."""
    JSON = "json"
    """One JSON list of objects."""
    XLSX = "xlsx"
    """A workbook; more than a sheet can hold goes on on the next one."""


ENDINGS: Final = {f".{each}": each for each in Format if " " not in each} | {".ndjson": Format.JSON_LINES}
"""The format by the end of a file's name, in lower case."""


def format_of(name: str | Path) -> Format:
    """The format that the end of a file's name tells.

    Raises:
        UnknownFormat: it tells none.
    """
    try:
        return ENDINGS[Path(name).suffix.lower()]
    except KeyError:
        raise UnknownFormat(str(name)) from None


def sheet_on(
    file: BinaryIO,
    kind: Format,
    title: str,
    headings: Sequence[Heading],
    zone: tzinfo,
    separators: Separators = COMMAS,
) -> AbstractContextManager[RowWriter]:
    """A sheet of a kind in an open file, finished where the ``with`` block ends. Times are those of ``zone``.

    ``separators`` are for Excel's CSV alone.

    The file stays open. Where the block ends with an exception the file is left as it is.
    """
    if kind is Format.XLSX:
        from core.export.workbook import workbook  # its library is loaded for those who want one

        return workbook(file, title, headings, zone)
    return _text_sheet(file, kind, headings, zone, separators)


@contextmanager
def _text_sheet(
    file: BinaryIO, kind: Format, headings: Sequence[Heading], zone: tzinfo, separators: Separators
) -> Iterator[RowWriter]:
    if kind in (Format.CSV, Format.CSV_FOR_EXCEL):
        yield CommaSheet(file, headings, zone, separators if kind is Format.CSV_FOR_EXCEL else None)
        return
    sheet = JsonSheet(file, headings, zone, listed=kind is Format.JSON)
    yield sheet
    sheet.finish()


class CommaSheet:
    """Writes CSV. Texts are quoted, numbers and times are not: so a reader can tell an id from a number.

    A time takes three columns: as the clock showed it, the offset, and exactly, in epoch seconds. With the separators
    of an ``excel`` it begins with a byte order mark, and texts are cut that are too long for a cell: Excel would go on
    with them in the next row.
    """

    def __init__(
        self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, excel: Separators | None = None
    ) -> None:
        self._file = file
        self._times = [heading.is_time for heading in headings]
        self._offset = offsets_of(zone)
        self._fit = plain if excel is None else cell_text
        self._between, self._decimal = (excel or COMMAS).columns, (excel or COMMAS).decimals
        if excel is not None:
            file.write(codecs.BOM_UTF8)
        self._write_lines([self._between.join(map(quoted, _titles(headings)))])

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        self._write_lines([self._between.join(self._cells(row)) for row in rows])

    def _cells(self, row: Row) -> Iterator[str]:
        for value, is_time in zip(row, self._times, strict=True):
            if not is_time:
                yield self._cell(value)
            elif value is None:
                yield from ("", "", "")
            else:
                offset = self._offset(value)
                yield from (local_text(value, offset), f'"UTC{offset_text(offset)}"', self._number(value))

    def _cell(self, value: Any) -> str:
        if isinstance(value, str):
            return quoted(value, self._fit)
        if isinstance(value, list | tuple):
            return quoted(listed(value), self._fit)
        number = as_number(value)
        return "" if number is None else self._number(number)

    def _number(self, value: Any) -> str:
        return repr(value) if self._decimal == "." else repr(value).replace(".", self._decimal)

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


class JsonSheet:
    """Writes JSON, an object a line, or (``listed``) one list of them. Names that come twice are numbered.

    Nothing is neutralised here: a JSON reader knows text from number by its type and runs neither, so a changed text
    would only be a wrong one.
    """

    def __init__(self, file: BinaryIO, headings: Sequence[Heading], zone: tzinfo, *, listed: bool = False) -> None:
        self._file = file
        self._names = list(zip(_distinct([heading.key for heading in headings]), headings, strict=True))
        self._offset = offsets_of(zone)
        self._listed = listed
        self._between = b"[\n" if listed else b""

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        for row in rows:
            # Half a surrogate pair has no UTF-8; written out with a backslash it is what JSON itself calls it.
            line = _encoded(self._object(row)).encode("utf-8", "backslashreplace")
            self._file.write(self._between + line + (b"" if self._listed else b"\n"))
            self._between = b",\n" if self._listed else b""

    def finish(self) -> None:
        """Close the list, if it is one."""
        if self._listed:
            self._file.write(b"[]\n" if self._between == b"[\n" else b"\n]\n")

    def _object(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for (name, heading), value in zip(self._names, row, strict=True):
            if heading.is_time:
                found[name] = None if value is None else iso_text(value, self._offset(value))
                found[name + EPOCH] = value
            else:
                found[name] = as_number(value)
        return found


def _distinct(names: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for name in names:
        number = 1
        while (numbered := name if number == 1 else f"{name} ({number})") in kept:
            number += 1
        kept.append(numbered)
    return kept
