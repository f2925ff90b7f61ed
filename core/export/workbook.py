"""Office Open XML workbooks, written in one pass straight into the compressed file.

XlsxWriter makes all that is around the rows. The rows themselves it would write into temporary files ten times as
large and pack at the end, in one step that takes seconds for a million of them and can't be stopped. Here a row is
packed as it comes, so the work stays small, steady and stoppable. Text is always written as text: there are no
formulas and no links in it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import tzinfo
from itertools import accumulate
from typing import IO, Any, BinaryIO, Final
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from core.export.moments import ClockColumn, known, offset_text, placed
from core.export.sheet import OFFSET, Heading, as_number, cell_text, listed
from core.export.text_sheets import CellColumn
from core.text.plain import plain

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet can hold, its headings included."""

_MOST_BYTES: Final = 1_800_000_000
"""Of XML in one sheet. Above 2 GiB a part needs extensions to ZIP that not every program reads."""

_PACKING: Final = 3
"""How hard zlib tries, 1 to 9: files a little larger than the usual 6 makes them, in half the time."""

_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_LONGEST_NAME: Final = 31

_ESCAPED: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Text that looks like a workbook's own way to write a character by its number: its first sign is written so itself."""

_MARKUP: Final = re.compile("[&<>]|_x")
"""What is not written as it is; a short text without any of it is."""

_SHORT: Final = 10_000

_SAMPLE: Final = re.compile(rb'<row r="2"[^>]*><c r="A2" s="(\d+)"/></row>')
"""In an empty sheet: where its rows go, and the number of a time's style."""

_FILTERED: Final = re.compile(rb'(<autoFilter ref="A1:[A-Z]+)\d+"')
"""Which cells can be filtered: it stands behind the rows, when it is known how many there are."""

_LETTERHEAD: Final = "&C&A"
_FOOTER: Final = "&L&F&RPage &P of &N"
"""On paper: the sheet's name above, the file's name and the pages below."""

_SIZE: Final = re.compile(rb"<dimension [^>]*/>")
"""How many rows a sheet has, which may be left out: it stands before them."""

_A4: Final = 9

_DAY: Final = 86_400.0
_LONGEST_NUMBER: Final = 10**15 - 1
"""Spreadsheets keep fifteen digits of a number: a longer one, an id that is, is written as text."""

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
        self._cells = [(each.is_time, CellColumn(_text, _cell, "", each.repeats)) for each in headings]
        self._columns = [column for heading in headings for column in _columns(heading)]
        self._letters = [xl_col_to_name(number) for number in range(len(self._columns))]
        self._clock = ClockColumn(zone)
        self._most_rows = most_rows
        self._sheets: list[str] = []
        self._rows: list[int] = []
        self._row = self._bytes = 0
        self._part: IO[bytes] | None = None
        self._begin()

    def write_columns(self, columns: Sequence[Sequence[Any]]) -> None:
        """Add rows."""
        first, rows = 0, len(columns[0])
        while first < rows:
            if self._row >= self._most_rows or self._bytes > _MOST_BYTES:
                self._end()
                self._begin()
            upto = min(rows, first + self._most_rows - self._row)
            first += self._put([column[first:upto] for column in columns])

    def finish(self) -> None:
        """Write what holds the sheets together."""
        self._end()
        frame = _frame(self._sheets, self._columns, self._rows)
        for name in frame.namelist():
            if name not in self._archive.namelist():
                self._archive.writestr(name, frame.read(name))
        self._archive.close()

    def drop(self) -> None:
        """Let go of the file, half written."""
        if self._part is not None:
            with suppress(OSError):
                self._part.close()
        self._archive.close()

    def _begin(self) -> None:
        self._sheets.append(sheet_name(self._title, len(self._sheets) + 1))
        frame = _frame(self._sheets, self._columns, [*self._rows, 2])
        name = f"xl/worksheets/sheet{len(self._sheets)}.xml"
        sheet = _SIZE.sub(b"", frame.read(name))
        sample = _SAMPLE.search(sheet)
        assert sample is not None
        self._time_style = int(sample[1])
        self._tail = sheet[sample.end() :]
        self._part = self._archive.open(name, "w")
        self._part.write(sheet[: sample.start()])
        self._row, self._bytes = 1, 0

    def _end(self) -> None:
        if self._part is not None:
            self._part.write(_FILTERED.sub(rb'\g<1>%d"' % self._row, self._tail))
            self._part.close()
            self._part = None
            self._rows.append(self._row)

    def _put(self, columns: Sequence[Sequence[Any]]) -> int:
        """Add rows as far as the sheet takes them; returns how many that are."""
        assert self._part is not None
        numbers = range(self._row + 1, self._row + 1 + len(columns[0]))
        lines = [line.encode() for line in self._lines(columns, numbers)]
        if self._bytes + sum(map(len, lines)) > _MOST_BYTES:
            filled = accumulate(map(len, lines), initial=self._bytes)
            lines = [line for line, before in zip(lines, filled, strict=False) if before <= _MOST_BYTES]
        self._part.write(b"".join(lines))
        self._row += len(lines)
        self._bytes += sum(map(len, lines))
        return len(lines)

    def _lines(self, columns: Sequence[Sequence[Any]], numbers: range) -> Iterable[str]:
        letters, cells = iter(self._letters), list[Iterable[str]]()
        cells.append([f'<row r="{number}">' for number in numbers])
        for (is_time, made), column in zip(self._cells, columns, strict=True):
            if is_time:
                cells += self._times(column, numbers, next(letters), next(letters))
            else:
                cells.append(_named(next(letters), numbers, made.of(column, plain_numbers=False)))
        cells.append(["</row>"] * len(numbers))
        return map("".join, zip(*cells, strict=True))

    def _times(self, column: Sequence[Any], numbers: range, letters: str, beside: str) -> Iterator[Iterable[str]]:
        """A number with the style of a time, and the offset beside it."""
        moments = known(column)
        offsets = self._clock.offsets(moments)
        days = ((moments + offsets) / _DAY + _DAY_ONE).tolist()
        dates = [f'" s="{self._time_style}"><v>{day!r}</v></c>' for day in days]
        names = {offset: _text(f"UTC{offset_text(offset)}") for offset in set(offsets.tolist())}
        yield _named(letters, numbers, placed(column, dates, ""))
        yield _named(beside, numbers, placed(column, [names[offset] for offset in offsets.tolist()], ""))


def sheet_name(title: str, number: int) -> str:
    """What a sheet's tab says: the title, with its number from the second on."""
    suffix = f" {number}" if number > 1 else ""
    fit = _FORBIDDEN.sub(" ", plain(title)).strip(" '")[: _LONGEST_NAME - len(suffix)].strip(" '")
    return (fit or "Data") + suffix


def _frame(names: Sequence[str], columns: Sequence[tuple[str, int]], rows: Sequence[int]) -> zipfile.ZipFile:
    """A workbook with nothing but headings, that stay in sight, and one cell with the style of a time.

    ``rows`` are how many each sheet has, its headings included: they can be filtered. On paper a sheet is as wide as a
    page across, with the headings on every page.
    """
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True}) as book:
        bold, time = book.add_format({"bold": True}), book.add_format({"num_format": r"yyyy\-mm\-dd\ hh:mm:ss"})
        for name, count in zip(names, rows, strict=True):
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, max(count, 1) - 1, len(columns) - 1)
            _set_up_paper(sheet)
            for number, (title, width) in enumerate(columns):
                sheet.set_column(number, number, width)
                sheet.write_string(0, number, cell_text(title), bold)
            sheet.write_blank(1, 0, None, time)
    return zipfile.ZipFile(data)


def _set_up_paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(_LETTERHEAD)
    sheet.set_footer(_FOOTER)


def _columns(heading: Heading) -> tuple[tuple[str, int], ...]:
    """Title and width of what a heading has in a workbook."""
    return ((heading.title, 19), (OFFSET, 10)) if heading.is_time else ((heading.title, heading.width),)


def _named(letters: str, numbers: range, cells: Iterable[str]) -> list[str]:
    """Cells with their names; nothing stays nothing."""
    start = f'<c r="{letters}'
    return [cell and f"{start}{number}{cell}" for number, cell in zip(numbers, cells, strict=True)]


def _cell(value: Any) -> str:
    """A cell behind its name; nothing for nothing."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return _text(listed(value))
    number = as_number(value)
    if isinstance(number, int) and abs(number) > _LONGEST_NUMBER:
        return _text(str(number))
    return "" if number is None else f'"><v>{number!r}</v></c>'


def _text(text: str) -> str:
    plain_text = text.isprintable() and len(text) <= _SHORT and not _MARKUP.search(text)
    fit = text if plain_text else escape(_ESCAPED.sub("_x005F\\g<0>", cell_text(text)))
    return f'" t="inlineStr"><is><t xml:space="preserve">{fit}</t></is></c>'
