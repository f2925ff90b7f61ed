"""Office Open XML workbooks, written in one pass straight into the compressed file.

A workbook is a ZIP file with a few parts of XML. Libraries first write the sheets somewhere else and pack them at the
end, in one step that takes seconds for a million rows and can't be stopped; here a row is packed as it comes, so the
work stays small, steady and stoppable. Text is always written as text: there are no formulas and no links in it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from typing import IO, Any, BinaryIO, Final
from xml.sax.saxutils import escape

from core.export import workbook_parts as parts
from core.export.sheet import OFFSET, Heading, Row, listed
from core.export.wording import as_number, cell_text, clock_of, offset_text

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can hold, its headings included."""

_MOST_BYTES: Final = 1_800_000_000
"""Of XML in one sheet. Above 2 GiB a part needs extensions to ZIP that not every program reads."""

_PACKING: Final = 3
"""How hard zlib tries, 1 to 9: files a little larger than the usual 6 makes them, in half the time."""

_DAY: Final = 86_400.0
_DAY_ONE: Final = 25_569
"""1970-01-01 in a spreadsheet's count of days."""


@contextmanager
def workbook(
    file: BinaryIO, title: str, headings: Sequence[Heading], zone: tzinfo, *, most_rows: int = MOST_ROWS
) -> Iterator[Workbook]:
    """A workbook in an open file that can seek, finished where the block ends well.

    ``most_rows`` go on one sheet, its headings included; more go on on the next one.
    """
    archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKING)
    book = Workbook(archive, title, headings, zone, most_rows)
    try:
        yield book
        book.finish()
    except BaseException:
        with suppress(OSError):
            book.drop()
        raise


class Workbook:
    """Writes rows on as many sheets as they take. A time is the host's clock, with its offset in the next column."""

    def __init__(
        self, archive: zipfile.ZipFile, title: str, headings: Sequence[Heading], zone: tzinfo, most_rows: int
    ) -> None:
        self._archive = archive
        self._title = title
        self._times = [heading.is_time for heading in headings]
        self._widths = [width for heading in headings for width in ((19, 10) if heading.is_time else (heading.width,))]
        self._head = [title for heading in headings for title in _titles(heading)]
        self._columns = [parts.column_name(number) for number in range(len(self._head))]
        self._offset = clock_of(zone)
        self._most_rows = most_rows
        self._sheets = 0
        self._row = self._bytes = 0
        self._part: IO[bytes] | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Add rows."""
        part = self._part or self._begin()
        for row in rows:
            if self._row >= self._most_rows or self._bytes > _MOST_BYTES:
                self._end()
                part = self._begin()
            self._put(part, "".join(self._cells(row)))

    def finish(self) -> None:
        """Write what holds the sheets together."""
        if self._part is None:
            self._begin()
        self._end()
        for name, text in parts.around(self._names()).items():
            self._archive.writestr(name, text)
        self._archive.close()

    def drop(self) -> None:
        """Let go of the file, half written."""
        if self._part is not None:
            with suppress(OSError):
                self._part.close()
        self._archive.close()

    def _names(self) -> list[str]:
        return [parts.sheet_name(self._title, number) for number in range(1, self._sheets + 1)]

    def _begin(self) -> IO[bytes]:
        self._sheets += 1
        self._row = self._bytes = 0
        self._part = part = self._archive.open(parts.sheet_path(self._sheets), "w")
        part.write(parts.sheet_start(self._widths, first=self._sheets == 1).encode())
        self._put(part, "".join(_text(name, cell, ' s="1"') for name, cell in self._named(self._head)))
        return part

    def _end(self) -> None:
        if self._part is not None:
            self._part.write(parts.SHEET_END.encode())
            self._part.close()
            self._part = None

    def _put(self, part: IO[bytes], cells: str) -> None:
        self._row += 1
        data = f'<row r="{self._row}">{cells}</row>'.encode()
        self._bytes += len(data)
        part.write(data)

    def _named(self, cells: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        number = self._row + 1
        return ((f"{column}{number}", cell) for column, cell in zip(self._columns, cells, strict=True))

    def _cells(self, row: Row) -> Iterator[str]:
        names = iter(self._columns)
        number = self._row + 1
        for value, is_time in zip(row, self._times, strict=True):
            name = f"{next(names)}{number}"
            if not is_time:
                yield _cell(name, value)
                continue
            beside = f"{next(names)}{number}"
            if value is not None:
                offset = self._offset(value)
                yield f'<c r="{name}" s="2"><v>{(value + offset) / _DAY + _DAY_ONE!r}</v></c>'
                yield _text(beside, f"UTC{offset_text(offset)}")


def _titles(heading: Heading) -> tuple[str, ...]:
    return (heading.title, OFFSET) if heading.is_time else (heading.title,)


def _cell(name: str, value: Any) -> str:
    """A cell; nothing for nothing."""
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, list | tuple):
        return _text(name, listed(value))
    number = as_number(value)
    return "" if number is None else f'<c r="{name}"><v>{number!r}</v></c>'


def _text(name: str, text: str, style: str = "") -> str:
    fit = parts.ESCAPED.sub("_x005F\\g<0>", cell_text(text))
    return f'<c r="{name}"{style} t="inlineStr"><is><t xml:space="preserve">{escape(fit)}</t></is></c>'
